//! Decodes what a server sent, from a file, and prints each reply as `redis-cli` would.
//!
//! `cargo run -p redis-core --example decode_capture -- replies.bin`; without a file it decodes a small
//! session that was captured on RESP3.

use redis_core::resp::{Framer, Limits};
use redis_core::{Reply, Value};
use std::error::Error;
use std::fs::File;
use std::io::Read;

const CAPTURE: &[u8] = b"\
    %3\r\n$6\r\nserver\r\n$5\r\nredis\r\n$5\r\nproto\r\n:3\r\n$7\r\nmodules\r\n*0\r\n\
    +OK\r\n\
    $3\r\nbar\r\n\
    _\r\n\
    >2\r\n$10\r\ninvalidate\r\n*1\r\n$3\r\nfoo\r\n\
    *2\r\n*2\r\n$5\r\nalice\r\n,1.5\r\n*2\r\n$3\r\nbob\r\n,inf\r\n\
    ~2\r\n$3\r\nred\r\n$4\r\nblue\r\n\
    |1\r\n+ttl\r\n:3600\r\n#t\r\n\
    =15\r\ntxt:Some string\r\n\
    $?\r\n;5\r\nHello\r\n;6\r\n world\r\n;0\r\n\
    -WRONGTYPE Operation against a key holding the wrong kind of value\r\n";

fn main() -> Result<(), Box<dyn Error>> {
    let mut source: Box<dyn Read> = match std::env::args_os().nth(1) {
        Some(path) => Box::new(File::open(path)?),
        None => Box::new(CAPTURE),
    };
    let mut framer = Framer::new(Limits::default());
    let (mut buffer, mut chunk) = (Vec::new(), [0; 64 * 1024]);
    loop {
        let mut start = 0;
        while let Some(framed) = framer.frame(&buffer[start..])? {
            let bytes = &buffer[start..start + framed.length];
            let bytes = framed.joined.as_deref().unwrap_or(bytes);
            println!("{}\n", Value::read(Reply::new(bytes, None, framed.tape.nodes())));
            start += framed.length;
            framer.recycle(framed.tape);
        }
        buffer.drain(..start);
        match source.read(&mut chunk)? {
            0 if framer.is_mid_frame() => {
                return Err(
                    format!("the last reply is cut off after {} bytes", buffer.len()).into()
                );
            }
            0 => return Ok(()),
            read => buffer.extend_from_slice(&chunk[..read]),
        }
    }
}
