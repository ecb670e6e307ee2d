//! What a blocking command took when nobody waited for it any more.
//!
//! A `BLPOP` whose future was dropped, or whose reply came too late, may have taken an element all the same:
//! its connection is drained, and the element found there is an orphan. This module decides which replies
//! are orphans and what is kept of one. It does not decide how a connection is drained
//! ([`drive`](crate::drive)), nor what becomes of an orphan: that is the handler's affair, and there is none by default.

use crate::command::Command;
use crate::error::Result;
use crate::reply::{FromReply, Reply, Shape, Value};
use crate::resp::{Frame, Kind};
use std::borrow::Cow;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

/// What a blocking command took when nobody waited for it any more: an element that is no longer on the
/// server, and that nobody else will see.
///
/// One that comes later than the drain timeout allows is lost: its connection is closed by then. So is what comes
/// after a caller of the blocking client gave a wait up before the server did, by a response timeout of that
/// call that is shorter than the command's own: nothing can be read while the server waits.
///
/// # Example: back to where it came from
///
/// ```
/// use redis_sync::{Orphan, Redis};
///
/// # fn main() -> redis_sync::Result<()> {
/// let (lost, found) = std::sync::mpsc::channel();
/// let r = Redis::builder()
///     .on_orphan(move |orphan: Orphan| {
///         // `BLPOP` and `BRPOP` say which list it was
///         if let Ok((list, job)) = orphan.decode::<(String, String)>() {
///             let _ = lost.send((list, job)); // for a thread that pushes it again
///         }
///     })
///     .build()?;
/// # let _ = (r, found);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Orphan {
    command: Cow<'static, str>,
    frame: Frame,
    /// The reply as a value, once somebody asks for it.
    reply: OnceLock<Value>,
}

impl Orphan {
    /// The name of the command that took it: `BLPOP`.
    #[inline]
    pub fn command(&self) -> &str {
        &self.command
    }

    /// The command's reply, in the same shape on both protocols.
    #[inline]
    pub fn reply(&self) -> &Value {
        self.reply.get_or_init(|| Value::read(self.frame.reply()))
    }

    /// The command's reply, taken out.
    #[inline]
    pub fn into_reply(self) -> Value {
        self.reply.into_inner().unwrap_or_else(|| Value::read(self.frame.reply()))
    }

    /// The reply decoded, as the command itself would have been: of `BLPOP` a key and a value.
    ///
    /// # Errors
    ///
    /// The reply has another type.
    pub fn decode<T: FromReply>(&self) -> Result<T> {
        T::from_reply(self.frame.reply())
    }
}

/// They are equal if command and reply are.
impl PartialEq for Orphan {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.command == other.command && self.reply() == other.reply()
    }
}

/// The command and the type of its reply: what it holds is the user's.
impl fmt::Debug for Orphan {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Orphan").field("command", &self.command).finish_non_exhaustive()
    }
}

/// Who is given the orphans of a client: nobody, or one function.
#[derive(Clone, Default)]
#[must_use]
pub struct OrphanHandler {
    handler: Option<Arc<dyn Fn(Orphan) + Send + Sync>>,
    panics: Arc<AtomicU64>,
}

impl OrphanHandler {
    /// This function.
    pub fn new(handler: impl Fn(Orphan) + Send + Sync + 'static) -> Self {
        Self { handler: Some(Arc::new(handler)), panics: Arc::default() }
    }

    /// Whether there is one.
    #[inline]
    pub fn is_set(&self) -> bool {
        self.handler.is_some()
    }

    /// Hands an orphan over; a panic is caught and counted. Call it outside every lock.
    #[inline]
    pub fn hand_over(&self, orphan: Orphan) {
        let Some(handler) = &self.handler else { return };
        if catch_unwind(AssertUnwindSafe(|| handler(orphan))).is_err() {
            self.panics.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How many panics of the handler were caught.
    #[inline]
    pub fn panics(&self) -> u64 {
        self.panics.load(Ordering::Relaxed)
    }
}

impl fmt::Debug for OrphanHandler {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_set() { "OrphanHandler" } else { "OrphanHandler(none)" })
    }
}

/// What a connection owes to a caller that has gone, and the orphans among it.
#[derive(Debug, Default)]
pub struct Owed {
    /// The command whose reply it is, and that reply's shape; none for one that takes nothing away.
    command: Option<(Cow<'static, str>, Shape)>,
    orphans: Vec<Orphan>,
}

impl Owed {
    /// What the connection owes for this command.
    #[inline]
    pub fn of(command: &Command<'_>) -> Self {
        let takes = command.takes_away();
        let command = takes.then(|| (command.name(), command.reply_shape()));
        Self { command, orphans: Vec::new() }
    }

