//! Finding a command's facts by its name, for raw commands and for those that `#[commands]` declares.

use super::spec::{CommandSpec, Flags};
use super::table;
use std::cmp::Ordering;

/// The facts about the command of this name (`"get"`, `"CONFIG GET"`), without regard to case;
/// `None` if the table does not know it.
#[inline]
pub fn find(name: &str) -> Option<&'static CommandSpec> {
    let mut words = name.split_ascii_whitespace();
    let first = words.next()?;
    let second = words.next();
    if words.next().is_some() {
        return None;
    }
    find_words(first.as_bytes(), second.map(str::as_bytes))
}

/// The same where arguments may follow the name (`"SELECT 3"`): the facts, and the words behind it.
#[inline]
pub(super) fn find_leading(
    text: &str,
) -> Option<(&'static CommandSpec, impl Iterator<Item = &str>)> {
    let mut words = text.split_ascii_whitespace();
    let found = search(words.next()?.as_bytes(), None)?;
    let mut behind = words.clone();
    let subcommand = behind
        .next()
        .filter(|_| found.flags.contains(Flags::CONTAINER))
        .and_then(|second| search(found.name.as_bytes(), Some(second.as_bytes())));
    Some(match subcommand {
        Some(found) => (found, behind),
        None => (found, words),
    })
}

/// The same for a name and its first argument, which may be a subcommand.
#[inline]
pub(super) fn find_words(first: &[u8], second: Option<&[u8]>) -> Option<&'static CommandSpec> {
    let found = search(first, None)?;
    match second {
        Some(second) if found.flags.contains(Flags::CONTAINER) => search(first, Some(second)),
        Some(_) => None,
        None => Some(found),
    }
}

/// The same for a name written in a program, whose words stand one space apart: at compile time.
///
/// Words beyond the command's own are fixed arguments of it (`CLIENT REPLY OFF`).
#[inline]
pub(crate) const fn find_declared(name: &[u8]) -> Option<&'static CommandSpec> {
    let (first, rest) = split_word(name);
    match search(first, None) {
        Some(container) if container.flags.contains(Flags::CONTAINER) && !rest.is_empty() => {
            search(first, Some(split_word(rest).0))
        }
        found => found,
    }
}

#[inline]
const fn split_word(text: &[u8]) -> (&[u8], &[u8]) {
    let mut at = 0;
    while at < text.len() {
        if text[at] == b' ' {
            return (text.split_at(at).0, text.split_at(at + 1).1);
        }
        at += 1;
    }
    (text, &[])
}

#[inline]
const fn search(first: &[u8], second: Option<&[u8]>) -> Option<&'static CommandSpec> {
    let (mut low, mut high) = (0, table::ALL.len());
    while low < high {
        let middle = low + (high - low) / 2;
        match compare(table::ALL[middle].name.as_bytes(), first, second) {
            Ordering::Less => low = middle + 1,
            Ordering::Greater => high = middle,
            Ordering::Equal => return Some(table::ALL[middle]),
        }
    }
    None
}

/// Compares a name of the table with the words sought, the case of which does not matter.
#[inline]
const fn compare(name: &[u8], first: &[u8], second: Option<&[u8]>) -> Ordering {
    let mut at = 0;
    while at < name.len() {
        let sought = byte_of(first, second, at);
        if sought < 0 || sought < name[at] as i16 {
            return Ordering::Greater;
        }
        if sought > name[at] as i16 {
            return Ordering::Less;
        }
        at += 1;
    }
    if byte_of(first, second, at) < 0 { Ordering::Equal } else { Ordering::Less }
}

/// The byte at `at` of both words joined by a space, in upper case; −1 past the end.
#[inline]
const fn byte_of(first: &[u8], second: Option<&[u8]>, at: usize) -> i16 {
    if at < first.len() {
        return first[at].to_ascii_uppercase() as i16;
    }
    match second {
        Some(_) if at == first.len() => b' ' as i16,
        Some(second) if at - first.len() - 1 < second.len() => {
            second[at - first.len() - 1].to_ascii_uppercase() as i16
        }
        _ => -1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_every_command_finds_itself() {
        for spec in table::ALL {
            let found = find(spec.name).map(CommandSpec::name);
            assert_eq!(found, Some(spec.name));
        }
    }

    #[test]
    fn a_declared_name_may_go_on_with_fixed_arguments() {
        let declared = |name: &str| find_declared(name.as_bytes()).map(CommandSpec::name);
        for spec in table::ALL {
            assert_eq!(declared(spec.name), Some(spec.name));
        }
        assert_eq!(declared("client reply OFF"), Some("CLIENT REPLY"));
        assert_eq!(declared("SELECT 3"), Some("SELECT"));
        assert_eq!(declared("CLIENT NO.SUCH"), None);
        assert_eq!(declared("GE"), None);
        assert_eq!(declared("GETX"), None);
    }

    #[test]
    fn names_are_found_whatever_their_case() {
        assert_eq!(find("get").map(CommandSpec::name), Some("GET"));
        assert_eq!(find("Client  SetName").map(CommandSpec::name), Some("CLIENT SETNAME"));
        assert!(find("NO.SUCH").is_none());
        assert!(find("").is_none());
    }
}
