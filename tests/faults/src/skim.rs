//! Where one frame of RESP ends and the next begins, commands and replies alike. Knows no more of
//! the protocol than that, and takes what is no RESP for one frame without an end. What begins as TLS
//! does is cut into its records.

/// How far a stream of frames has come.
#[derive(Clone, Debug)]
pub(crate) struct Skimmer {
    state: State,
    /// How many values are still to come on each level; none within a streamed aggregate.
    levels: Vec<Option<u64>>,
}

#[derive(Clone, Debug)]
enum State {
    /// A value begins.
    Kind,
    /// The line of a value of this kind, as far as it has come.
    Line(u8, Vec<u8>),
    /// So many bytes of a string are still to come, its line end included.
    Body(u64),
    /// This is TLS: the head of a record, as far as it has come, and how much of its body is still to come.
    Record { head: Vec<u8>, left: usize },
    /// This is no RESP.
    Lost,
}

/// How every TLS connection begins: a record that holds a handshake. No value of RESP has this kind.
const HANDSHAKE: u8 = 22;
/// Kind, version and length.
const RECORD_HEAD: usize = 5;

impl Skimmer {
    pub(crate) fn new() -> Self {
        Self { state: State::Kind, levels: Vec::new() }
    }

    /// Whether a frame ends with this byte.
    pub(crate) fn ends_with(&mut self, byte: u8) -> bool {
        match &mut self.state {
            State::Kind if byte == HANDSHAKE => {
                self.state = State::Record { head: vec![byte], left: 0 };
                false
            }
            State::Kind => {
                self.state = State::Line(byte, Vec::new());
                false
            }
            State::Line(kind, line) if byte == b'\n' => {
                let (kind, line) = (*kind, std::mem::take(line));
                self.line(kind, line.strip_suffix(b"\r").unwrap_or(&line))
            }
            State::Line(_, line) => {
                line.push(byte);
                false
            }
            State::Body(left) => {
                *left -= 1;
                *left == 0 && self.value()
            }
            State::Record { head, left } => record_ends_with(byte, head, left),
            State::Lost => false,
        }
    }

    /// Whether the next byte is the first of a frame.
    pub(crate) fn is_between(&self) -> bool {
        match &self.state {
            State::Kind => self.levels.is_empty(),
            State::Record { head, .. } => head.is_empty(),
            _ => false,
        }
    }

    fn line(&mut self, kind: u8, line: &[u8]) -> bool {
        let number = || std::str::from_utf8(line).ok().and_then(|text| text.parse::<i64>().ok());
        match kind {
            b'+' | b'-' | b':' | b'_' | b'#' | b',' | b'(' => self.value(),
            b'.' => {
                // the end of a streamed aggregate
                self.levels.pop();
                self.value()
            }
            b'$' | b'=' | b'!' if line == b"?" => self.open(None),
            b';' if line == b"0" => {
                self.levels.pop();
                self.value()
            }
            b'$' | b'=' | b'!' | b';' => match number() {
                Some(length @ 0..) => {
                    self.state = State::Body(length.unsigned_abs() + 2);
                    false
                }
                _ => self.value(),
            },
            b'*' | b'~' | b'>' | b'%' | b'|' if line == b"?" => self.open(None),
            b'*' | b'~' | b'>' => self.aggregate(number(), 1, 0),
            b'%' => self.aggregate(number(), 2, 0),
            // attributes, and the value that they belong to
            b'|' => self.aggregate(number(), 2, 1),
            _ => {
                self.state = State::Lost;
                false
            }
        }
    }

    fn aggregate(&mut self, count: Option<i64>, times: u64, besides: u64) -> bool {
        match count {
            Some(count @ 0..) => {
                let values = count.unsigned_abs().saturating_mul(times) + besides;
                if values == 0 { self.value() } else { self.open(Some(values)) }
            }
            _ => self.value(),
        }
    }

    fn open(&mut self, values: Option<u64>) -> bool {
        self.levels.push(values);
        self.state = State::Kind;
        false
    }

    /// A value has come whole; whether it was the last of its frame.
    fn value(&mut self) -> bool {
        self.state = State::Kind;
        while let Some(level) = self.levels.last_mut() {
            let Some(left) = level else { return false };
            *left -= 1;
            if *left > 0 {
                return false;
            }
            self.levels.pop();
        }
        true
    }
}

/// Whether a record of TLS ends with this byte.
fn record_ends_with(byte: u8, head: &mut Vec<u8>, left: &mut usize) -> bool {
    if head.len() < RECORD_HEAD {
        head.push(byte);
        if let [_, _, _, high, low] = head[..] {
            *left = usize::from(high) << 8 | usize::from(low);
        }
    } else {
        *left -= 1;
    }
    let ends = head.len() == RECORD_HEAD && *left == 0;
    if ends {
        head.clear();
    }
    ends
}

#[cfg(test)]
mod tests {
    use super::Skimmer;

    fn frames(bytes: &str) -> usize {
        let mut skimmer = Skimmer::new();
        let ends = bytes.bytes().filter(|&byte| skimmer.ends_with(byte)).count();
        assert!(skimmer.is_between(), "{bytes:?} ends within a frame");
        ends
    }

    #[test]
    fn frames_end_where_their_values_do() {
        for frame in [
            "+OK\r\n",
            "-ERR no\r\n",
            "$3\r\na\r\n\r\n",
            "$-1\r\n",
            "$0\r\n\r\n",
            "*0\r\n",
            "*-1\r\n",
            "*2\r\n$1\r\na\r\n*1\r\n:1\r\n",
            "%1\r\n+k\r\n*2\r\n_\r\n#t\r\n",
            ">2\r\n+news\r\n:1\r\n",
            "|1\r\n+k\r\n:1\r\n$1\r\nv\r\n",
            "$?\r\n;3\r\nabc\r\n;0\r\n",
            "*?\r\n:1\r\n+a\r\n.\r\n",
        ] {
            assert_eq!(frames(frame), 1, "{frame:?}");
            assert_eq!(frames(&frame.repeat(3)), 3, "{frame:?}");
        }
    }

    #[test]
    fn tls_is_cut_into_its_records() {
        let mut stream = Vec::new();
        let mut ends = Vec::new();
        for (kind, length) in [(22, 3), (20, 1), (23, 300), (21, 0), (23, 2)] {
            stream.extend([kind, 3, 3]);
            stream.extend(u16::to_be_bytes(length));
            stream.extend(b"+OK\r\n".iter().cycle().take(usize::from(length)));
            ends.push(stream.len() - 1);
        }
        let mut skimmer = Skimmer::new();
        let found: Vec<_> = (0..stream.len()).filter(|&at| skimmer.ends_with(stream[at])).collect();
        assert_eq!(found, ends);
        assert!(skimmer.is_between());
    }

    #[test]
    fn what_is_no_resp_has_no_end() {
        let mut skimmer = Skimmer::new();
        assert!(!b"HTTP/1.1\r\n+OK\r\n".iter().any(|&byte| skimmer.ends_with(byte)));
    }
}
