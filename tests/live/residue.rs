//! What a user of a connection of its own leaves behind does not reach the next one.

use redis_core::Value;
use redis_tests::server::Server;

use crate::flavour::both_flavours;
use crate::witness::{Client, Witness};

both_flavours! {
    parts {
        /// The one connection of this pool, as the server sees it.
        async fn seen(r: &Redis) -> redis_core::Result<Client> {
            let connection = r.connection().await?;
            let info: String = connection.command("CLIENT INFO").query().await?;
            Ok(Client::read(&info))
        }

        /// A client with one connection, so that whoever comes next gets the same one.
        async fn lone(url: &str, name: &str, protocol: u8) -> redis_core::Result<Redis> {
            Redis::from_url(&format!(
                "{url}?protocol={protocol}&client_name={name}&pool_max_size=1&pool_drain_timeout=20s"
            ))
        }
    }

    async fn a_database_and_a_name_are_undone(test) {
        let name = test.key("c");
        let r = lone(&test.server.url(), &name, test.protocol).await?;
        let connection = r.connection().await?;
        let id = connection.client_id().await?;
        connection.select(3).await?;
        connection.client_setname("somebody-else").await?;
        drop(connection);
        let after = seen(&r).await?;
        assert_eq!((after.get("db"), after.get("name")), ("0", name.as_str()));
        assert_eq!(after.id(), id, "what can be undone closes nothing");
    }

    async fn a_transaction_that_was_begun_is_undone(test) {
        let (name, key) = (test.key("c"), test.key("k"));
        let r = lone(&test.server.url(), &name, test.protocol).await?;
        let connection = r.connection().await?;
        connection.command("MULTI").query::<()>().await?;
        connection.command("SET").key(&key).arg("never").query::<Value>().await?;
        drop(connection);
        let after = seen(&r).await?;
        assert!(!after.get("flags").contains('x'), "{after:?}");
        assert_eq!(Witness::of(test.server).get(&key), None, "a queued command ran");
    }

    async fn watched_keys_are_forgotten(test) {
        let (name, key) = (test.key("c"), test.key("k"));
        let r = lone(&test.server.url(), &name, test.protocol).await?;
        let connection = r.connection().await?;
        connection.command("WATCH").key(&key).query::<()>().await?;
        drop(connection);
        // tidied up before anybody else gets it
        let next = r.connection().await?;
        Witness::of(test.server).call(&["SET", &key, "changed"]);
        next.command("MULTI").query::<()>().await?;
        next.command("SET").key(&key).arg("mine").query::<Value>().await?;
        let outcome: Value = next.command("EXEC").query().await?;
        assert_ne!(outcome, Value::Nil, "somebody else's WATCH failed a transaction");
        assert_eq!(Witness::of(test.server).get(&key).as_deref(), Some("mine"));
    }

    async fn tracking_is_switched_off(test) {
        if test.protocol == 2 {
            // tracking pushes, or redirects to a connection that may be gone
            return Ok(());
        }
        let name = test.key("c");
        let r = lone(&test.server.url(), &name, test.protocol).await?;
        let connection = r.connection().await?;
        connection.command("CLIENT TRACKING").arg("ON").query::<()>().await?;
        let during: String = connection.command("CLIENT INFO").query().await?;
        assert!(Client::read(&during).get("flags").contains('t'), "{during}");
        drop(connection);
        let after = seen(&r).await?;
        assert!(!after.get("flags").contains('t'), "{after:?}");
    }

    async fn a_subscription_a_monitor_and_silence_do_not_reach_the_next_user(test) {
        let server = Server::of(test.row).start();
        let r = lone(&server.url(), "c", test.protocol).await?;
        for (number, binding) in ["SUBSCRIBE news", "MONITOR", "CLIENT REPLY SKIP"].iter().enumerate() {
            let connection = r.connection().await?;
            let mut words = binding.split(' ');
            let mut command = connection.command(words.next().unwrap_or_default());
            for word in words {
                command = command.arg(word);
            }
            // refused or carried out: either way nobody else is to notice
            let _ = command.query::<Value>().await;
            drop(connection);
            let next = r.connection().await?;
            let value = format!("value-{number}");
            next.command("SET").key("k").arg(&value).query::<()>().await?;
            let back: String = next.command("GET").key("k").query().await?;
            assert_eq!(back, value, "after {binding}");
        }
    }

    async fn a_user_who_logged_in_anew_does_not_reach_the_next_user(test) {
        let server = Server::of(test.row).user("other", "on >s3cret ~* +@all").start();
        let r = lone(&server.url(), "c", test.protocol).await?;
        let connection = r.connection().await?;
        connection.command("AUTH").arg("other").arg("s3cret").query::<()>().await?;
        drop(connection);
        let after = seen(&r).await?;
        assert_eq!(after.get("user"), "default", "{after:?}");
    }
}
