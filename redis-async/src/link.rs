//! One socket: its buffers, its framer, and one exchange at a time.
//!
//! ```text
//!   Settled ──exchange──▶ Busy ──reply──▶ Settled
//!                          │ timeout ──▶ Late ──drain──▶ Settled
//!                          │ error ──▶ Broken
//!                          └ the future is dropped: stays Busy, and counts as Late if the command was sent
//!                            and keeps the server waiting; else it is never used again
//! ```
//!
//! This module decides how a connection is greeted, and when its stream can no longer be trusted. Sharing one among many callers is the multiplexer's part, lending one the pool's.

mod batch;
mod raw;

use crate::dialer::{Dialer, Opener};
use crate::multiplexer::in_doubt;
use crate::multiplexer::outbox::{Outbox, PARTS};
use crate::random::random;
use crate::transport::{Stream, Transport, captured};
use bytes::{Buf, BytesMut};
use redis_core::command::{Block, Command};
use redis_core::config::Config;
use redis_core::connection::{Fence, Handshake, ServerInfo, reached};
use redis_core::drive::{AsyncChannel, nonblocking};
use redis_core::event::{CloseReason, ConnectionId, Event};
use redis_core::fork::Registration;
use redis_core::orphan::Owed;
use redis_core::pool::{Residue, Traffic};
use redis_core::push::PushHandlers;
use redis_core::reply::Reply;
use redis_core::resp::{Frame, Framer, Kind, Tape, Values};
use redis_core::{Delivery, Error, ErrorKind, Result, TimeoutKind, fork};
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;
use tokio::task::unconstrained;
use tokio::time::{Instant, sleep_until};

/// What a connection reads into at first: most replies fit, and most connections are idle.
const ROOM_AT_FIRST: usize = 4 * 1024;

/// Less of the room than one part in so many is worth a new buffer.
const WORTH_READING_INTO: usize = 4;

/// One connection to the server.
pub(crate) struct Link {
    // before the stream: the number is another file's as soon as the stream is closed
    _registration: Registration,
    pub(crate) stream: Stream,
    pub(crate) inbox: BytesMut,
    /// How much a buffer has that is made now.
    room: usize,
    framer: Framer,
    spans: Vec<(usize, usize, Tape, Option<bytes::Bytes>)>,
    arrived: VecDeque<Frame>,
    outbox: Outbox,
    exchange: Exchange,
    /// The server may still wait for something to answer the last command with.
    waits: bool,
    /// Whose reply is still to come, if it is late.
    owed: Owed,
    /// What commands left behind.
    pub(crate) residue: Residue,
    server: ServerInfo,
    identity: Identity,
    id: ConnectionId,
    generation: u32,
    /// What went over it, until somebody asks.
    traffic: Traffic,
}

/// What a link needs of its client.
struct Identity {
    dialer: Arc<Dialer>,
    closed: bool,
}

/// How far an exchange has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exchange {
    Settled,
    Busy,
    /// The whole command was sent, and its reply is still to come.
    Late,
    Broken,
}

