//! Reading a built command back: its parts for a vectored write, its arguments one by one.

use super::Large;

/// The parts of a command after its head, in order, none of them copied.
#[derive(Clone)]
pub struct Segments<'c> {
    body: &'c [u8],
    large: &'c [Large<'c>],
    from: usize,
    /// Whether the next part is the large argument that stands first in `large`.
    at_large: bool,
    done: bool,
}

impl<'c> Segments<'c> {
    #[inline]
    pub(super) fn new(body: &'c [u8], large: &'c [Large<'c>]) -> Self {
        Self { body, large, from: 0, at_large: false, done: false }
    }
}

impl<'c> Iterator for Segments<'c> {
    type Item = &'c [u8];

    #[inline]
    fn next(&mut self) -> Option<&'c [u8]> {
        if self.done {
            return None;
        }
        let Some((first, rest)) = self.large.split_first() else {
            self.done = true;
            return Some(&self.body[self.from..]);
        };
        if self.at_large {
            self.at_large = false;
            self.large = rest;
            return Some(first.bytes.as_slice());
        }
        self.at_large = true;
        let part = &self.body[self.from..first.at];
        self.from = first.at;
        Some(part)
    }
}

/// The arguments of a command after its name.
pub(super) struct Arguments<'c> {
    body: &'c [u8],
    large: &'c [Large<'c>],
    at: usize,
}

impl<'c> Arguments<'c> {
    #[inline]
    pub(super) fn new(body: &'c [u8], large: &'c [Large<'c>]) -> Self {
        Self { body, large, at: 0 }
    }
}

impl<'c> Iterator for Arguments<'c> {
    type Item = &'c [u8];

    /// Walks the bulk strings that [`Command::push`](super::Command::push) wrote.
    #[inline]
    fn next(&mut self) -> Option<&'c [u8]> {
        let rest = self.body.get(self.at..)?.strip_prefix(b"$")?;
        let digits = rest.iter().position(|&byte| byte == b'\r')?;
        let length =
            rest[..digits].iter().fold(0, |sum, &byte| sum * 10 + usize::from(byte - b'0'));
        let start = self.at + digits + 3;
        if let Some((first, others)) = self.large.split_first() {
            if first.at == start {
                self.large = others;
                self.at = start + 2;
                return Some(first.bytes.as_slice());
            }
        }
        self.at = start + length + 2;
        self.body.get(start..start + length)
    }
}

#[cfg(test)]
mod tests {
    use crate::command::{COPY_THRESHOLD, Command, table};

    #[test]
    fn the_parts_of_a_command_join_to_the_whole_on_both_sides_of_the_threshold() {
        for size in [COPY_THRESHOLD - 1, COPY_THRESHOLD, COPY_THRESHOLD + 1] {
            let value = vec![b'v'; size];
            let command = Command::new(&table::MSET).key("a").arg(&value[..]).key("b").arg("small");
            assert_eq!(command.has_large(), size >= COPY_THRESHOLD, "{size} bytes");

            let mut joined = Vec::new();
            command.write_head(&mut joined);
            command.segments().for_each(|part| joined.extend_from_slice(part));
            assert_eq!(joined, command.to_bytes(), "{size} bytes");

            let arguments: Vec<_> = command.argument_bytes().collect();
            assert_eq!(arguments, [b"a", &value[..], b"b", b"small"], "{size} bytes");
            let keys: Vec<_> = command.key_bytes().collect();
            assert_eq!(keys, [b"a", b"b"], "{size} bytes");
        }
    }

    #[test]
    fn a_large_argument_is_sent_from_where_it_lies() {
        let value = vec![b'v'; COPY_THRESHOLD];
        let command = Command::new(&table::SET).key("k").arg(&value[..]);
        assert!(command.segments().any(|part| part.as_ptr() == value.as_ptr()));
    }
}
