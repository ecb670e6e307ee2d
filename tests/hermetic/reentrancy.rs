//! Users' code that the client calls, and that calls the client: with a pool of one connection, and on a
//! runtime of one thread. It works or gets an error that says why; it never stands still.
//!
//! Each client for itself: what a callback may do in one, it cannot do in the other.

use crate::both::greeted;
use redis_core::credentials::{Credentials, CredentialsProvider};
use redis_core::recorder::{CommandRecord, Recorder};
use redis_core::retry::{Backoff, RetryPolicy};
use redis_core::{ErrorKind, FromReply, Reply, Result, TimeoutKind};
use redis_tests::scripted::ScriptedServer;
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Where a user's code is called.
const PLACES: [&str; 11] = [
    "backoff",
    "credentials",
    "event",
    "hook",
    "on_connect",
    "push",
    "recorder",
    "recorder of retries",
    "reply",
    "resolver",
    "wish",
];

/// What calls the client again, at the first call from each place.
#[derive(Clone)]
struct Again(Arc<Inner>);

struct Inner {
    call: Box<dyn Fn() -> String + Send + Sync>,
    /// What came of it; empty while it goes on.
    noted: Mutex<BTreeMap<&'static str, String>>,
}

impl Again {
    fn new(call: impl Fn() -> String + Send + Sync + 'static) -> Self {
        Self(Arc::new(Inner { call: Box::new(call), noted: Mutex::default() }))
    }

    fn at(&self, place: &'static str) {
        // the call may come by here itself
        let first = self.0.noted.lock().unwrap().insert(place, String::new());
        let outcome = match first {
            None => (self.0.call)(),
            Some(outcome) => outcome,
        };
        self.0.noted.lock().unwrap().insert(place, outcome);
    }

    /// Asserts that it was called at every place, and came back with one of these.
    #[track_caller]
    fn assert_everywhere(&self, expected: &[&str]) {
        let noted = self.0.noted.lock().unwrap().clone();
        assert!(noted.keys().copied().eq(PLACES), "not called at every place: {noted:?}");
        let strange = noted.iter().find(|(_, outcome)| !expected.contains(&outcome.as_str()));
        assert_eq!(strange, None, "{noted:?}");
    }
}

impl std::fmt::Debug for Again {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Again")
    }
}

impl Backoff for Again {
    fn delay(&self, _: u32, _: Duration, _: u64) -> Duration {
        self.at("backoff");
        Duration::ZERO
    }
}

impl CredentialsProvider for Again {
    fn credentials(&self) -> Result<Credentials> {
        self.at("credentials");
        Ok(Credentials::new("ada", "secret"))
    }
}

impl Recorder for Again {
    fn command_finished(&self, _: &CommandRecord<'_>) {
        self.at("recorder");
    }

    fn command_retried(&self, _: &str, _: u32, _: &redis_core::Error, _: Duration) {
        self.at("recorder of retries");
    }
}

/// A name that leads to the peer.
struct Leading(Again, SocketAddr);

impl redis_sync::Resolver for Leading {
    fn resolve(&self, _: &str, _: u16) -> io::Result<Vec<SocketAddr>> {
        self.0.at("resolver");
        Ok(vec![self.1])
    }
}

impl redis_async::Resolver for Leading {
    fn resolve<'a>(
        &'a self,
        _: &'a str,
        _: u16,
    ) -> redis_async::BoxFuture<'a, io::Result<Vec<SocketAddr>>> {
        self.0.at("resolver");
        Box::pin(async { Ok(vec![self.1]) })
    }
}

/// A policy whose every part is the user's.
fn policy(again: &Again) -> RetryPolicy {
    let (wish, hook) = (again.clone(), again.clone());
    RetryPolicy::new(again.clone(), 5)
        .also_if(move |_| {
            wish.at("wish");
            true
        })
        .on_failure(move |_, _| hook.at("hook"))
}

/// A peer that refuses the first `GET` in a way that only a wish repeats, hangs up on the second, and
/// pushes something before it answers the third.
fn peer() -> ScriptedServer {
    let asked = Arc::new(AtomicUsize::new(0));
    ScriptedServer::play_each(move |_| {
        let asked = Arc::clone(&asked);
        greeted().serve(move |words| {
            if words[0] != b"GET" {
                return Some(b"+PONG\r\n".to_vec());
            }
            match asked.fetch_add(1, Ordering::SeqCst) {
                0 => Some(b"-OOM no room\r\n".to_vec()),
                1 => None,
                _ => Some(b">1\r\n+news\r\n$1\r\nv\r\n".to_vec()),
            }
        })
    })
}

/// Fails, instead of standing still, if `body` does not come back.
fn within_patience(body: impl FnOnce() + Send + 'static) {
    let (done, waiting) = channel();
    let thread = std::thread::spawn(move || {
        body();
        let _ = done.send(());
    });
    match waiting.recv_timeout(Duration::from_secs(60)) {
        Err(std::sync::mpsc::RecvTimeoutError::Timeout) => panic!("it stands still"),
        // or it panicked
        _ => thread.join().unwrap(),
    }
}

