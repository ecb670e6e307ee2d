use super::*;
use crate::rehearsal::{read, refusal, sent, wire};
use crate::{KeepTtl, KeyUsage, LcsMatch, Persist};
use redis_core::convert::Seconds;
use redis_core::credentials::Credentials;

#[test]
fn commands_are_written_as_the_reference_says() {
    assert_eq!(wire(|r| r.append("k", "v")), "APPEND [k] v");
    assert_eq!(wire(|r| r.bitcount("k")), "BITCOUNT [k]");
    assert_eq!(wire(|r| r.bitpos("k", true)), "BITPOS [k] 1");
    assert_eq!(wire(|r| r.copy("a", "b")), "COPY [a] [b]");
    assert_eq!(wire(|r| r.decr("k")), "DECR [k]");
    assert_eq!(wire(|r| r.decrby("k", -2)), "DECRBY [k] -2");
    assert_eq!(wire(|r| r.del(["a", "b"])), "DEL [a] [b]");
    assert_eq!(wire(|r| r.delifeq("k", "v")), "DELIFEQ [k] v");
    assert_eq!(wire(|r| r.digest("k")), "DIGEST [k]");
    assert_eq!(wire(|r| r.dump("k")), "DUMP [k]");
    assert_eq!(wire(|r| r.exists("a")), "EXISTS [a]");
    assert_eq!(wire(|r| r.expiretime("k")), "PEXPIRETIME [k]");
    assert_eq!(wire(|r| r.get("k")), "GET [k]");
    assert_eq!(wire(|r| r.getbit("k", 7)), "GETBIT [k] 7");
    assert_eq!(wire(|r| r.getdel("k")), "GETDEL [k]");
    assert_eq!(wire(|r| r.getex("k", Persist)), "GETEX [k] PERSIST");
    assert_eq!(wire(|r| r.getex("k", Duration::from_secs(1))), "GETEX [k] EX 1");
    assert_eq!(wire(|r| r.getrange("k", -3, -1)), "GETRANGE [k] -3 -1");
    assert_eq!(wire(|r| r.incr("k")), "INCR [k]");
    assert_eq!(wire(|r| r.incrby("k", 3)), "INCRBY [k] 3");
    assert_eq!(wire(|r| r.incrbyfloat("k", 0.5)), "INCRBYFLOAT [k] 0.5");
    assert_eq!(wire(|r| r.key_type("k")), "TYPE [k]");
    assert_eq!(wire(|r| r.keys("a*")), "KEYS a*");
    assert_eq!(wire(|r| r.lcs("a", "b")), "LCS [a] [b]");
    assert_eq!(wire(|r| r.lcs_idx("a", "b")), "LCS [a] [b] IDX WITHMATCHLEN");
    assert_eq!(wire(|r| r.lcs_len("a", "b")), "LCS [a] [b] LEN");
    assert_eq!(wire(|r| r.mget(["a", "b"])), "MGET [a] [b]");
    assert_eq!(wire(|r| r.move_key("k", 3)), "MOVE [k] 3");
    assert_eq!(wire(|r| r.mset([("a", 1), ("b", 2)])), "MSET [a] 1 [b] 2");
    assert_eq!(wire(|r| r.msetnx(("a", 1))), "MSETNX [a] 1");
    assert_eq!(wire(|r| r.object_encoding("k")), "OBJECT ENCODING [k]");
    assert_eq!(wire(|r| r.object_freq("k")), "OBJECT FREQ [k]");
    assert_eq!(wire(|r| r.object_help()), "OBJECT HELP");
    assert_eq!(wire(|r| r.object_idletime("k")), "OBJECT IDLETIME [k]");
    assert_eq!(wire(|r| r.object_refcount("k")), "OBJECT REFCOUNT [k]");
    assert_eq!(wire(|r| r.persist("k")), "PERSIST [k]");
    assert_eq!(wire(|r| r.randomkey()), "RANDOMKEY");
    assert_eq!(wire(|r| r.rename("a", "b")), "RENAME [a] [b]");
    assert_eq!(wire(|r| r.renamenx("a", "b")), "RENAMENX [a] [b]");
    assert_eq!(wire(|r| r.restore("k", "form")), "RESTORE [k] 0 form");
    assert_eq!(wire(|r| r.set("k", 1)), "SET [k] 1");
    assert_eq!(wire(|r| r.setbit("k", 7, true)), "SETBIT [k] 7 1");
    assert_eq!(wire(|r| r.setbit("k", 7, false)), "SETBIT [k] 7 0");
    assert_eq!(wire(|r| r.setrange("k", 6, "v")), "SETRANGE [k] 6 v");
    assert_eq!(wire(|r| r.sort("k")), "SORT [k]");
    assert_eq!(wire(|r| r.sort_ro("k")), "SORT_RO [k]");
    assert_eq!(wire(|r| r.strlen("k")), "STRLEN [k]");
    assert_eq!(wire(|r| r.touch(["a", "b"])), "TOUCH [a] [b]");
    assert_eq!(wire(|r| r.ttl("k")), "PTTL [k]");
    assert_eq!(wire(|r| r.unlink(["a", "b"])), "UNLINK [a] [b]");
}

