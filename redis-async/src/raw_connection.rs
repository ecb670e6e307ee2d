//! A connection whose protocol only its owner knows.

use crate::connection::Connection;
use crate::link::within;
use crate::multiplexer::outbox::Outbox;
use crate::redis::Redis;
use bytes::Bytes;
use redis_core::command::{Command, ToArgs};
use redis_core::connection::ServerInfo;
use redis_core::event::ConnectionId;
use redis_core::pool::Residue;
use redis_core::raw::{self, RawReader, Received};
use redis_core::resp::{Frame, Limits};
use redis_core::{Delivery, Error, ErrorKind, Result, TimeoutKind};
use std::fmt;
use std::future::{Future, poll_fn};
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// A connection on which anything may be sent and everything that comes is handed over: for protocols that
/// this library does not know, and for commands after which replies no longer follow requests.
///
/// Made by [`Redis::raw_connection`], or of a [`Connection`] by [`into_raw`](Connection::into_raw): greeted,
/// authenticated and of the database that the client is set to. It holds a place in the pool and is closed
/// when it is dropped: nobody could tell in which state it is. Nothing is tried again, no push goes
/// to a handler, and which reply belongs to what was sent is yours to know.
///
/// `redis_sync::RawConnection` is the same without `.await`.
///
/// # Cancellation
///
/// Whatever receives may be dropped at any point and loses nothing: what has come stays until it is asked
/// for. A `send` that is dropped before anything of it went out was not sent; one that is dropped half-way
/// leaves the connection without use, and what follows says so. Over TLS every `send` that had to wait counts as
/// half-way.
///
/// # Example: commands that are not answered
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// # let Some(r) = redis_async::doc_client("7.0.0").await else { return Ok(()) };
/// use redis_async::prelude::*;
///
/// let mut raw = r.raw_connection().await?;
/// raw.send(("CLIENT", "REPLY", "OFF")).await?;
/// for _ in 0..1000 {
///     raw.send(("INCR", "raw-connection:counter")).await?;
/// }
/// raw.send(("CLIENT", "REPLY", "ON")).await?;
/// assert_eq!(raw.receive().await?.read::<String>()?, "OK"); // the first reply there is
/// # Ok::<(), redis_async::Error>(())
/// # }).unwrap();
/// ```
///
/// # Example: a replica that asks for the whole data
///
/// ```no_run
/// use redis_async::prelude::*;
///
/// # async fn example() -> redis_async::Result<()> {
/// let mut raw = Redis::new().raw_connection().await?;
/// raw.send(("REPLCONF", "capa", "psync2")).await?;
/// raw.receive().await?.read::<()>()?;
/// raw.send(("PSYNC", "?", -1)).await?;
/// raw.set_response_timeout(None); // the server takes its time to write the data
/// let promised: String = raw.receive().await?.read()?; // FULLRESYNC <id> <offset>
/// let announced = loop {
///     let line = raw.receive_line().await?; // empty ones are signs of life
///     if let Some(length) = line.strip_prefix(b"$") {
///         break String::from_utf8_lossy(length).parse().expect("a length");
///     }
/// };
/// let data = raw.receive_bytes(announced).await?; // no line end behind it: no RESP
/// println!("{promised}: {} bytes", data.len());
/// loop {
///     let command: Vec<String> = raw.receive().await?.read()?; // and then commands
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
    pub async fn raw_connection(&self) -> Result<RawConnection> {
        self.connection().await?.into_raw()
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
        self.link_mut().begin_raw()?;
        let (limits, patience) = (self.link_mut().config().limits(), self.usual());
        let channel = Channel { connection: self, sending: 0, failure: None };
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
    ///
    /// # Cancellation
    ///
    /// Dropped half-way, it leaves the connection without use.
    pub fn send<A: ToArgs>(
        &mut self,
        words: A,
    ) -> impl Future<Output = Result<()>> + Send + use<'_, A> {
        let command = Command::of_words(&words).into_owned();
        self.send_command(command)
    }

    /// Sends a command that was built elsewhere. Its facts and options mean nothing here.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    ///
    /// # Cancellation
    ///
    /// As [`send`](Self::send).
    #[inline]
    pub fn send_command<'c>(
        &'c mut self,
        command: Command<'_>,
    ) -> impl Future<Output = Result<()>> + Send + use<'c> {
        let mut command = command.into_owned();
        async move {
            command.check()?;
            let outcome = self
                .channel
                .write(|outbox| {
                    outbox.push(&command);
                })
                .await;
            outcome.map_err(|error| error.with_command(command.name()))
        }
    }

    /// Sends bytes as they are: several commands that were encoded before, or what is no RESP.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    ///
    /// # Cancellation
    ///
    /// As [`send`](Self::send).
    #[inline]
    pub async fn send_bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.channel.write(|outbox| outbox.refill(|buffer| buffer.extend_from_slice(bytes))).await
    }

    /// The next frame, whatever it is: a reply, a push, a server's error.
    ///
    /// # Errors
    ///
    /// That none came within the timeout: the connection is good, and what has come of it stays. That the
    /// bytes are no RESP: they stay too, to be received as lines or bytes. That the connection has ended.
    ///
    /// # Cancellation
    ///
    /// Dropped, it loses nothing.
    #[inline]
    pub async fn receive(&mut self) -> Result<Received> {
        let patience = self.patience;
        let received = within(patience, TimeoutKind::Reply, poll_fn(|cx| self.poll_receive(cx)));
        received.await.map_err(|error| self.channel.named(error))
    }

    /// The next line, without its end (a line feed, or carriage return and line feed).
    ///
    /// # Errors
    ///
    /// As [`receive`](Self::receive); a line over [`Limits::line_length`].
    ///
    /// # Cancellation
    ///
    /// Dropped, it loses nothing.
    #[inline]
    pub async fn receive_line(&mut self) -> Result<Bytes> {
        let (patience, reader, channel) = (self.patience, &mut self.reader, &mut self.channel);
        let cut = |bytes: &[u8]| Ok(reader.line(bytes)?.map(|length| (length, ())));
        let (line, ()) = channel.cut(patience, cut).await?;
        let content = raw::line(&line, line.len()).len();
        Ok(line.slice(..content))
    }

    /// The next `count` bytes, whatever they are.
    ///
    /// # Errors
    ///
    /// As [`receive`](Self::receive).
    ///
    /// # Cancellation
    ///
    /// Dropped, it loses nothing.
    #[inline]
    pub async fn receive_bytes(&mut self, count: usize) -> Result<Bytes> {
        let (patience, reader, channel) = (self.patience, &mut self.reader, &mut self.channel);
        let cut = |bytes: &[u8]| Ok(reader.bytes(bytes, count).then_some((count, ())));
        let (bytes, ()) = channel.cut(patience, cut).await?;
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
        let usual = self.channel.connection.link_mut().config().limits();
        self.reader = RawReader::new(limits(usual));
    }

    #[inline]
    pub(crate) fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Result<Received>> {
        let reader = &mut self.reader;
        let cut = self.channel.poll_cut(cx, |bytes| {
            let framed = reader.frame(bytes)?;
            Ok(framed.map(|framed| (framed.length, (framed.tape, framed.joined))))
        });
        cut.map_ok(|(bytes, (tape, joined))| {
            Received::new(Frame::new(joined.unwrap_or(bytes), tape))
        })
    }

    /// Hands a push to those who want it.
    #[inline]
    pub(crate) fn dispatch(&mut self, push: &Received) {
        self.channel.connection.link_mut().tell(push.reply());
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
    /// How many bytes a `send` has begun to write and not seen written.
    sending: usize,
    /// What ended it.
    failure: Option<Error>,
}

