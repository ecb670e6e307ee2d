//! Clients that come and go, ten thousand of each: nothing of them stays behind. Alone in its process,
//! whose descriptors, threads and memory are counted.

#![cfg(target_os = "linux")] // where the system tells what a process holds

use std::future::poll_fn;
use std::sync::{Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use redis_core::command::CallOptions;
use redis_core::retry::RetryPolicy;
use redis_tests::matrix::matrix;
use redis_tests::raw::Raw;
use redis_tests::server::Server;

const CYCLES: usize = 10_000;

/// Before the count begins everything was used once: what is made once in a process was made.
const WARM: usize = 500;

/// A megabyte over ten thousand clients is a hundred bytes of each: less than the least that could leak.
const ALLOWED_KILOBYTES: i64 = 1024;

/// One after the other: both count what the whole process holds.
static ALONE: Mutex<()> = Mutex::new(());

/// What the process holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Held {
    descriptors: usize,
    threads: usize,
    kilobytes: i64,
}

impl Held {
    fn now() -> Self {
        let entries = |of| std::fs::read_dir(of).expect("the system tells").count();
        let status = std::fs::read_to_string("/proc/self/status").expect("the system tells");
        let resident = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
        let number = resident.and_then(|text| text.split_whitespace().next()?.parse().ok());
        Self {
            descriptors: entries("/proc/self/fd"),
            threads: entries("/proc/self/task"),
            kilobytes: number.expect("the system tells"),
        }
    }

    /// What it holds once it is down to the descriptors and threads of `before`; looks for a minute.
    fn settled(before: Self) -> Self {
        for _ in 0..60_000 {
            let held = Self::now();
            if held.descriptors <= before.descriptors && held.threads <= before.threads {
                return held;
            }
            std::thread::park_timeout(Duration::from_millis(1));
        }
        Self::now()
    }

    #[track_caller]
    fn assert_nothing_left(self, before: Self) {
        let more = self.kilobytes - before.kilobytes;
        println!("{before:?} before, {self:?} after");
        assert_eq!(
            (self.descriptors, self.threads),
            (before.descriptors, before.threads),
            "descriptors and threads"
        );
        assert!(more <= ALLOWED_KILOBYTES, "{more} kB more: {before:?} before, {self:?} after");
    }
}

/// How many clients the server knows besides the witness, once the last has gone.
fn others(witness: &mut Raw) -> usize {
    for _ in 0..60_000 {
        let list = witness.call(&["CLIENT", "LIST"]).text();
        if list.lines().count() == 1 {
            return 0;
        }
        std::thread::yield_now();
    }
    witness.call(&["CLIENT", "LIST"]).text().lines().count() - 1
}

/// One life of the blocking client: used, not used, with a connection of its own, or abandoned by a
/// caller whose time was over.
fn blocking_life(url: &str, number: usize) {
    use redis_sync::prelude::*;
    let r = Redis::from_url(url).expect("the URL is good");
    match number % 5 {
        0 => {}
        1 => {
            r.connection().expect("a connection").client_setname("leaving").expect("a name");
        }
        2 => {
            let hasty =
                CallOptions::new().response_timeout(Duration::ZERO).retry(RetryPolicy::none());
            let _ = r.with(hasty).command("ECHO").arg("late").query::<String>();
        }
        3 => {
            let pipe = r.pipeline();
            pipe.ping().ping();
            pipe.execute::<()>().expect("an answer");
        }
        _ => assert_eq!(r.ping().expect("an answer"), "PONG"),
    }
}

/// One life of the async client, likewise; abandoned by a future that was dropped.
async fn async_life(url: &str, number: usize) {
    use redis_async::prelude::*;
    let r = Redis::from_url(url).expect("the URL is good");
    match number % 5 {
        0 => {}
        1 => {
            let connection = r.connection().await.expect("a connection");
            connection.client_setname("leaving").await.expect("a name");
        }
        2 => {
            let mut abandoned = r.command("ECHO").arg("late").query::<String>();
            poll_fn(|cx| {
                assert!(std::pin::Pin::new(&mut abandoned).poll(cx).is_pending());
                Poll::Ready(())
            })
            .await;
        }
        3 => {
            let pipe = r.pipeline();
            pipe.ping().ping();
            pipe.execute::<()>().await.expect("an answer");
        }
        _ => assert_eq!(r.ping().await.expect("an answer"), "PONG"),
    }
}

#[test]
fn ten_thousand_clients_of_each_kind_leave_nothing_behind() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let server = Server::of(matrix().first().expect("the matrix has a server")).start();
    // by unix socket: a closed TCP connection keeps its port for a minute
    come_and_go(&server, &server.unix_url(), WARM, CYCLES);
}

