//! The options of the commands on functions.

use crate::owned_argument::OwnedArgument;
use redis_core::command::{Command, ToArg, ToArgs};

/// The options of [`function_load_with`](crate::FunctionCommands::function_load_with).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct FunctionLoadOptions {
    replace: bool,
}

impl FunctionLoadOptions {
    /// A library of the same name is not touched: the command fails.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// In place of a library of the same name (`REPLACE`).
    #[inline]
    pub fn replace(mut self) -> Self {
        self.replace = true;
        self
    }
}

impl ToArgs for FunctionLoadOptions {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        if self.replace {
            command.push(b"REPLACE");
        }
    }
}

/// What [`function_restore_with`](crate::FunctionCommands::function_restore_with) does about libraries that
/// are there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum FunctionRestorePolicy {
    /// The restored are added; one of the same name fails the whole (`APPEND`).
    #[default]
    Append,
    /// All others are deleted before (`FLUSH`).
    Flush,
    /// The restored are added, in place of those of the same name (`REPLACE`).
    Replace,
}

impl ToArg for FunctionRestorePolicy {
    #[inline]
    fn to_arg<'a>(&'a self, command: &mut Command<'a>) {
        command.push(match self {
            Self::Append => b"APPEND",
            Self::Flush => b"FLUSH",
            Self::Replace => b"REPLACE",
        });
    }
}

/// The options of [`function_list_with`](crate::FunctionCommands::function_list_with).
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct FunctionListOptions {
    library: Option<OwnedArgument>,
    with_code: bool,
}

impl FunctionListOptions {
    /// All libraries, without their code.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// Only libraries of names like this pattern, in which `*` may stand (`LIBRARYNAME`).
    pub fn library(mut self, pattern: impl ToArg) -> Self {
        self.library = Some(OwnedArgument::of(pattern));
        self
    }

    /// With their code (`WITHCODE`).
    #[inline]
    pub fn with_code(mut self) -> Self {
        self.with_code = true;
        self
    }
}

impl ToArgs for FunctionListOptions {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        if let Some(pattern) = &self.library {
            command.push(b"LIBRARYNAME");
            pattern.to_arg(command);
        }
        if self.with_code {
            command.push(b"WITHCODE");
        }
    }
}
