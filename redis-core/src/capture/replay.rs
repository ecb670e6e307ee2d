//! A capture, played again to what a connection is made of: the framer and the slots.
//!
//! This module decides what a client made of each record. It writes nothing and reads no file.

use super::{Record, RecordKind};
use crate::command::{CommandSpec, Flags, find};
use crate::connection::slots::{Bounds, SlotId, Slots};
use crate::error::Delivery;
use crate::error::{Error, ErrorKind};
use crate::event::ConnectionId;
use crate::reply::{Quoted, Reply, Value};
use crate::resp::{Framer, Kind, Limits, ProtocolError};
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// Plays the records of a capture.
///
/// # Example: what became of a command
///
/// ```
/// use redis_core::capture::{Record, Replay};
///
/// let mut replay = Replay::new();
/// let mut said = Vec::new();
/// for line in ["1.000000 7 > \"GET\" \"k\"", "1.000500 7 < \"$1\\r\\nv\\r\\n\"", "1.000700 7 < \"@\""] {
///     for step in replay.play(&Record::parse(line.as_bytes())?) {
///         said.push(step.to_string());
///     }
/// }
/// assert_eq!(said[1], "+0.000500 7 < GET (1): \"v\"");
/// assert!(said[2].contains("protocol broken"));
/// # Ok::<(), redis_core::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct Replay {
    sessions: BTreeMap<ConnectionId, Session>,
    began: Option<Duration>,
}

/// What a client made of something.
#[derive(Debug)]
pub struct Step {
    after: Duration,
    connection: ConnectionId,
    outcome: Outcome,
}

/// What happened, from the client's point of view.
#[derive(Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// A connection was opened: where to.
    Opened(String),
    /// A command was sent: its number on its connection, and its text.
    Sent(u64, String),
    /// Something was sent that is no command.
    Unknown(String),
    /// The reply to the command of this number and name.
    Reply(u64, String, Value),
    /// Something that is no command's reply: a push, or what comes after `MONITOR` and its like.
    Push(Value),
    /// A reply that no command asked for: the connection ends by it.
    Unsolicited(Value),
    /// What came is no RESP: the connection ends by it. The bytes behind the last whole frame.
    Broken(ProtocolError, Vec<u8>),
    /// Something came after the connection's end.
    Ignored(usize),
    /// The connection ended; the commands that were not answered, and the bytes of half a reply.
    Closed(Vec<(u64, String)>, usize),
    /// The rest is missing.
    Limit,
}

impl Replay {
    /// Nothing was played yet.
    #[must_use]
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// Plays one record; what came of it, in order.
    #[inline]
    pub fn play(&mut self, record: &Record) -> Vec<Step> {
        let began = *self.began.get_or_insert(record.at);
        let (connection, after) = (record.connection, record.at.saturating_sub(began));
        let mut steps = Vec::new();
        let mut tell = |outcome| steps.push(Step { after, connection, outcome });
        let session = self.sessions.entry(connection).or_default();
        match &record.kind {
            RecordKind::Opened(endpoint) => {
                *session = Session::default();
                tell(Outcome::Opened(endpoint.clone()));
            }
            RecordKind::Command(words) => tell(session.send(words)),
            RecordKind::Unknown(what) => {
                session.takes_turns = false;
                tell(Outcome::Unknown(what.clone()));
            }
            RecordKind::Received(bytes) => session.receive(bytes, &mut tell),
            RecordKind::Closed => tell(session.close()),
            RecordKind::Limit => tell(Outcome::Limit),
        }
        steps
    }
}

impl Step {
    /// What happened.
    #[inline]
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// Whether the client gave the connection up by it.
    #[inline]
    pub fn is_fault(&self) -> bool {
        matches!(self.outcome, Outcome::Broken(..) | Outcome::Unsolicited(_))
    }
}

/// A connection, as the client saw it.
#[derive(Debug)]
struct Session {
    slots: Slots<u64, Value, ()>,
    framer: Framer,
    inbox: Vec<u8>,
    /// Who waits: number, name and slot.
    waiting: BTreeMap<u64, (String, SlotId)>,
    sent: u64,
    /// Each command has one reply.
    takes_turns: bool,
    ended: bool,
}

impl Default for Session {
    #[inline]
    fn default() -> Self {
        let mut slots = Slots::new(Bounds::new(usize::MAX, usize::MAX));
        slots.open();
        Self {
            slots,
            framer: Framer::new(Limits::default()),
            inbox: Vec::new(),
            waiting: BTreeMap::new(),
            sent: 0,
            takes_turns: true,
            ended: false,
        }
    }
}

