//! Reading a connection for several threads: every whole reply that has come, to be decoded by whoever it
//! belongs to.

use super::{Link, failure, is_push};
use crate::connector::Sender;
use crate::transport::is_timeout;
use bytes::Bytes;
use redis_core::error::Facts;
use redis_core::resp::{Framed, Tape};
use redis_core::{Error, Reply, Result, Shape, TimeoutKind};
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// From here on a reply is copied once, into bytes that values can share.
const WORTH_SHARING: usize = 4096;

/// A reply on its way from the thread that read it to the one it belongs to.
pub(crate) struct Came {
    bytes: Held,
    tape: Tape,
}

enum Held {
    /// In a buffer that is used again.
    Copied(Vec<u8>),
    Shared(Bytes),
}

impl Came {
    /// What the server refused with.
    #[inline]
    pub(crate) fn error(&self) -> Option<Error> {
        let bytes = match &self.bytes {
            Held::Copied(bytes) => bytes.as_slice(),
            Held::Shared(bytes) => bytes,
        };
        Reply::new(bytes, None, self.tape.nodes()).error()
    }

    /// Shows the reply to `read`; what it was held in goes to `spare`, if it is of use.
    #[inline]
    pub(crate) fn read<R>(
        self,
        shape: Shape,
        read: impl FnOnce(Reply<'_>) -> R,
        spare: impl FnOnce(Vec<u8>),
    ) -> R {
        let Self { bytes, mut tape } = self;
        match bytes {
            Held::Copied(bytes) => {
                shape.apply(&mut tape, &bytes);
                let value = read(Reply::new(&bytes, None, tape.nodes()));
                spare(bytes);
                value
            }
            Held::Shared(bytes) => {
                shape.apply(&mut tape, &bytes);
                read(Reply::new(&bytes, Some(&bytes), tape.nodes()))
            }
        }
    }
}

impl Link {
    /// Another handle on its stream, where one thread can write while another reads.
    pub(crate) fn sender(&self) -> Option<Arc<dyn Sender>> {
        self.wire.sender()
    }

    /// Begins to read for one who began at `start`, may wait so long, and `has_waited` or not since.
    #[inline]
    pub(crate) fn take_up(&mut self, start: Instant, allowed: Option<Duration>, has_waited: bool) {
        let timed = self.wire.timed_mut();
        if has_waited { timed.take_up(start, allowed) } else { timed.begin(start, allowed) }
    }

    /// Waits until a whole reply has come, and takes every one that has. Their buffers are from `spares`, as
    /// long as there are some. What has come before an error is there nevertheless.
    ///
    /// # Errors
    ///
    /// Whatever ended the wait; after a timeout the connection is as good as before.
    pub(crate) fn collect(
        &mut self,
        came: &mut Vec<Came>,
        spares: &mut Vec<Vec<u8>>,
        owed: usize,
    ) -> Result<()> {
        // what a timeout is told of, and how it is counted
        self.owed = owed;
        let outcome = self.collect_some(came, spares);
        self.owed = 0;
        outcome
    }

    /// The same without waiting; whether anything came.
    ///
    /// # Errors
    ///
    /// As [`collect`](Self::collect), but for a timeout.
    pub(crate) fn collect_what_came(
        &mut self,
        came: &mut Vec<Came>,
        spares: &mut Vec<Vec<u8>>,
    ) -> Result<bool> {
        self.wire.timed_mut().set_probing(true);
        let filled = self.incoming.fill(&mut self.wire);
        self.wire.timed_mut().set_probing(false);
        match filled {
            Ok(0) => return Err(self.ended()),
            Ok(_) => {}
            Err(error) if is_timeout(&error) => return Ok(false),
            Err(error) => return Err(self.read_failed(error)),
        }
        self.take_whole(came, spares)?;
        Ok(true)
    }

    fn collect_some(&mut self, came: &mut Vec<Came>, spares: &mut Vec<Vec<u8>>) -> Result<()> {
        loop {
            self.take_whole(came, spares)?;
            if !came.is_empty() {
                return Ok(());
            }
            match self.incoming.fill(&mut self.wire) {
                Ok(0) => return Err(self.ended()),
                Ok(_) => {}
                Err(error) => return Err(self.read_failed(error)),
            }
        }
    }

    fn take_whole(&mut self, came: &mut Vec<Came>, spares: &mut Vec<Vec<u8>>) -> Result<()> {
        while !self.incoming.is_empty() {
            match self.framer.frame(self.incoming.unread()) {
                Ok(Some(framed)) if is_push(&framed) => self.handle_push(framed),
                Ok(Some(framed)) => came.push(self.take_out(framed, spares)),
                Ok(None) => break,
                Err(error) => {
                    self.broken = true;
                    return Err(error.into());
                }
            }
        }
        Ok(())
    }

    fn take_out(&mut self, framed: Framed, spares: &mut Vec<Vec<u8>>) -> Came {
        let place = self.incoming.consume(framed.length);
        let bytes = match framed.joined {
            Some(joined) => Held::Shared(joined),
            None => {
                let bytes = self.incoming.consumed(place);
                if bytes.len() >= WORTH_SHARING {
                    Held::Shared(Bytes::copy_from_slice(bytes))
                } else {
                    let mut copy = spares.pop().unwrap_or_default();
                    copy.extend_from_slice(bytes);
                    Held::Copied(copy)
                }
            }
        };
        Came { bytes, tape: framed.tape }
    }

    /// How many bytes of a reply have come that is not whole.
    pub(crate) fn partial(&self) -> usize {
        self.incoming.unread().len()
    }

    /// Ends the reading for several: so many replies are owed to nobody, and what was written ends within a
    /// command if it is not `whole`.
    pub(crate) fn settle(&mut self, owed: usize, whole: bool) {
        self.owed = owed;
        self.broken |= !whole;
    }
}

/// What one is told whose time was over while another read, or wrote, for it.
#[cold]
pub(crate) fn overdue(
    kind: TimeoutKind,
    allowed: Option<Duration>,
    tell: impl FnOnce(&mut Facts),
) -> Error {
    let what = if kind == TimeoutKind::Write { "could not be written" } else { "no reply" };
    failure(io::ErrorKind::TimedOut.into(), kind, what, allowed).with_facts(tell)
}
