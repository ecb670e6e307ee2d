//! Connections whose protocol only their owner knows.

use crate::both::both_clients;
use redis_core::command::Command;
#[cfg(feature = "tls")]
use redis_core::config::{ConfigBuilder, TlsOptions};
use redis_core::{ErrorKind, TimeoutKind, Value};
#[cfg(feature = "tls")]
use redis_tests::certificates::certificates;
use redis_tests::server::Server;
use std::collections::BTreeMap;
use std::time::Duration;

both_clients! {
    async fn anything_is_sent_and_everything_that_comes_is_handed_over(test) {
        let key = test.key("text");
        let mut raw = test.client.raw_connection().await?;
        raw.send(("SET", &key, "v")).await?;
        raw.send(["INCR", &*key]).await?;
        raw.send_command(Command::of_words(&["GET", &*key])).await?;
        raw.send_bytes(b"*1\r\n$4\r\nPING\r\nPING\r\n").await?;
        let ok = raw.receive().await?;
        let wrong = raw.receive().await?;
        assert_eq!((ok.read::<String>()?.as_str(), ok.is_push()), ("OK", false));
        assert_eq!(wrong.read::<i64>().unwrap_err().code(), Some("ERR"));
        assert!(matches!(wrong.value(), Value::Error(_)));
        let text = raw.receive().await?;
        assert_eq!(text.read::<String>()?, "v");
        for _ in 0..2 {
            let pong = raw.receive().await?;
            assert_eq!(pong.value(), Value::SimpleString("PONG".to_owned()));
        }
    }

    async fn commands_that_are_not_answered_shift_no_reply(test) {
        let key = test.key("count");
        let mut raw = test.client.raw_connection().await?;
        raw.send(("CLIENT", "REPLY", "SKIP")).await?;
        raw.send(("INCR", &key)).await?;
        raw.send(("INCR", &key)).await?;
        let two = raw.receive().await?.read::<i64>()?;
        raw.send(("CLIENT", "REPLY", "OFF")).await?;
        for _ in 0..1000 {
            raw.send(("INCR", &key)).await?;
        }
        raw.send(("CLIENT", "REPLY", "ON")).await?;
        raw.send(("GET", &key)).await?;
        let ok = raw.receive().await?.read::<String>()?;
        let count = raw.receive().await?.read::<i64>()?;
        assert_eq!((two, ok.as_str(), count), (2, "OK", 1002));
    }

    async fn messages_are_pushes_where_the_protocol_has_them(test) {
        let channel = test.key("channel");
        let mut raw = test.client.raw_connection().await?;
        raw.send(("SUBSCRIBE", &channel)).await?;
        let subscribed = raw.receive().await?;
        assert_eq!(subscribed.is_push(), test.protocol == 3);
        assert_eq!(subscribed.read::<(String, String, i64)>()?, ("subscribe".to_owned(), channel.clone(), 1));
        test.client.command("PUBLISH").arg(&channel).arg("hello").query::<i64>().await?;
        let message = raw.receive().await?;
        assert_eq!(message.is_push(), test.protocol == 3);
        assert_eq!(message.read::<[String; 3]>()?[2], "hello");
        raw.send(("UNSUBSCRIBE", &channel)).await?;
        raw.send(["PING"]).await?;
        raw.receive().await?.read::<Vec<Value>>()?;
        let pong = raw.receive().await?.read::<String>()?;
        assert_eq!(pong, "PONG");
    }

    async fn a_replica_is_given_the_data_which_is_no_resp_and_then_commands(test) {
        // it would wait for other replicas
        let server = Server::of(test.row).arguments(&["--repl-diskless-sync-delay", "0"]).start();
        let client = Redis::from_url(&format!("{}?protocol={}", server.url(), test.protocol))?;
        client.set("k", "before").await?;
        let mut raw = client.raw_connection().await?;
        raw.send(("REPLCONF", "listening-port", 1, "capa", "psync2")).await?;
        raw.receive().await?.read::<()>()?;
        raw.send(("PSYNC", "?", -1)).await?;
        raw.set_response_timeout(Some(Duration::from_secs(60)));
        let promised = raw.receive().await?.read::<String>()?;
        assert!(promised.starts_with("FULLRESYNC "), "{promised}");
        let announced: usize = loop {
            let line = raw.receive_line().await?;
            // what is empty is a sign of life
            if let Some(length) = line.strip_prefix(b"$") {
                break std::str::from_utf8(length)?.parse()?;
            }
        };
        let data = raw.receive_bytes(announced).await?;
        let magic = if test.row.is_valkey() && !data.starts_with(b"REDIS") { "VALKEY" } else { "REDIS" };
        assert!(data.starts_with(magic.as_bytes()), "{:?}", data.slice(..9));
        assert!(data.windows(6).any(|bytes| bytes == b"before"));
        client.set("k", "after").await?;
        let command = loop {
            let command = raw.receive().await?.read::<Vec<String>>()?;
            if command[0].eq_ignore_ascii_case("SET") {
                break command;
            }
        };
        assert_eq!(command[1..3], ["k", "after"]);
    }

    async fn what_does_not_come_in_time_comes_later_and_nothing_of_it_is_lost(test) {
        let (list, echo) = (test.key("list"), "e".repeat(100_000));
        let mut raw = test.client.raw_connection().await?;
        raw.send(("BLPOP", &list, 0)).await?;
        for time in [Duration::ZERO, Duration::from_millis(1)] {
            raw.set_response_timeout(Some(time));
            let error = raw.receive().await.unwrap_err();
            assert_eq!(error.timeout_kind(), Some(TimeoutKind::Reply), "{error:?}");
        }
        raw.set_response_timeout(None);
        raw.send(("ECHO", &echo)).await?;
        test.client.command("RPUSH").key(&list).arg("x").query::<i64>().await?;
        let popped = raw.receive().await?.read::<[String; 2]>()?;
        assert_eq!(popped, [list, "x".to_owned()]);
        // in pieces of another kind than it came in
        let header = raw.receive_line().await?;
        assert_eq!(&*header, b"$100000");
        let half = raw.receive_bytes(50_000).await?;
        let rest = raw.receive_line().await?;
        assert_eq!(half.len() + rest.len(), echo.len());
    }

    async fn it_keeps_the_state_that_the_connection_had_and_never_goes_back(test) {
        let only = Redis::from_url(&format!("{}?pool_max_size=2&database=1&protocol={}", test.server.url(), test.protocol))?;
        let before = only.statistics().in_use;
        let connection = only.connection().await?;
        connection.select(2).await?;
        connection.client_setname("mine").await?;
        let id = connection.client_id().await?;
        let mut raw = connection.into_raw()?;
        raw.send(["CLIENT", "INFO"]).await?;
        let info = raw.receive().await?.read::<String>()?;
        let facts: BTreeMap<&str, &str> = info.split_whitespace().filter_map(|fact| fact.split_once('=')).collect();
        let told = (facts["id"].to_owned(), facts["db"].to_owned(), facts["name"].to_owned());
        assert_eq!(told, (id.to_string(), "2".to_owned(), "mine".to_owned()));
        assert_eq!(only.statistics().in_use, before + 1);
        raw.send(["MULTI"]).await?;
        drop(raw);
        let next = only.connection().await?;
        let facts = (next.client_id().await? == id, next.typed::<String>().echo("x").await?);
        assert_eq!(facts, (false, "x".to_owned()));
        drop(next);
        let statistics = only.statistics();
        assert_eq!((statistics.in_use, statistics.closed_total()), (before, 1));
    }

    async fn one_that_was_lost_says_so_once_what_came_before_is_read(test) {
        let mut raw = test.client.raw_connection().await?;
        raw.send(["PING"]).await?;
        raw.send(["QUIT"]).await?;
        let answers = [raw.receive().await?.read::<String>()?, raw.receive().await?.read::<String>()?];
        assert_eq!(answers, ["PONG", "OK"]);
        for _ in 0..2 {
            let error = raw.receive().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Closed, "{error:?}");
            let endpoint = test.server.address().to_string();
            assert_eq!(error.context().endpoint.as_deref(), Some(endpoint.as_str()));
        }
        let error = raw.send(["PING"]).await.unwrap_err();
        assert!(error.was_not_executed(), "{error:?}");
        assert_eq!(error.context().command.as_deref(), Some("PING"));
    }

    async fn more_may_be_sent_than_goes_while_nobody_receives(test) {
        const COMMANDS: usize = 2_000;
        let echo = "e".repeat(16 * 1024);
        let mut raw = test.client.raw_connection().await?;
        let mut bytes = Vec::new();
        for _ in 0..COMMANDS {
            bytes.extend(Command::of_words(&["ECHO", &*echo]).to_bytes());
        }
        // far more than the buffers of both sides: the server takes no more until it is rid of its replies
        raw.send_bytes(&bytes).await?;
        for _ in 0..COMMANDS {
            let text = raw.receive().await?.read::<String>()?;
            assert_eq!(text.len(), echo.len());
        }
    }

    #[cfg(feature = "tls")]
    async fn it_works_over_tls_as_well(test) {
        if test.row.has_tls() {
            // no more at a time than the buffers on the way hold: where a TLS write has to wait, servers of
            // Redis up to 8.0 at least try again with another length, and hang up on their own mistake
            const AT_A_TIME: usize = 8;
            let url = format!("{}?protocol={}", test.server.tls_url(), test.protocol);
            let trusted = TlsOptions::new().with_authority(certificates().authority.clone());
            let client = Redis::from_config(ConfigBuilder::from_url(&url)?.tls(trusted).build()?);
            let mut raw = client.raw_connection().await?;
            raw.set_response_timeout(Some(Duration::ZERO));
            let none = raw.receive().await.unwrap_err();
            assert!(none.is_timeout(), "{none:?}");
            raw.set_response_timeout(Some(Duration::from_secs(30)));
            let echo = "e".repeat(16 * 1024);
            let bytes = Command::of_words(&["ECHO", &*echo]).to_bytes().repeat(AT_A_TIME);
            for _ in 0..50 {
                raw.send_bytes(&bytes).await?;
                for _ in 0..AT_A_TIME {
                    let header = raw.receive_line().await?;
                    let text = raw.receive_bytes(echo.len()).await?;
                    let end = raw.receive_line().await?;
                    assert_eq!((&*header, text.len(), end.len()), (&b"$16384"[..], echo.len(), 0));
                }
            }
            let mut monitor = client.monitor().await?;
            let key = test.key("seen");
            client.set(&key, 1).await?;
            loop {
                let event = monitor.next().await.expect("an event")?;
                if event.arguments.first().is_some_and(|first| *first == *key) {
                    break;
                }
            }
        }
    }

    async fn words_without_a_wire_form_are_refused_before_anything_is_sent(test) {
        let mut raw = test.client.raw_connection().await?;
        let none: [&str; 0] = [];
        let error = raw.send(none).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Argument);
        let error = raw.send(("ECHO", f64::NAN)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Argument);
        raw.send(["PING"]).await?;
        let pong = raw.receive().await?.read::<String>()?;
        assert_eq!(pong, "PONG");
    }
}
