//! A signal in a blocking call loses nothing and extends no deadline.

use std::thread::JoinHandle;
use std::time::Duration;

use redis_core::{ErrorKind, Result, TimeoutKind};
use redis_tests::server::Server;

use crate::flavour::{Site, both_processes, look_until};
use crate::process::{interrupt, let_signals_interrupt};

/// Interrupts a thread until it ends. Between two signals lies a round trip of the witness, so that the
/// thread gets somewhere.
fn interrupt_until_it_ends<T>(site: &Site, thread: JoinHandle<T>) -> T {
    let mut witness = site.witness();
    look_until("the interrupted thread ends", || {
        interrupt(&thread);
        let _ = witness.call(&["PING"]);
        thread.is_finished()
    });
    thread.join().expect("who is interrupted does not panic")
}

both_processes! {
    parts {
        async fn echo(r: &Client, value: &str) -> Result<bool> {
            let back = r.echo(value).await?;
            Ok(back == value)
        }

        async fn pop(r: &Client, key: &str) -> Result<Option<(redis_core::BulkString, redis_core::BulkString)>> {
            r.blpop(key, Duration::ZERO).await
        }

        async fn ask(r: &Client) -> Result<i64> {
            r.client_id().await
        }
    }

    fn signals_lose_no_byte(site) {
        let_signals_interrupt();
        let url = site.url();
        let thread = std::thread::spawn(move || {
            let (carrier, r) = (Carrier::new(), Client::from_url(&url).unwrap());
            (0..200).all(|number| {
                // large enough that reads and writes stop half-way
                let value = format!("{number}:").repeat(1 + 997 * (number % 60));
                carrier.run(echo(&r, &value)).unwrap()
            })
        });
        assert!(interrupt_until_it_ends(site, thread), "an answer came back changed");
    }

    fn signals_end_no_wait(site) {
        let_signals_interrupt();
        let (url, key) = (site.url(), site.key("jobs"));
        let list = key.clone();
        let thread = std::thread::spawn(move || {
            let (carrier, r) = (Carrier::new(), Client::from_url(&url).unwrap());
            carrier.run(pop(&r, &list)).unwrap()
        });
        let mut witness = site.witness();
        let mut signals = 0;
        look_until("it was interrupted often while it waited", || {
            signals += u32::from(witness.blocked(&site.name) == 1);
            interrupt(&thread);
            signals >= 100
        });
        witness.call(&["RPUSH", &key, "job"]);
        let popped = interrupt_until_it_ends(site, thread);
        assert!(popped.is_some_and(|(_, job)| job == "job"));
    }

    fn signals_extend_no_deadline(site) {
        let_signals_interrupt();
        let stopped = Server::of(site.server.row()).start();
        let url = format!("{}?protocol={}&response_timeout=200ms&retries=0", stopped.url(), site.protocol);
        let (ready, begin) = std::sync::mpsc::channel();
        let (go, going) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let (carrier, r) = (Carrier::new(), Client::from_url(&url).unwrap());
            carrier.run(ask(&r)).unwrap();
            ready.send(()).unwrap();
            let () = going.recv().unwrap();
            carrier.run(ask(&r)).unwrap_err().kind()
        });
        begin.recv().unwrap();
        stopped.pause();
        go.send(()).unwrap();
        // a deadline that each signal put off would not end before the signals do
        let kind = interrupt_until_it_ends(site, thread);
        stopped.resume();
        assert_eq!(kind, ErrorKind::Timeout(TimeoutKind::Reply));
    }
}
