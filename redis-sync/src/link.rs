//! One connection: its bytes, its buffers, and one exchange after the other.
//!
//! ```text
//!            send                     reply read
//!   owes 0 ─────────▶ owes 1 ──────────────────────────▶ owes 0
//!                       │ no reply in time                ▲
//!                       ├────────▶ owes 1, drained by a fence ┘
//!                       │ half written, closed, no RESP
//!                       └────────▶ broken
//! ```
//!
//! A connection that owes a reply, is broken or holds bytes that nobody asked for is not used again.
//! Conversion errors leave it good: the reply was read.

mod batch;
mod raw;
mod shared;

pub(crate) use shared::{Came, overdue};

use crate::incoming::Incoming;
use crate::transport::{Wire, is_timeout};
use bytes::Bytes;
use redis_core::command::{Block, Command, table};
use redis_core::connection::{Fence, ServerInfo, reached};
use redis_core::drive::{BlockingChannel, blocking};
use redis_core::event::{ConnectionId, Event, Events};
use redis_core::orphan::{Orphan, Owed};
use redis_core::pool::Traffic;
use redis_core::push::PushHandlers;
use redis_core::resp::{Framed, Framer, Kind, Limits, Tape};
use redis_core::retry::shorter;
use redis_core::{Delivery, Error, ErrorKind, FromReply, Reply, Result, Shape, TimeoutKind};
use std::cell::Cell;
use std::io::{self, IoSlice, Write};
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A write buffer that grew over this for one large command is given back.
const WORTH_KEEPING: usize = 1024 * 1024;

/// How long the parts of an exchange may take; `None` is for ever.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// Writing the command.
    pub(crate) write: Option<Duration>,
    /// The whole, until the reply is read.
    pub(crate) reply: Option<Duration>,
}

impl Patience {
    /// What `command` may take where ordinary ones may take `usual`.
    #[inline]
    pub(crate) fn of(command: &Command<'_>, usual: Option<Duration>) -> Self {
        let reply = command.reply_timeout(usual);
        // who waits for ever for an answer does not wait for ever to be heard
        Self { write: reply.or(usual), reply }
    }

    /// The same, and no longer than is left.
    #[inline]
    pub(crate) fn at_most(self, left: Option<Duration>) -> Self {
        Self { write: shorter(self.write, left), reply: shorter(self.reply, left) }
    }

    /// Whether the server may still be waiting when this is over.
    fn is_shorter_than(self, block: Block) -> bool {
        match block {
            Block::No => false,
            Block::For(time) => self.reply.is_some_and(|reply| reply < time),
            _ => true,
        }
    }

    /// The same time for everything.
    pub(crate) fn within(time: Option<Duration>) -> Self {
        Self { write: time, reply: time }
    }
}

/// One connection.
pub(crate) struct Link {
    wire: Wire,
    outgoing: Vec<u8>,
    incoming: Incoming,
    framer: Framer,
    /// The reply that was read last.
    arrived: Arrived,
    /// Replies that were asked for and have not come.
    owed: usize,
    broken: bool,
    /// What a wait in vain is called: the handshake's are its own.
    phase: TimeoutKind,
    id: ConnectionId,
    pushes: PushHandlers,
    events: Events,
    server: Arc<ServerInfo>,
    /// Whose reply did not come in time, and what was found of it since.
    owed_to: Owed,
    /// What went over it, until somebody asks.
    traffic: Cell<Traffic>,
}

impl Link {
    pub(crate) fn new(
        wire: Wire,
        id: ConnectionId,
        (read_buffer, limits): (usize, Limits),
        (pushes, events): (PushHandlers, Events),
    ) -> Self {
        Self {
            wire,
            outgoing: Vec::with_capacity(512),
            incoming: Incoming::new(read_buffer),
            framer: Framer::new(limits),
            arrived: Arrived::default(),
            owed: 0,
            broken: false,
            phase: TimeoutKind::Handshake,
            id,
            pushes,
            events,
            server: Arc::default(),
            owed_to: Owed::default(),
            traffic: Cell::default(),
        }
    }

