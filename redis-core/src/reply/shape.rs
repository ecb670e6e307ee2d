//! The shape that a command promises, whatever the protocol.
//!
//! RESP2 has neither maps nor sets nor doubles, so the same command answers with flat arrays and
//! strings there. This decides how the tape of such a reply becomes the one that RESP3 gives. What has
//! the shape already, or cannot have it (nil, an error, another type), is left alone. It does not give
//! values Rust types.

use crate::resp::{Kind, Node, Tape, number};

/// How a reply of RESP2 becomes the one that RESP3 gives.
///
/// Work is linear in the size of the reply; all but the pairs happen in place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Shape {
    /// As it comes.
    #[default]
    AsIs,
    /// Nil is false: `OK` or nothing is what `SET` answers under a condition.
    Accepted,
    /// A string that is a number is a double.
    Double,
    /// A flat array of keys and values is a map.
    Map,
    /// A flat array of pairs is an array of pairs; so is a map.
    Pairs,
    /// As [`Pairs`](Self::Pairs), and the second of each pair has this shape.
    PairsOf(&'static Self),
    /// An array, the elements of which have these shapes in turn; an empty one is nil (`ZPOPMIN`).
    Tuple(&'static [Self]),
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
    /// Gives the tape of the reply in `bytes` this shape; what already has it, or cannot have it, is
    /// left alone.
    #[inline]
    pub fn apply(self, tape: &mut Tape, bytes: &[u8]) {
        if self != Self::AsIs {
            self.apply_to(tape, bytes);
        }
    }

    fn apply_to(self, tape: &mut Tape, bytes: &[u8]) {
        let old = match tape {
            Tape::One(node) => {
                if self.makes_pairs() && node.kind == Kind::Map {
                    node.kind = Kind::Array;
                }
                return relabel(self, std::slice::from_mut(node), bytes, 0);
            }
            Tape::Many(nodes) => nodes,
        };
        if !self.inserts() {
            return relabel(self, old, bytes, 0);
        }
        match self {
            Self::Pairs if is_paired(old) => return,
            Self::PairsOf(inner) if !inner.inserts() && is_paired(old) => {
                return relabel_seconds(*inner, old, bytes);
            }
            _ => {}
        }
        let mut rewriter = Rewriter { old, bytes, new: Vec::with_capacity(old.len() / 2 * 3 + 1) };
        rewriter.value(self, 0);
        *tape = Tape::Many(rewriter.new);
    }

    const fn makes_pairs(self) -> bool {
        matches!(self, Self::Pairs | Self::PairsOf(_))
    }

    /// Whether it may need nodes that the wire did not have.
    fn inserts(self) -> bool {
        match self {
            Self::AsIs | Self::Accepted | Self::Double | Self::Map | Self::Set => false,
            Self::Pairs | Self::PairsOf(_) => true,
            Self::ListOf(inner) | Self::MapOf(inner) => inner.inserts(),
            Self::Tuple(shapes) => shapes.iter().any(|shape| shape.inserts()),
            Self::Fields(fields) => fields.iter().any(|(_, shape)| shape.inserts()),
        }
    }

    /// The shape of the element at `index`, before which stands `key` (in maps).
    fn of_element(self, index: u32, key: &[u8]) -> Self {
        match self {
            Self::ListOf(inner) => *inner,
            Self::Tuple(shapes) => shapes.get(index as usize).copied().unwrap_or_default(),
            Self::MapOf(inner) if index % 2 == 1 => *inner,
            Self::Fields(fields) if index % 2 == 1 => {
                let named = fields.iter().find(|(name, _)| name.as_bytes() == key);
                named.map_or(Self::AsIs, |(_, shape)| *shape)
            }
            _ => Self::AsIs,
        }
    }
}

/// Gives the value at `at` a shape that needs no more nodes than there are.
fn relabel(shape: Shape, nodes: &mut [Node], bytes: &[u8], at: usize) {
    let at = past_attributes(nodes, at);
    let is_flat = is_flat(nodes, at);
    let Some(node) = nodes.get_mut(at) else { return };
    relabel_node(shape, node, is_flat, bytes);
    let (children, fits) = (node.children(), has_elements_for(shape, node.kind));
    if !fits {
        return;
    }
    let mut child = at + 1;
    let mut key: &[u8] = &[];
    for index in 0..children {
        relabel(shape.of_element(index, key), nodes, bytes, child);
        let value = past_attributes(nodes, child);
        let Some(node) = nodes.get(value) else { return };
        key = text(node, bytes);
        child = node.next as usize;
    }
}

/// Gives the second of each pair, in an array of pairs, a shape that needs no more nodes.
fn relabel_seconds(shape: Shape, nodes: &mut [Node], bytes: &[u8]) {
    let list = past_attributes(nodes, 0);
    let Some(count) = nodes.get(list).map(Node::children) else { return };
    let mut child = list + 1;
    for _ in 0..count {
        let value = past_attributes(nodes, child);
        let Some(&node) = nodes.get(value) else { return };
        if node.kind == Kind::Array && node.length == 2 {
            let second = after(nodes, value + 1);
            relabel(shape, nodes, bytes, second);
        }
        child = node.next as usize;
    }
}

fn relabel_node(shape: Shape, node: &mut Node, is_flat: bool, bytes: &[u8]) {
    match (shape, node.kind) {
        // no text of the wire says `f`: a boolean without text is false
        (Shape::Accepted, Kind::Nil) => {
            node.kind = Kind::Boolean;
            node.length = 0;
        }
        (Shape::Double, Kind::BulkString) if number::is_double(text(node, bytes)) => {
            node.kind = Kind::Double;
        }
        (Shape::Tuple(_), Kind::Array) if node.length == 0 => node.kind = Kind::Nil,
        (Shape::Set, Kind::Array) => node.kind = Kind::Set,
        (Shape::Map | Shape::MapOf(_) | Shape::Fields(_), Kind::Array) if is_flat => {
            node.kind = Kind::Map;
            node.length /= 2;
        }
        _ => {}
    }
}

/// Whether a value of this kind has elements that `shape` says something about.
fn has_elements_for(shape: Shape, kind: Kind) -> bool {
    match shape {
        Shape::ListOf(_) => matches!(kind, Kind::Array | Kind::Set | Kind::Push),
        Shape::Tuple(_) => kind == Kind::Array,
        Shape::MapOf(_) | Shape::Fields(_) => kind == Kind::Map,
        _ => false,
    }
}

/// Copies a tape while it gives it a shape for which it lacks nodes.
struct Rewriter<'t> {
    old: &'t [Node],
    bytes: &'t [u8],
    new: Vec<Node>,
}

