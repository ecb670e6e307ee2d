//! One field of a derived struct: its name and its value, or nothing; for `#[derive(ToArgs)]`.
//!
//! This decides what a field may be and how a refusal names it. It does not decide a field's name.

use super::args::PROBE;
use super::{Command, ToArg};

/// What a named field may be: one argument, or an `Option` of one.
#[diagnostic::on_unimplemented(
    message = "a field of type `{Self}` is not one argument of a Redis command",
    label = "text, bytes or a number is wanted here, or an `Option` of it",
    note = "mark a field that makes its own names and values `#[redis(flatten)]`; say with `#[redis(write_with = path)]` what is written of another, of a `bool` too: Redis has none"
)]
pub trait ToField {
    /// Writes `name` and the value; nothing if there is no value.
    fn to_field<'a>(&'a self, name: &'static str, command: &mut Command<'a>);
}

// the compiler is to speak of fields, as the note above does, and not of `ToArg`
#[diagnostic::do_not_recommend]
impl<T: ToArg + ?Sized> ToField for T {
    #[inline]
    fn to_field<'a>(&'a self, name: &'static str, command: &mut Command<'a>) {
        command.push(name.as_bytes());
        self.to_arg(command);
    }
}

impl<T: ToArg> ToField for Option<T> {
    #[inline]
    fn to_field<'a>(&'a self, name: &'static str, command: &mut Command<'a>) {
        if let Some(value) = self {
            value.to_field(name, command);
        }
    }
}

impl<'a> Command<'a> {
    /// Writes a field; if it is what makes the command unfit to be sent, the refusal says so.
    #[inline]
    pub(crate) fn write_in_field(
        &mut self,
        owner: &str,
        field: &str,
        write: impl FnOnce(&mut Self),
    ) {
        let was_fit = self.invalid().is_none();
        write(self);
        if let Some(error) = was_fit.then(|| self.take_invalid()).flatten() {
            self.reject(error.in_field(owner, field));
        }
    }

    /// Writes what does not live as long as the command: all of it is copied.
    pub(crate) fn write_copied<'m>(&mut self, write: impl FnOnce(&mut Command<'m>)) {
        let mut copied = Command::new(&PROBE);
        write(&mut copied);
        for argument in copied.argument_bytes() {
            self.push(argument);
        }
        if let Some(error) = copied.take_invalid() {
            self.reject(error);
        }
    }
}
