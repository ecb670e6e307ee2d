//! The statements of the README, as they are written there, without any annotation: they compile in
//! `tests/inference`, and here they run.

use crate::both::both_clients;

both_clients! {
    async fn statements_without_annotation_run(test) {
        let (address, key) = (test.server.address(), test.key("foo"));
        let (host, port) = (address.ip().to_string(), address.port());
        let r = Redis::at(&*host, port)?;
        r.set(&key, "bar").await?;
        r.get(&key).await?;
        let shown = Redis::at(&*host, port)?.get(&key).await?;
        assert_eq!(format!("{shown:?}"), "Some(\"bar\")");
        let is_bar = r.get(&key).await?.is_some_and(|v| v == "bar");
        assert!(is_bar);
        let hits = r.incr(test.key("hits")).await?;
        let again: u32 = r.typed().get(test.key("hits")).await?;
        assert_eq!((hits, again), (1, 1));
        let raw = r.command("STRLEN").key(&key).query::<u8>().await?;
        assert_eq!(raw, 3);
    }
}

#[test]
fn a_wrapper_is_joined_and_a_static_client_is_spawned() {
    use redis_async::prelude::*;
    use std::sync::LazyLock;

    static R: LazyLock<Redis> = LazyLock::new(|| {
        let row = &redis_tests::matrix::matrix()[0];
        crate::both::async_client(&redis_tests::server::shared(row).url())
    });
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (x, y, k) = runtime.block_on(async {
        let r = &*R;
        let (x, y) =
            tokio::join!(r.typed::<Option<i64>>().get("statements:x"), r.incr("statements:y"));
        (x, y, tokio::spawn(R.get("statements:k")).await)
    });
    assert_eq!(x.expect("an answer"), None);
    assert!(y.expect("an answer") > 0);
    assert_eq!(k.expect("the task ended well").expect("an answer"), None);
}
