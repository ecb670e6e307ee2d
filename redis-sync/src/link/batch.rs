//! Many commands over one connection, their replies read while they are written.
//!
//! ```text
//!   write what goes ──▶ nothing goes ──▶ read what came ──▶ nothing came ──▶ wait for either
//!        ▲  │ all is written                  │                                  │
//!        │  ▼                                 ▼                                  │
//!        │ read the rest             ◀────────┴──────────────────────────────────┘
//! ```
//!
//! Over TLS it may be that bytes would go and TLS writes none: it agrees upon new keys, and has to read first.
//!
//! A peer that does not read before its replies are read, and a client that does not read before its
//! commands are written, would wait for each other for ever: neither direction waits for the other.

use super::{Link, failure, is_push};
use crate::transport::is_timeout;
use redis_core::config::Endpoint;
use redis_core::orphan::Owed;
use redis_core::pipeline::{Batch, Harvest, Outgoing, Replies};
use redis_core::resp::Framed;
use redis_core::retry::{Allowance, shorter};
use redis_core::{Error, ErrorKind, Result, TimeoutKind};
use std::io::{self, Write};
use std::time::{Duration, Instant};

/// So much of a batch is copied at a time.
const CHUNK: usize = 64 * 1024;
/// So much is written before its replies are read, where the stream cannot do both: what fits the
/// buffers on the way, whoever reads or does not.
const LOCKSTEP: usize = 4 * 1024;
/// For so long TLS may read on its own account before it is asked again whether it writes now.
const MOMENT: Duration = Duration::from_millis(5);

/// A batch under way.
struct Volley<'b> {
    batch: &'b Batch,
    outgoing: Outgoing,
    harvest: Harvest,
    /// How many of its bytes may have gone out.
    sent: usize,
    /// Since when neither direction has moved, although one was said to go.
    still: Option<Instant>,
    /// How long either direction may stand still.
    write: Option<Duration>,
    reply: Option<Duration>,
    /// How long the whole may take.
    allowance: Allowance,
}

impl Volley<'_> {
    /// How long the next wait may last.
    #[inline]
    fn at_most(&self, time: Option<Duration>) -> Option<Duration> {
        shorter(time, self.allowance.left(Instant::now))
    }
}

impl Link {
    /// Sends a batch and reads its replies. `reply` is how long the server may be silent while replies
    /// are to come, `usual` how long an ordinary one may be to come, `allowance` how long the whole may take.
    #[inline]
    pub(crate) fn carry_out(
        &mut self,
        batch: &Batch,
        endpoint: Option<&Endpoint>,
        (reply, usual): (Option<Duration>, Option<Duration>),
        allowance: Allowance,
    ) -> Replies {
        // what came behind the last reply must not become the first of these
        let silence = if self.incoming.is_empty() { Ok(()) } else { self.expect_silence() };
        if let Err(error) = silence {
            return Replies::failed(batch, endpoint, error);
        }
        let mut volley = Volley {
            batch,
            outgoing: batch.outgoing(),
            harvest: Harvest::new(batch, endpoint),
            sent: 0,
            still: None,
            // who waits for ever for an answer does not wait for ever to be heard
            write: reply.or(usual),
            reply,
            allowance,
        };
        let outcome = self.exchange_volley(&mut volley);
        self.traffic.get_mut().sent(batch.answered_by(volley.sent), volley.sent);
        match outcome {
            Ok(()) => volley.harvest.finish(),
            Err(error) => volley.harvest.lost(error, volley.sent),
        }
    }

    #[inline]
    fn exchange_volley(&mut self, volley: &mut Volley<'_>) -> Result<()> {
        self.owed += volley.batch.replies();
        // no pipeline has a command that waits: what is late of it is not the last such command's
        self.owed_to = Owed::default();
        // until all is written, and whatever happens before: a fence would end up within a command
        self.broken = true;
        if self.wire.is_duplex() {
            self.write_and_read(volley)?;
        } else {
            self.write_by_turns(volley)?;
        }
        self.broken = false;
        self.read_until(volley, 0)
    }

