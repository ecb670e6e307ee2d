//! Pipelines and transactions against a scripted peer: what goes out, whose reply is whose, and what is
//! known of each command when the connection ends half-way.

use crate::both::{Heard, both_clients, greeted, runtimes, text};
use redis_core::config::ConfigBuilder;
use redis_core::retry::{NoBackoff, RetryPolicy};
use redis_core::{Delivery, ErrorKind, PipelineOptions, Replies, Result, TimeoutKind, Value};
use redis_tests::scripted::{Script, ScriptedServer};
use std::time::Duration;

type Each = Vec<Result<Value>>;

/// Settings under which everything may be tried again twice, at once.
fn twice(server: &ScriptedServer) -> ConfigBuilder {
    let builder = ConfigBuilder::from_url(&server.url()).expect("the URL is good");
    builder.retry(RetryPolicy::new(NoBackoff, 2))
}

fn doubts(each: &Each) -> Vec<Option<Delivery>> {
    each.iter().map(|result| result.as_ref().err().map(|error| error.delivery())).collect()
}

both_clients! {
    async fn commands_go_out_in_order_and_each_reply_is_its_own() {
        let script = greeted()
            .expect(&["SET", "a", "1"]).expect(&["INCR", "b"]).expect(&["FOO", "x"]).expect(&["GET", "a"])
            .drip("+OK\r\n:7\r\n>2\r\n+invalidate\r\n*0\r\n*1\r\n:3\r\n$1\r\n1\r\n")
            .expect(&["SET", "a", "1"]).expect(&["INCR", "b"]).expect(&["FOO", "x"]).expect(&["GET", "a"])
            .send("+OK\r\n:8\r\n*0\r\n$-1\r\n")
            .stall();
        let server = ScriptedServer::play(script);
        let client = Redis::from_url(&server.url())?;
        let pipe = client.pipeline();
        pipe.set("a", 1).incr("b");
        let list = pipe.command("FOO").arg("x").query::<Vec<i64>>().slot();
        let number = pipe.typed::<u8>().get("a").slot();
        assert_eq!((pipe.len(), list.index(), pipe.is_empty()), (4, 2, false));
        let replies: Replies = pipe.execute().await?;
        assert_eq!((replies.take(list)?, replies.take(number)?, replies.len()), (vec![3], 1, 4));
        let again = pipe.execute::<((), i64, Vec<i64>, Option<String>)>().await?;
        assert_eq!(again, ((), 8, vec![], None));
        drop((client, pipe));
        server.finish();
    }

    async fn a_transaction_is_one_write_with_its_commands_replies() {
        let script = greeted()
            .expect(&["MULTI"]).expect(&["HGETALL", "h"]).expect(&["INCR", "b"]).expect(&["EXEC"])
            .drip("+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n*2\r\n$1\r\nf\r\n$1\r\nv\r\n:2\r\n")
            .stall();
        let server = ScriptedServer::play(script);
        let client = Redis::from_url(&server.url())?;
        let tx = client.pipeline().atomic();
        tx.command("HGETALL").key("h").query::<Value>().incr("b");
        let (map, two): (Value, i64) = tx.execute().await?;
        assert!(matches!(map, Value::Map(map) if map.len() == 1));
        assert_eq!(two, 2);
        drop((client, tx));
        server.finish();
    }

    async fn what_cannot_stand_in_a_pipeline_is_named_before_anything_is_sent() {
        let server = ScriptedServer::play_all(vec![]);
        let client = Redis::from_url(&server.url())?;
        for name in ["BLPOP", "SELECT", "WATCH", "MULTI", "SUBSCRIBE"] {
            let pipe = client.pipeline();
            pipe.get("a").command(name).arg("x").query::<Value>();
            let error = pipe.execute::<()>().await.unwrap_err();
            assert_eq!((error.kind(), error.context().index), (ErrorKind::Misuse, Some(1)), "{error:?}");
            assert!(error.to_string().starts_with(&format!("{name} (command 1 of the pipeline): ")), "{error}");
            let error = pipe.atomic().execute::<()>().await.unwrap_err();
            assert_eq!(error.delivery(), Delivery::NotSent, "{error:?}");
        }
        let pipe = client.pipeline();
        pipe.get("a").del(Vec::<String>::new());
        let error = pipe.execute::<()>().await.unwrap_err();
        assert_eq!((error.kind(), error.context().index), (ErrorKind::Argument, Some(1)), "{error:?}");
        pipe.clear();
        pipe.get("a").get("b");
        let error = pipe.execute::<(Value,)>().await.unwrap_err();
        assert_eq!((error.kind(), error.delivery()), (ErrorKind::Misuse, Delivery::NotSent), "{error:?}");
        pipe.clear();
        pipe.execute::<()>().await?;
        assert_eq!(server.connections(), 0);
        drop((client, pipe));
        server.finish();
    }

    async fn an_aborted_transaction_names_the_command_at_fault_and_leaves_the_connection_good() {
        let script = greeted()
            .expect(&["MULTI"]).expect(&["GET", "a"]).expect(&["FOO", "x"]).expect(&["EXEC"])
            .send("+OK\r\n+QUEUED\r\n-ERR unknown command 'FOO'\r\n-EXECABORT Transaction discarded\r\n")
            .expect(&["GET", "b"]).send("$1\r\nb\r\n")
            .stall();
        let server = ScriptedServer::play(script);
        let client = Redis::from_url(&server.url())?;
        let tx = client.pipeline().atomic();
        tx.get("a").command("FOO").arg("x").query::<Value>();
        let error = tx.execute::<Replies>().await.unwrap_err();
        assert!(error.to_string().starts_with("FOO (command 1 of the pipeline): ERR unknown command"), "{error}");
        assert_eq!(error.delivery(), Delivery::Rejected);
        let next = client.get("b").await?;
        assert_eq!(next.unwrap(), "b");
        assert_eq!(server.connections(), 1);
        drop((client, tx));
        server.finish();
    }

    async fn a_watched_key_that_changed_is_told_by_its_kind_or_by_none() {
        for (nil, resp) in [("*-1\r\n", 2), ("_\r\n", 3)] {
            let script = greeted()
                .expect(&["WATCH", "k"]).send("+OK\r\n")
                .expect(&["MULTI"]).expect(&["INCR", "k"]).expect(&["EXEC"])
                .send(format!("+OK\r\n+QUEUED\r\n{nil}"))
                .expect(&["MULTI"]).expect(&["INCR", "k"]).expect(&["EXEC"])
                .send(format!("+OK\r\n+QUEUED\r\n{nil}"))
                .expect(&["PING"]).send("+PONG\r\n")
                .stall();
            let server = ScriptedServer::play(script);
            let client = Redis::from_url(&format!("{}?protocol={resp}", server.url()))?;
            let connection = client.connection().await?;
            connection.command("WATCH").key("k").query::<()>().await?;
            let tx = client.pipeline().atomic();
            tx.incr("k");
            let ran = tx.execute_on::<Option<(i64,)>>(&connection).await?;
            assert_eq!(ran, None);
            let error = tx.execute_on::<(i64,)>(&connection).await.unwrap_err();
            assert_eq!((error.kind(), error.delivery()), (ErrorKind::WatchFailed, Delivery::Rejected));
            connection.command("PING").query::<()>().await?;
            drop((connection, client, tx));
            server.finish();
        }
    }

    async fn a_transaction_that_was_executed_costs_no_further_round_trip_to_watch_no_more() {
        for exec in ["*1\r\n:1\r\n", "*-1\r\n", "-EXECABORT discarded\r\n"] {
            let script = greeted()
                .expect(&["WATCH", "k"]).send("+OK\r\n")
                .expect(&["MULTI"]).expect(&["INCR", "k"]).expect(&["EXEC"])
                .send(format!("+OK\r\n+QUEUED\r\n{exec}"))
                .expect(&["PING"]).send("+PONG\r\n")
                .stall();
            let server = ScriptedServer::play(script);
            let client = Redis::from_url(&format!("{}?pool_max_size=1", server.url()))?;
            let mut attempts = client.optimistic("k");
            let tx = attempts.attempt().await?.expect("an attempt");
            let multi = tx.multi();
            multi.incr("k");
            let _ = tx.execute::<Option<(i64,)>>(&multi).await;
            drop(tx);
            let next = client.connection().await?;
            next.command("PING").query::<()>().await?;
            drop((next, attempts, client));
            server.finish();
        }
    }

    async fn of_a_connection_lost_half_way_each_command_says_what_became_of_it() {
        let script = greeted()
            .expect(&["INCR", "a"]).expect(&["INCR", "b"]).expect(&["INCR", "c"])
            .send(":1\r\n-ERR no\r\n:").close();
        let server = ScriptedServer::play(script);
        let client = Redis::from_config(twice(&server).build()?);
        let pipe = client.pipeline();
        pipe.incr("a").incr("b").incr("c");
        let each = pipe.execute::<Each>().await?;
        assert_eq!(doubts(&each), [None, Some(Delivery::Rejected), Some(Delivery::Unknown)]);
        let lost = each[2].as_ref().unwrap_err();
        assert_eq!((lost.kind(), lost.context().index), (ErrorKind::Closed, Some(2)));
        assert!(lost.to_string().starts_with("INCR (command 2 of the pipeline): "), "{lost}");
        assert_eq!(server.connections(), 1);
        drop((client, pipe));
        server.finish();
    }

    async fn what_only_reads_is_tried_again_as_a_whole() {
        let lost = || greeted().expect(&["GET", "a"]).expect(&["GET", "b"]).send("$1\r\nx\r\n").close();
        let last = greeted().expect(&["GET", "a"]).expect(&["GET", "b"]).send("$1\r\na\r\n$1\r\nb\r\n").stall();
        let server = ScriptedServer::play_all(vec![lost(), lost(), last]);
        let client = Redis::from_config(twice(&server).build()?);
        let pipe = client.pipeline();
        pipe.get("a").get("b");
        let both: (String, String) = pipe.execute().await?;
        assert_eq!((both, server.connections()), (("a".to_owned(), "b".to_owned()), 3));
        drop((client, pipe));
        server.finish();
    }

    async fn what_nothing_is_known_of_is_not_tried_again() {
        for atomic in [false, true] {
            let script = match atomic {
                false => greeted().expect(&["GET", "a"]).expect(&["INCR", "b"]),
                true => greeted().expect(&["MULTI"]).expect(&["GET", "a"]).expect(&["INCR", "b"])
                    .expect(&["EXEC"]).send("+OK\r\n+QUEUED\r\n+QUEUED\r\n"),
            };
            let server = ScriptedServer::play(script.close());
            let client = Redis::from_config(twice(&server).build()?);
            let pipe = client.pipeline();
            pipe.get("a").incr("b");
            let error = match atomic {
                false => pipe.execute::<Replies>().await.unwrap_err(),
                true => pipe.atomic().execute::<Replies>().await.unwrap_err(),
            };
            assert_eq!((error.kind(), error.delivery()), (ErrorKind::Closed, Delivery::Unknown), "{error:?}");
            assert_eq!(server.connections(), 1);
            drop(client);
            server.finish();
        }
    }

    async fn what_was_not_sent_is_tried_again_whatever_it_is() {
        let last = greeted().expect(&["INCR", "a"]).expect(&["INCR", "b"]).send(":1\r\n:2\r\n").stall();
        let server = ScriptedServer::play_all(vec![Script::new().close(), Script::new().close(), last]);
        let client = Redis::from_config(twice(&server).build()?);
        let pipe = client.pipeline();
        pipe.incr("a").incr("b");
        let both: Vec<i64> = pipe.execute().await?;
        assert_eq!((both, server.connections()), (vec![1, 2], 3));
        drop((client, pipe));
        server.finish();
    }

    async fn what_was_refused_whole_is_tried_again_and_what_ran_in_part_is_not() {
        let loading = "-LOADING Redis is loading the dataset in memory\r\n";
        let script = greeted()
            .expect(&["INCR", "a"]).expect(&["INCR", "b"]).send(format!("{loading}{loading}"))
            .expect(&["INCR", "a"]).expect(&["INCR", "b"]).send(format!("{loading}:2\r\n"))
            .stall();
        let server = ScriptedServer::play(script);
        let client = Redis::from_config(twice(&server).build()?);
        let pipe = client.pipeline();
        pipe.incr("a").incr("b");
        let each = pipe.execute::<Each>().await?;
        assert_eq!(doubts(&each), [Some(Delivery::Rejected), None]);
        drop((client, pipe));
        server.finish();
    }

    async fn an_error_that_a_script_returned_itself_proves_nothing_in_a_pipeline_either() {
        for atomic in [false, true] {
            let seen = Heard::new();
            let server = ScriptedServer::play_each({
                let seen = seen.clone();
                move |_| {
                    let seen = seen.clone();
                    greeted().serve(move |words| Some(match &*text(words) {
                        "MULTI" => b"+OK\r\n".to_vec(),
                        "EXEC" => b"*1\r\n-BUSY the lock is taken\r\n".to_vec(),
                        script => {
                            seen.push(script.to_owned());
                            if atomic { b"+QUEUED\r\n".to_vec() } else { b"-BUSY the lock is taken\r\n".to_vec() }
                        }
                    }))
                }
            });
            let client = Redis::from_config(twice(&server).build()?);
            let pipe = client.pipeline();
            pipe.command("EVAL").args(["x", "0"]).query::<i64>();
            let each = match atomic {
                false => pipe.execute::<Each>().await?,
                true => pipe.atomic().execute::<Each>().await?,
            };
            assert_eq!(doubts(&each), [Some(Delivery::Unknown)], "{each:?}");
            assert_eq!(seen.all(), ["EVAL x 0"], "it may have run, and ran again");
            drop(client);
            server.finish();
        }
    }

    async fn silence_half_way_is_a_timeout_and_nobody_gets_the_late_replies() {
        let silent = greeted().expect(&["GET", "a"]).expect(&["GET", "b"]).send("$1\r\na\r\n").stall();
        let next = greeted().expect(&["GET", "c"]).send("$1\r\nc\r\n").stall();
        let server = ScriptedServer::play_all(vec![silent, next]);
        let client = Redis::from_url(&format!("{}?retries=0", server.url()))?;
        // over a connection of its own: a shared one still waits for what is late
        let options = PipelineOptions::new()
            .response_timeout(Duration::from_millis(50))
            .contiguous_commands(1);
        let pipe = client.pipeline_with(options);
        pipe.get("a").get("b");
        let each = pipe.execute::<Each>().await?;
        let error = each[1].as_ref().unwrap_err();
        assert_eq!(error.timeout_kind(), Some(TimeoutKind::Reply), "{error:?}");
        assert!(each[0].is_ok());
        let next = client.get("c").await?;
        assert_eq!(next.unwrap(), "c");
        drop((client, pipe));
        server.finish();
    }

    async fn an_exec_of_another_length_costs_no_other_command_its_reply() {
        for reply in ["*1\r\n:1\r\n", "*3\r\n:1\r\n:2\r\n:3\r\n", "+OK\r\n"] {
            let server = ScriptedServer::play_each(move |_| {
                greeted().serve(move |words| Some(match &*text(words) {
                    "MULTI" => b"+OK\r\n".to_vec(),
                    "EXEC" => reply.into(),
                    "GET mine" => b"$4\r\nmine\r\n".to_vec(),
                    _ => b"+QUEUED\r\n".to_vec(),
                }))
            });
            let client = Redis::from_url(&format!("{}?retries=0", server.url()))?;
            let tx = client.pipeline().atomic();
            tx.incr("a").incr("b");
            let error = tx.execute::<Replies>().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Protocol, "{error:?}");
            let mine = client.get("mine").await?;
            assert_eq!(mine.unwrap(), "mine");
            drop((client, tx));
            server.finish();
        }
    }

    async fn a_pipeline_runs_in_every_attempt_of_a_loop() {
        let seen = Heard::new();
        let server = ScriptedServer::play_each(move |_| {
            let seen = seen.clone();
            greeted().serve(move |words| {
                seen.push(text(words));
                (seen.all().len() > 4).then(|| b":1\r\n".to_vec())
            })
        });
        let client = Redis::from_url(&format!("{}?retries=0", server.url()))?;
        let pipe = client.pipeline();
        pipe.incr("a").incr("b");
        let mut tried = 0;
        let both = loop {
            tried += 1;
            match pipe.execute::<Vec<i64>>().await {
                Ok(both) => break both,
                Err(error) => assert_eq!(error.delivery(), Delivery::Unknown),
            }
        };
        assert!(both == [1, 1] && tried > 1);
        drop((client, pipe));
        server.finish();
    }
}

