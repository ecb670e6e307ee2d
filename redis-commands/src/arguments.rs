//! What several commands have in common in their arguments, and what these must be before any I/O.
//!
//! Each is a link in the chain that builds the command; a refusal surfaces where the command is executed.

use crate::stream_options::StreamOffsets;
use redis_core::Error;
use redis_core::command::{Command, ToArgs};

/// Links for the chain that builds a command.
pub(crate) trait Arguments<'a>: Sized {
    /// Adds the number of `arguments`, then these; none at all are refused.
    fn counted_args<'b: 'a>(
        self,
        what: &'static str,
        arguments: &'b (impl ToArgs + ?Sized),
    ) -> Self;

    /// Adds arguments that come in pairs; none at all, and a half one, are refused.
    fn in_pairs<'b: 'a>(self, what: &'static str, arguments: &'b (impl ToArgs + ?Sized)) -> Self;

    /// The same, the first of each pair being a key.
    fn keys_in_pairs<'b: 'a>(
        self,
        what: &'static str,
        arguments: &'b (impl ToArgs + ?Sized),
    ) -> Self;

    /// Adds `STREAMS`, the streams as keys, and the id for each; none at all are refused.
    fn streams(self, streams: &'a (impl StreamOffsets + ?Sized)) -> Self;
}

impl<'a> Arguments<'a> for Command<'a> {
    fn counted_args<'b: 'a>(
        mut self,
        what: &'static str,
        arguments: &'b (impl ToArgs + ?Sized),
    ) -> Self {
        let probe = Command::new(self.spec());
        let count = added(&probe.clone().args(arguments), probe.len(), 1, what);
        match count {
            Ok(count) => self.push_integer(false, count as u64),
            Err(refusal) => self.reject(refusal),
        }
        self.args(arguments)
    }

    fn in_pairs<'b: 'a>(self, what: &'static str, arguments: &'b (impl ToArgs + ?Sized)) -> Self {
        let before = self.len();
        paired(self.args(arguments), before, what)
    }

    fn keys_in_pairs<'b: 'a>(
        self,
        what: &'static str,
        arguments: &'b (impl ToArgs + ?Sized),
    ) -> Self {
        let before = self.len();
        paired(self.keys_every(2, arguments), before, what)
    }

    fn streams(self, streams: &'a (impl StreamOffsets + ?Sized)) -> Self {
        let command = self.arg("STREAMS");
        let before = command.len();
        paired(streams.add_ids(streams.add_streams(command)), before, "streams")
    }
}

#[inline]
fn paired<'a>(mut command: Command<'a>, before: usize, what: &'static str) -> Command<'a> {
    if let Err(refusal) = added(&command, before, 2, what) {
        command.reject(refusal);
    }
    command
}

/// How many arguments were added, which must come in groups of `step`.
#[inline]
fn added(
    command: &Command<'_>,
    before: usize,
    step: usize,
    what: &'static str,
) -> Result<usize, Error> {
    let added = command.len() - before;
    if added == 0 {
        return Err(Error::argument(format!("`{what}` is empty: at least one is needed")));
    }
    if added % step != 0 {
        return Err(Error::argument(format!(
            "`{what}` makes {added} arguments, which must come in groups of {step}"
        )));
    }
    Ok(added)
}

#[cfg(test)]
mod tests {
    use crate::rehearsal::{refusal, wire};
    use crate::{BasicKeyCommands, HashCommands, StreamCommands};
    use std::time::Duration;

    #[test]
    fn empty_lists_are_refused_by_name() {
        let empty: [&str; 0] = [];
        assert_eq!(refusal(|r| r.del(empty)), "DEL: `keys` is empty: at least one is needed");
        assert_eq!(refusal(|r| r.mset(empty)), "MSET: `pairs` is empty: at least one is needed");
        let fields = refusal(|r| r.hexpire("h", empty, Duration::from_secs(1)));
        assert_eq!(fields, "HEXPIRE: `fields` is empty: at least one is needed");
        let none: [(&str, &str); 0] = [];
        assert_eq!(refusal(|r| r.xread(none)), "XREAD: `streams` is empty: at least one is needed");
    }

    #[test]
    fn half_a_pair_is_refused() {
        let half = "`pairs` makes 3 arguments, which must come in groups of 2";
        assert_eq!(refusal(|r| r.mset(["a", "b", "c"])), format!("MSET: {half}"));
        assert_eq!(refusal(|r| r.hset("h", ("a", "b", "c"))), format!("HSET: {half}"));
    }

    #[test]
    fn counted_arguments_are_counted_as_they_are_written() {
        let fields = vec![Some("a"), None, Some("b")];
        assert_eq!(wire(|r| r.httl("h", &fields)), "HPTTL [h] FIELDS 2 a b");
    }
}
