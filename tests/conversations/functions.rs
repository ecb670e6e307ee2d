//! Libraries of functions on real servers: loaded where they are missing, whoever else loads them.
//!
//! Each test has a server of its own: what a server has loaded is known to all of its clients.

use crate::both::{async_client, blocking_client, both_clients, on_every_server, runtime};
use redis_core::retry::RetryPolicy;
use redis_core::{Delivery, ErrorKind, Library, Replies, ServerErrorKind, Value};
use redis_tests::server::Server;

/// A library whose functions say which version they are of.
fn version(number: u32) -> Library {
    library(&format!(
        "redis.register_function('version', function() return {number} end)
         redis.register_function('only_{number}', function() return {number} end)"
    ))
}

fn library(body: &str) -> Library {
    Library::new("lua", "conversations", body).expect("it is named")
}

/// One that counts at its key.
fn counter() -> Library {
    library(
        "redis.register_function('count', function(keys, args)
             return redis.call('INCRBY', keys[1], args[1])
         end)
         redis.register_function{
             function_name = 'read',
             callback = function(keys) return redis.call('GET', keys[1]) end,
             flags = {'no-writes'}
         }",
    )
}

both_clients! {
    since(7, 0) async fn a_library_is_loaded_where_a_function_of_it_is_missing(test) {
        let own = Server::of(test.row).start();
        let redis = Redis::from_url(&format!("{}?protocol={}", own.url(), test.protocol))?;
        let counter = counter();
        let count = || counter.function("count").key("n").arg(1);
        let first = count().run(&redis).await?;
        let second: i64 = count().query(&redis).await?;
        assert_eq!((first, second), (Value::Integer(1), 2));
        redis.function_flush().await?;
        let read: i64 = counter.function("read").key("n").read_only().query(&redis).await?;
        redis.function_flush().await?;
        let connection = redis.connection().await?;
        let third = count().run(&connection.typed::<u8>()).await?;
        redis.function_flush().await?;
        let kept = redis.typed::<redis_core::Result<i64>>();
        let fourth = count().run(&kept).await?;
        assert_eq!((read, third, fourth?), (2, 3, 4));
        let libraries = redis.function_list().await?;
        assert_eq!((libraries.len(), libraries[0].name.as_str()), (1, counter.name()));
    }

    since(7, 0) async fn a_function_that_its_library_has_not_is_not_found(test) {
        let own = Server::of(test.row).start();
        let redis = Redis::from_url(&format!("{}?protocol={}", own.url(), test.protocol))?;
        for _ in 0..2 {
            let error = counter().function("nosuch").run(&redis).await.unwrap_err();
            assert_eq!(error.message(), "ERR Function not found");
            assert_eq!((error.delivery(), error.context().command.as_deref()), (Delivery::Rejected, Some("FCALL")));
        }
    }

    since(7, 0) async fn another_version_stays_unless_it_is_to_be_replaced(test) {
        let own = Server::of(test.row).start();
        let redis = Redis::from_url(&format!("{}?protocol={}", own.url(), test.protocol))?;
        let (old, new) = (version(1), version(2));
        let installed = old.install(&redis).await?;
        assert_eq!(installed, old.name());
        let error = new.function("only_2").run(&redis).await.unwrap_err();
        assert_eq!(error.message(), "ERR Function not found");
        let stays: u32 = new.function("version").query(&redis).await?;
        assert_eq!(stays, 1);
        let new = new.replace_if_different();
        let replaced: u32 = new.function("only_2").query(&redis).await?;
        let called: u32 = old.function("version").query(&redis).await?;
        assert_eq!((replaced, called), (2, 2));
        // the same code is not loaded again
        let mut raw = own.raw();
        raw.call(&["CONFIG", "RESETSTAT"]);
        let error = new.function("only_3").run(&redis).await.unwrap_err();
        assert_eq!(error.message(), "ERR Function not found");
        let loads = raw.call(&["INFO", "commandstats"]).text();
        assert!(loads.contains("cmdstat_function|load:calls=1,") && loads.contains("cmdstat_function|list:calls=1,"), "{loads}");
    }

    since(7, 0) async fn a_library_that_cannot_be_loaded_says_so(test) {
        let own = Server::of(test.row).start();
        let redis = Redis::from_url(&format!("{}?protocol={}", own.url(), test.protocol))?;
        let error = library("no lua at all").function("f").run(&redis).await.unwrap_err();
        assert_eq!((error.delivery(), error.context().command.as_deref()), (Delivery::Rejected, Some("FUNCTION LOAD")));
        assert!(error.message().starts_with("ERR Error compiling function"), "{error}");
        version(1).install(&redis).await?;
        let other = Library::new("lua", "other", "redis.register_function('version', function() return 3 end)")?;
        let error = other.function("missing").run(&redis).await.unwrap_err();
        assert_eq!(error.message(), "ERR Function version already exists");
    }

    since(7, 0) async fn a_pipeline_and_a_transaction_install_it_first(test) {
        let own = Server::of(test.row).start();
        let redis = Redis::from_url(&format!("{}?protocol={}", own.url(), test.protocol))?;
        let counter = counter();
        let pipe = redis.pipeline();
        counter.function("count").key("n").arg(1).run(&pipe);
        let error = pipe.execute::<(Value,)>().await.unwrap_err();
        assert_eq!((error.message(), error.delivery()), ("ERR Function not found", Delivery::Rejected));
        pipe.clear();
        counter.install(&pipe);
        counter.function("count").key("n").arg(1).run(&pipe);
        let replies: Replies = pipe.execute().await?;
        assert_eq!((replies.read::<String>(0)?, replies.read::<i64>(1)?), (counter.name().to_owned(), 1));
        redis.function_flush().await?;
        let (_, two): (String, i64) = pipe.atomic().execute().await?;
        assert_eq!(two, 2);
    }

    since(7, 0) async fn what_a_function_says_itself_is_handed_on(test) {
        let own = Server::of(test.row).start();
        let redis = Redis::from_url(&format!("{}?protocol={}", own.url(), test.protocol))?;
        let says = library("redis.register_function('says', function(keys)
            redis.call('SET', keys[1], 'x')
            return redis.error_reply('ERR Function not found, says the function')
        end)");
        says.install(&redis).await?;
        let error = says.function("says").key("k").run(&redis).await.unwrap_err();
        assert_eq!(error.message(), "ERR Function not found, says the function");
    }

    since(7, 0) async fn a_function_that_runs_for_ever_is_seen_and_killed(test) {
        let own = Server::of(test.row).arguments(&["--busy-reply-threshold", "1"]).start();
        let config = redis_core::config::ConfigBuilder::from_url(&own.url())?.retry(RetryPolicy::none());
        let redis = Redis::from_config(config.build()?);
        let endless = library("redis.register_function('endless', function() while true do end end)");
        endless.install(&redis).await?;
        let mut runs = own.raw();
        runs.send(&["FCALL", "endless", "0"])?;
        let busy = loop {
            match redis.typed::<String>().get("k").await {
                Err(error) if error.is_server_error() => break error,
                outcome => drop(outcome),
            }
        };
        assert_eq!(busy.kind(), ErrorKind::Server(ServerErrorKind::Busy));
        let stats = redis.function_stats().await?;
        let running = stats.running.expect("it is running");
        assert_eq!((running.name.as_str(), running.command.len()), ("endless", 3));
        // a script it is not
        let error = redis.script_kill().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Server(ServerErrorKind::Busy), "{error}");
        redis.function_kill().await?;
        let ended = format!("{:?}", runs.receive()?);
        assert!(ended.contains("killed by user"), "{ended}");
        let stats = redis.function_stats().await?;
        assert!(stats.running.is_none());
    }
}

