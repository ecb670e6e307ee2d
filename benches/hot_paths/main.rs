//! The paths that every program takes, each so many times, in memory: `hot-paths get-blocking 1000`.
//!
//! `cargo xtask instructions` runs it under callgrind twice, with different numbers: the difference is the path's
//! own. What the peer in memory does is part of it, and is always the same few instructions.

mod codec;
mod linked;
mod messages;
mod nonblocking;
mod peer;
mod publisher;
mod threads;

use std::process::ExitCode;

/// Runs a path so many times.
type Path = fn(usize);

const PATHS: &[(&str, Path)] = &[
    ("encode-set", codec::encode_set),
    ("encode-mget-of-100", codec::encode_mget),
    ("decode-string", codec::decode_string),
    ("decode-list-of-100", codec::decode_list),
    ("decode-map-of-100", codec::decode_map),
    ("decode-hash-of-100", codec::decode_hash),
    ("decode-struct-of-20", codec::decode_struct),
    ("decode-scores-of-100", codec::decode_scores),
    ("get-blocking", threads::get),
    ("set-blocking", threads::set),
    ("lrange-of-100-blocking", threads::list),
    ("pipeline-of-100-blocking", threads::pipeline),
    ("messages-of-10-blocking", messages::blocking),
    ("get-async", nonblocking::get),
    ("get-async-64-tasks", nonblocking::shared),
    ("set-async", nonblocking::set),
    ("lrange-of-100-async", nonblocking::list),
    ("pipeline-of-100-async", nonblocking::pipeline),
    ("messages-of-10-async", messages::nonblocking),
];

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (name, times) = (arguments.next(), arguments.next());
    if name.is_none() {
        PATHS.iter().for_each(|(name, _)| println!("{name}"));
        return ExitCode::SUCCESS;
    }
    let path = PATHS.iter().find(|(path, _)| name.as_deref() == Some(path));
    let times = times.and_then(|times| times.parse().ok());
    match (path, times) {
        (Some((_, run)), Some(times)) => {
            run(times);
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("usage: hot-paths PATH TIMES");
            ExitCode::FAILURE
        }
    }
}
