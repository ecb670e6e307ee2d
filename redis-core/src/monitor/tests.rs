//! Lines as the server writes them, and lines that it does not write.

use super::*;
use crate::resp::Framer;

/// Xorshift: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// Bytes of all kinds, those that look like a line's own parts among them.
    fn bytes(&mut self) -> Vec<u8> {
        const TELLING: &[u8] = b"\"\\] [ \n\r\t\x07\x08\0x4n\xff";
        (0..self.below(9))
            .map(|_| match self.below(2) {
                0 => TELLING[self.below(TELLING.len())],
                _ => self.next() as u8,
            })
            .collect()
    }
}

/// What the server makes of a string (`sdscatrepr`).
fn escaped(text: &[u8]) -> String {
    let mut out = String::from("\"");
    for &byte in text {
        match byte {
            b'\\' | b'"' => out.extend(['\\', char::from(byte)]),
            b'\n' => out += "\\n",
            b'\r' => out += "\\r",
            b'\t' => out += "\\t",
            0x07 => out += "\\a",
            0x08 => out += "\\b",
            b' '..=b'~' => out.push(char::from(byte)),
            _ => out += &format!("\\x{byte:02x}"),
        }
    }
    out + "\""
}

fn written(event: &MonitorEvent) -> Vec<u8> {
    let since = event.time.duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let time = format!("{}.{:06}", since.as_secs(), since.subsec_micros());
    let client = match &event.client {
        MonitorClient::Tcp(address) => address.to_string(),
        MonitorClient::Unix(path) => format!("unix:{}", path.display()),
        MonitorClient::Lua => "lua".to_owned(),
        MonitorClient::Other(text) => text.clone(),
    };
    let words = std::iter::once(&event.command).chain(&event.arguments);
    let words: Vec<String> = words.map(|word| escaped(word.as_bytes())).collect();
    format!("+{time} [{} {client}] {}\r\n", event.database, words.join(" ")).into_bytes()
}

fn drawn(random: &mut Random) -> MonitorEvent {
    let clients = [
        MonitorClient::Tcp("127.0.0.1:60866".parse().unwrap()),
        MonitorClient::Tcp("[2001:db8::1]:6379".parse().unwrap()),
        MonitorClient::Unix("/tmp/redis.sock".into()),
        MonitorClient::Unix("/tmp/a] \"b\" [c".into()),
        MonitorClient::Lua,
        MonitorClient::Other("?:0".to_owned()),
    ];
    let micros = random.next() % 4_000_000_000_000_000;
    MonitorEvent {
        time: SystemTime::UNIX_EPOCH + Duration::from_micros(micros),
        database: random.below(20) as u32,
        client: clients[random.below(clients.len())].clone(),
        command: random.bytes().into(),
        arguments: (0..random.below(5)).map(|_| random.bytes().into()).collect(),
    }
}

fn read(wire: &[u8], framer: &mut Framer) -> Option<Result<MonitorEvent>> {
    let framed = framer.frame(wire).unwrap()?;
    assert_eq!(framed.length, wire.len());
    Some(MonitorEvent::from_reply(Reply::new(wire, None, framed.tape.nodes())))
}

#[test]
fn what_the_server_escapes_is_read_back_wherever_the_input_is_split() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for _ in 0..500 {
        let event = drawn(&mut random);
        let wire = written(&event);
        for split in 0..wire.len() {
            let mut framer = Framer::new(MonitorEvent::limits(Limits::default()));
            assert!(read(&wire[..split], &mut framer).is_none());
            let event_read = read(&wire, &mut framer).expect("whole").expect("a line");
            assert_eq!(event_read, event, "{}", wire.escape_ascii());
        }
    }
}

#[test]
fn every_byte_comes_through_byte_by_byte() {
    let every: Vec<u8> = (0..=255).collect();
    let mut event = drawn(&mut Random(7));
    event.arguments =
        vec![every.clone().into(), every.iter().rev().copied().collect::<Vec<_>>().into()];
    let wire = written(&event);
    let mut framer = Framer::default();
    for end in 1..wire.len() {
        assert!(read(&wire[..end], &mut framer).is_none(), "{end}");
    }
    assert_eq!(read(&wire, &mut framer).expect("whole").expect("a line"), event);
}

#[test]
fn a_line_says_when_where_for_whom_and_what() {
    let line = br#"1339518083.000412 [0 lua] "GET" "\"\\\x00\x7F\a\b""#;
    let event = MonitorEvent::parse(line).unwrap();
    let since = event.time.duration_since(SystemTime::UNIX_EPOCH).unwrap();
    assert_eq!(since, Duration::from_micros(1_339_518_083_000_412));
    assert_eq!((event.database, &event.client), (0, &MonitorClient::Lua));
    assert_eq!((event.command.as_bytes(), event.arguments.len()), (&b"GET"[..], 1));
    assert_eq!(event.arguments[0].as_bytes(), b"\"\\\0\x7f\x07\x08");
}

#[test]
fn a_line_that_no_server_writes_breaks_the_protocol_and_is_not_repeated() {
    let lines: [&str; 22] = [
        "",
        "OK",
        "1.000001 [0 lua]",
        "1.000001 [0 lua] ",
        "1.000001 [0 lua] secret",
        "1.000001 [0 lua] \"secret",
        "1.000001 [0 lua] \"secret\" ",
        "1.000001 [0 lua] \"secret\"x",
        "1.000001 [0 lua] \"secret\"  \"b\"",
        "1.000001 [0 lua] \"secret\\\"",
        "1.000001 [0 lua] \"secret\\q\"",
        "1.000001 [0 lua] \"secret\\x4\"",
        "1.000001 [0 lua] \"secret\\x+4\"",
        "1.000001 [0 lua] \"secret\\xgg\"",
        "1.00001 [0 lua] \"secret\"",
        "1 [0 lua] \"secret\"",
        "+1.000001 [0 lua] \"secret\"",
        "99999999999999999999.000001 [0 lua] \"secret\"",
        "1.000001 [-1 lua] \"secret\"",
        "1.000001 [0] \"secret\"",
        "1.000001 0 lua] \"secret\"",
        "[0 lua] \"secret\"",
    ];
    for line in lines {
        let error = MonitorEvent::parse(line.as_bytes()).expect_err(line);
        assert_eq!(error.kind(), ErrorKind::Protocol, "{line}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}

#[test]
fn what_is_no_line_breaks_the_protocol_and_an_error_is_the_servers() {
    for wire in [":1\r\n", "$2\r\nOK\r\n", "*0\r\n", ">1\r\n+x\r\n", "_\r\n", "+OK\r\n"] {
        let error = read(wire.as_bytes(), &mut Framer::default()).expect("whole").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol, "{wire:?}");
    }
    let error = read(b"-ERR no\r\n", &mut Framer::default()).expect("whole").unwrap_err();
    assert_eq!(error.code(), Some("ERR"));
}

#[test]
fn a_line_may_be_as_long_as_a_reply() {
    let limits = Limits::default().with_line_length(10).with_frame_length(1000);
    let line =
        written(&MonitorEvent { arguments: vec![vec![0xff; 200].into()], ..drawn(&mut Random(1)) });
    assert!(Framer::new(limits).frame(&line).is_err());
    assert!(Framer::new(MonitorEvent::limits(limits)).frame(&line).unwrap().is_some());
}
