//! Connections of one's own: lent, waited for, given back as they were or closed.

mod peer;

use peer::{bulk, client, echo};
use redis_async::prelude::*;
use redis_async::{
    CallOptions, CloseReason, DisconnectScope, ErrorKind, Event, Events, Exclusive, PoolOptions,
    Redis, Result, RetryPolicy, TimeoutKind,
};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;

fn small(max_size: u32) -> PoolOptions {
    PoolOptions::new().with_max_size(max_size)
}

/// Says which connection it is, by the number that the test's server gives it.
async fn whoami(c: &impl Exclusive<Mode = redis_async::Async>) -> Result<String> {
    c.command("ECHO").arg("who").query().await
}

#[tokio::test]
async fn a_blocking_command_waits_on_a_connection_of_its_own() {
    let (r, connector, mut peer) = client(|b| b);
    let server = tokio::spawn(async move {
        let mut popping = peer.accept().await;
        assert_eq!(popping.line().await, "BLPOP jobs 0");
        let mut shared = peer.accept().await;
        assert_eq!(shared.line().await, "ECHO meanwhile");
        shared.send(&bulk("meanwhile")).await;
        popping.send("*2\r\n$4\r\njobs\r\n$1\r\nj\r\n").await;
        (shared.next().await, popping.next().await)
    });
    let pop = r.command("BLPOP").key("jobs").arg(0).query::<Option<(String, String)>>();
    let other = async {
        while connector.connects() == 0 {
            tokio::task::yield_now().await;
        }
        r.command("ECHO").arg("meanwhile").query::<String>().await
    };
    let (popped, echoed) = tokio::join!(pop, other);
    assert_eq!(popped.expect("an answer"), Some(("jobs".to_owned(), "j".to_owned())));
    assert_eq!(echoed.expect("an answer"), "meanwhile");
    assert_eq!(r.statistics().idle, 1);
    drop(r);
    server.await.expect("the server's side");
}

#[tokio::test(start_paused = true)]
async fn a_blocking_commands_own_time_is_no_timeout() {
    let (r, _, mut peer) = client(|b| b.response_timeout(Duration::from_secs(1)));
    let server = tokio::spawn(async move {
        let mut session = peer.accept().await;
        session.line().await;
        tokio::time::sleep(Duration::from_secs(30)).await;
        session.send("_\r\n").await;
        session.next().await
    });
    let pop = r.command("BLPOP").key("jobs").blocking(Duration::from_secs(30)).arg(30);
    assert_eq!(pop.query::<Option<(String, String)>>().await.expect("nil is an answer"), None);
    drop(r);
    server.await.expect("the server's side");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_forgets_a_blocking_command_is_noticed_after_its_time_and_the_margin() {
    let (r, _, mut peer) =
        client(|b| b.response_timeout(Duration::from_secs(1)).retry(RetryPolicy::none()));
    let server = tokio::spawn(async move {
        let mut session = peer.accept().await;
        session.line().await;
        session
    });
    let begun = Instant::now();
    let pop = r.command("BLPOP").key("jobs").blocking(Duration::from_secs(30)).arg(30);
    let error = pop.query::<Option<(String, String)>>().await.expect_err("no answer");
    assert_eq!(error.timeout_kind(), Some(TimeoutKind::Reply));
    assert_eq!(begun.elapsed().as_secs(), 31);
    let mut session = server.await.expect("the server's side");
    assert!(
        session.line().await.starts_with("ECHO fence"),
        "its late answer is waited for a little"
    );
    assert!(session.next().await.is_none(), "and the connection closed");
    assert_eq!(r.statistics().closed(CloseReason::NotDrained), 1);
}

#[tokio::test(start_paused = true)]
async fn a_connection_on_which_a_server_that_never_gave_it_a_number_waits_is_closed_at_once() {
    let (r, _, mut peer) = client(|b| b);
    let server = tokio::spawn(async move {
        let mut session = peer.accept().await;
        session.line().await;
        session.next().await
    });
    let soon =
        CallOptions::new().response_timeout(Duration::from_millis(1)).retry(RetryPolicy::none());
    let pop = r.with(soon).command("BLPOP").key("k").arg(0).query::<Option<(String, String)>>();
    let error = pop.await.expect_err("no answer");
    assert_eq!(error.timeout_kind(), Some(TimeoutKind::Reply));
    assert!(server.await.expect("the server's side").is_none());
    assert_eq!(r.statistics().closed(CloseReason::Broken), 1);
}

#[tokio::test]
async fn what_would_mix_up_replies_is_refused_even_on_a_connection_of_ones_own() {
    let (r, _, peer) = client(|b| b);
    peer.serve(echo);
    let c = r.connection().await.expect("a connection");
    let error = c.command("SUBSCRIBE").arg("news").query::<()>().await.expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Misuse);
    assert_eq!(whoami(&c).await.expect("an answer"), "who");
}

