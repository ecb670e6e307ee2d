//! A server in the same process, over memory: each test says what it answers, with no port and, where
//! the test's clock is paused, no time.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part of it")]

use redis_async::{
    BoxFuture, Connector, Endpoint, Redis, RedisBuilder, Result, SocketOptions, Stream,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Connects to a [`Peer`].
#[derive(Clone)]
pub struct InMemory {
    sessions: UnboundedSender<DuplexStream>,
    connects: Arc<AtomicUsize>,
}

impl InMemory {
    /// How often a connection was asked for.
    pub fn connects(&self) -> usize {
        self.connects.load(Ordering::SeqCst)
    }
}

impl Connector for InMemory {
    fn connect<'a>(
        &'a self,
        _: &'a Endpoint,
        _: &'a SocketOptions,
    ) -> BoxFuture<'a, Result<Stream>> {
        Box::pin(async {
            self.connects.fetch_add(1, Ordering::SeqCst);
            let (client, server) = duplex(64 * 1024);
            // a peer that is gone leaves the client with a closed stream
            let _ = self.sessions.send(server);
            Ok(Stream::new(client))
        })
    }
}

/// The server's side.
pub struct Peer {
    sessions: UnboundedReceiver<DuplexStream>,
}

/// A connector and its server.
pub fn pair() -> (InMemory, Peer) {
    let (sender, receiver) = unbounded_channel();
    let connector = InMemory { sessions: sender, connects: Arc::default() };
    (connector, Peer { sessions: receiver })
}

/// A client of a server in memory, set up further by `with`.
pub fn client(with: impl FnOnce(RedisBuilder) -> RedisBuilder) -> (Redis, InMemory, Peer) {
    let (connector, peer) = pair();
    let redis = with(Redis::builder().connector(connector.clone())).build();
    (redis.expect("the settings are right"), connector, peer)
}

impl Peer {
    /// The next connection, greeted.
    pub async fn accept(&mut self) -> Session {
        let mut session = self.accept_raw().await;
        session.greet().await;
        session
    }

    /// The connection that `redis` opens for one command, which is answered.
    pub async fn accept_and(&mut self, redis: &Redis) -> Session {
        use redis_async::ExecuteCommand;
        let (answer, session) =
            tokio::join!(redis.command("ECHO").arg("connect").query::<String>(), async {
                let mut session = self.accept().await;
                assert_eq!(session.line().await, "ECHO connect");
                session.send(&bulk("connect")).await;
                session
            });
        assert_eq!(answer.expect("an answer"), "connect");
        session
    }

    /// The next connection, as it comes.
    pub async fn accept_raw(&mut self) -> Session {
        let stream = self.sessions.recv().await.expect("a client connects");
        Session { stream, buffer: Vec::new() }
    }

    /// Answers every command of every connection by `answer`.
    pub fn serve(mut self, answer: impl Fn(&[String]) -> String + Send + Sync + 'static) {
        let answer = Arc::new(answer);
        tokio::spawn(async move {
            while let Some(stream) = self.sessions.recv().await {
                let mut session = Session { stream, buffer: Vec::new() };
                let answer = Arc::clone(&answer);
                tokio::spawn(async move {
                    while let Some(command) = session.next().await {
                        let reply = greeting(&command).unwrap_or_else(|| answer(&command));
                        session.send(&reply).await;
                    }
                });
            }
        });
    }
}

/// One connection, seen by the server.
pub struct Session {
    stream: DuplexStream,
    buffer: Vec<u8>,
}

impl Session {
    /// The next command's words; `None` when the client has gone.
    pub async fn next(&mut self) -> Option<Vec<String>> {
        loop {
            if let Some((words, length)) = parse(&self.buffer) {
                self.buffer.drain(..length);
                return Some(words);
            }
            if self.stream.read_buf(&mut self.buffer).await.ok()? == 0 {
                return None;
            }
        }
    }

    /// The next command's words joined by spaces.
    pub async fn line(&mut self) -> String {
        self.next().await.expect("a command comes").join(" ")
    }

    /// Sends bytes as they are.
    pub async fn send(&mut self, bytes: &str) {
        // the client may have gone; what it missed is its affair
        let _ = self.stream.write_all(bytes.as_bytes()).await;
    }

    async fn greet(&mut self) {
        for _ in 0..3 {
            let command = self.next().await.expect("a greeting comes");
            let reply = greeting(&command).expect("a greeting");
            self.send(&reply).await;
        }
    }
}

/// What a greeting is answered with.
pub fn greeting(command: &[String]) -> Option<String> {
    match command.first().map(|word| word.to_ascii_uppercase()).as_deref() {
        Some("HELLO") => Some(
            "%3\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$5\r\n7.4.0\r\n$5\r\nproto\r\n:3\r\n"
                .to_owned(),
        ),
        Some("CLIENT") if command.get(1).is_some_and(|w| w.eq_ignore_ascii_case("SETINFO")) => {
            Some("+OK\r\n".to_owned())
        }
        _ => None,
    }
}

/// A bulk string.
pub fn bulk(text: &str) -> String {
    format!("${}\r\n{text}\r\n", text.len())
}

/// Answers `ECHO` with its argument and everything else with OK.
pub fn echo(command: &[String]) -> String {
    match command {
        [name, text] if name == "ECHO" => bulk(text),
        _ => "+OK\r\n".to_owned(),
    }
}

/// The words of the command that `bytes` begin with, and its length; `None` until it is whole.
pub fn parse(bytes: &[u8]) -> Option<(Vec<String>, usize)> {
    let line_end = |from: usize| {
        bytes.get(from..)?.windows(2).position(|pair| pair == b"\r\n").map(|end| from + end)
    };
    let number = |from: usize, until: usize| -> Option<usize> {
        std::str::from_utf8(bytes.get(from..until)?).ok()?.parse().ok()
    };
    let end = line_end(0)?;
    let count = number(1, end)?;
    let mut at = end + 2;
    let mut words = Vec::with_capacity(count);
    for _ in 0..count {
        let end = line_end(at)?;
        let length = number(at + 1, end)?;
        let text = bytes.get(end + 2..end + 2 + length)?;
        at = end + 4 + length;
        bytes.get(..at)?;
        words.push(String::from_utf8_lossy(text).into_owned());
    }
    Some((words, at))
}
