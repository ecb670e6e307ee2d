//! What must never be shown: a password, an argument's value.

use crate::both::{Heard, both_clients, greeted};
use redis_core::config::ConfigBuilder;
use redis_core::credentials::{Credentials, StaticCredentials};
use redis_tests::scripted::{Script, ScriptedServer};

const PASSWORD: &str = "canary-of-the-password";
const VALUE: &str = "canary-of-the-value";

/// Everything that an error shows, and what lies beneath it.
fn shown(error: &redis_core::Error) -> String {
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
        let endings = || vec![
            Script::new().expect_any().send("-WRONGPASS invalid username-password pair\r\n").close(),
            Script::new().expect_any().close(),
            Script::new().expect_any().send("@").close(),
            Script::new().stall(),
            greeted().expect_any().send("-ERR no\r\n").close(),
            greeted().expect_any().send("-LOADING wait\r\n").expect_any().send("$1\r\nx\r\n").close(),
            greeted().expect_any().send("@").close(),
            greeted().expect_any().close(),
            greeted().stall(),
        ];
        for protocol in ["auto", "2", "3"] {
            for script in endings() {
                let server = ScriptedServer::play(script);
                let heard = Heard::new();
                let url = format!("redis://ada:{PASSWORD}@{}?protocol={protocol}&response_timeout=50ms&retries=1&retry_backoff=none", server.address());
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
