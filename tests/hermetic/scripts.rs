//! Scripts and functions against a scripted peer: what is sent where the peer does not know them, and what
//! is known of them when it goes wrong half-way.

use crate::both::{Heard, both_clients, greeted, text};
use redis_core::config::ConfigBuilder;
use redis_core::event::Event;
use redis_core::recorder::{CommandRecord, Recorder};
use redis_core::retry::{NoBackoff, RetryPolicy};
use redis_core::{Delivery, ErrorKind, Library, Replies, Result, Script, ServerErrorKind};
use redis_tests::scripted::ScriptedServer;

const SOURCE: &str = "return redis.call('INCR', KEYS[1])";
static INCR: Script = Script::new(SOURCE);
static READ: Script = Script::new(SOURCE).read_only();

const NO_SCRIPT: &str = "-NOSCRIPT No matching script. Please use EVAL.\r\n";
const NO_FUNCTION: &str = "-ERR Function not found\r\n";
const THERE: &str = "-ERR Library 'lib' already exists\r\n";

/// Settings under which everything may be tried again twice, at once.
fn twice(server: &ScriptedServer) -> ConfigBuilder {
    let builder = ConfigBuilder::from_url(&server.url()).expect("the URL is good");
    builder.retry(RetryPolicy::new(NoBackoff, 2))
}

fn library() -> Library {
    Library::new("lua", "lib", "code").expect("it is named")
}

const CODE: &str = "#!lua name=lib\ncode";

/// Hears of each command how often it was tried.
struct Recorded(Heard<(String, u32)>);

impl Recorder for Recorded {
    fn command_finished(&self, command: &CommandRecord<'_>) {
        self.0.push((command.command.to_owned(), command.attempts));
    }
}

