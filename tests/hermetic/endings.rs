//! A peer that hangs up, or falls silent.

use crate::both::{both_clients, greeted, text};
use redis_core::command::CallOptions;
use redis_core::{Delivery, ErrorKind, TimeoutKind};
use redis_tests::scripted::{Script, ScriptedServer};
use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

/// Replies that something is missing of.
const HALVES: &[&str] = &[
    "$",
    "$5",
    "$5\r",
    "$5\r\nhel",
    "$5\r\nhello",
    "$5\r\nhello\r",
    "+O",
    ":1",
    "*2\r\n:1\r\n",
    "%1\r\n+k\r\n",
    "$?\r\n;3\r\nhel\r\n",
    "*?\r\n:1\r\n",
    "|1\r\n+k\r\n:1\r\n",
    // far less arrives than is announced
    "$536870912\r\nx",
    "*60000000\r\n:1\r\n",
];

both_clients! {
    async fn half_a_reply_and_a_hang_up_leave_the_command_in_doubt() {
        for &half in HALVES {
            let script = greeted().expect(&["GET", "k"]).send(half).close();
            let server = ScriptedServer::play(script);
            let client = Redis::from_url(&format!("{}?retries=0", server.url()))?;
            let error = client.command("GET").key("k").query::<redis_core::Value>().await.err();
            let error = error.unwrap_or_else(|| panic!("{half:?} was an answer"));
            assert_eq!(error.kind(), ErrorKind::Closed, "{half:?}: {error:?}");
            assert_eq!(error.delivery(), Delivery::Unknown, "{half:?}");
            drop(client);
            server.finish();
        }
    }

    async fn a_hang_up_or_a_reset_instead_of_a_reply_leaves_the_command_in_doubt() {
        let endings = [
            greeted().expect(&["INCR", "k"]).close(),
            greeted().expect(&["INCR", "k"]).reset(),
        ];
        for script in endings {
            let server = ScriptedServer::play(script);
            let client = Redis::from_url(&format!("{}?retries=0", server.url()))?;
            let error = client.command("INCR").key("k").query::<i64>().await.unwrap_err();
            assert_eq!((error.kind(), error.delivery()), (ErrorKind::Closed, Delivery::Unknown), "{error:?}");
            assert_eq!(error.context().command.as_deref(), Some("INCR"));
            let endpoint = server.address().to_string();
            assert_eq!(error.context().endpoint.as_deref(), Some(endpoint.as_str()));
            drop(client);
            server.finish();
        }
    }

    async fn a_hang_up_before_the_greeting_is_answered_sent_nothing() {
        for script in [Script::new().close(), Script::new().expect_any().close(), Script::new().expect_any().reset()] {
            let server = ScriptedServer::play(script);
            let client = Redis::from_url(&format!("{}?retries=0", server.url()))?;
            let error = client.command("INCR").key("k").query::<i64>().await.unwrap_err();
            assert_eq!((error.kind(), error.delivery()), (ErrorKind::Closed, Delivery::NotSent), "{error:?}");
            drop(client);
            server.finish();
        }
    }

    async fn silence_is_a_reply_timeout_after_which_a_late_reply_is_nobodys() {
        let server = ScriptedServer::play_each(|_| {
            let mut late = false;
            greeted().serve(move |words| {
                let mut answer = if std::mem::take(&mut late) { b"$4\r\nlate\r\n".to_vec() } else { Vec::new() };
                match text(words).as_str() {
                    "GET silent" => late = true,
                    "GET loud" => answer.extend(b"$4\r\nloud\r\n"),
                    "PING" => answer.extend(b"+PONG\r\n"),
                    // the fence behind which the next reply is ours
                    _ => answer.extend(redis_tests::raw::encode(&[words.last()?])[4..].iter()),
                }
                Some(answer)
            })
        });
        let client = Redis::from_url(&format!("{}?retries=0&pool_drain_timeout=30s", server.url()))?;
        let impatient = CallOptions::new().response_timeout(Duration::from_millis(50));
        let error = client.with(impatient).command("GET").key("silent").query::<String>().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout(TimeoutKind::Reply), "{error:?}");
        assert_eq!(error.delivery(), Delivery::Unknown);
        let loud = client.command("GET").key("loud").query::<String>().await?;
        assert_eq!(loud, "loud");
        drop(client);
        server.finish();
    }

    async fn a_connection_that_does_not_answer_the_greeting_is_a_handshake_timeout() {
        let hello = "%2\r\n$5\r\nproto\r\n:3\r\n$2\r\nid\r\n:7\r\n";
        let silences = [
            Script::new().stall(),
            // an optional step that is not answered is no refusal
            Script::new().expect_any().send(hello).stall(),
            Script::new().expect_any().send(hello).expect_any().send("+O").stall(),
            // nor is the second greeting
            Script::new().expect_any().expect_any().expect_any()
                .send("-ERR unknown command 'HELLO'\r\n+OK\r\n+OK\r\n").stall(),
        ];
        for script in silences {
            let server = ScriptedServer::play(script);
            let client = Redis::from_url(&format!("{}?retries=0&response_timeout=50ms", server.url()))?;
            let error = client.command("INCR").key("k").query::<i64>().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Timeout(TimeoutKind::Handshake), "{error:?}");
            assert_eq!(error.delivery(), Delivery::NotSent);
            assert!(error.is_connection_error());
            drop(client);
            server.finish();
        }
    }

    #[cfg(feature = "tls")]
    async fn a_peer_that_does_not_answer_tls_is_a_connect_timeout() {
        let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = server.local_addr()?;
        let url = format!("rediss://{address}?retries=0&connect_timeout=50ms&response_timeout=30s");
        let client = Redis::from_url(&url)?;
        let error = client.command("INCR").key("k").query::<i64>().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout(TimeoutKind::Connect), "{error:?}");
        assert_eq!(error.delivery(), Delivery::NotSent);
        assert!(!error.to_string().contains("30s"), "another timeout than the one that expired: {error}");
    }

    async fn where_nobody_listens_each_address_is_listed_with_its_reason() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        drop(listener);
        let client = Redis::builder().host("localhost").port(port).retries(0).build()?;
        let error = client.command("INCR").key("k").query::<i64>().await.unwrap_err();
        assert_eq!((error.kind(), error.delivery()), (ErrorKind::Connect, Delivery::NotSent), "{error:?}");
        let said = error.to_string();
        assert!(said.contains(&format!("127.0.0.1:{port}: ")), "{said}");
        assert!(said.to_lowercase().contains("refused"), "{said}");
        // wherever `localhost` has two addresses, both are there
        let addresses = std::net::ToSocketAddrs::to_socket_addrs(&("localhost", port))?;
        for address in addresses {
            assert!(said.contains(&address.to_string()), "{said} lacks {address}");
        }
        assert_eq!(error.context().command.as_deref(), Some("INCR"));
        assert!(std::error::Error::source(&error).is_some(), "{error:?}");
    }

    async fn a_connection_of_ones_own_that_was_lost_says_so_and_sends_nothing() {
        let server = ScriptedServer::play(greeted().expect(&["GET", "k"]).close());
        let client = Redis::from_url(&format!("{}?retries=0", server.url()))?;
        let connection = client.connection().await?;
        let first = connection.command("GET").key("k").query::<String>().await.unwrap_err();
        assert_eq!((first.kind(), first.delivery()), (ErrorKind::Closed, Delivery::Unknown), "{first:?}");
        let second = connection.command("GET").key("k").query::<String>().await.unwrap_err();
        assert_eq!((second.kind(), second.delivery()), (ErrorKind::Closed, Delivery::NotSent), "{second:?}");
        drop(connection);
        drop(client);
        server.finish();
    }
}