/// What a client holds of TLS is tens of thousands of bytes, so that fewer tell; and it takes tens of milliseconds
/// to read all the authorities that the system trusts.
#[test]
#[cfg(feature = "tls")]
fn a_hundred_and_fifty_clients_of_each_kind_leave_nothing_of_tls_behind() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(row) = matrix().iter().find(|row| row.has_tls()) else { return };
    let server = Server::of(row).tls().start();
    let authority = server.directory().join("authority.crt");
    let address = server.tls_address();
    let url = format!("rediss://{address}?tls_ca_file={}", authority.display());
    come_and_go(&server, &url, 50, 150);
}

fn come_and_go(server: &Server, url: &str, warm: usize, cycles: usize) {
    let mut witness = server.raw();
    let empty = Held::now();
    (0..warm).for_each(|number| blocking_life(url, number));
    let before = Held::settled(empty);
    (0..cycles).for_each(|number| blocking_life(url, number));
    Held::settled(before).assert_nothing_left(before);
    assert_eq!(others(&mut witness), 0);

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime can be made");
    let lives = |count: usize| {
        runtime.block_on(async {
            for number in 0..count {
                async_life(url, number).await;
            }
            // those who close their sockets when they are next polled
            while runtime.metrics().num_alive_tasks() > 0 {
                tokio::task::yield_now().await;
            }
        });
    };
    lives(warm);
    let before = Held::now();
    lives(cycles);
    Held::settled(before).assert_nothing_left(before);
    assert_eq!(runtime.metrics().num_alive_tasks(), 0);
    assert_eq!(others(&mut witness), 0);
}

/// A client that lives long and connects anew all the time.
#[test]
fn a_client_that_connects_five_thousand_times_keeps_nothing_of_it() {
    const TIMES: usize = 5000;
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let server = Server::of(matrix().first().expect("the matrix has a server")).start();
    let url = server.unix_url();
    let all = redis_core::pool::DisconnectScope::All;

    let r = redis_sync::Redis::from_url(&url).expect("the URL is good");
    let connect = |times: usize| {
        use redis_sync::prelude::*;
        for _ in 0..times {
            r.disconnect(all);
            assert_eq!(r.ping().expect("an answer"), "PONG");
        }
    };
    connect(WARM);
    let before = Held::now();
    connect(TIMES);
    Held::settled(before).assert_nothing_left(before);
    assert_eq!(r.statistics().created, (WARM + TIMES) as u64);
    drop(r);

    let r = redis_async::Redis::from_url(&url).expect("the URL is good");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime can be made");
    let connect = |times: usize| {
        use redis_async::prelude::*;
        runtime.block_on(async {
            for _ in 0..times {
                r.disconnect(all);
                assert_eq!(r.ping().await.expect("an answer"), "PONG");
                // and one of its own, dirty, so that it is closed
                let connection = r.connection().await.expect("a connection");
                let monitored = connection.command("CLIENT TRACKING").arg("ON").query::<()>().await;
                monitored.expect("an answer");
            }
        });
    };
    connect(WARM);
    let before = Held::now();
    connect(TIMES);
    Held::settled(before).assert_nothing_left(before);
    assert!(r.statistics().created >= (WARM + TIMES) as u64);
}

/// A server that stands still, and a caller that does not wait: what may be queued is bounded, and what
/// its caller gave up does not stay.
#[test]
fn the_memory_of_a_fast_caller_and_a_slow_server_is_flat() {
    use redis_async::prelude::*;
    const ROUND: usize = 100_000;
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let server = Server::of(matrix().first().expect("the matrix has a server")).start();
    let r = Redis::from_url(&server.unix_url()).expect("the URL is good");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime can be made").block_on(async {
        r.ping().await.expect("an answer");
        server.pause();
        let value = [b'v'; 1000];
        let mut rounds = Vec::new();
        for _ in 0..9 {
            for number in 0..ROUND {
                let mut given_up = r.set("k", value);
                poll_fn(|cx| Poll::Ready(std::pin::Pin::new(&mut given_up).poll(cx).is_ready()))
                    .await;
                if number % 1000 == 0 {
                    tokio::task::yield_now().await;
                }
            }
            // those that waited for room and were given up go at the clock's next tick; one that waits for
            // two ticks in vain has seen it
            let patient = CallOptions::new().response_timeout(Duration::from_millis(200));
            let in_vain = r.with(patient.retry(RetryPolicy::none())).ping().await;
            assert!(in_vain.is_err_and(|error| error.is_timeout()));
            rounds.push(Held::now().kilobytes);
        }
        server.resume();
        println!("after each {ROUND} commands of a kilobyte: {rounds:?} kB");
        // the first rounds fill what may be filled: 64 MiB of commands, or 65,536 of them, and what the allocator
        // keeps of those that were given up
        assert!(rounds[0] < 300 * 1024, "{rounds:?}");
        assert!(rounds[8] - rounds[6] < 16 * 1024, "{rounds:?}");
    });
}
