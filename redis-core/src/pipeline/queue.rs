//! The commands that are queued: their bytes, and what will be asked of them.

use super::batch::Batch;
use super::queued::Handle;
use crate::command::{Block, CallOptions, Command, CommandSpec};
use crate::config::Timeout;
use crate::error::{Error, ErrorKind, Result};
use crate::reply::Shape;
use bytes::Bytes;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// From so many scripts on, all are sent whole again: of those that they met in `EVAL` alone, servers keep
/// the 500 that ran last (Redis 7.4).
const KEPT: usize = 250;

/// The commands of a pipeline, encoded as they are queued.
#[derive(Debug)]
pub struct CommandQueue {
    contents: Held,
    /// Why it cannot be executed: the first command that must not stand in it.
    refused: Option<Error>,
    /// By which a handle knows the queue that it is of.
    id: u64,
}

/// What room the first command makes: a page of memory each, so that most pipelines never grow, and others not
/// at each of their first commands.
const FIRST_BYTES: usize = 4096;
const FIRST_ENTRIES: usize = FIRST_BYTES / size_of::<Entry>();

/// Nobody else's while it grows: to ask whether it is shared costs as much as a command.
#[derive(Debug)]
enum Held {
    Own(Contents),
    /// With the executions under way; copied when it grows meanwhile.
    Shared(Arc<Contents>),
}

/// What was queued.
#[derive(Clone, Debug, Default)]
pub(super) struct Contents {
    pub(super) bytes: Vec<u8>,
    pub(super) large: Vec<Large>,
    pub(super) entries: Vec<Entry>,
    /// The names that no spec has, by the positions of their commands.
    names: Vec<(usize, String)>,
    /// Bytes on the wire.
    pub(super) size: usize,
    pub(super) facts: Facts,
    /// The digests of the scripts that it sends whole.
    scripts: BTreeSet<[u8; 40]>,
}

/// An argument that was not copied, and where in the bytes it belongs.
#[derive(Clone, Debug)]
pub(super) struct Large {
    pub(super) at: usize,
    pub(super) bytes: Bytes,
}

/// One command.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) spec: &'static CommandSpec,
    pub(super) shape: Shape,
    /// How many bytes of the queue stand before it on the wire.
    pub(super) start: usize,
}

/// What is true of all the commands together.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Facts {
    /// Some command must not run twice.
    pub(super) once: bool,
    pub(super) writes: bool,
    /// Some reply is given another shape than it has on the wire.
    pub(super) shaped: bool,
    /// Some command's reply is waited for as long as is usual, for ever, or at least so long.
    usual: bool,
    for_ever: bool,
    longest: Duration,
}

impl CommandQueue {
    /// An empty queue.
    #[must_use]
    #[inline]
    pub fn new() -> Self {
        Self { contents: Held::Own(Contents::default()), refused: None, id: next_id() }
    }

    /// Queues a command. One that must not stand here is named when the queue is executed.
    pub fn push<T>(&mut self, mut command: Command<'_>) -> Handle<T> {
        self.push_from(&mut command)
    }

    /// The same of one that lies elsewhere: moving it costs as much as copying what it says.
    #[inline]
    pub fn push_from<T>(&mut self, command: &mut Command<'_>) -> Handle<T> {
        Handle::new(self.id, self.add(command))
    }

    /// Returns the command's position.
    #[inline]
    fn add(&mut self, command: &mut Command<'_>) -> usize {
        if let Held::Own(contents) = &mut self.contents {
            if command.is_ordinary() && contents.scripts.is_empty() && !contents.entries.is_empty()
            {
                return contents.push_ordinary(command);
            }
        }
        self.add_closely(command)
    }

    /// The first command of all, and what is not as most commands are.
    #[cold]
    #[inline]
    fn add_closely(&mut self, command: &mut Command<'_>) -> usize {
        let contents = self.contents.own();
        let index = contents.entries.len();
        if self.refused.is_none() {
            let refusal = command.check().and_then(|()| may_be_queued(command)).err();
            self.refused = refusal.map(|error| error.with_index(index));
        }
        contents.push(command)
    }

    /// How many commands are queued.
    #[inline]
    pub fn len(&self) -> usize {
        self.contents.get().entries.len()
    }

    /// Whether none is.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.contents.get().entries.is_empty()
    }

    /// How many bytes they are on the wire.
    #[inline]
    pub fn size(&self) -> usize {
        self.contents.get().size
    }

    /// Forgets them; handles on their replies are good no more.
    #[inline]
    pub fn clear(&mut self) {
        *self = Self::new();
    }

    /// What is queued, to be executed: as a transaction if `atomic`.
    ///
    /// # Errors
    ///
    /// The first command that must not stand here, by name and position.
    #[inline]
    pub fn batch(&mut self, atomic: bool) -> Result<Batch> {
        match &self.refused {
            Some(error) => Err(error.clone()),
            None => Ok(Batch::new(self.contents.share(), self.id, atomic)),
        }
    }
}

