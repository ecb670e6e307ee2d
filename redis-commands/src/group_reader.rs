//! The commands by which a consumer of streams does what was decided.
//!
//! Decides how each [`Action`](redis_core::consumer::Action) is written, and how its reply is read. What is
//! done and when is decided by [`Consumption`](redis_core::consumer::Consumption).

use crate::consumer_options::{DeadLetter, Grave, StreamConsumerOptions};
use crate::stream_group_options::XPendingOptions;
use crate::stream_options::{XAutoClaimOptions, XGroupCreateOptions, XReadGroupOptions};
use crate::stream_replies::{AutoClaimed, PendingEntry, StreamEntry, StreamId, StreamsRead};
use crate::{EntryCursor, StreamCommands};
use redis_core::command::{Command, ToArg, ToArgs, table};
use redis_core::consumer::{Entry, Outcome, Plan};
use redis_core::retry::RetryPolicy;
use redis_core::{BulkString, ExecuteCommand, Response, Result};
use std::time::Duration;

/// How long one wait lasts that may last for ever: so that a stop is noticed all the same.
const LONGEST: Duration = Duration::from_secs(60);

/// How long entries lie, by default, until they are claimed.
const LYING: Duration = Duration::from_secs(60);

type Outcomes = Outcome<StreamEntry>;

/// What a consumer reads, as whom, and how.
#[derive(Clone, Debug)]
pub struct GroupReader {
    streams: Vec<BulkString>,
    group: BulkString,
    consumer: BulkString,
    options: StreamConsumerOptions,
}

impl Entry for StreamEntry {
    type Id = StreamId;

    #[inline]
    fn id(&self) -> StreamId {
        self.id
    }

    #[inline]
    fn is_deleted(&self) -> bool {
        self.fields.is_empty()
    }
}

impl GroupReader {
    /// A reader of these streams.
    ///
    /// # Errors
    ///
    /// No stream at all, or what no argument can be.
    pub fn new(
        streams: &impl ToArgs,
        group: &impl ToArg,
        consumer: &impl ToArg,
        options: StreamConsumerOptions,
    ) -> Result<Self> {
        let mut named = Command::new(&table::XREADGROUP).keys(streams).at_least(1, "streams");
        named.check().map_err(|error| error.with_command("XREADGROUP"))?;
        let mut streams: Vec<BulkString> = Vec::new();
        for stream in named.key_bytes().map(BulkString::from) {
            if !streams.contains(&stream) {
                streams.push(stream);
            }
        }
        let mut who = Command::new(&table::XREADGROUP).arg(group).arg(consumer);
        who.check().map_err(|error| error.with_command("XREADGROUP"))?;
        let mut who = who.argument_bytes().map(BulkString::from);
        let (group, consumer) = (who.next().unwrap_or_default(), who.next().unwrap_or_default());
        drop(who);
        Ok(Self { streams, group, consumer, options })
    }

    /// What was asked for, as far as it has to be decided about. `usual` is the client's policy.
    #[inline]
    pub fn plan(&self, usual: &RetryPolicy) -> Plan {
        let options = &self.options;
        let retry = options.retry.clone().unwrap_or_else(|| usual.clone());
        let mut plan = Plan::new(self.streams.len(), retry);
        plan.create = options.create.is_some();
        plan.resume = options.resume;
        plan.claim_every = options.min_idle.map(|idle| options.claim_every.unwrap_or(idle));
        plan.most_deliveries = options.dead_letters.as_ref().map(|letters| letters.after);
        plan.acknowledges = options.acknowledges;
        plan.block = if options.block.is_zero() { LONGEST } else { options.block };
        plan
    }

    /// How many entries are delivered again at once. Where deliveries are counted it is one: an entry that
    /// kills whoever has it must not have its neighbours counted with it.
    #[inline]
    fn again_at_once(&self) -> u64 {
        if self.options.dead_letters.is_some() { 1 } else { self.options.count }
    }

