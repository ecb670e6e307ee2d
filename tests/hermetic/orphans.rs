//! A reply that a blocking command got too late: what it took is handed over, and shifts no other reply.

use crate::both::{Heard, both_clients, greeted, text};
use redis_core::command::CallOptions;
use redis_core::config::ConfigBuilder;
use redis_core::event::Event;
use redis_core::orphan::Orphan;
use redis_core::{Delivery, ErrorKind, PipelineOptions, TimeoutKind};
use redis_tests::scripted::{Script, ScriptedServer};
use std::time::Duration;

/// A peer that says nothing to a command of this name until it is asked again, and then answers late.
fn late(name: &'static str, reply: &'static str) -> ScriptedServer {
    ScriptedServer::play_each(move |_| {
        let mut owes = false;
        greeted().serve(move |words| {
            let said = text(words);
            if said.starts_with(name) {
                owes = true;
                return Some(Vec::new());
            }
            let echoed = said.strip_prefix("ECHO ").unwrap_or("?").to_owned();
            let due = if std::mem::take(&mut owes) { reply } else { "" };
            Some(format!("{due}${}\r\n{echoed}\r\n", echoed.len()).into_bytes())
        })
    })
}

/// Little patience for one reply, though longer than its command asks the server to wait.
fn soon() -> CallOptions {
    CallOptions::new().response_timeout(Duration::from_millis(20))
}

/// One connection, and much patience for draining.
fn impatience(server: &ScriptedServer) -> String {
    format!(
        "{}?retries=0&pool_max_size=1&pool_drain_timeout=60s\
         &pool_acquire_timeout=60s",
        server.url()
    )
}

/// Looks until it is so: what is told is told after the connection is back, perhaps on another thread.
#[track_caller]
fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let so = (0..10_000_000).any(|_| {
        is_so() || {
            std::thread::yield_now();
            false
        }
    });
    assert!(so, "it never came true that {what}");
}

/// The same, which keeps what is orphaned, and all events.
fn impatient(
    server: &ScriptedServer,
    orphans: &Heard<Orphan>,
    events: &Heard<Event>,
) -> Result<ConfigBuilder, redis_core::Error> {
    let orphans = orphans.clone();
    let config = ConfigBuilder::from_url(&impatience(server))?.on_event(events.listener());
    Ok(config.on_orphan(move |orphan| orphans.push(orphan)))
}

fn orphaned(events: &Heard<Event>) -> Vec<String> {
    let all = events.all().into_iter();
    all.filter_map(|event| match event {
        Event::Orphaned { command, .. } => Some(command.into_owned()),
        _ => None,
    })
    .collect()
}

const POPPED: &str = "*2\r\n$1\r\nl\r\n$3\r\njob\r\n";

