//! What the user of a dedicated connection left behind, and how it is undone.
//!
//! Decided per command, by the facts of what ran. A state that one command takes back is taken back; a
//! connection that speaks out of turn, is silent, is somebody else or another protocol is closed, since
//! nobody could tell its late words from replies. What is not known here and binds a connection closes it.

use crate::command::{Command, CommandSpec, Flags};

/// What a connection is like when it lies in the pool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Home {
    /// The database that is selected.
    pub database: u32,
    /// The name that the server knows it by; empty for none.
    pub client_name: String,
    /// What `on_connect` did to it, which undoing must not touch.
    pub prepared: Residue,
}

/// What is left behind so far.
///
/// # Example
///
/// ```
/// use redis_core::command::{Command, find};
/// use redis_core::pool::{Home, Residue, Undo};
///
/// let mut residue = Residue::default();
/// residue.observe(&Command::new(find("SELECT").unwrap()).arg(&7));
/// let expected = b"*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n".to_vec();
/// assert_eq!(residue.undo(&Home::default()), Undo::Send { bytes: expected, replies: 1 });
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Residue(u16);

/// How a connection is made as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Undo {
    /// It is.
    Nothing,
    /// By sending these bytes; if each of so many replies is no error, it is.
    Send {
        /// Whole commands.
        bytes: Vec<u8>,
        /// How many.
        replies: usize,
    },
    /// It cannot: close it.
    Close,
}

const DATABASE: u16 = 1;
const NAME: u16 = 1 << 1;
const TRANSACTION: u16 = 1 << 2;
const WATCH: u16 = 1 << 3;
const TRACKING: u16 = 1 << 4;
const NO_EVICT: u16 = 1 << 5;
const NO_TOUCH: u16 = 1 << 6;
const READONLY: u16 = 1 << 7;
/// The next command, whichever it is, ends it.
const ASKING: u16 = 1 << 8;
const CLOSE: u16 = 1 << 9;

impl Residue {
    /// What nothing takes back: a connection whose owner did with it nobody knows what.
    pub const LASTING: Self = Self(CLOSE);

    /// Takes note of a command that is about to be sent: it may take effect even if it seems to fail.
    #[inline]
    pub fn observe(&mut self, command: &Command<'_>) {
        self.0 &= !ASKING;
        let spec = command.spec();
        if matters(spec) {
            self.note(command);
        }
    }

    /// Takes note that the server ended a transaction: nothing is queued, and nothing watched any more.
    #[inline]
    pub fn transaction_ended(&mut self) {
        self.0 &= !(TRANSACTION | WATCH);
    }

    /// Whether nothing is left behind.
    #[inline]
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// How the connection becomes as it was.
    #[inline]
    pub fn undo(self, home: &Home) -> Undo {
        // what `on_connect` set up and somebody changed since has no known value to go back to
        let overlap = self.0 & home.prepared.0;
        if self.0 & (CLOSE | ASKING) != 0 || overlap != 0 {
            return Undo::Close;
        }
        let database = home.database.to_string();
        let mut bytes = Vec::new();
        let mut replies = 0;
        let mut send = |bit: u16, words: &[&str]| {
            if self.0 & bit != 0 {
                Command::new(&WORDS).args(words).write_to(&mut bytes);
                replies += 1;
            }
        };
        // the transaction first: inside of it everything else would only be queued
        send(TRANSACTION, &["DISCARD"]);
        send(WATCH, &["UNWATCH"]);
        send(TRACKING, &["CLIENT", "TRACKING", "OFF"]);
        send(NO_EVICT, &["CLIENT", "NO-EVICT", "OFF"]);
        send(NO_TOUCH, &["CLIENT", "NO-TOUCH", "OFF"]);
        send(READONLY, &["READWRITE"]);
        send(NAME, &["CLIENT", "SETNAME", &home.client_name]);
        send(DATABASE, &["SELECT", &database]);
        if replies == 0 { Undo::Nothing } else { Undo::Send { bytes, replies } }
    }

