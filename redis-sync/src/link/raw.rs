//! A connection that is written to and read from without taking turns.
//!
//! Whose a frame is, and when there is nothing more to come, is its owner's to know: here nothing is
//! expected, and what has come stays until it is asked for.

use super::{Link, failure};
use crate::transport::is_timeout;
use bytes::Bytes;
use redis_core::{Delivery, Error, ErrorKind, Result, TimeoutKind};
use std::io::{self, Write};
use std::time::Duration;

impl Link {
    /// Ends the taking of turns: what comes from now on is no command's reply.
    ///
    /// # Errors
    ///
    /// That replies are owed, or that some came which nobody asked for.
    #[inline]
    pub(crate) fn begin_raw(&mut self) -> Result<()> {
        if self.is_broken() {
            let message = "an earlier command on this connection did not finish, so its replies cannot be told apart";
            return Err(Error::new(ErrorKind::Closed, message).with_delivery(Delivery::NotSent));
        }
        self.expect_silence()
    }

    /// Writes, and reads meanwhile what the server wants to be rid of. Either direction may stand still for
    /// `time`.
    ///
    /// # Errors
    ///
    /// Whatever kept it from being written; the connection is then of no use, but for what has come.
    #[inline]
    pub(crate) fn write_raw(&mut self, bytes: &[u8], time: Option<Duration>) -> Result<()> {
        let before = self.wire.timed().written();
        self.begin(time);
        let written = match self.wire.is_duplex() {
            true => self.write_while_reading(bytes, time),
            false => self.wire.write_all(bytes),
        };
        written.and_then(|()| self.wire.flush()).map_err(|error| {
            self.broken = true;
            let nothing = self.wire.timed().written() == before;
            let delivery = if nothing { Delivery::NotSent } else { Delivery::Unknown };
            failure(error, TimeoutKind::Write, "could not be written", time).with_delivery(delivery)
        })
    }

    #[inline]
    fn write_while_reading(&mut self, bytes: &[u8], time: Option<Duration>) -> io::Result<()> {
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            match self.wire.try_write(rest) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => at += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if is_timeout(&error) => {
                    if !self.fill_without_waiting()? && !self.wire.wait(time)? {
                        return Err(io::ErrorKind::TimedOut.into());
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Takes from the front of what has come as much as `cut` says; waits for more where it says nothing,
    /// no longer than `time`.
    ///
    /// # Errors
    ///
    /// What `cut` fails with, or that the time is over, which leave the bytes where they are; the
    /// connection's end, once there is nothing more to cut.
    pub(crate) fn cut<T>(
        &mut self,
        time: Option<Duration>,
        mut cut: impl FnMut(&[u8]) -> Result<Option<(usize, T)>>,
    ) -> Result<(Bytes, T)> {
        self.begin(time);
        loop {
            if let Some((length, found)) = cut(self.incoming.unread())? {
                let place = self.incoming.consume(length);
                return Ok((Bytes::copy_from_slice(self.incoming.consumed(place)), found));
            }
            if self.broken {
                return Err(Error::new(ErrorKind::Closed, "the connection was lost"));
            }
            // no time at all is time to look
            let filled = match time {
                Some(Duration::ZERO)
                    if self.fill_without_waiting().map_err(|e| self.read_failed(e))? =>
                {
                    Ok(1)
                }
                _ => self.incoming.fill(&mut self.wire),
            };
            match filled {
                Ok(0) => return Err(self.ended()),
                Ok(_) => {}
                // nobody set a time: it was the system that gave the connection up
                Err(error) if time.is_none() => {
                    self.broken = true;
                    return Err(Error::new(ErrorKind::Closed, error.to_string()).with_source(error));
                }
                Err(error) => return Err(self.read_failed(error)),
            }
        }
    }

    /// Whether anything came.
    #[inline]
    fn fill_without_waiting(&mut self) -> io::Result<bool> {
        self.wire.timed_mut().set_probing(true);
        let filled = self.incoming.fill(&mut self.wire);
        self.wire.timed_mut().set_probing(false);
        match filled {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(_) => Ok(true),
            Err(error) if is_timeout(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
