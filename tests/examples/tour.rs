//! The tour: both clients doing real work on a real server. `cargo xtask demo` runs it.
//!
//! Each step prints the code, the answer and the time it took.

use redis_tests::progress::Progress;
use std::time::{Duration, Instant};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Prints a piece of code, runs it, prints what it gave.
macro_rules! show {
    ($code:expr) => {{
        let begun = Instant::now();
        let value = $code;
        report(stringify!($code), format_args!("{value:?}"), begun.elapsed());
        value
    }};
}

fn main() -> Result<()> {
    let url = std::env::var("REDIS_URL").unwrap_or_else(|_| "redis://localhost:6379".to_owned());
    println!("A tour of the Redis client for Rust.");
    blocking(&url)?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(nonblocking(&url))?;
    println!("\nThat was the tour. README.md says how to depend on it and where to read on.");
    Ok(())
}

/// One struct and one trait for both clients: the types are the core's.
#[derive(Debug, redis_sync::FromReply)]
struct User {
    name: String,
    visits: u32,
    #[redis(rename = "e-mail")]
    email: Option<String>,
}

/// A command of one's own, for every client.
#[redis_sync::commands]
trait Shouting {
    /// Echoes a message.
    #[command("ECHO", read_only)]
    fn shout(&self, message: impl redis_sync::ToArg) -> String;
}

/// A script for both clients, its digest computed at compile time.
static ADD: redis_sync::Script =
    redis_sync::Script::new("return redis.call('INCRBY', KEYS[1], ARGV[1])");

/// A library of functions, loaded where one of them is missing.
const LIBRARY: &str = "#!lua name=tour
    redis.register_function('tour_greet', function(_, args) return 'Hello, ' .. args[1] end)";

