//! What is left of a map when some of its entries have been read: for `#[redis(flatten)]`.

use super::Reply;
use crate::error::Result;
use crate::resp::{Kind, Node};
use bytes::Bytes;

/// The entries of a map that nobody has claimed, as a map of their own. The nodes are copied, the
/// bytes are not.
#[derive(Debug)]
pub struct Rest<'f> {
    bytes: &'f [u8],
    owner: Option<&'f Bytes>,
    tape: Vec<Node>,
}

impl<'f> Rest<'f> {
    /// The entries of `reply`, a map or an even array, whose names are none of `claimed`.
    ///
    /// # Errors
    ///
    /// As [`Reply::entries`].
    pub fn new(reply: Reply<'f>, claimed: &[&[u8]]) -> Result<Self> {
        let (bytes, owner, nodes, at) = reply.parts();
        let mut tape = vec![Node { kind: Kind::Map, start: 0, length: 0, next: 0 }];
        let mut entries = 0;
        let mut from = at.saturating_add(1);
        for (name, value) in reply.entries()? {
            let to = value.node().next;
            if !claimed.contains(&name.raw()) {
                let entry = nodes.get(from as usize..to as usize).unwrap_or(&[]);
                copy(entry, from, &mut tape);
                entries += 1;
            }
            from = to;
        }
        let next = tape.len() as u32;
        if let Some(map) = tape.first_mut() {
            map.length = entries;
            map.next = next;
        }
        Ok(Self { bytes, owner, tape })
    }

    /// They, to be read.
    pub fn reply(&self) -> Reply<'_> {
        Reply::new(self.bytes, self.owner, &self.tape)
    }
}

/// Appends nodes that began at `from` in their tape.
fn copy(nodes: &[Node], from: u32, tape: &mut Vec<Node>) {
    // never more nodes than the tape had that they are from, so this fits as it did there
    let to = tape.len() as u32;
    tape.extend(
        nodes
            .iter()
            .map(|node| Node { next: node.next.saturating_sub(from).saturating_add(to), ..*node }),
    );
}
