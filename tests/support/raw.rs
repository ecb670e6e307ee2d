//! The witness: a Redis client of forty lines that shares no code with the clients under test, so
//! that a fault in theirs cannot hide in it. Blocking, one command at a time, RESP2 and RESP3.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How long the witness waits for one read before it calls the server dead.
const PATIENCE: Duration = Duration::from_secs(30);

/// A stream of either kind.
trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

/// A connection of the witness.
pub struct Raw {
    stream: BufReader<Box<dyn Stream>>,
}

/// What a server answered.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Reply {
    /// `+`
    Simple(String),
    /// `-`, without the sign.
    Error(String),
    /// `:`
    Integer(i64),
    /// `$`, and RESP3's `=` with its three letters of format.
    Bulk(Vec<u8>),
    /// `$-1`, `*-1` and RESP3's `_`.
    Nil,
    /// `*`, and RESP3's `~` and `>`.
    Array(Vec<Self>),
    /// RESP3's `%`.
    Map(Vec<(Self, Self)>),
    /// RESP3's `,` as it was written.
    Double(String),
    /// RESP3's `#`.
    Boolean(bool),
    /// RESP3's `(` as it was written.
    BigNumber(String),
}

impl Raw {
    /// Connects by TCP.
    ///
    /// # Errors
    /// Whatever connecting fails with.
    pub fn tcp(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self::over(stream))
    }

    /// Connects to a unix socket.
    ///
    /// # Errors
    /// Whatever connecting fails with.
    #[cfg(unix)]
    pub fn unix(path: &std::path::Path) -> io::Result<Self> {
        let stream = std::os::unix::net::UnixStream::connect(path)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self::over(stream))
    }

    /// Speaks over any stream, such as a TLS one.
    pub fn over(stream: impl Read + Write + Send + 'static) -> Self {
        Self { stream: BufReader::new(Box::new(stream)) }
    }

    /// Sends one command and returns its reply.
    ///
    /// # Errors
    /// What the stream fails with, or `InvalidData` for bytes that are no reply.
    pub fn try_call<A: AsRef<[u8]>>(&mut self, command: &[A]) -> io::Result<Reply> {
        self.send(command)?;
        self.receive()
    }

    /// Sends one command and returns its reply.
    ///
    /// # Panics
    /// If the connection fails, or the server answers by an error.
    #[track_caller]
    pub fn call<A: AsRef<[u8]>>(&mut self, command: &[A]) -> Reply {
        match self.try_call(command) {
            Ok(Reply::Error(error)) => panic!("{} was refused: {error}", shown(command)),
            Ok(reply) => reply,
            Err(error) => panic!("{} got no reply: {error}", shown(command)),
        }
    }

    /// Sends one command and does not wait for its reply.
    ///
    /// # Errors
    /// What the stream fails with.
    pub fn send<A: AsRef<[u8]>>(&mut self, command: &[A]) -> io::Result<()> {
        self.stream.get_mut().write_all(&encode(command))
    }

    /// Reads the next reply, or push.
    ///
    /// # Errors
    /// What the stream fails with, or `InvalidData` for bytes that are no reply.
    pub fn receive(&mut self) -> io::Result<Reply> {
        let line = self.line()?;
        let (&kind, rest) = line.split_first().ok_or_else(|| unreadable(&line))?;
        let text = String::from_utf8_lossy(rest).into_owned();
        Ok(match kind {
            b'+' => Reply::Simple(text),
            b'-' => Reply::Error(text),
            b':' => Reply::Integer(text.parse().map_err(|_| unreadable(&line))?),
            b',' => Reply::Double(text),
            b'(' => Reply::BigNumber(text),
            b'#' => Reply::Boolean(text == "t"),
            b'_' => Reply::Nil,
            b'$' | b'=' | b'!' | b'*' | b'~' | b'>' | b'%' => {
                let length: i64 = text.parse().map_err(|_| unreadable(&line))?;
                match usize::try_from(length) {
                    Ok(length) => self.body(kind, length)?,
                    Err(_) => Reply::Nil,
                }
            }
            _ => return Err(unreadable(&line)),
        })
    }

    fn body(&mut self, kind: u8, length: usize) -> io::Result<Reply> {
        Ok(match kind {
            b'$' | b'=' => Reply::Bulk(self.bulk(length)?),
            b'!' => Reply::Error(String::from_utf8_lossy(&self.bulk(length)?).into_owned()),
            b'%' => Reply::Map(
                (0..length)
                    .map(|_| Ok((self.receive()?, self.receive()?)))
                    .collect::<io::Result<_>>()?,
            ),
            _ => Reply::Array((0..length).map(|_| self.receive()).collect::<io::Result<_>>()?),
        })
    }

    fn bulk(&mut self, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; length + 2];
        self.stream.read_exact(&mut bytes)?;
        bytes.truncate(length);
        Ok(bytes)
    }

    fn line(&mut self) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        self.stream.read_until(b'\n', &mut line)?;
        match line.strip_suffix(b"\r\n") {
            Some(text) => Ok(text.to_vec()),
            None => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Raw").finish_non_exhaustive()
    }
}

impl Reply {
    /// The text of a simple or bulk string.
    ///
    /// # Panics
    /// If it is neither.
    #[must_use]
    #[track_caller]
    pub fn text(&self) -> String {
        match self {
            Self::Simple(text) | Self::Double(text) | Self::BigNumber(text) => text.clone(),
            Self::Bulk(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            other => panic!("a string was expected, not {other:?}"),
        }
    }

    /// The value of an integer.
    ///
    /// # Panics
    /// If it is none.
    #[must_use]
    #[track_caller]
    pub fn integer(&self) -> i64 {
        match self {
            Self::Integer(value) => *value,
            other => panic!("an integer was expected, not {other:?}"),
        }
    }

    /// The elements of an array.
    ///
    /// # Panics
    /// If it is none.
    #[must_use]
    #[track_caller]
    pub fn items(&self) -> &[Self] {
        match self {
            Self::Array(items) => items,
            other => panic!("an array was expected, not {other:?}"),
        }
    }

    /// What stands behind `name` in a text of `name:value` lines, as `INFO` answers.
    #[must_use]
    #[track_caller]
    pub fn info(&self, name: &str) -> Option<String> {
        let text = self.text();
        let found = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        found.map(|value| value.trim_end().to_owned())
    }
}

/// A command as it goes over the wire.
#[must_use]
pub fn encode<A: AsRef<[u8]>>(command: &[A]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", command.len()).into_bytes();
    for argument in command {
        let argument = argument.as_ref();
        bytes.extend_from_slice(format!("${}\r\n", argument.len()).as_bytes());
        bytes.extend_from_slice(argument);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes
}

/// A command for a human reader.
fn shown<A: AsRef<[u8]>>(command: &[A]) -> String {
    let words: Vec<_> =
        command.iter().map(|word| String::from_utf8_lossy(word.as_ref()).into_owned()).collect();
    format!("`{}`", words.join(" "))
}

fn unreadable(line: &[u8]) -> io::Error {
    let line = String::from_utf8_lossy(line);
    io::Error::new(io::ErrorKind::InvalidData, format!("no reply begins with {line:?}"))
}
