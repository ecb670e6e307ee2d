//! Subscriptions across `fork`: the parent's go on, and a child makes its own.

use redis_core::{ErrorKind, Result};

use crate::flavour::{Site, both_processes};
use crate::process::fork;

fn text<T>(outcome: Result<T>) -> std::result::Result<T, String> {
    outcome.map_err(|error| error.to_string())
}

both_processes! {
    parts {
        async fn begin(r: &Client, channel: &str) -> Result<PubSub> {
            let mut p = r.pubsub();
            p.subscribe(channel).await?;
            Ok(p)
        }

        async fn again(p: &mut PubSub) -> Result<()> {
            p.subscribe("another").await
        }

        /// Publishes and wants it back.
        async fn hear(r: &Client, p: &mut PubSub, channel: &str, what: &str) -> Result<u64> {
            let heard = r.publish(channel, what).await?;
            let message = p.next_message().await?;
            assert_eq!(message.map(|it| it.payload.to_string()).as_deref(), Some(what));
            Ok(heard)
        }
    }

    fn a_parents_subscriptions_go_on_and_a_child_makes_its_own(site) {
        let (carrier, r, channel) = (Carrier::new(), Client::from_url(&site.url()).unwrap(), site.key("ch"));
        let mut p = carrier.run(begin(&r, &channel)).unwrap();
        for drops in [false, true] {
            let child = fork(|| {
                let carrier = Carrier::new();
                match carrier.run(again(&mut p)) {
                    Err(error) if error.kind() == ErrorKind::Forked => {}
                    other => return Err(format!("not said that there was a fork: {other:?}")),
                }
                let own = site.key("own");
                let mut fresh = text(carrier.run(begin(&r, &own)))?;
                let heard = text(carrier.run(hear(&r, &mut fresh, &own, "child")))?;
                drop(fresh);
                if drops {
                    // as a child that ends in order would
                    let inherited = std::mem::replace(&mut p, r.pubsub());
                    drop(inherited);
                }
                if heard == 1 { Ok(()) } else { Err(format!("{heard} heard the child")) }
            });
            child.join();
            let heard = carrier.run(hear(&r, &mut p, &channel, "parent")).unwrap();
            assert_eq!(heard, 1);
        }
        drop((p, r));
    }
}
