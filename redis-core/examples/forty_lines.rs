//! A Redis client in forty lines: the codec over a plain socket, and nothing else.
//!
//! `cargo run -p redis-core --example forty_lines -- localhost:6379`

use redis_core::command::{Command, table};
use redis_core::resp::{Framer, Limits};
use redis_core::{BulkString, FromReply, Reply};
use std::io::{Read, Write};
use std::net::TcpStream;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

struct Client {
    stream: TcpStream,
    framer: Framer,
    buffer: Vec<u8>,
}

impl Client {
    fn call<T: FromReply>(&mut self, command: Command<'_>) -> Result<T> {
        let shape = command.reply_shape();
        self.stream.write_all(&command.to_bytes())?;
        let mut framed = loop {
            match self.framer.frame(&self.buffer)? {
                Some(framed) => break framed,
                None => self.read_more()?,
            }
        };
        let bytes: Vec<u8> = self.buffer.drain(..framed.length).collect();
        let bytes = framed.joined.as_deref().unwrap_or(&bytes);
        shape.apply(&mut framed.tape, bytes);
        Ok(T::from_reply(Reply::new(bytes, None, framed.tape.nodes()))?)
    }

    fn read_more(&mut self) -> Result<()> {
        let mut chunk = [0; 4096];
        match self.stream.read(&mut chunk)? {
            0 => return Err("the server closed the connection".into()),
            read => self.buffer.extend_from_slice(&chunk[..read]),
        }
        Ok(())
    }
}

fn main() -> Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "localhost:6379".to_owned());
    let stream = TcpStream::connect(address)?;
    let mut client = Client { stream, framer: Framer::new(Limits::default()), buffer: Vec::new() };
    client.call::<()>(Command::new(&table::SET).key("forty:lines").arg("and it works"))?;
    let value: Option<BulkString> = client.call(Command::new(&table::GET).key("forty:lines"))?;
    println!("{value:?}");
    Ok(())
}