#[tokio::test]
async fn a_blocking_command_that_is_dropped_closes_a_connection_without_a_number() {
    let (r, _, mut peer) = client(|b| b);
    let server = tokio::spawn(async move {
        let mut session = peer.accept().await;
        session.line().await;
        session
    });
    {
        let pop = r.command("BLPOP").key("jobs").arg(0).query::<Option<(String, String)>>();
        tokio::select! {
            _ = pop => panic!("nobody answered"),
            session = server => {
                let mut session = session.expect("the server's side");
                tokio::spawn(async move { session.next().await });
            }
        }
    }
    let counts = r.statistics();
    assert_eq!((counts.in_use, counts.idle), (0, 0));
    assert_eq!(counts.closed(CloseReason::Broken), 1);
}

#[tokio::test]
async fn a_connection_is_given_back_as_it_was_lent() {
    let (r, connector, mut peer) = client(|b| b.pool(small(1)));
    let server = tokio::spawn(async move {
        let mut session = peer.accept().await;
        for (command, reply) in [
            ("SELECT 3", "+OK\r\n"),
            ("WATCH k", "+OK\r\n"),
            ("UNWATCH", "+OK\r\n"),
            ("SELECT 0", "+OK\r\n"),
            ("ECHO who", "$1\r\n1\r\n"),
        ] {
            assert_eq!(session.line().await, command);
            session.send(reply).await;
        }
        session.next().await
    });
    let c = r.connection().await.expect("a connection");
    c.command("SELECT").arg(3).query::<()>().await.expect("an answer");
    c.command("WATCH").key("k").query::<()>().await.expect("an answer");
    drop(c);
    let c = r.connection().await.expect("a connection");
    assert_eq!(whoami(&c).await.expect("an answer"), "1");
    assert_eq!(connector.connects(), 1);
    drop((c, r));
    server.await.expect("the server's side");
}

#[tokio::test]
async fn a_connection_whose_state_nobody_can_undo_is_closed() {
    let (r, connector, peer) = client(|b| b.pool(small(1)));
    peer.serve(echo);
    let c = r.connection().await.expect("a connection");
    c.command("AUTH").arg("secret").query::<()>().await.expect("an answer");
    drop(c);
    drop(r.connection().await.expect("a connection"));
    assert_eq!(connector.connects(), 2);
    assert_eq!(r.statistics().closed(CloseReason::Residue), 1);
}