    pub(crate) fn id(&self) -> ConnectionId {
        self.id
    }

    pub(crate) fn server(&self) -> &Arc<ServerInfo> {
        &self.server
    }

    /// Ends the handshake: the connection is ready for commands.
    pub(crate) fn set_ready(&mut self, server: ServerInfo) {
        self.server = Arc::new(server);
        self.phase = TimeoutKind::Reply;
    }

    /// What it consists of, and what came that nobody has read: for a connection on which commands and replies
    /// do not take turns.
    pub(crate) fn into_wire(self) -> (Wire, Vec<u8>) {
        (self.wire, self.incoming.unread().to_vec())
    }

    /// Bounds what follows.
    pub(crate) fn begin(&mut self, time: Option<Duration>) {
        self.wire.timed_mut().begin(Instant::now(), time);
    }

    /// Sends a command and reads its reply.
    #[inline]
    pub(crate) fn exchange<T: FromReply>(
        &mut self,
        command: &Command<'_>,
        patience: Patience,
    ) -> Result<T> {
        self.ask(Instant::now(), command, patience)?;
        self.answer(command)
    }

    /// Sends a command the time of which began at `start`: its [`answer`](Self::answer) is to be read next.
    #[inline]
    pub(crate) fn ask(
        &mut self,
        start: Instant,
        command: &Command<'_>,
        patience: Patience,
    ) -> Result<()> {
        if !self.incoming.is_empty() {
            self.expect_silence()?;
        }
        self.wire.timed_mut().begin(start, patience.write);
        self.send(command)?;
        self.wire.timed_mut().go_on(patience.reply);
        Ok(())
    }

    /// Reads the reply to the command that was sent.
    #[inline]
    pub(crate) fn answer<T: FromReply>(&mut self, command: &Command<'_>) -> Result<T> {
        match self.receive(command.reply_shape(), |reply| command.read::<T>(reply)) {
            Ok(value) => value,
            Err(error) => Err(self.unanswered(error, command)),
        }
    }

    #[cold]
    fn unanswered(&mut self, error: Error, command: &Command<'_>) -> Error {
        let patience = Patience::within(self.wire.timed().allowed());
        // a server that still waits for something to answer with will not answer a fence
        self.broken |= patience.is_shorter_than(command.blocking());
        self.owed_to = Owed::of(command);
        error
    }

    /// Whether it can serve again as it is.
    #[inline]
    pub(crate) fn is_clean(&self) -> bool {
        self.owed == 0 && !self.broken && self.incoming.is_empty() && !self.wire.has_buffered()
    }

    /// Whether a late reply is all that is wrong with it.
    pub(crate) fn is_recyclable(&self) -> bool {
        !self.broken && self.owed > 0
    }

    /// Whether it is of no use any more.
    pub(crate) fn is_broken(&self) -> bool {
        self.broken || self.owed > 0
    }

    /// Sees to it that it is not used again.
    pub(crate) fn give_up(&mut self) {
        self.broken = true;
    }

    /// Looks, without waiting, whether an idle connection still lives and nothing came that nobody asked
    /// for; pushes are handed to their handlers.
    #[inline]
    pub(crate) fn is_fit(&mut self) -> bool {
        if self.owed > 0 || self.broken {
            return false;
        }
        let quiet = self.wire.is_quiet().unwrap_or(false);
        (quiet && self.incoming.is_empty()) || self.absorb()
    }

