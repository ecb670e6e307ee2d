//! A client that is closed from within what it calls, and by several threads at once.

mod memory;

use memory::Memory;
use redis_sync::prelude::*;
use redis_sync::{Closed, Delivery, ErrorKind, Event, Redis, RetryPolicy};
use redis_tests::scripted::{Handshake, Script, ScriptedServer};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

/// A client that is there for those whom it calls.
#[derive(Clone, Default)]
struct Own(Arc<OnceLock<Redis>>);

impl Own {
    fn close(&self, time: Duration, told: &Mutex<Sender<Closed>>) {
        if let Some(r) = self.0.get() {
            let closed = r.close(time);
            told.lock().expect("nobody panicked").send(closed).expect("the test listens");
        }
    }
}

#[test]
fn a_listener_that_closes_the_client_from_a_thread_that_holds_a_connection_cuts_it_off_in_time() {
    let server = ScriptedServer::play(Script::new().handshake(Handshake::Understood).stall());
    let (told, hear) = channel();
    let (own, told) = (Own::default(), Mutex::new(told));
    let closing = own.clone();
    let address = server.address();
    let r = Redis::builder()
        .host(address.ip().to_string())
        .port(address.port())
        .retry(RetryPolicy::none())
        .on_event(move |event| {
            if matches!(event, Event::Acquired { .. }) {
                closing.close(Duration::ZERO, &told);
            }
        })
        .build()
        .expect("the settings are right");
    let r = own.0.get_or_init(|| r);
    let error = r.get("k").expect_err("its connection was cut off");
    assert_eq!(error.kind(), ErrorKind::Closed, "{error}");
    let closed = hear.recv().expect("the listener was called");
    assert_eq!((closed.abandoned, closed.forced), (1, 1), "{closed:?}");
    let error = r.get("k").expect_err("the client is closed");
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Shutdown, Delivery::NotSent));
}

#[test]
fn a_push_handler_on_the_thread_of_the_subscriptions_does_not_wait_for_itself() {
    // the handler may be called before its thread is known to the client
    (0..100).for_each(|_| close_from_a_push_handler());
}

fn close_from_a_push_handler() {
    let (told, hear) = channel();
    let (own, told) = (Own::default(), Mutex::new(told));
    let closing = own.clone();
    // confirms what is asked for, with news behind it
    let peer = Memory::new(|words| {
        let [_, name] = words else { return Some(b"+PONG\r\n".to_vec()) };
        let length = name.len();
        let confirmed = format!(">3\r\n$9\r\nsubscribe\r\n${length}\r\n{name}\r\n:1\r\n");
        Some((confirmed + ">1\r\n$4\r\nnews\r\n").into_bytes())
    });
    let r = Redis::builder()
        .connector(peer)
        .on_push("news", move |_| closing.close(MINUTE, &told))
        .build()
        .expect("the settings are right");
    let r = own.0.get_or_init(|| r);
    let mut p = r.pubsub();
    // told of the one or of the other, whichever comes first
    let _ = p.subscribe("a");
    let closed = hear.recv().expect("the handler was called");
    assert!(closed.is_clean(), "{closed:?}");
    let ended = p.find_map(Result::err).map(|error| error.kind());
    assert!(matches!(ended, None | Some(ErrorKind::Shutdown)), "{ended:?}");
    // by now there is another thread, which may wait for that one
    assert!(r.close(MINUTE).is_clean());
}

#[test]
fn several_threads_may_close_a_client_at_once() {
    let server = ScriptedServer::play(
        Script::new().handshake(Handshake::Understood).serve(|_| Some(b"+PONG\r\n".to_vec())),
    );
    let r = Redis::from_url(&server.url()).expect("the URL is good");
    let held = r.connection().expect("a connection");
    std::thread::scope(|scope| {
        let closing: Vec<_> = (0..3).map(|_| scope.spawn(|| r.close(MINUTE))).collect();
        while r.ping().is_ok() {
            std::thread::yield_now();
        }
        held.ping().expect("who holds one goes on");
        drop(held);
        for thread in closing {
            let closed = thread.join().expect("no panic");
            assert!(closed.is_clean(), "{closed:?}");
        }
    });
}