both_clients! {
    async fn what_a_late_reply_holds_is_handed_over_and_the_connection_used_again() {
        let (orphans, events) = (Heard::new(), Heard::new());
        let server = late("BLPOP", POPPED);
        let client = Redis::from_config(impatient(&server, &orphans, &events)?.build()?);
        let error = client.with(soon()).blpop("l", Duration::from_millis(1)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout(TimeoutKind::Reply), "{error}");
        assert_eq!(error.delivery(), Delivery::Unknown, "{error}");
        // the only connection there may be comes back when it is drained
        let connection = client.connection().await?;
        let echoed: String = connection.command("ECHO").arg("right").query().await?;
        assert_eq!(echoed, "right");
        let counted = client.statistics();
        assert_eq!((counted.recycled, counted.created, counted.blocking), (1, 1, 0), "{counted:?}");
        eventually("it is handed over", || !orphans.all().is_empty());
        drop((connection, client));
        server.finish();
        let all = orphans.all();
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].decode::<(String, String)>()?, ("l".to_owned(), "job".to_owned()));
        assert_eq!(orphaned(&events), ["BLPOP"]);
    }

    async fn where_nobody_wants_orphans_they_are_counted() {
        let events = Heard::new();
        let server = late("BZPOPMIN", "*3\r\n$1\r\nz\r\n$1\r\nm\r\n,1.5\r\n");
        let config = ConfigBuilder::from_url(&impatience(&server))?.on_event(events.listener());
        let client = Redis::from_config(config.build()?);
        let error = client.with(soon()).bzpopmin("z", Duration::from_millis(1)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout(TimeoutKind::Reply), "{error}");
        drop(client.connection().await?);
        eventually("it is told", || !orphaned(&events).is_empty());
        let counted = client.statistics();
        assert_eq!((counted.orphaned, counted.recycled), (1, 1), "{counted:?}");
        assert_eq!(orphaned(&events), ["BZPOPMIN"]);
        drop(client);
        server.finish();
    }

    async fn a_handler_that_panics_does_no_harm() {
        let server = late("BLPOP", POPPED);
        let config = ConfigBuilder::from_url(&impatience(&server))?;
        let client = Redis::from_config(config.on_orphan(|_| panic!("its own fault")).build()?);
        let error = client.with(soon()).blpop("l", Duration::from_millis(1)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout(TimeoutKind::Reply), "{error}");
        let connection = client.connection().await?;
        let echoed: String = connection.command("ECHO").arg("right").query().await?;
        assert_eq!(echoed, "right");
        eventually("the panic was caught", || client.pool().config().orphans().panics() == 1);
        drop((connection, client));
        server.finish();
    }

    async fn a_late_answer_that_took_nothing_is_no_orphan() {
        let replies = [
            ("BLPOP", "*-1\r\n"),
            ("BLPOP", "-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n"),
            // it reads: the entries are still there
            ("XREAD", "%1\r\n$1\r\nl\r\n*0\r\n"),
        ];
        for (name, reply) in replies {
            let (orphans, events) = (Heard::new(), Heard::new());
            let server = late(name, reply);
            let client = Redis::from_config(impatient(&server, &orphans, &events)?.build()?);
            let hasty = client.with(soon());
            let asked = hasty.command(name).key("l").arg(0).blocking(Duration::from_millis(1));
            let error = asked.query::<redis_core::Value>().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Timeout(TimeoutKind::Reply), "{error}");
            drop(client.connection().await?);
            let counted = client.statistics();
            assert_eq!((counted.recycled, counted.orphaned), (1, 0), "{name}: {counted:?}");
            drop(client);
            server.finish();
            assert!(orphans.all().is_empty() && orphaned(&events).is_empty(), "{name}");
        }
    }

    async fn a_late_reply_on_a_connection_of_ones_own_is_handed_over_when_that_goes_back() {
        let (orphans, events) = (Heard::new(), Heard::new());
        let server = late("BLPOP", POPPED);
        let client = Redis::from_config(impatient(&server, &orphans, &events)?.build()?);
        let connection = client.connection().await?;
        let error = connection.with(soon()).blpop("l", Duration::from_millis(1)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout(TimeoutKind::Reply), "{error}");
        assert!(orphans.all().is_empty());
        drop(connection);
        drop(client.connection().await?);
        assert_eq!(client.statistics().recycled, 1);
        eventually("it is handed over", || orphans.all().len() == 1);
        drop(client);
        server.finish();
    }

    async fn a_late_reply_of_a_pipeline_is_no_orphan_of_the_blocking_command_before_it() {
        for popped_late in [true, false] {
            let (orphans, events) = (Heard::new(), Heard::new());
            let mut due = String::new();
            let server = ScriptedServer::play(greeted().serve(move |words| {
                let said = text(words);
                let echoed = said.strip_prefix("ECHO ");
                match echoed.map(|echoed| format!("${}\r\n{echoed}\r\n", echoed.len())) {
                    Some(echo) => due += &echo,
                    None if said.starts_with("GET") => due += "$5\r\nvalue\r\n",
                    None => due += POPPED,
                }
                let now = echoed.is_some() || !popped_late && said.starts_with("BLPOP");
                Some(if now { std::mem::take(&mut due).into_bytes() } else { Vec::new() })
            }));
            let client = Redis::from_config(impatient(&server, &orphans, &events)?.build()?);
            let popped = client.with(soon()).blpop("l", Duration::from_millis(1)).await;
            assert_eq!(popped.is_err(), popped_late, "{popped:?}");
            drop(client.connection().await?);
            // over the same connection: a shared one still waits for what is late
            let options = PipelineOptions::new()
                .response_timeout(Duration::from_millis(20))
                .contiguous_commands(1);
            let pipe = client.pipeline_with(options);
            pipe.get("a").get("b");
            let error = pipe.execute::<(Option<String>, Option<String>)>().await.unwrap_err();
            assert!(error.is_timeout(), "{error}");
            drop(client.connection().await?);
            let (late, counted) = (u64::from(popped_late), client.statistics());
            assert_eq!((counted.recycled, counted.created), (1 + late, 1), "{counted:?}");
            eventually("they are told", || orphans.all().len() as u64 >= late);
            drop((pipe, client));
            server.finish();
            let told = orphaned(&events).len() as u64;
            assert_eq!(told, late, "values that were read are on the server still");
        }
    }
}

