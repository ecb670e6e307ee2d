//! Every case is also cut at every byte, and fed byte by byte: the outcome must not change.

use super::*;
use crate::error::ServerError;
use crate::reply::{Reply, Value};

type Outcome = Result<Vec<Value>, ProtocolError>;

/// Feeds `wire` so that it grows to each of `sizes` in turn, and reads all replies in it.
fn feed(limits: Limits, wire: &[u8], sizes: impl Iterator<Item = usize>) -> (Outcome, Framer) {
    let mut framer = Framer::new(limits);
    let (mut values, mut start) = (Vec::new(), 0);
    for size in sizes {
        loop {
            let bytes = &wire[start..size];
            match framer.frame(bytes) {
                Err(error) => return (Err(error), framer),
                Ok(None) => {
                    assert!(framer.wants() > bytes.len(), "wants no more than it has");
                    assert_eq!(framer.is_mid_frame(), !bytes.is_empty());
                    break;
                }
                Ok(Some(framed)) => {
                    let frame = framed.joined.as_deref().unwrap_or(&bytes[..framed.length]);
                    values.push(Value::read(Reply::new(frame, None, framed.tape.nodes())));
                    start += framed.length;
                    framer.recycle(framed.tape);
                }
            }
        }
    }
    (Ok(values), framer)
}

fn outcome_with(limits: Limits, wire: &[u8]) -> Outcome {
    let (whole, _) = feed(limits, wire, std::iter::once(wire.len()));
    for cut in 0..wire.len() {
        let (split, _) = feed(limits, wire, [cut, wire.len()].into_iter());
        assert_eq!(split, whole, "cut at {cut}: {:?}", String::from_utf8_lossy(wire));
    }
    let (dripped, _) = feed(limits, wire, 0..=wire.len());
    assert_eq!(dripped, whole, "byte by byte: {:?}", String::from_utf8_lossy(wire));
    whole
}

fn outcome(wire: &[u8]) -> Outcome {
    outcome_with(Limits::default(), wire)
}

fn value(wire: &[u8]) -> Value {
    match outcome(wire).as_deref() {
        Ok([value]) => value.clone(),
        other => panic!("not one reply: {other:?}"),
    }
}

fn bulk(text: &str) -> Value {
    Value::BulkString(text.into())
}

fn simple(text: &str) -> Value {
    Value::SimpleString(text.into())
}

#[test]
fn every_scalar_of_both_protocols_is_read() {
    assert_eq!(value(b"+OK\r\n"), simple("OK"));
    assert_eq!(value(b"+\r\n"), simple(""));
    assert_eq!(value(b"-ERR no\r\n"), Value::Error(ServerError::parse(b"ERR no")));
    for (wire, number) in [
        (&b":0\r\n"[..], 0),
        (b":-1\r\n", -1),
        (b":+7\r\n", 7),
        (b":123456789012345678\r\n", 123_456_789_012_345_678),
        (b":9223372036854775807\r\n", i64::MAX),
        (b":-9223372036854775808\r\n", i64::MIN),
    ] {
        assert_eq!(value(wire), Value::Integer(number));
    }
    for length in [0, 1, 9, 10, 99, 100, 1000] {
        let text = "x".repeat(length);
        assert_eq!(value(format!("${length}\r\n{text}\r\n").as_bytes()), bulk(&text));
    }
    assert_eq!(value(b"$4\r\n\r\n\r\n\r\n"), bulk("\r\n\r\n"));
    for nil in [&b"$-1\r\n"[..], b"*-1\r\n", b"_\r\n"] {
        assert_eq!(value(nil), Value::Nil);
    }
    assert_eq!(value(b"#t\r\n"), Value::Boolean(true));
    assert_eq!(value(b"#f\r\n"), Value::Boolean(false));
    assert_eq!(value(b",1.5\r\n"), Value::Double(1.5));
    assert_eq!(value(b",10\r\n"), Value::Double(10.0));
    assert_eq!(value(b",-inf\r\n"), Value::Double(f64::NEG_INFINITY));
    assert_eq!(value(b",1e-7\r\n"), Value::Double(1e-7));
    assert!(matches!(feed(Limits::default(), b",nan\r\n", [6].into_iter()).0.as_deref(),
        Ok([Value::Double(number)]) if number.is_nan()));
    assert_eq!(
        value(b"(-12345678901234567890123\r\n"),
        Value::BigNumber("-12345678901234567890123".into())
    );
    assert_eq!(value(b"!8\r\nERR a\r\nb\r\n"), Value::Error(ServerError::parse(b"ERR a\r\nb")));
    assert_eq!(
        value(b"=8\r\ntxt:Some\r\n"),
        Value::Verbatim { format: "txt".into(), text: "Some".into() }
    );
    assert_eq!(value(b"=4\r\nmkd:\r\n"), Value::Verbatim { format: "mkd".into(), text: "".into() });
}

