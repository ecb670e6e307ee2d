//! A command that is nothing but its words.

use super::{Command, CommandSpec, ToArgs, lookup};

/// A command whose name is its first argument.
static WORDS: CommandSpec = CommandSpec::custom("", b"", 0);

impl<'a> Command<'a> {
    /// The command of these words, the name first: `("PSYNC", "?", -1)`.
    ///
    /// Nothing that the table knows of the name holds, but for messages: no key is marked, nothing is
    /// refused. It is what goes over a connection whose owner knows what follows.
    ///
    /// # Example
    ///
    /// ```
    /// use redis_sync::Command;
    ///
    /// let command = Command::of_words(&("CLIENT", "REPLY", "SKIP"));
    /// assert_eq!(command.to_bytes(), b"*3\r\n$6\r\nCLIENT\r\n$5\r\nREPLY\r\n$4\r\nSKIP\r\n");
    /// assert_eq!(command.name(), "CLIENT REPLY");
    /// ```
    pub fn of_words(words: &'a (impl ToArgs + ?Sized)) -> Self {
        let mut command = Command::new(&WORDS).args(words).at_least(1, "words");
        let known = {
            let mut words = command.argument_bytes();
            let (first, second) = (words.next().unwrap_or_default(), words.next());
            // of a name that nobody knows, nobody knows that it is no secret
            lookup::find_words(first, second).or_else(|| lookup::find_words(first, None))
        };
        command.rare_mut().name = known.map(|spec| spec.name().into());
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_of_words_is_named_where_its_name_is_known_and_never_by_an_argument() {
        for (words, name) in [
            (&["PSYNC", "?", "-1"][..], "PSYNC"),
            (&["client", "reply", "OFF"], "CLIENT REPLY"),
            (&["CLIENT", "secret"], "CLIENT"),
            (&["secret", "GET"], ""),
        ] {
            let command = Command::of_words(words);
            assert_eq!(command.name(), name);
            assert_eq!(command.len(), words.len());
            assert_eq!(command.to_bytes()[0], b'*');
        }
    }

    #[test]
    fn no_words_are_no_command() {
        assert!(Command::of_words(&[""; 0]).check().is_err());
    }
}
