//! Which arguments of a command are keys.

/// Arguments that stand equally far apart: one key, the keys of `MGET`, every second argument of `MSET`. What
/// is not of the row is kept [elsewhere](super::Rare), so that a command with keys needs no memory for them.
#[derive(Clone, Copy)]
pub(super) struct Keys {
    first: u32,
    step: u32,
    count: u32,
}

impl Keys {
    #[inline]
    pub(super) const fn none() -> Self {
        Self { first: 0, step: 0, count: 0 }
    }

    #[inline]
    pub(super) fn is_empty(self) -> bool {
        self.count == 0
    }

    /// Adds a key that comes after the others; whether it is of their row.
    #[inline]
    pub(super) fn push(&mut self, argument: u32) -> bool {
        match self.count {
            0 => self.first = argument,
            1 => self.step = argument.saturating_sub(self.first),
            _ if argument != self.argument(self.count) => return false,
            _ => {}
        }
        self.count += 1;
        true
    }

    /// The keys of the row, in order.
    #[inline]
    pub(super) fn iter(self) -> impl Iterator<Item = u32> {
        (0..self.count).map(move |number| self.argument(number))
    }

    #[inline]
    fn argument(self, number: u32) -> u32 {
        self.first.saturating_add(self.step.saturating_mul(number))
    }
}

#[cfg(test)]
mod tests {
    use crate::command::{Command, table};

    fn keys(command: &Command<'_>) -> Vec<String> {
        command.key_bytes().map(|key| String::from_utf8_lossy(key).into_owned()).collect()
    }

    #[test]
    fn keys_in_a_row_need_no_memory_of_their_own() {
        let many: Vec<String> = (0..1000).map(|number| number.to_string()).collect();
        let command = Command::new(&table::MGET).keys(&many);
        assert!(command.rare.is_none());
        assert_eq!(keys(&command), many);

        let command = Command::new(&table::MSET).keys_every(2, &many);
        assert!(command.rare.is_none());
        let every_second: Vec<_> = many.iter().step_by(2).cloned().collect();
        assert_eq!(keys(&command), every_second);
    }

    #[test]
    fn keys_that_are_in_no_row_are_found_all_the_same() {
        let command =
            Command::new(&table::SORT).key("a").arg("x").key("b").key("c").arg("y").key("d");
        assert_eq!(keys(&command), ["a", "b", "c", "d"]);
        assert_eq!(keys(&command.clone().key("e").into_owned()), ["a", "b", "c", "d", "e"]);
    }

    #[test]
    fn a_row_goes_on_only_until_the_first_key_that_is_not_of_it() {
        let command = Command::new(&table::SORT).key("a").key("b").arg("x").key("c").key("d");
        assert_eq!(keys(&command), ["a", "b", "c", "d"]);
    }
}
