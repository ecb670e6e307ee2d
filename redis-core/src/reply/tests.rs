//! What every type reads, and the words of every refusal.

use super::*;
use crate::resp::{Framer, Limits};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::num::NonZero;
use std::sync::Arc;

/// Reads the reply in `wire`, in which a space stands for a line end, with and without shared bytes.
fn read<T: FromReply>(wire: &str) -> Result<T> {
    let bytes = Bytes::from(wire.replace(' ', "\r\n"));
    let framed = Framer::new(Limits::default()).frame(&bytes)?.expect("a whole reply");
    assert_eq!(framed.length, bytes.len(), "{wire:?}");
    let borrowed = T::from_reply(Reply::new(&bytes, None, framed.tape.nodes()));
    let shared = Frame::new(bytes, framed.tape);
    let owned = T::from_reply(shared.reply());
    assert_eq!(borrowed.is_ok(), owned.is_ok(), "{wire:?}");
    owned
}

fn refusal<T: FromReply + std::fmt::Debug>(wire: &str) -> String {
    read::<T>(wire).unwrap_err().to_string()
}

#[test]
fn integers_come_from_whatever_carries_them() -> Result<()> {
    for wire in [":42 ", "$2 42 ", "+42 ", ",42 ", "(42 ", "=6 txt:42 "] {
        assert_eq!(read::<i64>(wire)?, 42, "{wire:?}");
        assert_eq!(read::<u8>(wire)?, 42, "{wire:?}");
        assert_eq!(read::<NonZero<u16>>(wire)?.get(), 42, "{wire:?}");
    }
    assert_eq!(read::<i64>("#t ")?, 1);
    assert_eq!(read::<u64>("$20 18446744073709551615 ")?, u64::MAX);
    assert_eq!(read::<i128>("(-170141183460469231731687303715884105728 ")?, i128::MIN);
    assert_eq!(read::<i8>(":-128 ")?, i8::MIN);
    Ok(())
}

#[test]
fn an_integer_that_does_not_fit_is_refused_and_never_shown() {
    assert_eq!(refusal::<u8>(":256 "), "wanted u8, found an integer out of its range");
    assert_eq!(refusal::<u64>(":-1 "), "wanted u64, found an integer out of its range");
    assert_eq!(
        refusal::<i64>("$20 99999999999999999999 "),
        "wanted i64, found an integer out of its range"
    );
    assert_eq!(refusal::<NonZero<i32>>(":0 "), "wanted NonZero<i32>, found zero");
    assert_eq!(refusal::<i64>("$7 hunter2 "), "wanted i64, found bulk string of 7 bytes");
    assert_eq!(refusal::<i64>(",1.5 "), "wanted i64, found double");
    assert_eq!(refusal::<i64>("*2 :1 :2 "), "wanted i64, found array of 2 elements");
    assert_eq!(refusal::<i64>("%1 :1 :2 "), "wanted i64, found map of 1 elements");
}

#[test]
fn floats_come_from_text_and_from_doubles() -> Result<()> {
    for wire in ["$3 1.5 ", ",1.5 ", "+1.5 "] {
        assert_eq!(read::<f64>(wire)?, 1.5, "{wire:?}");
        assert_eq!(read::<f32>(wire)?, 1.5, "{wire:?}");
    }
    assert_eq!(read::<f64>(":3 ")?, 3.0);
    assert_eq!(read::<f64>("$3 inf ")?, f64::INFINITY);
    assert_eq!(read::<f32>(",-inf ")?, f32::NEG_INFINITY);
    assert!(read::<f64>(",nan ")?.is_nan() && read::<f32>("$3 nan ")?.is_nan());
    assert_eq!(refusal::<f32>(",1e300 "), "wanted f32, found a number out of its range");
    assert_eq!(refusal::<f64>("$3 abc "), "wanted f64, found bulk string of 3 bytes");
    Ok(())
}

#[test]
fn a_truth_is_one_or_zero_or_ok() -> Result<()> {
    for wire in [":1 ", "#t ", "$1 1 ", "+OK "] {
        assert!(read::<bool>(wire)?, "{wire:?}");
    }
    for wire in [":0 ", "#f ", "$1 0 "] {
        assert!(!read::<bool>(wire)?, "{wire:?}");
    }
    assert_eq!(refusal::<bool>(":2 "), "wanted bool, found integer");
    assert_eq!(refusal::<bool>("$2 OK "), "wanted bool, found bulk string of 2 bytes");
    assert_eq!(refusal::<bool>("_ "), "wanted bool, found nil: declare it as `Option`");
    Ok(())
}

