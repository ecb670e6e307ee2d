//! Any command by name, as comfortable as a typed one.

use super::spec::{CommandSpec, Flags, KeySpec};
use super::{Block, Command, ToArg, ToArgs, lookup};
use crate::error::Error;
use crate::execute::{ExecuteCommand, Response};
use crate::reply::{FromReply, Shape};
use std::time::Duration;

/// A command given by its name: `r.command("FOO").key("k").arg(1).query::<i64>()`.
///
/// What the table knows of the name holds: whether it reads, waits, has keys, changes the state of
/// its connection. An unknown command is taken to write and not to be repeatable, unless it is marked
/// otherwise here.
#[must_use = "a raw command is sent by `query`"]
pub struct RawCommand<'c, C: ?Sized> {
    executor: &'c C,
    command: Command<'static>,
    block: Option<Block>,
}

/// What a command is taken for that no table knows.
static UNKNOWN: CommandSpec = CommandSpec::custom("", b"", 0);

impl<'c, C: ExecuteCommand + ?Sized> RawCommand<'c, C> {
    /// A command by name; a subcommand may stand in it (`"CONFIG GET"`) or follow as an argument, and
    /// so may arguments (`"SELECT 3"`).
    pub(crate) fn new(executor: &'c C, name: &str) -> Self {
        let mut command = match lookup::find_leading(name) {
            Some((spec, rest)) => {
                let mut command = Command::new(spec);
                rest.for_each(|word| command.push(word.as_bytes()));
                command
            }
            None => unknown(name),
        };
        if name.trim().is_empty() {
            command.reject(Error::argument("a command needs a name"));
        }
        Self { executor, command, block: None }
    }

    /// Adds a key, so that a cluster can route the command.
    pub fn key(mut self, key: impl ToArg) -> Self {
        self.command = self.command.key(&key).into_owned();
        self
    }

    /// Adds keys.
    pub fn keys(mut self, keys: impl ToArgs) -> Self {
        self.command = self.command.keys(&keys).into_owned();
        self
    }

    /// Adds one argument.
    pub fn arg(mut self, argument: impl ToArg) -> Self {
        self.command = self.command.arg(&argument).into_owned();
        self
    }

    /// Adds any number of arguments.
    pub fn args(mut self, arguments: impl ToArgs) -> Self {
        self.command = self.command.args(&arguments).into_owned();
        self
    }

    /// Marks it as only reading, and therefore as repeatable.
    pub fn read_only(mut self) -> Self {
        let options = self.command.options_mut();
        options.read_only = Some(true);
        options.repeatable = Some(true);
        self
    }

    /// Marks it as one that may be run again when nobody knows whether it ran.
    pub fn repeatable(mut self) -> Self {
        self.command.options_mut().repeatable = Some(true);
        self
    }

    /// Says that the server may take up to `timeout` to answer, zero for ever: the command gets a
    /// connection of its own for as long.
    pub fn blocking(mut self, timeout: Duration) -> Self {
        self.block = Some(Block::within(timeout));
        self
    }

    /// Gives the reply a shape that does not depend on the protocol.
    pub fn shape(mut self, shape: Shape) -> Self {
        self.command = self.command.shape(shape);
        self
    }

    /// The command as it stands.
    pub fn into_command(mut self) -> Command<'static> {
        resolve_subcommand(&mut self.command);
        mark_keys(&mut self.command);
        let block = self.block.or_else(|| block_option(&self.command));
        match block {
            Some(block) => self.command.block(block),
            None => self.command,
        }
    }

    /// Executes the command and reads its reply as `T`.
    pub fn query<T: FromReply>(self) -> Response<'c, C, T> {
        let executor = self.executor;
        executor.execute_command(self.into_command())
    }
}

#[inline]
fn unknown(name: &str) -> Command<'static> {
    let mut command = Command::new(&UNKNOWN);
    for word in name.split_ascii_whitespace() {
        command.push(word.as_bytes());
    }
    command.rare_mut().name = Some(name.to_ascii_uppercase().into_boxed_str());
    command
}