    #[inline]
    fn write_and_read(&mut self, volley: &mut Volley<'_>) -> Result<()> {
        let untouched = self.wire.timed().written();
        self.outgoing.clear();
        let mut at = 0;
        loop {
            if at == self.outgoing.len() {
                self.outgoing.clear();
                at = 0;
                if volley.outgoing.is_empty() {
                    return Ok(());
                }
                volley.outgoing.fill(&mut self.outgoing, CHUNK);
            }
            let rest = self.outgoing.get(at..).unwrap_or_default();
            let written = self.wire.try_write(rest);
            if self.wire.is_plain() {
                volley.sent += *written.as_ref().unwrap_or(&0);
            } else if self.wire.timed().written() != untouched {
                volley.sent = volley.outgoing.taken();
            }
            match written {
                Ok(0) => return Err(self.not_written(io::ErrorKind::WriteZero.into(), volley)),
                Ok(count) => {
                    at += count;
                    volley.still = None;
                    if at == self.outgoing.len() && !volley.outgoing.is_empty() {
                        self.read_what_came(volley)?;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if is_timeout(&error) => {
                    if self.read_what_came(volley)? {
                        volley.still = None;
                    } else {
                        self.wait_for_either(volley)?;
                    }
                }
                Err(error) => {
                    // what has come before the end is somebody's reply
                    let _ = self.read_what_came(volley);
                    return Err(self.not_written(error, volley));
                }
            }
        }
    }

    #[inline]
    fn write_by_turns(&mut self, volley: &mut Volley<'_>) -> Result<()> {
        while !volley.outgoing.is_empty() {
            self.outgoing.clear();
            volley.outgoing.fill(&mut self.outgoing, LOCKSTEP);
            let before = self.wire.timed().written();
            self.begin(volley.at_most(volley.write));
            let written = self.wire.write_all(&self.outgoing);
            if self.wire.timed().written() != before {
                volley.sent = volley.outgoing.taken();
            }
            written.map_err(|error| self.not_written(error, volley))?;
            let answered = volley.batch.answered_by(volley.sent);
            let later = volley.batch.replies().saturating_sub(answered);
            self.read_until(volley, later)?;
        }
        Ok(())
    }

    #[inline]
    fn wait_for_either(&mut self, volley: &mut Volley<'_>) -> Result<()> {
        if let Some(since) = volley.still {
            return self.let_tls_read(volley, since);
        }
        volley.still = Some(Instant::now());
        match self.wire.wait(volley.at_most(volley.write)) {
            Ok(true) => Ok(()),
            Ok(false) => Err(self.not_written(io::ErrorKind::TimedOut.into(), volley)),
            Err(error) => Err(self.not_written(error, volley)),
        }
    }

    /// A wait for either would end at once, again and again: the socket takes bytes, and TLS gives it none.
    #[cold]
    #[inline]
    fn let_tls_read(&mut self, volley: &mut Volley<'_>, since: Instant) -> Result<()> {
        let left = volley.write.map(|all| all.saturating_sub(since.elapsed()));
        let left = volley.at_most(left);
        if left == Some(Duration::ZERO) {
            return Err(self.not_written(io::ErrorKind::TimedOut.into(), volley));
        }
        self.begin(Some(left.map_or(MOMENT, |left| left.min(MOMENT))));
        match self.incoming.fill(&mut self.wire) {
            Ok(0) => Err(self.ended()),
            Ok(_) => {
                volley.still = None;
                self.take_early(volley)
            }
            Err(error) if is_timeout(&error) => Ok(()),
            Err(error) => Err(self.read_failed(error)),
        }
    }

    /// Reads until no more than `later` replies are to come.
    #[inline]
    fn read_until(&mut self, volley: &mut Volley<'_>, later: usize) -> Result<()> {
        loop {
            self.take_replies(&mut volley.harvest)?;
            if volley.harvest.missing() <= later {
                return Ok(());
            }
            self.begin(volley.at_most(volley.reply));
            match self.incoming.fill(&mut self.wire) {
                Ok(0) => return Err(self.ended()),
                Ok(_) => {}
                Err(error) => return Err(self.read_failed(error)),
            }
        }
    }

    /// Reads without waiting; whether anything came.
    #[inline]
    fn read_what_came(&mut self, volley: &mut Volley<'_>) -> Result<bool> {
        let mut came = false;
        loop {
            self.wire.timed_mut().set_probing(true);
            let filled = self.incoming.fill(&mut self.wire);
            self.wire.timed_mut().set_probing(false);
            match filled {
                Ok(0) => return Err(self.ended()),
                Ok(_) => came = true,
                Err(error) if is_timeout(&error) => return Ok(came),
                Err(error) => return Err(self.read_failed(error)),
            }
            self.take_early(volley)?;
        }
    }

    /// Hands over the replies that came before all was written.
    #[inline]
    fn take_early(&mut self, volley: &mut Volley<'_>) -> Result<()> {
        self.take_replies(&mut volley.harvest)?;
        if volley.harvest.missing() == 0 {
            let message = "the last reply came before the last command was written";
            return Err(Error::new(ErrorKind::Protocol, message));
        }
        Ok(())
    }

    /// Hands over the whole replies that have come, pushes aside.
    #[inline]
    fn take_replies(&mut self, harvest: &mut Harvest) -> Result<()> {
        while harvest.missing() > 0 && !self.incoming.is_empty() {
            let before = harvest.missing();
            let taken = harvest.take_values(&self.framer, self.incoming.unread());
            if taken > 0 {
                self.owed = self.owed.saturating_sub(before.saturating_sub(harvest.missing()));
                self.incoming.consume(taken);
                continue;
            }
            match self.framer.frame(self.incoming.unread()) {
                Ok(Some(framed)) if is_push(&framed) => self.handle_push(framed),
                Ok(Some(framed)) => self.take_reply(framed, harvest),
                Ok(None) => break,
                Err(error) => {
                    self.broken = true;
                    return Err(error.into());
                }
            }
        }
        Ok(())
    }

    #[inline]
    fn take_reply(&mut self, mut framed: Framed, harvest: &mut Harvest) {
        self.owed = self.owed.saturating_sub(1);
        let place = self.incoming.consume(framed.length);
        match &framed.joined {
            Some(joined) => harvest.take(joined, Some(joined), &mut framed.tape),
            None => harvest.take(self.incoming.consumed(place), None, &mut framed.tape),
        }
        self.framer.recycle(framed.tape);
    }

    #[cold]
    #[inline]
    fn not_written(&mut self, error: io::Error, volley: &Volley<'_>) -> Error {
        let error = failure(error, TimeoutKind::Write, "could not be written", volley.write);
        let time = volley.write.unwrap_or_default();
        self.with_facts(error).with_facts(|facts| {
            // either direction had stood still for so long
            facts.waited(time, time);
            facts.unwritten = Some(volley.batch.size().saturating_sub(volley.sent));
        })
    }
}
