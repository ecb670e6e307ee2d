//! A server in memory: it answers in the same call, so that nothing depends on time.

#![allow(dead_code)] // each test uses a part

use redis_sync::{Connector, Endpoint, Result, SocketOptions, Stream};
use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What is said when some words were read; `None` closes the connection.
pub(crate) type Handler = dyn Fn(&[String]) -> Option<Vec<u8>> + Send + Sync;

/// Opens connections to a handler.
#[derive(Clone)]
pub(crate) struct Memory {
    handler: Arc<Handler>,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    opened: usize,
    open: usize,
    log: Vec<String>,
    /// Connections up to this number are closed by the peer.
    closed_up_to: usize,
}

struct Duplex {
    number: usize,
    memory: Memory,
    requests: Vec<u8>,
    replies: VecDeque<u8>,
    ended: bool,
}

impl Memory {
    pub(crate) fn new(
        handler: impl Fn(&[String]) -> Option<Vec<u8>> + Send + Sync + 'static,
    ) -> Self {
        Self { handler: Arc::new(handler), shared: Arc::default() }
    }

    /// One that obliges.
    /// What belongs to the handshake.
    pub(crate) fn greeting(words: &[String]) -> Option<Vec<u8>> {
        match words[0].as_str() {
            "HELLO" => Some(b"%2\r\n+server\r\n+memory\r\n+proto\r\n:3\r\n".to_vec()),
            "CLIENT" if words[1] == "SETINFO" => Some(b"+OK\r\n".to_vec()),
            _ => None,
        }
    }

    pub(crate) fn obliging() -> Self {
        Self::new(obliging)
    }

    /// How many connections were opened.
    pub(crate) fn opened(&self) -> usize {
        self.shared.lock().unwrap().opened
    }

    /// How many connections are open at the client's end.
    pub(crate) fn open(&self) -> usize {
        self.shared.lock().unwrap().open
    }

    /// What was sent besides the handshake.
    pub(crate) fn log(&self) -> Vec<String> {
        self.shared.lock().unwrap().log.clone()
    }

    /// Closes every connection there is, at the server's end.
    pub(crate) fn close_all(&self) {
        let mut shared = self.shared.lock().unwrap();
        shared.closed_up_to = shared.opened;
    }
}

/// What belongs to the handshake.
pub(crate) fn greeting(words: &[String]) -> Option<Vec<u8>> {
    match words[0].as_str() {
        "HELLO" => Some(b"%2\r\n+server\r\n+memory\r\n+proto\r\n:3\r\n".to_vec()),
        "CLIENT" if words[1] == "SETINFO" => Some(b"+OK\r\n".to_vec()),
        _ => None,
    }
}

pub(crate) fn obliging(words: &[String]) -> Option<Vec<u8>> {
    Some(match words[0].as_str() {
        "GET" => b"$1\r\nv\r\n".to_vec(),
        "INCR" => b":1\r\n".to_vec(),
        _ => b"+OK\r\n".to_vec(),
    })
}

impl Connector for Memory {
    fn connect(
        &self,
        _: &Endpoint,
        _: &SocketOptions,
        _: Option<Instant>,
    ) -> Result<Box<dyn Stream>> {
        let mut shared = self.shared.lock().unwrap();
        shared.opened += 1;
        shared.open += 1;
        Ok(Box::new(Duplex {
            number: shared.opened,
            memory: self.clone(),
            requests: Vec::new(),
            replies: VecDeque::new(),
            ended: false,
        }))
    }
}

impl Duplex {
    fn has_ended(&self) -> bool {
        self.ended || self.memory.shared.lock().unwrap().closed_up_to >= self.number
    }
}

impl Read for Duplex {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.replies.is_empty() && !self.has_ended() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.replies.read(into)
    }
}

impl Write for Duplex {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.has_ended() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        self.requests.extend_from_slice(bytes);
        while let Some((words, length)) = request(&self.requests) {
            self.requests.drain(..length);
            let answer = greeting(&words).or_else(|| {
                self.memory.shared.lock().unwrap().log.push(words.join(" "));
                (self.memory.handler)(&words)
            });
            match answer {
                Some(answer) => self.replies.extend(answer),
                None => self.ended = true,
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stream for Duplex {
    fn set_read_timeout(&mut self, _: Option<Duration>) -> io::Result<()> {
        Ok(())
    }

    fn set_write_timeout(&mut self, _: Option<Duration>) -> io::Result<()> {
        Ok(())
    }

    fn is_readable(&mut self) -> io::Result<bool> {
        Ok(!self.replies.is_empty() || self.has_ended())
    }
}

impl Drop for Duplex {
    fn drop(&mut self) {
        self.memory.shared.lock().unwrap().open -= 1;
    }
}

/// The first whole request, and how many bytes it has.
pub(crate) fn request(bytes: &[u8]) -> Option<(Vec<String>, usize)> {
    let mut at = 0;
    let count = number(bytes, &mut at)?;
    let mut words = Vec::new();
    for _ in 0..count {
        let length = number(bytes, &mut at)?;
        words.push(String::from_utf8_lossy(bytes.get(at..at + length)?).into_owned());
        at += length + 2;
    }
    (at <= bytes.len()).then_some((words, at))
}

fn number(bytes: &[u8], at: &mut usize) -> Option<usize> {
    let end = *at + bytes.get(*at..)?.iter().position(|&byte| byte == b'\n')?;
    let text = std::str::from_utf8(&bytes[*at + 1..end - 1]).ok()?;
    *at = end + 1;
    text.parse().ok()
}