    /// Reads what has come, as far as it is pushes.
    #[cold]
    fn absorb(&mut self) -> bool {
        /// Who pushes more between two commands is not idle.
        const MOST_READS: u32 = 64;
        self.wire.timed_mut().set_probing(true);
        let mut fit = false;
        for _ in 0..MOST_READS {
            if !self.absorb_pushes() {
                break;
            }
            match self.incoming.fill(&mut self.wire) {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) => {
                    fit = is_timeout(&error) && self.incoming.is_empty();
                    break;
                }
            }
        }
        self.wire.timed_mut().set_probing(false);
        self.broken |= !fit;
        fit
    }

    /// Hands on the pushes that came along with the last reply. Whatever else came with it is nobody's
    /// reply, and must not become that of the next command.
    #[cold]
    pub(crate) fn expect_silence(&mut self) -> Result<()> {
        // the beginning of what has not come whole: only of a push, or of attributes to one
        let silent = self.absorb_pushes()
            && matches!(self.incoming.unread().first(), None | Some(b'>' | b'|'));
        if silent {
            return Ok(());
        }
        self.broken = true;
        Err(Error::new(ErrorKind::Protocol, "a reply arrived that no command asked for")
            .with_delivery(Delivery::NotSent))
    }

    /// Whether every whole frame there is was a push.
    fn absorb_pushes(&mut self) -> bool {
        while !self.incoming.is_empty() {
            match self.framer.frame(self.incoming.unread()) {
                Ok(Some(framed)) if is_push(&framed) => self.handle_push(framed),
                Ok(Some(_)) | Err(_) => return false,
                Ok(None) => break,
            }
        }
        true
    }

    /// Reads away what is owed, by a fence, within `time`.
    pub(crate) fn recycle(&mut self, time: Duration, random: u64) -> Result<()> {
        self.begin(Some(time));
        let mut owed_to = std::mem::take(&mut self.owed_to);
        let drained = blocking::drain(self, &Fence::new(random), &mut owed_to);
        self.owed_to = owed_to;
        if drained.is_ok() {
            self.owed = 0;
        }
        drained
    }

    /// What was read away that a blocking command had taken for nobody.
    pub(crate) fn take_orphans(&mut self) -> Vec<Orphan> {
        self.owed_to.take_orphans()
    }

    /// Sends whole commands and reads so many replies, none of which may be an error.
    pub(crate) fn undo(
        &mut self,
        bytes: &[u8],
        replies: usize,
        time: Option<Duration>,
    ) -> Result<()> {
        self.begin(time);
        self.write(bytes)?;
        self.owed = replies;
        for _ in 0..replies {
            if let Some(error) = self.read(|reply| reply.error())? {
                return Err(error);
            }
        }
        Ok(())
    }

    /// What went over it since this was last asked.
    #[inline]
    pub(crate) fn take_traffic(&mut self) -> Traffic {
        let mut traffic = self.traffic.take();
        traffic.received(self.incoming.take_read());
        traffic
    }

    #[inline]
    fn send(&mut self, command: &Command<'_>) -> Result<()> {
        if self.outgoing.capacity() > WORTH_KEEPING {
            self.outgoing = Vec::new();
        }
        self.outgoing.clear();
        let before = self.wire.timed().written();
        let mut size = 0;
        let written = if command.has_large() {
            command.write_head(&mut self.outgoing);
            size = command.segments().map(<[u8]>::len).sum();
            let mut parts = vec![IoSlice::new(&self.outgoing)];
            parts.extend(command.segments().map(IoSlice::new));
            write_parts(&mut self.wire, &mut parts)
        } else {
            command.write_to(&mut self.outgoing);
            self.wire.write_all(&self.outgoing)
        };
        size += self.outgoing.len();
        self.traffic.get_mut().sent(1, size);
        match written {
            Ok(()) => {
                self.owed += 1;
                Ok(())
            }
            Err(error) => Err(self.write_failed(error, before, Some(size))),
        }
    }

    #[cold]
    fn write_failed(&mut self, error: io::Error, before: u64, size: Option<usize>) -> Error {
        self.broken = true;
        let kind = if self.phase == TimeoutKind::Reply { TimeoutKind::Write } else { self.phase };
        let error = failure(error, kind, "could not be written", self.wire.timed().allowed());
        let sent = self.wire.timed().written().wrapping_sub(before);
        let sent = usize::try_from(sent).unwrap_or(usize::MAX);
        // a cipher is longer than what it hides, and nobody knows where in it a command ends; nor what a stream
        // of the user's own has written that failed
        let exact = self.wire.is_plain() && self.wire.is_duplex();
        let size = size.filter(|_| exact);
        let may_have_run = size.map_or(sent > 0, |size| reached(sent, size));
        let delivery = if may_have_run { Delivery::Unknown } else { Delivery::NotSent };
        let error = self.with_facts(error).with_delivery(delivery);
        error.with_facts(|facts| facts.unwritten = size.map(|size| size.saturating_sub(sent)))
    }

    /// Adds to a timeout what is known here.
    #[cold]
    fn with_facts(&mut self, error: Error) -> Error {
        if self.owed > 0 || error.timeout_kind() == Some(TimeoutKind::Write) {
            self.traffic.get_mut().failed(&error);
        }
        let (owed, partial) = (self.owed.max(1), self.incoming.unread().len());
        let timed = self.wire.timed_mut();
        error.with_facts(|facts| {
            timed.describe(facts);
            facts.in_flight_then = Some(0);
            facts.in_flight_now = Some(owed);
            facts.partial = Some(partial);
        })
    }

    /// Waits for the next reply and shows it to `read`.
    #[inline]
    fn receive<R>(&mut self, shape: Shape, read: impl FnOnce(Reply<'_>) -> R) -> Result<R> {
        self.next_reply(shape)?;
        let value = read(self.arrived.view(&self.incoming));
        if !self.arrived.is_single() {
            self.put_away();
        }
        Ok(value)
    }

    /// Waits until the next reply has arrived. Whatever is made of it, panics included: it was read.
    fn next_reply(&mut self, shape: Shape) -> Result<()> {
        if self.incoming.is_empty() {
            self.fill()?;
        }
        let single = self.framer.single(self.incoming.unread());
        match (single, &mut self.arrived) {
            (Some((node, length)), Arrived { place, tape: Tape::One(only), joined: None }) => {
                *only = node;
                *place = self.incoming.consume(length);
            }
            _ => self.next_of_many_parts()?,
        }
        self.owed = self.owed.saturating_sub(1);
        if shape != Shape::AsIs {
            self.arrived.give(shape, &self.incoming);
        }
        Ok(())
    }

    /// The same for all that is not one value and whole.
    #[inline(never)]
    fn next_of_many_parts(&mut self) -> Result<()> {
        // one is there still if whoever read it panicked
        self.put_away();
        let framed = loop {
            let framed = self.next_frame()?;
            if !is_push(&framed) {
                break framed;
            }
            self.handle_push(framed);
        };
        let Framed { length, tape, joined, .. } = framed;
        self.arrived = Arrived { place: self.incoming.consume(length), tape, joined };
        Ok(())
    }

    /// Lets go of the reply that arrived, and keeps its memory for the next.
    #[inline(never)]
    fn put_away(&mut self) {
        let Arrived { tape, .. } = std::mem::take(&mut self.arrived);
        self.framer.recycle(tape);
    }

    fn next_frame(&mut self) -> Result<Framed> {
        loop {
            if !self.incoming.is_empty() {
                match self.framer.frame(self.incoming.unread()) {
                    Ok(Some(framed)) => return Ok(framed),
                    Ok(None) => {}
                    Err(error) => {
                        self.broken = true;
                        return Err(error.into());
                    }
                }
            }
            self.fill()?;
        }
    }

    /// Waits for more bytes.
    #[inline]
    fn fill(&mut self) -> Result<()> {
        match self.incoming.fill(&mut self.wire) {
            Ok(0) => Err(self.ended()),
            Ok(_) => Ok(()),
            Err(error) => Err(self.read_failed(error)),
        }
    }

    #[cold]
    fn ended(&mut self) -> Error {
        self.broken = true;
        let message = if self.framer.is_mid_frame() || !self.incoming.is_empty() {
            "the server closed the connection in the middle of a reply"
        } else {
            "the server closed the connection"
        };
        Error::new(ErrorKind::Closed, message)
    }

    #[cold]
    fn read_failed(&mut self, error: io::Error) -> Error {
        // after a timeout the reply may still come, and be drained
        self.broken |= !is_timeout(&error);
        let what = match self.phase {
            TimeoutKind::Handshake => "the server did not answer its greeting",
            _ => "no reply",
        };
        let error = failure(error, self.phase, what, self.wire.timed().allowed());
        self.with_facts(error).with_delivery(Delivery::Unknown)
    }

    /// Hands a push to its handlers; without any, the listeners are told.
    #[cold]
    fn handle_push(&mut self, framed: Framed) {
        let place = self.incoming.consume(framed.length);
        self.dispatch(view(&self.incoming, place, &framed));
        self.framer.recycle(framed.tape);
    }

    pub(crate) fn dispatch(&self, push: Reply<'_>) {
        if self.pushes.dispatch(push) {
            return;
        }
        let mut traffic = self.traffic.get();
        traffic.unknown_pushes += 1;
        self.traffic.set(traffic);
        if !self.events.is_empty() {
            let kind = PushHandlers::kind(push).unwrap_or_default();
            let kind = String::from_utf8_lossy(kind).into_owned();
            self.events.emit(Event::UnknownPush { connection: self.id, kind });
        }
    }
}

