use super::*;
use crate::rehearsal::{read, refusal, sent, wire};
use crate::{Aggregate, ZRangeByLex, ZRangeByScore};

#[test]
fn commands_are_written_as_the_reference_says() {
    assert_eq!(wire(|r| r.zadd("z", [(1.5, "a"), (2.0, "b")])), "ZADD [z] 1.5 a 2 b");
    assert_eq!(wire(|r| r.zadd_incr("z", 1.5, "a")), "ZADD [z] INCR 1.5 a");
    assert_eq!(wire(|r| r.zcard("z")), "ZCARD [z]");
    assert_eq!(wire(|r| r.zrange("z", 0, -1)), "ZRANGE [z] 0 -1");
    assert_eq!(wire(|r| r.zrange_with_scores("z", 0, -1)), "ZRANGE [z] 0 -1 WITHSCORES");
    assert_eq!(wire(|r| r.zrem("z", ["a", "b"])), "ZREM [z] a b");
    assert_eq!(wire(|r| r.zscore("z", "a")), "ZSCORE [z] a");
    assert_eq!(wire(|r| r.zcount("z", 1..=2)), "ZCOUNT [z] 1 2");
    assert_eq!(wire(|r| r.zincrby("z", -1.5, "a")), "ZINCRBY [z] -1.5 a");
    assert_eq!(wire(|r| r.zlexcount("z", "a"..="b")), "ZLEXCOUNT [z] [a [b");
    assert_eq!(wire(|r| r.zmscore("z", ["a", "b"])), "ZMSCORE [z] a b");
    assert_eq!(wire(|r| r.zpopmax("z")), "ZPOPMAX [z]");
    assert_eq!(wire(|r| r.zpopmax_count("z", 2)), "ZPOPMAX [z] 2");
    assert_eq!(wire(|r| r.zpopmin("z")), "ZPOPMIN [z]");
    assert_eq!(wire(|r| r.zpopmin_count("z", 2)), "ZPOPMIN [z] 2");
    assert_eq!(wire(|r| r.zrank("z", "a")), "ZRANK [z] a");
    assert_eq!(wire(|r| r.zrank_with_score("z", "a")), "ZRANK [z] a WITHSCORE");
    assert_eq!(wire(|r| r.zremrangebylex("z", "a"..)), "ZREMRANGEBYLEX [z] [a +");
    assert_eq!(wire(|r| r.zremrangebyrank("z", 0, -2)), "ZREMRANGEBYRANK [z] 0 -2");
    assert_eq!(wire(|r| r.zremrangebyscore("z", ..2)), "ZREMRANGEBYSCORE [z] -inf (2");
    assert_eq!(wire(|r| r.zrevrank("z", "a")), "ZREVRANK [z] a");
    assert_eq!(wire(|r| r.zrevrank_with_score("z", "a")), "ZREVRANK [z] a WITHSCORE");
}

#[test]
fn one_member_or_several_are_drawn_by_chance() {
    assert_eq!(wire(|r| r.zrandmember("z")), "ZRANDMEMBER [z]");
    assert_eq!(wire(|r| r.zrandmember_count("z", -2)), "ZRANDMEMBER [z] -2");
    let drawn = wire(|r| r.zrandmember_with_scores("z", 2));
    assert_eq!(drawn, "ZRANDMEMBER [z] 2 WITHSCORES");
}

#[test]
fn ranges_are_read_and_stored() {
    assert_eq!(
        wire(|r| r.zrange_with_scores_with("z", ZRangeByScore::new(1..).count(2))),
        "ZRANGE [z] 1 +inf BYSCORE LIMIT 0 2 WITHSCORES"
    );
    assert_eq!(
        wire(|r| r.zrange_with_scores_with("z", ZRangeByRank::new(0, 2).rev())),
        "ZRANGE [z] 0 2 REV WITHSCORES"
    );
    assert_eq!(
        wire(|r| r.zrangestore("to", "z", ZRangeByLex::new(..).offset(3))),
        "ZRANGESTORE [to] [z] - + BYLEX LIMIT 3 -1"
    );
}