impl Session {
    #[inline]
    fn send(&mut self, words: &[Option<Vec<u8>>]) -> Outcome {
        self.sent += 1;
        let number = self.sent;
        let spec = spec_of(words);
        self.takes_turns &= !spec.is_some_and(ends_turn_taking);
        if self.takes_turns {
            let id = self.slots.submit(1, None, number);
            let first = words.first().and_then(Option::as_deref).unwrap_or_default();
            let name = String::from_utf8_lossy(first).to_ascii_uppercase();
            let name = spec.map_or(name, |spec| spec.name().to_owned());
            self.waiting.insert(number, (name, id));
        }
        Outcome::Sent(number, Words(words).to_string())
    }

    fn receive(&mut self, bytes: &[u8], tell: &mut impl FnMut(Outcome)) {
        if self.ended {
            return tell(Outcome::Ignored(bytes.len()));
        }
        self.inbox.extend_from_slice(bytes);
        let mut at = 0;
        while let Some(rest) = self.inbox.get(at..).filter(|rest| !rest.is_empty()) {
            match self.framer.frame(rest) {
                Ok(Some(framed)) => {
                    let whole = rest.get(..framed.length).unwrap_or_default();
                    let whole = framed.joined.as_deref().unwrap_or(whole);
                    let reply = Reply::new(whole, None, framed.tape.nodes());
                    let (is_push, value) = (reply.kind() == Kind::Push, Value::read(reply));
                    at += framed.length;
                    let outcome = self.place(is_push, value);
                    self.ended |= matches!(outcome, Outcome::Unsolicited(_));
                    tell(outcome);
                    if self.ended {
                        break;
                    }
                }
                Ok(None) => break,
                Err(error) => {
                    self.ended = true;
                    let behind = rest.to_vec();
                    tell(Outcome::Broken(error, behind));
                    break;
                }
            }
        }
        self.inbox.drain(..at);
    }

    /// Whose this frame is.
    #[inline]
    fn place(&mut self, is_push: bool, value: Value) -> Outcome {
        if is_push || (!self.takes_turns && self.slots.in_flight() == 0) {
            return Outcome::Push(value);
        }
        let Ok(Some(number)) = self.slots.fill_next(value.clone()) else {
            return Outcome::Unsolicited(value);
        };
        let (name, id) = self.waiting.remove(&number).unzip();
        // taken, so that its slot is free again
        let value = id.and_then(|id| self.slots.take(id)).and_then(Result::ok).unwrap_or(value);
        Outcome::Reply(number, name.unwrap_or_default(), value)
    }

    #[inline]
    fn close(&mut self) -> Outcome {
        self.ended = true;
        let mut unanswered = Vec::new();
        let lost = |delivery: Delivery| Error::new(ErrorKind::Closed, "").with_delivery(delivery);
        self.slots.fail_all(0, lost, &mut unanswered);
        let named = unanswered.into_iter().map(|number| {
            let (name, _) = self.waiting.remove(&number).unzip();
            (number, name.unwrap_or_default())
        });
        Outcome::Closed(named.collect(), self.inbox.len())
    }
}

/// What is known of a command by its words.
#[inline]
fn spec_of(words: &[Option<Vec<u8>>]) -> Option<&'static CommandSpec> {
    let word = |at: usize| {
        let word = words.get(at)?.as_deref()?;
        std::str::from_utf8(word).ok()
    };
    let first = word(0)?;
    let sub = word(1).and_then(|second| find(&format!("{first} {second}")));
    sub.or_else(|| find(first))
}

/// Whether replies cannot be told apart by their order any more.
#[inline]
fn ends_turn_taking(spec: &CommandSpec) -> bool {
    matches!(spec.name(), "MONITOR" | "SYNC" | "PSYNC" | "REPLCONF" | "CLIENT REPLY")
        || spec.flags().contains(Flags::PUBSUB)
}

/// The words of a command, as they stand in the capture.
struct Words<'w>(&'w [Option<Vec<u8>>]);

impl fmt::Display for Words<'_> {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, word) in self.0.iter().enumerate() {
            let space = if at > 0 { " " } else { "" };
            match word {
                None => write!(f, "{space}***")?,
                Some(word) => write!(f, "{space}{}", Quoted(word))?,
            }
        }
        Ok(())
    }
}