impl Rewriter<'_> {
    /// Copies the value at `at`, in its shape. Recursion is as deep as the shape, which is static.
    fn value(&mut self, shape: Shape, at: usize) {
        let value = past_attributes(self.old, at);
        let Some(node) = self.old.get(value).copied() else { return };
        if !shape.inserts() {
            let copied = self.new.len();
            self.copy(at, node.next as usize);
            return relabel(shape, &mut self.new, self.bytes, copied);
        }
        self.copy(at, value);
        let is_flat = is_flat(self.old, value);
        match shape {
            Shape::Pairs | Shape::PairsOf(_) if node.kind == Kind::Map || is_flat => {
                self.pairs(shape, node, value);
            }
            Shape::PairsOf(inner) if node.kind == Kind::Array => self.seconds(*inner, node, value),
            _ => {
                let mut shaped = node;
                relabel_node(shape, &mut shaped, is_flat, self.bytes);
                if has_elements_for(shape, shaped.kind) {
                    self.elements(shape, shaped, value);
                } else {
                    self.copy(value, node.next as usize);
                }
            }
        }
    }

    /// Writes a map or flat array as an array of pairs.
    fn pairs(&mut self, shape: Shape, node: Node, at: usize) {
        let inner = if let Shape::PairsOf(inner) = shape { *inner } else { Shape::AsIs };
        let pairs = node.children() / 2;
        let list = self.open(Kind::Array, pairs);
        let mut child = at + 1;
        for _ in 0..pairs {
            child = self.pair(inner, child);
        }
        self.close(list);
    }

    /// Writes an array of pairs, the second of each in its shape.
    fn seconds(&mut self, shape: Shape, node: Node, at: usize) {
        let list = self.open(node.kind, node.length);
        let mut child = at + 1;
        for _ in 0..node.children() {
            let value = past_attributes(self.old, child);
            let element = self.old.get(value);
            if element.is_some_and(|node| node.kind == Kind::Array && node.length == 2) {
                self.copy(child, value);
                child = self.pair(shape, value + 1);
            } else {
                self.value(Shape::AsIs, child);
                child = after(self.old, child);
            }
        }
        self.close(list);
    }

    /// Writes the two values that begin at `child` as a pair; where the value after them begins.
    fn pair(&mut self, second: Shape, mut child: usize) -> usize {
        let pair = self.open(Kind::Array, 2);
        for shape in [Shape::AsIs, second] {
            self.value(shape, child);
            child = after(self.old, child);
        }
        self.close(pair);
        child
    }

    /// Writes an aggregate, each element in its shape.
    fn elements(&mut self, shape: Shape, node: Node, at: usize) {
        let opened = self.open(node.kind, node.length);
        let mut child = at + 1;
        let mut key: &[u8] = &[];
        for index in 0..node.children() {
            self.value(shape.of_element(index, key), child);
            let value = self.old.get(past_attributes(self.old, child));
            key = value.map_or(&[], |node| text(node, self.bytes));
            child = after(self.old, child);
        }
        self.close(opened);
    }

    /// Copies nodes as they are.
    fn copy(&mut self, from: usize, to: usize) {
        let (old, new) = (index(from), index(self.new.len()));
        let nodes = self.old.get(from..to).unwrap_or_default().iter();
        self.new.extend(
            nodes.map(|&node| Node { next: node.next.wrapping_sub(old).wrapping_add(new), ..node }),
        );
    }

    fn open(&mut self, kind: Kind, length: u32) -> usize {
        self.new.push(Node { kind, start: 0, length, next: 0 });
        self.new.len() - 1
    }

    fn close(&mut self, opened: usize) {
        let next = index(self.new.len());
        if let Some(node) = self.new.get_mut(opened) {
            node.next = next;
        }
    }
}

