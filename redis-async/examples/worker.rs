//! Workers that share out a stream of jobs: one dies with a job in its hands, another takes it over, a job
//! that kills everybody is put aside. Then what is left is looked at, page by page.
//!
//! `cargo run -p redis-async --example worker_async` with a server at `REDIS_URL`, or at `localhost:6379`.
//! The example `worker` of `redis-sync` does the same without `.await`.

use redis_async::prelude::*;
use redis_async::{KeyScanOptions, StreamConsumerOptions, XReadOptions};
use std::time::Duration;

const JOBS: &str = "worker:jobs";
const DEAD: &str = "worker:dead";

#[tokio::main]
async fn main() -> redis_async::Result<()> {
    let r = match std::env::var("REDIS_URL") {
        Ok(url) => Redis::from_url(&url)?,
        Err(_) => Redis::new(),
    };
    r.del([JOBS, DEAD]).await?;
    for number in 1..=20 {
        let job = if number == 7 { "explode" } else { "wash" };
        r.xadd(JOBS, [("do", job), ("number", &number.to_string())]).await?;
    }

    // entries that nobody acknowledged within this time are taken over; here it is short, to be seen
    let options = || {
        StreamConsumerOptions::new()
            .create_group("0")
            .count(5)
            .block(Duration::from_millis(100))
            .claim(Duration::from_millis(50))
            .dead_letter_stream(2, DEAD)
    };

    // one worker after another dies of job 7; the third finds it among the dead letters
    for name in ["anna", "bert", "carl"] {
        let mut worker = r.stream_consumer_with(JOBS, "workers", name, options())?;
        let stop = worker.stop_handle();
        // workers do not end by themselves: this one is stopped once a job was put aside
        if name == "carl" {
            let r = r.clone();
            tokio::spawn(async move {
                let _ = r.xread_with((DEAD, "0"), XReadOptions::new().block(Duration::ZERO)).await;
                stop.stop_now().await
            });
        }
        while let Some(job) = worker.next().await {
            let job = job?;
            let number = job.get("number").map(ToString::to_string).unwrap_or_default();
            if job.get("do").is_some_and(|what| what == "explode") {
                println!("{name} dies of job {number}, delivered {:?} times", job.deliveries());
                break;
            }
            println!("{name} has done job {number} ({:?})", job.origin());
            job.ack().await?;
        }
    }

    let mut letters = r.xrange_iter(DEAD, "-", "+");
    while let Some(letter) = letters.next().await {
        println!("put aside: {:?}", letter?.fields);
    }
    let mut keys = r.scan_iter_with(KeyScanOptions::new().pattern("worker:*")).typed::<String>();
    while let Some(key) = keys.next().await {
        println!("left: {}", key?);
    }
    Ok(())
}
