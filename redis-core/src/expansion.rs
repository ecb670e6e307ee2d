//! What the macros of `redis-derive` expand to: every name that an expansion uses, and the parts of
//! it that are the same for every struct and every command.
//!
//! For the macros alone: no part of the public interface. The client crates re-export it as
//! `__private`, so that their users need no other crate.

pub use crate::command::{Block, Command, CommandSpec, Flags, ToArg, ToArgs};
pub use crate::error::{Error, Result};
pub use crate::execute::{Exclusive, ExecuteCommand, Response};
pub use crate::reply::{FromReply, Reply, Shape};

use crate::command::{ToField, declared};
use crate::error::ErrorKind;
use crate::reply::{Entries, Items, Rest};
use std::time::Duration;

/// The facts about a declared command: what the table knows of its name, under what was written.
///
/// `access` replaces what the table says of reading, writing and repeating; `more` is added. What is
/// neither known nor written is taken to write and not to be repeatable.
#[must_use]
#[inline]
pub const fn specify(
    name: &'static str,
    header: &'static [u8],
    words: u8,
    access: Option<Flags>,
    more: Flags,
    shape: Option<Shape>,
) -> CommandSpec {
    declared(CommandSpec::custom(name, header, words), access, more, shape)
}

/// A server's timeout argument in seconds. Old servers cut what is below a millisecond to zero, which
/// means for ever.
#[must_use]
#[inline]
pub fn seconds(timeout: Duration) -> f64 {
    if timeout.is_zero() { 0.0 } else { timeout.max(Duration::from_millis(1)).as_secs_f64() }
}

/// The entries of the map that `owner` is read from.
#[inline]
pub fn entries<'f>(reply: Reply<'f>, owner: &str) -> Result<Entries<'f>> {
    reply.entries().map_err(|_| reply.mismatch(&format!("map for `{owner}`")))
}

/// The elements of the array that `owner` is read from.
#[inline]
pub fn items<'f>(reply: Reply<'f>, owner: &str) -> Result<Items<'f>> {
    reply.items().map_err(|_| reply.mismatch(&format!("array for `{owner}`")))
}

/// Whether the reply is that of a key which does not exist: nil, or an aggregate without elements.
#[inline]
#[must_use]
pub fn is_absent(reply: Reply<'_>) -> bool {
    reply.is_nil() || reply.items().is_ok_and(|items| items.len() == 0)
}

/// Reads a value. The compiler's complaint about a type that is no reply stands where that type does.
#[inline]
pub fn read<T: FromReply>(reply: Reply<'_>) -> Result<T> {
    T::from_reply(reply)
}

/// Reads one field.
#[inline]
pub fn field<'f, T>(
    value: Reply<'f>,
    owner: &str,
    field: &str,
    read: impl FnOnce(Reply<'f>) -> Result<T>,
) -> Result<T> {
    read(value).map_err(|error| error.in_field(owner, field))
}

/// Reads a field into its slot.
///
/// A call of its own, so that the slots have places in memory: of slots that nobody else knows of the compiler
/// makes values, all of which it moves about for every entry: 40 instructions a field and entry.
#[inline(never)]
pub fn fill<'f, T>(
    slot: &mut Option<T>,
    value: Reply<'f>,
    owner: &str,
    name: &str,
    read: impl FnOnce(Reply<'f>) -> Result<T>,
) -> Result<()> {
    *slot = Some(field(value, owner, name, read)?);
    Ok(())
}