impl Link {
    /// A connection that has not been greeted yet.
    pub(crate) fn new(stream: Stream, opener: &Opener) -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(1);
        let dialer = Arc::clone(opener.dialer());
        let config = &dialer.config;
        let id = ConnectionId::new(NUMBER.fetch_add(1, Ordering::Relaxed));
        let registration = opener.descriptors().register(stream.descriptor());
        let stream = match config.capture().open(id, captured::now, config.endpoint()) {
            None => stream,
            Some(onlooker) => captured::captured(stream, onlooker),
        };
        let room = config.socket().read_buffer().min(ROOM_AT_FIRST);
        Self {
            _registration: registration,
            stream,
            inbox: BytesMut::with_capacity(room),
            room,
            framer: Framer::new(config.limits()),
            spans: Vec::new(),
            arrived: VecDeque::new(),
            outbox: Outbox::default(),
            exchange: Exchange::Settled,
            waits: false,
            owed: Owed::default(),
            residue: Residue::default(),
            server: ServerInfo::default(),
            identity: Identity { dialer, closed: false },
            id,
            generation: fork::generation(),
            traffic: Traffic::default(),
        }
    }

    pub(crate) fn id(&self) -> ConnectionId {
        self.id
    }

    /// Which server it leads to, where that has an address.
    pub(crate) fn peer(&self) -> Option<SocketAddr> {
        self.stream.peer()
    }

    /// What went over it since this was last asked.
    #[inline]
    pub(crate) fn take_traffic(&mut self) -> Traffic {
        std::mem::take(&mut self.traffic)
    }

    /// So many bytes were read.
    #[inline]
    pub(crate) fn received(&mut self, bytes: usize) {
        self.traffic.received(bytes);
    }

    pub(crate) fn config(&self) -> &Config {
        &self.identity.dialer.config
    }

    pub(crate) fn server(&self) -> &ServerInfo {
        &self.server
    }

    /// Whether nothing is owed in either direction.
    pub(crate) fn is_settled(&self) -> bool {
        self.exchange == Exchange::Settled
    }

    /// Whether it can be settled again by reading a late reply away.
    pub(crate) fn is_late(&self) -> bool {
        let sent = match self.exchange {
            Exchange::Late => true,
            // its future was dropped
            Exchange::Busy => self.waits && self.outbox.is_empty(),
            Exchange::Settled | Exchange::Broken => false,
        };
        // without its number nobody can tell the server to wait no more
        sent && (!self.waits || self.server.id().is_some())
    }

    /// Whether the server may still wait for something to answer with: it will not answer a fence before
    /// somebody ends that.
    pub(crate) fn is_waiting(&self) -> bool {
        self.waits
    }

    /// Whose reply is late.
    pub(crate) fn take_owed(&mut self) -> Owed {
        std::mem::take(&mut self.owed)
    }

    /// Whether it is what an idle connection should be, as far as can be told without a round trip:
    /// open, and with nothing to read but pushes.
    pub(crate) fn is_fresh(&mut self) -> bool {
        if !self.is_settled() || self.expect_silence().is_err() {
            return false;
        }
        let mut cx = Context::from_waker(Waker::noop());
        loop {
            let readable = self.stream.is_readable();
            match self.poll_read(&mut cx) {
                Poll::Pending => return !readable && self.inbox.is_empty(),
                Poll::Ready(Ok(1..)) => {}
                Poll::Ready(_) => return false,
            }
            let mut frames = Vec::new();
            if self.take_frames(&mut frames).is_err() {
                return false;
            }
            for frame in frames {
                if frame.reply().kind() != Kind::Push {
                    return false;
                }
                self.dispatch(&frame);
            }
        }
    }

    /// Sends a command and waits for its reply, within `limit`.
    ///
    /// # Cancellation
    ///
    /// Dropped before the reply is there, the link stays busy. It is closed, unless the server waits: then it
    /// is [late](Self::is_late).
    pub(crate) async fn exchange(
        &mut self,
        command: &Command<'_>,
        limit: Option<Duration>,
    ) -> Result<Frame> {
        if !self.is_settled() {
            return Err(unfinished());
        }
        self.expect_silence()?;
        self.residue.observe(command);
        self.outbox.clear();
        let size = self.outbox.push(command);
        self.traffic.sent(1, size);
        self.exchange = Exchange::Busy;
        self.waits = command.blocking() != Block::No;
        self.owed = Owed::of(command);
        let outcome = within(limit, TimeoutKind::Reply, async {
            self.write_out().await?;
            self.read_reply().await
        })
        .await;
        let unsent = self.outbox.remaining();
        outcome.inspect(|_| self.settle()).map_err(|error| {
            let error = self.judge(error);
            if let Block::For(time) = command.blocking() {
                self.waits = limit.is_some_and(|limit| limit < time);
            }
            let late = error.is_timeout() && unsent == 0;
            self.exchange = if late { Exchange::Late } else { Exchange::Broken };
            self.traffic.failed(&error);
            let error = self.with_facts(error);
            let sent = self.sent_of(size, unsent);
            if reached(sent, size) { error } else { error.with_delivery(Delivery::NotSent) }
        })
    }

    /// Adds to a timeout what is known here.
    #[cold]
    pub(crate) fn with_facts(&self, error: Error) -> Error {
        error.with_facts(|facts| {
            facts.in_flight_then = Some(0);
            facts.in_flight_now = Some(1);
            facts.unread = self.stream.unread();
            facts.partial = Some(self.inbox.len());
            facts.unwritten = Some(self.outbox.remaining());
        })
    }

    /// How much of `taken` bytes the server may have been sent when `unsent` of them were not taken by the
    /// stream: one that enciphers may have written what it has not owned up to.
    fn sent_of(&self, taken: usize, unsent: usize) -> usize {
        let exact = self.stream.direct().is_some() || unsent == taken;
        if exact { taken - unsent } else { taken }
    }

    fn settle(&mut self) {
        self.exchange = Exchange::Settled;
        self.waits = false;
    }

    /// A command that was under way at a fork is the parent's: nothing of it is read or written in the child,
    /// which would otherwise wait for a runtime that is not there.
    fn check_process(&self) -> io::Result<()> {
        if self.is_forked() { Err(io::Error::other("the process was forked")) } else { Ok(()) }
    }

    fn is_forked(&self) -> bool {
        self.generation != fork::generation()
    }

    /// What an error of an exchange says, where there was a fork meanwhile.
    fn judge(&self, error: Error) -> Error {
        if self.is_forked() { in_doubt() } else { error }
    }

    /// Sees to it that it is not used again.
    pub(crate) fn give_up(&mut self) {
        self.exchange = Exchange::Broken;
    }

    /// Sends whole commands and reads so many replies; whether none of them is an error.
    pub(crate) async fn undo(&mut self, bytes: &[u8], replies: usize) -> Result<bool> {
        self.exchange = Exchange::Busy;
        AsyncChannel::write(self, bytes).await?;
        let mut clean = true;
        for _ in 0..replies {
            clean &= !self.read_reply().await?.reply().kind().is_error();
        }
        self.exchange = Exchange::Settled;
        Ok(clean)
    }

    /// Reads a late reply away, behind a fence, and shows it to `owed`.
    pub(crate) async fn drain(&mut self, owed: &mut Owed) -> Result<()> {
        let fence = Fence::new(random());
        nonblocking::drain(self, &fence, owed).await?;
        self.settle();
        Ok(())
    }

    /// Tells why the connection ends; its drop closes it.
    pub(crate) fn close_with(&mut self, reason: CloseReason, error: Option<&Error>) {
        if !std::mem::replace(&mut self.identity.closed, true) {
            let config = &self.identity.dialer.config;
            config.recorder().connection_closed(reason);
            config.events().emit_with(|| Event::Disconnected {
                connection: self.id,
                reason,
                error: error.cloned(),
            });
        }
    }

    /// Reads once what has arrived behind what is there. Room for it is made when it has arrived and not
    /// before: by then what the last read brought has mostly been let go of, and its buffer serves again.
    pub(crate) fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let left = self.inbox.capacity() - self.inbox.len();
        if left <= self.room / WORTH_READING_INTO {
            ready!(self.stream.poll_readable(cx))?;
            self.make_room(left);
        }
        self.stream.poll_read(cx, &mut self.inbox)
    }

    /// Makes room to read where so much is left: as much as is wanted, but no more than doubles what has arrived.
    fn make_room(&mut self, left: usize) {
        if left == 0 {
            // a read filled it: from now on as much is read at once as was set
            self.room = self.identity.dialer.config.socket().read_buffer().max(self.room);
        }
        let held = self.inbox.len();
        let wanted = self.framer.wants().saturating_sub(held).min(held);
        self.inbox.reserve(wanted.max(self.room));
    }

    /// Takes the whole replies out of what has arrived.
    ///
    /// # Errors
    ///
    /// What makes the rest no RESP; what came whole before it is taken all the same.
    pub(crate) fn take_frames(&mut self, frames: &mut Vec<Frame>) -> Result<()> {
        self.take_some_frames(frames, usize::MAX)
    }

    /// The same, but takes no more than `most`.
    ///
    /// # Errors
    ///
    /// As [`take_frames`](Self::take_frames).
    pub(crate) fn take_some_frames(&mut self, frames: &mut Vec<Frame>, most: usize) -> Result<()> {
        let mut at = 0;
        let mut outcome = Ok(());
        while at < self.inbox.len() && self.spans.len() < most {
            let rest = self.inbox.get(at..).unwrap_or_default();
            match self.framer.frame(rest) {
                Ok(Some(framed)) => {
                    self.spans.push((at, at + framed.length, framed.tape, framed.joined));
                    at += framed.length;
                }
                Ok(None) => break,
                Err(error) => {
                    outcome = Err(error.into());
                    break;
                }
            }
        }
        if at > 0 {
            let chunk = self.inbox.split_to(at).freeze();
            frames.extend(self.spans.drain(..).map(|(from, until, tape, joined)| {
                Frame::new(joined.unwrap_or_else(|| chunk.slice(from..until)), tape)
            }));
        }
        outcome
    }

    /// Takes, of what has arrived, the replies at its beginning that are one short value each, at most `most`.
    pub(crate) fn take_values(&mut self, most: usize) -> Option<Values> {
        let values = Values::find(&self.framer, &self.inbox, most)?;
        self.consume(values.size());
        Some(values)
    }

    /// So many bytes were read that nobody keeps. Where they were all, the next come to where they lay: memory that
    /// the processor has at hand.
    fn consume(&mut self, bytes: usize) {
        if bytes == self.inbox.len() {
            self.inbox.clear();
        } else {
            self.inbox.advance(bytes);
        }
    }

    /// How many replies of a batch, of which so many are to come, are worth taking one by one before
    /// [values](Self::take_values) are looked for again: the one that had begun, or all.
    pub(crate) fn singly(&self, missing: usize) -> usize {
        if self.framer.is_mid_frame() { 1 } else { missing }
    }

    /// Hands on the pushes that came along with the last reply. Whatever else came with it is nobody's
    /// reply, and must not become that of the next command.
    ///
    /// # Errors
    ///
    /// That there was something else; the link is then of no use any more.
    pub(crate) fn expect_silence(&mut self) -> Result<()> {
        while let Some(frame) = self.arrived.pop_front() {
            if frame.reply().kind() != Kind::Push {
                self.exchange = Exchange::Broken;
                return Err(unsolicited());
            }
            self.dispatch(&frame);
        }
        // the beginning of what has not come whole: only of a push, or of attributes to one
        match self.inbox.first() {
            None | Some(b'>' | b'|') => Ok(()),
            Some(_) => {
                self.exchange = Exchange::Broken;
                Err(unsolicited())
            }
        }
    }

    /// Hands a push to those who want it.
    pub(crate) fn dispatch(&mut self, push: &Frame) {
        self.tell(push.reply());
    }

    pub(crate) fn tell(&mut self, push: Reply<'_>) {
        let config = &self.identity.dialer.config;
        if !config.pushes().dispatch(push) {
            self.traffic.unknown_pushes += 1;
            config.events().emit_with(|| Event::UnknownPush {
                connection: self.id,
                kind: PushHandlers::kind(push)
                    .map(|kind| String::from_utf8_lossy(kind).into_owned())
                    .unwrap_or_default(),
            });
        }
    }

    /// Greets the server.
    pub(crate) async fn greet(&mut self) -> Result<()> {
        let config = &self.identity.dialer.config;
        let credentials = match config.credentials() {
            Some(provider) => Some(provider.credentials()?),
            None => None,
        };
        let handshake = Handshake::new(config, credentials);
        let done = nonblocking::handshake(self, handshake).await?;
        for refused in done.refused {
            self.identity.dialer.config.events().emit_with(|| Event::HandshakeStepRefused {
                connection: self.id,
                step: refused.step,
                error: refused.error,
            });
        }
        self.server = done.server;
        Ok(())
    }

    /// The server and its version, where it told them.
    pub(crate) fn server_name(&self) -> Option<Box<str>> {
        let name = self.server.server()?;
        Some(match self.server.version() {
            Some(version) => format!("{name} {version}").into(),
            None => name.into(),
        })
    }

    async fn write_out(&mut self) -> Result<()> {
        poll_fn(|cx| self.poll_write_out(cx)).await.map_err(|error| lost(&error))
    }

    fn poll_write_out(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check_process()?;
        while !self.outbox.is_empty() {
            let mut parts = [IoSlice::new(&[]); PARTS];
            let count = self.outbox.gather(&mut parts);
            let parts = parts.get(..count).unwrap_or_default();
            match self.stream.poll_write(cx, parts) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(written) => self.outbox.advance(written?),
                Poll::Pending => {
                    // a server that waits for its own words to be read, or TLS that must read first,
                    // would wait for ever for a client that only writes
                    ready!(self.poll_fill(cx))?;
                }
            }
        }
        self.stream.poll_flush(cx)
    }

    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check_process()?;
        match ready!(self.poll_read(cx)) {
            Ok(0) => Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into())),
            Ok(read) => {
                self.traffic.received(read);
                Poll::Ready(Ok(()))
            }
            Err(error) => Poll::Ready(Err(error)),
        }
    }

    async fn read_reply(&mut self) -> Result<Frame> {
        loop {
            while let Some(frame) = self.arrived.pop_front() {
                if frame.reply().kind() != Kind::Push {
                    return Ok(frame);
                }
                self.dispatch(&frame);
            }
            let mut frames = Vec::new();
            let outcome = self.take_frames(&mut frames);
            self.arrived.extend(frames);
            if self.arrived.is_empty() {
                outcome?;
                poll_fn(|cx| self.poll_fill(cx)).await.map_err(|error| lost(&error))?;
            }
        }
    }
}

