//! What rides on a command to make up for the one refusal that it may meet, and when that is called for.

use super::{Command, Large, table};
use crate::error::{Delivery, Error, Result};
use crate::reply::{FromReply, Reply};
use crate::script::{Library, Script};

/// What makes up for the server's not knowing what is called.
#[derive(Clone, Debug)]
pub(crate) enum Remedy {
    /// `NOSCRIPT`: the script is sent whole.
    Source(Script),
    /// No such function: its library is loaded, and the function called again.
    Library(Library),
}

impl Remedy {
    /// Whether it makes up for this error, which is the server's own: a script that ran and says the same is
    /// not run again.
    fn cures(&self, error: &Error) -> bool {
        let Some(server) = error.server_error() else { return false };
        error.delivery() == Delivery::Rejected
            && match self {
                Self::Source(_) => server.says_no_script(),
                Self::Library(_) => server.says_no_function(),
            }
    }
}

impl<'a> Command<'a> {
    /// Reads its reply. What its remedy cures is an error to every type, those that keep errors included.
    ///
    /// # Errors
    ///
    /// As the type's own.
    #[inline]
    pub fn read<T: FromReply>(&self, reply: Reply<'_>) -> Result<T> {
        if self.rare.is_some() {
            if let Some(error) = self.cured(&reply) {
                return Err(error);
            }
        }
        T::from_reply(reply)
    }

    /// Whether it carries what makes up for a refusal.
    #[inline]
    pub fn has_remedy(&self) -> bool {
        self.remedy().is_some()
    }

    pub(crate) fn with_remedy(mut self, remedy: Remedy) -> Self {
        self.rare_mut().remedy = Some(remedy);
        self
    }

    /// What makes up for this error, if anything does.
    pub(crate) fn remedy_for(&self, error: &Error) -> Option<&Remedy> {
        let remedy = self.remedy()?;
        remedy.cures(error).then_some(remedy)
    }

    fn remedy(&self) -> Option<&Remedy> {
        self.rare.as_deref()?.remedy.as_ref()
    }

    /// The script that it carries.
    pub(crate) fn script(&self) -> Option<&Script> {
        match self.remedy()? {
            Remedy::Source(script) => Some(script),
            Remedy::Library(_) => None,
        }
    }

    /// The same call with the script itself in place of its digest; `None` if it carries none.
    #[cold]
    pub(crate) fn whole(&self) -> Option<Self> {
        let script = self.script()?;
        let spec = if script.is_read_only() { &table::EVAL_RO } else { &table::EVAL };
        let mut whole = Command::new(spec).shape(self.shape);
        whole.push_shared(script.shared_source());
        whole.append_from(self, 1, DIGEST_ON_THE_WIRE);
        whole.keys = self.keys;
        if let Some(rare) = self.rare.as_deref() {
            let own = whole.rare_mut();
            own.options = rare.options.clone();
            own.keys = rare.keys.clone();
        }
        Some(whole)
    }

    /// How many arguments it has besides its name.
    pub(crate) fn argument_count(&self) -> u64 {
        u64::from(self.arguments)
    }

    /// Adds the arguments of another command.
    pub(crate) fn append(&mut self, other: &Self) {
        self.append_from(other, 0, 0);
    }

    /// Adds the arguments of another command as keys.
    pub(crate) fn append_keys(&mut self, other: &Self) {
        let from = self.arguments;
        self.append(other);
        (from..self.arguments).for_each(|key| self.mark_key_at(key));
    }

    /// Adds the arguments of another command but for the first `skipped`, which take `bytes` on the wire.
    fn append_from(&mut self, other: &Self, skipped: u32, bytes: usize) {
        let before = self.body.len();
        self.body.push(other.body.as_slice().get(bytes..).unwrap_or_default());
        for large in other.large() {
            let moved = Large { at: large.at - bytes + before, bytes: large.bytes.clone() };
            self.large.get_or_insert_default().0.push(moved);
        }
        self.arguments += other.arguments - skipped;
        if let Some(error) = other.invalid() {
            self.reject(error.clone());
        }
    }

    #[cold]
    fn cured(&self, reply: &Reply<'_>) -> Option<Error> {
        let error = reply.error()?;
        self.remedy_for(&error).is_some().then_some(error)
    }
}

/// `$40`, the digits, and both line ends.
const DIGEST_ON_THE_WIRE: usize = 5 + 40 + 2;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::CallOptions;
    use crate::resp::{Framer, Limits};

    fn read<T: FromReply>(command: &Command<'_>, reply: &str) -> Result<T> {
        let framed = Framer::new(Limits::default()).frame(reply.as_bytes()).expect("it is RESP");
        let framed = framed.expect("it is whole");
        command.read(Reply::new(reply.as_bytes(), None, framed.tape.nodes()))
    }

    const NO_SCRIPT: &str = "-NOSCRIPT No matching script. Please use EVAL.\r\n";
    const NO_FUNCTION: &str = "-ERR Function not found\r\n";

    #[test]
    fn only_the_refusal_that_it_makes_up_for_is_an_error_to_a_type_that_keeps_errors() {
        let script = Script::new("return 1").call().into_command();
        let library = Library::new("lua", "lib", "").expect("it is named");
        let function = library.function("f").into_command();
        assert!(read::<Result<()>>(&script, NO_SCRIPT).is_err());
        assert!(read::<Result<()>>(&script, NO_FUNCTION).is_ok_and(|kept| kept.is_err()));
        assert!(read::<Result<()>>(&function, NO_FUNCTION).is_err());
        assert!(read::<Result<()>>(&function, NO_SCRIPT).is_ok_and(|kept| kept.is_err()));
        let plain = Command::new(&table::EVALSHA);
        assert!(read::<Result<()>>(&plain, NO_SCRIPT).is_ok_and(|kept| kept.is_err()));
        assert_eq!(read::<i64>(&script, ":1\r\n").expect("a number"), 1);
    }

    #[test]
    fn what_a_script_that_ran_says_itself_is_made_up_for_by_nothing() {
        let script = Script::new("return 1").call().into_command();
        let cured = |text: &str| script.remedy_for(&Error::server(text.as_bytes())).is_some();
        assert!(cured("NOSCRIPT No matching script. Please use EVAL."));
        assert!(cured("NOSCRIPT No matching script."));
        assert!(!cured("NOSCRIPT my own words"));
        assert!(!cured("NOSCRIPT No matching script. script: 2067, on @user_script:1."));
        assert!(!cured("ERR Function not found"));
    }

    #[test]
    fn options_of_the_call_leave_it_where_it_is() {
        let mut command = Script::new("return 1").call().into_command();
        *command.options_mut() = CallOptions::new().repeatable(true);
        assert!(command.has_remedy() && command.is_repeatable());
    }
}
