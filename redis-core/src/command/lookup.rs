//! Finding a command's facts by its name, for raw commands.

use super::spec::{CommandSpec, Flags};
use super::table;

/// The facts about the command of this name (`"get"`, `"CONFIG GET"`), without regard to case;
/// `None` if the table does not know it.
pub fn find(name: &str) -> Option<&'static CommandSpec> {
    let mut words = name.split_ascii_whitespace();
    let first = words.next()?;
    let second = words.next();
    if words.next().is_some() {
        return None;
    }
    find_words(first.as_bytes(), second.map(str::as_bytes))
}

/// The same for a name and its first argument, which may be a subcommand.
pub(super) fn find_words(first: &[u8], second: Option<&[u8]>) -> Option<&'static CommandSpec> {
    let found = search(first, None)?;
    match second {
        Some(second) if found.flags.contains(Flags::CONTAINER) => search(first, Some(second)),
        Some(_) => None,
        None => Some(found),
    }
}

fn search(first: &[u8], second: Option<&[u8]>) -> Option<&'static CommandSpec> {
    let wanted = || {
        let space = second.map(|_| b' ');
        first.iter().copied().chain(space).chain(second.unwrap_or(&[]).iter().copied())
    };
    table::ALL
        .binary_search_by(|spec| {
            let wanted = wanted().map(|byte| byte.to_ascii_uppercase());
            spec.name.bytes().cmp(wanted)
        })
        .ok()
        .and_then(|at| table::ALL.get(at).copied())
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
    fn names_are_found_whatever_their_case() {
        assert_eq!(find("get").map(CommandSpec::name), Some("GET"));
        assert_eq!(find("Client  SetName").map(CommandSpec::name), Some("CLIENT SETNAME"));
        assert!(find("NO.SUCH").is_none());
        assert!(find("").is_none());
    }
}