#[test]
fn every_aggregate_is_read_empty_and_nested() {
    assert_eq!(value(b"*0\r\n"), Value::Array(vec![]));
    assert_eq!(value(b"~0\r\n"), Value::Set(vec![]));
    assert_eq!(value(b"%0\r\n"), Value::Map(vec![]));
    assert_eq!(value(b">0\r\n"), Value::Push(vec![]));
    assert_eq!(
        value(b"*4\r\n:1\r\n*0\r\n*2\r\n$1\r\na\r\n*1\r\n_\r\n+z\r\n"),
        Value::Array(vec![
            Value::Integer(1),
            Value::Array(vec![]),
            Value::Array(vec![bulk("a"), Value::Array(vec![Value::Nil])]),
            simple("z"),
        ])
    );
    assert_eq!(
        value(b"%2\r\n+a\r\n~1\r\n:1\r\n+b\r\n%1\r\n:2\r\n#t\r\n"),
        Value::Map(vec![
            (simple("a"), Value::Set(vec![Value::Integer(1)])),
            (simple("b"), Value::Map(vec![(Value::Integer(2), Value::Boolean(true))])),
        ])
    );
    assert_eq!(
        value(b">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n"),
        Value::Push(vec![bulk("invalidate"), Value::Array(vec![bulk("k")])])
    );
    assert_eq!(
        value(b"*2\r\n-ERR x\r\n:1\r\n"),
        Value::Array(vec![Value::Error(ServerError::parse(b"ERR x")), Value::Integer(1)])
    );
}

#[test]
fn streamed_strings_are_joined_wherever_they_stand() {
    assert_eq!(
        value(b"$?\r\n;4\r\nHell\r\n;6\r\no worl\r\n;1\r\nd\r\n;0\r\n"),
        bulk("Hello world")
    );
    assert_eq!(value(b"$?\r\n;0\r\n"), bulk(""));
    assert_eq!(
        value(b"*4\r\n$?\r\n;1\r\na\r\n;2\r\nbc\r\n;0\r\n$1\r\nx\r\n$?\r\n;0\r\n%1\r\n$?\r\n;1\r\nk\r\n;0\r\n:1\r\n"),
        Value::Array(vec![
            bulk("abc"),
            bulk("x"),
            bulk(""),
            Value::Map(vec![(bulk("k"), Value::Integer(1))]),
        ])
    );
}

#[test]
fn streamed_aggregates_end_at_their_dot() {
    assert_eq!(
        value(b"*?\r\n:1\r\n*2\r\n:2\r\n:3\r\n$1\r\na\r\n.\r\n"),
        Value::Array(vec![
            Value::Integer(1),
            Value::Array(vec![Value::Integer(2), Value::Integer(3)]),
            bulk("a"),
        ])
    );
    assert_eq!(value(b"~?\r\n.\r\n"), Value::Set(vec![]));
    assert_eq!(
        value(b"%?\r\n+a\r\n*?\r\n.\r\n+b\r\n:2\r\n.\r\n"),
        Value::Map(vec![(simple("a"), Value::Array(vec![])), (simple("b"), Value::Integer(2))])
    );
    assert_eq!(value(b">?\r\n+m\r\n.\r\n"), Value::Push(vec![simple("m")]));
    assert_eq!(
        value(b"*2\r\n*?\r\n:1\r\n.\r\n:2\r\n"),
        Value::Array(vec![Value::Array(vec![Value::Integer(1)]), Value::Integer(2)])
    );
}

