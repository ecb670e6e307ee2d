//! A naive server with one group, and what may go wrong on the way to it: for tests.

use super::{Action, Entry, Outcome};
use crate::error::{Delivery, Error, ErrorKind};
use std::collections::{BTreeMap, BTreeSet};

/// An entry of the model: its number, and whether it is deleted.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Numbered(pub(super) u32, pub(super) bool);

impl Entry for Numbered {
    type Id = u32;

    #[inline]
    fn id(&self) -> u32 {
        self.0
    }

    #[inline]
    fn is_deleted(&self) -> bool {
        self.1
    }
}

/// Who has an entry, and how often it was delivered.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Owned {
    pub(super) mine: bool,
    pub(super) deliveries: u64,
}

/// One stream with the group, if there is one.
#[derive(Debug, Default)]
pub(super) struct Stream {
    pub(super) entries: BTreeSet<u32>,
    pub(super) has_group: bool,
    pub(super) last_delivered: u32,
    pub(super) pending: BTreeMap<u32, Owned>,
    pub(super) acknowledged: BTreeSet<u32>,
    pub(super) buried: Vec<u32>,
}

pub(super) struct Server {
    pub(super) streams: Vec<Stream>,
    /// How many entries a read has at most.
    pub(super) count: usize,
}

impl Server {
    /// Streams without a group, with so many entries each.
    #[inline]
    pub(super) fn new(streams: usize, entries: u32, count: usize) -> Self {
        let stream = || Stream { entries: (1..=entries).collect(), ..Stream::default() };
        Self { streams: (0..streams).map(|_| stream()).collect(), count }
    }

    #[inline]
    pub(super) fn with_groups(mut self) -> Self {
        self.streams.iter_mut().for_each(|stream| stream.has_group = true);
        self
    }

    /// Entries that another consumer was given.
    pub(super) fn of_others(&mut self, stream: usize, ids: impl IntoIterator<Item = u32>) {
        self.pend(stream, ids, false);
    }

    /// Entries that this consumer was given in a former life.
    pub(super) fn of_mine(&mut self, stream: usize, ids: impl IntoIterator<Item = u32>) {
        self.pend(stream, ids, true);
    }

    fn pend(&mut self, stream: usize, ids: impl IntoIterator<Item = u32>, mine: bool) {
        let stream = &mut self.streams[stream];
        for id in ids {
            stream.last_delivered = stream.last_delivered.max(id);
            stream.pending.insert(id, Owned { mine, deliveries: 1 });
        }
    }

    /// Does what is asked for, as Redis would.
    #[inline]
    pub(super) fn carry_out(&mut self, action: &Action<Numbered>) -> Outcome<Numbered> {
        let count = self.count;
        let no_group = || Outcome::Failed(Error::server(b"NOGROUP No such key or group"));
        match action {
            Action::Pause(_) => Outcome::Done,
            Action::Create { stream, .. } => {
                let stream = &mut self.streams[*stream];
                if std::mem::replace(&mut stream.has_group, true) {
                    return Outcome::Failed(Error::server(b"BUSYGROUP it exists"));
                }
                (stream.last_delivered, stream.pending) = (0, BTreeMap::new());
                Outcome::Done
            }
            Action::ReadPending { after } => {
                if after.iter().any(|(stream, _)| !self.streams[*stream].has_group) {
                    return no_group();
                }
                let page = |(stream, after): &(usize, u32)| {
                    let of = &mut self.streams[*stream];
                    let own = of.pending.range_mut(after + 1..).filter(|(_, owned)| owned.mine);
                    let page = own.take(count).map(|(id, owned)| {
                        owned.deliveries += 1;
                        Numbered(*id, !of.entries.contains(id))
                    });
                    (*stream, page.collect())
                };
                Outcome::Read(after.iter().map(page).collect())
            }
            Action::ReadNew { .. } => {
                if self.streams.iter().any(|stream| !stream.has_group) {
                    return no_group();
                }
                let page = |(stream, of): (usize, &mut Stream)| {
                    let ids: Vec<_> =
                        of.entries.range(of.last_delivered + 1..).take(count).copied().collect();
                    for &id in &ids {
                        of.last_delivered = id;
                        of.pending.insert(id, Owned { mine: true, deliveries: 1 });
                    }
                    (stream, ids.into_iter().map(|id| Numbered(id, false)).collect::<Vec<_>>())
                };
                let pages = self.streams.iter_mut().enumerate().map(page);
                Outcome::Read(pages.filter(|(_, page)| !page.is_empty()).collect())
            }
            Action::Claim { stream, from } => {
                let of = &mut self.streams[*stream];
                if !of.has_group {
                    return no_group();
                }
                let mut looked = of.pending.range_mut(*from..);
                let entries = looked.by_ref().take(count).map(|(id, owned)| {
                    *owned = Owned { mine: true, deliveries: owned.deliveries + 1 };
                    Numbered(*id, !of.entries.contains(id))
                });
                let entries = entries.collect();
                Outcome::Claimed { next: looked.next().map_or(0, |(id, _)| *id), entries }
            }
            Action::Count { stream, from, exclusive, last, most } => {
                let from = from + u32::from(*exclusive);
                let own = self.streams[*stream].pending.range(from..=*last);
                let own = own.filter(|(_, owned)| owned.mine).take(*most);
                Outcome::Counted(own.map(|(id, owned)| (*id, owned.deliveries)).collect())
            }
            Action::Acknowledge { stream, ids } => {
                self.streams[*stream].acknowledge(ids);
                Outcome::Done
            }
            Action::Bury { stream, entry, .. } => {
                self.streams[*stream].buried.push(entry.0);
                self.streams[*stream].acknowledge(&[entry.0]);
                Outcome::Done
            }
        }
    }
}

impl Stream {
    #[inline]
    fn acknowledge(&mut self, ids: &[u32]) {
        for id in ids {
            if self.pending.remove(id).is_some() {
                self.acknowledged.insert(*id);
            }
        }
    }
}

/// What a connection that was lost makes of an outcome.
#[inline]
pub(super) fn lost() -> Outcome<Numbered> {
    Outcome::Failed(Error::new(ErrorKind::Closed, "lost").with_delivery(Delivery::Unknown))
}

/// What a connection that could not be had makes of an action.
#[inline]
pub(super) fn not_sent() -> Outcome<Numbered> {
    Outcome::Failed(Error::new(ErrorKind::Connect, "away").with_delivery(Delivery::NotSent))
}

/// Numbers that look random, and are the same every time.
pub(super) struct Dice(u64);

impl Dice {
    #[inline]
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    #[inline]
    pub(super) fn throw(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}