    /// The stream at this position.
    #[inline]
    pub fn stream(&self, stream: usize) -> BulkString {
        self.streams.get(stream).cloned().unwrap_or_default()
    }

    /// Makes the group. One that was there once begins with all that is there: what the stream holds now,
    /// nobody has read.
    pub fn create<'c, C: ExecuteCommand + ?Sized>(
        &self,
        r: &'c C,
        stream: usize,
        again: bool,
    ) -> Response<'c, C, ()> {
        let options = XGroupCreateOptions::new().make_stream();
        let (stream, group) = (self.stream(stream), &self.group);
        match &self.options.create {
            Some(after) if !again => {
                r.typed::<()>().xgroup_create_with(stream, group, after, options)
            }
            _ => r.typed::<()>().xgroup_create_with(stream, group, "0", options),
        }
    }

    /// Reads what is pending for this consumer.
    pub fn read_pending<'c, C: ExecuteCommand + ?Sized>(
        &self,
        r: &'c C,
        after: &[(usize, StreamId)],
    ) -> Response<'c, C, StreamsRead> {
        let offsets: Vec<_> =
            after.iter().map(|(stream, id)| (self.stream(*stream), *id)).collect();
        let options = XReadGroupOptions::new().count(self.again_at_once());
        let r = r.typed::<StreamsRead>();
        r.xreadgroup_with(&self.group, &self.consumer, offsets, options)
    }

    /// Reads what no consumer has yet.
    pub fn read_new<'c, C: ExecuteCommand + ?Sized>(
        &self,
        r: &'c C,
        wait: Duration,
    ) -> Response<'c, C, StreamsRead> {
        let offsets: Vec<_> = self.streams.iter().map(|stream| (stream, ">")).collect();
        let options = XReadGroupOptions::new().count(self.options.count).block(wait);
        let r = r.typed::<StreamsRead>();
        r.xreadgroup_with(&self.group, &self.consumer, offsets, options)
    }

    /// Takes over what others left lying.
    pub fn claim<'c, C: ExecuteCommand + ?Sized>(
        &self,
        r: &'c C,
        stream: usize,
        from: StreamId,
    ) -> Response<'c, C, AutoClaimed> {
        let idle = self.options.min_idle.unwrap_or(LYING);
        let options = XAutoClaimOptions::new().count(self.again_at_once());
        let (r, stream) = (r.typed::<AutoClaimed>(), self.stream(stream));
        r.xautoclaim_with(stream, &self.group, &self.consumer, idle, from, options)
    }

    /// Asks how often what is pending was delivered.
    pub fn count<'c, C: ExecuteCommand + ?Sized>(
        &self,
        r: &'c C,
        stream: usize,
        from: (StreamId, bool),
        last: StreamId,
        most: usize,
    ) -> Response<'c, C, Vec<PendingEntry>> {
        let from = match from {
            (id, true) => EntryCursor::after(id),
            (id, false) => EntryCursor::at(id),
        };
        let (r, stream) = (r.typed::<Vec<PendingEntry>>(), self.stream(stream));
        let most = u64::try_from(most).unwrap_or(u64::MAX);
        let mine = XPendingOptions::new().consumer(&self.consumer);
        r.xpending_range_with(stream, &self.group, from, last, most, mine)
    }

    /// Acknowledges entries.
    pub fn acknowledge<'c, C: ExecuteCommand + ?Sized>(
        &self,
        r: &'c C,
        stream: usize,
        ids: &[StreamId],
    ) -> Response<'c, C, u64> {
        r.typed::<u64>().xack(self.stream(stream), &self.group, ids)
    }

    /// Puts an entry aside: queues the commands for that on a transaction, which is then to be executed, and
    /// after a hook that was told of it has the acknowledgement alone.
    pub fn bury<C: ExecuteCommand + ?Sized>(
        &self,
        transaction: &C,
        stream: usize,
        entry: StreamEntry,
        deliveries: u64,
    ) {
        let (id, name) = (entry.id, self.stream(stream));
        match self.options.dead_letters.as_ref().map(|letters| &letters.to) {
            Some(Grave::Stream(grave)) => {
                let origin = [
                    ("dead-letter:stream", name),
                    ("dead-letter:id", id.to_string().into()),
                    ("dead-letter:deliveries", deliveries.to_string().into()),
                ];
                let origin = origin.map(|(field, value)| (BulkString::from(field), value));
                let fields: Vec<_> = origin.into_iter().chain(entry.fields).collect();
                let _ = transaction.xadd(grave, fields);
            }
            Some(Grave::Hook(hook)) => hook(&DeadLetter { stream: name, entry, deliveries }),
            None => {}
        }
        let _ = self.acknowledge(transaction, stream, &[id]);
    }

    /// What was read, as an outcome.
    #[inline]
    pub fn read(&self, read: Result<StreamsRead>) -> Outcomes {
        let place = |name: &BulkString| self.streams.iter().position(|stream| stream == name);
        match read {
            Ok(read) => {
                let pages = read.into_iter();
                Outcome::Read(
                    pages.filter_map(|(name, page)| Some((place(&name)?, page))).collect(),
                )
            }
            Err(error) => Outcome::Failed(error),
        }
    }

    /// What was claimed, as an outcome.
    #[inline]
    pub fn claimed(&self, claimed: Result<AutoClaimed>) -> Outcomes {
        match claimed {
            Ok(AutoClaimed { next, entries, .. }) => Outcome::Claimed { next, entries },
            Err(error) => Outcome::Failed(error),
        }
    }

    /// What was counted, as an outcome.
    #[inline]
    pub fn counted(&self, counted: Result<Vec<PendingEntry>>) -> Outcomes {
        match counted {
            Ok(counted) => {
                let counts = counted.into_iter().map(|entry| (entry.id, entry.deliveries));
                Outcome::Counted(counts.collect())
            }
            Err(error) => Outcome::Failed(error),
        }
    }

    /// That something was done, as an outcome.
    pub fn done<T>(&self, done: Result<T>) -> Outcomes {
        match done {
            Ok(_) => Outcome::Done,
            Err(error) => Outcome::Failed(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::{read, refusal, wire};
    use redis_core::ErrorKind;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    fn reader(options: StreamConsumerOptions) -> GroupReader {
        GroupReader::new(&["a", "b", "a"], &"g", &"c", options).expect("two streams")
    }

    fn usual() -> GroupReader {
        reader(StreamConsumerOptions::new())
    }

    const ID: StreamId = StreamId::new(5, 1);

    #[test]
    fn each_action_is_one_command() {
        let wait = Duration::from_millis(1500);
        assert_eq!(
            wire(|r| usual().read_new(r, wait)),
            "XREADGROUP GROUP g c COUNT 100 BLOCK 1500 STREAMS [a] [b] > >"
        );
        assert_eq!(
            wire(|r| usual().read_pending(r, &[(1, ID)])),
            "XREADGROUP GROUP g c COUNT 100 STREAMS [b] 5-1"
        );
        let claiming = reader(StreamConsumerOptions::new().claim(wait).count(7));
        assert_eq!(
            wire(|r| claiming.claim(r, 0, StreamId::MIN)),
            "XAUTOCLAIM [a] g c 1500 0-0 COUNT 7"
        );
        assert_eq!(
            wire(|r| usual().count(r, 1, (ID, true), StreamId::new(9, 0), 1000)),
            "XPENDING [b] g (5-1 9-0 1000 c"
        );
        assert_eq!(
            wire(|r| usual().count(r, 1, (ID, false), StreamId::new(9, 0), 1000)),
            "XPENDING [b] g 5-1 9-0 1000 c"
        );
        assert_eq!(wire(|r| usual().acknowledge(r, 0, &[ID, ID])), "XACK [a] g 5-1 5-1");
    }

    #[test]
    fn a_group_is_made_where_it_was_asked_for_and_made_again_from_the_beginning() {
        let from_now = reader(StreamConsumerOptions::new().create_group("$"));
        assert_eq!(wire(|r| from_now.create(r, 1, false)), "XGROUP CREATE [b] g $ MKSTREAM");
        assert_eq!(wire(|r| from_now.create(r, 1, true)), "XGROUP CREATE [b] g 0 MKSTREAM");
        let wrong = reader(StreamConsumerOptions::new().create_group("-"));
        refusal(|r| wrong.create(r, 0, false));
    }

    #[test]
    fn what_is_read_belongs_to_the_streams_by_their_position() {
        let answer = "*1 *2 $1 b *2 *2 $3 5-1 *2 $1 f $1 v *2 $3 5-2 *-1 ";
        let resp3 = "%1 $1 b *2 *2 $3 5-1 *2 $1 f $1 v *2 $3 5-2 _ ";
        let (one, other) = read(answer, resp3, |r| {
            let outcome = usual().read(usual().read_new(r, Duration::ZERO));
            let Outcome::Read(mut pages) = outcome else { panic!("it failed: {outcome:?}") };
            let (stream, page) = pages.remove(0);
            let page: Vec<_> = page.iter().map(|entry| (entry.id, entry.is_deleted())).collect();
            Ok((stream, page))
        });
        assert_eq!((one, other), (1, vec![(ID, false), (StreamId::new(5, 2), true)]));
    }

    #[test]
    fn a_reader_needs_a_stream_and_what_it_was_asked_for_is_planned() {
        let none = GroupReader::new(&[""; 0], &"g", &"c", StreamConsumerOptions::new());
        assert_eq!(none.unwrap_err().kind(), ErrorKind::Argument);
        let plan = usual().plan(&RetryPolicy::none());
        assert_eq!(
            (plan.streams, plan.create, plan.resume, plan.claim_every),
            (2, false, true, None)
        );
        let second = Duration::from_secs(1);
        let options =
            StreamConsumerOptions::new().claim(second).block(Duration::ZERO).resume(false);
        let plan = reader(options.clone()).plan(&RetryPolicy::none());
        assert_eq!((plan.claim_every, plan.block, plan.resume), (Some(second), LONGEST, false));
        let plan = reader(options.claim_every(second * 9)).plan(&RetryPolicy::none());
        assert_eq!(plan.claim_every, Some(second * 9));
    }

    #[test]
    fn what_is_buried_is_told_to_the_hook_and_acknowledged() {
        let told = Arc::new(AtomicU64::new(0));
        let telling = Arc::clone(&told);
        let hook = move |letter: &DeadLetter| {
            assert_eq!((letter.stream.as_bytes(), letter.entry.id), (b"a".as_slice(), ID));
            telling.store(letter.deliveries, Ordering::Relaxed);
        };
        let hooked = reader(StreamConsumerOptions::new().dead_letter_hook(3, hook));
        assert_eq!(hooked.plan(&RetryPolicy::none()).most_deliveries, Some(3));
        // what is delivered again is so one by one, since it is counted
        assert!(wire(|r| hooked.read_pending(r, &[(1, ID)])).contains(" COUNT 1 "));
        assert!(wire(|r| hooked.claim(r, 0, ID)).ends_with(" COUNT 1"));
        assert!(wire(|r| hooked.read_new(r, Duration::ZERO)).contains(" COUNT 100 "));
        let entry = StreamEntry { id: ID, fields: vec![("f".into(), "v".into())] };
        let sent = wire(|r| {
            hooked.bury(r, 0, entry.clone(), 4);
            Ok(())
        });
        assert_eq!((sent.as_str(), told.load(Ordering::Relaxed)), ("XACK [a] g 5-1", 4));
    }
}
