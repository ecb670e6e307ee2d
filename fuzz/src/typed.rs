//! Whatever arrives, every type reads it or says why not.

use crate::wire::{read, tight};
use redis_core::convert::Seconds;
use redis_core::reply::Shape;
use redis_core::resp::{Frame, Framer};
use redis_core::{BulkString, ErrorKind, FromReply, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// The first byte chooses a shape, the others are the wire.
pub fn run(data: &[u8]) {
    let [choice, wire @ ..] = data else { return };
    read(tight(), wire, [wire.len()], |reply| {
        let _ = format!("{reply:?} {}", Value::read(reply));
        everything(reply);
    });
    const SHAPES: [Shape; 8] = [
        Shape::AsIs,
        Shape::Accepted,
        Shape::Double,
        Shape::Map,
        Shape::Pairs,
        Shape::PairsOf(&Shape::Double),
        Shape::Tuple(&[Shape::AsIs, Shape::Map]),
        Shape::Fields(&[("a", Shape::ListOf(&Shape::Map)), ("b", Shape::MapOf(&Shape::Set))]),
    ];
    let shape = SHAPES[usize::from(*choice) % SHAPES.len()];
    let bytes = bytes::Bytes::copy_from_slice(wire);
    if let Ok(Some(framed)) = Framer::new(tight()).frame(&bytes) {
        let owned = framed.joined.clone().unwrap_or_else(|| bytes.slice(..framed.length));
        let mut frame = Frame::new(owned, framed.tape);
        frame.reshape(shape);
        everything(frame.reply());
        let _ = Value::read(frame.reply());
    }
}

fn everything(reply: redis_core::Reply<'_>) {
    one::<()>(reply);
    one::<bool>(reply);
    one::<i64>(reply);
    one::<u8>(reply);
    one::<u64>(reply);
    one::<f64>(reply);
    one::<String>(reply);
    one::<BulkString>(reply);
    one::<Vec<u8>>(reply);
    one::<Value>(reply);
    one::<Option<i64>>(reply);
    one::<Seconds>(reply);
    one::<Vec<String>>(reply);
    one::<Vec<Option<BulkString>>>(reply);
    one::<Vec<(String, f64)>>(reply);
    one::<(i64, String)>(reply);
    one::<HashMap<String, String>>(reply);
    one::<BTreeMap<BulkString, Vec<Value>>>(reply);
    one::<HashSet<BulkString>>(reply);
    one::<BTreeSet<i64>>(reply);
    one::<[u32; 3]>(reply);
}

fn one<T: FromReply>(reply: redis_core::Reply<'_>) {
    if let Err(error) = T::from_reply(reply) {
        let said = error.to_string();
        assert!(!said.is_empty());
        assert_ne!(error.kind(), ErrorKind::Protocol, "a type broke the connection: {said}");
    }
}