#[test]
fn attributes_belong_to_the_value_that_follows() {
    let attributed = |value: Value| Value::Attributed {
        attributes: vec![(simple("ttl"), Value::Integer(3600))],
        value: Box::new(value),
    };
    assert_eq!(value(b"|1\r\n+ttl\r\n:3600\r\n:5\r\n"), attributed(Value::Integer(5)));
    assert_eq!(value(b"|?\r\n+ttl\r\n:3600\r\n.\r\n$1\r\na\r\n"), attributed(bulk("a")));
    assert_eq!(
        value(b"*3\r\n:1\r\n|1\r\n+ttl\r\n:3600\r\n:2\r\n:3\r\n"),
        Value::Array(vec![Value::Integer(1), attributed(Value::Integer(2)), Value::Integer(3)])
    );
    assert_eq!(
        value(b"*?\r\n|1\r\n+ttl\r\n:3600\r\n*0\r\n.\r\n"),
        Value::Array(vec![attributed(Value::Array(vec![]))])
    );
    assert_eq!(
        value(b"%1\r\n|1\r\n+ttl\r\n:3600\r\n+k\r\n|1\r\n+ttl\r\n:3600\r\n+v\r\n"),
        Value::Map(vec![(attributed(simple("k")), attributed(simple("v")))])
    );
}

#[test]
fn several_sets_of_attributes_are_read_as_one() {
    let both = Value::Attributed {
        attributes: vec![
            (simple("ttl"), Value::Integer(3600)),
            (simple("hits"), Value::Integer(7)),
        ],
        value: Box::new(Value::Integer(5)),
    };
    assert_eq!(value(b"|1\r\n+ttl\r\n:3600\r\n|0\r\n|1\r\n+hits\r\n:7\r\n:5\r\n"), both);
    let many = b"|0\r\n".repeat(100_000);
    let (values, _) =
        feed(Limits::default(), &[&many[..], b":5\r\n"].concat(), [400_004].into_iter());
    let alone = Value::Attributed { attributes: vec![], value: Box::new(Value::Integer(5)) };
    assert_eq!(values.as_deref(), Ok(&[alone][..]));
}

#[test]
fn replies_follow_one_another() {
    assert_eq!(
        outcome(b"+OK\r\n$3\r\nfoo\r\n*1\r\n:1\r\n$?\r\n;1\r\na\r\n;0\r\n:2\r\n|0\r\n:3\r\n*2\r\n:4\r\n:5\r\n"),
        Ok(vec![
            simple("OK"),
            bulk("foo"),
            Value::Array(vec![Value::Integer(1)]),
            bulk("a"),
            Value::Integer(2),
            Value::Attributed { attributes: vec![], value: Box::new(Value::Integer(3)) },
            Value::Array(vec![Value::Integer(4), Value::Integer(5)]),
        ])
    );
}