#[test]
fn options_stand_where_they_belong() {
    let replace = CopyOptions::new().database(2).replace();
    assert_eq!(wire(|r| r.copy_with("a", "b", replace)), "COPY [a] [b] DB 2 REPLACE");
    let lock = SetOptions::if_absent().expiry(Duration::from_secs(30));
    assert_eq!(wire(|r| r.set_with("k", "v", lock)), "SET [k] v NX EX 30");
    let keep = SetOptions::if_present().expiry(KeepTtl);
    assert_eq!(wire(|r| r.set_get("k", "v", keep)), "SET [k] v GET XX KEEPTTL");
    assert_eq!(wire(|r| r.set_with("k", "v", SetOptions::new())), "SET [k] v");
}

#[test]
fn an_expiry_chooses_its_command() {
    let second = Duration::from_secs(1);
    assert_eq!(wire(|r| r.expire("k", second)), "EXPIRE [k] 1");
    assert_eq!(wire(|r| r.expire("k", second / 2)), "PEXPIRE [k] 500");
    let later = ExpireOptions::if_later();
    assert_eq!(wire(|r| r.expire_with("k", second, later)), "EXPIRE [k] 1 GT");
    let moment = SystemTime::UNIX_EPOCH + second;
    assert_eq!(wire(|r| r.expire_at("k", moment)), "EXPIREAT [k] 1");
    assert_eq!(wire(|r| r.expire_at("k", moment + second / 2)), "PEXPIREAT [k] 1500");
    let sooner = ExpireOptions::if_sooner();
    assert_eq!(wire(|r| r.expire_at_with("k", moment, sooner)), "EXPIREAT [k] 1 LT");
    refusal(|r| r.expire("k", Duration::ZERO));
    refusal(|r| r.getex("k", Duration::ZERO));
}

#[test]
fn an_increment_that_is_not_finite_is_refused_by_name() {
    let nan = refusal(|r| r.incrbyfloat("k", f64::NAN));
    assert_eq!(nan, "INCRBYFLOAT: `increment` is NaN: it must be finite");
    let infinite = refusal(|r| r.incrbyfloat("k", f64::NEG_INFINITY));
    assert_eq!(infinite, "INCRBYFLOAT: `increment` is -inf: it must be finite");
}

#[test]
fn a_condition_that_does_not_hold_is_false_and_not_nil() {
    let set = |resp2, resp3| read(resp2, resp3, |r| r.set_with("k", "v", SetOptions::if_absent()));
    assert!(set("+OK ", "+OK "));
    assert!(!set("$-1 ", "_ "));
}

#[test]
fn replies_are_alike_on_both_protocols() {
    assert_eq!(read("$-1 ", "_ ", |r| r.get("k")), None);
    assert_eq!(read("$1 v ", "$1 v ", |r| r.get("k")), Some("v".into()));
    assert_eq!(read("$3 1.5 ", ",1.5 ", |r| r.incrbyfloat("k", 1.0)), 1.5);
    let values = read("*2 $1 v $-1 ", "*2 $1 v _ ", |r| r.mget(["a", "b"]));
    assert_eq!(values, [Some("v".into()), None]);
    assert!(read(":1 ", ":1 ", |r| r.expire("k", Duration::from_secs(1))));
    assert_eq!(read("$3 int ", "$3 int ", |r| r.object_encoding("k")), Some("int".to_owned()));
}

#[test]
fn reading_may_be_repeated_and_setting_may_not() {
    assert!(sent(|r| r.get("k")).is_repeatable());
    assert!(!sent(|r| r.set("k", "v")).is_repeatable());
}