/// One line, or several where a reply has several.
impl fmt::Display for Step {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// More bytes than these say no more of what is broken.
        const SHOWN: usize = 64;
        let (seconds, micros) = (self.after.as_secs(), self.after.subsec_micros());
        write!(f, "+{seconds}.{micros:06} {} ", self.connection)?;
        match &self.outcome {
            Outcome::Opened(endpoint) => write!(f, "opened to {endpoint}"),
            Outcome::Sent(number, text) => write!(f, "> ({number}) {text}"),
            Outcome::Unknown(what) => write!(f, "> {what}"),
            Outcome::Reply(number, name, value) => {
                let text = value.to_string();
                let space = if text.contains('\n') { "\n" } else { " " };
                write!(f, "< {name} ({number}):{space}{text}")
            }
            Outcome::Push(value) => write!(f, "< push: {value}"),
            Outcome::Unsolicited(value) => {
                write!(f, "! a reply arrived that no command asked for: {value}")
            }
            Outcome::Broken(error, behind) => {
                let shown = Quoted(behind.get(..SHOWN).unwrap_or(behind));
                write!(f, "! protocol broken: {error}, at {shown}")
            }
            Outcome::Ignored(bytes) => write!(f, "< {bytes} bytes after the end"),
            Outcome::Closed(unanswered, partial) => {
                f.write_str("closed")?;
                for (at, (number, name)) in unanswered.iter().enumerate() {
                    let separator = if at == 0 { "; unanswered: " } else { ", " };
                    write!(f, "{separator}{name} ({number})")?;
                }
                if *partial > 0 {
                    write!(f, "; {partial} bytes of half a reply")?;
                }
                Ok(())
            }
            Outcome::Limit => f.write_str("the capture reached its limit; the rest is missing"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of these lines, each without its time.
    fn played(lines: &[&str]) -> Vec<String> {
        let mut replay = Replay::new();
        let mut said = Vec::new();
        for line in lines {
            let record = Record::parse(format!("1.000000 {line}").as_bytes()).unwrap();
            said.extend(replay.play(&record).iter().map(ToString::to_string));
        }
        said.iter().map(|line| line.replacen("+0.000000 ", "", 1)).collect()
    }

    #[test]
    fn replies_find_their_commands_however_they_were_cut_and_connections_stay_apart() {
        let said = played(&[
            "7 . opened there:1",
            "7 > \"GET\" \"a\"",
            "8 > \"PING\"",
            "7 > \"config\" \"set\" \"requirepass\" ***",
            "7 < \"$1\\r\"",
            "8 < \"+PONG\\r\\n\"",
            "7 < \"\\nx\\r\\n>1\\r\\n+hi\\r\\n+O\"",
            "7 < \"K\\r\\n\"",
        ]);
        assert_eq!(
            said,
            [
                "7 opened to there:1",
                "7 > (1) \"GET\" \"a\"",
                "8 > (1) \"PING\"",
                "7 > (2) \"config\" \"set\" \"requirepass\" ***",
                "8 < PING (1): PONG",
                "7 < GET (1): \"x\"",
                "7 < push: 1) hi",
                "7 < CONFIG SET (2): OK",
            ]
        );
    }

    #[test]
    fn what_broke_a_connection_breaks_it_again() {
        let said = played(&["7 > \"PING\"", "7 < \"+PONG\\r\\n@!\\r\\n\"", "7 < \"+OK\\r\\n\""]);
        assert!(
            said[2].starts_with("7 ! protocol broken: ") && said[2].contains("\"@!"),
            "{said:?}"
        );
        assert_eq!(said[3], "7 < 5 bytes after the end");
        let said = played(&["7 < \"+OK\\r\\n\""]);
        assert_eq!(said, ["7 ! a reply arrived that no command asked for: OK"]);
    }

    #[test]
    fn what_was_not_answered_is_named_at_the_end() {
        let said =
            played(&["7 > \"PING\"", "7 > \"GET\" \"a\"", "7 < \"+PONG\\r\\n$5\"", "7 . closed"]);
        assert_eq!(said[3], "7 closed; unanswered: GET (2); 2 bytes of half a reply");
    }

    #[test]
    fn after_a_subscription_what_comes_is_no_commands_reply() {
        let said =
            played(&["7 > \"PING\"", "7 > \"SUBSCRIBE\" \"c\"", "7 < \"+PONG\\r\\n*0\\r\\n\""]);
        assert_eq!(said[2..], ["7 < PING (1): PONG", "7 < push: (empty array)"]);
    }
}
