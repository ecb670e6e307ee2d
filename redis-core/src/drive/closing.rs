//! Closing a client: wait for what is under way, end what waits on the server, shut what is left.

use crate::pool::{Closed, Remains, Shutdown, Step};
use std::time::{Duration, Instant};

/// A client that is being closed: nobody gets anything of it any more.
pub trait BlockingCloser {
    /// What there still is.
    fn remains(&self) -> Remains;

    /// Waits until something else than this is left, or the time is over.
    fn rest(&mut self, seen: &Remains, time: Duration);

    /// Ends the wait of the connection that the server knows by this number, in so long at most; whether there
    /// was one. `None` where the server cannot be told.
    fn unblock(&mut self, connection: i64, time: Option<Duration>) -> Option<bool>;

    /// Shuts the connections that are left; how many that were.
    fn force(&mut self) -> u64;

    /// Whether anything can be waited for.
    fn is_patient(&self) -> bool;

    /// The time on a clock that never goes back.
    fn now(&self) -> Instant;
}

/// The async twin of [`BlockingCloser`].
pub trait AsyncCloser: Send {
    /// What there still is.
    fn remains(&self) -> Remains;

    /// Waits until something else than this is left, or the time is over.
    fn rest(&mut self, seen: &Remains, time: Duration) -> impl Future<Output = ()> + Send;

    /// Ends the wait of the connection that the server knows by this number, in so long at most; whether there
    /// was one. `None` where the server cannot be told.
    fn unblock(
        &mut self,
        connection: i64,
        time: Option<Duration>,
    ) -> impl Future<Output = Option<bool>> + Send;

    /// Shuts the connections that are left; how many that were.
    fn force(&mut self) -> u64;

    /// Whether anything can be waited for.
    fn is_patient(&self) -> bool;

    /// The time on a clock that never goes back.
    fn now(&self) -> Instant;
}

super::both! {
    /// Sees a client that is being closed to its end.
    pub async fn close<C: Closer>(closer: &mut C, mut shutdown: Shutdown) -> Closed {
        loop {
            let remains = closer.remains();
            match shutdown.next(&remains, closer.now()) {
                Step::Wait(time) => closer.rest(&remains, time).await,
                Step::Unblock(time) => {
                    for connection in remains.blocked {
                        match closer.unblock(connection, time).await {
                            Some(true) => shutdown.unblocked(),
                            Some(false) => {}
                            None => break,
                        }
                    }
                }
                Step::Force => {
                    let forced = closer.force();
                    shutdown.forced(forced, closer.is_patient(), closer.now());
                }
                Step::Done(closed) => return closed,
            }
        }
    }
}
