//! Keyspace notifications: patterns to subscribe to, and the server's setting that makes it send them.
//!
//! This decides how a pattern is written and whether a setting suffices for it. It does not ask the server.

use super::KeyEventKind;
use crate::command::{Command, ToArg, ToArgs};
use crate::error::{Error, ErrorKind, Result};
use std::fmt;

/// The databases whose notifications are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EventDatabase {
    /// The database of this number.
    Number(u32),
    /// All of them.
    Any,
}

/// A pattern for keyspace notifications, to be given to `psubscribe`.
///
/// What is meant literally is escaped, so that a key with a `*` in it is that key. A notification comes once
/// for its key (`__keyspace@0__:key`, where the event is the payload) and once for its event
/// (`__keyevent@0__:event`, where the key is): each pattern is about one of the two, and
/// [`KeyEvent::read`](super::KeyEvent::read) reads both.
///
/// # Example
///
/// ```
/// use redis_sync::{EventDatabase, KeyEventKind, KeyspacePattern};
///
/// let database = EventDatabase::Number(0);
/// let key = KeyspacePattern::of_key(database, "what[ever]*");
/// assert_eq!(key.to_string(), r"__keyspace@0__:what\[ever\]\*");
/// let keys = KeyspacePattern::of_keys(database, "user:*");
/// assert_eq!(keys.to_string(), "__keyspace@0__:user:*");
/// let event = KeyspacePattern::of_event(EventDatabase::Any, &KeyEventKind::Expired);
/// assert_eq!(event.to_string(), "__keyevent@*__:expired");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KeyspacePattern {
    pattern: Vec<u8>,
    needs: KeyspaceFlags,
}

impl KeyspacePattern {
    /// All that happens to a key.
    #[must_use]
    pub fn of_key(database: EventDatabase, key: impl AsRef<[u8]>) -> Self {
        let mut pattern = begin("__keyspace@", database);
        escape(key.as_ref(), &mut pattern);
        Self { pattern, needs: KeyspaceFlags::KEYSPACE }
    }

    /// All that happens to keys that match a pattern of yours: `user:*`.
    #[must_use]
    pub fn of_keys(database: EventDatabase, pattern: impl AsRef<[u8]>) -> Self {
        let mut whole = begin("__keyspace@", database);
        whole.extend_from_slice(pattern.as_ref());
        Self { pattern: whole, needs: KeyspaceFlags::KEYSPACE }
    }

    /// All that happens to all keys.
    #[must_use]
    #[inline]
    pub fn of_all_keys(database: EventDatabase) -> Self {
        Self::of_keys(database, "*")
    }

    /// An event, whatever key it happens to.
    #[must_use]
    #[inline]
    pub fn of_event(database: EventDatabase, event: &KeyEventKind) -> Self {
        let mut pattern = begin("__keyevent@", database);
        escape(event.as_bytes(), &mut pattern);
        let class = event.class().and_then(KeyspaceFlags::of_letter).unwrap_or_default();
        Self { pattern, needs: KeyspaceFlags::KEYEVENT | class }
    }

    /// All events, whatever keys they happen to.
    #[must_use]
    #[inline]
    pub fn of_all_events(database: EventDatabase) -> Self {
        let mut pattern = begin("__keyevent@", database);
        pattern.push(b'*');
        Self { pattern, needs: KeyspaceFlags::KEYEVENT }
    }

    /// What the server's setting must hold at least for such notifications to be sent. Which events are
    /// meant is not known of a key, nor of an event of a module: then it is one of the two letters alone, and
    /// the classes of what you wait for go with it.
    #[inline]
    pub fn needs(&self) -> KeyspaceFlags {
        self.needs
    }

    /// The pattern as it is sent.
    #[must_use]
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        &self.pattern
    }
}

impl ToArg for KeyspacePattern {
    #[inline]
    fn to_arg<'a>(&'a self, command: &mut Command<'a>) {
        command.push_borrowed(&self.pattern);
    }
}

impl ToArgs for KeyspacePattern {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        self.to_arg(command);
    }
}

impl AsRef<[u8]> for KeyspacePattern {
    #[inline]
    fn as_ref(&self) -> &[u8] {
        &self.pattern
    }
}

impl fmt::Display for KeyspacePattern {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&String::from_utf8_lossy(&self.pattern))
    }
}

#[inline]
fn begin(prefix: &str, database: EventDatabase) -> Vec<u8> {
    match database {
        EventDatabase::Number(number) => format!("{prefix}{number}__:").into_bytes(),
        EventDatabase::Any => format!("{prefix}*__:").into_bytes(),
    }
}

