//! The async client in a child needs a runtime of the child's. The blocking client has no such thing.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use redis_async::prelude::*;
use redis_core::{Delivery, ErrorKind};

use crate::flavour::{Site, on_the_first_row};
use crate::process::fork;

/// On the current thread: the children of the other tests make the other kind.
fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().expect("a runtime can be made")
}

/// What a future says when it is polled once, where no runtime is.
fn at_once<T>(future: impl Future<Output = redis_core::Result<T>>) -> Result<(), String> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Err(error)) if error.kind() == ErrorKind::Misuse => {
            let text = error.to_string();
            if text.contains("runtime") {
                Ok(())
            } else {
                Err(format!("not said what lacks: {text}"))
            }
        }
        Poll::Ready(Err(error)) => Err(format!("another error: {error}")),
        Poll::Ready(Ok(_)) => Err("an answer without a runtime".to_owned()),
        Poll::Pending => Err("it waits for a runtime that never comes".to_owned()),
    }
}

#[test]
fn a_child_without_a_runtime_is_told_so_at_once() {
    on_the_first_row("runtimeless", |site: &Site| {
        let (runtime, r) = (runtime(), Redis::from_url(&site.url()).unwrap());
        runtime.block_on(r.ping()).unwrap();
        fork(|| {
            at_once(r.ping())?;
            at_once(r.blpop("never", std::time::Duration::ZERO))?;
            at_once(r.connection())?;
            // and once there is one, all is well
            let own = self::runtime();
            own.block_on(r.ping()).map(drop).map_err(|error| error.to_string())
        })
        .join();
        assert_eq!(runtime.block_on(r.ping()).unwrap(), "PONG");
    });
}

#[test]
fn a_future_of_the_parents_says_in_the_child_that_there_was_a_fork() {
    on_the_first_row("inherited", |site: &Site| {
        let (runtime, r) = (runtime(), Redis::from_url(&site.url()).unwrap());
        runtime.block_on(r.ping()).unwrap();
        let key = site.key("k");
        let mut sent = pin!(r.incr(&key));
        // submitted, and not answered: nobody drives the runtime meanwhile
        let guard = runtime.enter();
        let polled = sent.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_pending());
        drop(guard);
        // the parent may have had it run, and does
        let in_doubt = |error: &redis_core::Error| {
            (error.kind(), error.delivery()) == (ErrorKind::Forked, Delivery::Unknown)
        };
        fork(|| match sent.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Err(error)) if in_doubt(&error) => Ok(()),
            Poll::Ready(outcome) => Err(format!("{outcome:?}")),
            Poll::Pending => {
                // what goes on after the first attempt needs a runtime to say so
                let own = self::runtime();
                let outcome = own.block_on(sent.as_mut());
                match outcome {
                    Err(error) if in_doubt(&error) => Ok(()),
                    outcome => Err(format!("{outcome:?}")),
                }
            }
        })
        .join();
        assert_eq!(runtime.block_on(sent).unwrap(), 1, "the parent's own answer");
    });
}

#[test]
fn a_wait_of_the_parents_says_in_the_child_that_there_was_a_fork_and_reads_none_of_its_bytes() {
    on_the_first_row("inherited_wait", |site: &Site| {
        let (runtime, r) = (runtime(), Redis::from_url(&site.url()).unwrap());
        let (key, time) = (site.key("jobs"), std::time::Duration::ZERO);
        let mut waiting = pin!(r.blpop(&key, time));
        let mut witness = site.witness();
        // on its way, on a connection of its own, until the server knows of it
        runtime.block_on(async {
            while witness.blocked(&site.name) == 0 {
                let polled =
                    std::future::poll_fn(|cx| Poll::Ready(waiting.as_mut().poll(cx))).await;
                assert!(polled.is_pending());
                tokio::task::yield_now().await;
            }
        });
        // the answer is there before the child looks
        let _ = witness.call(&["RPUSH", &key, "job"]);
        fork(|| {
            let outcome = self::runtime().block_on(async {
                let patience = std::time::Duration::from_secs(10);
                tokio::time::timeout(patience, waiting.as_mut()).await
            });
            match outcome {
                Ok(Err(error)) if error.kind() == ErrorKind::Forked => match error.delivery() {
                    Delivery::Unknown => Ok(()),
                    other => Err(format!("{other:?}")),
                },
                outcome => Err(format!("{outcome:?}")),
            }
        })
        .join();
        let (_, job) = runtime.block_on(waiting).unwrap().expect("the parent's own answer");
        assert_eq!(job, "job");
    });
}
