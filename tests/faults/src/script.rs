//! The language in which faults are ordered.
//!
//! ```text
//! script = rule { (";" | line end) rule }                    "#" begins a comment
//! rule   = [ "connection" range ] way [ when ] what
//! way    = "in" (client to server) | "out" (server to client)
//! when   = ("after" | "every") range [ "bytes" | "frames" ]   default: at once; bytes
//! range  = number | number ".." number                        both included; drawn anew each time
//! what   = "delay" time [".." time]      pause                time: 5ms, 200us, 1s
//!        | "drip" [number]               from here on in pieces of so many bytes (1)
//!        | "truncate" range              swallow so many bytes
//!        | "corrupt" [range]             flip a bit in each of so many bytes (1)
//!        | "duplicate"                   send the next frame twice
//!        | "reorder"                     send the next frame after the one that follows it
//!        | "push" [text]                 inject a push between two frames
//!        | "hole"                        swallow everything from here on; the connection stays open
//!        | "half"                        no more in this way, the other goes on
//!        | "close" | "reset"             end the connection, in order or not
//! ```

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

/// What a proxy does to its connections.
///
/// The language stands at the head of this file; [`Script::default`] does nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    rules: Vec<Rule>,
}

/// A word of a script that means nothing, and what was expected in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptError {
    rule: String,
    problem: String,
}

/// In which direction bytes pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// From the client to the server.
    In,
    /// From the server to the client.
    Out,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) connections: RangeInclusive<u64>,
    pub(crate) way: Way,
    pub(crate) when: When,
    pub(crate) what: Fault,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct When {
    pub(crate) distance: RangeInclusive<u64>,
    pub(crate) unit: Unit,
    pub(crate) again: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Bytes,
    Frames,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// In microseconds.
    Delay(RangeInclusive<u64>),
    Drip(usize),
    Truncate(RangeInclusive<u64>),
    Corrupt(RangeInclusive<u64>),
    Duplicate,
    Reorder,
    Push(Vec<u8>),
    Hole,
    Half,
    Close,
    Reset,
}

/// What a push says unless the script says otherwise.
const NEWS: &[u8] = b">2\r\n+news\r\n:1\r\n";

impl Script {
    /// The same script, with bytes counted from a later one on: what opens every connection, such as the
    /// greeting of TLS, is left alone by what is due only after some bytes.
    #[must_use]
    pub fn later(mut self, bytes_in: u64, bytes_out: u64) -> Self {
        for rule in &mut self.rules {
            let by = if rule.way == Way::In { bytes_in } else { bytes_out };
            let When { distance, unit, again } = &mut rule.when;
            if *unit == Unit::Bytes && !*again && *distance.start() > 0 {
                *distance = distance.start() + by..=distance.end() + by;
            }
        }
        self
    }

    /// The rules for one way of one connection, by its number from 1.
    pub(crate) fn rules_for(&self, connection: u64, way: Way) -> Vec<Rule> {
        let concerns = |rule: &&Rule| rule.way == way && rule.connections.contains(&connection);
        self.rules.iter().filter(concerns).cloned().collect()
    }
}

impl FromStr for Script {
    type Err = ScriptError;

    fn from_str(text: &str) -> Result<Self, ScriptError> {
        let mut rules = Vec::new();
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or_default();
            for rule in line.split(';').map(str::trim).filter(|rule| !rule.is_empty()) {
                let mut words = Words { rest: rule };
                let parsed = words.rule().and_then(|parsed| words.end().map(|()| parsed));
                let error = |problem| ScriptError { rule: rule.to_owned(), problem };
                rules.push(parsed.map_err(error)?);
            }
        }
        Ok(Self { rules })
    }
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.rule, self.problem)
    }
}

impl std::error::Error for ScriptError {}

/// The words of a rule that were not read yet.
struct Words<'a> {
    rest: &'a str,
}

impl<'a> Words<'a> {
    fn rule(&mut self) -> Result<Rule, String> {
        let connections = if self.skip("connection") { self.range(number)? } else { 0..=u64::MAX };
        let way = match self.next() {
            "in" => Way::In,
            "out" => Way::Out,
            other => return Err(format!("`in` or `out` was expected, not `{other}`")),
        };
        let again = self.peek() == "every";
        let when = if again || self.peek() == "after" {
            self.next();
            let distance = self.range(number)?;
            let frames = self.skip("frames") || self.skip("frame");
            let _ = !frames && (self.skip("bytes") || self.skip("byte"));
            When { distance, unit: if frames { Unit::Frames } else { Unit::Bytes }, again }
        } else {
            When { distance: 0..=0, unit: Unit::Bytes, again: false }
        };
        if again && *when.distance.start() == 0 {
            return Err("every 0 is all the time: 1 at least".to_owned());
        }
        Ok(Rule { connections, way, when, what: self.fault()? })
    }

    fn fault(&mut self) -> Result<Fault, String> {
        Ok(match self.next() {
            "delay" => Fault::Delay(self.range(time)?),
            "drip" if self.rest.is_empty() => Fault::Drip(1),
            "drip" => {
                let size = *self.range(number)?.start();
                Fault::Drip(usize::try_from(size).unwrap_or(usize::MAX).max(1))
            }
            "truncate" => Fault::Truncate(self.range(number)?),
            "corrupt" if self.rest.is_empty() => Fault::Corrupt(1..=1),
            "corrupt" => Fault::Corrupt(self.range(number)?),
            "duplicate" => Fault::Duplicate,
            "reorder" => Fault::Reorder,
            "push" if self.rest.is_empty() => Fault::Push(NEWS.to_vec()),
            "push" => Fault::Push(unescape(std::mem::take(&mut self.rest))),
            "hole" => Fault::Hole,
            "half" => Fault::Half,
            "close" => Fault::Close,
            "reset" => Fault::Reset,
            other => return Err(format!("no fault is called `{other}`")),
        })
    }