#[test]
fn several_sorted_sets_are_counted_before_they_are_named() {
    assert_eq!(wire(|r| r.zdiff(["a", "b"])), "ZDIFF 2 [a] [b]");
    assert_eq!(wire(|r| r.zdiff_with_scores(["a", "b"])), "ZDIFF 2 [a] [b] WITHSCORES");
    assert_eq!(wire(|r| r.zdiffstore("to", ["a", "b"])), "ZDIFFSTORE [to] 2 [a] [b]");
    assert_eq!(wire(|r| r.zinter(["a", "b"])), "ZINTER 2 [a] [b]");
    assert_eq!(wire(|r| r.zinter_with_scores("a")), "ZINTER 1 [a] WITHSCORES");
    assert_eq!(wire(|r| r.zintercard(["a", "b"])), "ZINTERCARD 2 [a] [b]");
    let three = ZInterCardOptions::new().limit(3);
    assert_eq!(wire(|r| r.zintercard_with(["a", "b"], three)), "ZINTERCARD 2 [a] [b] LIMIT 3");
    assert_eq!(wire(|r| r.zinterstore("to", ["a", "b"])), "ZINTERSTORE [to] 2 [a] [b]");
    assert_eq!(wire(|r| r.zunion(["a", "b"])), "ZUNION 2 [a] [b]");
    assert_eq!(wire(|r| r.zunion_with_scores(["a", "b"])), "ZUNION 2 [a] [b] WITHSCORES");
    assert_eq!(wire(|r| r.zunionstore("to", ["a", "b"])), "ZUNIONSTORE [to] 2 [a] [b]");
}

#[test]
fn scores_are_weighted_and_aggregated() {
    let options = || ZCombineOptions::new().weights([1.0, 0.5]).aggregate(Aggregate::Max);
    let both = "[a] [b] WEIGHTS 1 0.5 AGGREGATE MAX";
    assert_eq!(wire(|r| r.zinter_with(["a", "b"], options())), format!("ZINTER 2 {both}"));
    assert_eq!(
        wire(|r| r.zunion_with_scores_with(["a", "b"], options())),
        format!("ZUNION 2 {both} WITHSCORES")
    );
    assert_eq!(
        wire(|r| r.zinter_with_scores_with(["a", "b"], options())),
        format!("ZINTER 2 {both} WITHSCORES")
    );
    assert_eq!(
        wire(|r| r.zunionstore_with("to", ["a", "b"], options())),
        format!("ZUNIONSTORE [to] 2 {both}")
    );
    assert_eq!(
        wire(|r| r.zinterstore_with("to", ["a", "b"], options())),
        format!("ZINTERSTORE [to] 2 {both}")
    );
    assert_eq!(
        refusal(|r| r.zinterstore_with("to", ["a"], options())),
        "ZINTERSTORE: `weights` has 2, where there is one for each of 1 keys"
    );
    refusal(|r| r.zunion_with("a", ZCombineOptions::new().weights([f64::NAN])));
}

#[test]
fn members_are_taken_from_an_end() {
    assert_eq!(wire(|r| r.zmpop(["a", "b"], ScoreEnd::Min)), "ZMPOP 2 [a] [b] MIN");
    let three = ZMPopOptions::new().count(3);
    assert_eq!(wire(|r| r.zmpop_with("a", ScoreEnd::Max, three)), "ZMPOP 1 [a] MAX COUNT 3");
    let second = Duration::from_secs(1);
    assert_eq!(wire(|r| r.bzpopmin(["a", "b"], second)), "BZPOPMIN [a] [b] 1.000");
    assert_eq!(wire(|r| r.bzpopmax("a", second)), "BZPOPMAX [a] 1.000");
    assert_eq!(wire(|r| r.bzmpop(["a", "b"], ScoreEnd::Min, second)), "BZMPOP 1.000 2 [a] [b] MIN");
    let command = sent(|r| r.bzmpop_with("a", ScoreEnd::Min, Duration::ZERO, three));
    assert_eq!(command.blocking(), Block::Forever);
    assert_eq!(sent(|r| r.bzpopmin("a", second)).blocking(), Block::For(second));
    refusal(|r| r.zmpop_with("a", ScoreEnd::Max, ZMPopOptions::new().count(0)));
}

#[test]
fn no_keys_are_refused_by_name() {
    let none: [&str; 0] = [];
    let empty = |command: &str| format!("{command}: `keys` is empty: at least one is needed");
    assert_eq!(refusal(|r| r.zdiff(none)), empty("ZDIFF"));
    assert_eq!(refusal(|r| r.zunionstore("to", none)), empty("ZUNIONSTORE"));
    assert_eq!(refusal(|r| r.zmpop(none, ScoreEnd::Min)), empty("ZMPOP"));
    assert_eq!(refusal(|r| r.bzpopmin(none, Duration::ZERO)), empty("BZPOPMIN"));
    assert_eq!(refusal(|r| r.bzmpop(none, ScoreEnd::Min, Duration::ZERO)), empty("BZMPOP"));
    refusal(|r| r.zmscore("z", none));
}