/// A peer that answers each word of a command's second argument, and notes what it was asked in order.
fn echoing(seen: &Heard<String>) -> ScriptedServer {
    let seen = seen.clone();
    ScriptedServer::play_each(move |_| {
        let seen = seen.clone();
        greeted().serve(move |words| {
            seen.push(text(words));
            let value = String::from_utf8_lossy(&words[1]).into_owned();
            Some(format!("${}\r\n{value}\r\n", value.len()).into_bytes())
        })
    })
}

/// For the async client alone: the blocking one shares no connection.
#[test]
fn nobodys_commands_come_in_between_on_a_shared_connection_and_a_long_pipeline_has_its_own() {
    let (mut current, mut many) = runtimes();
    for builder in [current.enable_all(), many.worker_threads(2).enable_all()] {
        let seen = Heard::new();
        let server = echoing(&seen);
        let client = redis_async::Redis::from_url(&server.url()).expect("the URL is good");
        let runtime = builder.build().expect("a runtime can be made");
        runtime.block_on(async {
            use redis_async::prelude::*;
            let task = |number: usize| {
                let client = client.clone();
                tokio::spawn(async move {
                    let pipe = client.pipeline();
                    for index in 0..20 {
                        pipe.get(format!("{number}:{index}"));
                    }
                    let replies = pipe.execute::<Vec<String>>().await.expect("answered");
                    let single = client.get(format!("{number}:single")).await.expect("answered");
                    assert_eq!(single.expect("a value"), format!("{number}:single"));
                    let expected = (0..20).map(|index| format!("{number}:{index}"));
                    assert!(replies.into_iter().eq(expected));
                })
            };
            let tasks: Vec<_> = (0..30).map(task).collect();
            for task in tasks {
                task.await.expect("no panic");
            }
            assert_eq!(server.connections(), 1);

            let long = client.pipeline_with(PipelineOptions::new().contiguous_commands(2));
            long.get("x").get("y").get("z");
            let all = long.execute::<[String; 3]>().await.expect("answered");
            assert_eq!((all.concat(), server.connections()), ("xyz".to_owned(), 2));
            let wide = client.pipeline_with(PipelineOptions::new().contiguous_bytes(40));
            wide.get("xx").get("yy");
            wide.execute::<()>().await.expect("answered");
            assert_eq!(server.connections(), 2);
        });
        let words = seen.all();
        for number in 0..30 {
            let first = words.iter().position(|word| *word == format!("GET {number}:0"));
            let run = &words[first.expect("it was sent")..][..20];
            let expected = (0..20).map(|index| format!("GET {number}:{index}"));
            assert!(run.iter().cloned().eq(expected), "{run:?}");
        }
        drop(client);
        drop(runtime);
        server.finish();
    }
}

