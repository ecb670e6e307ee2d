//! One connection's part of a capture: bytes in, lines out.

use super::{HEADER, Onlooker, Sink};
use crate::command::secrets;
use crate::event::ConnectionId;
use crate::reply::{Quoted, Reply};
use crate::resp::{Framer, Kind, Limits};
use std::fmt::{self, Display, Write as _};
use std::sync::Arc;
use std::time::Duration;

/// Writes down what goes over one connection.
///
/// Times are since 1970.
pub struct Tap {
    connection: ConnectionId,
    sink: Arc<dyn Sink>,
    framer: Framer,
    /// Of a command that has not gone out whole.
    pending: Vec<u8>,
    /// What went out was no command: what follows cannot be told apart.
    raw: bool,
    ended: bool,
}

impl Tap {
    /// The tap of a connection that was just opened to `endpoint`.
    pub fn new(
        connection: ConnectionId,
        sink: &Arc<dyn Sink>,
        at: Duration,
        endpoint: impl Display,
    ) -> Self {
        let (sink, framer) = (Arc::clone(sink), Framer::new(Limits::default()));
        let tap = Self { connection, sink, framer, pending: Vec::new(), raw: false, ended: false };
        tap.line(at, '.', format_args!("opened {endpoint}"));
        tap
    }

    #[inline]
    fn uncommon(&self, at: Duration, length: usize) {
        self.line(at, '?', format_args!("{length} bytes that are no command"));
    }

    fn line(&self, at: Duration, sign: char, what: impl Display) {
        let (seconds, micros) = (at.as_secs(), at.subsec_micros());
        let mut line = String::new();
        // a text takes whatever is written
        let _ = writeln!(line, "{seconds}.{micros:06} {} {sign} {what}", self.connection);
        self.sink.take(line.as_bytes());
    }
}

impl Onlooker for Tap {
    #[inline]
    fn sent(&mut self, at: Duration, bytes: &[u8]) {
        if bytes.is_empty() || !self.sink.is_open() {
            // a command that began before is not to be taken up in its middle
            self.raw |= !bytes.is_empty();
            return;
        }
        if self.raw {
            return self.uncommon(at, bytes.len());
        }
        self.pending.extend_from_slice(bytes);
        let mut start = 0;
        while let Some(rest) = self.pending.get(start..).filter(|rest| !rest.is_empty()) {
            match self.framer.frame(rest) {
                Ok(Some(framed)) => {
                    let bytes = rest.get(..framed.length).unwrap_or_default();
                    let reply = Reply::new(bytes, None, framed.tape.nodes());
                    match words(reply) {
                        Some(words) => self.line(at, '>', Shown(&words)),
                        None => self.uncommon(at, framed.length),
                    }
                    start += framed.length;
                }
                Ok(None) => break,
                Err(_) => {
                    self.raw = true;
                    self.uncommon(at, rest.len());
                    self.pending = Vec::new();
                    return;
                }
            }
        }
        self.pending.drain(..start);
    }

    #[inline]
    fn received(&mut self, at: Duration, bytes: &[u8]) {
        if !bytes.is_empty() && self.sink.is_open() {
            self.line(at, '<', Quoted(bytes));
        }
    }

    #[inline]
    fn closed(&mut self, at: Duration) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        if !self.pending.is_empty() {
            self.uncommon(at, self.pending.len());
        }
        self.line(at, '.', "closed");
    }
}

impl fmt::Debug for Tap {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tap").field("connection", &self.connection).finish_non_exhaustive()
    }
}

/// The words of a request: an array of strings.
#[inline]
fn words(request: Reply<'_>) -> Option<Vec<&[u8]>> {
    let is_command = request.kind() == Kind::Array;
    let items = request.items().ok().filter(|items| is_command && items.len() > 0)?;
    items.map(|item| (item.kind() == Kind::BulkString).then(|| item.raw())).collect()
}