#[test]
fn text_and_bytes_come_from_every_scalar() -> Result<()> {
    assert_eq!(read::<String>("$5 hello ")?, "hello");
    assert_eq!(read::<String>(":5 ")?, "5");
    assert_eq!(read::<String>("#t ")?, "1");
    assert_eq!(&*read::<Box<str>>("+OK ")?, "OK");
    assert_eq!(&*read::<Arc<str>>("=8 txt:Some ")?, "Some");
    assert_eq!(read::<Cow<'static, str>>("$1 a ")?, "a");
    assert_eq!(read::<char>("$2 \u{e9} ")?, '\u{e9}');
    assert_eq!(read::<Bytes>("$2 ab ")?, "ab");
    assert_eq!(read::<Vec<u8>>("$2 ab ")?, b"ab");
    assert_eq!(read::<[u8; 2]>("$2 ab ")?, *b"ab");
    assert_eq!(read::<BulkString>("$2 ab ")?, "ab");
    assert_eq!(refusal::<char>("$2 ab "), "wanted char, found bulk string of 2 bytes");
    Ok(())
}

#[test]
fn what_is_no_utf8_is_bytes_but_no_string() {
    let bytes = b"$2\r\n\xff\xfe\r\n";
    let framed = Framer::new(Limits::default()).frame(bytes).unwrap().expect("a whole reply");
    let reply = Reply::new(bytes, None, framed.tape.nodes());
    assert_eq!(Vec::<u8>::from_reply(reply).unwrap(), b"\xff\xfe");
    let error = String::from_reply(reply).unwrap_err();
    assert_eq!(error.to_string(), "wanted String, found bulk string of 2 bytes");
}

#[test]
fn nil_is_none_and_otherwise_says_declare_it_as_option() -> Result<()> {
    for nil in ["$-1 ", "*-1 ", "_ "] {
        assert_eq!(read::<Option<i64>>(nil)?, None);
        assert_eq!(read::<Option<Vec<i64>>>(nil)?, None);
        assert_eq!(refusal::<i64>(nil), "wanted i64, found nil: declare it as `Option`");
        assert_eq!(refusal::<Vec<i64>>(nil), "wanted array, found nil: declare it as `Option`");
        assert_eq!(refusal::<BulkString>(nil), "wanted string, found nil: declare it as `Option`");
        read::<()>(nil)?;
    }
    assert_eq!(read::<Option<i64>>(":1 ")?, Some(1));
    assert_eq!(read::<Vec<Option<i64>>>("*2 :1 $-1 ")?, [Some(1), None]);
    Ok(())
}

#[test]
fn lists_and_sets_come_from_every_list_of_the_wire() -> Result<()> {
    for kind in ["*", "~", ">"] {
        let wire = format!("{kind}3 :1 $1 2 :2 ");
        assert_eq!(read::<Vec<i64>>(&wire)?, [1, 2, 2]);
        assert_eq!(read::<VecDeque<i64>>(&wire)?, [1, 2, 2]);
        assert_eq!(*read::<Box<[i64]>>(&wire)?, [1, 2, 2]);
        assert_eq!(read::<[i64; 3]>(&wire)?, [1, 2, 2]);
        assert_eq!(read::<HashSet<i64>>(&wire)?, HashSet::from([1, 2]));
        assert_eq!(read::<BTreeSet<i64>>(&wire)?, BTreeSet::from([1, 2]));
        assert_eq!(read::<(i64, String, u8)>(&wire)?, (1, "2".to_owned(), 2));
    }
    assert_eq!(read::<Vec<u8>>("*2 :1 :2 ")?, [1, 2]);
    assert_eq!(refusal::<[i64; 2]>("*3 :1 :2 :3 "), "wanted 2 elements, found 3");
    assert_eq!(
        refusal::<(i64, i64)>("*3 :1 :2 :3 "),
        "wanted 2 elements, found array of 3 elements"
    );
    assert_eq!(refusal::<Vec<i64>>("$1 a "), "wanted array, found bulk string of 1 bytes");
    Ok(())
}

#[test]
fn maps_come_from_maps_pairs_and_even_arrays() -> Result<()> {
    let expected = BTreeMap::from([("a".to_owned(), 1), ("b".to_owned(), 2)]);
    for wire in ["%2 $1 a :1 $1 b :2 ", "*4 $1 a :1 $1 b :2 ", "*2 *2 $1 a :1 *2 $1 b :2 "] {
        assert_eq!(read::<BTreeMap<String, i64>>(wire)?, expected, "{wire:?}");
        let map = read::<HashMap<String, i64>>(wire)?;
        assert_eq!(map.into_iter().collect::<BTreeMap<_, _>>(), expected, "{wire:?}");
        let pairs = read::<Vec<(String, i64)>>(wire)?;
        assert_eq!(pairs, [("a".to_owned(), 1), ("b".to_owned(), 2)], "{wire:?}");
    }
    assert_eq!(read::<Vec<(String, i64)>>("*0 ")?, []);
    assert_eq!(
        refusal::<HashMap<String, i64>>("*3 :1 :2 :3 "),
        "wanted map, found array of 3 elements"
    );
    assert_eq!(
        refusal::<Vec<(i64, i64)>>("*3 :1 :2 :3 "),
        "wanted array of pairs, found array of 3 elements"
    );
    Ok(())
}

#[test]
fn an_error_is_an_err_wherever_the_type_cannot_hold_it() -> Result<()> {
    assert_eq!(refusal::<()>("-ERR "), "ERR");
    assert_eq!(refusal::<Value>("-ERR "), "ERR");
    assert_eq!(refusal::<Option<i64>>("-ERR "), "ERR");
    assert_eq!(refusal::<Vec<i64>>("*2 :1 -ERR "), "ERR");
    let each = read::<Vec<Result<i64>>>("*3 :1 -ERR $1 x ")?;
    assert!(each[0].is_ok());
    assert!(each[1].as_ref().is_err_and(Error::is_server_error));
    assert!(each[2].as_ref().is_err_and(Error::is_conversion));
    let values = read::<Vec<Value>>("*2 :1 -ERR ")?;
    assert_eq!(values[0], Value::Integer(1));
    assert!(matches!(&values[1], Value::Error(error) if error.code() == "ERR"));
    Ok(())
}

#[test]
fn attributes_do_not_stand_in_the_way() -> Result<()> {
    assert_eq!(read::<i64>("|1 +a :9 :5 ")?, 5);
    assert_eq!(read::<Vec<i64>>("*2 |1 +a :9 :5 |0 |0 :6 ")?, [5, 6]);
    assert_eq!(read::<(i64, i64)>("|1 +a :9 *2 :5 :6 ")?, (5, 6));
    Ok(())
}

#[test]
fn a_frame_keeps_a_part_of_a_reply_for_later() -> Result<()> {
    let (number, frame, last) =
        read::<(i64, Frame, i64)>("*3 :1 |1 +a :9 *2 =8 txt:Some %1 $1 k :2 :3 ")?;
    assert_eq!((number, last), (1, 3));
    let attributes: Vec<_> = frame.reply().attributes().into_iter().flatten().collect();
    assert_eq!(i64::from_reply(attributes[0].1)?, 9);
    let (text, map) = <(Value, HashMap<String, i64>)>::from_reply(frame.reply())?;
    assert_eq!(text, Value::Verbatim { format: "txt".into(), text: "Some".into() });
    assert_eq!(map, HashMap::from([("k".to_owned(), 2)]));
    assert_eq!(read::<Vec<Frame>>("*2 $-1 :1 ")?.len(), 2);
    Ok(())
}

#[test]
fn a_large_value_shares_its_frame_and_a_small_one_does_not() -> Result<()> {
    for (size, shares) in [(4095, false), (4096, true)] {
        let bytes = Bytes::from(format!("${size}\r\n{}\r\n", "x".repeat(size)));
        let within = bytes.as_ptr_range();
        let framed = Framer::new(Limits::default()).frame(&bytes)?.expect("a whole reply");
        let frame = Frame::new(bytes, framed.tape);
        let value = BulkString::from_reply(frame.reply())?;
        assert_eq!(within.contains(&value.as_bytes().as_ptr()), shares, "{size} bytes");
    }
    Ok(())
}

#[test]
fn what_carries_replies_shows_none_of_their_content() {
    let bytes = Bytes::from_static(b"*1\r\n$?\r\n;7\r\nhunter2\r\n;0\r\n");
    let mut framer = Framer::new(Limits::default());
    assert!(framer.frame(&bytes[..bytes.len() - 1]).unwrap().is_none());
    assert!(!format!("{framer:?}").contains("hunter2"));
    let framed = framer.frame(&bytes).unwrap().expect("a whole reply");
    assert_eq!(format!("{framed:?}"), "Framed(25 bytes, 2 nodes)");
    let frame = Frame::new(framed.joined.unwrap(), framed.tape);
    assert_eq!(format!("{frame:?} {:?}", frame.reply()), "Frame(array, 32 bytes) Reply(array)");
    assert_eq!(<[String; 1]>::from_reply(frame.reply()).unwrap(), ["hunter2"]);
}
