//! Commands that wait for their bytes to be written, and callers who take theirs back.

use super::{InFlight, Slot, SlotId, Slots};
use std::ops::Range;

impl<W, P, C> Slots<W, P, C> {
    /// Those in flight whose callers still wait, in the order in which they will be answered.
    pub fn callers(&self) -> impl Iterator<Item = (SlotId, &W)> {
        self.in_flight.iter().filter_map(|sent| match self.slab.get(sent.slot as usize) {
            Some(Slot::Waiting(waker)) => Some((SlotId(sent.slot), waker)),
            _ => None,
        })
    }

    /// Whether the next reply would be one to a command of which nothing was written, if the last `unsent`
    /// bytes were not.
    #[inline]
    pub fn is_next_unsent(&self, unsent: usize) -> bool {
        let sent = self.submitted.saturating_sub(unsent as u64);
        self.in_flight.front().is_some_and(|next| next.start >= sent)
    }

    /// Whether the next reply is one to a command that was written to its end, if the last `unsent` bytes were
    /// not: it will come without anybody's doing.
    pub fn is_next_whole(&self, unsent: usize) -> bool {
        let sent = self.submitted.saturating_sub(unsent as u64);
        self.extent(0).is_some_and(|(_, end)| end <= sent)
    }

    /// How many bytes of a command whose reply is to come were written, and how many it has, if the last
    /// `unsent` bytes of all were not.
    pub fn written_of(&self, id: SlotId, unsent: usize) -> Option<(usize, usize)> {
        let at = self.position(id)?;
        let (start, end) = self.extent(at)?;
        let sent = self.submitted.saturating_sub(unsent as u64);
        let written = sent.saturating_sub(start).min(end.saturating_sub(start));
        let size = end.saturating_sub(start);
        Some((usize::try_from(written).ok()?, usize::try_from(size).ok()?))
    }

    /// Takes a command back of which nothing was written: where it stands within the last `unsent` bytes, to
    /// be cut out there. `None` where some of it was written, or its reply is not to come.
    pub fn withdraw(&mut self, id: SlotId, unsent: usize) -> Option<Range<usize>> {
        let at = self.position(id)?;
        let (start, end) = self.extent(at)?;
        let sent = self.submitted.saturating_sub(unsent as u64);
        let from = usize::try_from(start.checked_sub(sent)?).ok()?;
        let size = end.saturating_sub(start);
        self.in_flight.remove(at);
        if (at as u64) < self.swept.saturating_sub(self.answered) {
            self.swept = self.swept.saturating_sub(1);
        }
        for later in self.in_flight.iter_mut().skip(at) {
            later.start = later.start.saturating_sub(size);
        }
        self.submitted = self.submitted.saturating_sub(size);
        self.release(id.0);
        let size = usize::try_from(size).ok()?;
        self.queued_bytes = self.queued_bytes.saturating_sub(size);
        Some(from..from.saturating_add(size))
    }

    fn position(&self, id: SlotId) -> Option<usize> {
        self.in_flight.iter().position(|sent| sent.slot == id.0)
    }

    /// Where the bytes of the command at this place begin and end, counted from the beginning of all.
    fn extent(&self, at: usize) -> Option<(u64, u64)> {
        let InFlight { start, .. } = *self.in_flight.get(at)?;
        let next = self.in_flight.get(at.saturating_add(1));
        Some((start, next.map_or(self.submitted, |next| next.start)))
    }
}
