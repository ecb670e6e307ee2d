//! What may stand where a command on streams takes an id.
//!
//! Decides by form alone, before any I/O; whether there is such an entry is the server's to say.

use crate::arguments::Arguments;
use redis_core::Error;
use redis_core::command::{Command, ToArg, ToArgs};

/// What else than an id a command takes in its place.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    /// Nothing.
    Entry,
    /// An end of a range: `-` and `+` for the ends of the stream, `(` before an id that is excluded.
    End,
    /// Where a group goes on: `$` for what comes.
    Group,
    /// Where reading goes on: `$` for what comes, `+` for the last entry.
    Reader,
    /// Where a consumer goes on: `>` for what no consumer has yet.
    Consumer,
}

impl Place {
    #[inline]
    fn takes(self, text: &[u8]) -> bool {
        match (self, text) {
            (Self::End, b"-" | b"+")
            | (Self::Group | Self::Reader, b"$")
            | (Self::Reader, b"+")
            | (Self::Consumer, b">") => true,
            (Self::End, [b'(', id @ ..]) | (_, id) => is_id(id),
        }
    }

    #[inline]
    fn form(self) -> &'static str {
        match self {
            Self::Entry => "an id has the form `milliseconds-sequence`",
            Self::End => "an end is an id, `(` and an id, `-` or `+`",
            Self::Group => "what is wanted is an id or `$`",
            Self::Reader => "what is wanted is an id, `$` or `+`",
            Self::Consumer => "what is wanted is an id or `>`",
        }
    }
}

/// Two numbers of 64 bits, or the first alone.
#[inline]
fn is_id(text: &[u8]) -> bool {
    let is_number = |part: &[u8]| {
        let digits = part.iter().all(u8::is_ascii_digit);
        digits && std::str::from_utf8(part).is_ok_and(|part| part.parse::<u64>().is_ok())
    };
    let mut parts = text.splitn(2, |&byte| byte == b'-');
    parts.all(is_number)
}

/// Links for the chain that builds a command.
pub(crate) trait StreamIds<'a>: Sized {
    /// Adds an id, or what else may stand there; all else is refused.
    fn stream_id<'b: 'a>(
        self,
        what: &'static str,
        id: &'b (impl ToArg + ?Sized),
        place: Place,
    ) -> Self;

    /// Adds the ids of entries; none at all, and what is no id, are refused.
    fn entry_ids<'b: 'a>(self, ids: &'b (impl ToArgs + ?Sized)) -> Self;

    /// The same after `IDS` and their number.
    fn counted_entry_ids<'b: 'a>(self, ids: &'b (impl ToArgs + ?Sized)) -> Self;

    /// Refuses what is no id among those that follow the streams, one for each.
    fn offsets(self, place: Place) -> Self;

    /// Adds `STREAMS`, the streams as keys, and for each that new entries are wanted; none at all are
    /// refused.
    fn new_of<'b: 'a>(self, streams: &'b (impl ToArgs + ?Sized)) -> Self;
}

impl<'a> StreamIds<'a> for Command<'a> {
    fn stream_id<'b: 'a>(
        self,
        what: &'static str,
        id: &'b (impl ToArg + ?Sized),
        place: Place,
    ) -> Self {
        let before = self.len();
        checked(self.arg(id), before, what, place)
    }

    fn entry_ids<'b: 'a>(self, ids: &'b (impl ToArgs + ?Sized)) -> Self {
        let before = self.len();
        let mut command = self.args(ids);
        if command.len() == before {
            command.reject(Error::argument("`ids` is empty: at least one is needed"));
        }
        checked(command, before, "ids", Place::Entry)
    }

    fn counted_entry_ids<'b: 'a>(self, ids: &'b (impl ToArgs + ?Sized)) -> Self {
        let command = self.arg("IDS");
        // the number stands before them
        let before = command.len() + 1;
        checked(command.counted_args("ids", ids), before, "ids", Place::Entry)
    }

    #[inline]
    fn offsets(self, place: Place) -> Self {
        let before = self.len().saturating_sub(self.key_bytes().count());
        checked(self, before, "streams", place)
    }

    fn new_of<'b: 'a>(self, streams: &'b (impl ToArgs + ?Sized)) -> Self {
        let command = self.arg("STREAMS");
        let before = command.len();
        let mut command = command.keys(streams);
        if command.len() == before {
            command.reject(Error::argument("`keys` is empty: at least one is needed"));
        }
        for _ in before..command.len() {
            command.push(b">");
        }
        command
    }
}

#[inline]
fn checked<'a>(
    mut command: Command<'a>,
    before: usize,
    what: &'static str,
    place: Place,
) -> Command<'a> {
    // the length counts the words of the name too, which are no arguments
    let added = command.len().saturating_sub(before);
    let others = command.argument_bytes().count().saturating_sub(added);
    if !command.argument_bytes().skip(others).all(|id| place.takes(id)) {
        command.reject(Error::argument(format!("`{what}` has no stream id: {}", place.form())));
    }
    command
}

#[cfg(test)]
mod tests {
    use crate::rehearsal::{refusal, wire};
    use crate::{StreamCommands, StreamId};

    #[test]
    fn an_end_of_a_range_is_an_id_or_an_end_of_the_stream() {
        for (start, end) in [("-", "+"), ("(5-1", "18446744073709551615"), ("5-1", "(6")] {
            let written = wire(|r| r.xrange("s", start, end));
            assert_eq!(written, format!("XRANGE [s] {start} {end}"));
        }
        let form = "has no stream id: an end is an id, `(` and an id, `-` or `+`";
        for wrong in ["", "$", ">", "(", "5-", "-5", "a", "5-1-1", "+5", "18446744073709551616"] {
            let start = refusal(|r| r.xrange("s", wrong, "+"));
            assert_eq!(start, format!("XRANGE: `start` {form}"), "{wrong:?}");
            let end = refusal(|r| r.xrevrange("s", wrong, "-"));
            assert_eq!(end, format!("XREVRANGE: `end` {form}"), "{wrong:?}");
        }
    }

    #[test]
    fn only_an_id_names_an_entry() {
        assert_eq!(wire(|r| r.xdel("s", ["5-1", "6"])), "XDEL [s] 5-1 6");
        assert_eq!(wire(|r| r.xdel("s", StreamId::new(5, 1))), "XDEL [s] 5-1");
        let none = "XDEL: `ids` has no stream id: an id has the form `milliseconds-sequence`";
        assert_eq!(refusal(|r| r.xdel("s", ["5-1", "-"])), none);
        assert_eq!(
            refusal(|r| r.xdel("s", Vec::<StreamId>::new())),
            "XDEL: `ids` is empty: at least one is needed"
        );
        refusal(|r| r.xdelex("s", ["$"]));
    }

    #[test]
    fn where_reading_goes_on_depends_on_who_reads() {
        assert_eq!(wire(|r| r.xread([("a", "$"), ("b", "5")])), "XREAD STREAMS [a] [b] $ 5");
        refusal(|r| r.xread([("a", "$"), ("b", ">")]));
        assert_eq!(
            wire(|r| r.xreadgroup("g", "c", ("a", ">"))),
            "XREADGROUP GROUP g c STREAMS [a] >"
        );
        refusal(|r| r.xreadgroup("g", "c", ("a", "$")));
        refusal(|r| r.xgroup_create("a", "g", ">"));
    }
}
