//! A client that is closed on one side of a fork.

use redis_core::pool::Closed;
use redis_core::{ErrorKind, Result};
use std::time::Duration;

use crate::flavour::{Site, both_processes, look_until};
use crate::process::fork;

const MINUTE: Duration = Duration::from_secs(60);

fn text<T>(outcome: Result<T>) -> std::result::Result<T, String> {
    outcome.map_err(|error| error.to_string())
}

both_processes! {
    parts {
        async fn ask(r: &Client) -> Result<i64> {
            r.client_id().await
        }

        async fn close(r: &Client) -> Closed {
            r.close(MINUTE).await
        }

        async fn hold(r: &Client) -> Result<Own> {
            r.connection().await
        }

        async fn ask_on(own: &Own) -> Result<i64> {
            own.client_id().await
        }

        /// Closes the client: what that came to, and what a command says then.
        async fn close_and_ask(r: &Client) -> std::result::Result<(), String> {
            let closed = r.close(MINUTE).await;
            if closed != Closed::default() {
                return Err(format!("it closed what is not its own: {closed:?}"));
            }
            match r.client_id().await {
                Err(error) if error.kind() == ErrorKind::Shutdown => Ok(()),
                other => Err(format!("{other:?}")),
            }
        }
    }

    fn a_child_that_closes_the_client_leaves_its_parents_alone(site) {
        let (carrier, r) = (Carrier::new(), Client::from_url(&site.url()).unwrap());
        let own = carrier.run(hold(&r)).unwrap();
        let (shared, held) = (carrier.run(ask(&r)).unwrap(), carrier.run(ask_on(&own)).unwrap());
        fork(|| Carrier::new().run(close_and_ask(&r))).join();
        assert_eq!(carrier.run(ask(&r)).unwrap(), shared, "the parent's connection was closed");
        assert_eq!(carrier.run(ask_on(&own)).unwrap(), held);
        drop(own);
        assert!(carrier.run(close(&r)).is_clean());
    }

    fn a_child_that_has_connections_of_its_own_closes_these(site) {
        let (carrier, r) = (Carrier::new(), Client::from_url(&site.url()).unwrap());
        let before = carrier.run(ask(&r)).unwrap();
        fork(|| {
            let child = Carrier::new();
            text(child.run(ask(&r)))?;
            let closed = child.run(close(&r));
            if closed.is_clean() { Ok(()) } else { Err(format!("{closed:?}")) }
        })
        .join();
        let mut witness = site.witness();
        look_until("the child's connections are closed", || {
            witness.count(&site.name) == r.statistics().open() as usize
        });
        assert_eq!(carrier.run(ask(&r)).unwrap(), before);
    }

    fn a_client_that_was_closed_before_the_fork_is_closed_in_the_child(site) {
        let (carrier, r) = (Carrier::new(), Client::from_url(&site.url()).unwrap());
        carrier.run(ask(&r)).unwrap();
        assert!(carrier.run(close(&r)).is_clean());
        fork(|| Carrier::new().run(close_and_ask(&r))).join();
    }
}
