//! A stream whose every wait is bounded by a deadline over all of an operation's waits.
//!
//! It lies beneath TLS, so that what TLS reads and writes on its own account is bounded too: a TLS read
//! that has to write, and a write that has to read, end with the same deadline.

use crate::connector::Stream;
use redis_core::error::Facts;
use redis_core::fork::{Descriptors, Registration};
use std::io::{self, IoSlice, Read, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A write of so many bytes at most goes into the socket's buffer without a wait worth measuring.
const SURELY_BUFFERED: usize = 64 * 1024;

/// A stream with a deadline for what is under way.
pub(crate) struct Timed {
    /// Before the stream, since the descriptor's number is free for others once that is closed.
    registration: Option<Registration>,
    stream: Box<dyn Stream>,
    /// What the operation under way may take, from its beginning; `None` is for ever.
    allowed: Option<Duration>,
    /// When it began, and the one before.
    began: Option<Instant>,
    previous: Option<Instant>,
    /// Nothing was waited for since the operation began: the whole of `allowed` is left, and neither
    /// the clock nor, if it is armed with as much, the socket need be asked.
    fresh: bool,
    armed_read: Option<Duration>,
    armed_write: Option<Duration>,
    /// Reads return at once while this is set, and so do writes where the stream can.
    probing: bool,
    written: u64,
}

impl Timed {
    pub(crate) fn new(stream: Box<dyn Stream>) -> Self {
        Self {
            registration: None,
            stream,
            allowed: None,
            began: None,
            previous: None,
            fresh: true,
            armed_read: None,
            armed_write: None,
            probing: false,
            written: 0,
        }
    }

    /// Writes the socket's descriptor down, where it has one, for a child of `fork` to close.
    pub(crate) fn register(&mut self, descriptors: &Arc<Descriptors>) {
        #[cfg(unix)]
        {
            let descriptor = self.stream.descriptor();
            self.registration = Some(descriptors.register(descriptor));
        }
        #[cfg(not(unix))]
        {
            let _ = descriptors;
            self.registration = None;
        }
    }

    /// Begins an operation: `allowed` is what it may take from `start` on, all its waits together.
    #[inline]
    pub(crate) fn begin(&mut self, start: Instant, allowed: Option<Duration>) {
        if self.began != Some(start) {
            self.previous = self.began.replace(start);
        }
        self.allowed = allowed;
        // a socket cannot be armed with no time at all; the deadline will say that it has passed
        self.fresh = allowed != Some(Duration::ZERO);
    }

    /// Goes on with the operation under way, under another bound.
    #[inline]
    pub(crate) fn go_on(&mut self, allowed: Option<Duration>) {
        self.allowed = allowed;
        self.fresh &= allowed != Some(Duration::ZERO);
    }

    /// Takes an operation up that began at `start` and for which somebody waited elsewhere since.
    #[inline]
    pub(crate) fn take_up(&mut self, start: Instant, allowed: Option<Duration>) {
        self.begin(start, allowed);
        self.fresh = false;
    }

    /// What the operation under way may take.
    pub(crate) fn allowed(&self) -> Option<Duration> {
        self.allowed
    }

    /// What is known of a wait that was in vain.
    #[cold]
    pub(crate) fn describe(&mut self, facts: &mut Facts) {
        if let (Some(began), Some(allowed)) = (self.began, self.allowed) {
            facts.waited(began.elapsed(), allowed);
            facts.idle = self.previous.map(|previous| began.duration_since(previous));
        }
        facts.unread = self.stream.unread();
    }

    /// How many bytes went out so far, in the stream's whole life.
    #[inline]
    pub(crate) fn written(&self) -> u64 {
        self.written
    }

    pub(crate) fn set_probing(&mut self, probing: bool) {
        self.probing = probing;
    }

    pub(crate) fn stream(&self) -> &dyn Stream {
        &*self.stream
    }

    pub(crate) fn stream_mut(&mut self) -> &mut dyn Stream {
        &mut *self.stream
    }

    /// What the next wait may take; an error when the time is over.
    #[inline]
    fn left(&self) -> io::Result<Option<Duration>> {
        if self.fresh { Ok(self.allowed) } else { self.rest() }
    }

    #[cold]
    fn rest(&self) -> io::Result<Option<Duration>> {
        super::left(self.deadline())
    }

    /// When the operation under way is to be over; what no clock reaches is no end.
    fn deadline(&self) -> Option<Instant> {
        self.began?.checked_add(self.allowed?)
    }

    #[inline]
    fn arm_read(&mut self) -> io::Result<()> {
        let left = self.left()?;
        if self.armed_read != left { self.set_read_timeout(left) } else { Ok(()) }
    }

    #[cold]
    fn set_read_timeout(&mut self, left: Option<Duration>) -> io::Result<()> {
        self.stream.set_read_timeout(left.filter(|_| self.deadline().is_some()))?;
        self.armed_read = left;
        Ok(())
    }

    #[inline]
    fn arm_write(&mut self) -> io::Result<()> {
        let left = self.left()?;
        if self.armed_write != left { self.set_write_timeout(left) } else { Ok(()) }
    }

    #[cold]
    fn set_write_timeout(&mut self, left: Option<Duration>) -> io::Result<()> {
        self.stream.set_write_timeout(left.filter(|_| self.deadline().is_some()))?;
        self.armed_write = left;
        Ok(())
    }

    /// Repeats what a signal interrupted, with what is left of the time.
    #[inline]
    fn write_with(
        &mut self,
        mut write: impl FnMut(&mut dyn Stream) -> io::Result<usize>,
    ) -> io::Result<usize> {
        loop {
            self.arm_write()?;
            match write(&mut *self.stream) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => self.fresh = false,
                Ok(count) => {
                    self.written = self.written.wrapping_add(count as u64);
                    self.fresh &= count <= SURELY_BUFFERED;
                    return Ok(count);
                }
                Err(error) => {
                    self.fresh = false;
                    return Err(error);
                }
            }
        }
    }
}

