//! Scripts and functions: run, kept, listed and forgotten.
//!
//! Who has a server forget, or asks what runs on it, has one of his own.

use crate::both::both_clients;
use redis_core::{ErrorKind, Library, Script, ServerErrorKind, Value};
use redis_sync::{
    BulkString, FlushOptions, FunctionListOptions, FunctionLoadOptions, FunctionRestorePolicy,
};
use redis_tests::server::Server;

const SUM: &str = "return redis.call('INCRBY', KEYS[1], ARGV[1]) + ARGV[2]";
const PAIR: &str = "return {KEYS[1], KEYS[2], redis.call('STRLEN', KEYS[1])}";

/// The code of a library of two functions, whose name is its own.
fn code(name: &str) -> String {
    format!(
        "#!lua name={name}
         redis.register_function('{name}_sum', function(keys, args)
             return redis.call('INCRBY', keys[1], args[1])
         end)
         redis.register_function{{
             function_name = '{name}_pair',
             callback = function(keys) return {{keys[1], keys[2]}} end,
             description = 'two keys',
             flags = {{'no-writes', 'allow-stale'}}
         }}"
    )
}

/// A name that can be a library's.
fn named(key: &str) -> String {
    key.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

both_clients! {
    async fn a_script_runs_by_its_source_and_by_its_digest(test) {
        let (key, redis) = (test.key("n"), &test.client);
        let sum = redis.eval(SUM, &key, [40, 1]).await?;
        assert_eq!(sum, Value::Integer(41));
        let digest = redis.script_load(SUM).await?;
        assert_eq!(digest, Script::from_source(SUM).digest());
        let sum: i64 = redis.typed().evalsha(&digest, [&key], (2, "3")).await?;
        assert_eq!(sum, 45);
        let nothing = redis.eval("return nil", (), ()).await?;
        assert!(matches!(nothing, Value::Nil), "{nothing:?}");
        let unknown = redis.evalsha("0000000000000000000000000000000000000000", (), ()).await;
        assert!(unknown.is_err_and(|error| error.kind() == ErrorKind::Server(ServerErrorKind::NoScript)));
    }

    since(7, 0) async fn a_script_that_only_reads_runs_by_its_source_and_by_its_digest(test) {
        let (a, b, redis) = (test.key("a"), test.key("b"), &test.client);
        redis.set(&a, "hello").await?;
        type Pair = (String, String, u64);
        let pair: Pair = redis.typed().eval_ro(PAIR, [&a, &b], ()).await?;
        let digest = redis.script_load(PAIR).await?;
        let again: Pair = redis.typed().evalsha_ro(&digest, [&a, &b], ()).await?;
        assert_eq!((&pair, pair.2), (&again, 5));
        let refused = redis.eval_ro(SUM, &a, [1, 2]).await;
        assert!(refused.is_err_and(|error| error.is_server_error()));
    }

    async fn a_script_that_carries_its_source_runs_every_way(test) {
        let (key, redis) = (test.key("n"), &test.client);
        let script = Script::from_source(format!("{SUM} -- {key}"));
        let sum = redis.run_script(script.key(&key).args([40, 1])).await?;
        let again: i64 = script.key(&key).args([1, 0]).query(redis).await?;
        let typed = redis.typed::<u8>().run_script(script.key(&key).args([1, 0])).await?;
        assert_eq!((sum, again, typed), (Value::Integer(41), 41, 42));
    }

    async fn the_server_says_which_scripts_it_knows(test) {
        let redis = &test.client;
        let (one, other) = (format!("return '{}'", test.key("one")), Script::from_source(test.key("other")));
        let digest = redis.script_load(&one).await?;
        let known = redis.script_exists([digest.as_str(), other.digest(), &digest]).await?;
        assert_eq!(known, [true, false, true]);
        let refused = redis.script_load("no lua at all").await;
        assert!(refused.is_err_and(|error| error.code() == Some("ERR")));
        if test.row.is_valkey() {
            let source = redis.script_show(&digest).await?;
            assert_eq!(source, one.as_str());
            let unknown = redis.script_show(other.digest()).await;
            assert!(unknown.is_err_and(|error| error.code() == Some("NOSCRIPT")));
        }
    }

    since(7, 0) async fn the_server_says_which_commands_there_are(test) {
        let redis = &test.client;
        let (scripts, functions) = (redis.script_help().await?, redis.function_help().await?);
        assert!(scripts.iter().any(|line| line.starts_with("EXISTS")), "{scripts:?}");
        assert!(functions.iter().any(|line| line.starts_with("RESTORE")), "{functions:?}");
    }

    async fn a_server_forgets_its_scripts(test) {
        let own = Server::of(test.row).start();
        let redis = Redis::from_url(&format!("{}?protocol={}", own.url(), test.protocol))?;
        for options in [None, Some(FlushOptions::at_once()), Some(FlushOptions::in_background())] {
            let digest = redis.script_load(SUM).await?;
            match options {
                None => redis.script_flush().await?,
                Some(options) => redis.script_flush_with(options).await?,
            }
            let known = redis.script_exists(&digest).await?;
            assert_eq!(known, [false]);
        }
    }

    async fn where_nothing_runs_there_is_nothing_to_kill(test) {
        let own = Server::of(test.row).start();
        let redis = Redis::from_url(&format!("{}?protocol={}", own.url(), test.protocol))?;
        let none = redis.script_kill().await;
        assert!(none.is_err_and(|error| error.kind() == ErrorKind::Server(ServerErrorKind::NotBusy)));
        if test.row.has_redis(7, 0) {
            let none = redis.function_kill().await;
            assert!(none.is_err_and(|error| error.kind() == ErrorKind::Server(ServerErrorKind::NotBusy)));
        }
    }

    since(7, 0) async fn a_library_is_loaded_called_listed_and_deleted(test) {
        let (key, redis) = (test.key("n"), &test.client);
        let name = named(&key);
        let code = code(&name);
        let loaded = redis.function_load(&code).await?;
        let twice = redis.function_load(&code).await;
        let replaced = redis.function_load_with(&code, FunctionLoadOptions::new().replace()).await?;
        assert_eq!((loaded.as_str(), replaced.as_str()), (name.as_str(), name.as_str()));
        assert!(twice.is_err_and(|error| error.message().ends_with("already exists")));
        let sum = redis.fcall(format!("{name}_sum"), &key, 42).await?;
        assert_eq!(sum, Value::Integer(42));
        let pair: (String, String) = redis.typed().fcall_ro(format!("{name}_pair"), [&key, &key], ()).await?;
        assert_eq!(pair, (key.clone(), key.clone()));
        let writes = redis.fcall_ro(format!("{name}_sum"), &key, 42).await;
        assert!(writes.is_err_and(|error| error.code() == Some("ERR")));

        let all = redis.function_list().await?;
        assert!(all.iter().any(|library| library.name == name && library.code.is_none()));
        let found = redis.function_list_with(FunctionListOptions::new().library(&name).with_code()).await?;
        let [library] = &found[..] else { panic!("{found:?}") };
        assert_eq!((library.name.as_str(), library.engine.as_str()), (name.as_str(), "LUA"));
        assert_eq!(library.code, Some(BulkString::from(code.as_str())));
        let mut functions = library.functions.clone();
        functions.sort_by(|one, other| one.name.cmp(&other.name));
        let names: Vec<_> = functions.iter().map(|function| function.name.clone()).collect();
        assert_eq!(names, [format!("{name}_pair"), format!("{name}_sum")]);
        assert_eq!(functions[0].description.as_deref(), Some("two keys"));
        assert!(functions[0].flags.contains("no-writes") && functions[0].flags.contains("allow-stale"));
        assert!(functions[1].description.is_none() && functions[1].flags.is_empty());

        redis.function_delete(&name).await?;
        let gone = redis.function_delete(&name).await;
        assert!(gone.is_err_and(|error| error.code() == Some("ERR")));
        let none = redis.function_list_with(FunctionListOptions::new().library(format!("{name}*"))).await?;
        assert!(none.is_empty());
    }

    since(7, 0) async fn a_library_that_carries_its_code_is_installed_and_called(test) {
        let (key, redis) = (test.key("n"), &test.client);
        let name = named(&key);
        let library = Library::from_code(code(&name))?;
        let installed = library.install(redis).await?;
        let sum: i64 = library.function(format!("{name}_sum")).key(&key).arg(2).query(redis).await?;
        assert_eq!((installed, sum), (name, 2));
    }

    since(7, 0) async fn libraries_are_dumped_restored_and_flushed(test) {
        let own = Server::of(test.row).start();
        let redis = Redis::from_url(&format!("{}?protocol={}", own.url(), test.protocol))?;
        redis.function_load(code("one")).await?;
        let dump = redis.function_dump().await?;
        let there = redis.function_restore(&dump).await;
        let appended = redis.function_restore_with(&dump, FunctionRestorePolicy::Append).await;
        assert!(there.is_err() && appended.is_err());
        redis.function_restore_with(&dump, FunctionRestorePolicy::Replace).await?;
        redis.function_flush().await?;
        redis.function_load(code("other")).await?;
        redis.function_restore(&dump).await?;
        let both = redis.function_list().await?;
        let stats = redis.function_stats().await?;
        assert_eq!((both.len(), stats.running), (2, None));
        assert_eq!((stats.engines["LUA"].libraries, stats.engines["LUA"].functions), (2, 4));
        redis.function_restore_with(&dump, FunctionRestorePolicy::Flush).await?;
        let one = redis.function_list().await?;
        assert_eq!((one.len(), one[0].name.as_str()), (1, "one"));
        for options in [FlushOptions::at_once(), FlushOptions::in_background()] {
            redis.function_flush_with(options).await?;
            let none = redis.function_list().await?;
            assert!(none.is_empty());
            redis.function_restore(&dump).await?;
        }
    }
}
