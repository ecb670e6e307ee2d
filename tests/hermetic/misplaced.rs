//! What a server says in the wrong place of a conversation: each is an error that says what was being done,
//! or somebody's reply all the same, and none is anybody else's.

use crate::both::{Heard, both_clients, greeted, text};
use redis_core::config::ConfigBuilder;
use redis_core::event::{CloseReason, Event};
use redis_core::retry::NoBackoff;
use redis_core::{Delivery, ErrorKind, Replies, ServerErrorKind, TimeoutKind, Value};
use redis_tests::scripted::ScriptedServer;

/// What RESP2 has for a message, and what RESP3 has.
const ARRAY: &str = "*3\r\n$7\r\nmessage\r\n$2\r\nch\r\n$2\r\nhi\r\n";
const PUSH: &str = ">3\r\n$7\r\nmessage\r\n$2\r\nch\r\n$2\r\nhi\r\n";

/// A server that queues what stands between `MULTI` and `EXEC`, answers `EXEC` with this, refuses what is
/// called `FOO`, and answers everything else with the number of the connection.
fn queueing(exec: &str) -> ScriptedServer {
    let exec = exec.to_owned();
    ScriptedServer::play_each(move |number| {
        let (exec, mut queueing) = (exec.clone(), false);
        greeted().serve(move |words| {
            let answer = match &*text(words) {
                "MULTI" => {
                    queueing = true;
                    "+OK\r\n".to_owned()
                }
                "EXEC" => {
                    queueing = false;
                    exec.clone()
                }
                "WATCH k" | "UNWATCH" | "DISCARD" => "+OK\r\n".to_owned(),
                words if words.starts_with("FOO") => "-ERR unknown command 'FOO'\r\n".to_owned(),
                _ if queueing => "+QUEUED\r\n".to_owned(),
                _ => format!(":{number}\r\n"),
            };
            Some(answer.into_bytes())
        })
    })
}