fn blocking(url: &str) -> Result<()> {
    use redis_sync::prelude::*;
    use redis_sync::{KeyScanOptions, StreamConsumerOptions};

    headline("Blocking");
    let r = Redis::from_url(url)?;
    show!(r.ping()?);
    show!(r.set("tour:foo", "bar")?);
    show!(r.get("tour:foo")?);
    show!(r.get("tour:nobody")?);
    show!(r.incr("tour:hits")?);
    show!(r.typed::<u32>().get("tour:hits")?);

    headline("A derived struct");
    show!(r.del("tour:user")?);
    show!(r.hset("tour:user", [("name", "Ada"), ("visits", "7"), ("e-mail", "ada@example.org")])?);
    show!(r.hgetall("tour:user")?.len());
    let user = show!(r.typed::<User>().hgetall("tour:user")?);
    println!("      {} has been here {} times; mail to {:?}", user.name, user.visits, user.email);
    show!(r.typed::<Option<User>>().hgetall("tour:nobody")?);

    headline("Your own command, and any other by name");
    show!(r.shout("hello from a downstream trait")?);
    show!(r.command("OBJECT").arg("ENCODING").key("tour:hits").query::<String>()?);

    headline("Several at once");
    show!(
        r.pipeline()
            .set("tour:n", 1)
            .incr("tour:n")
            .get("tour:n")
            .execute::<((), i64, String)>()?
    );
    show!(r.pipeline().atomic().incr("tour:n").incr("tour:n").execute::<(i64, i64)>()?);

    headline("Scripts, sent whole only where the server does not know them");
    show!(r.script_exists(ADD.digest())?);
    show!(ADD.key("tour:n").arg(40).run(&r)?);
    show!(ADD.key("tour:n").arg(1).query::<u8, _>(&r)?);
    show!(r.script_exists(ADD.digest())?);
    show!(
        r.pipeline()
            .atomic()
            .set("tour:n", 1)
            .run_script(ADD.key("tour:n").arg(1))
            .execute::<((), i64)>()?
    );
    let library = redis_sync::Library::from_code(LIBRARY)?;
    show!(library.function("tour_greet").arg("Ada").query::<String, _>(&r)?);
    headline("Waiting for work");
    show!(r.del("tour:jobs")?);
    show!(r.blpop("tour:jobs", Duration::from_millis(50))?);
    show!(r.rpush("tour:jobs", "sweep the floor")?);
    show!(r.blpop("tour:jobs", Duration::from_secs(5))?);
    headline("Looking on at the server");
    let mut monitor = r.monitor()?;
    show!(r.set("tour:seen", "tab\tand\nline")?);
    let event = loop {
        let event = monitor.next_within(Duration::from_secs(5))?.ok_or("no event came")?;
        if event.arguments.first().is_some_and(|key| *key == "tour:seen") {
            break event;
        }
    };
    show!((event.time, event.database, event.client, event.command, event.arguments));
    drop(monitor);

    headline("A connection that takes no turns");
    let mut raw = r.raw_connection()?;
    show!(raw.send(("CLIENT", "REPLY", "SKIP"))?);
    show!(raw.send(("INCR", "tour:n"))?);
    show!(raw.send(("INCR", "tour:n"))?);
    show!(raw.receive()?.value());
    drop(raw);
    headline("Page by page, item by item");
    show!(r.sadd("tour:set", (0..10_000).collect::<Vec<u32>>())?);
    show!(
        r.sscan_iter("tour:set")
            .typed::<u64>()
            .sum::<redis_sync::Result<u64>>()
            .map(|sum| format!("the sum of its members is {sum}"))?
    );
    let mut half = r.scan_iter_with(KeyScanOptions::new().pattern("tour:*").count(5));
    let _ = show!(half.next().transpose()?);
    show!(half.cursor());

    headline("A consumer of a stream: nothing is lost");
    r.del("tour:jobs")?;
    for job in ["wash", "iron", "fold"] {
        r.xadd("tour:jobs", [("do", job)])?;
    }
    let options = || StreamConsumerOptions::new().create_group("0");
    let mut anna = r.stream_consumer_with("tour:jobs", "workers", "anna", options())?;
    if let Some(entry) = anna.next() {
        println!("      anna has {:?}, and dies", entry?.fields);
    }
    drop(anna);
    let anna = show!(r.stream_consumer_with("tour:jobs", "workers", "anna", options())?);
    let stop = anna.stop_handle();
    for (number, entry) in anna.enumerate() {
        let entry = entry?;
        println!("      {:?} again: {:?}", entry.origin(), entry.fields);
        entry.ack()?;
        if number == 2 {
            stop.stop();
        }
    }
    show!(r.xpending("tour:jobs", "workers")?.count);
    headline("One at a time, across processes");
    let lock = r.lock("tour:lock").lease(Duration::from_secs(5)).renew(true);
    let guard = show!(lock.acquire()?);
    show!(r.lock("tour:lock").try_acquire()?.is_none());
    let _ = show!(lock.acquire().map_err(|error| error.kind()));
    show!(guard.release()?);
    headline("Published, and heard by everybody who subscribed");
    let (mut one, mut other) = (r.pubsub(), r.pubsub());
    show!(one.subscribe("tour:news")?);
    show!(other.psubscribe("tour:*")?);
    show!(r.publish("tour:news", "it rains")?);
    show!(one.next_message()?.map(|message| message.payload));
    show!(other.next_message()?.map(|message| (message.pattern, message.payload)));
    // somebody cuts the line: what was subscribed to is restored, and the gap is told of
    show!(r.command("CLIENT KILL").arg("TYPE").arg("pubsub").query::<i64>()?);
    while let Some(event) = other.get_message(Duration::from_secs(5))? {
        println!("      {event:?}");
        if matches!(event, redis_sync::PubSubEvent::Gap(redis_sync::Gap::Restored)) {
            break;
        }
    }
    show!(r.publish("tour:news", "the sun shines")?);
    show!(other.next_message()?.map(|message| message.payload));

    headline("Errors say what happened");
    let _ = show!(r.incr("tour:foo").map_err(|error| (
        error.kind(),
        error.delivery(),
        error.to_string()
    )));
    let _ = show!(r.typed::<u8>().get("tour:nobody").map_err(|error| error.to_string()));
    let _ = show!(r.command("SELECT").arg(1).query::<()>().map_err(|error| error.to_string()));

    headline("What the server is");
    let values = r.info()?;
    for name in ["redis_version", "server_name", "os", "used_memory_human"] {
        if let Some(value) = values.get(name) {
            println!("      {name}: {value}");
        }
    }
    println!("      {:?}", r.statistics());
    Ok(())
}