#[test]
fn a_handler_of_the_blocking_client_may_use_the_only_connection() {
    use redis_sync::prelude::*;
    use std::sync::OnceLock;
    static CLIENT: OnceLock<Redis> = OnceLock::new();
    let (echoed, events) = (Heard::new(), Heard::new());
    let server = late("BLPOP", POPPED);
    let (answers, nobody) = (echoed.clone(), Heard::new());
    let config = impatient(&server, &nobody, &events).expect("the URL is good");
    let config = config.on_orphan(move |orphan| {
        let (_, job) = orphan.decode::<(String, String)>().expect("a list and a job");
        let client = CLIENT.get().expect("made below");
        answers.push(client.command("ECHO").arg(job).query::<String>().expect("an answer"));
    });
    let client = CLIENT.get_or_init(|| Redis::from_config(config.build().expect("it is right")));
    client.with(soon()).blpop("l", Duration::from_millis(1)).expect_err("no reply in time");
    assert_eq!(echoed.all(), ["job"]);
    assert_eq!(client.statistics().created, 1);
}

/// For the async client alone: the blocking one has no futures to drop.
#[tokio::test]
async fn a_wait_is_not_ended_on_another_server_that_has_the_same_name() {
    use redis_async::prelude::*;
    use redis_async::{BoxFuture, CloseReason, Resolver};
    use std::net::SocketAddr;
    use std::sync::Mutex;
    /// One address after the other, and then the last again and again.
    struct InTurn(Mutex<Vec<SocketAddr>>);
    impl Resolver for InTurn {
        fn resolve<'a>(
            &'a self,
            _: &'a str,
            _: u16,
        ) -> BoxFuture<'a, std::io::Result<Vec<SocketAddr>>> {
            let mut left = self.0.lock().expect("nobody panicked");
            let next = if left.len() > 1 { left.remove(0) } else { left[0] };
            Box::pin(async move { Ok(vec![next]) })
        }
    }
    let (arrived, said) = (Heard::new(), Heard::new());
    let (arriving, saying) = (arrived.clone(), said.clone());
    let first = ScriptedServer::play(greeted().serve(move |words| {
        arriving.push(text(words));
        Some(Vec::new())
    }));
    let second = ScriptedServer::play_each(move |_| {
        let saying = saying.clone();
        Script::new().serve(move |words| {
            let words = text(words);
            saying.push(words.clone());
            Some(match words.split(' ').next() {
                Some("HELLO") => b"%2\r\n$5\r\nproto\r\n:3\r\n$2\r\nid\r\n:7\r\n".to_vec(),
                _ => b"+OK\r\n".to_vec(),
            })
        })
    });
    let client = Redis::builder()
        .host("several.example")
        .resolver(InTurn(Mutex::new(vec![first.address(), second.address()])))
        .pool_drain_timeout(Duration::from_millis(200))
        .build()
        .expect("the settings are good");
    {
        let mut popping = client.blpop("l", Duration::ZERO);
        let mut arrives = tokio::time::interval(Duration::from_millis(1));
        while arrived.all().is_empty() {
            tokio::select! {
                popped = &mut popping => panic!("nobody answered: {popped:?}"),
                _ = arrives.tick() => {}
            }
        }
    }
    while client.statistics().closed(CloseReason::NotDrained) == 0 {
        tokio::task::yield_now().await;
    }
    drop(client);
    first.finish();
    second.finish();
    let said = said.all();
    assert!(said.iter().any(|words| words.starts_with("HELLO")), "{said:?}");
    assert!(!said.iter().any(|words| words.contains("UNBLOCK")), "{said:?}");
}