/// For the async client alone: the blocking one has no futures.
#[test]
fn a_pipeline_may_be_dropped_at_every_await_and_no_reply_is_anothers() {
    let seen = Heard::new();
    let server = echoing(&seen);
    let client = redis_async::Redis::from_url(&server.url()).expect("the URL is good");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime can be made").block_on(async {
        use redis_async::prelude::*;
        // in one piece, and over a connection of its own
        for contiguous in [1024, 1] {
            let mut finished = false;
            for polls in 0.. {
                if finished || polls > 200 {
                    break;
                }
                let options = PipelineOptions::new().contiguous_commands(contiguous);
                let pipe = client.pipeline_with(options);
                for index in 0..5 {
                    pipe.get(format!("{index}"));
                }
                let mut future = Box::pin(pipe.execute::<Vec<String>>());
                let mut polled = 0;
                finished = std::future::poll_fn(|cx| {
                    if polled == polls {
                        return std::task::Poll::Ready(false);
                    }
                    polled += 1;
                    future.as_mut().poll(cx).map(|outcome| {
                        assert_eq!(outcome.expect("answered"), ["0", "1", "2", "3", "4"]);
                        true
                    })
                })
                .await;
                drop(future);
                let after = client.pipeline();
                after.get("a").get("b");
                let both = after.execute::<(String, String)>().await.expect("answered");
                assert_eq!(both, ("a".to_owned(), "b".to_owned()), "dropped after {polls} polls");
                let single = client.get("single").await.expect("answered");
                assert_eq!(single.expect("a value"), "single");
            }
            assert!(finished, "it was done after some number of polls");
        }
    });
    drop(client);
    server.finish();
}
