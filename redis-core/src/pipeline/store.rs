//! The replies of a pipeline, side by side in little memory.

use crate::error::Error;
use crate::reply::Reply;
use crate::resp::{Frame, Node, Tape};
use bytes::Bytes;
use std::ops::Range;

/// From so many bytes on, a reply keeps its own memory, which its values then share.
const LARGE: usize = 4096;

/// Replies in the order of their commands. A short one takes its text, 16 bytes for each of its values,
/// and 32 more.
#[derive(Debug, Default)]
pub(super) struct Store {
    bytes: Vec<u8>,
    nodes: Vec<Node>,
    answers: Vec<Answer>,
}

#[derive(Debug)]
enum Answer {
    Short { bytes: Range<usize>, first: usize, nodes: u32 },
    Large(Box<Frame>),
    Failed(Error),
}

/// What a command came to.
pub(super) enum Outcome<'s> {
    Replied(Reply<'s>),
    Failed(&'s Error),
}

impl Store {
    /// Adds a reply. `owner` is what `bytes` lies in, if it can be shared.
    pub(super) fn push(&mut self, bytes: &[u8], owner: Option<&Bytes>, tape: &Tape) {
        if bytes.len() >= LARGE {
            let bytes = match owner {
                Some(owner) => owner.clone(),
                None => Bytes::copy_from_slice(bytes),
            };
            self.answers.push(Answer::Large(Box::new(Frame::new(bytes, tape.clone()))));
            return;
        }
        let (start, first) = (self.bytes.len(), self.nodes.len());
        self.bytes.extend_from_slice(bytes);
        self.nodes.extend_from_slice(tape.nodes());
        // a short reply has fewer values than bytes
        let nodes = u32::try_from(tape.nodes().len()).unwrap_or(u32::MAX);
        self.answers.push(Answer::Short { bytes: start..self.bytes.len(), first, nodes });
    }

    pub(super) fn push_error(&mut self, error: Error) {
        self.answers.push(Answer::Failed(error));
    }

    pub(super) fn len(&self) -> usize {
        self.answers.len()
    }

    pub(super) fn get(&self, index: usize) -> Option<Outcome<'_>> {
        Some(match self.answers.get(index)? {
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