    #[inline]
    fn note(&mut self, command: &Command<'_>) {
        let says = |word: &str| {
            command.argument_bytes().any(|argument| argument.eq_ignore_ascii_case(word.as_bytes()))
        };
        match command.spec().name() {
            "SELECT" => self.0 |= DATABASE,
            "CLIENT SETNAME" => self.0 |= NAME,
            "MULTI" => self.0 |= TRANSACTION,
            "WATCH" => self.0 |= WATCH,
            "EXEC" | "DISCARD" if self.0 & TRANSACTION != 0 => self.0 &= !(TRANSACTION | WATCH),
            // refused without a transaction, and what is watched stays watched
            "EXEC" | "DISCARD" => {}
            // inside of a transaction it is queued, and takes no effect
            "UNWATCH" if self.0 & TRANSACTION == 0 => self.0 &= !WATCH,
            "UNWATCH" => {}
            // a prefix may be called `off`
            "CLIENT TRACKING" if says("OFF") && !says("ON") && self.0 & TRANSACTION == 0 => {
                self.0 &= !TRACKING;
            }
            "CLIENT TRACKING" | "CLIENT CACHING" => self.0 |= TRACKING,
            "CLIENT NO-EVICT" => self.0 |= NO_EVICT,
            "CLIENT NO-TOUCH" => self.0 |= NO_TOUCH,
            "READONLY" => self.0 |= READONLY,
            "READWRITE" if self.0 & TRANSACTION == 0 => self.0 &= !READONLY,
            "READWRITE" => {}
            "ASKING" => self.0 |= ASKING,
            "CLIENT REPLY" if says("ON") => {}
            _ => self.0 |= CLOSE,
        }
    }
}

/// A command whose words are all arguments.
static WORDS: CommandSpec = CommandSpec::custom("", b"", 0);