/// The parts of a builder that both clients have under one name.
macro_rules! builder {
    ($client:ident, $again:expr, $address:expr) => {{
        let (event, push) = ($again.clone(), $again.clone());
        $client::Redis::builder()
            .host("peer.example")
            .resolver(Leading($again.clone(), $address))
            .credentials_provider($again.clone())
            .recorder($again.clone())
            .retry(policy(&$again))
            .on_event(move |_| event.at("event"))
            .on_push("news", move |_| push.at("push"))
    }};
}

mod blocking {
    use super::*;
    use redis_sync::prelude::*;
    use std::sync::OnceLock;

    static CLIENT: OnceLock<Redis> = OnceLock::new();
    static AGAIN: OnceLock<Again> = OnceLock::new();

    /// A reply that asks for another.
    struct Nosy;

    impl FromReply for Nosy {
        fn from_reply(reply: Reply<'_>) -> Result<Self> {
            AGAIN.get().expect("it was set").at("reply");
            reply.error().map_or(Ok(Self), Err)
        }
    }

    fn call() -> String {
        match CLIENT.get().expect("it was set").ping() {
            Ok(_) => "an answer".to_owned(),
            Err(error) => format!("{:?}", error.kind()),
        }
    }

    #[test]
    fn whoever_is_called_by_the_blocking_client_may_call_it() {
        within_patience(|| {
            let server = peer();
            let again = Again::new(call);
            AGAIN.set(again.clone()).expect("it is set once");
            let hook = again.clone();
            // the one connection may be with whoever calls
            let pool = redis_core::config::PoolOptions::new()
                .with_max_size(1)
                .with_acquire_timeout(Duration::from_millis(20));
            let builder = builder!(redis_sync, again, server.address()).pool(pool);
            let builder = builder.on_connect(move |_| {
                hook.at("on_connect");
                Ok(())
            });
            let r = CLIENT.get_or_init(|| builder.build().expect("the settings are right"));
            r.command("GET").key("k").query::<Nosy>().expect("an answer in the end");
            let none_free = format!("{:?}", ErrorKind::Timeout(TimeoutKind::Acquire));
            again.assert_everywhere(&["an answer", &none_free]);
            assert_eq!(r.ping().expect("the pool is whole"), "PONG");
            let counts = r.statistics();
            assert_eq!((counts.in_use, counts.waiting, counts.opening), (0, 0, 0), "{counts:?}");
        });
    }
}

mod nonblocking {
    use super::*;
    use redis_async::prelude::*;
    use std::sync::OnceLock;
    use tokio::task::JoinHandle;

    static CLIENT: OnceLock<Redis> = OnceLock::new();
    static AGAIN: OnceLock<Again> = OnceLock::new();
    static SPAWNED: Mutex<Vec<JoinHandle<Result<String>>>> = Mutex::new(Vec::new());

    /// A reply that asks for another.
    struct Nosy;

    impl FromReply for Nosy {
        fn from_reply(reply: Reply<'_>) -> Result<Self> {
            AGAIN.get().expect("it was set").at("reply");
            reply.error().map_or(Ok(Self), Err)
        }
    }

    /// A callback cannot await; it polls and drops, looks at the books, and leaves a task behind.
    fn call() -> String {
        use std::future::Future;
        let r = CLIENT.get().expect("it was set");
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        let _ = std::pin::pin!(r.ping()).poll(&mut cx);
        let _ = std::pin::pin!(r.connection()).poll(&mut cx);
        let _ = r.statistics();
        let asked = tokio::spawn(async { r.typed::<String>().ping().await });
        SPAWNED.lock().unwrap().push(asked);
        "submitted".to_owned()
    }

    #[test]
    fn whoever_is_called_by_the_async_client_may_call_it_on_a_runtime_of_one_thread() {
        within_patience(|| {
            let server = peer();
            let again = Again::new(call);
            AGAIN.set(again.clone()).expect("it is set once");
            let hook = again.clone();
            let pool = redis_core::config::PoolOptions::new().with_max_size(1);
            let builder = builder!(redis_async, again, server.address()).pool(pool);
            let builder = builder.on_connect(move |_| {
                hook.at("on_connect");
                Box::pin(async { Ok(()) })
            });
            let r = CLIENT.get_or_init(|| builder.build().expect("the settings are right"));
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime can be made").block_on(async {
                r.command("GET").key("k").query::<Nosy>().await.expect("an answer in the end");
                again.assert_everywhere(&["submitted"]);
                let spawned = std::mem::take(&mut *SPAWNED.lock().unwrap());
                assert_eq!(spawned.len(), PLACES.len());
                for asked in spawned {
                    assert_eq!(asked.await.expect("no panic").expect("an answer"), "PONG");
                }
                drop(r.connection().await.expect("the pool is whole"));
            });
        });
    }
}
