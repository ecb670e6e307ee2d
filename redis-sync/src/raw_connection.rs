//! A connection whose protocol only its owner knows.

use crate::connection::Connection;
use crate::redis::Redis;
use bytes::Bytes;
use redis_core::command::{Command, ToArgs};
use redis_core::connection::ServerInfo;
use redis_core::event::ConnectionId;
use redis_core::pool::Residue;
use redis_core::raw::{self, RawReader, Received};
use redis_core::resp::{Frame, Limits};
use redis_core::{Delivery, Error, ErrorKind, Result};
use std::fmt;
use std::time::Duration;

/// A connection on which anything may be sent and everything that comes is handed over: for protocols that
/// this library does not know, and for commands after which replies no longer follow requests.
///
/// Made by [`Redis::raw_connection`], or of a [`Connection`] by [`into_raw`](Connection::into_raw): greeted,
/// authenticated and of the database that the client is set to. It holds a place in the pool and is closed
/// when it is dropped: nobody could tell in which state it is. Nothing is tried again, no push goes
/// to a handler, and which reply belongs to what was sent is yours to know.
///
/// `redis_async::RawConnection` is the same with `.await`.
///
/// # Example: commands that are not answered
///
/// ```
/// # let Some(r) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
/// use redis_sync::prelude::*;
///
/// let mut raw = r.raw_connection()?;
/// raw.send(("CLIENT", "REPLY", "OFF"))?;
/// for _ in 0..1000 {
///     raw.send(("INCR", "raw-connection:counter"))?;
/// }
/// raw.send(("CLIENT", "REPLY", "ON"))?;
/// assert_eq!(raw.receive()?.read::<String>()?, "OK"); // the first reply there is
/// # Ok::<(), redis_sync::Error>(())
/// ```
///
/// # Example: a replica that asks for the whole data
///
/// ```no_run
/// use redis_sync::prelude::*;
///
/// # fn example() -> redis_sync::Result<()> {
/// let mut raw = Redis::new().raw_connection()?;
/// raw.send(("REPLCONF", "capa", "psync2"))?;
/// raw.receive()?.read::<()>()?;
/// raw.send(("PSYNC", "?", -1))?;
/// raw.set_response_timeout(None); // the server takes its time to write the data
/// let promised: String = raw.receive()?.read()?; // FULLRESYNC <id> <offset>
/// let announced = loop {
///     let line = raw.receive_line()?; // empty ones are signs of life
///     if let Some(length) = line.strip_prefix(b"$") {
///         break String::from_utf8_lossy(length).parse().expect("a length");
///     }
/// };
/// let data = raw.receive_bytes(announced)?; // no line end behind it: no RESP
/// println!("{promised}: {} bytes", data.len());
/// loop {
///     let command: Vec<String> = raw.receive()?.read()?; // and then commands
///     println!("{command:?}");
/// }
/// # }
/// ```
#[must_use = "the connection is closed when this is dropped"]
pub struct RawConnection {
    channel: Channel,
    reader: RawReader,
    /// How long what is received may take to come.
    patience: Option<Duration>,
}

impl Redis {
    /// A connection on which anything may be sent and received, commands that every other connection
    /// refuses among them. It takes a place in the pool, and never goes back.
    ///
    /// # Errors
    ///
    /// As [`connection`](Self::connection).
    #[inline]
    pub fn raw_connection(&self) -> Result<RawConnection> {
        self.connection()?.into_raw()
    }
}

impl Connection {
    /// The same connection for protocols of one's own. It keeps its state, and never goes back to its pool.
    ///
    /// # Errors
    ///
    /// That a command on it did not finish, so that its replies could not be told from what follows; that it
    /// was lost.
    #[inline]
    pub fn into_raw(mut self) -> Result<RawConnection> {
        self.refuse_in_child()?;
        let (link, residue) = self.parts_mut()?;
        link.begin_raw()?;
        *residue = Residue::LASTING;
        let (limits, patience) = (self.limits(), self.usual());
        let channel = Channel { connection: self, failure: None };
        Ok(RawConnection { channel, reader: RawReader::new(limits), patience })
    }
}

impl RawConnection {
    /// Sends a command, its name first: `raw.send(("CLIENT", "REPLY", "SKIP"))`. It does not wait for a
    /// reply.
    ///
    /// # Errors
    ///
    /// A word that has no wire form; whatever kept it from being written within the response timeout of
    /// the client. After the latter the connection is of no use, but for what has come.
    pub fn send(&mut self, words: impl ToArgs) -> Result<()> {
        self.send_command(Command::of_words(&words))
    }

    /// Sends a command that was built elsewhere. Its facts and options mean nothing here.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    #[inline]
    pub fn send_command(&mut self, mut command: Command<'_>) -> Result<()> {
        command.check()?;
        let outcome = self.send_bytes(&command.to_bytes());
        outcome.map_err(|error| error.with_command(command.name()))
    }

