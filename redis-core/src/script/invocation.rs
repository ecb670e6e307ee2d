//! Keys and arguments of a call, in whichever order they are given; the number of keys goes before both.

use crate::command::{CallOptions, Command, CommandSpec, ToArg, ToArgs, table};

/// What a script or function is called with.
#[derive(Clone, Debug)]
pub(super) struct Invocation {
    // two commands that are never sent, since these encode arguments as they come
    keys: Command<'static>,
    arguments: Command<'static>,
    options: CallOptions,
}

impl Invocation {
    #[inline]
    pub(super) fn new() -> Self {
        let nothing = Command::new(&table::ECHO);
        Self { keys: nothing.clone(), arguments: nothing, options: CallOptions::new() }
    }

    pub(super) fn key(self, key: &impl ToArg) -> Self {
        Self { keys: self.keys.arg(key).into_owned(), ..self }
    }

    pub(super) fn keys(self, keys: &impl ToArgs) -> Self {
        Self { keys: self.keys.args(keys).into_owned(), ..self }
    }

    pub(super) fn arg(self, argument: &impl ToArg) -> Self {
        Self { arguments: self.arguments.arg(argument).into_owned(), ..self }
    }

    pub(super) fn args(self, arguments: &impl ToArgs) -> Self {
        Self { arguments: self.arguments.args(arguments).into_owned(), ..self }
    }

    /// Says that it may be run again when nobody knows whether it ran.
    #[inline]
    pub(super) fn repeatable(self) -> Self {
        Self { options: self.options.repeatable(true), ..self }
    }

    /// The whole command: what is called, how many keys, these, the arguments.
    #[inline]
    pub(super) fn into_command(
        self,
        spec: &'static CommandSpec,
        called: &[u8],
    ) -> Command<'static> {
        let mut command = Command::new(spec);
        command.push(called);
        command.push_integer(false, self.keys.argument_count());
        command.append_keys(&self.keys);
        command.append(&self.arguments);
        *command.options_mut() = self.options;
        command
    }
}