#[tokio::test]
async fn a_command_that_is_dropped_half_way_ends_its_connection_and_shifts_no_reply() {
    let (r, connector, mut peer) = client(|b| b.pool(small(1)));
    let c = {
        let (c, mut session) = tokio::join!(r.connection(), peer.accept());
        let c = c.expect("a connection");
        {
            let call = c.command("ECHO").arg("dropped").query::<String>();
            tokio::select! {
                _ = call => panic!("nobody answered"),
                line = session.line() => assert_eq!(line, "ECHO dropped"),
            }
        }
        session.send(&bulk("dropped")).await;
        let error = whoami(&c).await.expect_err("its replies cannot be told apart");
        assert_eq!(error.delivery(), redis_async::Delivery::NotSent);
        c
    };
    drop(c);
    peer.serve(echo);
    let c = r.connection().await.expect("another connection");
    assert_eq!(whoami(&c).await.expect("an answer"), "who");
    assert_eq!(connector.connects(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_late_reply_is_drained_and_the_connection_recycled() {
    let (r, connector, mut peer) =
        client(|b| b.pool(small(1)).response_timeout(Duration::from_secs(1)));
    let server = tokio::spawn(async move {
        let mut session = peer.accept().await;
        assert_eq!(session.line().await, "ECHO who");
        let fence = session.next().await.expect("a fence");
        session.send(&bulk("late")).await;
        session.send(&bulk(&fence[1])).await;
        assert_eq!(session.line().await, "ECHO who");
        session.send(&bulk("in time")).await;
        session.next().await
    });
    let c = r.connection().await.expect("a connection");
    whoami(&c).await.expect_err("late");
    drop(c);
    let c = r.connection().await.expect("a connection");
    assert_eq!(whoami(&c).await.expect("an answer"), "in time");
    assert_eq!(connector.connects(), 1);
    assert_eq!(r.statistics().recycled, 1);
    drop((c, r));
    server.await.expect("the server's side");
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_does_not_come_in_the_time_for_draining_closes_the_connection() {
    let (r, connector, mut peer) =
        client(|b| b.pool(small(1)).response_timeout(Duration::from_secs(1)));
    let server = tokio::spawn(async move {
        let mut silent = peer.accept().await;
        while silent.next().await.is_some() {}
        peer.accept().await
    });
    let c = r.connection().await.expect("a connection");
    whoami(&c).await.expect_err("late");
    drop(c);
    drop(r.connection().await.expect("a connection"));
    assert_eq!(connector.connects(), 2);
    assert_eq!(r.statistics().closed(CloseReason::NotDrained), 1);
    server.await.expect("the server's side");
}

#[tokio::test]
async fn an_idle_connection_that_died_is_replaced_before_it_is_used() {
    let (r, connector, mut peer) = client(|b| b.pool(small(1)));
    let (c, session) = tokio::join!(r.connection(), peer.accept());
    drop(c.expect("a connection"));
    drop(session);
    peer.serve(echo);
    let c = r.connection().await.expect("another connection");
    assert_eq!(whoami(&c).await.expect("an answer"), "who");
    assert_eq!(connector.connects(), 2);
    assert_eq!(r.statistics().closed(CloseReason::Stale), 1);
}

#[tokio::test]
async fn who_waits_is_served_first_come_first_served() {
    let (r, connector, peer) = client(|b| b.pool(small(1)));
    peer.serve(echo);
    let held = r.connection().await.expect("a connection");
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..5 {
        let (waiting, order) = (r.clone(), Arc::clone(&order));
        tasks.spawn(async move {
            let c = waiting.connection().await.expect("a connection");
            order.lock().expect("not poisoned").push(number);
            whoami(&c).await.expect("an answer");
        });
        while r.statistics().waiting < number + 1 {
            tokio::task::yield_now().await;
        }
    }
    drop(held);
    tasks.join_all().await;
    assert_eq!(*order.lock().expect("not poisoned"), [0, 1, 2, 3, 4]);
    assert_eq!(connector.connects(), 1);
}

#[tokio::test(start_paused = true)]
async fn who_waits_too_long_or_goes_away_leaves_the_place_to_the_next() {
    let pool = small(1).with_acquire_timeout(Duration::from_secs(1));
    let (r, _, peer) = client(|b| b.pool(pool));
    peer.serve(echo);
    let held = r.connection().await.expect("a connection");
    let error = r.connection().await.expect_err("all are in use");
    assert_eq!(error.timeout_kind(), Some(TimeoutKind::Acquire), "{error}");
    assert_eq!(r.statistics().timeouts, 1);

    let gone = tokio::spawn({
        let r = r.clone();
        async move { r.connection().await.map(drop) }
    });
    let next = tokio::spawn({
        let r = r.clone();
        async move { r.connection().await.map(drop) }
    });
    while r.statistics().waiting < 2 {
        tokio::task::yield_now().await;
    }
    drop(held);
    gone.abort();
    next.await.expect("no panic").expect("a connection");
    assert_eq!(r.statistics().waiting, 0);
}

#[tokio::test]
async fn a_pool_that_does_not_let_its_callers_wait_refuses() {
    let (r, _, peer) = client(|b| b.pool(small(1).with_wait(false)));
    peer.serve(echo);
    let _held = r.connection().await.expect("a connection");
    let error = r.connection().await.expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::PoolExhausted);
    assert_eq!(r.statistics().refused, 1);
}

#[tokio::test]
async fn a_place_whose_taker_goes_away_while_it_connects_is_free_again() {
    let (r, connector, mut peer) = client(|b| b.pool(small(1)));
    let connecting = tokio::spawn({
        let r = r.clone();
        async move { r.connection().await.map(drop) }
    });
    let _silent = peer.accept_raw().await;
    connecting.abort();
    let _ = connecting.await;
    peer.serve(echo);
    drop(r.connection().await.expect("the place is free"));
    assert_eq!(connector.connects(), 2);
}

#[tokio::test(start_paused = true)]
async fn idle_connections_end_and_the_least_number_stays_ready() {
    let pool = small(4).with_min_idle(1).with_idle_timeout(Duration::from_secs(10));
    let (r, _, peer) = client(|b| b.pool(pool));
    peer.serve(echo);
    let connections = (r.connection().await, r.connection().await, r.connection().await);
    drop(connections);
    assert!(r.statistics().idle >= 3);
    tokio::time::sleep(Duration::from_secs(15)).await;
    assert_eq!(r.statistics().idle, 1);
    assert!(r.statistics().closed(CloseReason::Idle) >= 2);
}

#[tokio::test]
async fn hooks_run_on_every_connection_before_it_serves() {
    let (r, connector, peer) = client(|b| {
        b.on_connect(|c| Box::pin(async move { c.command("ECHO").arg("hook").query::<()>().await }))
    });
    let log = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&log);
    peer.serve(move |command| {
        seen.lock().expect("not poisoned").push(command.join(" "));
        echo(command)
    });
    r.command("ECHO").arg("shared").query::<()>().await.expect("an answer");
    let c = r.connection().await.expect("a connection");
    c.command("ECHO").arg("own").query::<()>().await.expect("an answer");
    assert_eq!(connector.connects(), 2);
    let log = log.lock().expect("not poisoned");
    assert_eq!(*log, ["ECHO hook", "ECHO shared", "ECHO hook", "ECHO own"]);
}

#[tokio::test]
async fn a_hook_that_fails_discards_the_connection_and_nothing_was_sent() {
    let (r, _, peer) = client(|b| {
        b.retry(RetryPolicy::none())
            .on_connect(|_| Box::pin(async { Err(redis_async::Error::config("not today")) }))
    });
    peer.serve(echo);
    let error = r.command("INCR").key("n").query::<i64>().await.expect_err("no connection");
    assert!(error.to_string().contains("not today"), "{error}");
    assert_eq!(error.delivery(), redis_async::Delivery::NotSent);
}

#[tokio::test]
async fn a_hook_that_panics_on_the_shared_connection_is_named_as_what_ended_it() {
    let (r, _, peer) =
        client(|b| b.retry(RetryPolicy::none()).on_connect(|_| panic!("a hook's own trouble")));
    peer.serve(echo);
    let error = r.command("INCR").key("n").query::<i64>().await.expect_err("no connection");
    assert!(error.to_string().contains("panicked"), "{error}");
    assert_eq!(error.delivery(), redis_async::Delivery::NotSent);
}

#[tokio::test]
async fn events_tell_the_life_of_a_connection_and_a_listener_that_panics_does_no_harm() {
    let log = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&log);
    let events = Events::new().with(|_| panic!("a listener's own trouble")).with(move |event| {
        let name = format!("{event:?}");
        let name = name.split([' ', '{']).next().unwrap_or_default().to_owned();
        seen.lock().expect("not poisoned").push(name);
    });
    let (r, _, peer) = client(|b| b.events(events));
    peer.serve(echo);
    drop(r.connection().await.expect("a connection"));
    r.disconnect(DisconnectScope::All);
    assert_eq!(
        *log.lock().expect("not poisoned"),
        ["Connecting", "Connected", "HandshakeDone", "Acquired", "Released", "Disconnected"]
    );
}

#[tokio::test]
async fn a_listener_may_call_the_client_again() {
    static R: std::sync::OnceLock<Redis> = std::sync::OnceLock::new();
    let events = Events::new().with(|event| {
        if let Event::Acquired { .. } = event {
            // statistics lock the books: an event under that lock would never end
            let _ = R.get().map(Redis::statistics);
        }
    });
    let (r, _, peer) = client(|b| b.events(events));
    peer.serve(echo);
    let r = R.get_or_init(|| r);
    drop(r.connection().await.expect("a connection"));
}

#[tokio::test]
async fn another_database_is_another_pool_by_the_same_configuration() {
    let (r, connector, mut peer) = client(|b| b.database(1));
    let other = r.database(7);
    let server = tokio::spawn(async move {
        let mut session = peer.accept_raw().await;
        let mut lines = Vec::new();
        for _ in 0..4 {
            let command = session.next().await.expect("a greeting");
            lines.push(command.join(" "));
            let reply = peer::greeting(&command).unwrap_or_else(|| "+OK\r\n".to_owned());
            session.send(&reply).await;
        }
        lines
    });
    drop(other.connection().await.expect("a connection"));
    assert_eq!(connector.connects(), 1);
    assert!(server.await.expect("the server's side").contains(&"SELECT 7".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_loop_over_attempts_can_be_spawned_with_what_it_borrows() {
    let (r, _, peer) = client(|b| b);
    let asked = Arc::new(Mutex::new(0));
    peer.serve(move |_| {
        let mut asked = asked.lock().expect("not poisoned");
        *asked += 1;
        match *asked {
            1 | 2 => "_\r\n".to_owned(),
            3 => "-LOADING not yet\r\n".to_owned(),
            _ => "$3\r\njob\r\n".to_owned(),
        }
    });
    let done = tokio::spawn(async move {
        let queue = String::from("jobs");
        let (name, mut outcomes) = (&queue, Vec::new());
        let mut attempts = r.retry(RetryPolicy::default());
        while let Some(attempt) = attempts.next().await {
            let outcomes = &mut outcomes;
            let answer = attempt
                .run(async |r| {
                    let job: Option<String> = r.command("LPOP").key(name).query().await?;
                    outcomes.push(job.clone());
                    Ok(job)
                })
                .await;
            if let Err(error) = answer {
                assert!(error.is_server_error());
            }
        }
        outcomes
    });
    let outcomes = done.await.expect("no panic");
    assert_eq!(outcomes, [None, None, Some("job".to_owned())]);
}

#[tokio::test]
async fn a_waker_that_takes_a_place_in_the_queue_with_it_when_it_goes_does_no_harm() {
    use std::future::Future;
    use std::pin::Pin;
    use std::sync::{Arc, Mutex};
    use std::task::{Context, Wake, Waker};
    type Connecting = Pin<Box<dyn Future<Output = Result<redis_async::Connection>> + Send>>;
    /// A task of an executor of its own, which nothing but a waker keeps.
    struct Task {
        _owned: Mutex<Connecting>,
    }
    impl Wake for Task {
        fn wake(self: Arc<Self>) {}
    }
    let (r, _, peer) = client(|b| b.pool(small(1)));
    peer.serve(echo);
    let taken = r.connection().await.expect("it is free");
    let poll = |connecting: &mut Connecting, waker: &Waker| {
        assert!(connecting.as_mut().poll(&mut Context::from_waker(waker)).is_pending());
    };
    let with_a_task = || {
        let ask = |r: redis_async::Redis| async move { r.connection().await };
        let mut owned: Connecting = Box::pin(ask(r.clone()));
        poll(&mut owned, Waker::noop());
        let waker = Waker::from(Arc::new(Task { _owned: Mutex::new(owned) }));
        let mut connecting: Connecting = Box::pin(ask(r.clone()));
        poll(&mut connecting, &waker);
        connecting
    };
    poll(&mut with_a_task(), Waker::noop());
    drop(with_a_task());
    assert_eq!(r.statistics().waiting, 0);
    drop(taken);
}

#[tokio::test(start_paused = true)]
async fn the_housekeeper_leaves_with_the_last_handle() {
    let (r, _, peer) = client(|b| b);
    peer.serve(echo);
    drop(r.connection().await.expect("a connection"));
    let metrics = tokio::runtime::Handle::current().metrics();
    // the server's two tasks, and the housekeeper
    assert_eq!(metrics.num_alive_tasks(), 3);
    drop(r);
    // while somebody is always ready, the clock stands still
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(metrics.num_alive_tasks(), 0, "it looks after a pool that is gone");
}
