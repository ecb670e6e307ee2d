//! Looking on at what a server carries out, each test on a server of its own: others' commands are events too.

use crate::both::both_clients;
use redis_core::ErrorKind;
use redis_core::monitor::MonitorClient;
use redis_core::pool::PoolStatistics;
use redis_tests::server::Server;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

/// Settings under which nothing but what a test does is on the server.
fn alone(url: &str, protocol: u8) -> String {
    format!("{url}?protocol={protocol}&retries=0&response_timeout=60s")
}

fn ended(statistics: &PoolStatistics) -> (u32, u64) {
    (statistics.in_use, statistics.closed_total())
}

both_clients! {
    async fn an_event_says_when_where_for_whom_and_what_to_the_byte(test) {
        let server = Server::of(test.row).start();
        let client = Redis::from_url(&alone(&server.url(), test.protocol))?;
        let other = client.database(3);
        let mut monitor = client.monitor().await?;
        let every: Vec<u8> = (0..=255).collect();
        let before = other.typed::<SystemTime>().command("TIME").query::<()>().await?;
        other.set(b"k \"\\\n\xff\0", &every).await?;
        let after = other.typed::<SystemTime>().command("TIME").query::<()>().await?;
        let event = loop {
            let event = monitor.next().await.expect("an event")?;
            if event.command == "SET" {
                break event;
            }
        };
        assert_eq!(event.database, 3);
        let addresses: Vec<SocketAddr> = {
            let list = server.raw().call(&["CLIENT", "LIST"]).text();
            let address = |word: &str| word.strip_prefix("addr=").and_then(|a| a.parse().ok());
            list.split_whitespace().filter_map(address).collect()
        };
        let MonitorClient::Tcp(address) = event.client else { panic!("{:?}", event.client) };
        assert!(addresses.contains(&address), "{address} is none of {addresses:?}");
        // a server may look at its clock once for several commands
        let slack = Duration::from_secs(1);
        assert!(before - slack <= event.time && event.time <= after + slack, "{event:?}");
        let words: Vec<&[u8]> = event.arguments.iter().map(|word| word.as_bytes()).collect();
        assert_eq!(words, [b"k \"\\\n\xff\0", &*every]);
    }

    async fn scripts_and_clients_of_the_unix_socket_are_told_apart(test) {
        let server = Server::of(test.row).start();
        let client = Redis::from_url(&alone(&server.url(), test.protocol))?;
        let near = Redis::from_url(&alone(&server.unix_url(), test.protocol))?;
        let mut monitor = client.monitor().await?;
        near.command("EVAL").arg("return redis.call('INCR', KEYS[1])").arg(1).key("k").query::<i64>().await?;
        let (mut outside, mut inside) = (None, None);
        while inside.is_none() {
            let event = monitor.next().await.expect("an event")?;
            if event.command == "EVAL" {
                outside = Some(event.client);
            } else if event.command.to_string_lossy().eq_ignore_ascii_case("INCR") {
                inside = Some((event.client, event.arguments));
            }
        }
        assert_eq!(outside, Some(MonitorClient::Unix(server.socket())));
        assert_eq!(inside, Some((MonitorClient::Lua, vec!["k".into()])));
    }

    async fn a_line_may_be_longer_than_any_other(test) {
        let server = Server::of(test.row).start();
        let client = Redis::from_url(&alone(&server.url(), test.protocol))?;
        let mut monitor = client.monitor().await?;
        // each byte is four of the line: more than a megabyte, which is the limit elsewhere
        let large = vec![0xfe; 300 << 10];
        client.set("k", &large).await?;
        client.incr("n").await?;
        let mut seen = Vec::new();
        while seen.len() < 2 {
            let event = monitor.next().await.expect("an event")?;
            if event.command == "SET" || event.command == "INCR" {
                seen.push(event);
            }
        }
        assert!(seen[0].arguments[1].as_bytes() == large);
        assert_eq!(seen[1].arguments, ["n"]);
    }

    async fn a_monitor_that_loses_its_connection_ends_with_an_error_and_connects_no_more(test) {
        let server = Server::of(test.row).start();
        let client = Redis::from_url(&alone(&server.url(), test.protocol))?;
        client.ping().await?;
        let before = client.statistics();
        let mut monitor = client.monitor().await?;
        let list = server.raw().call(&["CLIENT", "LIST"]).text();
        for line in list.lines().filter(|line| line.contains("cmd=monitor")) {
            let id = line.split_whitespace().find_map(|word| word.strip_prefix("id="));
            let killed = server.raw().call(&["CLIENT", "KILL", "ID", id.expect("an id")]);
            assert_eq!(killed.integer(), 1);
        }
        let error = loop {
            match monitor.next().await {
                Some(Ok(_)) => {}
                Some(Err(error)) => break error,
                None => panic!("it ended without an error"),
            }
        };
        assert_eq!(error.kind(), ErrorKind::Closed, "{error:?}");
        assert_eq!(error.context().command.as_deref(), Some("MONITOR"));
        let next = monitor.next().await;
        assert!(next.is_none(), "{next:?}");
        let error = monitor.next_within(Duration::ZERO).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Closed, "{error:?}");
        let (in_use, closed) = ended(&client.statistics());
        let (were_in_use, were_closed) = ended(&before);
        // it took an idle connection where there was one
        assert_eq!((in_use, closed), (were_in_use, were_closed + 1));
        client.ping().await?;
    }

    async fn a_monitor_that_is_dropped_closes_its_connection_and_no_other(test) {
        let server = Server::of(test.row).start();
        let client = Redis::from_url(&alone(&server.url(), test.protocol))?;
        let monitor = client.monitor().await?;
        let text = client.echo("x").await?;
        let (in_use, closed) = ended(&client.statistics());
        drop(monitor);
        let after = ended(&client.statistics());
        assert_eq!((text.as_str()?, after), ("x", (in_use - 1, closed + 1)));
        let mut list = server.raw().call(&["CLIENT", "LIST"]).text();
        while list.contains("cmd=monitor") {
            list = server.raw().call(&["CLIENT", "LIST"]).text();
        }
        client.echo("y").await?;
    }

    async fn an_event_that_does_not_come_in_time_comes_later(test) {
        let server = Server::of(test.row).start();
        let client = Redis::from_url(&alone(&server.url(), test.protocol))?;
        let mut monitor = client.monitor().await?;
        client.echo("first").await?;
        loop {
            let event = monitor.next_within(Duration::from_secs(30)).await?;
            if event.expect("an event").arguments == ["first"] {
                break;
            }
        }
        let none = monitor.next_within(Duration::from_millis(1)).await?;
        assert!(none.is_none(), "{none:?}");
        client.echo("second").await?;
        let event = monitor.next().await.expect("an event")?;
        assert_eq!(event.arguments, ["second"]);
    }

    async fn where_it_does_not_belong_a_monitor_is_refused_by_name(test) {
        let shared = test.client.command("MONITOR").query::<()>().await.unwrap_err();
        assert!(shared.to_string().contains("connection()"), "{shared}");
        let connection = test.client.connection().await?;
        let error = connection.command("MONITOR").query::<()>().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Misuse);
        assert!(error.to_string().contains("monitor()"), "{error}");
        let pipe = test.client.pipeline();
        pipe.command("MONITOR").query::<()>();
        let error = pipe.execute::<()>().await.unwrap_err();
        assert_eq!(error.context().command.as_deref(), Some("MONITOR"));
    }
}