#[test]
fn the_conditions_of_a_set_stand_before_its_expiry() {
    let set = |options| wire(|r| r.set_with("k", "v", options));
    let second = Duration::from_secs(1);
    assert_eq!(set(SetOptions::if_equal("w").expiry(second)), "SET [k] v IFEQ w EX 1");
    assert_eq!(set(SetOptions::if_not_equal(7)), "SET [k] v IFNE 7");
    let digest = ValueDigest::new(1);
    assert_eq!(set(SetOptions::if_digest(digest)), "SET [k] v IFDEQ 0000000000000001");
    assert_eq!(set(SetOptions::if_not_digest(digest)), "SET [k] v IFDNE 0000000000000001");
}

#[test]
fn pairs_that_expire_together_are_counted() {
    let minute = Duration::from_secs(60);
    let pairs = [("a", 1), ("b", 2)];
    assert_eq!(wire(|r| r.msetex(pairs, minute)), "MSETEX 2 [a] 1 [b] 2 EX 60");
    let absent = MSetExOptions::if_absent().expiry(minute / 120);
    assert_eq!(wire(|r| r.msetex_with(pairs, absent)), "MSETEX 2 [a] 1 [b] 2 NX PX 500");
    let present = MSetExOptions::if_present().expiry(KeepTtl);
    assert_eq!(wire(|r| r.msetex_with(("a", 1), present)), "MSETEX 1 [a] 1 XX KEEPTTL");
    let none = refusal(|r| r.msetex([""; 0], minute));
    assert_eq!(none, "MSETEX: `pairs` is empty: at least one is needed");
    refusal(|r| r.msetex(["a", "1", "b"], minute));
    refusal(|r| r.msetex(pairs, Duration::ZERO));
    assert!(read(":1 ", ":1 ", |r| r.msetex_with(pairs, MSetExOptions::new())));
}

#[test]
fn a_restored_key_expires_in_milliseconds_from_now_or_since_1970() {
    let restore = |options| wire(|r| r.restore_with("k", "form", options));
    let options = RestoreOptions::new();
    let second = Duration::from_secs(1);
    assert_eq!(restore(options.expiry(second).replace()), "RESTORE [k] 1000 form REPLACE");
    let moment = SystemTime::UNIX_EPOCH + second;
    assert_eq!(restore(options.expiry(moment)), "RESTORE [k] 1000 form ABSTTL");
    let idle = KeyUsage::idle(Duration::from_millis(7900));
    assert_eq!(restore(options.usage(idle)), "RESTORE [k] 0 form IDLETIME 7");
    assert_eq!(restore(options.usage(KeyUsage::frequency(9))), "RESTORE [k] 0 form FREQ 9");
    refusal(|r| r.restore_with("k", "form", options.expiry(Duration::ZERO)));
    refusal(|r| r.restore_with("k", "form", options.expiry(Duration::MAX)));
    refusal(|r| r.restore_with("k", "form", options.usage(KeyUsage::idle(Duration::MAX))));
}

#[test]
fn sorting_is_written_with_its_options_its_patterns_and_its_destination() {
    let options = SortOptions::by("w_*").limit(5, 10).descending().alpha();
    let text = "BY w_* LIMIT 5 10 DESC ALPHA";
    let written = |command: &str| format!("{command} [k] {text}");
    assert_eq!(wire(|r| r.sort_with("k", options.clone())), written("SORT"));
    assert_eq!(wire(|r| r.sort_ro_with("k", options.clone())), written("SORT_RO"));
    let got = wire(|r| r.sort_get("k", ["#", "n_*"], options.clone()));
    assert_eq!(got, format!("{} GET # GET n_*", written("SORT")));
    let got = wire(|r| r.sort_ro_get("k", "n_*", SortOptions::unsorted()));
    assert_eq!(got, "SORT_RO [k] BY nosort GET n_*");
    let none = refusal(|r| r.sort_get("k", [""; 0], SortOptions::new()));
    assert_eq!(none, "SORT: `patterns` is empty: at least one is needed");
}

