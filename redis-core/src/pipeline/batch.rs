//! What was queued, on its way: a snapshot that costs nothing to make.

use super::options::PipelineOptions;
use super::outgoing::Outgoing;
use super::queue::Contents;
use crate::config::Timeout;
use crate::connection::reached;
use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;

const MULTI: &[u8] = b"*1\r\n$5\r\nMULTI\r\n";
const EXEC: &[u8] = b"*1\r\n$4\r\nEXEC\r\n";

/// The commands of a pipeline at one moment, to be executed: one after the other, or as a transaction.
#[derive(Clone, Debug)]
pub struct Batch {
    pub(super) contents: Arc<Contents>,
    pub(super) queue: u64,
    atomic: bool,
}

impl Batch {
    #[inline]
    pub(super) fn new(contents: Arc<Contents>, queue: u64, atomic: bool) -> Self {
        Self { contents, queue, atomic }
    }

    /// How many commands were queued.
    #[inline]
    pub fn len(&self) -> usize {
        self.contents.entries.len()
    }

    /// Whether none was.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.contents.entries.is_empty()
    }

    /// Whether `MULTI` and `EXEC` stand around them.
    #[inline]
    pub fn is_atomic(&self) -> bool {
        self.atomic
    }

    /// What it is called in messages and records.
    #[inline]
    pub fn name(&self) -> &'static str {
        if self.atomic { "transaction" } else { "pipeline" }
    }

    /// How many replies will come.
    #[inline]
    pub fn replies(&self) -> usize {
        self.len() + if self.atomic { 2 } else { 0 }
    }

    /// How many bytes it is on the wire.
    #[inline]
    pub fn size(&self) -> usize {
        self.head().len() + self.contents.size + self.tail().len()
    }

    /// Whether all of it may be run again when nobody knows whether it ran.
    #[inline]
    pub fn is_repeatable(&self) -> bool {
        !self.contents.facts.once
    }

    /// Whether all of it only reads.
    #[inline]
    pub fn is_read_only(&self) -> bool {
        !self.contents.facts.writes
    }

    /// Whether it may go over a connection that others share.
    #[inline]
    pub fn is_contiguous(&self, options: &PipelineOptions) -> bool {
        self.len() <= options.get_contiguous_commands()
            && self.size() <= options.get_contiguous_bytes()
    }

    /// How long the next reply may take, where an ordinary one may take `usual`; `None` is for ever.
    #[inline]
    pub fn reply_timeout(
        &self,
        options: &PipelineOptions,
        usual: Option<Duration>,
    ) -> Option<Duration> {
        match options.get_response_timeout() {
            Timeout::After(time) => Some(time),
            Timeout::Never => None,
            Timeout::Inherit => self.contents.facts.timeout(usual),
        }
    }

    /// Its bytes, piece by piece.
    #[inline]
    pub fn outgoing(&self) -> Outgoing {
        Outgoing::new(self.clone())
    }

    /// Appends all of it to `out`, but for large arguments, which are handed to `large` with the place
    /// in `out` where they belong.
    pub fn write_shared(&self, out: &mut Vec<u8>, mut large: impl FnMut(usize, Bytes)) {
        out.extend_from_slice(self.head());
        let start = out.len();
        out.extend_from_slice(&self.contents.bytes);
        for argument in &self.contents.large {
            large(start + argument.at, argument.bytes.clone());
        }
        out.extend_from_slice(self.tail());
    }

    /// How many replies the first `sent` bytes bring.
    #[inline]
    pub fn answered_by(&self, sent: usize) -> usize {
        if sent >= self.size() {
            return self.replies();
        }
        let Some(body) = sent.checked_sub(self.head().len()) else { return 0 };
        // a command is whole where the next one begins
        let begun = self.contents.entries.partition_point(|entry| entry.start <= body);
        let whole = if body >= self.contents.size { begun } else { begun.saturating_sub(1) };
        whole + usize::from(self.atomic)
    }

    #[inline]
    pub(super) fn head(&self) -> &'static [u8] {
        if self.atomic { MULTI } else { &[] }
    }

    #[inline]
    pub(super) fn tail(&self) -> &'static [u8] {
        if self.atomic { EXEC } else { &[] }
    }

    /// Whether the command at `index` cannot have run when the first `sent` bytes went out.
    #[inline]
    pub(super) fn is_unsent(&self, index: usize, sent: usize) -> bool {
        let entries = &self.contents.entries;
        let start = entries.get(index).map_or(self.contents.size, |entry| entry.start);
        let end = entries.get(index + 1).map_or(self.contents.size, |entry| entry.start);
        let sent = sent.saturating_sub(self.head().len() + start);
        !reached(sent, end.saturating_sub(start))
    }

    /// Whether nothing of it can have run when its first `sent` bytes went out.
    #[inline]
    pub(super) fn cannot_have_run(&self, sent: usize) -> bool {
        // without EXEC, the server forgets a transaction along with its connection
        if self.atomic { !reached(sent, self.size()) } else { self.is_unsent(0, sent) }
    }
}