both_clients! {
    async fn an_exec_of_another_length_costs_a_connection_of_ones_own() {
        for (exec, says) in [
            ("*1\r\n:1\r\n", "array of 1"),
            ("*3\r\n:1\r\n:2\r\n:3\r\n", "array of 3"),
            ("+OK\r\n", "simple string"),
            (ARRAY, "array of 3"),
        ] {
            let server = queueing(exec);
            let client = Redis::from_url(&format!("{}?retries=0&pool_max_size=1", server.url()))?;
            let connection = client.connection().await?;
            connection.watch("k").await?;
            let tx = client.pipeline().atomic();
            tx.incr("a").incr("b");
            let error = tx.execute_on::<Replies>(&connection).await.unwrap_err();
            assert_eq!((error.kind(), error.delivery()), (ErrorKind::Protocol, Delivery::Unknown), "{error:?}");
            let said = error.to_string();
            assert!(said.starts_with("EXEC: ") && said.contains("wanted array of 2 replies"), "{said}");
            assert!(said.contains(says) && said.contains(&server.address().to_string()), "{said}");
            let after = connection.get("mine").await.unwrap_err();
            assert_eq!((after.kind(), after.delivery()), (ErrorKind::Closed, Delivery::NotSent), "{after:?}");
            drop(connection);
            // which would be of the same connection, had it gone back
            let other = client.connection().await?;
            let number = other.typed::<i64>().get("mine").await?;
            assert!(number > 1, "{exec:?}");
            drop((other, client, tx));
            server.finish();
        }
    }

    async fn an_exec_of_another_length_ends_an_optimistic_loop() {
        let server = queueing("*1\r\n:1\r\n");
        let client = Redis::from_url(&format!("{}?retries=0", server.url()))?;
        let mut attempts = client.optimistic("k");
        let tx = attempts.attempt().await?.expect("an attempt");
        let multi = tx.multi();
        multi.incr("a").incr("b");
        let error = tx.execute::<Option<(i64, i64)>>(&multi).await.unwrap_err();
        assert_eq!((error.kind(), error.context().command.as_deref()), (ErrorKind::Protocol, Some("EXEC")));
        let lost = tx.get("mine").await.unwrap_err();
        assert_eq!(lost.delivery(), Delivery::NotSent, "{lost:?}");
        drop(tx);
        let over = attempts.attempt().await?;
        assert!(over.is_none());
        drop((attempts, client));
        server.finish();
    }

    async fn a_transaction_that_ran_at_once_is_no_transaction() {
        let script = greeted().expect(&["MULTI"]).expect(&["INCR", "a"]).expect(&["EXEC"])
            .send("+OK\r\n:1\r\n*1\r\n:1\r\n").stall();
        let server = ScriptedServer::play(script);
        let client = Redis::from_url(&format!("{}?retries=0", server.url()))?;
        let tx = client.pipeline().atomic();
        tx.incr("a");
        let error = tx.execute::<(i64,)>().await.unwrap_err();
        assert_eq!((error.kind(), error.context().command.as_deref()), (ErrorKind::Protocol, Some("EXEC")));
        drop((client, tx));
        server.finish();
    }

    async fn a_push_within_a_transaction_is_no_reply_and_goes_to_its_handler() {
        let replies = format!("{PUSH}+OK\r\n{PUSH}+QUEUED\r\n+QUEUED\r\n{PUSH}*2\r\n:1\r\n:2\r\n");
        let script = greeted().expect(&["MULTI"]).expect(&["INCR", "a"]).expect(&["INCR", "b"])
            .expect(&["EXEC"]).drip(replies).expect(&["GET", "c"]).send("$1\r\nc\r\n").stall();
        let server = ScriptedServer::play(script);
        let heard = Heard::<&'static str>::new();
        let handler = heard.clone();
        let client = Redis::builder().host("127.0.0.1").port(server.address().port())
            .on_push("message", move |_| handler.push("message")).build()?;
        let tx = client.pipeline().atomic();
        tx.incr("a").incr("b");
        let both: (i64, i64) = tx.execute().await?;
        let next = client.typed::<String>().get("c").await?;
        assert_eq!((both, &*next, heard.all().len()), ((1, 2), "c", 3));
        drop((client, tx));
        server.finish();
    }

    async fn a_push_where_an_element_must_be_is_that_commands_error_alone() {
        let exec = format!("*3\r\n:1\r\n{PUSH}:3\r\n");
        let script = greeted().expect(&["MULTI"]).expect(&["INCR", "a"]).expect(&["INCR", "b"])
            .expect(&["INCR", "c"]).expect(&["EXEC"]).send(format!("+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n{exec}"))
            .expect(&["GET", "d"]).send("$1\r\nd\r\n").stall();
        let server = ScriptedServer::play(script);
        let heard = Heard::<&'static str>::new();
        let handler = heard.clone();
        let client = Redis::builder().host("127.0.0.1").port(server.address().port())
            .on_push("message", move |_| handler.push("message")).build()?;
        let tx = client.pipeline().atomic();
        tx.incr("a").incr("b").incr("c");
        let each = tx.execute::<[redis_core::Result<i64>; 3]>().await?;
        let [one, push, three] = each;
        let error = push.unwrap_err();
        assert_eq!((error.kind(), error.delivery()), (ErrorKind::Conversion, Delivery::Executed), "{error:?}");
        assert!(error.to_string().starts_with("INCR (command 1 of the pipeline): "), "{error}");
        let next = client.typed::<String>().get("d").await?;
        assert_eq!((one?, three?, &*next, heard.all().len()), (1, 3, "d", 0));
        drop((client, tx));
        server.finish();
    }

    async fn a_push_instead_of_a_reply_answers_nobody() {
        let server = ScriptedServer::play(greeted().expect(&["INCR", "a"]).send(PUSH).stall());
        let client = Redis::from_url(&format!("{}?retries=0&response_timeout=300ms", server.url()))?;
        let error = client.incr("a").await.unwrap_err();
        assert_eq!(error.timeout_kind(), Some(TimeoutKind::Reply), "{error:?}");
        assert_eq!((error.delivery(), error.context().command.as_deref()), (Delivery::Unknown, Some("INCR")));
        drop(client);
        server.finish();
    }

    async fn an_array_that_looks_like_a_message_is_the_reply_of_whose_turn_it_is() {
        let server = ScriptedServer::play_each(|_| greeted().serve(|words| {
            let answer = if text(words).ends_with("b") { ARRAY } else { "$1\r\nv\r\n" };
            Some(answer.as_bytes().to_vec())
        }));
        for protocol in [2, 3] {
            let heard = Heard::<&'static str>::new();
            let handler = heard.clone();
            let url = format!("{}?protocol={protocol}", server.url());
            let config = ConfigBuilder::from_url(&url)?
                .on_push("message", move |_| handler.push("message")).build()?;
            let client = Redis::from_config(config);
            let connection = client.connection().await?;
            for _ in 0..2 {
                let error = client.typed::<String>().get("b").await.unwrap_err();
                assert_eq!((error.kind(), error.delivery()), (ErrorKind::Conversion, Delivery::Executed));
                assert_eq!(error.context().command.as_deref(), Some("GET"));
                let words = connection.typed::<[String; 3]>().get("b").await?;
                assert_eq!(words, ["message", "ch", "hi"]);
                let pipe = client.pipeline();
                pipe.get("a").typed::<Vec<String>>().get("b");
                pipe.get("c");
                let (a, b, c): (String, Vec<String>, String) = pipe.execute().await?;
                assert_eq!((&*a, b.len(), &*c), ("v", 3, "v"));
            }
            assert!(heard.all().is_empty());
        }
        server.finish();
    }

    async fn an_array_that_looks_like_a_message_and_was_not_asked_for_is_nobodys() {
        let server = ScriptedServer::play_each(|_| greeted().serve(|words| {
            let answer = if text(words) == "GET a" { format!("$1\r\na\r\n{ARRAY}") } else { "$1\r\nb\r\n".to_owned() };
            Some(answer.into_bytes())
        }));
        let heard = Heard::new();
        let messages = Heard::<&'static str>::new();
        let handler = messages.clone();
        // whether the connection's end is noticed before or after the next command is on it, is a race
        let config = ConfigBuilder::from_url(&format!("{}?protocol=2", server.url()))?
            .retry_backoff(NoBackoff).on_event(heard.listener())
            .on_push("message", move |_| handler.push("message")).build()?;
        let client = Redis::from_config(config);
        for _ in 0..20 {
            let a = client.typed::<String>().get("a").await?;
            let b = client.typed::<String>().get("b").await?;
            assert_eq!((a.as_str(), b.as_str()), ("a", "b"));
        }
        let closed = heard.all().into_iter().filter(|event| matches!(event, Event::Disconnected { .. })).count();
        assert!(closed >= 20 && messages.all().is_empty(), "{closed}");
        // and on a connection of one's own
        let connection = client.connection().await?;
        connection.get("a").await?;
        let error = connection.get("b").await.unwrap_err();
        assert_eq!((error.kind(), error.delivery()), (ErrorKind::Protocol, Delivery::NotSent), "{error:?}");
        drop(connection);
        assert!(client.statistics().closed(CloseReason::Broken) >= 1);
        drop(client);
        server.finish();
    }

    async fn an_unknown_command_in_a_transaction_is_named_however_the_transaction_is_made() {
        let server = queueing("-EXECABORT Transaction discarded because of previous errors.\r\n");
        let client = Redis::from_url(&format!("{}?retries=0", server.url()))?;
        // by hand
        let connection = client.connection().await?;
        connection.multi().await?;
        connection.typed::<String>().incr("a").await?;
        let unknown = connection.command("FOO").arg("secret").query::<Value>().await.unwrap_err();
        assert_eq!((unknown.delivery(), unknown.context().command.as_deref()), (Delivery::Rejected, Some("FOO")));
        let abort = connection.typed::<Vec<Value>>().exec().await.unwrap_err();
        assert_eq!(abort.kind(), ErrorKind::Server(ServerErrorKind::ExecAbort), "{abort:?}");
        assert_eq!((abort.delivery(), abort.context().command.as_deref()), (Delivery::Rejected, Some("EXEC")));
        let number = connection.typed::<i64>().get("mine").await?;
        // after watching
        let tx = client.pipeline().atomic();
        tx.incr("a").command("FOO").arg("secret").query::<Value>();
        connection.watch("k").await?;
        let faults = [tx.execute_on::<()>(&connection).await.unwrap_err(), tx.execute::<()>().await.unwrap_err(), {
            let mut attempts = client.optimistic("k");
            let attempt = attempts.attempt().await?.expect("an attempt");
            let multi = attempt.multi();
            multi.incr("a").command("FOO").arg("secret").query::<Value>();
            let fault = attempt.execute::<()>(&multi).await.unwrap_err();
            drop(attempt);
            let over = attempts.attempt().await?;
            assert!(over.is_none(), "it was no conflict");
            fault
        }];
        for fault in faults {
            assert_eq!(fault.delivery(), Delivery::Rejected);
            assert_eq!((fault.context().command.as_deref(), fault.context().index), (Some("FOO"), Some(1)));
            assert!(!fault.to_string().contains("secret"), "{fault}");
        }
        // none of it was in doubt: the connection is the same
        let again = connection.typed::<i64>().get("mine").await?;
        assert_eq!(number, again);
        drop((connection, client, tx));
        server.finish();
    }
}