both_clients! {
    async fn a_script_that_the_peer_does_not_know_is_sent_whole_once_and_that_is_no_retry() {
        let digest = INCR.digest();
        let script = greeted()
            .expect(&["EVALSHA", digest, "1", "k", "a"]).send(NO_SCRIPT)
            .expect(&["EVAL", SOURCE, "1", "k", "a"]).send(":1\r\n")
            .expect(&["EVALSHA", digest, "1", "k", "a"]).send(":2\r\n")
            .stall();
        let server = ScriptedServer::play(script);
        let heard = Heard::new();
        let config = twice(&server).retry(RetryPolicy::none()).on_event(heard.listener());
        let client = Redis::from_config(config.build()?);
        let call = || INCR.arg("a").key("k");
        let one: i64 = call().query(&client).await?;
        let two = client.typed::<u8>().run_script(call()).await?;
        assert_eq!((one, two), (1, 2));
        let retried = heard.all().iter().any(|event| matches!(event, Event::Retried { .. }));
        assert!(!retried);
        drop(client);
        server.finish();
    }

    async fn what_makes_up_for_a_refusal_is_no_attempt_of_its_own() {
        let script = greeted()
            .expect(&["EVALSHA", INCR.digest(), "0"]).send(NO_SCRIPT)
            .expect(&["EVAL", SOURCE, "0"]).send(":1\r\n")
            .expect(&["EVALSHA", INCR.digest(), "0"]).send("-LOADING Redis is loading the dataset in memory\r\n")
            .expect(&["EVALSHA", INCR.digest(), "0"]).send(":2\r\n")
            .stall();
        let server = ScriptedServer::play(script);
        let heard = Heard::new();
        let client = Redis::from_config(twice(&server).recorder(Recorded(heard.clone())).build()?);
        let one: i64 = INCR.query(&client).await?;
        let two: i64 = INCR.query(&client).await?;
        assert_eq!((one, two), (1, 2));
        assert_eq!(heard.all(), [("EVALSHA".to_owned(), 1), ("EVALSHA".to_owned(), 2)]);
        drop(client);
        server.finish();
    }

    async fn a_peer_that_refuses_the_whole_script_too_is_not_asked_for_ever() {
        let script = greeted()
            .expect(&["EVALSHA", INCR.digest(), "0"]).send(NO_SCRIPT)
            .expect(&["EVAL", SOURCE, "0"]).send(NO_SCRIPT)
            .stall();
        let server = ScriptedServer::play(script);
        let client = Redis::from_config(twice(&server).build()?);
        let error = INCR.run(&client).await.unwrap_err();
        assert_eq!((error.kind(), error.delivery()), (ErrorKind::Server(ServerErrorKind::NoScript), Delivery::Rejected));
        drop(client);
        server.finish();
    }

    async fn one_that_writes_is_in_doubt_when_its_reply_is_lost_and_one_that_reads_is_run_again() {
        let server = ScriptedServer::play_all(vec![
            greeted().expect(&["EVALSHA", INCR.digest(), "0"]).send(NO_SCRIPT).expect(&["EVAL", SOURCE, "0"]).close(),
        ]);
        let client = Redis::from_config(twice(&server).build()?);
        let error = INCR.run(&client).await.unwrap_err();
        assert_eq!(error.delivery(), Delivery::Unknown, "{error:?}");
        drop(client);
        server.finish();
        let digest = READ.digest();
        let server = ScriptedServer::play_all(vec![
            greeted().expect(&["EVALSHA_RO", digest, "0"]).send(NO_SCRIPT).expect(&["EVAL_RO", SOURCE, "0"]).close(),
            greeted().expect(&["EVALSHA_RO", digest, "0"]).send(NO_SCRIPT).expect(&["EVAL_RO", SOURCE, "0"]).send(":7\r\n").stall(),
        ]);
        let client = Redis::from_config(twice(&server).build()?);
        let seven: i64 = READ.query(&client).await?;
        assert_eq!(seven, 7);
        drop(client);
        server.finish();
    }

    async fn a_connection_of_ones_own_sends_it_whole_too() {
        let script = greeted()
            .expect(&["EVALSHA", INCR.digest(), "0"]).send(NO_SCRIPT)
            .expect(&["EVAL", SOURCE, "0"]).send(":1\r\n")
            .stall();
        let server = ScriptedServer::play(script);
        let client = Redis::from_url(&server.url())?;
        let connection = client.connection().await?;
        // a type that keeps errors does not keep this one
        let one = connection.typed::<Result<i64>>().run_script(&INCR).await?;
        assert_eq!(one?, 1);
        drop((client, connection));
        server.finish();
    }

    async fn a_pipeline_sends_the_first_call_of_each_script_whole_and_counts_as_its_user_does() {
        let digest = INCR.digest();
        let script = greeted()
            .expect(&["GET", "a"]).expect(&["EVAL", SOURCE, "1", "k"]).expect(&["EVALSHA_RO", digest, "1", "k"])
            .expect(&["EVAL", "return 1", "0"]).expect(&["EVALSHA", digest, "1", "k"])
            .send("$-1\r\n:1\r\n:2\r\n-MYCODE broken\r\n:3\r\n")
            .expect(&["MULTI"])
            .expect(&["GET", "a"]).expect(&["EVAL", SOURCE, "1", "k"]).expect(&["EVALSHA_RO", digest, "1", "k"])
            .expect(&["EVAL", "return 1", "0"]).expect(&["EVALSHA", digest, "1", "k"])
            .expect(&["EXEC"])
            .send("+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n*5\r\n$-1\r\n:4\r\n:5\r\n-MYCODE broken\r\n:6\r\n")
            .stall();
        let server = ScriptedServer::play(script);
        let client = Redis::from_url(&server.url())?;
        let pipe = client.pipeline();
        pipe.get("a").run_script(INCR.key("k")).run_script(READ.key("k"));
        pipe.run_script(&Script::new("return 1")).run_script(INCR.key("k"));
        let replies: Replies = pipe.execute().await?;
        let first = replies.errors().map(|error| (error.context().index, error.delivery())).collect::<Vec<_>>();
        assert_eq!(first, [(Some(3), Delivery::Unknown)]);
        assert_eq!((replies.read::<i64>(2)?, replies.read::<i64>(4)?), (2, 3));
        let replies: Replies = pipe.atomic().execute().await?;
        assert_eq!((replies.read::<i64>(2)?, replies.read::<i64>(4)?), (5, 6));
        let error = replies.read::<i64>(3).unwrap_err();
        assert_eq!(error.to_string().split(" (127").next(), Some("EVALSHA (command 3 of the pipeline): MYCODE broken"));
        drop(client);
        server.finish();
    }

    async fn a_pipeline_that_is_tried_again_sends_it_whole_again() {
        let loading = "-LOADING Redis is loading the dataset in memory\r\n";
        let script = greeted()
            .expect(&["EVAL", SOURCE, "0"]).expect(&["EVALSHA", INCR.digest(), "0"]).send(loading).send(loading)
            .expect(&["EVAL", SOURCE, "0"]).expect(&["EVALSHA", INCR.digest(), "0"]).send(":1\r\n:2\r\n")
            .stall();
        let server = ScriptedServer::play(script);
        let client = Redis::from_config(twice(&server).build()?);
        let pipe = client.pipeline();
        pipe.run_script(&INCR).run_script(&INCR);
        let counts = pipe.execute::<Vec<i64>>().await?;
        assert_eq!(counts, [1, 2]);
        drop((client, pipe));
        server.finish();
    }

    async fn what_a_script_in_a_pipeline_says_itself_does_not_run_it_again() {
        let seen = Heard::new();
        let server = ScriptedServer::play_each({
            let seen = seen.clone();
            move |_| {
                let seen = seen.clone();
                greeted().serve(move |words| {
                    seen.push(text(words));
                    Some(b"-BUSY the lock is taken\r\n".to_vec())
                })
            }
        });
        let client = Redis::from_config(twice(&server).build()?);
        let pipe = client.pipeline();
        pipe.run_script(&INCR);
        let error = pipe.execute::<()>().await.unwrap_err();
        assert_eq!((seen.all().len(), error.delivery()), (1, Delivery::Unknown));
    }

    async fn a_library_is_loaded_unless_somebody_was_faster() {
        let script = greeted()
            .expect(&["FCALL", "f", "1", "k", "a"]).send(NO_FUNCTION)
            .expect(&["FUNCTION", "LOAD", CODE]).send("$3\r\nlib\r\n")
            .expect(&["FCALL", "f", "1", "k", "a"]).send(":1\r\n")
            .expect(&["FCALL", "f", "1", "k", "a"]).send(NO_FUNCTION)
            .expect(&["FUNCTION", "LOAD", CODE]).send(THERE)
            .expect(&["FCALL", "f", "1", "k", "a"]).send(":2\r\n")
            .expect(&["FCALL", "f", "1", "k", "a"]).send(NO_FUNCTION)
            .expect(&["FUNCTION", "LOAD", CODE]).send(THERE)
            .expect(&["FCALL", "f", "1", "k", "a"]).send(NO_FUNCTION)
            .stall();
        let server = ScriptedServer::play(script);
        let client = Redis::from_config(twice(&server).build()?);
        let call = || library().function("f").key("k").arg("a");
        let one: i64 = call().query(&client).await?;
        let two: i64 = call().query(&client).await?;
        assert_eq!((one, two), (1, 2));
        let error = call().run(&client).await.unwrap_err();
        assert_eq!((error.message(), error.delivery()), ("ERR Function not found", Delivery::Rejected));
        drop(client);
        server.finish();
    }

    async fn a_library_of_other_code_is_replaced_where_that_is_asked_for() {
        let described = |code: &str| format!("*1\r\n*4\r\n$12\r\nlibrary_name\r\n$3\r\nlib\r\n$12\r\nlibrary_code\r\n${}\r\n{code}\r\n", code.len());
        let (same, other) = (described(CODE), described("#!lua name=lib\nolder"));
        let asks = ["FUNCTION", "LIST", "LIBRARYNAME", "lib", "WITHCODE"];
        for (list, replaces) in [(same.clone(), false), (other.clone(), true), ("*0\r\n".to_owned(), true),
            (same.replace("*4", "%2"), false), (other.replace("*4", "%2"), true)] {
            let mut script = greeted()
                .expect(&["FCALL", "f", "0"]).send(NO_FUNCTION)
                .expect(&["FUNCTION", "LOAD", CODE]).send(THERE)
                .expect(&asks).send(&list);
            if replaces {
                script = script.expect(&["FUNCTION", "LOAD", "REPLACE", CODE]).send("$3\r\nlib\r\n");
            }
            let server = ScriptedServer::play(script.expect(&["FCALL", "f", "0"]).send(":1\r\n").stall());
            let client = Redis::from_config(twice(&server).build()?);
            let one: i64 = library().replace_if_different().function("f").query(&client).await?;
            assert_eq!(one, 1);
            drop(client);
            server.finish();
        }
    }

    async fn a_call_whose_library_was_lost_on_its_way_did_not_run() {
        let server = ScriptedServer::play_all(vec![
            greeted().expect(&["FCALL", "f", "0"]).send(NO_FUNCTION).expect(&["FUNCTION", "LOAD", CODE]).close(),
            greeted().expect(&["FCALL", "f", "0"]).send(":1\r\n").stall(),
        ]);
        let client = Redis::from_config(twice(&server).build()?);
        let one: i64 = library().function("f").query(&client).await?;
        assert_eq!(one, 1);
        drop(client);
        server.finish();
        let refusal = "-ERR Error compiling function: broken\r\n";
        let server = ScriptedServer::play(
            greeted().expect(&["FCALL", "f", "0"]).send(NO_FUNCTION).expect(&["FUNCTION", "LOAD", CODE]).send(refusal).stall(),
        );
        let client = Redis::from_config(twice(&server).build()?);
        let error = library().function("f").run(&client).await.unwrap_err();
        assert_eq!((error.context().command.as_deref(), error.delivery()), (Some("FUNCTION LOAD"), Delivery::Rejected));
        drop(client);
        server.finish();
    }
}
