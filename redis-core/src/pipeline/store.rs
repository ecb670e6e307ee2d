//! The replies of a pipeline, side by side in little memory.

use crate::error::Error;
use crate::reply::{Reply, Shape};
use crate::resp::{Frame, Framer, LARGE, Node, Tape, Values};
use bytes::Bytes;

/// For no more replies, and no more bytes of them, room is made before they come.
const AT_ONCE: usize = 16 * 1024;

/// Replies in the order of their commands. A short one takes its text and 16 bytes; if it is not one value
/// alone, 16 for each of its values besides.
#[derive(Debug)]
pub(super) struct Store {
    /// How many commands there are.
    commands: usize,
    bytes: Vec<u8>,
    nodes: Vec<Node>,
    answers: Vec<Answer>,
    /// What few answers are; apart, since a row of answers that own nothing costs nothing to drop.
    large: Vec<Frame>,
    failed: Vec<Error>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Answer {
    /// One value, by far the most common; placed from where the bytes of all replies begin.
    Value(Node),
    /// So many nodes from the `first` on, placed from `start`.
    Short {
        start: u32,
        first: u32,
        nodes: u32,
    },
    Large(u32),
    Failed(u32),
}

/// What a command came to.
pub(super) enum Outcome<'s> {
    Replied(Reply<'s>),
    Failed(&'s Error),
}

impl Store {
    /// No replies yet, of so many commands.
    #[inline]
    pub(super) fn new(commands: usize) -> Self {
        Self {
            commands,
            bytes: Vec::new(),
            nodes: Vec::new(),
            answers: Vec::new(),
            large: Vec::new(),
            failed: Vec::new(),
        }
    }

    /// Adds the replies at the beginning of `bytes` that are one short value each, at most `most`; how many
    /// bytes they take.
    #[inline]
    pub(super) fn push_found(&mut self, framer: &Framer, bytes: &[u8], most: usize) -> usize {
        self.make_room(0);
        let Some(base) = self.base(bytes.len()) else { return 0 };
        let answers = &mut self.answers;
        let taken = framer.values(bytes, most, LARGE.saturating_sub(1), |node| {
            answers.push(Answer::Value(moved(node, base)));
        });
        self.bytes.extend_from_slice(bytes.get(..taken).unwrap_or_default());
        taken
    }

    /// Adds replies that are one short value each; hands them back if there is no room for them.
    #[inline]
    pub(super) fn push_values(&mut self, values: Values) -> Result<(), Values> {
        let Some(base) = self.base(values.size()) else { return Err(values) };
        let (bytes, nodes) = values.into_parts();
        if self.answers.is_empty() && nodes.len() == self.commands {
            self.answers = nodes.into_iter().map(Answer::Value).collect();
            self.bytes = bytes;
            return Ok(());
        }
        self.make_room(0);
        self.bytes.extend_from_slice(&bytes);
        self.answers.extend(nodes.into_iter().map(|node| Answer::Value(moved(node, base))));
        Ok(())
    }

    /// Adds a reply. `owner` is what `bytes` lies in, if it can be shared.
    #[inline]
    pub(super) fn push(&mut self, bytes: &[u8], owner: Option<&Bytes>, tape: &Tape) {
        // most pipelines are of commands of one kind, and replies to these are of one size
        self.make_room(bytes.len());
        let base = self.base(bytes.len()).filter(|_| bytes.len() < LARGE);
        let Some(start) = base else { return self.push_large(bytes, owner, tape) };
        self.bytes.extend_from_slice(bytes);
        self.answers.push(match tape {
            Tape::One(node) => Answer::Value(moved(*node, start)),
            Tape::Many(nodes) => {
                // there are fewer values than bytes, whose positions fit
                let first = narrow(self.nodes.len());
                self.nodes.extend_from_slice(nodes);
                Answer::Short { start, first, nodes: narrow(nodes.len()) }
            }
        });
    }

    #[cold]
    #[inline]
    fn push_large(&mut self, bytes: &[u8], owner: Option<&Bytes>, tape: &Tape) {
        let bytes = match owner {
            Some(owner) => owner.slice_ref(bytes),
            None => Bytes::copy_from_slice(bytes),
        };
        self.answers.push(Answer::Large(narrow(self.large.len())));
        self.large.push(Frame::new(bytes, tape.clone()));
    }

    #[inline]
    pub(super) fn push_error(&mut self, error: Error) {
        self.answers.push(Answer::Failed(narrow(self.failed.len())));
        self.failed.push(error);
    }

    /// Gives the single values from the `from`th reply on their shapes; a single value stays one.
    pub(super) fn shape_values(&mut self, from: usize, shape: impl Fn(usize) -> Shape) {
        for (index, answer) in self.answers.iter_mut().enumerate().skip(from) {
            if let Answer::Value(node) = answer {
                let mut tape = Tape::One(*node);
                shape(index).apply(&mut tape, &self.bytes);
                if let Tape::One(shaped) = tape {
                    *node = shaped;
                }
            }
        }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.answers.len()
    }

    #[inline]
    pub(super) fn get(&self, index: usize) -> Option<Outcome<'_>> {
        Some(match self.answers.get(index)? {
            Answer::Value(node) => Outcome::Replied(Reply::alone(&self.bytes, node)),
            Answer::Short { start, first, nodes } => {
                let (start, first) = (*start as usize, *first as usize);
                let nodes = self.nodes.get(first..first.saturating_add(*nodes as usize));
                let bytes = self.bytes.get(start..).unwrap_or_default();
                Outcome::Replied(Reply::new(bytes, None, nodes.unwrap_or_default()))
            }
            Answer::Large(index) => Outcome::Replied(self.large.get(*index as usize)?.reply()),
            Answer::Failed(index) => Outcome::Failed(self.failed.get(*index as usize)?),
        })
    }

    /// What all commands came to, in their order.
    #[inline]
    pub(super) fn answers(&self) -> &[Answer] {
        &self.answers
    }

    /// The same as [`get`](Self::get) for what is one short value, as most answers are: looked at apart, since of it
    /// the compiler knows that there is one node and no attribute.
    #[inline(always)]
    pub(super) fn alone<'s>(&'s self, answer: &'s Answer) -> Option<Reply<'s>> {
        match answer {
            Answer::Value(node) => Some(Reply::alone(&self.bytes, node)),
            _ => None,
        }
    }

    /// Before the first reply, which takes so many bytes: room for all.
    #[inline]
    fn make_room(&mut self, bytes: usize) {
        if self.answers.is_empty() {
            self.answers.reserve(self.commands.min(AT_ONCE));
            self.bytes.reserve(self.commands.saturating_mul(bytes).min(AT_ONCE));
        }
    }

    /// Where `more` bytes would begin, if the places of all of them can be written down.
    #[inline]
    fn base(&self, more: usize) -> Option<u32> {
        u32::try_from(self.bytes.len().saturating_add(more)).ok()?;
        u32::try_from(self.bytes.len()).ok()
    }
}

/// A number of what no memory holds more than 32 bits can count: replies of 4 KiB, errors.
#[inline]
fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The node of a value that lies so much further on.
#[inline]
fn moved(node: Node, by: u32) -> Node {
    Node { start: node.start.saturating_add(by), ..node }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_that_is_one_value_takes_its_bytes_and_16_more() {
        assert_eq!((size_of::<Answer>(), align_of::<Answer>()), (16, align_of::<Node>()));
    }
}