/// Where the value stands that begins, perhaps with attributes, at `at`.
fn past_attributes(nodes: &[Node], mut at: usize) -> usize {
    while let Some(node) = nodes.get(at).filter(|node| node.kind == Kind::Attribute) {
        at = node.next as usize;
    }
    at
}

/// Where the value ends that begins at `at`.
fn after(nodes: &[Node], at: usize) -> usize {
    nodes.get(past_attributes(nodes, at)).map_or(nodes.len(), |node| node.next as usize)
}

/// Whether keys and values stand in turn in the array at `at`: keys are never aggregates.
fn is_flat(nodes: &[Node], at: usize) -> bool {
    let Some(node) = nodes.get(at).filter(|node| node.kind == Kind::Array) else { return false };
    let first = nodes.get(past_attributes(nodes, at + 1));
    node.length % 2 == 0
        && (node.length == 0 || first.is_some_and(|first| !first.kind.is_aggregate()))
}

/// Whether the whole is an array that has its pairs already, as RESP3 sends them: then all stays in place.
fn is_paired(nodes: &[Node]) -> bool {
    let at = past_attributes(nodes, 0);
    nodes.get(at).is_some_and(|node| node.kind == Kind::Array) && !is_flat(nodes, at)
}

fn text<'b>(node: &Node, bytes: &'b [u8]) -> &'b [u8] {
    let start = node.start as usize;
    bytes.get(start..start + node.length as usize).unwrap_or_default()
}

