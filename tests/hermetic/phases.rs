//! At which phase a command failed, and what is known of it: the phases that no other file here has.

use crate::both::{both_clients, greeted, text};
use redis_core::config::ConfigBuilder;
use redis_core::credentials::{Credentials, CredentialsProvider};
use redis_core::retry::{NoBackoff, RetryPolicy};
use redis_core::{Delivery, Error, ErrorKind};
use redis_tests::scripted::{Script, ScriptedServer};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A provider that has none, and counts how often it was asked.
struct Nobody(Arc<AtomicUsize>);

impl CredentialsProvider for Nobody {
    fn credentials(&self) -> redis_core::Result<Credentials> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Err(Error::new(ErrorKind::Credentials, "the vault is sealed"))
    }
}

both_clients! {
    async fn a_provider_that_fails_is_asked_once_and_nothing_was_sent() {
        let server = ScriptedServer::play_each(|_| Script::new().stall());
        let asked = Arc::new(AtomicUsize::new(0));
        let builder = ConfigBuilder::from_url(&server.url())?
            .retry(RetryPolicy::new(NoBackoff, 3))
            .credentials_provider(Nobody(Arc::clone(&asked)));
        let client = Redis::from_config(builder.build()?);
        let error = client.command("INCR").key("k").query::<i64>().await.unwrap_err();
        assert_eq!((error.kind(), error.delivery()), (ErrorKind::Credentials, Delivery::NotSent), "{error:?}");
        assert_eq!(asked.load(Ordering::SeqCst), 1, "a provider tries again by itself, or not");
        assert!(error.to_string().contains("the vault is sealed"), "{error}");
        drop(client);
        server.finish();
    }

    async fn what_was_not_written_to_its_end_did_not_run_and_is_sent_again() {
        // more than the buffers on the way hold, so that the write cannot finish
        let value = vec![b'x'; 32 << 20];
        let server = ScriptedServer::play_each(|_| greeted().read_some(1000).reset());
        let builder = ConfigBuilder::from_url(&server.url())?.retry(RetryPolicy::new(NoBackoff, 3));
        let client = Redis::from_config(builder.build()?);
        let error = client.command("APPEND").key("k").arg(&value).query::<i64>().await.unwrap_err();
        assert!(error.is_connection_error(), "{error:?}");
        assert_eq!(error.delivery(), Delivery::NotSent, "{error:?}");
        assert_eq!(server.connections(), 4, "a server runs no part of a command");
        drop(client);
        server.finish();
    }

    async fn on_a_connection_of_ones_own_nothing_is_tried_again() {
        for pipelined in [false, true] {
            let server = ScriptedServer::play_each(|_| {
                let mut asked = 0;
                greeted().serve(move |words| {
                    asked += 1;
                    assert_eq!((text(words).as_str(), asked), ("GET k", 1), "it was asked again");
                    Some(b"-LOADING Redis is loading the dataset in memory\r\n".to_vec())
                })
            });
            let builder = ConfigBuilder::from_url(&server.url())?.retry(RetryPolicy::new(NoBackoff, 3));
            let client = Redis::from_config(builder.build()?);
            let connection = client.connection().await?;
            let error = if pipelined {
                let pipe = client.pipeline();
                pipe.get("k");
                pipe.execute_on::<(String,)>(&connection).await.map(drop).unwrap_err()
            } else {
                connection.command("GET").key("k").query::<()>().await.unwrap_err()
            };
            assert_eq!(error.delivery(), Delivery::Rejected, "{error:?}");
            drop((connection, client));
            server.finish();
        }
    }
}
