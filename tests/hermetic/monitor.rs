//! A monitor whose peer refuses it, says what is no event, or speaks of something else in between.

use crate::both::{Heard, both_clients, greeted};
use redis_core::event::{CloseReason, Event};
use redis_core::monitor::MonitorClient;
use redis_core::{Delivery, ErrorKind, ServerErrorKind, TimeoutKind};
use redis_tests::scripted::{Script, ScriptedServer};

const EVENT: &str = "+1339518083.107412 [0 127.0.0.1:60866] \"get\" \"k\"\r\n";
const PUSH: &str = ">2\r\n+invalidate\r\n*1\r\n$1\r\nk\r\n";

fn monitored() -> Script {
    greeted().expect(&["MONITOR"]).send("+OK\r\n")
}

both_clients! {
    async fn what_is_no_event_ends_the_monitor_and_its_connection() {
        let lies = [
            "+OK\r\n",
            "+1339518083.107412 [0 lua] \"secret\r\n",
            "$2\r\nOK\r\n",
            "*1\r\n$6\r\nsecret\r\n",
            "@\r\n",
        ];
        for lie in lies {
            let server = ScriptedServer::play_all(vec![
                monitored().send(EVENT).send(lie).send(EVENT).stall(),
                greeted().expect(&["GET", "k"]).send("$1\r\nv\r\n").stall(),
            ]);
            let heard = Heard::new();
            let client = Redis::builder().host("127.0.0.1").port(server.address().port())
                .retries(0).on_event(heard.listener()).build()?;
            let mut monitor = client.monitor().await?;
            let event = monitor.next().await.expect("an event")?;
            assert_eq!((event.command.as_str()?, event.arguments.len()), ("get", 1));
            assert_eq!(event.client, MonitorClient::Tcp("127.0.0.1:60866".parse()?));
            let error = monitor.next().await.expect("an error").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Protocol, "{lie:?}: {error:?}");
            assert_eq!(error.context().command.as_deref(), Some("MONITOR"), "{lie:?}");
            assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
            let next = monitor.next().await;
            assert!(next.is_none(), "{lie:?}");
            let closed = heard.all().into_iter().any(|event| matches!(event, Event::Disconnected { .. }));
            assert!(closed, "{lie:?}: the connection is kept by a monitor that has ended");
            let value = client.get("k").await?;
            assert_eq!(value.unwrap(), "v");
            drop((monitor, client));
            server.finish();
        }
    }

    async fn a_refusal_is_the_servers_own_and_leaves_no_connection_behind() {
        let server = ScriptedServer::play_all(vec![
            greeted().expect(&["MONITOR"]).send("-NOPERM this user has no permissions\r\n").stall(),
            greeted().expect(&["GET", "k"]).send("$1\r\nv\r\n").stall(),
        ]);
        let client = Redis::from_url(&format!("{}?retries=0", server.url()))?;
        let error = client.monitor().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Server(ServerErrorKind::NoPermission), "{error:?}");
        assert_eq!(error.delivery(), Delivery::Rejected);
        let said = error.to_string();
        assert!(said.starts_with("MONITOR: NOPERM"), "{said}");
        assert_eq!(client.statistics().closed(CloseReason::Residue), 1);
        let value = client.get("k").await?;
        assert_eq!(value.unwrap(), "v");
        drop(client);
        server.finish();
    }

    async fn a_push_is_no_event_and_goes_to_its_handler() {
        let script = greeted().expect(&["MONITOR"]).send(format!("{PUSH}+OK\r\n{EVENT}{PUSH}"));
        let server = ScriptedServer::play(script.drip(EVENT).close());
        let heard = Heard::<usize>::new();
        let handler = heard.clone();
        let client = Redis::builder().host("127.0.0.1").port(server.address().port())
            .on_push("invalidate", move |push| handler.push(push.items().map_or(0, Iterator::count)))
            .build()?;
        let mut monitor = client.monitor().await?;
        for _ in 0..2 {
            let event = monitor.next().await.expect("an event")?;
            assert_eq!(event.arguments, ["k"]);
        }
        assert_eq!(heard.all(), [2, 2]);
        let end = monitor.next().await.expect("an error").unwrap_err();
        assert_eq!((end.kind(), end.context().command.as_deref()), (ErrorKind::Closed, Some("MONITOR")));
        drop((monitor, client));
        server.finish();
    }

    async fn a_server_that_does_not_begin_is_not_waited_for_for_ever() {
        let server = ScriptedServer::play(greeted().expect(&["MONITOR"]).stall());
        let client = Redis::from_url(&format!("{}?response_timeout=300ms", server.url()))?;
        let error = client.monitor().await.unwrap_err();
        assert_eq!(error.timeout_kind(), Some(TimeoutKind::Reply), "{error:?}");
        assert_eq!(error.context().command.as_deref(), Some("MONITOR"));
        drop(client);
        server.finish();
    }
}
