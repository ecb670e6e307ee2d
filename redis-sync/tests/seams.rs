//! Where users hook in: events, hooks, credentials, the recorder, the explicit loop.

mod memory;

use memory::{Memory, obliging};
use redis_sync::{
    BulkString, CallOptions, CommandRecord, Credentials, CredentialsProvider, Delivery, Error,
    ErrorKind, Event, ExecuteCommand, PoolOptions, Recorder, Redis, Result, RetryPolicy,
};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

fn get(r: &impl ExecuteCommand<Mode = redis_sync::Blocking>) -> Result<Option<BulkString>> {
    r.command("GET").key("k").query()
}

/// The beginning of an event's text: its variant.
fn name(event: &Event) -> String {
    let text = format!("{event:?}");
    text.split([' ', '{', '(']).next().unwrap_or_default().to_owned()
}

#[test]
fn a_connection_tells_its_life() {
    let events = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&events);
    let r = Redis::builder()
        .connector(Memory::obliging())
        .on_event(move |event| log.lock().unwrap().push(name(event)))
        .build()
        .unwrap();
    get(&r).unwrap();
    r.disconnect(redis_sync::DisconnectScope::Idle);
    assert_eq!(
        *events.lock().unwrap(),
        ["Connecting", "Connected", "HandshakeDone", "Acquired", "Released", "Disconnected"]
    );
}

#[test]
fn a_listener_may_call_the_client_again_and_may_panic() {
    static CLIENT: OnceLock<Redis> = OnceLock::new();
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    // the connection that it is told of is free by then
    let only_one = PoolOptions::new().with_max_size(1).with_wait(false);
    let r = Redis::builder()
        .connector(Memory::obliging())
        .pool(only_one)
        .on_event(|event| {
            if let (Event::Released { .. }, Some(r)) = (event, CLIENT.get()) {
                if CALLS.fetch_add(1, Ordering::Relaxed) == 0 {
                    assert_eq!(get(r).unwrap().unwrap(), "v");
                }
                panic!("a listener of a test");
            }
        })
        .build()
        .unwrap();
    let r = CLIENT.get_or_init(|| r);
    assert_eq!(get(r).unwrap().unwrap(), "v");
    assert_eq!(CALLS.load(Ordering::Relaxed), 2);
    assert_eq!(r.pool().config().events().panics(), 2);
}

#[test]
fn a_hook_runs_on_every_new_connection_before_it_serves() {
    let server = Memory::obliging();
    let r = Redis::builder()
        .connector(server.clone())
        .on_connect(|connection| connection.command("CLIENT").arg("NO-EVICT").arg("ON").query())
        .on_connect(|connection| connection.command("SET").key("greeted").arg("yes").query())
        .build()
        .unwrap();
    get(&r).unwrap();
    get(&r).unwrap();
    assert_eq!(server.log(), ["CLIENT NO-EVICT ON", "SET greeted yes", "GET k", "GET k"]);
}

#[test]
fn a_hook_that_fails_keeps_the_connection_from_serving() {
    let server = Memory::obliging();
    let r = Redis::builder()
        .connector(server.clone())
        .retry(RetryPolicy::none())
        .on_connect(|_| Err(Error::new(ErrorKind::Misuse, "not today")))
        .build()
        .unwrap();
    let error = get(&r).unwrap_err();
    assert!(error.to_string().contains("not today"), "{error}");
    assert_eq!((server.log().len(), server.open(), r.statistics().failed), (0, 0, 1));
}

#[test]
fn credentials_are_asked_for_before_each_connect_and_never_shown() {
    struct Rotating(AtomicUsize);
    impl CredentialsProvider for Rotating {
        fn credentials(&self) -> Result<Credentials> {
            let number = self.0.fetch_add(1, Ordering::Relaxed) + 1;
            Ok(Credentials::new("me", format!("hunter{number}")))
        }
    }
    let server = Memory::obliging();
    let r = Redis::builder()
        .connector(server.clone())
        .credentials_provider(Rotating(AtomicUsize::new(0)))
        .protocol(redis_sync::ProtocolChoice::Resp2)
        .build()
        .unwrap();
    get(&r).unwrap();
    r.disconnect(redis_sync::DisconnectScope::Idle);
    get(&r).unwrap();
    let auths: Vec<_> = server.log().into_iter().filter(|line| line.starts_with("AUTH")).collect();
    assert_eq!(auths, ["AUTH me hunter1", "AUTH me hunter2"]);
    let shown = format!("{r:?} {:?} {:?}", r.pool(), r.pool().config());
    assert!(!shown.contains("hunter"), "{shown}");
}

