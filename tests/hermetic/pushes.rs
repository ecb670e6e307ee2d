//! A peer that says more than it was asked.

use crate::both::{Heard, both_clients, greeted, text};
use redis_core::config::ConfigBuilder;
use redis_core::event::Event;
use redis_core::retry::NoBackoff;
use redis_tests::scripted::ScriptedServer;

const MESSAGE: &str = ">3\r\n$7\r\nmessage\r\n$2\r\nch\r\n$2\r\nhi\r\n";
const INVALIDATE: &str = ">2\r\n+invalidate\r\n*1\r\n$1\r\nk\r\n";

both_clients! {
    async fn pushes_are_no_replies_and_go_to_the_handlers_of_their_kind_in_order() {
        let script = greeted()
            .expect(&["GET", "a"]).send(INVALIDATE).send(MESSAGE).send("$1\r\na\r\n")
            .expect(&["GET", "b"]).drip(MESSAGE).send("$1\r\nb\r\n")
            .stall();
        let server = ScriptedServer::play(script);
        let heard = Heard::<&'static str>::new();
        let [first, second, other] = [heard.clone(), heard.clone(), heard.clone()];
        let client = Redis::builder().host("127.0.0.1").port(server.address().port())
            .on_push("message", move |_| first.push("message, first"))
            .on_push("message", |_| panic!("a handler's own fault"))
            .on_push("message", move |push| {
                assert_eq!(push.items().map(|items| items.count()).ok(), Some(3));
                second.push("message, last");
            })
            .on_push("invalidate", move |_| other.push("invalidate"))
            .build()?;
        let a = client.command("GET").key("a").query::<String>().await?;
        let b = client.command("GET").key("b").query::<String>().await?;
        assert_eq!((a.as_str(), b.as_str()), ("a", "b"));
        assert_eq!(
            heard.all(),
            ["invalidate", "message, first", "message, last", "message, first", "message, last"]
        );
        drop(client);
        server.finish();
    }

    async fn a_push_that_nobody_handles_is_told_by_its_kind() {
        let script = greeted().expect(&["GET", "a"]).send(MESSAGE).send("$1\r\na\r\n").stall();
        let server = ScriptedServer::play(script);
        let heard = Heard::new();
        let client = Redis::builder().host("127.0.0.1").port(server.address().port())
            .on_event(heard.listener()).build()?;
        let a = client.command("GET").key("a").query::<String>().await?;
        assert_eq!(a, "a");
        let told: Vec<String> = heard.all().into_iter().filter_map(|event| match event {
            Event::UnknownPush { kind, .. } => Some(kind),
            _ => None,
        }).collect();
        assert_eq!(told, ["message"]);
        drop(client);
        server.finish();
    }

    async fn attributes_are_no_replies() {
        let script = greeted()
            .expect(&["GET", "a"]).send("|1\r\n+ttl\r\n:3600\r\n$1\r\na\r\n")
            .expect(&["GET", "b"]).send("*2\r\n|1\r\n+k\r\n*1\r\n:1\r\n:1\r\n|1\r\n+k\r\n|1\r\n+x\r\n+y\r\n_\r\n:2\r\n")
            .stall();
        let server = ScriptedServer::play(script);
        let client = Redis::from_url(&server.url())?;
        let a = client.command("GET").key("a").query::<String>().await?;
        let b = client.command("GET").key("b").query::<Vec<i64>>().await?;
        assert_eq!((a.as_str(), b.as_slice()), ("a", [1, 2].as_slice()));
        drop(client);
        server.finish();
    }

    async fn a_reply_that_nobody_asked_for_is_nobodys() {
        let server = ScriptedServer::play_each(|_| greeted().serve(|words| {
            let answer = if text(words) == "GET a" { "$1\r\na\r\n$5\r\nextra\r\n" } else { "$1\r\nb\r\n" };
            Some(answer.as_bytes().to_vec())
        }));
        // whether the connection's end is noticed before or after the next command is on it, is a race
        let config = ConfigBuilder::from_url(&server.url())?.retry_backoff(NoBackoff).build()?;
        let client = Redis::from_config(config);
        for _ in 0..20 {
            let a = client.command("GET").key("a").query::<String>().await?;
            let b = client.command("GET").key("b").query::<String>().await?;
            assert_eq!((a.as_str(), b.as_str()), ("a", "b"));
        }
        drop(client);
        server.finish();
    }
}
