//! What becomes of a place, a turn and an interest whose caller goes away. For the async client alone: a thread cannot
//! be made to give up a call in its middle.

use crate::both::{Outcome, greeted};
use redis_async::prelude::*;
use redis_tests::scripted::{Script, ScriptedServer};
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// A task that only counts how often it is woken.
#[derive(Default)]
struct Counted(AtomicUsize);

impl Wake for Counted {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Counted {
    fn times(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// Greets, and answers every command alike.
fn obliging() -> Script {
    greeted().serve(|_| Some(b"+OK\r\n".to_vec()))
}

fn with_one_connection(
    server: &ScriptedServer,
    acquire_timeout: &str,
) -> redis_async::Result<Redis> {
    let settings = format!("pool_max_size=1&retries=0&pool_acquire_timeout={acquire_timeout}");
    Redis::from_url(&format!("{}?{settings}", server.url()))
}

/// Polls so many times at most; others run in between.
async fn polled<F: Future>(future: F, polls: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    for _ in 0..polls {
        let mut cx = Context::from_waker(Waker::noop());
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return Some(output);
        }
        tokio::task::yield_now().await;
    }
    None
}

#[tokio::test]
async fn who_goes_away_while_its_connection_is_opened_leaves_its_place_to_the_next() -> Outcome {
    let server = ScriptedServer::play_each(|_| obliging());
    for polls in 0..200 {
        // whoever finds no place free is refused at once
        let r = with_one_connection(&server, "0s")?;
        let given_up = polled(r.connection(), polls).await;
        let is_open = given_up.is_some();
        drop(given_up);
        let counts = r.statistics();
        assert_eq!((counts.opening, counts.in_use), (0, 0), "after {polls} polls: {counts:?}");
        r.connection().await?.command("PING").query::<()>().await?;
        if is_open {
            break;
        }
    }
    Ok(())
}

#[tokio::test]
async fn who_goes_away_while_it_waits_for_its_turn_is_passed_over() -> Outcome {
    let server = ScriptedServer::play_each(|_| obliging());
    let r = with_one_connection(&server, "60s")?;
    for comes_too_late in [false, true] {
        let held = r.connection().await?;
        let tasks = [Arc::<Counted>::default(), Arc::<Counted>::default()];
        let [first_task, next_task] = tasks.clone().map(Waker::from);
        let (mut first, mut next) = (Box::pin(r.connection()), Box::pin(r.connection()));
        assert!(first.as_mut().poll(&mut Context::from_waker(&first_task)).is_pending());
        assert!(next.as_mut().poll(&mut Context::from_waker(&next_task)).is_pending());
        assert_eq!(r.statistics().waiting, 2);
        if comes_too_late {
            drop(held);
            assert_eq!((tasks[0].times(), tasks[1].times()), (1, 0), "it is the first one's turn");
            drop(first);
        } else {
            drop(first);
            drop(held);
        }
        assert_eq!(tasks[1].times(), 1, "nobody told the next that its turn has come");
        let next = next.await?;
        assert_eq!((r.statistics().waiting, r.statistics().in_use), (0, 1));
        drop(next);
    }
    assert_eq!(server.connections(), 1);
    Ok(())
}

#[tokio::test]
async fn who_drops_its_future_is_let_go_of_at_once_although_its_reply_is_to_come() -> Outcome {
    let server = ScriptedServer::play_each(|_| {
        greeted().expect(&["PING"]).send("+PONG\r\n").expect(&["GET", "a"]).stall()
    });
    let r = with_one_connection(&server, "60s")?;
    r.command("PING").query::<()>().await?;
    let task = Arc::<Counted>::default();
    let mut get = Box::pin(r.command("GET").key("a").query::<String>());
    let waker = Waker::from(Arc::clone(&task));
    assert!(get.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    drop(waker);
    assert_eq!(Arc::strong_count(&task), 2, "the command that is under way wakes it");
    drop(get);
    assert_eq!(
        Arc::strong_count(&task),
        1,
        "something still holds the task of a future that is gone"
    );
    assert_eq!(task.times(), 0);
    Ok(())
}