#[test]
fn a_recorder_is_told_of_each_command_and_each_retry() {
    #[derive(Default)]
    struct Counts {
        finished: AtomicUsize,
        retried: AtomicUsize,
    }
    #[derive(Clone, Default)]
    struct Counter(Arc<Counts>);
    impl Recorder for Counter {
        fn command_finished(&self, command: &CommandRecord<'_>) {
            assert_eq!((command.command, command.attempts), ("GET", 2));
            self.0.finished.fetch_add(1, Ordering::Relaxed);
        }

        fn command_retried(&self, _: &str, _: u32, _: &Error, _: std::time::Duration) {
            self.0.retried.fetch_add(1, Ordering::Relaxed);
        }
    }
    let counter = Counter::default();
    let asked = AtomicUsize::new(0);
    let server = Memory::new(move |words| match asked.fetch_add(1, Ordering::Relaxed) {
        0 => Some(b"-LOADING reading the data\r\n".to_vec()),
        _ => obliging(words),
    });
    let r = Redis::builder().connector(server).recorder(counter.clone()).build().unwrap();
    get(&r).unwrap();
    assert_eq!(counter.0.finished.load(Ordering::Relaxed), 1);
    assert_eq!(counter.0.retried.load(Ordering::Relaxed), 1);
}

#[test]
fn a_recorder_may_call_the_client_again_when_somebody_waited() {
    static CLIENT: OnceLock<Redis> = OnceLock::new();
    struct Asking(Arc<AtomicUsize>);
    impl Recorder for Asking {
        fn pool_waited(&self, _: std::time::Duration, served: bool) {
            let statistics = CLIENT.get().expect("it is in use").statistics();
            assert_eq!((served, statistics.in_use), (true, 1));
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let told = Arc::new(AtomicUsize::new(0));
    let r = Redis::builder()
        .connector(Memory::obliging())
        .pool(PoolOptions::new().with_max_size(1).with_acquire_timeout(None))
        .recorder(Asking(Arc::clone(&told)))
        .build()
        .unwrap();
    let r = CLIENT.get_or_init(|| r);
    let connection = r.connection().unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| get(r).unwrap());
        while r.statistics().waiting == 0 {
            std::thread::yield_now();
        }
        drop(connection);
        assert_eq!(waiting.join().unwrap().unwrap(), "v");
    });
    assert_eq!(told.load(Ordering::SeqCst), 1);
}

#[test]
fn a_write_that_was_refused_is_tried_again_and_one_in_doubt_is_not() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let server = Memory::new(move |_| match count.fetch_add(1, Ordering::Relaxed) {
        0 => Some(b"-LOADING reading the data\r\n".to_vec()),
        1 => Some(b":1\r\n".to_vec()),
        _ => None,
    });
    let r = Redis::builder().connector(server).build().unwrap();
    assert_eq!(r.command("INCR").key("k").query::<i64>().unwrap(), 1);
    let error = r.command("INCR").key("k").query::<i64>().unwrap_err();
    assert_eq!(error.delivery(), Delivery::Unknown);
    assert_eq!(asked.load(Ordering::Relaxed), 3);

    let twice = CallOptions::new().repeatable(true).retry(RetryPolicy::none().with_retries(1));
    r.with(twice).command("INCR").key("k").query::<i64>().unwrap_err();
    assert_eq!(asked.load(Ordering::Relaxed), 5, "the caller said that it may run twice");
}

#[test]
fn an_explicit_loop_goes_on_after_failures_and_empty_answers_and_ends_with_an_answer() {
    let asked = AtomicUsize::new(0);
    let server = Memory::new(move |_| match asked.fetch_add(1, Ordering::Relaxed) {
        0 => None,
        1 => Some(b"_\r\n".to_vec()),
        _ => Some(b"$3\r\njob\r\n".to_vec()),
    });
    let r = Redis::builder().connector(server).build().unwrap();
    let mut seen = Vec::new();
    for attempt in r.retry(RetryPolicy::none().with_retries(3)) {
        let number = attempt.number();
        let answer = attempt.run(|r| r.command("LPOP").key("jobs").query::<Option<String>>());
        seen.push((number, answer.map_err(|error| error.kind())));
    }
    let job = Some("job".to_owned());
    assert_eq!(seen, [(1, Err(ErrorKind::Closed)), (2, Ok(None)), (1, Ok(job))]);
}

#[test]
fn an_explicit_loop_ends_when_its_policy_gives_up() {
    let r = Redis::builder().connector(Memory::new(|_| None)).build().unwrap();
    let policy = RetryPolicy::none().with_retries(2);
    let failures = r
        .retry(policy)
        .map(|attempt| attempt.run(|r| r.command("LPOP").key("jobs").query::<()>()))
        .filter(Result::is_err)
        .count();
    assert_eq!(failures, 3);
}
