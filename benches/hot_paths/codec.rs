//! Encoding and decoding alone.

use crate::peer::{STRING, list};
use redis_core::command::{Command, table};
use redis_core::resp::{Framer, Limits};
use redis_core::{FromReply, Reply};
use std::collections::BTreeMap;
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

pub(crate) fn decode_string(times: usize) {
    decode::<String>(times, STRING);
}

pub(crate) fn decode_list(times: usize) {
    decode::<Vec<String>>(times, &list());
}

/// Into a map that is the same in every process: the hashing of the other is seeded by chance.
pub(crate) fn decode_map(times: usize) {
    let mut wire = b"%100\r\n".to_vec();
    for field in 0..100 {
        wire.extend_from_slice(format!("$3\r\nf{field:02}\r\n").as_bytes());
        wire.extend_from_slice(STRING);
    }
    decode::<BTreeMap<String, String>>(times, &wire);
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