/// Reads a field from all entries that no other field has claimed.
pub fn flattened<T>(
    whole: Reply<'_>,
    claimed: &[&[u8]],
    owner: &str,
    name: &str,
    read: impl FnOnce(Reply<'_>) -> Result<T>,
) -> Result<T> {
    field(Rest::new(whole, claimed)?.reply(), owner, name, read)
}

/// What a field is that the map does not have: what its type makes of nil (`None` of an `Option`).
#[cold]
pub fn absent<T>(
    whole: Reply<'_>,
    owner: &str,
    field: &str,
    name: &str,
    read: impl FnOnce(Reply<'static>) -> Result<T>,
) -> Result<T> {
    read(NIL).map_err(|_| {
        let advice = if is_absent(whole) {
            format!(
                "the reply is empty, as for a key that does not exist: ask for `Option<{owner}>`"
            )
        } else {
            format!(
                "the reply has no `{name}`: declare it as `Option` or mark it `#[redis(default)]`"
            )
        };
        missing(owner, field, &advice)
    })
}

/// What a field is that lies past the end of the array.
#[cold]
pub fn past_end<T>(
    whole: Reply<'_>,
    owner: &str,
    field: &str,
    read: impl FnOnce(Reply<'static>) -> Result<T>,
) -> Result<T> {
    read(NIL).map_err(|_| {
        let length = whole.items().map_or(0, |items| items.len());
        let advice = format!(
            "the reply has {length} elements: declare it as `Option` or mark it `#[redis(default)]`"
        );
        missing(owner, field, &advice)
    })
}

/// A word that is none of an enum's; what it is, is the user's and is not told.
#[cold]
pub fn unknown_word(owner: &str, words: &str) -> Error {
    Error::conversion(&format!("`{owner}` ({words})"), "another word")
}

/// Writes one field, by what else is here; a refusal names it.
#[inline]
pub fn write<'a>(
    command: &mut Command<'a>,
    owner: &str,
    field: &str,
    write: impl FnOnce(&mut Command<'a>),
) {
    command.write_in_field(owner, field, write);
}

/// Writes what was made for the purpose and does not live as long as the command.
pub fn copied<'m>(command: &mut Command<'_>, write: impl FnOnce(&mut Command<'m>)) {
    command.write_copied(write);
}

/// Writes a field that has a name. The compiler's complaint about a type stands where that type does.
#[inline]
pub fn named<'a, T: ToField>(value: &'a T, name: &'static str, command: &mut Command<'a>) {
    value.to_field(name, command);
}

/// Writes a field that is exactly one argument.
#[inline]
pub fn one<'a, T: ToArg + ?Sized>(value: &'a T, command: &mut Command<'a>) {
    value.to_arg(command);
}

/// Writes a field that is any number of arguments.
#[inline]
pub fn any<'a, T: ToArgs>(value: &'a T, command: &mut Command<'a>) {
    value.to_args(command);
}

/// Refuses the variant of an enum that stands for every other word.
#[cold]
pub fn wordless(command: &mut Command<'_>, owner: &str, variant: &str) {
    command.push(b"");
    command.reject(Error::argument(format!(
        "`{owner}::{variant}` stands for every other word: there is none to be written"
    )));
}

const NIL: Reply<'static> = Reply::NIL;

#[inline]
fn missing(owner: &str, field: &str, advice: &str) -> Error {
    Error::new(ErrorKind::Conversion, format!("field `{field}` of `{owner}` is missing: {advice}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_name_has_the_tables_facts_whatever_is_not_written() {
        const GET: CommandSpec = specify("GET", b"$3\r\nGET\r\n", 1, None, Flags::NONE, None);
        assert!(GET.is_read_only() && GET.is_repeatable());
        let write = specify("GET", b"", 1, Some(Flags::WRITE), Flags::NONE, Some(Shape::Set));
        assert!(!write.is_read_only() && !write.is_repeatable());
        assert_eq!(write.shape(), Shape::Set);
    }

    #[test]
    fn what_binds_a_connection_cannot_be_written_away() {
        let read_only = Some(Flags::READ_ONLY);
        assert!(specify("SELECT 3", b"", 2, read_only, Flags::NONE, None).binds_connection());
        assert!(specify("client reply off", b"", 3, None, Flags::NONE, None).binds_connection());
    }

    #[test]
    fn an_unknown_name_is_taken_to_write_unless_it_is_said_to_read() {
        let spec = specify("X.Y", b"", 1, None, Flags::REPEATABLE, None);
        assert!(spec.flags().contains(Flags::WRITE) && spec.is_repeatable());
        let spec = specify("X.Y", b"", 1, Some(Flags::READ_ONLY), Flags::NONE, None);
        assert!(spec.is_read_only() && !spec.flags().contains(Flags::WRITE));
    }

    #[test]
    #[should_panic(expected = "nothing without its subcommand")]
    fn a_container_alone_does_not_compile() {
        let _ = specify("client", b"", 1, None, Flags::NONE, None);
    }

    #[test]
    fn a_timeout_below_a_millisecond_does_not_become_for_ever() {
        assert_eq!(seconds(Duration::ZERO), 0.0);
        assert_eq!(seconds(Duration::from_micros(1)), 0.001);
        assert_eq!(seconds(Duration::from_millis(1500)), 1.5);
    }
}
