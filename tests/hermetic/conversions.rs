//! Replies of another type than the one asked for.

use crate::both::{both_clients, greeted};
use redis_core::{Delivery, ErrorKind, ServerErrorKind};
use redis_tests::scripted::ScriptedServer;

/// Replies that are no integer, and what the error says was found.
const NO_INTEGERS: &[(&str, &str)] = &[
    ("$5\r\nhello\r\n", "string"),
    ("*2\r\n:1\r\n:2\r\n", "array"),
    ("%1\r\n+k\r\n:1\r\n", "map"),
    ("~1\r\n:1\r\n", "set"),
    ("$?\r\n;3\r\nhel\r\n;0\r\n", "string"),
];

both_clients! {
    async fn a_reply_of_another_type_names_command_wanted_and_found_and_the_connection_stays_good() {
        for &(reply, found) in NO_INTEGERS {
            let script = greeted()
                .expect(&["GET", "k"]).send(reply)
                .expect(&["GET", "k"]).send(":7\r\n")
                .stall();
            let server = ScriptedServer::play(script);
            let client = Redis::from_url(&server.url())?;
            let error = client.command("GET").key("k").query::<i64>().await.unwrap_err();
            let case = format!("{reply:?}: {error:?}");
            assert_eq!((error.kind(), error.delivery()), (ErrorKind::Conversion, Delivery::Executed), "{case}");
            assert!(error.is_conversion() && !error.is_connection_error(), "{case}");
            let said = error.to_string();
            assert!(said.starts_with("GET: ") && said.contains("wanted i64"), "{case}");
            assert!(said.contains(found), "{case}");
            // an argument's value, or a reply's, may be a secret
            assert!(!said.contains("hello"), "{case}");
            let next = client.command("GET").key("k").query::<i64>().await?;
            assert_eq!(next, 7, "{case}");
            drop(client);
            server.finish();
        }
    }

    async fn nil_where_a_value_was_wanted_says_what_to_do() {
        for nil in ["_\r\n", "$-1\r\n", "*-1\r\n"] {
            let script = greeted().expect(&["GET", "k"]).send(nil).expect(&["GET", "k"]).send(nil);
            let server = ScriptedServer::play(script.stall());
            let client = Redis::from_url(&server.url())?;
            let error = client.command("GET").key("k").query::<String>().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Conversion, "{error:?}");
            assert!(error.to_string().contains("declare it as `Option`"), "{error}");
            let none = client.command("GET").key("k").query::<Option<String>>().await?;
            assert_eq!(none, None);
            drop(client);
            server.finish();
        }
    }

    async fn an_error_within_a_reply_is_the_servers_and_the_connection_stays_good() {
        for reply in ["*2\r\n:1\r\n-OOM no room\r\n", "*1\r\n!11\r\nOOM no room\r\n", "!11\r\nOOM no room\r\n"] {
            let script = greeted().expect(&["GET", "k"]).send(reply).expect(&["GET", "k"]).send(":7\r\n");
            let server = ScriptedServer::play(script.stall());
            let client = Redis::from_url(&server.url())?;
            let error = client.command("GET").key("k").query::<Vec<i64>>().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Server(ServerErrorKind::OutOfMemory), "{reply:?}: {error:?}");
            assert_eq!(error.message(), "OOM no room");
            let next = client.command("GET").key("k").query::<i64>().await?;
            assert_eq!(next, 7);
            drop(client);
            server.finish();
        }
    }

    async fn a_text_that_is_not_utf8_is_a_conversion_error_and_still_bytes() {
        let reply = b"$2\r\n\xff\xfe\r\n";
        let script = greeted().expect(&["GET", "k"]).send(reply).expect(&["GET", "k"]).send(reply);
        let server = ScriptedServer::play(script.stall());
        let client = Redis::from_url(&server.url())?;
        let error = client.command("GET").key("k").query::<String>().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conversion, "{error:?}");
        let bytes = client.command("GET").key("k").query::<Vec<u8>>().await?;
        assert_eq!(bytes, b"\xff\xfe");
        drop(client);
        server.finish();
    }
}
