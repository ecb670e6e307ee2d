//! A peer that says more than it was asked: its words are nobody's reply.

use crate::both::{both_clients, greeted};
use redis_core::{Delivery, ErrorKind};
use redis_tests::scripted::{Script, ScriptedServer};

const STRAY: &str = "$5\r\nstray\r\n";
const PUSH: &str = ">2\r\n$4\r\nnews\r\n:1\r\n";

/// Answers the whole greeting, and more, in one packet.
fn greeted_with(more: &str) -> Script {
    let greeting = "%2\r\n+server\r\n+redis\r\n+proto\r\n:3\r\n+OK\r\n+OK\r\n".to_owned() + more;
    Script::new().expect_any().expect_any().expect_any().send(greeting)
}

both_clients! {
    async fn a_reply_behind_the_greeting_is_no_command_s() {
        for (command, argument) in [("GET", None), ("BLPOP", Some(1))] {
            let server = ScriptedServer::play(greeted_with(STRAY).stall());
            let client = Redis::from_url(&format!("{}?retries=0", server.url()))?;
            let asked = client.command(command).key("k").args(argument);
            let answer = asked.query::<redis_core::Value>().await;
            let error = answer.err().unwrap_or_else(|| panic!("{command} was given the stray"));
            assert_eq!(error.kind(), ErrorKind::Protocol, "{command}: {error:?}");
            assert_eq!(error.delivery(), Delivery::NotSent, "{command}: {error:?}");
            drop(client);
            server.finish();
        }
    }

    async fn a_push_behind_the_greeting_does_no_harm() {
        for (command, argument) in [("GET", None), ("BLPOP", Some(1))] {
            let server = ScriptedServer::play(greeted_with(PUSH).expect_any().send("+v\r\n").stall());
            let client = Redis::from_url(&format!("{}?retries=0", server.url()))?;
            let asked = client.command(command).key("k").args(argument);
            let answer = asked.query::<String>().await?;
            assert_eq!(answer, "v", "{command}");
            drop(client);
            server.finish();
        }
    }

    async fn a_second_reply_ends_a_dedicated_connection_instead_of_answering_what_follows() {
        let script = greeted().expect(&["ECHO", "a"]).send(format!("$1\r\na\r\n{PUSH}{STRAY}"));
        let server = ScriptedServer::play(script.stall());
        let client = Redis::from_url(&format!("{}?retries=0", server.url()))?;
        let connection = client.connection().await?;
        let first = connection.command("ECHO").arg("a").query::<String>().await?;
        assert_eq!(first, "a");
        let second = connection.command("ECHO").arg("b").query::<String>().await;
        let error = second.expect_err("`b` was given the stray");
        assert_eq!((error.kind(), error.delivery()), (ErrorKind::Protocol, Delivery::NotSent));
        let third = connection.command("ECHO").arg("c").query::<String>().await;
        let error = third.expect_err("the connection went on");
        assert_eq!((error.kind(), error.delivery()), (ErrorKind::Closed, Delivery::NotSent));
        drop((connection, client));
        server.finish();
    }

    async fn a_second_reply_is_none_of_the_next_pipeline_s_either() {
        for atomic in [false, true] {
            let script = greeted().expect(&["ECHO", "a"]).send(format!("$1\r\na\r\n{PUSH}{STRAY}"));
            let server = ScriptedServer::play(script.stall());
            let client = Redis::from_url(&format!("{}?retries=0&response_timeout=1s", server.url()))?;
            let connection = client.connection().await?;
            let first = connection.command("ECHO").arg("a").query::<String>().await?;
            assert_eq!(first, "a");
            let pipe = client.pipeline();
            pipe.command("ECHO").arg("b").query::<String>();
            let outcome = match atomic {
                false => pipe.execute_on::<(String,)>(&connection).await,
                true => pipe.atomic().execute_on::<(String,)>(&connection).await,
            };
            let error = outcome.expect_err("`b` was given the stray");
            assert_eq!((error.kind(), error.delivery()), (ErrorKind::Protocol, Delivery::NotSent), "{error:?}");
            drop((connection, client));
            server.finish();
        }
    }

    async fn a_push_between_two_replies_of_a_dedicated_connection_does_no_harm() {
        let script = greeted().expect(&["ECHO", "a"]).send(format!("$1\r\na\r\n{PUSH}"));
        let script = script.expect(&["ECHO", "b"]).send("$1\r\nb\r\n");
        let server = ScriptedServer::play(script.stall());
        let client = Redis::from_url(&format!("{}?retries=0", server.url()))?;
        let connection = client.connection().await?;
        for text in ["a", "b"] {
            let answer = connection.command("ECHO").arg(text).query::<String>().await?;
            assert_eq!(answer, text);
        }
        drop((connection, client));
        server.finish();
    }

    async fn a_connection_with_a_second_reply_is_not_lent_again() {
        let popped = "*2\r\n$1\r\nk\r\n$1\r\nv\r\n";
        let server = ScriptedServer::play_all(vec![
            greeted().expect(&["BLPOP", "k", "1"]).send(format!("{popped}{STRAY}")).stall(),
            greeted().expect(&["BLPOP", "k", "1"]).send(popped).stall(),
        ]);
        let client = Redis::from_url(&format!("{}?retries=0", server.url()))?;
        for round in 1..=2 {
            let asked = client.command("BLPOP").key("k").arg(1);
            let answer = asked.query::<(String, String)>().await;
            let answer = answer.unwrap_or_else(|error| panic!("round {round}: {error}"));
            assert_eq!(answer.1, "v", "round {round}");
        }
        drop(client);
        server.finish();
    }
}