#[test]
fn what_was_taken_is_alike_on_both_protocols() {
    let one = |resp2, resp3| read(resp2, resp3, |r| r.zpopmin("z"));
    assert_eq!(one("*2 $1 7 $3 1.5 ", "*2 $1 7 ,1.5 "), Some(("7".into(), 1.5)));
    assert_eq!(one("*0 ", "*0 "), None);
    let two = |resp2, resp3| read(resp2, resp3, |r| r.zpopmax_count("z", 2));
    assert_eq!(two("*2 $1 a $1 1 ", "*1 *2 $1 a ,1 "), [("a".into(), 1.0)]);
    assert_eq!(two("*0 ", "*0 "), []);
    let waited = |resp2, resp3| read(resp2, resp3, |r| r.bzpopmax("z", Duration::ZERO));
    let popped = ("z".into(), "a".into(), 1.0);
    assert_eq!(waited("*3 $1 z $1 a $1 1 ", "*3 $1 z $1 a ,1 "), Some(popped));
    assert_eq!(waited("*-1 ", "_ "), None);
    let taken = |resp2, resp3| read(resp2, resp3, |r| r.zmpop("z", ScoreEnd::Min));
    let first = ("z".into(), vec![("a".into(), 1.0)]);
    assert_eq!(taken("*2 $1 z *1 *2 $1 a $1 1 ", "*2 $1 z *1 *2 $1 a ,1 "), Some(first));
    assert_eq!(taken("*-1 ", "_ "), None);
}

#[test]
fn a_rank_may_come_with_the_score() {
    let ranked = |resp2, resp3| read(resp2, resp3, |r| r.zrank_with_score("z", "a"));
    assert_eq!(ranked("*2 :3 $3 1.5 ", "*2 :3 ,1.5 "), Some((3, 1.5)));
    assert_eq!(ranked("*-1 ", "_ "), None);
    let scores = read("*2 $3 1.5 $-1 ", "*2 ,1.5 _ ", |r| r.zmscore("z", ["a", "b"]));
    assert_eq!(scores, [Some(1.5), None]);
}

#[test]
fn conditions_stand_before_the_scores() {
    let add = |options| wire(|r| r.zadd_with("z", (1, "a"), options));
    assert_eq!(add(ZAddOptions::if_absent()), "ZADD [z] NX 1 a");
    assert_eq!(add(ZAddOptions::if_present().count_changed()), "ZADD [z] XX CH 1 a");
    assert_eq!(add(ZAddOptions::if_greater()), "ZADD [z] GT 1 a");
    assert_eq!(add(ZAddOptions::if_less()), "ZADD [z] LT 1 a");
    assert_eq!(add(ZAddOptions::if_present_and_greater()), "ZADD [z] XX GT 1 a");
    assert_eq!(add(ZAddOptions::if_present_and_less()), "ZADD [z] XX LT 1 a");
    assert_eq!(
        wire(|r| r.zadd_incr_with("z", 2.0, "a", ZAddOptions::if_present())),
        "ZADD [z] XX INCR 2 a"
    );
}

#[test]
fn scores_that_are_no_numbers_are_refused() {
    refusal(|r| r.zadd("z", [(1.0, "a"), (f64::NAN, "b")]));
    refusal(|r| r.zadd_incr("z", f64::NAN, "a"));
    let none: [(f64, &str); 0] = [];
    refusal(|r| r.zadd("z", none));
}

#[test]
fn scores_are_alike_on_both_protocols() {
    let scores = read("*4 $1 a $3 1.5 $1 b $3 inf ", "*2 *2 $1 a ,1.5 *2 $1 b ,inf ", |r| {
        r.zrange_with_scores("z", 0, -1)
    });
    assert_eq!(scores, [("a".into(), 1.5), ("b".into(), f64::INFINITY)]);
    assert_eq!(read("$3 1.5 ", ",1.5 ", |r| r.zscore("z", "a")), Some(1.5));
    assert_eq!(read("$-1 ", "_ ", |r| r.zscore("z", "a")), None);
    let value = read("$3 1.5 ", ",1.5 ", |r| r.typed::<redis_core::Value>().zscore("z", "a"));
    assert_eq!(value, redis_core::Value::Double(1.5));
}