    /// Looks at a late reply: one with something in it is an orphan.
    #[inline]
    pub fn note(&mut self, reply: Reply<'_>) {
        let Some((command, shape)) = &self.command else { return };
        // queued in a transaction that nobody will execute, it took nothing
        let is_queued = reply.kind() == Kind::SimpleString && reply.raw() == b"QUEUED";
        if reply.is_nil() || reply.kind().is_error() || is_queued {
            return;
        }
        let mut frame = reply.to_frame();
        frame.reshape(*shape);
        let command = command.clone();
        self.orphans.push(Orphan { command, frame, reply: OnceLock::new() });
    }

    /// The orphans so far.
    #[inline]
    pub fn take_orphans(&mut self) -> Vec<Orphan> {
        std::mem::take(&mut self.orphans)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::{Block, CommandSpec, table};
    use crate::resp::{Framer, Limits};
    use std::sync::Mutex;
    use std::time::Duration;

    /// What is made of a late reply to `command`.
    fn noted(command: &Command<'_>, wire: &[u8]) -> Vec<Orphan> {
        let framed = Framer::new(Limits::default()).frame(wire).unwrap().unwrap();
        let mut owed = Owed::of(command);
        owed.note(Reply::new(wire, None, framed.tape.nodes()));
        owed.take_orphans()
    }

    fn blpop() -> Command<'static> {
        Command::new(&table::BLPOP).key("l").arg("0")
    }

    const POPPED: &[u8] = b"*2\r\n$1\r\nl\r\n$3\r\njob\r\n";

    #[test]
    fn an_element_that_a_blocking_command_took_is_an_orphan() {
        let orphans = noted(&blpop(), POPPED);
        let [orphan] = &orphans[..] else { panic!("{orphans:?}") };
        assert_eq!(orphan.command(), "BLPOP");
        let (list, job): (String, String) = orphan.decode().unwrap();
        assert_eq!((list.as_str(), job.as_str()), ("l", "job"));
        assert_eq!(orphan.reply(), &Value::from(vec!["l", "job"]));
        assert!(!format!("{orphan:?}").contains("job"), "what it holds is the user's");
    }

    #[test]
    fn an_answer_without_an_element_leaves_no_orphan() {
        for wire in [&b"*-1\r\n"[..], b"$-1\r\n", b"_\r\n", b"-UNBLOCKED by somebody\r\n"] {
            assert!(noted(&blpop(), wire).is_empty());
        }
        // between `MULTI` and `EXEC` it did not run, and nor did the fence behind it
        assert!(noted(&blpop(), b"+QUEUED\r\n").is_empty());
    }

    #[test]
    fn only_what_waits_and_takes_away_leaves_orphans() {
        let second = Block::For(Duration::from_secs(1));
        for (command, takes) in [
            (Command::new(&table::BLMOVE), true),
            (Command::new(&table::BLMPOP), true),
            (Command::new(&table::BRPOPLPUSH), true),
            (Command::new(&table::BZPOPMIN), true),
            (Command::new(&table::BZMPOP), true),
            (Command::new(&table::XREADGROUP).block(second), true),
            // what reads leaves everything where it is, and so does what only waits
            (Command::new(&table::XREAD).block(second), false),
            (Command::new(&table::WAIT), false),
            (Command::new(&table::WAITAOF), false),
            (Command::new(&table::MIGRATE).block(second), false),
            (Command::new(&table::LPOP), false),
            (Command::new(&table::XREADGROUP), false),
        ] {
            assert_eq!(!noted(&command, POPPED).is_empty(), takes, "{}", command.name());
        }
        // nobody knows what a module's own command takes
        static OWN: CommandSpec = CommandSpec::custom("MY.POP", b"$6\r\nMY.POP\r\n", 1);
        let own = Command::new(&OWN).block(Block::Forever);
        assert!(!noted(&own, POPPED).is_empty());
    }

    #[test]
    fn an_orphan_has_the_command_s_shape_on_both_protocols() {
        let group = Command::new(&table::XREADGROUP).block(Block::Forever);
        let resp2 = noted(&group, b"*1\r\n*2\r\n$1\r\ns\r\n*0\r\n");
        let resp3 = noted(&group, b"%1\r\n$1\r\ns\r\n*0\r\n");
        assert_eq!(resp2, resp3);
        assert_eq!(resp2.len(), 1);
    }

    #[test]
    fn a_handler_that_panics_is_counted_and_nobody_is_no_handler() {
        let given = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&given);
        let handler = OrphanHandler::new(move |orphan| {
            seen.lock().unwrap().push(orphan.command().to_owned());
            panic!("a handler's own fault");
        });
        let orphan = noted(&blpop(), POPPED).remove(0);
        handler.hand_over(orphan.clone());
        assert_eq!(*given.lock().unwrap_or_else(std::sync::PoisonError::into_inner), ["BLPOP"]);
        assert_eq!(handler.panics(), 1);
        let nobody = OrphanHandler::default();
        nobody.hand_over(orphan);
        assert!(!nobody.is_set() && nobody.panics() == 0);
    }
}