/// What may change the state of a connection: what the table says so of, and what it cannot know, a
/// container whose subcommand it has never heard of.
#[inline]
fn matters(spec: &CommandSpec) -> bool {
    spec.binds_connection() || spec.flags().contains(Flags::CONTAINER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::find;

    fn after(commands: &[&str]) -> Residue {
        let mut residue = Residue::default();
        for text in commands {
            // as a table would have it, whatever the table at hand knows
            let words: Vec<&str> = text.split(' ').collect();
            let named = if words[0] == "CLIENT" { 2 } else { 1 };
            let name: &'static str = Box::leak(words[..named].join(" ").into_boxed_str());
            let harmless = matches!(name, "GET" | "SET");
            let flags = if harmless { Flags::WRITE } else { Flags::BINDS };
            let spec = CommandSpec::custom(name, b"", 0).with_flags(flags);
            let spec: &'static CommandSpec = Box::leak(Box::new(spec));
            residue.observe(&Command::new(spec).args(&words[named..]));
        }
        residue
    }

    fn undone(commands: &[&str]) -> Option<String> {
        let home = Home { database: 3, client_name: "me".into(), ..Home::default() };
        match after(commands).undo(&home) {
            Undo::Nothing => Some(String::new()),
            Undo::Close => None,
            Undo::Send { bytes, replies } => {
                let text = String::from_utf8(bytes).unwrap();
                assert_eq!(text.matches('*').count(), replies);
                let words = text.split("\r\n").filter(|w| !w.starts_with('$') && !w.is_empty());
                let words: Vec<_> =
                    words.map(|w| if w.starts_with('*') { ";" } else { w }).collect();
                Some(words.join(" ").trim_start_matches("; ").to_owned())
            }
        }
    }

    #[test]
    fn each_state_is_taken_back_by_its_own_command() {
        let table: &[(&[&str], &str)] = &[
            (&["GET k", "SET k v"], ""),
            (&["SELECT 7"], "SELECT 3"),
            (&["CLIENT SETNAME you"], "CLIENT SETNAME me"),
            (&["MULTI"], "DISCARD"),
            (&["WATCH k"], "UNWATCH"),
            (&["WATCH k", "MULTI"], "DISCARD ; UNWATCH"),
            (&["WATCH k", "MULTI", "EXEC"], ""),
            (&["WATCH k", "MULTI", "DISCARD"], ""),
            (&["WATCH k", "UNWATCH"], ""),
            // without a transaction these are refused, and watch on
            (&["WATCH k", "EXEC"], "UNWATCH"),
            (&["WATCH k", "DISCARD"], "UNWATCH"),
            (&["WATCH k", "MULTI", "EXEC", "WATCH k", "EXEC"], "UNWATCH"),
            (&["WATCH k", "MULTI", "UNWATCH"], "DISCARD ; UNWATCH"),
            (&["CLIENT TRACKING ON BCAST"], "CLIENT TRACKING OFF"),
            (&["CLIENT TRACKING ON", "CLIENT TRACKING off"], ""),
            (&["CLIENT TRACKING ON PREFIX off"], "CLIENT TRACKING OFF"),
            (&["CLIENT CACHING yes"], "CLIENT TRACKING OFF"),
            (&["CLIENT NO-EVICT on"], "CLIENT NO-EVICT OFF"),
            (&["CLIENT NO-TOUCH on"], "CLIENT NO-TOUCH OFF"),
            (&["READONLY"], "READWRITE"),
            (&["READONLY", "READWRITE"], ""),
            (&["ASKING", "GET k"], ""),
            (&["CLIENT REPLY ON"], ""),
            (&["SELECT 1", "CLIENT SETNAME x"], "CLIENT SETNAME me ; SELECT 3"),
        ];
        for (commands, expected) in table {
            assert_eq!(undone(commands).as_deref(), Some(*expected), "{commands:?}");
        }
    }

    #[test]
    fn a_transaction_that_ended_leaves_nothing_watched_and_nothing_else_undone() {
        let mut residue = after(&["SELECT 7", "WATCH k"]);
        residue.transaction_ended();
        assert_eq!(residue, after(&["SELECT 7"]));
    }

    #[test]
    fn what_speaks_out_of_turn_or_is_somebody_else_is_closed() {
        for command in [
            "SUBSCRIBE c",
            "PSUBSCRIBE c*",
            "SSUBSCRIBE c",
            "UNSUBSCRIBE",
            "MONITOR",
            "CLIENT REPLY OFF",
            "CLIENT REPLY SKIP",
            "AUTH secret",
            "HELLO 2",
            "RESET",
            "QUIT",
            "SYNC",
            "ASKING",
            "CLIENT SOMETHING-NEW",
        ] {
            assert_eq!(undone(&["SELECT 1", command]), None, "{command}");
        }
    }

    #[test]
    fn what_a_hook_prepared_and_a_user_changed_closes_the_connection() {
        let home = Home { prepared: after(&["CLIENT NO-EVICT ON"]), ..Home::default() };
        assert_eq!(after(&["CLIENT NO-EVICT OFF"]).undo(&home), Undo::Close);
        assert!(matches!(after(&["CLIENT NO-TOUCH ON"]).undo(&home), Undo::Send { .. }));
        // home's own database and name are not what the hook chose
        for command in ["SELECT 5", "CLIENT SETNAME hook"] {
            let home = Home { prepared: after(&[command]), ..Home::default() };
            assert_eq!(after(&["SELECT 7", "CLIENT SETNAME you"]).undo(&home), Undo::Close);
        }
    }

    #[test]
    fn the_command_table_marks_every_command_that_is_decided_on_here() {
        for name in [
            "SELECT",
            "CLIENT SETNAME",
            "MULTI",
            "WATCH",
            "EXEC",
            "DISCARD",
            "UNWATCH",
            "CLIENT TRACKING",
            "CLIENT CACHING",
            "CLIENT NO-EVICT",
            "CLIENT NO-TOUCH",
            "READONLY",
            "READWRITE",
            "ASKING",
            "CLIENT REPLY",
            "AUTH",
            "HELLO",
            "RESET",
            "QUIT",
            "MONITOR",
        ] {
            assert!(find(name).is_some_and(matters), "{name}");
        }
        assert!(!matters(find("GET").unwrap()));
    }

    #[test]
    fn a_container_with_an_unknown_subcommand_closes_the_connection() {
        static CONTAINER: CommandSpec =
            CommandSpec::custom("CLIENT", b"", 0).with_flags(Flags::CONTAINER);
        let mut residue = Residue::default();
        residue.observe(&Command::new(&CONTAINER).arg("NEW-MODE"));
        assert_eq!(residue.undo(&Home::default()), Undo::Close);
    }
}
