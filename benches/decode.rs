//! Decoding the replies that clients read most, from the bytes to the Rust value.
#![allow(missing_docs, reason = "criterion's macros make functions of their own")]

use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use redis_core::resp::{Frame, Framer, Limits};
use redis_core::{BulkString, FromReply, Reply, Value};
use std::collections::HashMap;
use std::hint::black_box;

/// As the blocking client does it: from the read buffer, the tape used again.
fn borrowed<T: FromReply>(framer: &mut Framer, wire: &[u8]) -> T {
    let framed = framer.frame(wire).expect("a reply").expect("a whole reply");
    let reply = Reply::new(&wire[..framed.length], None, framed.tape.nodes());
    let value = T::from_reply(reply).expect("a value of the type");
    framer.recycle(framed.tape);
    value
}

/// As the async client does it: the frame travels to the caller's task.
fn shared<T: FromReply>(framer: &mut Framer, wire: &Bytes) -> T {
    let framed = framer.frame(wire).expect("a reply").expect("a whole reply");
    let frame = Frame::new(wire.slice(..framed.length), framed.tape);
    T::from_reply(frame.reply()).expect("a value of the type")
}

fn decode(criterion: &mut Criterion) {
    let get = Bytes::from_static(b"$16\r\n0123456789abcdef\r\n");
    let lrange: Bytes =
        [b"*1000\r\n".to_vec(), b"$16\r\n0123456789abcdef\r\n".repeat(1000)].concat().into();
    let hgetall: Bytes = (0..100)
        .fold(String::from("%100\r\n"), |wire, field| {
            wire + &format!("$8\r\nfield:{field:02}\r\n$16\r\n0123456789abcdef\r\n")
        })
        .into();
    let mut framer = Framer::new(Limits::default());
    let mut group = criterion.benchmark_group("decode");

    group.bench_function("get", |b| {
        b.iter(|| borrowed::<Option<BulkString>>(&mut framer, black_box(&get)));
    });
    group.bench_function("incr", |b| {
        b.iter(|| borrowed::<i64>(&mut framer, black_box(b":1234567\r\n")));
    });

    group.throughput(Throughput::Elements(1000));
    group.bench_function("lrange_1000/frame", |b| {
        b.iter(|| {
            let framed = framer.frame(black_box(&lrange)).expect("a reply").expect("a whole one");
            framer.recycle(framed.tape);
        });
    });
    group.bench_function("lrange_1000/strings", |b| {
        b.iter(|| borrowed::<Vec<String>>(&mut framer, black_box(&lrange)));
    });
    group.bench_function("lrange_1000/bulk_strings", |b| {
        b.iter(|| shared::<Vec<BulkString>>(&mut framer, black_box(&lrange)));
    });
    group.bench_function("lrange_1000/value", |b| {
        b.iter(|| borrowed::<Value>(&mut framer, black_box(&lrange)));
    });

    group.throughput(Throughput::Elements(100));
    group.bench_function("hgetall_100/map", |b| {
        b.iter(|| borrowed::<HashMap<String, String>>(&mut framer, black_box(&hgetall)));
    });
    group.bench_function("hgetall_100/pairs", |b| {
        b.iter(|| borrowed::<Vec<(String, String)>>(&mut framer, black_box(&hgetall)));
    });
    group.finish();
}

criterion_group!(benches, decode);
criterion_main!(benches);