#[test]
fn what_is_no_resp_is_refused_with_what_and_where() {
    use ProtocolError::*;
    let cases: &[(&str, ProtocolError)] = &[
        ("HTTP/1.1 400", UnknownType { byte: b'H', offset: 0 }),
        ("*2\r\n:1\r\nx\r\n", UnknownType { byte: b'x', offset: 8 }),
        ("\r\n", UnknownType { byte: b'\r', offset: 0 }),
        (":1\n", LineEnd { byte: b'\n', offset: 2 }),
        (":1\rx", LineEnd { byte: b'x', offset: 3 }),
        ("+a\nb\r\n", LineEnd { byte: b'\n', offset: 2 }),
        ("$1\r\nabc\r\n", LineEnd { byte: b'b', offset: 5 }),
        ("$1\r\na\rc\r\n", LineEnd { byte: b'c', offset: 6 }),
        ("$0\r\n$0\r\n\r\n", LineEnd { byte: b'$', offset: 4 }),
        ("$-2\r\n", Length { kind: Kind::BulkString, offset: 0 }),
        ("$+1\r\n", Length { kind: Kind::BulkString, offset: 0 }),
        ("$\r\n", Length { kind: Kind::BulkString, offset: 0 }),
        ("$1x\r\n", Length { kind: Kind::BulkString, offset: 0 }),
        ("!-1\r\n", Length { kind: Kind::BulkError, offset: 0 }),
        ("!?\r\n", Length { kind: Kind::BulkError, offset: 0 }),
        ("=-1\r\n", Length { kind: Kind::VerbatimString, offset: 0 }),
        ("*-2\r\n", Length { kind: Kind::Array, offset: 0 }),
        ("%-1\r\n", Length { kind: Kind::Map, offset: 0 }),
        ("*99999999999999999999999\r\n", Length { kind: Kind::Array, offset: 0 }),
        (":\r\n", Malformed { kind: Kind::Integer, offset: 0 }),
        (":1.5\r\n", Malformed { kind: Kind::Integer, offset: 0 }),
        (":9223372036854775808\r\n", Malformed { kind: Kind::Integer, offset: 0 }),
        ("#x\r\n", Malformed { kind: Kind::Boolean, offset: 0 }),
        ("#true\r\n", Malformed { kind: Kind::Boolean, offset: 0 }),
        ("_x\r\n", Malformed { kind: Kind::Nil, offset: 0 }),
        (",abc\r\n", Malformed { kind: Kind::Double, offset: 0 }),
        ("(1.5\r\n", Malformed { kind: Kind::BigNumber, offset: 0 }),
        ("=3\r\ntxt\r\n", Malformed { kind: Kind::VerbatimString, offset: 0 }),
        ("=5\r\ntxtab\r\n", Malformed { kind: Kind::VerbatimString, offset: 0 }),
        (".\r\n", UnexpectedEnd { offset: 0 }),
        ("*1\r\n.\r\n", UnexpectedEnd { offset: 4 }),
        ("*?\r\n*1\r\n.\r\n", UnexpectedEnd { offset: 8 }),
        (";1\r\na\r\n", UnexpectedChunk { offset: 0 }),
        ("*?\r\n;1\r\na\r\n", UnexpectedChunk { offset: 4 }),
        ("$?\r\n$1\r\na\r\n", MissingChunk { byte: b'$', offset: 4 }),
        ("*2\r\n$?\r\n:1\r\n", MissingChunk { byte: b':', offset: 8 }),
        ("$?\r\n.\r\n", MissingChunk { byte: b'.', offset: 4 }),
        ("$?\r\n;-1\r\n", Length { kind: Kind::BulkString, offset: 4 }),
        ("%?\r\n+a\r\n.\r\n", MissingValue { kind: Kind::Map, offset: 8 }),
        ("|?\r\n+a\r\n.\r\n:1\r\n", MissingValue { kind: Kind::Attribute, offset: 8 }),
        ("*?\r\n|0\r\n.\r\n", AttributesAlone { offset: 8 }),
    ];
    for (wire, error) in cases {
        assert_eq!(outcome(wire.as_bytes()), Err(error.clone()), "{wire:?}");
    }
}

#[test]
fn a_framer_that_failed_repeats_the_failure() {
    let mut framer = Framer::new(Limits::default());
    let error = framer.frame(b"x").unwrap_err();
    assert_eq!(framer.frame(b"+OK\r\n").unwrap_err(), error);
    assert!(framer.is_mid_frame());
}

#[test]
fn an_error_says_what_and_where_in_words() {
    let error = outcome(b"*2\r\n:1\r\nx\r\n").unwrap_err();
    assert_eq!(error.to_string(), "byte 0x78 at offset 8 begins no reply");
    let error = outcome_with(Limits::default().with_bulk_length(9), b"$10\r\n").unwrap_err();
    assert_eq!(error.to_string(), "10 bytes of string at offset 0: the limit is 9");
    let error = crate::error::Error::from(error);
    assert_eq!(error.kind(), crate::error::ErrorKind::Protocol);
}

