//! An entry that a consumer was given.

use crate::consumer::Shared;
use redis_commands::StreamEntry;
use redis_core::consumer::{Given, Origin};
use redis_core::{BulkString, Result};
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// An entry that a [`StreamConsumer`](crate::StreamConsumer) was given, with all that a [`StreamEntry`] has.
///
/// As long as this exists its consumer does not give the entry again. Dropped without being acknowledged, it
/// stays pending: it comes again where stale entries are claimed, or after a restart.
#[must_use = "an entry that is not acknowledged is delivered again"]
pub struct ConsumedEntry {
    shared: Arc<Shared>,
    given: Given<StreamEntry>,
}

impl ConsumedEntry {
    pub(crate) fn new(shared: &Arc<Shared>, given: Given<StreamEntry>) -> Self {
        Self { shared: Arc::clone(shared), given }
    }

    /// The stream it stands in.
    pub fn stream(&self) -> BulkString {
        self.shared.reader.stream(self.given.stream)
    }

    /// Why this consumer has it.
    pub fn origin(&self) -> Origin {
        self.given.origin
    }

    /// How often it was delivered by now. Of one that was delivered before that is known only where dead
    /// letters are put aside.
    pub fn deliveries(&self) -> Option<u64> {
        self.given.deliveries
    }

    /// Tells the group that it is done with (`XACK`), and whether it still was this group's to be done.
    ///
    /// # Errors
    ///
    /// Whatever kept the server from being told. It may be told again.
    pub fn ack(&self) -> Result<bool> {
        let Shared { redis, reader, .. } = &*self.shared;
        let id = [self.given.entry.id];
        Ok(reader.acknowledge(redis, self.given.stream, &id)? > 0)
    }

    /// The entry alone.
    #[must_use]
    pub fn into_entry(self) -> StreamEntry {
        self.given.entry
    }
}

impl Deref for ConsumedEntry {
    type Target = StreamEntry;

    fn deref(&self) -> &StreamEntry {
        &self.given.entry
    }
}

impl fmt::Debug for ConsumedEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsumedEntry")
            .field("id", &self.given.entry.id)
            .field("origin", &self.given.origin)
            .finish_non_exhaustive()
    }
}