impl Channel {
    async fn write(&mut self, fill: impl FnOnce(&mut Outbox)) -> Result<()> {
        self.look_back()?;
        if let Some(failure) = &self.failure {
            return Err(failure.clone().with_delivery(Delivery::NotSent));
        }
        let limit = self.connection.usual();
        let link = self.connection.link_mut();
        let size = link.load(fill);
        self.sending = size;
        let written =
            within(limit, TimeoutKind::Write, poll_fn(|cx| link.poll_write_raw(cx))).await;
        self.sending = 0;
        let nothing = link.unwritten() == size;
        written.map_err(|error| {
            let delivery = if nothing { Delivery::NotSent } else { Delivery::Unknown };
            self.fail(error.with_delivery(delivery))
        })
    }

    async fn cut<T>(
        &mut self,
        patience: Option<Duration>,
        mut cut: impl FnMut(&[u8]) -> Result<Option<(usize, T)>>,
    ) -> Result<(Bytes, T)> {
        let found = within(patience, TimeoutKind::Reply, poll_fn(|cx| self.poll_cut(cx, &mut cut)));
        found.await.map_err(|error| self.named(error))
    }

    fn poll_cut<T>(
        &mut self,
        cx: &mut Context<'_>,
        cut: impl FnMut(&[u8]) -> Result<Option<(usize, T)>>,
    ) -> Poll<Result<(Bytes, T)>> {
        self.look_back()?;
        let link = self.connection.link_mut();
        let outcome = ready!(link.poll_cut(cx, cut));
        // bytes that are no frame may be something else
        Poll::Ready(outcome.map_err(|error| match error.kind() {
            ErrorKind::Protocol => self.named(error),
            _ => self.fail(error),
        }))
    }

    /// Looks what became of a `send` that was dropped.
    #[inline]
    fn look_back(&mut self) -> Result<()> {
        self.connection.refuse_in_child()?;
        let size = std::mem::take(&mut self.sending);
        if let Err(error) = self.connection.link_mut().settle_write(size) {
            let _ = self.fail(error);
        }
        Ok(())
    }

    /// What ended it first is what it tells from then on.
    #[inline]
    fn fail(&mut self, error: Error) -> Error {
        let link = self.connection.link_mut();
        link.give_up();
        // it ends since it broke, and not for what its owner did with it
        link.residue = Residue::default();
        let error = self.named(error);
        self.failure.get_or_insert(error).clone()
    }

    #[inline]
    fn named(&self, error: Error) -> Error {
        error.with_endpoint(self.connection.endpoint())
    }
}