    fn range(&mut self, read: impl Fn(&str) -> Option<u64>) -> Result<RangeInclusive<u64>, String> {
        let word = self.next();
        let (from, until) = word.split_once("..").unwrap_or((word, word));
        match (read(from), read(until)) {
            (Some(from), Some(until)) if from <= until => Ok(from..=until),
            _ => Err(format!("`{word}` is no number, time or range in its place")),
        }
    }

    fn peek(&self) -> &'a str {
        self.rest.split_whitespace().next().unwrap_or_default()
    }

    fn next(&mut self) -> &'a str {
        let word = self.peek();
        self.rest = self.rest.trim_start().get(word.len()..).unwrap_or_default().trim_start();
        word
    }

    fn skip(&mut self, word: &str) -> bool {
        let is_it = self.peek() == word;
        if is_it {
            self.next();
        }
        is_it
    }

    fn end(&self) -> Result<(), String> {
        if self.rest.is_empty() { Ok(()) } else { Err(format!("`{}` is too much", self.rest)) }
    }
}

fn number(text: &str) -> Option<u64> {
    text.parse().ok()
}

/// A time in microseconds.
fn time(text: &str) -> Option<u64> {
    let unit = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(unit);
    let number: u64 = number.parse().ok()?;
    let time = match unit {
        "us" => Duration::from_micros(number),
        "ms" => Duration::from_millis(number),
        "s" => Duration::from_secs(number),
        _ => return None,
    };
    u64::try_from(time.as_micros()).ok()
}

/// `\r`, `\n` and `\\` as everybody writes them.
fn unescape(text: &str) -> Vec<u8> {
    text.replace("\\r", "\r").replace("\\n", "\n").replace("\\\\", "\\").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::{Fault, Rule, Script, Unit, Way, When};

    fn rule(text: &str) -> Rule {
        let script: Script = text.parse().unwrap_or_else(|error| panic!("{error}"));
        script.rules.into_iter().next().expect("one rule")
    }

    #[test]
    fn a_rule_says_where_when_and_what() {
        let read = rule("connection 2..3 out every 20..80 frames reset");
        let when = When { distance: 20..=80, unit: Unit::Frames, again: true };
        let way = Way::Out;
        assert_eq!(read, Rule { connections: 2..=3, way, when, what: Fault::Reset });
        let read = rule("in drip");
        let when = When { distance: 0..=0, unit: Unit::Bytes, again: false };
        assert_eq!(
            read,
            Rule { connections: 0..=u64::MAX, way: Way::In, when, what: Fault::Drip(1) }
        );
    }

    #[test]
    fn every_fault_has_its_word() {
        for (text, fault) in [
            ("delay 5ms..1s", Fault::Delay(5_000..=1_000_000)),
            ("drip 7", Fault::Drip(7)),
            ("truncate 3", Fault::Truncate(3..=3)),
            ("corrupt 1..4", Fault::Corrupt(1..=4)),
            ("corrupt", Fault::Corrupt(1..=1)),
            ("duplicate", Fault::Duplicate),
            ("reorder", Fault::Reorder),
            ("push", Fault::Push(b">2\r\n+news\r\n:1\r\n".to_vec())),
            ("push >1\\r\\n+x\\r\\n", Fault::Push(b">1\r\n+x\r\n".to_vec())),
            ("hole", Fault::Hole),
            ("half", Fault::Half),
            ("close", Fault::Close),
            ("reset", Fault::Reset),
        ] {
            assert_eq!(rule(&format!("out after 9 {text}")).what, fault, "{text}");
        }
    }

    #[test]
    fn a_script_has_rules_by_line_or_semicolon_and_comments() {
        let script: Script = "in drip; out after 1 byte close # ends it\n\n# nothing\nout push"
            .parse()
            .expect("it is right");
        assert_eq!(script.rules.len(), 3);
        assert_eq!(script.rules_for(1, Way::Out).len(), 2);
        assert_eq!("".parse(), Ok(Script::default()));
    }

    #[test]
    fn what_is_due_after_some_bytes_may_be_due_later() {
        let later = |text: &str| text.parse().map(|script: Script| script.later(10, 100));
        for (text, same) in [
            ("in after 1..5 reset", "in after 11..15 reset"),
            ("out after 5 close", "out after 105 close"),
            ("out drip; out after 2 frames hole", "out drip; out after 2 frames hole"),
            ("in every 5 bytes delay 1ms", "in every 5 bytes delay 1ms"),
        ] {
            assert_eq!(later(text), same.parse(), "{text}");
        }
    }

    #[test]
    fn what_means_nothing_is_named() {
        for (text, named) in [
            ("up drip", "`up`"),
            ("in explode", "`explode`"),
            ("in after x close", "`x`"),
            ("in after 5..2 close", "`5..2`"),
            ("in delay 5", "`5`"),
            ("in close now", "`now`"),
            ("in every 0 bytes reset", "every 0"),
        ] {
            let error = text.parse::<Script>().expect_err(text).to_string();
            assert!(error.contains(named) && error.contains(text), "{error}");
        }
    }
}