impl Default for CommandQueue {
    #[inline]
    fn default() -> Self {
        Self::new()
    }
}

impl Held {
    #[inline]
    fn get(&self) -> &Contents {
        match self {
            Self::Own(contents) => contents,
            Self::Shared(contents) => contents,
        }
    }

    /// To be added to.
    #[inline]
    fn own(&mut self) -> &mut Contents {
        if let Self::Shared(shared) = self {
            *self = Self::Own(Arc::unwrap_or_clone(std::mem::take(shared)));
        }
        match self {
            Self::Own(contents) => contents,
            Self::Shared(contents) => Arc::make_mut(contents),
        }
    }

    #[inline]
    fn share(&mut self) -> Arc<Contents> {
        let shared = match self {
            Self::Own(contents) => Arc::new(std::mem::take(contents)),
            Self::Shared(contents) => Arc::clone(contents),
        };
        *self = Self::Shared(Arc::clone(&shared));
        shared
    }
}

impl Contents {
    /// What the command at `index` is called.
    #[inline]
    pub(super) fn name(&self, index: usize) -> Option<Cow<'static, str>> {
        let entry = self.entries.get(index)?;
        let own = self.names.binary_search_by_key(&index, |(index, _)| *index).ok();
        let own = own.and_then(|at| self.names.get(at));
        Some(match own {
            Some((_, name)) => Cow::Owned(name.clone()),
            None => Cow::Borrowed(entry.spec.name()),
        })
    }

    /// Adds a command of which nothing needs to be asked but what its spec says; returns its position.
    #[inline]
    fn push_ordinary(&mut self, command: &Command<'_>) -> usize {
        let size = command.write_ordinary(&mut self.bytes);
        let spec = command.spec();
        self.facts.usual = true;
        if !spec.is_read_only() {
            self.facts.once |= !spec.is_repeatable();
            self.facts.writes = true;
        }
        self.enter(command, size)
    }

    /// Takes down a command that was written, of so many bytes.
    #[inline]
    fn enter(&mut self, command: &Command<'_>, size: usize) -> usize {
        let index = self.entries.len();
        let shape = command.reply_shape();
        if !matches!(shape, Shape::AsIs) {
            self.facts.shaped = true;
        }
        self.entries.push(Entry { spec: command.spec(), shape, start: self.size });
        self.size += size;
        index
    }

    #[inline]
    fn push(&mut self, command: &Command<'_>) -> usize {
        if self.entries.is_empty() {
            self.bytes.reserve(FIRST_BYTES);
            self.entries.reserve(FIRST_ENTRIES);
        }
        if let Cow::Owned(name) = command.name() {
            self.names.push((self.entries.len(), name));
        }
        let before = self.bytes.len();
        let mut large_bytes = 0;
        let whole = if self.teaches(command) { command.whole() } else { None };
        let large = &mut self.large;
        whole.as_ref().unwrap_or(command).write_shared(&mut self.bytes, |at, bytes| {
            large_bytes += bytes.len();
            large.push(Large { at, bytes });
        });
        self.facts.add(command);
        self.enter(command, self.bytes.len() - before + large_bytes)
    }

    /// Whether the server learns a script by this command: the first call of each. What refuses the later
    /// calls is then no ignorance, and the order stays, whatever the server knew.
    #[inline]
    fn teaches(&mut self, command: &Command<'_>) -> bool {
        if let Some(script) = command.script() {
            if self.scripts.len() == KEPT {
                self.scripts.clear();
            }
            return self.scripts.insert(*script.digest_bytes());
        }
        if !self.scripts.is_empty() && command.spec().name() == "SCRIPT FLUSH" {
            self.scripts.clear();
        }
        false
    }
}

impl Facts {
    #[inline]
    fn add(&mut self, command: &Command<'_>) {
        self.once |= !command.is_repeatable();
        self.writes |= !command.is_read_only();
        match command.options().map_or(Timeout::Inherit, CallOptions::get_response_timeout) {
            Timeout::Inherit => self.usual = true,
            Timeout::Never => self.for_ever = true,
            Timeout::After(time) => self.longest = self.longest.max(time),
        }
    }

    /// How long a reply may take, where an ordinary one may take `usual`; `None` is for ever.
    #[inline]
    pub(super) fn timeout(&self, usual: Option<Duration>) -> Option<Duration> {
        match usual {
            _ if self.for_ever => None,
            None if self.usual => None,
            Some(usual) if self.usual || self.longest.is_zero() => Some(usual.max(self.longest)),
            None if self.longest.is_zero() => None,
            _ => Some(self.longest),
        }
    }
}

#[inline]
fn may_be_queued(command: &Command<'_>) -> Result<()> {
    let why = if command.binds_connection() {
        "it changes the state of its connection, which no command in a pipeline may: run it on a `connection()`"
    } else if command.blocking() != Block::No {
        "it waits on the server, and everything behind it in the pipeline would wait with it"
    } else {
        return Ok(());
    };
    Err(Error::new(ErrorKind::Misuse, why).with_command(command.name()))
}

#[inline]
fn next_id() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