impl Timed {
    /// Writes what goes without waiting, where the stream can do that.
    #[cold]
    fn write_at_once(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(duplex) = self.stream.duplex() else {
            return self.write_with(|stream| stream.write(bytes));
        };
        let count = duplex.try_write(bytes)?;
        self.written = self.written.wrapping_add(count as u64);
        Ok(count)
    }
}

impl Read for Timed {
    #[inline]
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.probing {
                if !self.stream.is_readable()? {
                    return Err(io::ErrorKind::WouldBlock.into());
                }
            } else {
                self.arm_read()?;
            }
            match self.stream.read(into) {
                // TLS takes an interruption for the end of its session: it must not see one
                Err(error) if error.kind() == io::ErrorKind::Interrupted => self.fresh = false,
                result => {
                    self.fresh = false;
                    return result;
                }
            }
        }
    }
}

impl Write for Timed {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.probing {
            return self.write_at_once(bytes);
        }
        self.write_with(|stream| stream.write(bytes))
    }

    fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        self.write_with(|stream| stream.write_vectored(parts))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;
    use std::sync::Mutex;

    /// A stream that answers as it is told and writes down what it was asked.
    struct Scripted {
        reads: VecDeque<io::Result<usize>>,
        timeouts: Arc<Mutex<Vec<Option<Duration>>>>,
    }

    impl Read for Scripted {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            self.reads.pop_front().unwrap_or(Ok(0))
        }
    }

    impl Write for Scripted {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Stream for Scripted {
        fn set_read_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
            self.timeouts.lock().unwrap().push(timeout);
            Ok(())
        }

        fn set_write_timeout(&mut self, _: Option<Duration>) -> io::Result<()> {
            Ok(())
        }

        fn is_readable(&mut self) -> io::Result<bool> {
            Ok(false)
        }
    }

    type Timeouts = Arc<Mutex<Vec<Option<Duration>>>>;

    fn timed(reads: Vec<io::Result<usize>>) -> (Timed, Timeouts) {
        let timeouts = Timeouts::default();
        let stream = Scripted { reads: reads.into(), timeouts: Arc::clone(&timeouts) };
        (Timed::new(Box::new(stream)), timeouts)
    }

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn the_socket_is_told_a_timeout_once_while_replies_come_in_one_read() {
        let (mut timed, timeouts) = timed(vec![Ok(1), Ok(1), Ok(1)]);
        for _ in 0..3 {
            timed.begin(Instant::now(), Some(HOUR));
            assert_eq!(timed.read(&mut [0]).unwrap(), 1);
        }
        assert_eq!(*timeouts.lock().unwrap(), [Some(HOUR)]);
    }

    #[test]
    fn a_second_read_may_take_only_what_is_left() {
        let (mut timed, timeouts) = timed(vec![Ok(1), Ok(1)]);
        timed.begin(Instant::now(), Some(HOUR));
        assert_eq!(timed.read(&mut [0]).unwrap(), 1);
        assert_eq!(timed.read(&mut [0]).unwrap(), 1);
        let timeouts = timeouts.lock().unwrap();
        assert!(
            matches!(timeouts[..], [Some(first), Some(second)] if second < first),
            "{timeouts:?}"
        );
    }

    #[test]
    fn a_signal_neither_ends_a_read_nor_extends_its_deadline() {
        let (mut timed, timeouts) = timed(vec![Err(io::ErrorKind::Interrupted.into()), Ok(1)]);
        timed.begin(Instant::now(), Some(HOUR));
        assert_eq!(timed.read(&mut [0]).unwrap(), 1);
        let timeouts = timeouts.lock().unwrap();
        assert!(
            matches!(timeouts[..], [Some(first), Some(second)] if second < first),
            "{timeouts:?}"
        );
    }

    #[test]
    fn a_deadline_that_has_passed_ends_the_read_without_asking_the_socket() {
        let (mut timed, timeouts) = timed(vec![Ok(1), Ok(1)]);
        let long_ago = Instant::now().checked_sub(HOUR).unwrap();
        timed.begin(long_ago, Some(Duration::from_secs(1)));
        assert_eq!(timed.read(&mut [0]).unwrap(), 1);
        let error = timed.read(&mut [0]).unwrap_err();
        assert!(super::super::is_timeout(&error));
        assert_eq!(timeouts.lock().unwrap().len(), 1);
    }

    #[test]
    fn a_probe_never_waits() {
        let (mut timed, timeouts) = timed(vec![Ok(1)]);
        timed.set_probing(true);
        assert_eq!(timed.read(&mut [0]).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        assert!(timeouts.lock().unwrap().is_empty());
    }
}
