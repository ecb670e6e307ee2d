//! What a failure says of the command that it befell: its name, and whether it may have run.

use super::{Command, CommandSpec};
use crate::error::{Delivery, Error};

impl Command<'_> {
    /// The same error, said of this command: with its name, and [judged](CommandSpec::judge).
    #[cold]
    #[must_use]
    pub fn explain(&self, error: Error) -> Error {
        self.spec().judge(error).with_command(self.name())
    }
}

impl CommandSpec {
    /// The same error, with what it proves of the delivery of such a command.
    ///
    /// The server's refusal proves that an ordinary command did not run. A script or a function may
    /// return any error itself, after whatever it has done: only what servers are known to say before
    /// they run one proves that it did not run.
    #[cold]
    #[must_use]
    pub fn judge(&self, error: Error) -> Error {
        let doubtful = error.delivery() == Delivery::Rejected
            && self.runs_a_script()
            && error.server_error().is_some_and(|error| !error.is_said_before_any_script());
        if doubtful { error.with_delivery(Delivery::Unknown) } else { error }
    }

    fn runs_a_script(&self) -> bool {
        matches!(self.name(), "EVAL" | "EVALSHA" | "EVAL_RO" | "EVALSHA_RO" | "FCALL" | "FCALL_RO")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::find;

    fn delivery(name: &str, text: &str) -> Delivery {
        let command = Command::new(find(name).expect("a command of the table"));
        command.explain(Error::server(text.as_bytes())).delivery()
    }

    #[test]
    fn what_a_script_may_have_said_itself_proves_nothing() {
        for text in ["BUSY the lock is taken", "TRYAGAIN later", "ERR not enough left", "OOM", ""] {
            for name in ["EVAL", "EVALSHA", "EVAL_RO", "EVALSHA_RO", "FCALL", "FCALL_RO"] {
                assert_eq!(delivery(name, text), Delivery::Unknown, "{name}: {text}");
            }
            assert_eq!(delivery("SET", text), Delivery::Rejected, "SET: {text}");
        }
    }

    #[test]
    fn what_a_server_says_before_it_runs_a_script_proves_that_it_did_not_run() {
        for text in [
            "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
            "LOADING Redis is loading the dataset in memory",
            "LOADING Valkey is loading the dataset in memory",
            "NOSCRIPT No matching script. Please use EVAL.",
            "NOPERM User default has no permissions to run the 'eval' command",
            "MOVED 3999 127.0.0.1:6381",
            "TRYAGAIN Multiple keys request during rehashing of slot",
            "ERR Error compiling script (new function): user_script:1: '=' expected",
        ] {
            assert_eq!(delivery("EVALSHA", text), Delivery::Rejected, "{text}");
        }
    }

    #[test]
    fn an_error_of_the_client_s_stays_as_it_is() {
        let command = Command::new(find("EVAL").expect("a command of the table"));
        let error =
            Error::new(crate::error::ErrorKind::Connect, "").with_delivery(Delivery::NotSent);
        assert_eq!(command.explain(error).delivery(), Delivery::NotSent);
    }
}