/// `command("CLIENT").arg("REPLY")` has the facts of `CLIENT REPLY`.
#[inline]
fn resolve_subcommand(command: &mut Command<'static>) {
    if command.spec.flags.contains(Flags::CONTAINER) {
        let found = command
            .argument_bytes()
            .next()
            .and_then(|first| lookup::find_words(command.spec.name.as_bytes(), Some(first)));
        if let Some(spec) = found {
            let written = command.written();
            command.rare_mut().written = Some(written);
            command.spec = spec;
        }
    }
}

/// Marks the keys that the table knows of, unless the builder marked some.
#[inline]
fn mark_keys(command: &mut Command<'static>) {
    if !command.keys.is_empty() {
        return;
    }
    // a subcommand that followed as an argument shifts the rest
    let shift = usize::from(command.spec.words.saturating_sub(command.written().words));
    let keys: Vec<usize> = {
        let arguments: Vec<&[u8]> = command.argument_bytes().skip(shift).collect();
        key_positions(command.spec.keys, &arguments)
    };
    for at in keys {
        if let Ok(at) = u32::try_from(at + shift) {
            command.mark_key_at(at);
        }
    }
}

#[inline]
fn key_positions(keys: KeySpec, arguments: &[&[u8]]) -> Vec<usize> {
    match keys {
        KeySpec::None | KeySpec::Unknown => Vec::new(),
        KeySpec::Range { first, last, step } => {
            let last = isize::from(last);
            let end = if last < 0 { arguments.len() as isize + last } else { last };
            let end = usize::try_from(end + 1).unwrap_or(0).min(arguments.len());
            (usize::from(first)..end).step_by(usize::from(step).max(1)).collect()
        }
        KeySpec::Counted { at, step } => counted(at, step, arguments).collect(),
        KeySpec::FirstAndCounted { at } => {
            let first = (!arguments.is_empty()).then_some(0);
            first.into_iter().chain(counted(at, 1, arguments)).collect()
        }
        KeySpec::After { keyword, from } => {
            let mut words = arguments.iter().enumerate().skip(usize::from(from));
            let at = words.find(|(_, text)| text.eq_ignore_ascii_case(keyword.as_bytes()));
            let first = at.map_or(arguments.len(), |(at, _)| at + 1);
            let count = (arguments.len() - first).div_ceil(2);
            (first..first + count).collect()
        }
    }
}

/// As many keys after the number at `at` as it says.
#[inline]
fn counted(at: u16, step: u16, arguments: &[&[u8]]) -> impl Iterator<Item = usize> {
    let at = usize::from(at);
    let count = arguments
        .get(at)
        .and_then(|text| std::str::from_utf8(text).ok()?.parse::<usize>().ok())
        .unwrap_or(0);
    (at + 1..arguments.len()).step_by(usize::from(step).max(1)).take(count)
}

