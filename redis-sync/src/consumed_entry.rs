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
    #[inline]
    pub(crate) fn new(shared: &Arc<Shared>, given: Given<StreamEntry>) -> Self {
        Self { shared: Arc::clone(shared), given }
    }

    /// The stream it stands in.
    ///
    /// # Example: one of several
    ///
    /// ```
    /// # let Some(r) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::prelude::*;
    /// use redis_sync::StreamConsumerOptions;
    ///
    /// # r.del(["consumed:wash", "consumed:iron"])?;
    /// r.xadd("consumed:iron", [("what", "shirt")])?;
    /// let options = StreamConsumerOptions::new().create_group("0");
    /// let both = ["consumed:wash", "consumed:iron"];
    /// let mut jobs = r.stream_consumer_with(both, "g", "anna", options)?;
    /// let job = jobs.next().expect("it is there")?;
    /// assert_eq!(job.stream(), "consumed:iron");
    /// job.ack()?;
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    #[inline]
    pub fn stream(&self) -> BulkString {
        self.shared.reader.stream(self.given.stream)
    }

    /// Why this consumer has it.
    ///
    /// # Example: what a program did not come to before it died
    ///
    /// ```
    /// # let Some(r) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::prelude::*;
    /// use redis_sync::{EntryOrigin, StreamConsumerOptions};
    ///
    /// # r.del("consumed:origin")?;
    /// r.xadd("consumed:origin", [("do", "wash")])?;
    /// let options = StreamConsumerOptions::new().create_group("0");
    /// let mut jobs = r.stream_consumer_with("consumed:origin", "g", "anna", options)?;
    /// let job = jobs.next().expect("it is there")?;
    /// assert_eq!(job.origin(), EntryOrigin::New);
    /// drop((job, jobs)); // not acknowledged
    ///
    /// let mut jobs = r.stream_consumer("consumed:origin", "g", "anna")?;
    /// let job = jobs.next().expect("it is there")?;
    /// assert_eq!(job.origin(), EntryOrigin::Resumed);
    /// job.ack()?;
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    #[inline]
    pub fn origin(&self) -> Origin {
        self.given.origin
    }

    /// How often it was delivered by now. Of one that was delivered before that is known only where dead
    /// letters are put aside.
    ///
    /// # Example: a job that was tried before
    ///
    /// ```
    /// # let Some(r) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::prelude::*;
    /// use redis_sync::StreamConsumerOptions;
    ///
    /// # r.del("consumed:deliveries")?;
    /// r.xadd("consumed:deliveries", [("do", "wash")])?;
    /// let options = StreamConsumerOptions::new().create_group("0");
    /// let mut jobs = r.stream_consumer_with("consumed:deliveries", "g", "anna", options)?;
    /// let job = jobs.next().expect("it is there")?;
    /// assert_eq!(job.deliveries(), Some(1));
    /// drop((job, jobs)); // not acknowledged
    ///
    /// let options = StreamConsumerOptions::new().dead_letter_stream(5, "consumed:dead");
    /// let mut jobs = r.stream_consumer_with("consumed:deliveries", "g", "anna", options)?;
    /// let job = jobs.next().expect("it is there")?;
    /// assert_eq!(job.deliveries(), Some(2));
    /// job.ack()?;
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    #[inline]
    pub fn deliveries(&self) -> Option<u64> {
        self.given.deliveries
    }

    /// Tells the group that it is done with (`XACK`), and whether it still was this group's to be done.
    ///
    /// # Errors
    ///
    /// Whatever kept the server from being told. It may be told again.
    ///
    /// # Example: once is enough
    ///
    /// ```
    /// # let Some(r) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::prelude::*;
    /// use redis_sync::StreamConsumerOptions;
    ///
    /// # r.del("consumed:ack")?;
    /// r.xadd("consumed:ack", [("do", "wash")])?;
    /// let options = StreamConsumerOptions::new().create_group("0");
    /// let mut jobs = r.stream_consumer_with("consumed:ack", "g", "anna", options)?;
    /// let job = jobs.next().expect("it is there")?;
    /// assert!(job.ack()?);
    /// assert!(!job.ack()?); // it was done already
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    #[inline]
    pub fn ack(&self) -> Result<bool> {
        let Shared { redis, reader, .. } = &*self.shared;
        let id = [self.given.entry.id];
        Ok(reader.acknowledge(redis, self.given.stream, &id)? > 0)
    }

    /// The entry alone.
    ///
    /// # Example: kept when it is done
    ///
    /// ```
    /// # let Some(r) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::prelude::*;
    /// use redis_sync::StreamConsumerOptions;
    ///
    /// # r.del("consumed:entry")?;
    /// r.xadd("consumed:entry", [("do", "wash")])?;
    /// let options = StreamConsumerOptions::new().create_group("0");
    /// let mut jobs = r.stream_consumer_with("consumed:entry", "g", "anna", options)?;
    /// let job = jobs.next().expect("it is there")?;
    /// job.ack()?;
    /// let entry = job.into_entry();
    /// assert_eq!(entry.get("do").unwrap(), "wash");
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    #[must_use]
    #[inline]
    pub fn into_entry(self) -> StreamEntry {
        self.given.entry
    }
}

impl Deref for ConsumedEntry {
    type Target = StreamEntry;

    #[inline]
    fn deref(&self) -> &StreamEntry {
        &self.given.entry
    }
}

impl fmt::Debug for ConsumedEntry {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsumedEntry")
            .field("id", &self.given.entry.id)
            .field("origin", &self.given.origin)
            .finish_non_exhaustive()
    }
}