/// A reply that was read, to be decoded where it lies.
#[derive(Default)]
struct Arrived {
    place: Range<usize>,
    tape: Tape,
    /// Bytes to use instead of those in that place.
    joined: Option<Bytes>,
}

impl Arrived {
    /// Whether it is one value, which holds no memory.
    #[inline]
    fn is_single(&self) -> bool {
        matches!(self, Self { tape: Tape::One(_), joined: None, .. })
    }

    #[inline]
    fn view<'f>(&'f self, incoming: &'f Incoming) -> Reply<'f> {
        let lying = || incoming.consumed(self.place.clone());
        let bytes = self.joined.as_deref().unwrap_or_else(lying);
        Reply::new(bytes, self.joined.as_ref(), self.tape.nodes())
    }

    fn give(&mut self, shape: Shape, incoming: &Incoming) {
        let lying = || incoming.consumed(self.place.clone());
        shape.apply(&mut self.tape, self.joined.as_deref().unwrap_or_else(lying));
    }
}

impl BlockingChannel for Link {
    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let before = self.wire.timed().written();
        self.traffic.get_mut().sent(0, bytes.len());
        self.wire.write_all(bytes).map_err(|error| self.write_failed(error, before, None))
    }

    fn read<R>(&mut self, read: impl FnOnce(Reply<'_>) -> R) -> Result<R> {
        self.receive(Shape::AsIs, read)
    }
}