async fn nonblocking(url: &str) -> Result<()> {
    use redis_async::prelude::*;

    headline("Async");
    let r = Redis::from_url(url)?;
    show!(r.set("tour:foo", "bar").await?);
    show!(r.get("tour:foo").await?);
    show!(tokio::try_join!(r.typed::<i64>().get("tour:hits"), r.incr("tour:hits"))?);
    show!(r.typed::<User>().hgetall("tour:user").await?);
    show!(r.shout("the same trait, awaited").await?);
    show!(r.pipeline().incr("tour:n").get("tour:n").execute::<(i64, String)>().await?);

    show!(tokio::try_join!(
        ADD.key("tour:n").arg(1).run(&r),
        r.typed::<String>().run_script(ADD.key("tour:n").arg(1))
    )?);
    headline("A wait that is dropped loses nothing");
    let (keep, mut kept) = tokio::sync::mpsc::unbounded_channel();
    let config = redis_async::ConfigBuilder::from_url(url)?.on_orphan(move |orphan| {
        let _ = keep.send(orphan.decode::<(String, String)>());
    });
    let worker = Redis::from_config(config.pool_drain_timeout(Duration::from_secs(5)).build()?);
    r.del("tour:race").await?;
    let mut orphans = 0;
    for number in 0..100 {
        // when the push is done, the pop is dropped: whether it took the value by then is a matter of luck
        let popped = tokio::select! {
            biased;
            popped = worker.blpop("tour:race", Duration::ZERO) => popped?,
            pushed = r.rpush("tour:race", number) => { pushed?; None }
        };
        if popped.is_none() {
            let left = r.lpop("tour:race").await?;
            if left.is_none() {
                let orphan = kept.recv().await.ok_or("the client is there")??;
                assert_eq!(orphan.1, number.to_string());
                orphans += 1;
            }
        }
    }
    println!("      100 pushed, {orphans} of them found by nobody but the orphanage");
    println!("      {:?}", worker.statistics());
    headline("Looking on, as a stream");
    let mut monitor = r.monitor().await?;
    show!(r.get("tour:foo").await?);
    let event = loop {
        let event = monitor.next().await.ok_or("the monitor ended")??;
        if event.arguments.first().is_some_and(|key| *key == "tour:foo") {
            break event;
        }
    };
    show!((event.client, event.command, event.arguments));
    drop(monitor);
    headline("A walk and a consumer, as Streams");
    let (mut walk, mut count) = (r.sscan_iter("tour:set").typed::<u32>(), 0);
    while let Some(member) = walk.next().await {
        member?;
        count += 1;
    }
    println!("      {count} members, some perhaps twice");
    r.xadd("tour:jobs", [("do", "rest")]).await?;
    let mut bert = r.stream_consumer("tour:jobs", "workers", "bert")?;
    if let Some(entry) = bert.next().await {
        let entry = entry?;
        println!("      bert has {:?}", entry.fields);
        show!(entry.ack().await?);
    }
    headline("Woken by a release: who waits would look again in an hour");
    let (guard, waiter) = (r.lock("tour:lock").acquire().await?, r.lock("tour:lock"));
    let waiter = waiter.sleep(Duration::from_secs(3600));
    let turn = tokio::spawn(async move { waiter.acquire().await?.release().await });
    show!(guard.release().await?);
    show!(turn.await??);
    headline("Messages as a stream");
    let mut p = r.pubsub();
    p.subscribe("tour:numbers").await?;
    const MESSAGES: u64 = 100_000;
    let begun = Instant::now();
    let publisher = tokio::spawn({
        let r = r.clone();
        async move {
            for _ in 0..MESSAGES / 1000 {
                let pipe = r.pipeline();
                for number in 0..1000 {
                    pipe.publish("tour:numbers", number);
                }
                pipe.execute::<Vec<u64>>().await?;
            }
            Ok::<_, redis_async::Error>(())
        }
    });
    let mut heard = 0;
    while heard < MESSAGES && p.next_message().await?.is_some() {
        heard += 1;
    }
    publisher.await??;
    let rate = heard as f64 / begun.elapsed().as_secs_f64();
    println!("      {heard} messages, {rate:.0} a second, {} dropped", p.dropped());

    headline("A hundred thousand commands, from a thousand tasks on one connection");
    const TASKS: u64 = 1_000;
    const EACH: u64 = 100;
    r.del("tour:load").await?;
    let progress = std::sync::Arc::new(Progress::new("INCR", TASKS * EACH));
    let begun = Instant::now();
    let tasks: Vec<_> = (0..TASKS)
        .map(|_| {
            let (r, progress) = (r.clone(), progress.clone());
            tokio::spawn(async move {
                for _ in 0..EACH {
                    r.incr("tour:load").await?;
                    progress.step();
                }
                Ok::<_, redis_async::Error>(())
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    let took = begun.elapsed();
    progress.finish();
    let counted = show!(r.typed::<u64>().get("tour:load").await?);
    assert_eq!(counted, TASKS * EACH, "every command ran once");
    let rate = (TASKS * EACH) as f64 / took.as_secs_f64();
    println!("      {rate:.0} commands a second, {took:.2?} in all");
    Ok(())
}

fn headline(text: &str) {
    println!("\n== {text}");
}

fn report(code: &str, answer: std::fmt::Arguments<'_>, took: Duration) {
    let code = code.split_whitespace().collect::<Vec<_>>().join(" ");
    println!("  {code}\n      {answer}    [{took:.1?}]");
}