/// An index of a tape: the limits on elements leave room for what is inserted.
fn index(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply::{Reply, Value};
    use crate::resp::{Framer, Limits};

    /// The reply in `wire` in its shape, printed as JSON is: maps `{}`, sets `<>`, arrays `[]`.
    fn shaped(shape: Shape, wire: &str) -> String {
        let bytes = wire.replace(' ', "\r\n").into_bytes();
        let framed = Framer::new(Limits::default()).frame(&bytes).unwrap().expect("a whole reply");
        assert_eq!(framed.length, bytes.len(), "{wire:?}");
        let mut tape = framed.tape;
        shape.apply(&mut tape, &bytes);
        let nodes = tape.nodes();
        assert_eq!(nodes[past_attributes(nodes, 0)].next as usize, nodes.len(), "{wire:?}");
        show(&Value::read(Reply::new(&bytes, None, nodes)))
    }

    fn show(value: &Value) -> String {
        let list = |items: &[Value]| items.iter().map(show).collect::<Vec<_>>().join(" ");
        let entries = |entries: &[(Value, Value)]| {
            let show = |(key, value): &_| format!("{}:{}", show(key), show(value));
            entries.iter().map(show).collect::<Vec<_>>().join(" ")
        };
        match value {
            Value::Array(items) => format!("[{}]", list(items)),
            Value::Set(items) => format!("<{}>", list(items)),
            Value::Map(map) => format!("{{{}}}", entries(map)),
            Value::BulkString(text) => text.to_string(),
            Value::Integer(number) => number.to_string(),
            Value::Double(number) => format!("{number:?}"),
            Value::Attributed { attributes, value } => {
                format!("|{}|{}", entries(attributes), show(value))
            }
            other => other.to_string(),
        }
    }

    #[test]
    fn the_elements_of_a_tuple_have_shapes_of_their_own_and_an_empty_one_is_nil() {
        const POPPED: Shape = Shape::Tuple(&[Shape::AsIs, Shape::Double]);
        assert_eq!(shaped(POPPED, "*2 $1 7 $3 1.5 "), "[7 1.5]");
        assert_eq!(shaped(POPPED, "*2 $1 7 ,1.5 "), "[7 1.5]");
        assert_eq!(shaped(POPPED, "*0 "), shaped(Shape::AsIs, "_ "));
        assert_eq!(shaped(POPPED, "$-1 "), shaped(Shape::AsIs, "_ "));
        assert_eq!(shaped(POPPED, "*3 $1 7 $1 1 $1 2 "), "[7 1.0 2]");
        const TAKEN: Shape = Shape::Tuple(&[Shape::AsIs, Shape::PairsOf(&Shape::Double)]);
        assert_eq!(shaped(TAKEN, "*2 $1 z *1 *2 $1 7 $1 1 "), "[z [[7 1.0]]]");
        assert_eq!(shaped(TAKEN, "*2 $1 z *2 $1 7 $1 1 "), "[z [[7 1.0]]]");
    }

    #[test]
    fn nothing_is_false_where_ok_is_true() {
        assert_eq!(shaped(Shape::Accepted, "$-1 "), shaped(Shape::Accepted, "_ "));
        assert_eq!(shaped(Shape::Accepted, "_ "), shaped(Shape::AsIs, "#f "));
        assert_eq!(shaped(Shape::Accepted, "+OK "), "OK");
    }

    #[test]
    fn a_flat_array_becomes_a_map_and_a_map_stays_one() {
        assert_eq!(shaped(Shape::Map, "*4 :1 :2 :3 :4 "), "{1:2 3:4}");
        assert_eq!(shaped(Shape::Map, "%2 :1 :2 :3 :4 "), "{1:2 3:4}");
        assert_eq!(shaped(Shape::Map, "*0 "), "{}");
        assert_eq!(shaped(Shape::Map, "*2 :1 *2 :2 :3 "), "{1:[2 3]}");
    }

    #[test]
    fn what_cannot_have_the_shape_is_left_alone() {
        for shape in [Shape::Map, Shape::Pairs, Shape::Fields(&[]), Shape::MapOf(&Shape::Map)] {
            assert_eq!(shaped(shape, "*3 :1 :2 :3 "), "[1 2 3]");
            assert_eq!(shaped(shape, "$-1 "), "(nil)");
            assert_eq!(shaped(shape, "-ERR! "), "(error) ERR!");
            assert_eq!(shaped(shape, ":7 "), "7");
        }
        assert_eq!(shaped(Shape::Map, "*2 *1 :1 *1 :2 "), "[[1] [2]]");
    }

    #[test]
    fn pairs_come_from_flat_arrays_from_maps_and_from_pairs() {
        for wire in ["*4 :1 :2 :3 :4 ", "%2 :1 :2 :3 :4 ", "*2 *2 :1 :2 *2 :3 :4 "] {
            assert_eq!(shaped(Shape::Pairs, wire), "[[1 2] [3 4]]", "{wire:?}");
        }
        assert_eq!(shaped(Shape::Pairs, "*0 "), "[]");
        assert_eq!(shaped(Shape::Pairs, "%0 "), "[]");
        assert_eq!(shaped(Shape::Pairs, "%1 $1 s *1 *2 $1 i *2 :1 :2 "), "[[s [[i [1 2]]]]]");
        assert_eq!(shaped(Shape::Pairs, "*1 *2 $1 s *1 *2 $1 i *2 :1 :2 "), "[[s [[i [1 2]]]]]");
    }

    #[test]
    fn scores_are_doubles_in_pairs_of_either_protocol() {
        let shape = Shape::PairsOf(&Shape::Double);
        for wire in [
            "*4 $1 a $3 1.5 $1 b $1 2 ",
            "*2 *2 $1 a ,1.5 *2 $1 b ,2 ",
            "*2 *2 $1 a $3 1.5 *2 $1 b $1 2 ",
        ] {
            assert_eq!(shaped(shape, wire), "[[a 1.5] [b 2.0]]", "{wire:?}");
        }
        assert_eq!(shaped(Shape::Double, "$3 inf "), "inf");
        assert_eq!(shaped(Shape::Double, "$3 abc "), "abc");
    }

    #[test]
    fn pairs_that_came_as_such_stay_in_place() {
        let wire = b"|1\r\n:8\r\n:9\r\n*2\r\n*2\r\n$1\r\na\r\n$3\r\n1.5\r\n|1\r\n:8\r\n:9\r\n*2\r\n$1\r\nb\r\n,2\r\n";
        for shape in [Shape::Pairs, Shape::PairsOf(&Shape::Double)] {
            let mut tape = Framer::new(Limits::default()).frame(wire).unwrap().unwrap().tape;
            let place = tape.nodes().as_ptr();
            shape.apply(&mut tape, wire);
            assert_eq!(tape.nodes().as_ptr(), place, "{shape:?}");
        }
    }

    #[test]
    fn shapes_nest() {
        assert_eq!(shaped(Shape::ListOf(&Shape::Map), "*2 *2 :1 :2 *2 :3 :4 "), "[{1:2} {3:4}]");
        assert_eq!(shaped(Shape::MapOf(&Shape::Set), "*2 $1 a *2 :1 :2 "), "{a:<1 2>}");
        assert_eq!(shaped(Shape::MapOf(&Shape::Set), "%1 $1 a *2 :1 :2 "), "{a:<1 2>}");
        assert_eq!(
            shaped(Shape::ListOf(&Shape::Pairs), "*3 *2 :1 :2 :9 *2 :3 :4 "),
            "[[[1 2]] 9 [[3 4]]]"
        );
        assert_eq!(
            shaped(Shape::MapOf(&Shape::Pairs), "*4 $1 a *2 :1 :2 $1 b *0 "),
            "{a:[[1 2]] b:[]}"
        );
        assert_eq!(shaped(Shape::PairsOf(&Shape::Pairs), "*2 $1 a *2 :1 :2 "), "[[a [[1 2]]]]");
    }

    #[test]
    fn named_fields_have_shapes_of_their_own() {
        const SHAPE: Shape = Shape::Fields(&[
            ("m", Shape::Map),
            ("l", Shape::ListOf(&Shape::Fields(&[("p", Shape::Pairs)]))),
        ]);
        assert_eq!(
            shaped(SHAPE, "*6 $1 x *2 :1 :2 $1 m *2 :1 :2 $1 l *1 *2 $1 p *2 :1 :2 "),
            "{x:[1 2] m:{1:2} l:[{p:[[1 2]]}]}"
        );
        assert_eq!(
            shaped(SHAPE, "%3 $1 x *2 :1 :2 $1 m %1 :1 :2 $1 l *1 %1 $1 p *2 :1 :2 "),
            "{x:[1 2] m:{1:2} l:[{p:[[1 2]]}]}"
        );
    }

    #[test]
    fn attributes_stay_with_their_values() {
        assert_eq!(shaped(Shape::Map, "|1 :8 :9 *2 |1 :8 :9 :1 :2 "), "|8:9|{|8:9|1:2}");
        assert_eq!(shaped(Shape::Pairs, "|1 :8 :9 *2 |1 :8 :9 :1 :2 "), "|8:9|[[|8:9|1 2]]");
        assert_eq!(
            shaped(Shape::PairsOf(&Shape::Double), "*1 |1 :8 :9 *2 :1 |1 :8 :9 $1 2 "),
            "[|8:9|[1 |8:9|2.0]]"
        );
    }
}
