//! Plays a capture again: `cargo xtask replay FILE`.
//!
//! Prints what a client made of each command and each reply, as `redis-cli` would, and fails where the client
//! gave a connection up because of what the server sent.

use redis_core::capture::{HEADER, Record, Replay};
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1) else {
        eprintln!("usage: cargo xtask replay FILE");
        return ExitCode::FAILURE;
    };
    let played = File::open(&path).and_then(|file| play(BufReader::new(file)));
    match played {
        Ok(0) => ExitCode::SUCCESS,
        Ok(faults) => {
            eprintln!("{faults} connections were given up because of what the server sent");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{}: {error}", path.to_string_lossy());
            ExitCode::FAILURE
        }
    }
}

/// Plays a capture; how many connections were given up in it.
fn play(mut capture: impl BufRead) -> io::Result<usize> {
    let mut out = BufWriter::new(io::stdout().lock());
    let mut line = Vec::new();
    capture.read_until(b'\n', &mut line)?;
    if line != HEADER.as_bytes() {
        return Err(io::Error::other("this is no capture, or one of another version"));
    }
    let (mut replay, mut faults) = (Replay::new(), 0);
    for number in 2.. {
        line.clear();
        if capture.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        // the last line may be half written
        let Some(line) = line.strip_suffix(b"\n") else { break };
        let record = Record::parse(line)
            .map_err(|error| io::Error::other(format!("line {number}: {error}")))?;
        for step in replay.play(&record) {
            faults += usize::from(step.is_fault());
            writeln!(out, "{step}")?;
        }
    }
    out.flush()?;
    Ok(faults)
}
