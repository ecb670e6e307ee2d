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
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// # let Some(r) = redis_async::doc_client("7.0.0").await else { return Ok(()) };
    /// use redis_async::prelude::*;
    /// use redis_async::StreamConsumerOptions;
    ///
    /// # r.del(["consumed:wash:a", "consumed:iron:a"]).await?;
    /// r.xadd("consumed:iron:a", [("what", "shirt")]).await?;
    /// let options = StreamConsumerOptions::new().create_group("0");
    /// let both = ["consumed:wash:a", "consumed:iron:a"];
    /// let mut jobs = r.stream_consumer_with(both, "g", "anna", options)?;
    /// let job = jobs.next().await.expect("it is there")?;
    /// assert_eq!(job.stream(), "consumed:iron:a");
    /// job.ack().await?;
    /// # Ok::<(), redis_async::Error>(())
    /// # }).unwrap();
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
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// # let Some(r) = redis_async::doc_client("7.0.0").await else { return Ok(()) };
    /// use redis_async::prelude::*;
    /// use redis_async::{EntryOrigin, StreamConsumerOptions};
    ///
    /// # r.del("consumed:origin:a").await?;
    /// r.xadd("consumed:origin:a", [("do", "wash")]).await?;
    /// let options = StreamConsumerOptions::new().create_group("0");
    /// let mut jobs = r.stream_consumer_with("consumed:origin:a", "g", "anna", options)?;
    /// let job = jobs.next().await.expect("it is there")?;
    /// assert_eq!(job.origin(), EntryOrigin::New);
    /// drop((job, jobs)); // not acknowledged
    ///
    /// let mut jobs = r.stream_consumer("consumed:origin:a", "g", "anna")?;
    /// let job = jobs.next().await.expect("it is there")?;
    /// assert_eq!(job.origin(), EntryOrigin::Resumed);
    /// job.ack().await?;
    /// # Ok::<(), redis_async::Error>(())
    /// # }).unwrap();
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
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// # let Some(r) = redis_async::doc_client("7.0.0").await else { return Ok(()) };
    /// use redis_async::prelude::*;
    /// use redis_async::StreamConsumerOptions;
    ///
    /// # r.del("consumed:deliveries:a").await?;
    /// r.xadd("consumed:deliveries:a", [("do", "wash")]).await?;
    /// let options = StreamConsumerOptions::new().create_group("0");
    /// let mut jobs = r.stream_consumer_with("consumed:deliveries:a", "g", "anna", options)?;
    /// let job = jobs.next().await.expect("it is there")?;
    /// assert_eq!(job.deliveries(), Some(1));
    /// drop((job, jobs)); // not acknowledged
    ///
    /// let options = StreamConsumerOptions::new().dead_letter_stream(5, "consumed:dead:a");
    /// let mut jobs = r.stream_consumer_with("consumed:deliveries:a", "g", "anna", options)?;
    /// let job = jobs.next().await.expect("it is there")?;
    /// assert_eq!(job.deliveries(), Some(2));
    /// job.ack().await?;
    /// # Ok::<(), redis_async::Error>(())
    /// # }).unwrap();
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
    /// # Cancellation
    ///
    /// The future may be dropped at any point; the entry may have been acknowledged.
    ///
    /// # Example: once is enough
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// # let Some(r) = redis_async::doc_client("7.0.0").await else { return Ok(()) };
    /// use redis_async::prelude::*;
    /// use redis_async::StreamConsumerOptions;
    ///
    /// # r.del("consumed:ack:a").await?;
    /// r.xadd("consumed:ack:a", [("do", "wash")]).await?;
    /// let options = StreamConsumerOptions::new().create_group("0");
    /// let mut jobs = r.stream_consumer_with("consumed:ack:a", "g", "anna", options)?;
    /// let job = jobs.next().await.expect("it is there")?;
    /// assert!(job.ack().await?);
    /// assert!(!job.ack().await?); // it was done already
    /// # Ok::<(), redis_async::Error>(())
    /// # }).unwrap();
    /// ```
    #[inline]
    pub async fn ack(&self) -> Result<bool> {
        let Shared { redis, reader, .. } = &*self.shared;
        let id = [self.given.entry.id];
        Ok(reader.acknowledge(redis, self.given.stream, &id).await? > 0)
    }

    /// The entry alone.
    ///
    /// # Example: kept when it is done
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// # let Some(r) = redis_async::doc_client("7.0.0").await else { return Ok(()) };
    /// use redis_async::prelude::*;
    /// use redis_async::StreamConsumerOptions;
    ///
    /// # r.del("consumed:entry:a").await?;
    /// r.xadd("consumed:entry:a", [("do", "wash")]).await?;
    /// let options = StreamConsumerOptions::new().create_group("0");
    /// let mut jobs = r.stream_consumer_with("consumed:entry:a", "g", "anna", options)?;
    /// let job = jobs.next().await.expect("it is there")?;
    /// job.ack().await?;
    /// let entry = job.into_entry();
    /// assert_eq!(entry.get("do").unwrap(), "wash");
    /// # Ok::<(), redis_async::Error>(())
    /// # }).unwrap();
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
