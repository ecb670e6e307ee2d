//! Encoding and decoding alone.

use crate::peer::{STRING, list};
use redis_core::command::{Command, table};
use redis_core::resp::{Framer, Limits};
use redis_core::{FromReply, Reply, Shape};
use std::collections::{BTreeMap, HashMap};
use std::hint::black_box;

pub(crate) fn encode_set(times: usize) {
    let mut out = Vec::with_capacity(4096);
    for _ in 0..times {
        out.clear();
        let command = Command::new(&table::SET).key("some:key:1234").arg("0123456789abcdef");
        black_box(&command).write_to(&mut out);
        black_box(out.len());
    }
}

pub(crate) fn encode_mget(times: usize) {
    let keys: Vec<String> = (0..100).map(|key| format!("some:key:{key:04}")).collect();
    let mut out = Vec::with_capacity(4096);
    for _ in 0..times {
        out.clear();
        let command = Command::new(&table::MGET).keys(&keys);
        black_box(&command).write_to(&mut out);
        black_box(out.len());
    }
}

pub(crate) fn decode_string(times: usize) {
    decode::<String>(times, STRING);
}

pub(crate) fn decode_list(times: usize) {
    decode::<Vec<String>>(times, &list());
}

/// Into a map that is the same in every process: the hashing of the other is seeded by chance.
pub(crate) fn decode_map(times: usize) {
    decode::<BTreeMap<String, String>>(times, &map(100));
}

/// Into a map whose hashing is seeded by chance: nearly, not quite, the same in every process.
pub(crate) fn decode_hash(times: usize) {
    decode::<HashMap<String, String>>(times, &map(100));
}

/// Members and scores as RESP3 sends them, in the shape that the command gives them.
pub(crate) fn decode_scores(times: usize) {
    let mut wire = b"*100\r\n".to_vec();
    for member in 0..100 {
        let score = f64::from(member * 7919) / 100.0;
        wire.extend_from_slice(format!("*2\r\n$8\r\nmember{member:02}\r\n,{score}\r\n").as_bytes());
    }
    let mut framer = Framer::new(Limits::default());
    for _ in 0..times {
        let mut framed = framer.frame(black_box(&wire)).expect("a reply").expect("a whole reply");
        Shape::PairsOf(&Shape::Double).apply(&mut framed.tape, &wire);
        let reply = Reply::new(&wire[..framed.length], None, framed.tape.nodes());
        black_box(<Vec<(String, f64)>>::from_reply(reply).expect("pairs"));
        framer.recycle(framed.tape);
    }
}

macro_rules! structure {
    ($($field:ident)*) => {
        #[derive(redis_sync::FromReply)]
        #[allow(dead_code, reason = "what is counted is filling them")]
        struct Twenty { $($field: String,)* }
    };
}

structure! { f00 f01 f02 f03 f04 f05 f06 f07 f08 f09 f10 f11 f12 f13 f14 f15 f16 f17 f18 f19 }

pub(crate) fn decode_struct(times: usize) {
    decode::<Twenty>(times, &map(20));
}

fn map(fields: usize) -> Vec<u8> {
    let mut wire = format!("%{fields}\r\n").into_bytes();
    for field in 0..fields {
        wire.extend_from_slice(format!("$3\r\nf{field:02}\r\n").as_bytes());
        wire.extend_from_slice(STRING);
    }
    wire
}

fn decode<T: FromReply>(times: usize, wire: &[u8]) {
    let mut framer = Framer::new(Limits::default());
    for _ in 0..times {
        let framed = framer.frame(black_box(wire)).expect("a reply").expect("a whole reply");
        let reply = Reply::new(&wire[..framed.length], None, framed.tape.nodes());
        black_box(T::from_reply(reply).expect("a value of the type"));
        framer.recycle(framed.tape);
    }
}
