//! Properties of the codec, over values and bytes drawn from a fixed seed: the same on every run.

use redis_core::error::ServerError;
use redis_core::resp::{Framer, Limits};
use redis_core::{FromReply, Reply, Shape, Value};
use std::collections::HashMap;

/// Xorshift: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn text(&mut self) -> String {
        const LETTERS: [char; 10] = ['a', 'Z', '0', ' ', '"', '\\', '\u{e9}', '$', '*', ':'];
        (0..self.below(12)).map(|_| LETTERS[self.below(LETTERS.len())]).collect()
    }

    fn bytes(&mut self) -> Vec<u8> {
        let length = if self.below(20) == 0 { self.below(5000) } else { self.below(20) };
        (0..length).map(|_| b"\r\n$*:+-;.|ab\0\xff\xc3"[self.below(15)]).collect()
    }

    fn value(&mut self, depth: usize) -> Value {
        match self.below(if depth == 0 { 9 } else { 14 }) {
            0 => Value::Nil,
            1 => Value::Integer((self.next() as i64) >> self.below(64)),
            2 => Value::Double((self.next() as i64 >> self.below(64)) as f64 / 1024.0),
            3 => Value::Boolean(self.below(2) == 0),
            4 => Value::BigNumber(format!("-{}{}", self.next(), self.next())),
            5 => Value::SimpleString(self.text()),
            6 => Value::Verbatim { format: "mkd".into(), text: self.bytes().into() },
            7 if self.below(2) == 0 => Value::Error(ServerError::parse(b"ERR two\r\nlines")),
            7 => Value::Error(ServerError::parse(self.text().as_bytes())),
            8 => Value::BulkString(self.bytes().into()),
            9 => Value::Array(self.values(depth)),
            10 => Value::Set(self.values(depth)),
            11 => Value::Push(self.values(depth)),
            12 => Value::Map(self.entries(depth)),
            _ => Value::Attributed {
                attributes: self.entries(depth),
                // attributes of one value are one, however many times they are sent
                value: Box::new(Value::Array(self.values(depth))),
            },
        }
    }

    fn values(&mut self, depth: usize) -> Vec<Value> {
        (0..self.below(5)).map(|_| self.value(depth - 1)).collect()
    }

    fn entries(&mut self, depth: usize) -> Vec<(Value, Value)> {
        (0..self.below(4)).map(|_| (self.value(depth - 1), self.value(depth - 1))).collect()
    }
}

/// Reads whatever `wire` holds, in steps of random size.
fn decode(random: &mut Random, wire: &[u8]) -> (Vec<Value>, bool) {
    let mut framer = Framer::new(Limits::default());
    let (mut values, mut start, mut end) = (Vec::new(), 0, 0);
    loop {
        match framer.frame(&wire[start..end]) {
            Err(_) => return (values, false),
            Ok(Some(framed)) => {
                let bytes = &wire[start..start + framed.length];
                let bytes = framed.joined.as_deref().unwrap_or(bytes);
                values.push(Value::read(Reply::new(bytes, None, framed.tape.nodes())));
                start += framed.length;
                framer.recycle(framed.tape);
            }
            Ok(None) if end == wire.len() => return (values, start == end),
            Ok(None) => end = wire.len().min(end + 1 + random.below(40)),
        }
    }
}

#[test]
fn what_is_encoded_is_decoded_as_the_same_however_it_is_cut() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for round in 0..2_000 {
        let values: Vec<Value> = (0..1 + random.below(3)).map(|_| random.value(4)).collect();
        let mut wire = Vec::new();
        values.iter().for_each(|value| value.encode(&mut wire));
        assert_eq!(decode(&mut random, &wire), (values, true), "round {round}");
    }
}

#[test]
fn damaged_replies_are_refused_or_read_and_never_panic() {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let mut refused = 0;
    for _ in 0..5_000 {
        let mut wire = Vec::new();
        random.value(3).encode(&mut wire);
        for _ in 0..1 + random.below(3) {
            let at = random.below(wire.len());
            match random.below(3) {
                0 => wire[at] = b"\r\n0129-+?.;|*$%"[random.below(15)],
                1 => wire.insert(at, random.next() as u8),
                _ => drop(wire.remove(at)),
            }
            wire.push(b'\n');
        }
        let (values, _) = decode(&mut random, &wire);
        refused += usize::from(values.is_empty());
        values.iter().for_each(|value| drop(value.to_string()));
    }
    assert!(refused > 500, "only {refused} refused: the damage does too little");
}

#[test]
fn every_shape_and_every_type_reads_any_reply_without_panic() {
    const SHAPES: [Shape; 8] = [
        Shape::Double,
        Shape::Map,
        Shape::Pairs,
        Shape::PairsOf(&Shape::Double),
        Shape::Set,
        Shape::ListOf(&Shape::Pairs),
        Shape::MapOf(&Shape::PairsOf(&Shape::Map)),
        Shape::Fields(&[("a", Shape::Pairs), ("", Shape::ListOf(&Shape::Map))]),
    ];
    let mut random = Random(0xda94_2042_e4dd_58b5);
    for round in 0..1_000 {
        let mut wire = Vec::new();
        random.value(4).encode(&mut wire);
        for shape in SHAPES {
            let framed =
                Framer::new(Limits::default()).frame(&wire).unwrap().expect("a whole reply");
            let mut tape = framed.tape;
            shape.apply(&mut tape, &wire);
            let once = tape.clone();
            let reply = Reply::new(&wire, None, once.nodes());
            let mut printed = Vec::new();
            Value::read(reply).encode(&mut printed);
            assert!(printed.len() + 64 >= wire.len(), "round {round}: {shape:?} lost values");
            let _ = <Vec<(String, f64)>>::from_reply(reply);
            let _ = <HashMap<String, Vec<Value>>>::from_reply(reply);
            let _ = <(i64, Option<bool>)>::from_reply(reply);
            let _ = <[Vec<u8>; 2]>::from_reply(reply);
        }
    }
}
