//! The replies of a pipeline, side by side in little memory.

use crate::error::Error;
use crate::reply::Reply;
use crate::resp::{Frame, Node, Tape};
use bytes::Bytes;
use std::ops::Range;

/// From so many bytes on, a reply keeps its own memory, which its values then share.
const LARGE: usize = 4096;

/// For no more replies, and no more bytes of them, room is made before they come.
const AT_ONCE: usize = 16 * 1024;

/// Replies in the order of their commands. A short one takes its text and 32 bytes; if it is not one value
/// alone, 16 for each of its values besides.
#[derive(Debug)]
pub(super) struct Store {
    /// How many commands there are.
    commands: usize,
    bytes: Vec<u8>,
    nodes: Vec<Node>,
    answers: Vec<Answer>,
}

#[derive(Debug)]
enum Answer {
    /// One value, by far the most common.
    Value {
        start: usize,
        length: u16,
        node: Node,
    },
    Short {
        bytes: Range<usize>,
        first: usize,
        nodes: u32,
    },
    Large(Box<Frame>),
    Failed(Error),
}

/// What a command came to.
pub(super) enum Outcome<'s> {
    Replied(Reply<'s>),
    Failed(&'s Error),
}

impl Store {
    /// No replies yet, of so many commands.
    pub(super) fn new(commands: usize) -> Self {
        Self { commands, bytes: Vec::new(), nodes: Vec::new(), answers: Vec::new() }
    }

    /// Adds a reply. `owner` is what `bytes` lies in, if it can be shared.
    pub(super) fn push(&mut self, bytes: &[u8], owner: Option<&Bytes>, tape: &Tape) {
        if self.answers.is_empty() {
            // most pipelines are of commands of one kind, and replies to these are of one size
            self.answers.reserve(self.commands.min(AT_ONCE));
            self.bytes.reserve(self.commands.saturating_mul(bytes.len()).min(AT_ONCE));
        }
        let length = match u16::try_from(bytes.len()) {
            Ok(length) if bytes.len() < LARGE => length,
            _ => return self.push_large(bytes, owner, tape),
        };
        let (start, first) = (self.bytes.len(), self.nodes.len());
        if let Tape::One(node) = *tape {
            self.bytes.extend_from_slice(bytes);
            return self.answers.push(Answer::Value { start, length, node });
        }
        self.bytes.extend_from_slice(bytes);
        self.nodes.extend_from_slice(tape.nodes());
        // a short reply has fewer values than bytes
        let nodes = u32::try_from(tape.nodes().len()).unwrap_or(u32::MAX);
        self.answers.push(Answer::Short { bytes: start..self.bytes.len(), first, nodes });
    }

    #[cold]
    fn push_large(&mut self, bytes: &[u8], owner: Option<&Bytes>, tape: &Tape) {
        let bytes = match owner {
            Some(owner) => owner.slice_ref(bytes),
            None => Bytes::copy_from_slice(bytes),
        };
        self.answers.push(Answer::Large(Box::new(Frame::new(bytes, tape.clone()))));
    }

    pub(super) fn push_error(&mut self, error: Error) {
        self.answers.push(Answer::Failed(error));
    }

    pub(super) fn len(&self) -> usize {
        self.answers.len()
    }

    #[inline]
    pub(super) fn get(&self, index: usize) -> Option<Outcome<'_>> {
        Some(match self.answers.get(index)? {
            Answer::Value { start, length, node } => {
                let end = start.saturating_add(usize::from(*length));
                let bytes = self.bytes.get(*start..end).unwrap_or_default();
                Outcome::Replied(Reply::new(bytes, None, std::slice::from_ref(node)))
            }
            Answer::Short { bytes, first, nodes } => {
                let nodes = self.nodes.get(*first..first.saturating_add(*nodes as usize));
                let bytes = self.bytes.get(bytes.clone()).unwrap_or_default();
                Outcome::Replied(Reply::new(bytes, None, nodes.unwrap_or_default()))
            }
            Answer::Large(frame) => Outcome::Replied(frame.reply()),
            Answer::Failed(error) => Outcome::Failed(error),
        })
    }
}
