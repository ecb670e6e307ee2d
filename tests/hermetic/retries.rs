//! What is sent again, and what is not: the peer counts.

use crate::both::{Heard, both_clients, greeted, text};
use redis_core::config::ConfigBuilder;
use redis_core::event::Event;
use redis_core::retry::{NoBackoff, RetryPolicy};
use redis_core::{Delivery, ErrorKind, ServerErrorKind};
use redis_tests::scripted::{Script, ScriptedServer};

/// A peer that hangs up on the first `lost` commands, after having read each, then answers `:1`.
fn losing(lost: usize, seen: &Heard<String>) -> ScriptedServer {
    let seen = seen.clone();
    ScriptedServer::play_each(move |_| {
        let seen = seen.clone();
        greeted().serve(move |words| {
            seen.push(text(words));
            (seen.all().len() > lost).then(|| b":1\r\n".to_vec())
        })
    })
}

/// Settings under which everything may be tried again twice, at once.
fn twice(server: &ScriptedServer) -> Result<ConfigBuilder, redis_core::Error> {
    Ok(ConfigBuilder::from_url(&server.url())?.retry(RetryPolicy::new(NoBackoff, 2)))
}

both_clients! {
    async fn what_was_not_sent_is_tried_again_whatever_it_is() {
        let seen = Heard::new();
        let server = ScriptedServer::play_each({
            let seen = seen.clone();
            move |number| {
                let seen = seen.clone();
                if number < 3 { return Script::new().close() }
                greeted().serve(move |words| {
                    seen.push(text(words));
                    Some(b":1\r\n".to_vec())
                })
            }
        });
        let client = Redis::from_config(twice(&server)?.build()?);
        let one = client.command("INCR").key("k").query::<i64>().await?;
        assert_eq!((one, seen.all()), (1, vec!["INCR k".to_owned()]));
        assert_eq!(server.connections(), 3);
        drop(client);
        server.finish();
    }

    async fn what_may_have_run_is_not_sent_again() {
        let seen = Heard::new();
        let server = losing(1, &seen);
        let client = Redis::from_config(twice(&server)?.build()?);
        let error = client.command("INCR").key("k").query::<i64>().await.unwrap_err();
        assert_eq!((error.kind(), error.delivery()), (ErrorKind::Closed, Delivery::Unknown), "{error:?}");
        assert_eq!(seen.all(), ["INCR k"]);
        let error = client.command("NO.SUCH").key("k").query::<i64>().await;
        assert_eq!(error.ok(), Some(1), "the client goes on");
        drop(client);
        server.finish();
    }

    async fn what_may_have_run_and_may_be_repeated_is_sent_again() {
        for (name, marked) in [("GET", false), ("MY.OWN", true)] {
            let seen = Heard::new();
            let server = losing(2, &seen);
            let client = Redis::from_config(twice(&server)?.build()?);
            let command = client.command(name).key("k");
            let command = if marked { command.repeatable() } else { command };
            let one = command.query::<i64>().await?;
            assert_eq!((one, seen.all().len()), (1, 3));
            drop(client);
            server.finish();
        }
    }

    async fn what_may_have_run_at_first_is_not_said_to_be_unsent_in_the_end() {
        // the first connection hears the command and dies, and nobody answers the others at all
        let server = ScriptedServer::play_each(move |number| {
            if number == 1 { greeted().serve(|_| None) } else { Script::new().close() }
        });
        let client = Redis::from_config(twice(&server)?.build()?);
        let error = client.command("SET").key("k").arg("v").repeatable().query::<()>().await.unwrap_err();
        assert_eq!((error.context().attempt, error.delivery()), (Some(3), Delivery::Unknown), "{error:?}");
        drop(client);
        server.finish();

        let server = ScriptedServer::play_each(move |number| {
            if number == 1 { greeted().serve(|_| None) } else { Script::new().close() }
        });
        let client = Redis::from_config(twice(&server)?.build()?);
        let pipeline = client.pipeline();
        pipeline.get("k");
        let error = pipeline.execute::<()>().await.unwrap_err();
        assert_eq!(error.delivery(), Delivery::Unknown, "{error:?}");
        drop((pipeline, client));
        server.finish();
    }

    async fn the_last_error_says_which_attempt_it_was() {
        let seen = Heard::new();
        let server = losing(9, &seen);
        let client = Redis::from_config(twice(&server)?.build()?);
        let error = client.command("GET").key("k").query::<i64>().await.unwrap_err();
        assert_eq!(error.context().attempt, Some(3), "{error:?}");
        assert!(error.to_string().contains("attempt 3"), "{error}");
        assert_eq!(seen.all().len(), 3);
        drop(client);
        server.finish();
    }

    async fn a_call_may_be_less_patient_than_its_client() {
        let seen = Heard::new();
        let server = losing(9, &seen);
        let client = Redis::from_config(twice(&server)?.build()?);
        let once = redis_core::command::CallOptions::new().retry(RetryPolicy::none());
        let error = client.with(once).command("GET").key("k").query::<i64>().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Closed, "{error:?}");
        assert_eq!(seen.all().len(), 1);
        drop(client);
        server.finish();
    }

    async fn a_server_that_is_not_ready_is_asked_again_on_the_same_connection() {
        let script = greeted()
            .expect(&["INCR", "k"]).send("-LOADING Redis is loading the dataset in memory\r\n")
            .expect(&["INCR", "k"]).send("-BUSY Redis is busy running a script.\r\n")
            .expect(&["INCR", "k"]).send(":1\r\n")
            .stall();
        let server = ScriptedServer::play(script);
        let heard = Heard::new();
        let client = Redis::from_config(twice(&server)?.on_event(heard.listener()).build()?);
        let one = client.command("INCR").key("k").query::<i64>().await?;
        assert_eq!((one, server.connections()), (1, 1));
        let retried: Vec<_> = heard.all().into_iter().filter_map(|event| match event {
            Event::Retried { command, error, attempt, .. } => Some((command.into_owned(), error.kind(), attempt)),
            _ => None,
        }).collect();
        let server_error = ErrorKind::Server;
        assert_eq!(retried, [
            ("INCR".to_owned(), server_error(ServerErrorKind::Loading), 1),
            ("INCR".to_owned(), server_error(ServerErrorKind::Busy), 2),
        ]);
        drop(client);
        server.finish();
    }

    async fn a_refusal_that_will_not_pass_is_not_asked_again() {
        for refusal in ["-WRONGTYPE no list\r\n", "-OOM no room\r\n", "-NOPERM no\r\n", "-ERR no\r\n"] {
            let server = ScriptedServer::play(greeted().expect(&["GET", "k"]).send(refusal).stall());
            let client = Redis::from_config(twice(&server)?.build()?);
            let error = client.command("GET").key("k").query::<i64>().await.unwrap_err();
            assert!(error.is_server_error() && error.delivery() == Delivery::Rejected, "{error:?}");
            drop(client);
            server.finish();
        }
    }

    async fn a_server_that_became_a_replica_is_asked_again_over_a_new_connection() {
        let readonly = "-READONLY You can't write against a read only replica.\r\n";
        let server = ScriptedServer::play_all(vec![
            greeted().expect(&["INCR", "k"]).send(readonly).stall(),
            greeted().expect(&["INCR", "k"]).send(":1\r\n").stall(),
        ]);
        let client = Redis::from_config(twice(&server)?.build()?);
        let one = client.command("INCR").key("k").query::<i64>().await?;
        assert_eq!((one, server.connections()), (1, 2));
        drop(client);
        server.finish();
    }

    async fn an_error_that_a_script_returned_itself_is_no_proof_that_it_did_not_run() {
        let own = "-BUSY Redis is busy running a script. You can only call SCRIPT KILL.\r\n";
        for (command, error, sent, delivery) in [
            ("EVAL", "-BUSY the lock is taken\r\n", 1, Delivery::Unknown),
            ("EVALSHA", "-TRYAGAIN later\r\n", 1, Delivery::Unknown),
            ("FCALL", "-ERR not enough left\r\n", 1, Delivery::Unknown),
            ("EVAL", own, 3, Delivery::Rejected),
            ("EVAL_RO", "-BUSY the lock is taken\r\n", 3, Delivery::Unknown),
            ("SET", "-BUSY the lock is taken\r\n", 3, Delivery::Rejected),
        ] {
            let seen = Heard::new();
            let server = ScriptedServer::play_each({
                let seen = seen.clone();
                move |_| {
                    let seen = seen.clone();
                    greeted().serve(move |words| {
                        seen.push(text(words));
                        Some(error.as_bytes().to_vec())
                    })
                }
            });
            let client = Redis::from_config(twice(&server)?.build()?);
            let answer = client.command(command).args(["x", "0"]).query::<i64>().await;
            let failure = answer.expect_err("the peer refuses");
            assert_eq!(seen.all().len(), sent, "{command}: {failure:?}");
            assert_eq!(failure.delivery(), delivery, "{command}: {failure:?}");
            let connection = client.connection().await?;
            let answer = connection.command(command).args(["x", "0"]).query::<i64>().await;
            let failure = answer.expect_err("the peer refuses");
            assert_eq!(failure.delivery(), delivery, "{command}: {failure:?}");
        }
    }
}
