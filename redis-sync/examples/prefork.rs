//! Eight workers forked from one process, all on one `static` client that the parent has already used.
//!
//! `cargo run -p redis-sync --example prefork` with a server at `REDIS_URL`, or at `localhost:6379`.
//! Each process has connections of its own: the server's `CLIENT LIST` is the witness.

#[cfg(unix)]
#[allow(unsafe_code)] // `fork` itself
fn main() -> redis_sync::Result<()> {
    use redis_sync::prelude::*;
    use std::collections::HashSet;
    use std::sync::LazyLock;

    const WORKERS: i64 = 8;
    const EACH: i64 = 1000;

    static REDIS: LazyLock<Redis> = LazyLock::new(|| match std::env::var("REDIS_URL") {
        Ok(url) => Redis::from_url(&url).expect("REDIS_URL is a URL of Redis"),
        Err(_) => Redis::new(),
    });

    REDIS.del(["prefork:hits", "prefork:ids"])?;
    let before = REDIS.client_id()?;
    // one more is in use while the workers are forked
    let held = REDIS.connection()?;

    let work = || -> redis_sync::Result<()> {
        for _ in 0..EACH {
            REDIS.incr("prefork:hits")?;
        }
        REDIS.sadd("prefork:ids", REDIS.client_id()?)?;
        Ok(())
    };
    let mut workers = Vec::new();
    for _ in 0..WORKERS {
        // SAFETY: the child runs `work` and leaves by `_exit`; it touches no lock but the client's own,
        // which knows of forks.
        match unsafe { libc::fork() } {
            0 => {
                let code = i32::from(work().is_err() || held.ping().is_ok());
                // SAFETY: ends the child without running what the parent registered for its own end.
                unsafe { libc::_exit(code) }
            }
            worker => workers.push(worker),
        }
    }
    work()?;
    for worker in workers {
        let mut status = 0;
        // SAFETY: waits for a child of this process; the status is a local.
        unsafe { libc::waitpid(worker, &mut status, 0) };
        assert_eq!(status, 0, "a worker failed");
    }

    let hits: i64 = REDIS.typed().get("prefork:hits")?;
    assert_eq!(hits, (WORKERS + 1) * EACH, "every command ran once");
    let ids: HashSet<i64> = REDIS.typed().smembers("prefork:ids")?;
    assert_eq!(ids.len() as i64, WORKERS + 1, "no two processes shared a connection");
    assert_eq!(held.client_id()?, before, "the parent goes on over its own connections");
    let list = REDIS.client_list()?;
    let open = list.iter().filter(|client| ids.contains(&client.id())).count();
    assert_eq!(open, 1, "the workers left nothing open");
    println!("{hits} hits by {} processes, each over connections of its own", ids.len());
    Ok(())
}

#[cfg(not(unix))]
fn main() {
    println!("there is no fork on this platform");
}