/// What `BLOCK milliseconds` says, for the commands that wait only with it.
#[inline]
fn block_option(command: &Command<'_>) -> Option<Block> {
    let flags = command.spec.flags;
    if !flags.contains(Flags::BLOCKS) || flags.contains(Flags::ALWAYS_BLOCKS) {
        return None;
    }
    let mut arguments = command.argument_bytes();
    arguments.find(|text| text.eq_ignore_ascii_case(b"BLOCK"))?;
    let milliseconds = std::str::from_utf8(arguments.next()?).ok()?.parse().ok()?;
    Some(Block::within(Duration::from_millis(milliseconds)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::execute::Mode;

    /// Hands the command itself back, through the reply.
    struct Capture(std::cell::RefCell<Option<Command<'static>>>);
    struct Nothing;
    impl Mode for Nothing {
        type Response<'a, T: FromReply> = ();
    }
    impl ExecuteCommand for Capture {
        type Mode = Nothing;
        fn execute_command<T: FromReply>(&self, command: Command<'_>) {
            self.0.replace(Some(command.into_owned()));
        }
    }

    fn built(build: impl FnOnce(&Capture)) -> Command<'static> {
        let capture = Capture(std::cell::RefCell::new(None));
        build(&capture);
        capture.0.into_inner().expect("the command was executed")
    }

    fn keys(command: &Command<'_>) -> Vec<String> {
        command.key_bytes().map(|key| String::from_utf8_lossy(key).into_owned()).collect()
    }

    #[test]
    fn an_unknown_command_keeps_its_name_and_is_taken_to_write() {
        let command = built(|c| c.command("cl.throttle").key("user").arg(3).query::<()>());
        assert_eq!(command.to_bytes(), b"*3\r\n$11\r\ncl.throttle\r\n$4\r\nuser\r\n$1\r\n3\r\n");
        assert_eq!(command.name(), "CL.THROTTLE");
        assert!(!command.is_read_only() && !command.is_repeatable());
        assert_eq!(keys(&command), ["user"]);
    }

    #[test]
    fn a_subcommand_is_found_in_the_name_and_in_the_first_argument() {
        for command in [
            built(|c| c.command("client reply").arg("OFF").query::<()>()),
            built(|c| c.command("CLIENT").arg("reply").arg("OFF").query::<()>()),
        ] {
            assert_eq!(command.name(), "CLIENT REPLY");
            assert!(command.check_shared().is_err());
        }
    }

    #[test]
    fn words_behind_the_name_are_arguments_and_hide_nothing_of_what_the_table_knows() {
        for name in ["SELECT 3", "client  reply off", "SUBSCRIBE news", "MONITOR now"] {
            let command = built(|c| c.command(name).query::<()>());
            assert!(command.check_shared().is_err(), "{name}");
        }
        let pop = built(|c| c.command("BLPOP jobs 0").query::<()>());
        assert_eq!((pop.blocking(), keys(&pop)), (Block::Forever, vec!["jobs".to_owned()]));
        let get = built(|c| c.command("get k").query::<()>());
        assert_eq!(get.to_bytes(), b"*2\r\n$3\r\nGET\r\n$1\r\nk\r\n");
        assert_eq!((&*get.name(), get.is_repeatable()), ("GET", true));
    }

    #[test]
    fn keys_are_marked_by_the_table_where_the_caller_did_not() {
        assert_eq!(keys(&built(|c| c.command("MGET").args(["a", "b"]).query::<()>())), ["a", "b"]);
        let eval =
            built(|c| c.command("EVAL").arg("return 1").arg(2).args(["a", "b", "x"]).query::<()>());
        assert_eq!(keys(&eval), ["a", "b"]);
        let xread =
            built(|c| c.command("XREAD").args(["STREAMS", "a", "b", "0", "0"]).query::<()>());
        assert_eq!(keys(&xread), ["a", "b"]);
        let store = built(|c| {
            c.command("ZUNIONSTORE").args(["to", "2", "a", "b", "WEIGHTS", "1", "2"]).query::<()>()
        });
        assert_eq!(keys(&store), ["to", "a", "b"]);
    }

    #[test]
    fn a_group_named_like_the_keyword_is_no_keyword() {
        let words = ["GROUP", "streams", "me", "STREAMS", "a", ">"];
        assert_eq!(keys(&built(|c| c.command("XREADGROUP").args(words).query::<()>())), ["a"]);
    }

    #[test]
    fn what_blocks_is_known_from_the_table_the_option_or_the_mark() {
        let plain = built(|c| c.command("XREAD").args(["STREAMS", "a", "$"]).query::<()>());
        assert_eq!(plain.blocking(), Block::No);
        let block =
            built(|c| c.command("XREAD").args(["BLOCK", "10", "STREAMS", "a", "$"]).query::<()>());
        assert_eq!(block.blocking(), Block::For(Duration::from_millis(10)));
        assert_eq!(
            built(|c| c.command("BLPOP").args(["a", "0"]).query::<()>()).blocking(),
            Block::Forever
        );
        let marked = built(|c| c.command("X.WAIT").blocking(Duration::ZERO).query::<()>());
        assert_eq!(marked.blocking(), Block::Forever);
    }

    #[test]
    fn a_container_built_by_hand_hides_no_subcommand_that_binds() {
        let client = lookup::find("CLIENT").expect("it is in the table");
        let reply = Command::new(client).arg("reply").arg("OFF");
        assert!(reply.check_shared().is_err());
        assert!(Command::new(client).arg("ID").check_shared().is_ok());
        assert!(Command::new(client).check_shared().is_ok());
    }

    #[test]
    fn a_command_without_a_name_is_refused() {
        assert!(built(|c| c.command(" ").query::<()>()).check().is_err());
    }
}
