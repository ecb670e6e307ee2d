//! Encoding `SET`, and where copying a value begins to cost more than one more part of a vectored write:
//! the reason for [`COPY_THRESHOLD`](redis_core::command::COPY_THRESHOLD).
//!
//! Both ways write into one end of a Unix socket pair, the other end of which a thread empties. `copied`
//! is what happens below the threshold: the value goes into the command, the command into a reused write
//! buffer, the buffer into `write`. `borrowed` is what happens from the threshold on: the buffer takes
//! what stands around the value, and `writev` takes the value from where it lies.
#![allow(missing_docs, reason = "criterion's macros make functions of their own")]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use redis_core::command::{Command, table};
use std::hint::black_box;

/// A sink that costs what a socket costs.
#[cfg(unix)]
mod socket {
    use std::io::{IoSlice, Read, Write};
    use std::os::unix::net::UnixStream;

    pub(crate) struct Sink(UnixStream);

    impl Sink {
        pub(crate) fn new() -> std::io::Result<Self> {
            let (near, mut far) = UnixStream::pair()?;
            // ends when the near end is dropped
            std::thread::spawn(move || {
                let mut room = vec![0; 256 * 1024];
                while far.read(&mut room).is_ok_and(|read| read > 0) {}
            });
            Ok(Self(near))
        }

        pub(crate) fn write(&mut self, bytes: &[u8]) {
            self.0.write_all(bytes).expect("the far end reads on");
        }

        pub(crate) fn write_parts(&mut self, parts: &[&[u8]]) {
            let mut slices: Vec<IoSlice<'_>> =
                parts.iter().map(|part| IoSlice::new(part)).collect();
            let mut left = &mut slices[..];
            while !left.is_empty() {
                let written = self.0.write_vectored(left).expect("the far end reads on");
                IoSlice::advance_slices(&mut left, written);
            }
        }
    }
}

fn encode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("encode");
    let mut out = Vec::with_capacity(128 * 1024);
    for size in [16, 64, 1024, 8 * 1024] {
        let value = vec![b'v'; size];
        group.throughput(Throughput::Bytes(size as u64));
        group.bench_function(BenchmarkId::new("set", size), |bencher| {
            bencher.iter(|| {
                out.clear();
                let command = Command::new(&table::SET).key("some:key:1234").arg(&value[..]);
                black_box(&command).write_to(&mut out);
                black_box(out.len())
            });
        });
    }
    group.finish();
}

#[cfg(unix)]
fn threshold(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("threshold");
    let mut out = Vec::with_capacity(256 * 1024);
    for size in [1, 4, 8, 12, 16, 24, 32, 64].map(|kibibytes| kibibytes * 1024) {
        let value = vec![b'v'; size];
        let mut sink = socket::Sink::new().expect("a socket pair");
        group.throughput(Throughput::Bytes(size as u64));
        group.bench_function(BenchmarkId::new("copied", size), |bencher| {
            bencher.iter(|| {
                out.clear();
                let mut command = Command::new(&table::SET).key("some:key:1234");
                command.push(black_box(&value));
                command.write_to(&mut out);
                sink.write(&out);
            });
        });
        group.bench_function(BenchmarkId::new("borrowed", size), |bencher| {
            bencher.iter(|| {
                out.clear();
                let command = Command::new(&table::SET).key("some:key:1234");
                black_box(&command).write_to(&mut out);
                out.extend_from_slice(b"$12345\r\n");
                sink.write_parts(&[&out, black_box(&value), b"\r\n"]);
            });
        });
    }
    group.finish();
}

#[cfg(not(unix))]
fn threshold(_: &mut Criterion) {}

criterion_group!(benches, encode, threshold);
criterion_main!(benches);
