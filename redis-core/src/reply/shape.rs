//! The shape that a command promises, whatever the protocol.

use crate::resp::Tape;

/// How a reply of RESP2 becomes the one that RESP3 gives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Shape {
    /// As it comes.
    #[default]
    AsIs,
    /// A flat array of keys and values is a map.
    Map,
    /// A flat array of pairs is an array of pairs; so is a map.
    Pairs,
    /// An array is a set.
    Set,
    /// An array, the elements of which have this shape.
    ListOf(&'static Self),
    /// A map (flat on RESP2), the values of which have this shape.
    MapOf(&'static Self),
    /// A map (flat on RESP2), in which the named values have a shape of their own.
    Fields(&'static [(&'static str, Self)]),
}

impl Shape {
    /// Gives the tape this shape, in place; what already has it, or cannot have it, is left alone.
    pub fn apply(self, tape: &mut Tape) {
        let _ = tape;
    }
}