fn bound(outcome: Outcome) -> Option<(Bound, u64)> {
    match outcome {
        Err(ProtocolError::LimitExceeded { bound, found, .. }) => Some((bound, found)),
        _ => None,
    }
}

#[test]
fn every_limit_lets_itself_pass_and_nothing_more() {
    let limits = Limits::default();
    let nested = |depth: usize| [b"*1\r\n".repeat(depth), b":1\r\n".to_vec()].concat();
    let empty = |depth: usize| [b"*1\r\n".repeat(depth - 1), b"*0\r\n".to_vec()].concat();
    type Case = (Limits, Bound, Vec<u8>, Vec<u8>);
    let cases: Vec<Case> = vec![
        (limits.with_depth(3), Bound::Depth, nested(3), nested(4)),
        (limits.with_depth(3), Bound::Depth, empty(3), empty(4)),
        (
            limits.with_bulk_length(12),
            Bound::BulkLength,
            b"$12\r\n123456789012\r\n".into(),
            b"$13\r\n".into(),
        ),
        (
            limits.with_bulk_length(3),
            Bound::BulkLength,
            b"*1\r\n$3\r\n123\r\n".into(),
            b"*1\r\n$4\r\n1234\r\n".into(),
        ),
        (
            limits.with_bulk_length(3),
            Bound::BulkLength,
            b"$?\r\n;2\r\nab\r\n;1\r\nc\r\n;0\r\n".into(),
            b"$?\r\n;2\r\nab\r\n;2\r\ncd\r\n;0\r\n".into(),
        ),
        (
            limits.with_bulk_length(8),
            Bound::BulkLength,
            b"=8\r\ntxt:Some\r\n".into(),
            b"=9\r\n".into(),
        ),
        (limits.with_line_length(3), Bound::LineLength, b"+abc\r\n".into(), b"+abcd".into()),
        (limits.with_elements(2), Bound::Elements, b"*2\r\n:1\r\n:2\r\n".into(), b"*3\r\n".into()),
        (limits.with_elements(2), Bound::Elements, b"%1\r\n:1\r\n:2\r\n".into(), b"%2\r\n".into()),
        (
            limits.with_elements(2),
            Bound::Elements,
            b"*?\r\n:1\r\n:2\r\n.\r\n".into(),
            b"*?\r\n:1\r\n:2\r\n:3\r\n".into(),
        ),
        (
            limits.with_frame_elements(3),
            Bound::FrameElements,
            b"*2\r\n:1\r\n:2\r\n".into(),
            b"*3\r\n:1\r\n:2\r\n:3\r\n".into(),
        ),
        (
            limits.with_frame_elements(3),
            Bound::FrameElements,
            b"*1\r\n*1\r\n+a\r\n".into(),
            b"*1\r\n*1\r\n*1\r\n+a\r\n".into(),
        ),
        (
            limits.with_frame_length(9),
            Bound::FrameLength,
            b"$3\r\nabc\r\n".into(),
            b"$4\r\nabcd\r\n".into(),
        ),
        (
            limits.with_frame_length(8),
            Bound::FrameLength,
            b"*1\r\n:1\r\n".into(),
            b"*1\r\n:12\r\n".into(),
        ),
        (
            limits.with_frame_length(16),
            Bound::FrameLength,
            b"$?\r\n;1\r\na\r\n;0\r\n".into(),
            b"$?\r\n;2\r\nab\r\n;0\r\n".into(),
        ),
    ];
    for (limits, expected, within, beyond) in cases {
        let shown = String::from_utf8_lossy(&within).into_owned();
        assert_eq!(outcome_with(limits, &within).map(|values| values.len()), Ok(1), "{shown:?}");
        let shown = String::from_utf8_lossy(&beyond).into_owned();
        // how much had arrived when the bound was passed depends on the cut; the bound does not
        let (whole, _) = feed(limits, &beyond, std::iter::once(beyond.len()));
        let (dripped, _) = feed(limits, &beyond, 0..=beyond.len());
        assert_eq!(bound(whole).map(|found| found.0), Some(expected), "{shown:?}");
        assert_eq!(bound(dripped).map(|found| found.0), Some(expected), "{shown:?}");
    }
}