/// The words of a command, the secret ones struck out.
struct Shown<'w>(&'w [&'w [u8]]);

impl Display for Shown<'_> {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (word, secret)) in self.0.iter().zip(secrets(self.0)).enumerate() {
            let space = if at > 0 { " " } else { "" };
            match secret {
                true => write!(f, "{space}***")?,
                false => write!(f, "{space}{}", Quoted(word))?,
            }
        }
        Ok(())
    }
}

/// Only that a sink begins with it.
const _: () = assert!(HEADER.len() == 16);

#[cfg(test)]
mod tests {
    use super::super::{Record, RecordKind};
    use super::*;
    use std::sync::Mutex;

    #[derive(Default)]
    struct Lines(Mutex<Vec<u8>>);

    impl Sink for Lines {
        fn take(&self, lines: &[u8]) {
            self.0.lock().unwrap().extend_from_slice(lines);
        }
    }

    /// What is written down of these bytes, cut into pieces of so many.
    fn captured(sent: &[u8], step: usize) -> String {
        let lines = Arc::new(Lines::default());
        let sink: Arc<dyn Sink> = lines.clone();
        let mut tap = Tap::new(ConnectionId::new(7), &sink, Duration::new(12, 3000), "there:1");
        sent.chunks(step).for_each(|piece| tap.sent(Duration::ZERO, piece));
        tap.closed(Duration::ZERO);
        tap.closed(Duration::ZERO);
        String::from_utf8(lines.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn commands_are_written_down_whole_however_they_are_cut_and_without_secrets() {
        let sent =
            b"*2\r\n$4\r\nAUTH\r\n$2\r\npw\r\n*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$2\r\n\x00\"\r\n";
        for step in 1..=sent.len() {
            assert_eq!(
                captured(sent, step),
                "12.000003 7 . opened there:1\n\
                 0.000000 7 > \"AUTH\" ***\n\
                 0.000000 7 > \"SET\" \"k\" \"\\x00\\\"\"\n\
                 0.000000 7 . closed\n"
            );
        }
    }

    #[test]
    fn what_is_no_command_is_counted_and_not_shown() {
        for sent in [&b"AUTH pw\r\nPING\r\n"[..], b"*1\r\n:7\r\n", b"*2\r\n$4\r\nAUTH\r\n$9\r\npw"]
        {
            let told = captured(sent, sent.len());
            assert!(told.contains(" ? ") && !told.contains("pw") && !told.contains('>'), "{told}");
        }
        // what follows may be the rest of anything
        assert!(!captured(b"@\r\n*1\r\n$2\r\npw\r\n", 3).contains("pw"));
    }

    #[test]
    fn what_was_written_down_is_read_back() {
        let lines = Arc::new(Lines::default());
        let sink: Arc<dyn Sink> = lines.clone();
        let mut tap = Tap::new(ConnectionId::new(7), &sink, Duration::new(12, 3000), "there:1");
        tap.sent(Duration::ZERO, b"*2\r\n$4\r\nAUTH\r\n$2\r\npw\r\n");
        tap.received(Duration::new(1, 0), b"+O\xff\r\n");
        tap.closed(Duration::ZERO);
        let text = lines.0.lock().unwrap().clone();
        let records: Vec<_> = text
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| Record::parse(line).unwrap())
            .collect();
        let kinds: Vec<_> = records.iter().map(|record| &record.kind).collect();
        assert_eq!(
            kinds,
            [
                &RecordKind::Opened("there:1".into()),
                &RecordKind::Command(vec![Some(b"AUTH".to_vec()), None]),
                &RecordKind::Received(b"+O\xff\r\n".to_vec()),
                &RecordKind::Closed,
            ]
        );
        assert_eq!((records[0].at, records[0].connection.get()), (Duration::new(12, 3000), 7));
        for wrong in ["", "x", "1 7 > \"A\"", "1.0 7 > \"A\"", "1.000000 7 > \"A", "1.000000 7 ~ x"]
        {
            assert!(Record::parse(wrong.as_bytes()).is_err(), "{wrong:?}");
        }
    }
}