/// Checks that the server answers at all.
pub(crate) fn ping(link: &mut Link, time: Option<Duration>) -> Result<()> {
    link.exchange(&Command::new(&table::PING), Patience::within(time))
}

#[inline]
fn is_push(framed: &Framed) -> bool {
    Reply::new(&[], None, framed.tape.nodes()).kind() == Kind::Push
}

#[inline]
fn view<'f>(incoming: &'f Incoming, place: Range<usize>, framed: &'f Framed) -> Reply<'f> {
    match &framed.joined {
        Some(joined) => Reply::new(joined, Some(joined), framed.tape.nodes()),
        None => Reply::new(incoming.consumed(place), None, framed.tape.nodes()),
    }
}

/// Writes every part from where it lies.
fn write_parts(wire: &mut Wire, mut parts: &mut [IoSlice<'_>]) -> io::Result<()> {
    IoSlice::advance_slices(&mut parts, 0);
    while !parts.is_empty() {
        match wire.write_vectored(parts)? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            count => IoSlice::advance_slices(&mut parts, count),
        }
    }
    Ok(())
}

pub(crate) fn failure(
    error: io::Error,
    timeout: TimeoutKind,
    what: &'static str,
    allowed: Option<Duration>,
) -> Error {
    if is_timeout(&error) {
        return match allowed {
            Some(allowed) => Error::timeout(timeout, format!("{what} within {allowed:?}")),
            None => Error::timeout(timeout, what),
        };
    }
    let kind = match error.kind() {
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::NotConnected
        | io::ErrorKind::UnexpectedEof => ErrorKind::Closed,
        _ => ErrorKind::Io,
    };
    Error::new(kind, error.to_string()).with_source(error)
}
