//! A peer that breaks the protocol, or announces more than is believed.

use crate::both::{Heard, both_clients, greeted};
use redis_core::config::ConfigBuilder;
use redis_core::event::{CloseReason, Event};
use redis_core::{Delivery, ErrorKind};
use redis_tests::scripted::ScriptedServer;

/// Bounds that a few bytes can pass.
const BOUNDS: &str = "retries=0&limit_bulk_length=1000&limit_elements=100&limit_depth=8\
    &limit_line_length=500&limit_frame_elements=200&limit_frame_length=5000";

/// What is none of RESP, or passes a bound, and what the error says of it.
fn lies() -> Vec<(String, &'static str)> {
    let told: [(&str, &str); 20] = [
        ("@1\r\n", "begins no reply"),
        ("\0", "begins no reply"),
        ("HTTP/1.1 400 Bad Request\r\n\r\n", "begins no reply"),
        ("$-2\r\n", "no valid length"),
        ("*-2\r\n", "no valid length"),
        ("%-1\r\n", "no valid length"),
        ("$x\r\n", "no valid length"),
        ("$99999999999999999999\r\n", "no valid length"),
        (":12x\r\n", "malformed"),
        (":99999999999999999999\r\n", "malformed"),
        (",1.2.3\r\n", "malformed"),
        ("#x\r\n", "malformed"),
        ("_x\r\n", "malformed"),
        ("$1\r\nvalue\r\n", "must end in CR LF"),
        ("+OK\n\r\n", "must end in CR LF"),
        (".\r\n", "none can end"),
        (";1\r\nx\r\n", "outside a streamed string"),
        ("$?\r\n+OK\r\n", "next chunk must be"),
        ("$1001\r\n", "the limit is 1000"),
        ("*101\r\n", "the limit is 100"),
    ];
    let mut lies: Vec<_> = told.iter().map(|&(bytes, says)| (bytes.to_owned(), says)).collect();
    let hundred = format!("*99\r\n{}", ":1\r\n".repeat(99));
    let thousand = format!("$1000\r\n{}\r\n", "x".repeat(1000));
    lies.extend([
        ("*1\r\n".repeat(9), "the limit is 8"),
        ("%51\r\n".to_owned(), "the limit is 100"),
        (format!("*3\r\n{hundred}{hundred}*99\r\n"), "the limit is 200"),
        (format!("+{}", "x".repeat(501)), "the limit is 500"),
        (format!("*9\r\n{}", thousand.repeat(5)), "the limit is 5000"),
    ]);
    lies
}

both_clients! {
    async fn a_lie_is_a_protocol_error_that_costs_its_connection_and_no_other() {
        for (lie, says) in lies() {
            let server = ScriptedServer::play_all(vec![
                greeted().expect(&["GET", "k"]).send(&lie).stall(),
                greeted().expect(&["GET", "k"]).send("$1\r\nv\r\n").stall(),
            ]);
            let heard = Heard::new();
            let url = format!("{}?{BOUNDS}", server.url());
            let config = ConfigBuilder::from_url(&url)?.on_event(heard.listener()).build()?;
            let client = Redis::from_config(config);
            let error = client.command("GET").key("k").query::<Option<String>>().await.err();
            let error = error.unwrap_or_else(|| panic!("{lie:?} was believed"));
            assert_eq!(error.kind(), ErrorKind::Protocol, "{lie:?}: {error:?}");
            assert_eq!(error.delivery(), Delivery::Unknown, "{lie:?}");
            assert!(error.is_connection_error(), "{lie:?}");
            assert!(error.to_string().contains(says), "{lie:?}: {error}");
            let next = client.command("GET").key("k").query::<Option<String>>().await;
            assert_eq!(next.ok().flatten().as_deref(), Some("v"), "after {lie:?}");
            let closed = heard.all().into_iter().any(|event| {
                matches!(event, Event::Disconnected { reason: CloseReason::Broken, .. })
            });
            assert!(closed, "{lie:?}: {:?}", heard.all());
            drop(client);
            server.finish();
        }
    }

    async fn what_is_within_the_bounds_is_believed() {
        let bulk = format!("$1000\r\n{}\r\n", "x".repeat(1000));
        let array = format!("*100\r\n{}", ":1\r\n".repeat(100));
        let deep = "*1\r\n".repeat(8) + ":1\r\n";
        for reply in [bulk, array, deep] {
            let script = greeted().expect(&["GET", "k"]).send(&reply).stall();
            let server = ScriptedServer::play(script);
            let client = Redis::from_url(&format!("{}?{BOUNDS}", server.url()))?;
            let value = client.command("GET").key("k").query::<redis_core::Value>().await;
            assert!(value.is_ok(), "{reply:?}: {value:?}");
            drop(client);
            server.finish();
        }
    }

    async fn a_lie_told_to_many_is_told_to_each() {
        let server = ScriptedServer::play_each(|number| {
            greeted().serve(move |words| Some(match words[1].as_slice() {
                b"lie" => b"@".to_vec(),
                _ => format!(":{number}\r\n").into_bytes(),
            }))
        });
        let client = Redis::from_url(&format!("{}?retries=0", server.url()))?;
        for _ in 0..20 {
            let lie = client.command("GET").key("lie").query::<i64>().await;
            assert_eq!(lie.map_err(|error| error.kind()), Err(ErrorKind::Protocol));
            let truth = client.command("GET").key("truth").query::<i64>().await?;
            assert_eq!(truth, i64::try_from(server.connections())?);
        }
        drop(client);
        server.finish();
    }
}
