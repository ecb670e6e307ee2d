//! What a timeout of the shared connection tells of its cause, on a clock of the test's own. What both
//! clients tell alike is tested in `tests/hermetic`.

mod peer;

use peer::{Session, client};
use redis_async::{
    CallOptions, Diagnosis, Error, ExecuteCommand, Redis, RetryPolicy, Suspect, TimeoutKind, Value,
};
use std::time::Duration;

const TICK: Duration = Duration::from_millis(100);

fn once(time: Duration) -> CallOptions {
    CallOptions::new().response_timeout(time).retry(RetryPolicy::none())
}

async fn get(redis: &Redis, time: Duration) -> Result<Value, Error> {
    redis.with(once(time)).command("GET").key("k").query::<Value>().await
}

fn diagnosis(outcome: Result<Value, Error>) -> Diagnosis {
    let error = outcome.expect_err("nobody answers");
    *error.diagnosis().unwrap_or_else(|| panic!("{error} has no diagnosis"))
}

/// A client whose connection stands, and what the server sees of it.
async fn connected() -> (Redis, Session) {
    let (redis, _, mut peer) = client(|builder| builder.response_timeout(Duration::from_secs(60)));
    let session = peer.accept_and(&redis).await;
    (redis, session)
}

#[tokio::test(start_paused = true)]
async fn a_server_that_answers_nobody_is_slow_at_first_and_its_connection_dead_later() {
    let (redis, _session) = connected().await;
    let first = diagnosis(get(&redis, 2 * TICK).await);
    assert_eq!((first.phase(), first.suspect()), (TimeoutKind::Reply, Suspect::Server), "{first}");
    assert_eq!((first.in_flight_then(), first.in_flight_now()), (Some(0), Some(1)), "{first}");
    assert_eq!(first.queued(), Some(Duration::ZERO));
    assert!(first.in_flight().is_some_and(|time| time >= 2 * TICK), "{first}");
    let _ = get(&redis, 2 * TICK).await;
    let third = diagnosis(get(&redis, 2 * TICK).await);
    assert_eq!(third.suspect(), Suspect::Connection, "{third}");
    // those whose time was over are in flight all the same: their replies are to come
    assert_eq!((third.in_flight_then(), third.in_flight_now()), (Some(2), Some(3)), "{third}");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_answered_somebody_meanwhile_is_slow_however_silent_it_was_before() {
    for (answers, suspect) in [(true, Suspect::Server), (false, Suspect::Connection)] {
        let (redis, mut session) = connected().await;
        let early = get(&redis, 100 * TICK);
        let late = async {
            tokio::time::sleep(10 * TICK).await;
            diagnosis(get(&redis, 5 * TICK).await)
        };
        let server = async {
            session.line().await;
            tokio::time::sleep(12 * TICK).await;
            if answers {
                session.send("+OK\r\n").await;
            }
            std::future::pending::<()>().await;
        };
        tokio::select! {
            (_, ()) = async { tokio::join!(early, server) } => {}
            late = late => assert_eq!(late.suspect(), suspect, "{late}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_runtime_that_stood_still_is_the_suspect_and_the_server_is_not() {
    let (redis, _session) = connected().await;
    let stall = async {
        // one tick that is counted, and then ten seconds in which nothing runs
        tokio::time::advance(2 * TICK).await;
        tokio::task::yield_now().await;
        tokio::time::advance(100 * TICK).await;
    };
    let (outcome, ()) = tokio::join!(get(&redis, 5 * TICK), stall);
    let late = diagnosis(outcome);
    assert_eq!(late.suspect(), Suspect::Process, "{late}");
    assert!(late.facts().stalled.is_some_and(|time| time >= 90 * TICK), "{late}");
    assert!(late.to_string().contains("not looked for"), "{late}");
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_a_connection_that_is_not_there_is_told_so() {
    let (redis, _, mut peer) = client(|builder| builder.response_timeout(Duration::from_secs(60)));
    let (outcome, _session) = tokio::join!(get(&redis, 2 * TICK), peer.accept_raw());
    let late = diagnosis(outcome);
    assert_eq!((late.phase(), late.suspect()), (TimeoutKind::Acquire, Suspect::Connection));
    assert_eq!((late.facts().connected, late.in_flight_now()), (Some(false), Some(0)), "{late}");
    assert!(late.queued().is_some_and(|time| time >= 2 * TICK), "{late}");
    assert!(late.to_string().contains("no connection; suspect: the connection is dead"), "{late}");
}

#[tokio::test(start_paused = true)]
async fn who_waits_behind_a_full_queue_is_told_that_too_much_is_asked() {
    let (redis, _session) = connected().await;
    // the server reads no more: two are being written, two fill the queue, and one waits
    let large = bytes::Bytes::from(vec![b'v'; 40 << 20]);
    let set = || async {
        let patient = redis.with(once(100 * TICK));
        patient.command("SET").key("k").arg(&large).query::<Value>().await
    };
    let flood = async { tokio::join!(set(), set(), set(), set(), set()) };
    let late = async {
        tokio::time::advance(2 * TICK).await;
        diagnosis(get(&redis, 2 * TICK).await)
    };
    tokio::select! {
        _ = flood => panic!("nobody answers"),
        late = late => {
            assert_eq!((late.phase(), late.suspect()), (TimeoutKind::Acquire, Suspect::Load), "{late}");
            assert_eq!(late.facts().connected, Some(true));
            assert_eq!((late.in_flight_then(), late.in_flight_now()), (Some(1), Some(4)), "{late}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_is_still_arriving_is_large_for_its_time() {
    let (redis, mut session) = connected().await;
    let server = async {
        session.line().await;
        session.send("$1000\r\n").await;
        loop {
            tokio::time::sleep(TICK).await;
            session.send("x").await;
        }
    };
    tokio::select! {
        outcome = get(&redis, 5 * TICK) => {
            let late = diagnosis(outcome);
            assert_eq!(late.suspect(), Suspect::Transfer, "{late}");
            assert!(late.facts().partial.is_some_and(|bytes| bytes > 7), "{late}");
        }
        () = server => {}
    }
}
