//! What a connection tells the server before its first command.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use redis_core::config::{ConfigBuilder, ProtocolChoice};
use redis_core::credentials::{Credentials, CredentialsProvider};
use redis_core::{Delivery, ErrorKind};
use redis_tests::server::Server;

use crate::flavour::both_flavours;
use crate::witness::{Client, Witness};

/// Credentials that change, and how often they were asked for.
#[derive(Clone)]
struct Rotating {
    password: Arc<Mutex<String>>,
    asked: Arc<AtomicUsize>,
}

impl Rotating {
    fn new(password: &str) -> Self {
        Self { password: Arc::new(Mutex::new(password.to_owned())), asked: Arc::default() }
    }

    fn change(&self, password: &str) {
        *self.password.lock().unwrap() = password.to_owned();
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl CredentialsProvider for Rotating {
    fn credentials(&self) -> redis_core::Result<Credentials> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        Ok(Credentials::new("worker", self.password.lock().unwrap().as_str()))
    }
}

fn protocol(number: u8) -> ProtocolChoice {
    if number == 2 { ProtocolChoice::Resp2 } else { ProtocolChoice::Resp3 }
}

both_flavours! {
    async fn a_connection_introduces_itself(test) {
        let name = test.key("c");
        let url = format!(
            "{}/5?protocol={}&client_name={name}&library_name=mine&library_version=1.2.3",
            test.server.url(),
            test.protocol
        );
        let r = Redis::from_url(&url)?;
        let _ = r.ping().await?;
        // one of its own is introduced like the shared one
        let connection = r.connection().await?;
        let _ = connection.ping().await?;
        let clients = Witness::of(test.server).clients(&name);
        assert!(!clients.is_empty());
        for client in clients {
            assert_eq!(client.get("db"), "5", "{client:?}");
            assert_eq!(client.get("resp"), test.protocol.to_string(), "{client:?}");
            assert_eq!(client.get("user"), "default", "{client:?}");
            if test.row.has_redis(7, 2) {
                assert_eq!((client.get("lib-name"), client.get("lib-ver")), ("mine", "1.2.3"));
            }
        }
    }

    async fn the_library_names_itself_where_nothing_else_is_said(test) {
        if !test.row.has_redis(7, 2) {
            return Ok(());
        }
        let info: String = test.client.command("CLIENT INFO").query().await?;
        let client = Client::read(&info);
        assert!(client.get("lib-name").starts_with("redis-"), "{info}");
        assert_eq!(client.get("lib-ver"), env!("CARGO_PKG_VERSION"), "{info}");
    }

    async fn a_user_of_the_access_list_is_who_it_says(test) {
        let server = Server::of(test.row).user("worker", "on >s3cret ~mine:* +@all").start();
        let at = server.address();
        let r = Redis::from_url(&format!("redis://worker:s3cret@{at}?protocol={}", test.protocol))?;
        r.set("mine:k", 1).await?;
        let info: String = r.command("CLIENT INFO").query().await?;
        assert_eq!(Client::read(&info).get("user"), "worker", "{info}");
        let refused = r.set("others:k", 1).await.unwrap_err();
        assert_eq!(refused.code(), Some("NOPERM"), "{refused}");

        let wrong = Redis::from_url(&format!("redis://worker:wrong@{at}?protocol={}", test.protocol))?;
        let refused = wrong.set("mine:k", 2).await.unwrap_err();
        assert!(refused.is_authentication(), "{refused}");
        assert_eq!(refused.delivery(), Delivery::NotSent, "the command itself was never sent");
        assert!(!format!("{refused} {refused:?} {wrong:?}").contains("wrong@"), "{refused:?}");
        assert_eq!(Witness::of(&server).get("mine:k").as_deref(), Some("1"));
    }

    async fn a_password_alone_is_enough(test) {
        let server = Server::of(test.row).password("s3cret").start();
        let at = server.address();
        let r = Redis::from_url(&format!("redis://:s3cret@{at}?protocol={}", test.protocol))?;
        r.set("k", 1).await?;
        let nobody = Redis::from_url(&format!("redis://{at}?protocol={}&retries=0", test.protocol))?;
        let refused = nobody.get("k").await.unwrap_err();
        assert!(refused.is_authentication(), "{refused}");
    }

    async fn credentials_are_asked_for_at_every_connect(test) {
        let server = Server::of(test.row).user("worker", "on >first ~* +@all").start();
        let provider = Rotating::new("first");
        let config = ConfigBuilder::from_url(&server.url())?
            .protocol(protocol(test.protocol))
            .client_name("rotating")
            .credentials_provider(provider.clone())
            .build()?;
        let r = Redis::from_config(config);
        r.set("k", 1).await?;
        assert_eq!(provider.asked(), 1);

        let mut witness = Witness::of(&server);
        witness.call(&["ACL", "SETUSER", "worker", "resetpass", ">second"]);
        witness.kill("rotating");
        until("the connection is gone", || witness.count("rotating") == 0).await;
        provider.change("second");
        let value = r.get("k").await?;
        assert!(value.is_some_and(|value| value == "1"));
        assert_eq!(provider.asked(), 2);
        let connection = r.connection().await?;
        let _ = connection.ping().await?;
        assert!(provider.asked() <= 3, "asked without a connect");
    }

    async fn a_database_is_another_handle_with_the_same_configuration(test) {
        let (name, key) = (test.key("c"), test.key("k"));
        let url = format!("{}?protocol={}&client_name={name}", test.server.url(), test.protocol);
        let r = Redis::from_url(&url)?;
        let second = r.database(2);
        r.set(&key, "zero").await?;
        second.set(&key, "two").await?;
        let mut witness = Witness::of(test.server);
        assert_eq!(witness.get(&key).as_deref(), Some("zero"));
        witness.call(&["SELECT", "2"]);
        assert_eq!(witness.get(&key).as_deref(), Some("two"));
        let mut databases: Vec<_> =
            witness.clients(&name).iter().map(|client| client.get("db").to_owned()).collect();
        databases.sort();
        assert_eq!(databases, ["0", "2"]);
    }

    async fn a_database_that_is_not_there_is_the_servers_error(test) {
        let url = format!("{}/9999?protocol={}&retries=0", test.server.url(), test.protocol);
        let error = Redis::from_url(&url)?.set(test.key("k"), 1).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Server(_)), "{error}");
        assert_eq!(error.delivery(), Delivery::NotSent);
    }
}