/// Writes what is meant literally where a pattern is read.
#[inline]
fn escape(literal: &[u8], out: &mut Vec<u8>) {
    for &byte in literal {
        if matches!(byte, b'*' | b'?' | b'[' | b']' | b'\\' | b'^' | b'-') {
            out.push(b'\\');
        }
        out.push(byte);
    }
}

/// What the setting `notify-keyspace-events` turns on.
///
/// Nothing is sent without one of [`KEYSPACE`](Self::KEYSPACE) and [`KEYEVENT`](Self::KEYEVENT), and one
/// class of events at least.
///
/// # Example
///
/// ```
/// use redis_sync::KeyspaceFlags;
///
/// let flags = KeyspaceFlags::KEYEVENT | KeyspaceFlags::EXPIRED;
/// assert_eq!(flags.to_string(), "Ex");
/// assert!("KEA".parse::<KeyspaceFlags>()?.contains(flags));
/// # Ok::<(), redis_sync::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[must_use]
pub struct KeyspaceFlags(u32);

macro_rules! flags {
    ($($(#[$doc:meta])* $name:ident $letter:literal $bit:literal,)*) => {
        impl KeyspaceFlags {
            $($(#[$doc])* pub const $name: Self = Self(1 << $bit);)*

            const LETTERS: &'static [(char, Self)] = &[$(($letter, Self::$name)),*];
        }
    };
}

flags! {
    /// `g`: commands of no type: `DEL`, `EXPIRE`, `RENAME`.
    GENERIC 'g' 0,
    /// `$`: strings.
    STRINGS '$' 1,
    /// `l`: lists.
    LISTS 'l' 2,
    /// `s`: sets.
    SETS 's' 3,
    /// `h`: hashes.
    HASHES 'h' 4,
    /// `z`: sorted sets.
    SORTED_SETS 'z' 5,
    /// `x`: keys whose time was over.
    EXPIRED 'x' 6,
    /// `e`: keys that made room for others.
    EVICTED 'e' 7,
    /// `t`: streams.
    STREAMS 't' 8,
    /// `d`: types of modules.
    MODULES 'd' 9,
    /// `m`: keys that were asked for and not there. Not part of [`ALL`](Self::ALL).
    MISSES 'm' 10,
    /// `n`: keys that are new. Not part of [`ALL`](Self::ALL).
    NEW 'n' 11,
    /// `o`: values that were replaced; since Redis 8.2. Not part of [`ALL`](Self::ALL).
    OVERWRITTEN 'o' 12,
    /// `c`: values that were replaced by one of another type; since Redis 8.2. Not part of
    /// [`ALL`](Self::ALL).
    TYPE_CHANGED 'c' 13,
    /// `K`: notifications on the key's channel.
    KEYSPACE 'K' 14,
    /// `E`: notifications on the event's channel.
    KEYEVENT 'E' 15,
}

/// Whether a server's setting is enough.
#[derive(Clone, Debug)]
pub enum Sufficiency {
    /// It is.
    Enough,
    /// It is not, or does not tell; these values make it so, the first that the server takes. Nothing that
    /// is on is turned off.
    Lacking {
        /// What is to be set.
        set: Vec<String>,
        /// What to say if it may not be set.
        error: Error,
    },
}

impl KeyspaceFlags {
    /// Nothing.
    pub const NONE: Self = Self(0);
    /// `A`: all classes of events but those that say otherwise.
    pub const ALL: Self = Self(0x3ff);
    /// What a server does not tell where it says `A`.
    const UNTOLD: Self = Self(Self::NEW.0 | Self::OVERWRITTEN.0 | Self::TYPE_CHANGED.0);

    /// Whether all of `other` is on.
    #[must_use]
    #[inline]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether nothing is on.
    #[must_use]
    #[inline]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    #[inline]
    const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether a server whose setting is `current` sends what is asked for here.
    ///
    /// A server that says `A` does not say whether `n`, `o` and `c` are on, so that these count as missing, and
    /// are written too where something else is added: turned off by it they must not be.
    ///
    /// # Errors
    ///
    /// What is asked for would send nothing; what the server says is no setting.
    #[inline]
    pub fn check(self, current: &str) -> Result<Sufficiency> {
        let channels = Self::KEYSPACE | Self::KEYEVENT;
        if self.without(channels) == self || self.without(channels).is_empty() {
            return Err(Error::argument(format!(
                "`{self}` sends nothing: it takes one of `K` and `E`, and a class of events"
            )));
        }
        let has: Self = current.parse()?;
        let told = has.contains(Self::ALL);
        if has.contains(self) {
            return Ok(Sufficiency::Enough);
        }
        let wanted = has | self;
        let mut set = Vec::new();
        if told {
            set.push((wanted | Self::UNTOLD).to_string());
            set.push((wanted | Self::NEW).to_string());
        }
        set.push(wanted.to_string());
        set.dedup();
        let missing = self.without(has);
        let error = Error::new(
            ErrorKind::Misuse,
            format!(
                "the server's `notify-keyspace-events` is `{current}`, which lacks `{missing}`: set it by \
                 `CONFIG SET`, or let `add_keyspace_events` do it"
            ),
        );
        Ok(Sufficiency::Lacking { set, error })
    }

    #[inline]
    fn of_letter(letter: char) -> Option<Self> {
        if letter == 'A' {
            return Some(Self::ALL);
        }
        Self::LETTERS.iter().find(|(found, _)| *found == letter).map(|(_, flag)| *flag)
    }
}

impl std::ops::BitOr for KeyspaceFlags {
    type Output = Self;

    #[inline]
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl std::str::FromStr for KeyspaceFlags {
    type Err = Error;

    #[inline]
    fn from_str(text: &str) -> Result<Self> {
        let mut flags = Self::NONE;
        for letter in text.chars() {
            // a letter that a later server has is kept out of what is written back, and that must be said
            let flag = Self::of_letter(letter).ok_or_else(|| {
                Error::argument(format!("`{letter}` is no letter of `notify-keyspace-events`"))
            })?;
            flags = flags | flag;
        }
        Ok(flags)
    }
}

impl fmt::Display for KeyspaceFlags {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        let mut rest = *self;
        for (letter, flag) in Self::LETTERS.iter().rev().take(2).rev() {
            if self.contains(*flag) {
                f.write_char(*letter)?;
                rest = rest.without(*flag);
            }
        }
        if rest.contains(Self::ALL) {
            f.write_char('A')?;
            rest = rest.without(Self::ALL);
        }
        for (letter, flag) in Self::LETTERS {
            if rest.contains(*flag) {
                f.write_char(*letter)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(text: &str) -> KeyspaceFlags {
        text.parse().unwrap()
    }

    /// What is to be set, and what is said if it may not be.
    fn lacking(wanted: &str, current: &str) -> (Vec<String>, String) {
        match flags(wanted).check(current).unwrap() {
            Sufficiency::Lacking { set, error } => (set, error.to_string()),
            Sufficiency::Enough => panic!("`{current}` is enough for `{wanted}`"),
        }
    }

    #[test]
    fn flags_are_read_in_any_order_and_written_as_servers_do() {
        assert_eq!(flags("xKgE").to_string(), "KEgx");
        assert_eq!(flags("AKEm").to_string(), "KEAm");
        assert_eq!(flags("g$lshzxetdK").to_string(), "KA");
        assert_eq!(flags("").to_string(), "");
        let unknown = "Ky".parse::<KeyspaceFlags>().unwrap_err();
        assert_eq!(unknown.to_string(), "`y` is no letter of `notify-keyspace-events`");
    }

    #[test]
    fn a_setting_that_suffices_is_left_alone() {
        for (wanted, current) in [("Ex", "AKE"), ("Km", "AKEm"), ("Kn", "g$nK")] {
            let checked = flags(wanted).check(current).unwrap();
            assert!(matches!(checked, Sufficiency::Enough), "`{wanted}` of `{current}`");
        }
    }

    #[test]
    fn what_is_missing_is_added_and_nothing_is_turned_off() {
        let (set, error) = lacking("Ex", "Kg");
        assert_eq!(set, ["KEgx"]);
        assert!(error.contains("is `Kg`, which lacks `Ex`"), "{error}");
        assert_eq!(lacking("Ex", "").0, ["Ex"]);
    }

    #[test]
    fn what_a_server_does_not_tell_beside_a_is_not_turned_off_either() {
        assert_eq!(lacking("Ex", "AK").0, ["KEAnoc", "KEAn", "KEA"]);
        assert_eq!(lacking("Kn", "AK").0, ["KAnoc", "KAn"]);
    }

    #[test]
    fn what_would_send_nothing_is_refused() {
        for nothing in ["", "K", "gx"] {
            let error = flags(nothing).check("AKE").unwrap_err();
            assert!(error.to_string().contains("sends nothing"), "{nothing}: {error}");
        }
    }

    #[test]
    fn what_is_meant_literally_matches_itself_alone() {
        let any = EventDatabase::Any;
        let pattern = KeyspacePattern::of_key(any, r"a*b?[c-d]^\");
        assert_eq!(pattern.to_string(), r"__keyspace@*__:a\*b\?\[c\-d\]\^\\");
        let event = KeyspacePattern::of_event(any, &KeyEventKind::Other("json.*".into()));
        assert_eq!(event.to_string(), r"__keyevent@*__:json.\*");
        assert_eq!(event.needs().to_string(), "E");
        let expired = KeyspacePattern::of_event(any, &KeyEventKind::Expired);
        assert_eq!(expired.needs().to_string(), "Ex");
    }
}
