//! What wakes the thread of the subscriptions, whatever it waits for: the server, a pause, room in a queue.
//!
//! A thread that waits for a socket can be woken by another descriptor alone, so there is a pair of sockets
//! beside the usual flag. Where a stream has no descriptor, or the system no `poll`, the thread looks at the
//! flag every now and then.

use crate::transport::Wire;
use redis_core::fork::Descriptors;
#[cfg(unix)]
use redis_core::fork::Registration;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How often the flag is looked at where nothing else can wake the thread.
const GLANCE: Duration = Duration::from_millis(20);

/// What wakes a thread.
pub(crate) struct Bell {
    rung: Mutex<bool>,
    condvar: Condvar,
    #[cfg(unix)]
    pair: Option<Pair>,
}

#[cfg(unix)]
struct Pair {
    // before the sockets: their numbers are others' as soon as these are closed
    _registrations: [Registration; 2],
    ring: std::os::unix::net::UnixStream,
    hear: std::os::unix::net::UnixStream,
}

/// Why a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Woken {
    /// Something can be read.
    Readable,
    /// Something may have come: a read is to wait for so long at most.
    TryFor(Duration),
    /// The bell was rung, or the time is over.
    Otherwise,
}

impl Bell {
    #[inline]
    pub(crate) fn new(descriptors: &Arc<Descriptors>) -> Self {
        #[cfg(not(unix))]
        let _ = descriptors;
        Self {
            rung: Mutex::new(false),
            condvar: Condvar::new(),
            #[cfg(unix)]
            pair: Pair::new(descriptors).ok(),
        }
    }

    #[inline]
    pub(crate) fn ring(&self) {
        let mut rung = self.lock();
        if std::mem::replace(&mut *rung, true) {
            return;
        }
        self.condvar.notify_one();
        #[cfg(unix)]
        if let Some(pair) = &self.pair {
            // a pair that is full has been heard of
            let _ = io::Write::write(&mut &pair.ring, &[1]);
        }
    }

    /// Waits to be rung, for so long at most.
    #[inline]
    pub(crate) fn wait(&self, time: Option<Duration>) {
        let rung = self.lock();
        let mut rung = match time {
            Some(time) => {
                let waited = self.condvar.wait_timeout_while(rung, time, |rung| !*rung);
                waited.unwrap_or_else(PoisonError::into_inner).0
            }
            None => {
                let waited = self.condvar.wait_while(rung, |rung| !*rung);
                waited.unwrap_or_else(PoisonError::into_inner)
            }
        };
        self.hush(&mut rung);
    }

    /// Waits until there is something to read, for so long at most, or to be rung.
    #[inline]
    pub(crate) fn wait_for(&self, wire: &mut Wire, time: Option<Duration>) -> io::Result<Woken> {
        if wire.has_buffered() {
            return Ok(Woken::Readable);
        }
        {
            let mut rung = self.lock();
            if *rung {
                self.hush(&mut rung);
                return Ok(Woken::Otherwise);
            }
        }
        #[cfg(unix)]
        if let (Some(pair), Some(socket)) = (&self.pair, wire.timed().stream().descriptor()) {
            use std::os::fd::AsRawFd;
            let hear = pair.hear.as_raw_fd();
            let [readable, rung] = crate::transport::wait_for_any([socket, hear], time)?;
            if rung {
                self.hush(&mut self.lock());
            }
            return Ok(if readable { Woken::Readable } else { Woken::Otherwise });
        }
        Ok(Woken::TryFor(time.map_or(GLANCE, |time| time.min(GLANCE))))
    }

    #[inline]
    fn hush(&self, rung: &mut bool) {
        *rung = false;
        #[cfg(unix)]
        if let Some(pair) = &self.pair {
            let _ = io::Read::read(&mut &pair.hear, &mut [0; 16]);
        }
    }

    #[inline]
    fn lock(&self) -> MutexGuard<'_, bool> {
        self.rung.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(unix)]
impl Pair {
    #[inline]
    fn new(descriptors: &Arc<Descriptors>) -> io::Result<Self> {
        use std::os::fd::AsRawFd;
        let (ring, hear) = std::os::unix::net::UnixStream::pair()?;
        ring.set_nonblocking(true)?;
        hear.set_nonblocking(true)?;
        let _registrations =
            [&ring, &hear].map(|end| descriptors.register_own(Some(end.as_raw_fd())));
        Ok(Self { _registrations, ring, hear })
    }
}
