//! Parent and child each go on, over connections of their own.

use std::collections::BTreeSet;

use redis_core::{ErrorKind, Result};

use crate::flavour::{Site, both_processes, look_until};
use crate::process::fork;

/// How many values each process sends and wants back unchanged.
const VALUES: usize = 300;

fn text<T>(outcome: Result<T>) -> std::result::Result<T, String> {
    outcome.map_err(|error| error.to_string())
}

both_processes! {
    parts {
        /// Sends values that nobody else sends and wants each back, then notes its connection.
        async fn work(r: &Client, who: &str, key: &str) -> Result<()> {
            for number in 0..VALUES {
                let value = format!("{who}:{number}:").repeat(1 + number % 40);
                let back = r.echo(&value).await?;
                assert!(back == value.as_str(), "{who} was told {back:?} for its {number}th value");
                r.incr(key).await?;
            }
            let id = r.client_id().await?;
            let _: i64 = r.command("SADD").key(format!("{key}:ids")).arg(id).query().await?;
            Ok(())
        }

        async fn busy(r: Client, who: String, key: String) -> Result<()> {
            work(&r, &who, &key).await
        }

        async fn warm(r: &Client) -> Result<i64> {
            drop(r.connection().await?);
            r.client_id().await
        }

        async fn ask(r: &Client) -> Result<i64> {
            r.client_id().await
        }

        /// A connection of one's own, and its number on the server.
        async fn own(r: &Client) -> Result<(Own, i64)> {
            let connection = r.connection().await?;
            let id = connection.client_id().await?;
            Ok((connection, id))
        }

        /// Says that it is there, and waits until it may go.
        async fn say_and_wait(r: &Client, said: &str, go: &str) -> Result<()> {
            let _: i64 = r.command("RPUSH").key(said).arg("here").query().await?;
            let _ = r.blpop(go, std::time::Duration::ZERO).await?;
            Ok(())
        }

        async fn wait_for(r: Client, key: String) -> Result<Option<(redis_core::BulkString, redis_core::BulkString)>> {
            r.blpop(&key, std::time::Duration::ZERO).await
        }
    }

    fn parent_and_child_go_on_over_connections_of_their_own(site) {
        let (carrier, r, key) = (Carrier::new(), Client::from_url(&site.url()).unwrap(), site.key("n"));
        let warm_id = carrier.run(warm(&r)).unwrap();
        let children: Vec<_> = (0..3)
            .map(|child| {
                fork(|| {
                    text(Carrier::new().run(work(&r, &format!("child{child}"), &key)))
                })
            })
            .collect();
        carrier.run(work(&r, "parent", &key)).unwrap();
        children.into_iter().for_each(|child| child.join());

        let mut witness = site.witness();
        assert_eq!(witness.get(&key).as_deref(), Some((4 * VALUES).to_string().as_str()));
        let ids = witness.call(&["SMEMBERS", &format!("{key}:ids")]);
        let ids: BTreeSet<String> = ids.items().iter().map(|id| id.text()).collect();
        assert_eq!(ids.len(), 4, "two processes shared a connection: {ids:?}");
        let same = carrier.run(ask(&r)).unwrap();
        assert_eq!(same, warm_id, "the parent's connection did not outlive the forks");
        look_until("the children left nothing open", || {
            witness.count(&site.name) == r.statistics().open() as usize
        });
    }

    fn children_forked_while_many_share_a_connection_go_on_over_their_own(site) {
        const CALLERS: usize = 6;
        let url = format!("{}&pool_max_size=1&pool_acquire_timeout=60s", site.url());
        let (carrier, r, key) = (Carrier::new(), Client::from_url(&url).unwrap(), site.key("n"));
        let callers: Vec<_> = (0..CALLERS)
            .map(|caller| {
                let (r, who, key) = (r.clone(), format!("caller{caller}"), key.clone());
                carrier.beside(move || busy(r, who, key))
            })
            .collect();
        let mut witness = site.witness();
        let children: Vec<_> = (1..=3)
            .map(|child| {
                // each at another moment of what the others are at
                look_until("the callers are at it", || {
                    let count = witness.get(&key).and_then(|count| count.parse().ok());
                    count.unwrap_or(0) >= child * 100
                });
                fork(|| text(Carrier::new().run(work(&r, &format!("child{child}"), &key))))
            })
            .collect();
        callers.into_iter().for_each(|caller| carrier.outcome(caller).unwrap());
        let count = children.len() + CALLERS;
        children.into_iter().for_each(|child| child.join());
        assert_eq!(witness.get(&key).as_deref(), Some((count * VALUES).to_string().as_str()));
        let ids = witness.call(&["SCARD", &format!("{key}:ids")]);
        assert_eq!(ids.integer(), 4, "two processes shared a connection, or one had two");
    }

    #[cfg_attr(not(feature = "tls"), allow(unused_variables))]
    fn the_parents_tls_sessions_are_untouched(site) {
        #[cfg(feature = "tls")]
        {
            use redis_core::config::{ConfigBuilder, TlsOptions};
            let authority = redis_tests::certificates::certificates().authority.as_bytes();
            let url = format!(
                "{}?protocol={}&client_name={}",
                site.server.tls_url(), site.protocol, site.name
            );
            let config = ConfigBuilder::from_url(&url)
                .unwrap()
                .tls(TlsOptions::new().with_authority(authority))
                .build()
                .unwrap();
            let (carrier, r, key) = (Carrier::new(), Client::from_config(config), site.key("n"));
            let warm_id = carrier.run(warm(&r)).unwrap();
            for round in 0..3 {
                let child = fork(|| {
                    text(Carrier::new().run(work(&r, &format!("child{round}"), &key)))
                });
                carrier.run(work(&r, "parent", &key)).unwrap();
                child.join();
            }
            let same = carrier.run(ask(&r)).unwrap();
            assert_eq!(same, warm_id, "the parent's session did not outlive the forks");
        }
    }

    fn what_the_parent_closes_is_closed_although_the_child_lives(site) {
        let (carrier, r) = (Carrier::new(), Client::from_url(&site.url()).unwrap());
        carrier.run(warm(&r)).unwrap();
        let (said, go) = (site.key("said"), site.key("go"));
        let mut witness = site.witness();
        let parents: BTreeSet<i64> = witness.clients(&site.name).iter().map(|client| client.id()).collect();
        let child = fork(|| text(Carrier::new().run(say_and_wait(&r, &said, &go))));
        look_until("the child has connections of its own", || {
            witness.call(&["LLEN", &said]).integer() == 1 && witness.blocked(&site.name) == 1
        });
        let all = witness.clients(&site.name);
        assert!(parents.iter().all(|id| all.iter().any(|client| client.id() == *id)), "{all:?}");
        drop((r, carrier));
        look_until("the parent's connections are closed", || {
            witness.clients(&site.name).iter().all(|client| !parents.contains(&client.id()))
        });
        assert!(witness.blocked(&site.name) == 1, "the child waits");
        witness.call(&["RPUSH", &go, "go"]);
        child.join();
    }

    fn what_a_parent_held_that_dies_is_closed_although_its_child_lives(site) {
        let (said, go, ids) = (site.key("said"), site.key("go"), site.key("ids"));
        let parent = fork(|| {
            let (carrier, r) = (Carrier::new(), text(Client::from_url(&site.url()))?);
            text(carrier.run(warm(&r)))?;
            let mut witness = site.witness();
            for client in witness.clients(&site.name) {
                witness.call(&["SADD", &ids, &client.id().to_string()]);
            }
            // an orphan when this process is gone
            let _orphan = fork(|| text(Carrier::new().run(say_and_wait(&r, &said, &go))));
            look_until("the orphan has connections of its own", || {
                witness.call(&["LLEN", &said]).integer() == 1 && witness.blocked(&site.name) == 1
            });
            // a sudden end: nothing is said, and nothing dropped
            std::mem::forget((carrier, r));
            Ok(())
        });
        parent.join();
        let mut witness = site.witness();
        let parents: BTreeSet<String> =
            witness.call(&["SMEMBERS", &ids]).items().iter().map(|id| id.text()).collect();
        assert!(!parents.is_empty());
        look_until("the dead parent's connections are closed", || {
            witness.clients(&site.name).iter().all(|client| !parents.contains(client.get("id")))
        });
        assert_eq!(witness.blocked(&site.name), 1, "the orphan waits");
        witness.call(&["RPUSH", &go, "go"]);
    }

    fn a_child_that_drops_the_last_handle_does_not_disturb_the_parent(site) {
        let (carrier, key) = (Carrier::new(), site.key("n"));
        let mut r = Some(Client::from_url(&site.url()).unwrap());
        let warm_id = carrier.run(warm(r.as_ref().unwrap())).unwrap();
        for used in [false, true, false] {
            let child = fork(|| {
                if used {
                    text(Carrier::new().run(ask(r.as_ref().unwrap())))?;
                }
                drop(r.take());
                Ok(())
            });
            child.join();
            carrier.run(work(r.as_ref().unwrap(), "parent", &key)).unwrap();
        }
        let same = carrier.run(ask(r.as_ref().unwrap())).unwrap();
        assert_eq!(same, warm_id, "the parent's connection did not outlive the forks");
    }

    fn a_connection_of_the_parents_own_is_refused_in_the_child(site) {
        let (carrier, r) = (Carrier::new(), Client::from_url(&site.url()).unwrap());
        let (connection, id) = carrier.run(own(&r)).unwrap();
        let child = fork(|| {
            let carrier = Carrier::new();
            let outcome = carrier.run(connection.command("CLIENT ID").query::<i64>());
            let fresh = carrier.run(ask(&r));
            match outcome {
                Ok(_) => Err("the parent's connection answered".to_owned()),
                Err(error) if error.kind() == ErrorKind::Forked => text(fresh.map(drop)),
                Err(error) => Err(format!("not said that there was a fork: {error}")),
            }
        });
        child.join();
        let same: i64 = carrier.run(connection.command("CLIENT ID").query()).unwrap();
        assert_eq!(same, id);
        drop(connection);
    }

    fn a_raw_connection_and_a_monitor_of_the_parents_are_refused_in_the_child(site) {
        let (carrier, r, key) = (Carrier::new(), Client::from_url(&site.url()).unwrap(), site.key("n"));
        let mut raw = Some(carrier.run(r.raw_connection()).unwrap());
        let mut monitor = Some(carrier.run(r.monitor()).unwrap());
        let mut connection = Some(carrier.run(r.connection()).unwrap());
        let child = fork(|| {
            let carrier = Carrier::new();
            let (mut raw, mut monitor) = (raw.take().unwrap(), monitor.take().unwrap());
            let refused = [
                connection.take().unwrap().into_raw().err(),
                carrier.run(raw.send(["PING"])).err(),
                carrier.run(raw.receive()).err(),
                carrier.run(monitor.next()).and_then(Result::err),
            ];
            // neither what the refusal lets go of nor this disturbs the parent
            drop((raw, monitor));
            let as_forked = |error: &Option<_>| {
                error.as_ref().is_some_and(|error: &redis_core::Error| error.kind() == ErrorKind::Forked)
            };
            if refused.iter().all(as_forked) { Ok(()) } else { Err(format!("{refused:?}")) }
        });
        child.join();
        let (mut raw, mut monitor) = (raw.take().unwrap(), monitor.take().unwrap());
        carrier.run(raw.send(("INCR", &key))).unwrap();
        assert_eq!(carrier.run(raw.receive()).unwrap().read::<i64>().unwrap(), 1);
        loop {
            let event = carrier.run(monitor.next()).unwrap().unwrap();
            if event.arguments.first().is_some_and(|first| *first == *key) {
                break;
            }
        }
        let mut raw_too = connection.take().unwrap().into_raw().unwrap();
        carrier.run(raw_too.send(["PING"])).unwrap();
        assert_eq!(carrier.run(raw_too.receive()).unwrap().read::<String>().unwrap(), "PONG");
        drop((raw, raw_too, monitor));
    }

    fn a_child_of_a_child_goes_on_too(site) {
        let (carrier, r, key) = (Carrier::new(), Client::from_url(&site.url()).unwrap(), site.key("n"));
        carrier.run(warm(&r)).unwrap();
        let child = fork(|| {
            let carrier = Carrier::new();
            text(carrier.run(work(&r, "child", &key)))?;
            let grandchild = fork(|| text(Carrier::new().run(work(&r, "grandchild", &key))));
            let outcome = text(carrier.run(work(&r, "child", &key)));
            grandchild.join();
            outcome
        });
        carrier.run(work(&r, "parent", &key)).unwrap();
        child.join();
        assert_eq!(site.witness().get(&key).as_deref(), Some((4 * VALUES).to_string().as_str()));
    }

    fn a_command_under_way_at_the_fork_is_answered_to_the_parent(site) {
        let (carrier, r, key) = (Carrier::new(), Client::from_url(&site.url()).unwrap(), site.key("jobs"));
        carrier.run(warm(&r)).unwrap();
        let (waiting, list) = (r.clone(), key.clone());
        let waiter = carrier.beside(move || wait_for(waiting, list));
        let mut witness = site.witness();
        look_until("somebody waits", || witness.blocked(&site.name) == 1);
        let child = fork(|| {
            text(Carrier::new().run(work(&r, "child", &site.key("n"))))
        });
        child.join();
        assert_eq!(witness.blocked(&site.name), 1, "the child's end disturbed the parent's wait");
        witness.call(&["RPUSH", &key, "job"]);
        let popped = carrier.outcome(waiter).unwrap();
        assert!(popped.is_some_and(|(_, job)| job == "job"));
    }
}