#[test]
fn nothing_is_allocated_for_what_is_only_announced() {
    for wire in [
        &b"*60000000\r\n"[..],
        b"%30000000\r\n",
        b"*60000000\r\n*60000000\r\n:1\r\n",
        b"$500000000\r\n",
    ] {
        let (outcome, framer) = feed(Limits::default(), wire, std::iter::once(wire.len()));
        assert_eq!(outcome, Ok(vec![]));
        assert!(framer.nodes.capacity() < 64, "{} nodes", framer.nodes.capacity());
    }
}

#[test]
fn every_byte_is_visited_a_bounded_number_of_times_however_the_input_is_cut() {
    let line = [b"+".to_vec(), vec![b'x'; 3000], b"\r\n".to_vec()].concat();
    let bulk = [b"$3000\r\n".to_vec(), vec![b'x'; 3000], b"\r\n".to_vec()].concat();
    let list = [b"*500\r\n".to_vec(), b"$3\r\nabc\r\n".repeat(500)].concat();
    let nested = [b"*2\r\n:1\r\n".repeat(100), b"_\r\n".to_vec()].concat();
    let chunks =
        [b"$?\r\n".to_vec(), b";9\r\n123456789\r\n".repeat(200), b";0\r\n".to_vec()].concat();
    for wire in [line, bulk, list, nested, chunks] {
        let (outcome, framer) = feed(Limits::default(), &wire, 0..=wire.len());
        assert_eq!(outcome.map(|values| values.len()), Ok(1));
        assert!(framer.visited <= wire.len() * 4, "{} visits of {}", framer.visited, wire.len());
    }
}

#[test]
fn within_a_long_string_it_says_how_much_it_wants() {
    let mut framer = Framer::new(Limits::default());
    assert_eq!(framer.wants(), 1);
    assert!(framer.frame(b"*2\r\n:1\r\n$1000\r\nabc").unwrap().is_none());
    assert_eq!(framer.wants(), 8 + 7 + 1000 + 2);
}

#[test]
fn a_scalar_needs_no_tape_and_a_recycled_tape_is_used_again() {
    let mut framer = Framer::new(Limits::default());
    let framed = framer.frame(b"$3\r\nabc\r\n").unwrap().unwrap();
    assert!(matches!(framed.tape, Tape::One(_)));
    let framed = framer.frame(b"*3\r\n:1\r\n:2\r\n:3\r\n").unwrap().unwrap();
    let Tape::Many(nodes) = framed.tape else { panic!("an array is no scalar") };
    let at = nodes.as_ptr();
    framer.recycle(Tape::Many(nodes));
    let framed = framer.frame(b"*2\r\n:1\r\n:2\r\n").unwrap().unwrap();
    assert_eq!(framed.tape.nodes().as_ptr(), at);
}

#[test]
fn the_fast_path_and_the_slow_one_agree() {
    for wire in [
        "$0\r\n\r\n",
        "$3\r\nabc\r\n",
        "$-1\r\n",
        "_\r\n",
        ":1\r\n",
        ":-12\r\n",
        "+OK\r\n",
        "$007\r\n1234567\r\n",
        ":007\r\n",
    ] {
        let wire = wire.as_bytes();
        let fast = Framer::new(Limits::default()).frame(wire).unwrap().unwrap();
        let mut framer = Framer::new(Limits::default());
        assert!(framer.frame(&wire[..1]).unwrap().is_none());
        let slow = framer.frame(wire).unwrap().unwrap();
        assert_eq!((fast.length, fast.tape), (slow.length, slow.tape), "{wire:?}");
    }
}
