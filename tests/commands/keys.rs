//! Keys of every type: their life, their names, and where they go.

use crate::both::both_clients;
use redis_sync::{
    BulkString, CopyOptions, Credentials, ExpireOptions, ExpiresAt, KeyScanOptions, KeyType,
    KeyUsage, MigrateOptions, MigrateTarget, Migration, RestoreOptions, ScanCursor, Ttl,
};
use redis_tests::server::Server;
use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

const MINUTE: Duration = Duration::from_secs(60);
const FAR: Duration = Duration::from_secs(4_000_000_000);

both_clients! {
    async fn copies_do_not_replace_unless_told(test) {
        let (a, b, redis) = (test.key("a"), test.key("b"), &test.client);
        redis.set(&a, "new").await?;
        let copied = redis.copy(&a, &b).await?;
        let missing = redis.copy(test.key("none"), &b).await?;
        redis.set(&b, "old").await?;
        let taken = redis.copy(&a, &b).await?;
        let replaced = redis.copy_with(&a, &b, CopyOptions::new().replace()).await?;
        let value = redis.get(&b).await?;
        assert_eq!((copied, missing, taken, replaced), (true, false, false, true));
        assert_eq!(value, Some("new".into()));
        let other = redis.copy_with(&a, &a, CopyOptions::new().database(1)).await?;
        let there = redis.database(1).get(&a).await?;
        assert!(other && there.is_some());
    }

    async fn deleted_and_unlinked_keys_are_counted(test) {
        let (a, b, redis) = (test.key("a"), test.key("b"), &test.client);
        redis.mset([(&a, 1), (&b, 2)]).await?;
        let existing = redis.exists([&a, &b, &a, &test.key("none")]).await?;
        let touched = redis.touch([&a, &b, &test.key("none")]).await?;
        let deleted = redis.del([&a, &test.key("none")]).await?;
        let unlinked = redis.unlink([&a, &b]).await?;
        let left = redis.exists([&a, &b]).await?;
        assert_eq!((existing, touched, deleted, unlinked, left), (3, 2, 1, 1, 0));
    }

    async fn a_dump_is_restored(test) {
        let (a, b, redis) = (test.key("a"), test.key("b"), &test.client);
        redis.rpush(&a, ["x", "y"]).await?;
        let (form, none) = (redis.dump(&a).await?, redis.dump(test.key("none")).await?);
        let form = form.ok_or("no form")?;
        assert_eq!(none, None);
        redis.restore(&b, &form).await?;
        let (elements, ttl) = (redis.lrange(&b, 0, -1).await?, redis.ttl(&b).await?);
        assert_eq!((elements, ttl), (vec!["x".into(), "y".into()], Ttl::Persistent));
        let busy = redis.restore(&b, &form).await.unwrap_err();
        let damaged = redis.restore(test.key("c"), "garbage").await.unwrap_err();
        assert_eq!((busy.code(), damaged.code()), (Some("BUSYKEY"), Some("ERR")));
        let idle = KeyUsage::idle(Duration::from_secs(1000));
        let options = RestoreOptions::new().replace().expiry(MINUTE).usage(idle);
        redis.restore_with(&b, &form, options).await?;
        let (ttl, idle) = (redis.ttl(&b).await?, redis.object_idletime(&b).await?);
        assert!(ttl.left().is_some_and(|left| left <= MINUTE));
        // the search module looks at what is restored
        let unused = idle.is_some_and(|idle| idle.0 >= Duration::from_secs(900)) || test.row.has_module("search");
        assert!(unused, "{idle:?} on {}", test.row.name());
        let moment = SystemTime::UNIX_EPOCH + FAR;
        redis.restore_with(&b, &form, RestoreOptions::new().replace().expiry(moment)).await?;
        let at = redis.expiretime(&b).await?;
        assert_eq!(at, ExpiresAt::At(moment));
        let often = RestoreOptions::new().replace().usage(KeyUsage::frequency(7));
        redis.restore_with(&b, &form, often).await?;
    }

    async fn keys_expire_after_a_time_under_a_condition(test) {
        let (key, redis) = (test.key("k"), &test.client);
        redis.set(&key, "v").await?;
        let missing = redis.expire(test.key("none"), MINUTE).await?;
        let expiring = redis.expire_with(&key, MINUTE, ExpireOptions::if_expiring()).await?;
        let persistent = redis.expire_with(&key, MINUTE, ExpireOptions::if_persistent()).await?;
        let half = Duration::from_millis(30_500);
        let later = redis.expire_with(&key, half, ExpireOptions::if_later()).await?;
        let sooner = redis.expire_with(&key, half, ExpireOptions::if_sooner()).await?;
        let ttl = redis.ttl(&key).await?;
        let plain = redis.expire(&key, MINUTE).await?;
        let conditions = (missing, expiring, persistent, later, sooner, plain);
        assert_eq!(conditions, (false, false, true, false, true, true));
        assert!(ttl.left().is_some_and(|left| left <= half));
    }

    async fn keys_expire_at_a_moment_and_tell_it(test) {
        let (key, redis) = (test.key("k"), &test.client);
        redis.set(&key, "v").await?;
        let never = redis.expiretime(&key).await?;
        let moment = SystemTime::UNIX_EPOCH + FAR;
        let set = redis.expire_at(&key, moment).await?;
        let at = redis.expiretime(&key).await?;
        assert_eq!((never, set, at), (ExpiresAt::Persistent, true, ExpiresAt::At(moment)));
        let later = moment + Duration::from_millis(1);
        let refused = redis.expire_at_with(&key, later, ExpireOptions::if_sooner()).await?;
        let set = redis.expire_at_with(&key, later, ExpireOptions::if_later()).await?;
        let at = redis.expiretime(&key).await?;
        assert_eq!((refused, set, at), (false, true, ExpiresAt::At(later)));
        let persisted = redis.persist(&key).await?;
        let again = redis.persist(&key).await?;
        let ttl = redis.ttl(&key).await?;
        assert_eq!((persisted, again, ttl), (true, false, Ttl::Persistent));
        let past = redis.expire_at(&key, SystemTime::UNIX_EPOCH + MINUTE).await?;
        let (gone, ttl) = (redis.expiretime(&key).await?, redis.ttl(&key).await?);
        assert_eq!((past, gone, ttl), (true, ExpiresAt::Missing, Ttl::Missing));
    }

    async fn keys_are_found_by_pattern_and_at_random(test) {
        let (a, b, redis) = (test.key("a"), test.key("b"), &test.client);
        redis.mset([(&a, 1), (&b, 2)]).await?;
        let mut found = redis.keys(test.key("[ab]")).await?;
        found.sort();
        let none = redis.keys(test.key("none")).await?;
        let any = redis.randomkey().await?;
        assert_eq!((found, none), (vec![a.as_str().into(), b.as_str().into()], vec![]));
        assert!(any.is_some());
    }

    async fn all_keys_are_scanned_page_by_page(test) {
        let redis = &test.client;
        let keys: BTreeSet<_> = (0..200).map(|n| BulkString::from(test.key(&n.to_string()))).collect();
        let pairs: Vec<_> = keys.iter().map(|key| (key, "v")).collect();
        redis.mset(&pairs).await?;
        let (mut cursor, mut found, mut pages) = (Some(ScanCursor::START), BTreeSet::new(), 0);
        while let Some(here) = cursor {
            let page = redis.scan(here).await?;
            found.extend(page.items);
            cursor = page.next;
            pages += 1;
        }
        assert!(pages > 1 && found.is_superset(&keys));
    }

    async fn keys_are_scanned_by_pattern_and_type(test) {
        let (text, list, set, redis) = (test.key("text"), test.key("list"), test.key("set"), &test.client);
        redis.set(&text, "v").await?;
        redis.rpush(&list, "v").await?;
        redis.zadd(&set, (1, "v")).await?;
        let own = KeyScanOptions::new().pattern(test.key("*")).count(1000);
        let (all, of_lists) = (own.clone(), own.clone().key_type(KeyType::List));
        let of_sorted_sets = own.clone().key_type(KeyType::SortedSet);
        let of_hashes = own.key_type(KeyType::Hash);
        let mut found = Vec::new();
        for options in [all, of_lists, of_sorted_sets, of_hashes] {
            let (mut cursor, mut keys) = (Some(ScanCursor::START), BTreeSet::new());
            while let Some(here) = cursor {
                let page = redis.scan_with(here, options.clone()).await?;
                keys.extend(page.items);
                cursor = page.next;
            }
            found.push(keys);
        }
        let [text, list, set] = [text, list, set].map(BulkString::from);
        let one = |key: &BulkString| BTreeSet::from([key.clone()]);
        let all = BTreeSet::from([text, list.clone(), set.clone()]);
        assert_eq!(found, [all, one(&list), one(&set), BTreeSet::new()]);
    }

    async fn keys_move_to_another_database(test) {
        let (key, redis) = (test.key("k"), &test.client);
        redis.set(&key, "v").await?;
        let moved = redis.move_key(&key, 1).await?;
        let missing = redis.move_key(&key, 1).await?;
        let here = redis.exists(&key).await?;
        let there = redis.database(1).get(&key).await?;
        assert_eq!((moved, missing, here, there), (true, false, 0, Some("v".into())));
        let error = redis.move_key(&key, 0).await.unwrap_err();
        assert_eq!(error.code(), Some("ERR"));
    }

    async fn keys_are_renamed(test) {
        let (a, b, redis) = (test.key("a"), test.key("b"), &test.client);
        redis.mset([(&a, 1), (&b, 2)]).await?;
        let taken = redis.renamenx(&a, &b).await?;
        redis.rename(&a, &b).await?;
        let free = redis.renamenx(&b, &a).await?;
        let value = redis.get(&a).await?;
        assert_eq!((taken, free, value), (false, true, Some("1".into())));
        let rename = redis.rename(&b, &a).await.unwrap_err();
        let renamenx = redis.renamenx(&b, &a).await.unwrap_err();
        assert_eq!((rename.code(), renamenx.code()), (Some("ERR"), Some("ERR")));
    }

    async fn types_have_names(test) {
        let (key, redis) = (test.key("k"), &test.client);
        let missing = redis.key_type(&key).await?;
        redis.set(&key, "v").await?;
        let string = redis.key_type(&key).await?;
        redis.del(&key).await?;
        redis.zadd(&key, [(1, "m")]).await?;
        let sorted = redis.key_type(&key).await?;
        let types = (KeyType::Missing, KeyType::String, KeyType::SortedSet);
        assert_eq!((missing, string, sorted), types);
    }

    async fn objects_tell_how_they_are_kept_and_used(test) {
        let (key, redis) = (test.key("k"), &test.client);
        redis.set(&key, 123_456).await?;
        let encoding = redis.object_encoding(&key).await?;
        let idle = redis.object_idletime(&key).await?;
        redis.append(&key, "not a number").await?;
        let references = redis.object_refcount(&key).await?;
        assert_eq!((encoding.as_deref(), references), (Some("int"), Some(1)));
        assert!(idle.is_some_and(|idle| idle.0 < MINUTE));
        let unknown = redis.object_freq(&key).await.unwrap_err();
        assert_eq!(unknown.code(), Some("ERR"));
        let none = test.key("none");
        let encoding = redis.object_encoding(&none).await?;
        let references = redis.object_refcount(&none).await?;
        let (idle, often) = (redis.object_idletime(&none).await?, redis.object_freq(&none).await?);
        assert_eq!((encoding, references, idle, often), (None, None, None, None));
        let help = redis.object_help().await?;
        assert!(help.iter().any(|line| line.starts_with("FREQ")));
    }

    async fn a_server_that_counts_uses_tells_their_number(test) {
        let server = Server::of(test.row).arguments(&["--maxmemory-policy", "allkeys-lfu"]).start();
        let redis = test.client.at(&format!("{}?protocol={}", server.url(), test.protocol))?;
        redis.set("k", "v").await?;
        let form = redis.dump("k").await?.ok_or("no form")?;
        let often = RestoreOptions::new().replace().usage(KeyUsage::frequency(77));
        redis.restore_with("k", &form, often).await?;
        let often = redis.object_freq("k").await?;
        assert!(often >= Some(77), "{often:?}");
        let error = redis.object_idletime("k").await.unwrap_err();
        assert_eq!(error.code(), Some("ERR"));
    }

    async fn keys_migrate_to_another_server(test) {
        let server = Server::of(test.row).password("secret");
        let other = server.user("mover", "on >moving ~* +@all").start();
        let there = test.client.at(&format!(
            "redis://:secret@{}?protocol={}",
            other.address(),
            test.protocol
        ))?;
        let (a, b, redis) = (test.key("a"), test.key("b"), &test.client);
        let target = MigrateTarget::new("127.0.0.1", other.address().port());
        let password = target.clone().credentials(Credentials::password_only("secret"));
        let user = target.clone().credentials(Credentials::new("mover", "moving")).database(1);
        redis.mset([(&a, 1), (&b, 2)]).await?;
        let none = redis.migrate(test.key("none"), password.clone()).await?;
        let refused = redis.migrate(&a, target).await.unwrap_err();
        assert_eq!((none, refused.code()), (Migration::NoKey, Some("ERR")));
        let copy = MigrateOptions::new().copy();
        let copied = redis.migrate_with(&a, password.clone(), copy).await?;
        let (here, busy) = (redis.exists(&a).await?, redis.migrate(&a, password.clone()).await);
        assert_eq!((copied, here), (Migration::Done, 1));
        assert!(busy.is_err_and(|error| error.message().contains("BUSYKEY")));
        let replace = MigrateOptions::new().replace();
        let moved = redis.migrate_with([&a, &b], password, replace).await?;
        let (here, values) = (redis.exists([&a, &b]).await?, there.mget([&a, &b]).await?);
        assert_eq!((moved, here), (Migration::Done, 0));
        assert_eq!(values, [Some("1".into()), Some("2".into())]);
        redis.set(&a, 3).await?;
        let moved = redis.migrate(&a, user).await?;
        let value = there.database(1).get(&a).await?;
        assert_eq!((moved, value), (Migration::Done, Some("3".into())));
        let nobody = MigrateTarget::new("127.0.0.1", 1).timeout(Duration::from_millis(100));
        redis.set(&a, 4).await?;
        let error = redis.migrate(&a, nobody).await.unwrap_err();
        let here = redis.exists(&a).await?;
        assert_eq!((error.code(), here), (Some("IOERR"), 1));
    }

    async fn replicas_are_waited_for(test) {
        let connection = test.client.connection().await?;
        connection.set(test.key("k"), "v").await?;
        let none = connection.wait(1, Duration::from_millis(10)).await?;
        let at_once = connection.wait(0, Duration::ZERO).await?;
        assert_eq!((none, at_once), (0, 0));
    }

    since(7, 2)
    async fn append_only_files_are_waited_for(test) {
        let server = Server::of(test.row).arguments(&["--appendonly", "yes"]).start();
        let redis = test.client.at(&format!("{}?protocol={}", server.url(), test.protocol))?;
        let connection = redis.connection().await?;
        connection.set("k", "v").await?;
        let there = connection.waitaof(true, 0, Duration::ZERO).await?;
        let late = connection.waitaof(false, 1, Duration::from_millis(10)).await?;
        assert!(there.local && there.replicas == 0);
        assert_eq!(late.replicas, 0);
        let connection = test.client.connection().await?;
        let error = connection.waitaof(true, 0, Duration::from_millis(10)).await.unwrap_err();
        assert_eq!(error.code(), Some("ERR"));
    }
}
