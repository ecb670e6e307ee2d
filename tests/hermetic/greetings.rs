//! A peer that greets in its own way.

use crate::both::{Heard, both_clients, greeted, text};
use redis_core::event::Event;
use redis_core::{Delivery, ErrorKind, ServerErrorKind};
use redis_tests::scripted::{Handshake, Script, ScriptedServer};

const HELLO: &str = "%3\r\n$6\r\nserver\r\n$5\r\nredis\r\n$5\r\nproto\r\n:3\r\n$2\r\nid\r\n:7\r\n";

/// A peer that answers one step of the greeting with `answer`, and everything else as servers do.
fn answering(step: &'static str, answer: &'static str) -> ScriptedServer {
    ScriptedServer::play_each(move |_| {
        Script::new().serve(move |words| {
            let said = text(words);
            let usual = if said.starts_with("HELLO") { HELLO } else { "+OK\r\n" };
            let answer = if said.starts_with(step) { answer } else { usual };
            (!answer.is_empty()).then(|| answer.as_bytes().to_vec())
        })
    })
}

/// A step, what it is answered, and what comes of it.
type Refusal = (&'static str, &'static str, &'static str, ErrorKind);

/// Refusals of steps that must succeed; `""` hangs up.
const REFUSALS: &[Refusal] = &[
    ("", "HELLO", "-WRONGPASS invalid username-password pair\r\n", AUTHENTICATION),
    (
        "",
        "HELLO",
        "-NOAUTH HELLO must be called with the client already authenticated\r\n",
        AUTHENTICATION,
    ),
    (
        "",
        "HELLO",
        "-ERR max number of clients reached\r\n",
        ErrorKind::Server(ServerErrorKind::MaxClients),
    ),
    (
        "",
        "HELLO",
        "-LOADING Redis is loading the dataset in memory\r\n",
        ErrorKind::Server(ServerErrorKind::Loading),
    ),
    ("", "HELLO", "-ERR something else\r\n", ErrorKind::Server(ServerErrorKind::Response)),
    (
        "&protocol=3",
        "HELLO",
        "-ERR unknown command 'HELLO'\r\n",
        ErrorKind::Server(ServerErrorKind::UnknownCommand),
    ),
    (
        "&protocol=3",
        "HELLO",
        "-NOPROTO unsupported protocol version\r\n",
        ErrorKind::Server(ServerErrorKind::NoProto),
    ),
    ("", "HELLO", "%1\r\n$5\r\nproto\r\n:2\r\n", ErrorKind::Protocol),
    ("", "HELLO", "@\r\n", ErrorKind::Protocol),
    ("", "HELLO", "", ErrorKind::Closed),
    (
        "&protocol=2&username=ada&password=x",
        "AUTH",
        "-WRONGPASS invalid username-password pair\r\n",
        AUTHENTICATION,
    ),
    ("&protocol=2&password=x", "AUTH", "-ERR invalid password\r\n", AUTHENTICATION),
    ("&protocol=2&password=x", "AUTH", "", ErrorKind::Closed),
    (
        "&protocol=2&client_name=me",
        "CLIENT SETNAME",
        "-ERR Client names cannot\r\n",
        ErrorKind::Server(ServerErrorKind::Response),
    ),
    ("", "CLIENT SETINFO", "-NOAUTH Authentication required.\r\n", AUTHENTICATION),
    ("", "CLIENT SETINFO", "", ErrorKind::Closed),
    (
        "&database=99",
        "SELECT",
        "-ERR DB index is out of range\r\n",
        ErrorKind::Server(ServerErrorKind::Response),
    ),
    (
        "&database=9",
        "SELECT",
        "-NOPERM this user has no permissions\r\n",
        ErrorKind::Server(ServerErrorKind::NoPermission),
    ),
    ("&database=9", "SELECT", "@\r\n", ErrorKind::Protocol),
    ("&database=9", "SELECT", "", ErrorKind::Closed),
];

const AUTHENTICATION: ErrorKind = ErrorKind::Server(ServerErrorKind::Authentication);

both_clients! {
    async fn a_step_that_is_refused_is_named_and_no_command_was_sent() {
        for &(settings, step, answer, kind) in REFUSALS {
            let server = answering(step, answer);
            let client = Redis::from_url(&format!("{}?retries=0{settings}", server.url()))?;
            let error = client.command("INCR").key("k").query::<i64>().await.unwrap_err();
            let case = format!("{step} answered {answer:?}: {error:?}");
            assert_eq!(error.kind(), kind, "{case}");
            assert_eq!(error.delivery(), Delivery::NotSent, "{case}");
            if let ErrorKind::Server(_) = kind {
                assert_eq!(error.context().command.as_deref(), Some(step), "{case}");
                assert!(answer.contains(error.message()), "{case}");
            }
            assert_eq!(server.connections(), 1, "{case}");
            drop(client);
            server.finish();
        }
    }

    async fn a_server_without_hello_is_spoken_to_in_resp2() {
        let script = Script::new().handshake(Handshake::Unknown).expect(&["GET", "k"]).send("$-1\r\n");
        let server = ScriptedServer::play(script.stall());
        let heard = Heard::new();
        let client = Redis::builder().host("127.0.0.1").port(server.address().port())
            .on_event(heard.listener()).build()?;
        let nil = client.command("GET").key("k").query::<Option<String>>().await?;
        assert_eq!(nil, None);
        let spoken: Vec<u8> = heard.all().iter().filter_map(|event| match event {
            Event::HandshakeDone { protocol, .. } => Some(*protocol),
            _ => None,
        }).collect();
        assert_eq!(spoken, [2]);
        drop(client);
        server.finish();
    }

    async fn an_optional_step_that_is_refused_is_told_and_no_failure() {
        for refusal in ["-ERR unknown subcommand\r\n", "-NOPERM no\r\n", "-BUSY a script runs\r\n"] {
            let server = answering("CLIENT SETINFO", refusal);
            let heard = Heard::new();
            let client = Redis::builder().host("127.0.0.1").port(server.address().port())
                .on_event(heard.listener()).build()?;
            let reply = client.command("ECHO").arg("x").query::<String>().await?;
            assert_eq!(reply, "OK");
            let refused = heard.all().iter().filter(|event| matches!(
                event,
                Event::HandshakeStepRefused { step, error, .. }
                    if step == "CLIENT SETINFO" && refusal.contains(error.message())
            )).count();
            assert_eq!(refused, 2, "{:?}", heard.all());
            drop(client);
            server.finish();
        }
    }

    async fn a_greeting_and_a_reply_that_drip_are_read() {
        let script = Script::new()
            .expect_any().drip(HELLO)
            .expect_any().drip("+OK\r\n")
            .expect_any().drip("+OK\r\n")
            .expect(&["GET", "k"]).drip("*3\r\n$5\r\nhello\r\n%1\r\n+k\r\n,1.5\r\n$?\r\n;3\r\nabc\r\n;0\r\n")
            .stall();
        let server = ScriptedServer::play(script);
        let client = Redis::from_url(&server.url())?;
        let value = client.command("GET").key("k")
            .query::<(String, std::collections::HashMap<String, f64>, String)>().await?;
        assert_eq!((value.0.as_str(), value.1["k"], value.2.as_str()), ("hello", 1.5, "abc"));
        drop(client);
        server.finish();
    }

    async fn what_the_server_pushes_into_the_greeting_is_no_answer_to_it() {
        let push = ">2\r\n+invalidate\r\n*0\r\n";
        let script = Script::new()
            .expect_any().send(push).send(HELLO).send(push)
            .expect_any().send("+OK\r\n").send(push)
            .expect_any().send("+OK\r\n")
            .expect(&["GET", "k"]).send(push).send("$1\r\nv\r\n")
            .stall();
        let server = ScriptedServer::play(script);
        let client = Redis::from_url(&server.url())?;
        let value = client.command("GET").key("k").query::<String>().await?;
        assert_eq!(value, "v");
        drop(client);
        server.finish();
    }

    async fn every_setting_is_told_in_the_first_flight() {
        let script = Script::new()
            .expect(&["HELLO", "3", "AUTH", "ada", "secret", "SETNAME", "me"])
            .expect(&["CLIENT", "SETINFO", "LIB-NAME", "lib"])
            .expect(&["CLIENT", "SETINFO", "LIB-VER", "1.0"])
            .expect(&["SELECT", "3"])
            .send(HELLO).send("+OK\r\n+OK\r\n+OK\r\n")
            .expect(&["GET", "k"]).send("$1\r\nv\r\n")
            .stall();
        let server = ScriptedServer::play(script);
        let client = Redis::builder().host("127.0.0.1").port(server.address().port())
            .username("ada").password("secret").client_name("me").database(3)
            .library_name("lib").library_version("1.0").build()?;
        let value = client.command("GET").key("k").query::<String>().await?;
        assert_eq!(value, "v");
        drop(client);
        server.finish();
    }

    async fn a_server_that_greets_as_usual_is_spoken_to_in_resp3() {
        let server = ScriptedServer::play(greeted().expect(&["GET", "k"]).send("_\r\n").stall());
        let client = Redis::from_url(&server.url())?;
        let nil = client.command("GET").key("k").query::<Option<String>>().await?;
        assert_eq!(nil, None);
        drop(client);
        server.finish();
    }
}
