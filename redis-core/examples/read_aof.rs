//! Reads the commands of an append-only file from disk: `appendonlydir/appendonly.aof.1.incr.aof`.
//!
//! `cargo run -p redis-core --example read_aof -- FILE`; without a file it reads a small built-in one.

use redis_core::resp::{Framer, Limits};
use redis_core::{BulkString, FromReply, Reply};
use std::error::Error;
use std::fs::File;
use std::io::Read;

const SAMPLE: &[u8] = b"\
    *2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n\
    #TS:1714000000\r\n\
    *3\r\n$3\r\nSET\r\n$3\r\nfoo\r\n$3\r\nbar\r\n\
    *3\r\n$5\r\nRPUSH\r\n$4\r\nlist\r\n$2\r\n\xff\x00\r\n";

fn main() -> Result<(), Box<dyn Error>> {
    let mut source: Box<dyn Read> = match std::env::args_os().nth(1) {
        Some(path) => Box::new(File::open(path)?),
        None => Box::new(SAMPLE),
    };
    let mut framer = Framer::new(Limits::default());
    let (mut buffer, mut chunk) = (Vec::new(), [0; 64 * 1024]);
    loop {
        let read = source.read(&mut chunk)?;
        buffer.extend_from_slice(&chunk[..read]);
        let rest = print_commands(&mut framer, &buffer)?;
        buffer.drain(..buffer.len() - rest);
        if read == 0 {
            return match rest {
                0 => Ok(()),
                // a server that died while it wrote leaves this; it starts again all the same
                _ => Err(format!("the file ends in {rest} bytes of an unfinished command").into()),
            };
        }
    }
}

/// Prints the whole commands at the beginning of `bytes`; how many bytes are left.
fn print_commands(framer: &mut Framer, mut bytes: &[u8]) -> Result<usize, Box<dyn Error>> {
    loop {
        if bytes.starts_with(b"REDIS") {
            return Err("this file is a snapshot (RDB), not a list of commands".into());
        }
        if bytes.first() == Some(&b'#') {
            // a comment, such as a time stamp: the one line in such a file that is no RESP
            let Some(end) = bytes.iter().position(|&byte| byte == b'\n') else {
                return Ok(bytes.len());
            };
            bytes = &bytes[end + 1..];
            continue;
        }
        let Some(framed) = framer.frame(bytes)? else { return Ok(bytes.len()) };
        let (command, rest) = bytes.split_at(framed.length);
        let reply = Reply::new(command, None, framed.tape.nodes());
        let words: Vec<BulkString> = Vec::from_reply(reply)?;
        let words: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
        println!("{}", words.join(" "));
        framer.recycle(framed.tape);
        bytes = rest;
    }
}
