//! smoke
use redis_async::prelude::*;
use redis_async::*;
use std::time::Duration;

static R: std::sync::OnceLock<Redis> = std::sync::OnceLock::new();

#[tokio::main]
async fn main() -> Result<()> {
    let url = std::env::args().nth(1).unwrap();
    let r = R.get_or_init(|| Redis::from_url(&url).unwrap());
    r.command("SET").key("foo").arg("bar").query::<()>().await?;
    println!("{:?}", r.command("GET").key("foo").query::<Option<String>>().await?);
    println!("{:?}", r.command("LPUSH").key("foo").arg("bar").query::<i64>().await);
    let h = tokio::spawn(r.command("INCR").key("n").query::<i64>());
    println!("{:?}", h.await.unwrap()?);
    println!(
        "{:?}",
        r.command("BLPOP").key("nolist").arg("0.2").query::<Option<(String, String)>>().await
    );
    let c = r.connection().await?;
    c.command("SELECT").arg(3).query::<()>().await?;
    println!("{:?}", c.command("CLIENT").arg("LIST").query::<String>().await?);
    println!("{:?} {:?}", c, c.server());
    drop(c);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let c = r.connection().await?;
    println!("{:?}", c.command("CLIENT").arg("INFO").query::<String>().await?);
    println!("{:?}", r.statistics());
    println!("{:?}", r.command("SELECT").arg(1).query::<()>().await);
    println!(
        "{:?}",
        r.with(CallOptions::new().response_timeout(Duration::from_millis(150)))
            .command("DEBUG")
            .arg("SLEEP")
            .arg("0.5")
            .query::<()>()
            .await
    );
    let big = "x".repeat(3_000_000);
    r.command("SET").key("big").arg(&*big).query::<()>().await?;
    let got = r.command("GET").key("big").query::<Bytes>().await?;
    assert!(got.len() == big.len());
    let mut set = tokio::task::JoinSet::new();
    for i in 0..5000 {
        set.spawn(async move {
            let v: String = r.command("ECHO").arg(i).query().await?;
            assert_eq!(v, i.to_string());
            Ok::<_, Error>(())
        });
    }
    while let Some(x) = set.join_next().await {
        x.unwrap()?;
    }
    println!("{:?}", r.statistics());
    let mut attempts = r.retry(RetryPolicy::default());
    let mut n = 0;
    let owned = String::from("jobs");
    let borrowed = &owned;
    while let Some(attempt) = attempts.next().await {
        n += 1;
        if n == 3 {
            r.command("RPUSH").key("jobs").arg("j").query::<()>().await?;
        }
        let x = attempt
            .run(async |r| {
                r.command("BLPOP")
                    .key(borrowed)
                    .arg("0.05")
                    .query::<Option<(String, String)>>()
                    .await
            })
            .await;
        println!("attempt {n}: {x:?}");
    }
    Ok(())
}
