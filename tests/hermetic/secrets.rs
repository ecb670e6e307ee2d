//! What must never be shown: a password, an argument's value.

use crate::both::{Heard, both_clients, greeted};
use redis_core::Error;
use redis_core::config::ConfigBuilder;
use redis_core::credentials::{Credentials, StaticCredentials};
use redis_core::recorder::{CommandRecord, Recorder};
use redis_core::retry::{NoBackoff, RetryPolicy};
use redis_tests::scripted::{Script, ScriptedServer};
use std::time::Duration;

const PASSWORD: &str = "canary-of-the-password";
const VALUE: &str = "canary-of-the-value";

/// What a server says that does not know a command.
fn quoting(name: &str, password: &str) -> String {
    format!(
        "-ERR unknown command `{name}`, with args beginning with: `3`, `ada`, `{password}`, \r\n"
    )
}

/// A recorder that notes what it is told.
struct Noting(Heard<String>);

impl Recorder for Noting {
    fn command_finished(&self, command: &CommandRecord<'_>) {
        self.0.push(format!("{command:?}"));
    }

    fn command_retried(&self, command: &str, attempt: u32, error: &Error, after: Duration) {
        self.0.push(format!("{command} {attempt} {error} {error:?} {after:?}"));
    }
}

/// Everything that an error shows, and what lies beneath it.
fn shown(error: &Error) -> String {
    let mut text = format!("{error} {error:?} {error:#?} {:?}", error.context());
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text += &format!(" {cause} {cause:?}");
        source = cause.source();
    }
    text
}

both_clients! {
    async fn a_password_or_a_value_is_shown_by_nothing() {
        // only who falls silent is not waited for
        let endings = || vec![
            ("30s", Script::new().expect_any().send("-WRONGPASS invalid username-password pair\r\n").close()),
            // servers quote what they do not know, up to some length
            ("30s", Script::new().expect_any().send(quoting("HELLO", "canary-of-the-password")).close()),
            ("30s", Script::new().expect_any().send(quoting("AUTH", "canary-of-the-pass")).close()),
            ("30s", Script::new().expect_any().send("-WRONGPASS no user with canary-of-the-password\r\n").close()),
            ("30s", Script::new().expect_any().close()),
            ("30s", Script::new().expect_any().send("@").close()),
            ("50ms", Script::new().stall()),
            ("30s", greeted().expect_any().send("-ERR no\r\n").close()),
            ("30s", greeted().expect_any().send("-LOADING wait\r\n").expect_any().send("$1\r\nx\r\n").close()),
            ("30s", greeted().expect_any().send("@").close()),
            ("30s", greeted().expect_any().close()),
            ("50ms", greeted().stall()),
        ];
        for protocol in ["auto", "2", "3"] {
            for (time, script) in endings() {
                let server = ScriptedServer::play(script);
                let heard = Heard::new();
                let url = format!("redis://ada:{PASSWORD}@{}?protocol={protocol}&response_timeout={time}&retries=1&retry_backoff=none", server.address());
                let builder = ConfigBuilder::from_url(&url)?.on_event(heard.listener());
                let mut said = format!("{builder:?} {builder:#?}");
                let config = builder.build()?;
                said += &format!("{config} {config:?} {config:#?}");
                said += &config.settings().map(|(_, value, _)| value).collect::<String>();
                let client = Redis::from_config(config);
                let error = client.command("SET").key(VALUE).arg(VALUE).query::<i64>().await.unwrap_err();
                said += &shown(&error);
                said += &format!("{client:?} {client:#?} {:?} {:?}", client.pool(), client.statistics());
                if let Ok(connection) = client.connection().await {
                    said += &format!("{connection:?}");
                }
                for event in heard.all() {
                    said += &format!("{event:?} {event:#?}");
                }
                assert!(!said.contains("canary"), "{said}");
                assert!(said.contains("127.0.0.1"), "{said}");
            }
        }
    }

    async fn what_goes_along_with_a_call_shows_no_value_and_no_password() {
        let server = ScriptedServer::play_each(|_| {
            greeted().serve(|words| {
                let loading = b"-LOADING Redis is loading the dataset in memory\r\n".to_vec();
                (words[0] != b"GET").then_some(loading)
            })
        });
        let (heard, events) = (Heard::new(), Heard::new());
        let hook = heard.clone();
        let policy = RetryPolicy::new(NoBackoff, 1).on_failure(move |failure, decision| {
            hook.push(format!("{failure:?} {decision:?}"));
        });
        let url = format!("redis://ada:{PASSWORD}@{}", server.address());
        let config = ConfigBuilder::from_url(&url)?
            .retry(policy)
            .recorder(Noting(heard.clone()))
            .on_event(events.listener())
            .build()?;
        let mut said: String = config
            .settings()
            .map(|(name, value, origin)| format!("{name} {value} {origin} {origin:?} "))
            .collect();
        let client = Redis::from_config(config);
        let key = VALUE;
        for name in ["GET", "SET"] {
            let raw = client.command(name).key(key).arg(VALUE);
            let error = raw.query::<i64>().await.unwrap_err();
            said += &shown(&error);
        }
        let pipe = client.pipeline();
        pipe.set(key, VALUE).get(key);
        said += &format!("{pipe:?} {pipe:#?}");
        match pipe.execute::<Replies>().await {
            Ok(replies) => {
                said += &format!("{replies:?} {replies:#?}");
                said += &replies.errors().map(|error| shown(&error)).collect::<String>();
            }
            Err(error) => said += &shown(&error),
        }
        let transaction = pipe.atomic();
        said += &format!("{transaction:?}");
        if let Err(error) = transaction.execute::<Replies>().await {
            said += &shown(&error);
        }
        said += &format!("{:?} {:#?} {:?}", client.pool(), client.pool().config(), client.statistics());
        said += &heard.all().concat();
        for event in events.all() {
            said += &format!("{event:?}");
        }
        assert!(!said.contains("canary"), "{said}");
        assert!(said.contains("LOADING") && said.contains("Retry"), "{said}");
        drop((client, server));
    }

    async fn a_password_is_shown_by_no_builder_and_no_provider() {
        let credentials = Credentials::new("ada", PASSWORD);
        let provider = StaticCredentials::new(credentials.clone());
        let mut said = format!("{credentials:?} {provider:?}");
        let builder = Redis::builder().username("ada").password(PASSWORD);
        said += &format!("{builder:?} {builder:#?}");
        let client = builder.build()?;
        said += &format!("{client:?} {:?}", client.pool());
        assert!(!said.contains("canary"), "{said}");
    }

    async fn a_url_that_is_wrong_does_not_show_its_password() {
        let wrong = [
            format!("redis://ada:{PASSWORD}@host:port"),
            format!("redis://ada:{PASSWORD}@host?nosuch=1"),
            format!("http://ada:{PASSWORD}@host"),
            format!("redis://ada:{PASSWORD}@host/x"),
            format!("redis://host?password={PASSWORD}&database=x"),
            format!("redis://ada:{PASSWORD}%zz@host"),
        ];
        for url in wrong {
            let error = Redis::from_url(&url).expect_err("the URL is wrong");
            assert!(!shown(&error).contains("canary"), "{}", shown(&error));
        }
    }
}
