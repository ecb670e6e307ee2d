//! Eight workers forked from one process, all on one `static` client that the parent has already used.
//!
//! `cargo run -p redis-async --example prefork_async` with a server at `REDIS_URL`, or at `localhost:6379`.
//! Each process has a runtime and connections of its own: the server's `CLIENT LIST` is the witness.

#[cfg(unix)]
#[allow(unsafe_code)] // `fork` itself
fn main() -> redis_async::Result<()> {
    use redis_async::prelude::*;
    use std::collections::HashSet;
    use std::sync::LazyLock;
    use tokio::runtime::Builder;

    const WORKERS: i64 = 8;
    const EACH: i64 = 1000;

    static REDIS: LazyLock<Redis> = LazyLock::new(|| match std::env::var("REDIS_URL") {
        Ok(url) => Redis::from_url(&url).expect("REDIS_URL is a URL of Redis"),
        Err(_) => Redis::new(),
    });

    async fn work() -> redis_async::Result<()> {
        for _ in 0..EACH {
            REDIS.incr("prefork:hits").await?;
        }
        REDIS.sadd("prefork:ids", REDIS.client_id().await?).await?;
        Ok(())
    }

    let runtime = Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let before = runtime.block_on(async {
        let _ = REDIS.del(["prefork:hits", "prefork:ids"]).await?;
        REDIS.client_id().await
    })?;

    let mut workers = Vec::new();
    for _ in 0..WORKERS {
        // forked outside of any task: a child cannot leave the parent's runtime, but may make its own
        // SAFETY: the child runs `work` and leaves by `_exit`; it touches no lock but the client's own,
        // which knows of forks, and neither runs nor drops the parent's runtime.
        match unsafe { libc::fork() } {
            0 => {
                let own = Builder::new_current_thread().enable_all().build();
                let code = i32::from(!own.is_ok_and(|own| own.block_on(work()).is_ok()));
                // SAFETY: ends the child without running what the parent registered for its own end.
                unsafe { libc::_exit(code) }
            }
            worker => workers.push(worker),
        }
    }
    runtime.block_on(work())?;
    for worker in workers {
        let mut status = 0;
        // SAFETY: waits for a child of this process; the status is a local.
        unsafe { libc::waitpid(worker, &mut status, 0) };
        assert_eq!(status, 0, "a worker failed");
    }

    runtime.block_on(async {
        let hits: i64 = REDIS.typed().get("prefork:hits").await?;
        assert_eq!(hits, (WORKERS + 1) * EACH, "every command ran once");
        let ids: HashSet<i64> = REDIS.typed().smembers("prefork:ids").await?;
        assert_eq!(ids.len() as i64, WORKERS + 1, "no two processes shared a connection");
        assert!(ids.contains(&before), "the parent goes on over its own connection");
        println!("{hits} hits by {} processes, each over a connection of its own", ids.len());
        Ok(())
    })
}

#[cfg(not(unix))]
fn main() {
    println!("there is no fork on this platform");
}
