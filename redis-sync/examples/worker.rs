//! Workers that share out a stream of jobs: one dies with a job in its hands, another takes it over, a job
//! that kills everybody is put aside. Then what is left is looked at, page by page.
//!
//! `cargo run -p redis-sync --example worker` with a server at `REDIS_URL`, or at `localhost:6379`.
//! The example `worker` of `redis-async`, `worker_async`, does the same in tasks.

use redis_sync::prelude::*;
use redis_sync::{KeyScanOptions, StreamConsumerOptions, XReadOptions};
use std::time::Duration;

const JOBS: &str = "worker:jobs";
const DEAD: &str = "worker:dead";

fn main() -> redis_sync::Result<()> {
    let r = match std::env::var("REDIS_URL") {
        Ok(url) => Redis::from_url(&url)?,
        Err(_) => Redis::new(),
    };
    r.del([JOBS, DEAD])?;
    for number in 1..=20 {
        let job = if number == 7 { "explode" } else { "wash" };
        r.xadd(JOBS, [("do", job), ("number", &number.to_string())])?;
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
        let worker = r.stream_consumer_with(JOBS, "workers", name, options())?;
        let stop = worker.stop_handle();
        // workers do not end by themselves: this one is stopped once a job was put aside
        if name == "carl" {
            let r = r.clone();
            std::thread::spawn(move || {
                let _ = r.xread_with((DEAD, "0"), XReadOptions::new().block(Duration::ZERO));
                stop.stop_now()
            });
        }
        for job in worker {
            let job = job?;
            let number = job.get("number").map(ToString::to_string).unwrap_or_default();
            if job.get("do").is_some_and(|what| what == "explode") {
                println!("{name} dies of job {number}, delivered {:?} times", job.deliveries());
                break;
            }
            println!("{name} has done job {number} ({:?})", job.origin());
            job.ack()?;
        }
    }

    for letter in r.xrange_iter(DEAD, "-", "+") {
        println!("put aside: {:?}", letter?.fields);
    }
    let keys = r.scan_iter_with(KeyScanOptions::new().pattern("worker:*"));
    for key in keys.typed::<String>() {
        println!("left: {}", key?);
    }
    Ok(())
}