impl AsyncChannel for Link {
    async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.traffic.sent(0, bytes.len());
        self.outbox.clear();
        self.outbox.put_back(bytes);
        self.write_out().await
    }

    async fn read<R: Send>(&mut self, read: impl FnOnce(Reply<'_>) -> R + Send) -> Result<R> {
        let frame = self.read_reply().await?;
        Ok(read(frame.reply()))
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.close_with(CloseReason::Disconnected, None);
    }
}

/// Runs `work` within a time, if there is one.
pub(crate) async fn within<T>(
    limit: Option<Duration>,
    kind: TimeoutKind,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    let begun = Instant::now();
    // a time that no clock can show is for ever
    let deadline = limit.and_then(|limit| begun.checked_add(limit));
    let mut work = pin!(work);
    let mut over = pin!(deadline.map(|deadline| unconstrained(sleep_until(deadline))));
    // polled in one place: what is awaited in several is compiled for each
    poll_fn(|cx| match (work.as_mut().poll(cx), over.as_mut().as_pin_mut(), limit) {
        (Poll::Ready(outcome), ..) => Poll::Ready(outcome),
        (Poll::Pending, Some(over), Some(limit)) => {
            ready!(over.poll(cx));
            let error = Error::timeout(kind, overdue(kind, limit));
            Poll::Ready(Err(error.with_facts(|facts| facts.waited(begun.elapsed(), limit))))
        }
        (Poll::Pending, ..) => Poll::Pending,
    })
    .await
}

#[cold]
fn unfinished() -> Error {
    Error::new(
        ErrorKind::Closed,
        "an earlier command on this connection did not finish, so its replies cannot be told apart",
    )
    .with_delivery(Delivery::NotSent)
}

/// What is said of a timeout that expired.
pub(crate) fn overdue(kind: TimeoutKind, limit: Duration) -> String {
    let missing = match kind {
        TimeoutKind::Acquire | TimeoutKind::Connect => "no connection",
        TimeoutKind::Handshake => "no answer to the handshake",
        TimeoutKind::Write => "not written",
        _ => "no reply",
    };
    format!("{missing} within {limit:?}")
}

#[cold]
pub(crate) fn unsolicited() -> Error {
    Error::new(ErrorKind::Protocol, "a reply arrived that no command asked for")
        .with_delivery(Delivery::NotSent)
}

/// What a failed read or write comes to.
#[cold]
pub(crate) fn lost(error: &io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            Error::new(ErrorKind::Closed, "the server closed the connection")
        }
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::WriteZero => {
            Error::new(ErrorKind::Closed, format!("the connection was lost: {error}"))
        }
        _ => Error::new(ErrorKind::Io, format!("the connection was lost: {error}")),
    }
}