    /// Sends bytes as they are: several commands that were encoded before, or what is no RESP.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    #[inline]
    pub fn send_bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.channel.write(bytes)
    }

    /// The next frame, whatever it is: a reply, a push, a server's error.
    ///
    /// # Errors
    ///
    /// That none came within the timeout: the connection is good, and what has come of it stays. That the
    /// bytes are no RESP: they stay too, to be received as lines or bytes. That the connection has ended.
    #[inline]
    pub fn receive(&mut self) -> Result<Received> {
        self.receive_until(self.patience)
    }

    /// The next line, without its end (a line feed, or carriage return and line feed).
    ///
    /// # Errors
    ///
    /// As [`receive`](Self::receive); a line over [`Limits::line_length`].
    #[inline]
    pub fn receive_line(&mut self) -> Result<Bytes> {
        let reader = &mut self.reader;
        let (line, ()) = self
            .channel
            .cut(self.patience, |bytes| Ok(reader.line(bytes)?.map(|length| (length, ()))))?;
        let content = raw::line(&line, line.len()).len();
        Ok(line.slice(..content))
    }

    /// The next `count` bytes, whatever they are.
    ///
    /// # Errors
    ///
    /// As [`receive`](Self::receive).
    #[inline]
    pub fn receive_bytes(&mut self, count: usize) -> Result<Bytes> {
        let reader = &mut self.reader;
        let (bytes, ()) = self
            .channel
            .cut(self.patience, |bytes| Ok(reader.bytes(bytes, count).then_some((count, ()))))?;
        Ok(bytes)
    }

    /// How long whatever is received may take to come; `None` is for ever. Default: the response timeout of
    /// the client.
    #[inline]
    pub fn set_response_timeout(&mut self, timeout: Option<Duration>) {
        self.patience = timeout;
    }

    /// Which connection it is, in events. The number by which the server knows it is [`ServerInfo::id`].
    #[inline]
    pub fn id(&self) -> ConnectionId {
        self.channel.connection.id()
    }

    /// What the server said of itself when the connection was made.
    #[inline]
    pub fn server(&self) -> &ServerInfo {
        self.channel.connection.server()
    }

    /// Other bounds of the decoder.
    pub(crate) fn set_limits(&mut self, limits: impl FnOnce(Limits) -> Limits) {
        self.reader = RawReader::new(limits(self.channel.connection.limits()));
    }

    /// The next frame, within this time.
    #[inline]
    pub(crate) fn receive_until(&mut self, time: Option<Duration>) -> Result<Received> {
        let reader = &mut self.reader;
        let (bytes, (tape, joined)) = self.channel.cut(time, |bytes| {
            let framed = reader.frame(bytes)?;
            Ok(framed.map(|framed| (framed.length, (framed.tape, framed.joined))))
        })?;
        Ok(Received::new(Frame::new(joined.unwrap_or(bytes), tape)))
    }

    /// Hands a push to those who want it.
    #[inline]
    pub(crate) fn dispatch(&mut self, push: &Received) {
        if let Ok((link, _)) = self.channel.connection.parts_mut() {
            link.dispatch(push.reply());
        }
    }
}

impl fmt::Debug for RawConnection {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawConnection")
            .field("connection", &self.channel.connection)
            .finish_non_exhaustive()
    }
}

/// The connection, and what became of it.
struct Channel {
    connection: Connection,
    /// What ended it.
    failure: Option<Error>,
}

impl Channel {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.connection.refuse_in_child()?;
        if let Some(failure) = &self.failure {
            return Err(failure.clone().with_delivery(Delivery::NotSent));
        }
        let time = self.connection.usual();
        let (link, _) = self.connection.parts_mut()?;
        link.write_raw(bytes, time).map_err(|error| self.fail(error))
    }

    fn cut<T>(
        &mut self,
        time: Option<Duration>,
        cut: impl FnMut(&[u8]) -> Result<Option<(usize, T)>>,
    ) -> Result<(Bytes, T)> {
        self.connection.refuse_in_child()?;
        let (link, _) = self.connection.parts_mut()?;
        link.cut(time, cut).map_err(|error| match error.kind() {
            // bytes that are no frame may be something else, and what did not come in time may yet come
            ErrorKind::Protocol | ErrorKind::Timeout(_) => self.named(error),
            _ => self.fail(error),
        })
    }

    /// What ended it first is what it tells from then on.
    #[inline]
    fn fail(&mut self, error: Error) -> Error {
        if let Ok((link, residue)) = self.connection.parts_mut() {
            link.give_up();
            // it ends since it broke, and not for what its owner did with it
            *residue = Residue::default();
        }
        let error = self.named(error);
        self.failure.get_or_insert(error).clone()
    }

    #[inline]
    fn named(&self, error: Error) -> Error {
        match self.connection.endpoint() {
            Some(endpoint) => error.with_endpoint(endpoint),
            None => error,
        }
    }
}