const AT_ONCE: usize = 50;

#[test]
fn threads_that_load_a_library_at_once_all_call_it() {
    on_every_server("loaded-at-once", (7, 0), blocking_client, |test| {
        let own = Server::of(test.row).start();
        let client = redis_sync::Redis::from_url(&own.url())?;
        for (round, library) in [counter(), counter().replace_if_different()].iter().enumerate() {
            own.raw().call(&["FUNCTION", "FLUSH"]);
            let start = std::sync::Barrier::new(AT_ONCE);
            std::thread::scope(|scope| {
                for _ in 0..AT_ONCE {
                    scope.spawn(|| {
                        start.wait();
                        let call = library.function("count").key("n").arg(1);
                        call.run(&client).expect("it runs");
                    });
                }
            });
            let read = library.function("read").key("n").read_only();
            assert_eq!(read.query::<usize, _>(&client)?, AT_ONCE * (round + 1));
        }
        Ok(())
    });
}

#[test]
fn tasks_that_load_a_library_at_once_all_call_it() {
    on_every_server("loaded-at-once", (7, 0), async_client, |test| {
        let own = Server::of(test.row).start();
        runtime().block_on(async {
            let client = redis_async::Redis::from_url(&own.url())?;
            for (round, library) in [counter(), counter().replace_if_different()].iter().enumerate()
            {
                own.raw().call(&["FUNCTION", "FLUSH"]);
                let calls: Vec<_> = (0..AT_ONCE)
                    .map(|_| {
                        let (client, library) = (client.clone(), library.clone());
                        tokio::spawn(async move {
                            let call = library.function("count").key("n").arg(1);
                            call.query::<i64, _>(&client).await
                        })
                    })
                    .collect();
                for call in calls {
                    call.await??;
                }
                let read = library.function("read").key("n").read_only();
                assert_eq!(read.query::<usize, _>(&client).await?, AT_ONCE * (round + 1));
            }
            Ok(())
        })
    });
}
