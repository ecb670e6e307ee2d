//! Forks while other threads hold and hammer every lock there is: no child hangs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use redis_core::Result;
use redis_core::pool::DisconnectScope;

use crate::flavour::{Site, both_processes};
use crate::process::{Ended, fork};

/// How often it is forked; each fork meets the locks in another state.
const FORKS: usize = 60;

both_processes! {
    parts {
        /// Takes and returns connections and sends commands without a pause.
        async fn hammer(r: Client, stop: Arc<AtomicBool>, done: Arc<AtomicUsize>) -> Result<()> {
            while !stop.load(Ordering::Relaxed) {
                let number = done.fetch_add(1, Ordering::Relaxed).to_string();
                let back = r.echo(&number).await?;
                assert!(back == number.as_str(), "{back:?} instead of {number}");
                let connection = r.connection().await?;
                let own = connection.echo(&number).await?;
                assert!(own == number.as_str(), "{own:?} instead of {number}");
            }
            Ok(())
        }

        /// Opens connections without a pause.
        async fn open(r: Client, stop: Arc<AtomicBool>, done: Arc<AtomicUsize>) -> Result<()> {
            while !stop.load(Ordering::Relaxed) {
                drop(r.connection().await?);
                r.disconnect(DisconnectScope::Idle);
                done.fetch_add(1, Ordering::Relaxed);
            }
            Ok(())
        }

        async fn once(r: &Client, word: &str) -> Result<()> {
            let back = r.echo(word).await?;
            assert!(back == word, "{back:?} instead of {word}");
            let connection = r.connection().await?;
            let own = connection.echo(word).await?;
            assert!(own == word, "{own:?} instead of {word}");
            Ok(())
        }
    }

    fn no_child_hangs_whoever_held_a_lock_at_the_fork(site) {
        let (carrier, r) = (Carrier::new(), Client::from_url(&site.url()).unwrap());
        carrier.run(once(&r, "warm")).unwrap();
        let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let hammers: Vec<_> = (0..4)
            .map(|_| {
                let (r, stop, done) = (r.clone(), Arc::clone(&stop), Arc::clone(&done));
                carrier.beside(move || hammer(r, stop, done))
            })
            .collect();
        let mut ends = Vec::new();
        for number in 0..FORKS {
            let child = fork(|| {
                let outcome = Carrier::new().run(once(&r, &format!("child{number}")));
                outcome.map_err(|error| error.to_string())
            });
            ends.push(child.wait());
            if ends.contains(&Ended::Hanging) {
                break;
            }
        }
        stop.store(true, Ordering::Relaxed);
        for hammer in hammers {
            carrier.outcome(hammer).unwrap();
        }
        assert!(ends.iter().all(|end| *end == Ended::Well), "{ends:?}");
        assert!(done.load(Ordering::Relaxed) > FORKS, "nobody hammered");
        let mut witness = site.witness();
        crate::flavour::look_until("the children left nothing open", || {
            witness.count(&site.name) == r.statistics().open() as usize
        });
    }

    fn no_child_closes_what_it_opened_itself(site) {
        // a descriptor that another thread opens during the fork may be written down and yet not be there;
        // the child's first own one then has its number
        let (carrier, r) = (Carrier::new(), Client::from_url(&site.url()).unwrap());
        carrier.run(once(&r, "warm")).unwrap();
        let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let openers: Vec<_> = (0..2)
            .map(|_| {
                let (r, stop, done) = (r.clone(), Arc::clone(&stop), Arc::clone(&done));
                carrier.beside(move || open(r, stop, done))
            })
            .collect();
        let mut ends = Vec::new();
        for number in 0..FORKS {
            let child = fork(|| {
                // the carrier first: what it waits with is the child's first own descriptor
                let outcome = Carrier::new().run(once(&r, &format!("child{number}")));
                outcome.map_err(|error| error.to_string())
            });
            ends.push(child.wait());
            if ends.contains(&Ended::Hanging) {
                break;
            }
        }
        stop.store(true, Ordering::Relaxed);
        for opener in openers {
            carrier.outcome(opener).unwrap();
        }
        assert!(ends.iter().all(|end| *end == Ended::Well), "{ends:?}");
        assert!(done.load(Ordering::Relaxed) > 0, "nobody opened connections");
    }
}