/// Of these the table knows only the first key, or none, since an option decides where the others are.
#[test]
fn keys_that_an_option_brings_are_marked_too() {
    let parts = |command: Command<'static>| {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let all: Vec<String> = command.argument_bytes().map(text).collect();
        (all.join(" "), command.key_bytes().map(text).collect::<Vec<_>>())
    };
    let (stored, keys) = parts(sent(|r| r.sort_store("k", "d", SortOptions::new().alpha())));
    assert_eq!((&*stored, &keys[..]), ("k ALPHA STORE d", &["k".into(), "d".into()][..]));
    let sort = |r: &_| BasicKeyCommands::sort_store_get(r, "k", "d", "n_*", SortOptions::new());
    let (stored, keys) = parts(sent(sort));
    assert_eq!((&*stored, &keys[..]), ("k GET n_* STORE d", &["k".into(), "d".into()][..]));
    let target = MigrateTarget::new("there", 6380).timeout(Duration::from_millis(1500));
    let (moved, keys) = parts(sent(|r| r.migrate(["a", "b"], target.clone())));
    assert_eq!(
        (&*moved, &keys[..]),
        ("there 6380  0 1500 KEYS a b", &["a".into(), "b".into()][..])
    );
    let options = MigrateOptions::new().copy().replace();
    let target = target.database(2);
    let by_password = target.clone().credentials(Credentials::password_only("p"));
    let (moved, _) = parts(sent(|r| r.migrate_with("a", by_password, options)));
    assert_eq!(moved, "there 6380  2 1500 COPY REPLACE AUTH p KEYS a");
    let by_name = target.credentials(Credentials::new("u", "p"));
    let (moved, _) = parts(sent(|r| r.migrate("a", by_name)));
    assert_eq!(moved, "there 6380  2 1500 AUTH2 u p KEYS a");
}

#[test]
fn a_migration_says_whether_there_was_a_key() {
    let migrate = |answer| read(answer, answer, |r| r.migrate("k", MigrateTarget::new("h", 1)));
    assert_eq!(migrate("+OK "), Migration::Done);
    assert_eq!(migrate("+NOKEY "), Migration::NoKey);
    let none = refusal(|r| r.migrate([""; 0], MigrateTarget::new("h", 1)));
    assert_eq!(none, "MIGRATE: `keys` is empty: at least one is needed");
    let timeout = |time| MigrateTarget::new("h", 1).timeout(time);
    refusal(|r| r.migrate("k", timeout(Duration::ZERO)));
    refusal(|r| r.migrate("k", timeout(Duration::MAX)));
    let secret = timeout(Duration::ZERO).credentials(Credentials::new("u", "secret"));
    assert!(!format!("{secret:?}").contains("secret"));
}

#[test]
fn matches_are_ranges_of_both_strings() {
    let match_of = "*3 *2 :4 :7 *2 :5 :8 :4 ";
    let flat: &'static str = Box::leak(format!("*4 $7 matches *1 {match_of}$3 len :6 ").into());
    let map: &'static str = Box::leak(format!("%2 $7 matches *1 {match_of}$3 len :6 ").into());
    let found = read(flat, map, |r| r.lcs_idx("a", "b"));
    assert_eq!(found.length, 6);
    assert_eq!(found.matches, [LcsMatch { first: 4..=7, second: 5..=8, length: 4 }]);
    let long = LcsOptions::new().min_match_len(4);
    let written = wire(|r| r.lcs_idx_with("a", "b", long));
    assert_eq!(written, "LCS [a] [b] IDX MINMATCHLEN 4 WITHMATCHLEN");
}

#[test]
fn waiting_for_replicas_waits_on_the_server() {
    let half = Duration::from_millis(500);
    assert_eq!(wire(|r| r.wait(2, half)), "WAIT 2 500");
    assert_eq!(wire(|r| r.waitaof(true, 1, Duration::ZERO)), "WAITAOF 1 1 0");
    assert_eq!(sent(|r| r.wait(2, half)).blocking(), Block::For(half));
    assert_eq!(sent(|r| r.waitaof(false, 1, Duration::ZERO)).blocking(), Block::Forever);
    let there = read("*2 :1 :3 ", "*2 :1 :3 ", |r| r.waitaof(true, 3, half));
    assert!(there.local && there.replicas == 3);
}

#[test]
fn facts_of_an_object_are_none_where_there_is_no_key() {
    assert_eq!(read("$-1 ", "_ ", |r| r.object_freq("k")), None);
    assert_eq!(read(":255 ", ":255 ", |r| r.object_freq("k")), Some(255));
    let idle = read(":90 ", ":90 ", |r| r.object_idletime("k"));
    assert_eq!(idle, Some(Seconds(Duration::from_secs(90))));
    let sorted = read("*2 $-1 $1 a ", "*2 _ $1 a ", |r| r.sort_get("k", "p", SortOptions::new()));
    assert_eq!(sorted, [None, Some("a".into())]);
}
