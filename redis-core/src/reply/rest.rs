//! What is left of a map when some of its entries have been read: for `#[redis(flatten)]`.

use super::Reply;
use crate::error::Result;
use crate::resp::{Kind, Node};
use bytes::Bytes;

/// The entries of a map that nobody has claimed, as a map of their own. The nodes are copied, the
/// bytes are not.
#[derive(Debug)]
pub(crate) struct Rest<'f> {
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
    #[inline]
    pub(crate) fn new(reply: Reply<'f>, claimed: &[&[u8]]) -> Result<Self> {
        let Reply { bytes, owner, tape: nodes, at, .. } = reply;
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
    #[inline]
    pub(crate) fn reply(&self) -> Reply<'_> {
        Reply::new(self.bytes, self.owner, &self.tape)
    }
}

/// Appends nodes that began at `from` in their tape.
#[inline]
fn copy(nodes: &[Node], from: u32, tape: &mut Vec<Node>) {
    // never more nodes than the tape had that they are from, so this fits as it did there
    let to = tape.len() as u32;
    tape.extend(
        nodes
            .iter()
            .map(|node| Node { next: node.next.saturating_sub(from).saturating_add(to), ..*node }),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FromReply;
    use crate::resp::{Frame, Framer};

    #[test]
    fn entries_keep_what_lies_in_them_and_before_them() {
        let wire = b"%3\r\n+a\r\n*1\r\n:1\r\n+b\r\n:2\r\n+c\r\n|1\r\n+ttl\r\n:9\r\n*2\r\n*1\r\n:3\r\n:4\r\n";
        let framed = Framer::default().frame(wire).unwrap().unwrap();
        let frame = Frame::new(Bytes::from_static(wire), framed.tape);

        let rest = Rest::new(frame.reply(), &[b"b", b"x"]).unwrap();
        let names: Vec<_> = rest.reply().entries().unwrap().map(|(name, _)| name.raw()).collect();
        assert_eq!(names, [b"a", b"c"]);
        let rest = rest.reply();
        let (_, last) = rest.entries().unwrap().last().unwrap();
        assert_eq!(last.attributes().map(|attributes| attributes.len()), Some(1));
        let (deep, flat) = <(Vec<i64>, i64)>::from_reply(last).unwrap();
        assert_eq!((deep, flat), (vec![3], 4));
    }

    #[test]
    fn nothing_is_left_where_all_is_claimed() {
        let wire = b"*2\r\n+a\r\n:1\r\n";
        let framed = Framer::default().frame(wire).unwrap().unwrap();
        let frame = Frame::new(Bytes::from_static(wire), framed.tape);
        let rest = Rest::new(frame.reply(), &[b"a"]).unwrap();
        assert_eq!(rest.reply().items().unwrap().len(), 0);
    }
}
