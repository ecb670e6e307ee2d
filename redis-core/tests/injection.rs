//! Whatever bytes an argument holds, they are that argument and nothing else: what a server reads is the
//! command that was built, with as many words as it was given. The parser here is the test's own.

use bytes::Bytes;
use redis_core::command::{COPY_THRESHOLD, Command, find};
use redis_core::{ExecuteCommand, FromReply, Mode, Response};

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

    /// What somebody would send who wants a command of his own to run, and what comes near the bounds at
    /// which arguments are kept in another place.
    fn argument(&mut self) -> Vec<u8> {
        const HOSTILE: [&[u8]; 10] = [
            b"",
            b"\r\n",
            b"\r\nFLUSHALL\r\n",
            b"x\r\n*1\r\n$8\r\nFLUSHALL\r\n",
            b"$-1\r\n",
            b"*3\r\n$3\r\nSET\r\n",
            b"\0",
            b"a b\tc\n",
            b"\"; FLUSHALL; \"",
            b"\xff\xfe\xf0\x9f",
        ];
        match self.below(16) {
            0..=9 => HOSTILE[self.below(HOSTILE.len())].to_vec(),
            10..=12 => (0..self.below(200)).map(|_| self.next() as u8).collect(),
            13 => vec![b'\n'; 60 + self.below(60)],
            14 => vec![b'*'; COPY_THRESHOLD - 2 + self.below(4)],
            _ => b"\r\n*1\r\n$8\r\nFLUSHALL\r\n".repeat(COPY_THRESHOLD / 20 + self.below(3)),
        }
    }
}

/// The words of the one command that `wire` is, read as a server reads them.
fn words(wire: &[u8]) -> Vec<Vec<u8>> {
    let mut at = 0;
    let mut line = |kind: u8| {
        assert_eq!(wire.get(at), Some(&kind), "at {at}");
        let end = wire[at..].windows(2).position(|pair| pair == b"\r\n").expect("a line end") + at;
        let digits = std::str::from_utf8(&wire[at + 1..end]).expect("digits");
        let number: usize = digits.parse().expect("a number");
        assert_eq!(number.to_string(), digits, "one way to write a number");
        at = end + 2;
        if kind == b'*' {
            return (number, Vec::new());
        }
        let word = wire[at..at + number].to_vec();
        at += number;
        assert_eq!(&wire[at..at + 2], b"\r\n", "a word ends where it says");
        at += 2;
        (at, word)
    };
    let (count, _) = line(b'*');
    let mut read = Vec::new();
    let mut end = 0;
    for _ in 0..count {
        let (until, word) = line(b'$');
        end = until;
        read.push(word);
    }
    assert_eq!(end, wire.len(), "something follows the command");
    read
}

/// Every way in which the bytes of a command leave the library.
fn every_way(command: &Command<'_>) -> Vec<Vec<u8>> {
    let mut written = Vec::new();
    command.write_to(&mut written);
    let mut segments = Vec::new();
    if command.has_large() {
        command.write_head(&mut segments);
        let rest: Vec<&[u8]> = command.segments().collect();
        segments.extend(rest.concat());
    } else {
        segments.clone_from(&written);
    }
    let (mut shared, mut large) = (Vec::new(), Vec::new());
    command
        .clone()
        .into_owned()
        .write_shared(&mut shared, |at, bytes: Bytes| large.push((at, bytes)));
    for (at, bytes) in large.into_iter().rev() {
        shared.splice(at..at, bytes);
    }
    vec![command.to_bytes(), written, segments, shared, command.clone().into_owned().to_bytes()]
}

#[test]
fn any_bytes_are_the_argument_they_were_given_as() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for name in ["GET", "SET", "CONFIG SET", "EVAL", "XADD"].into_iter().cycle().take(4000) {
        let arguments: Vec<Vec<u8>> = (0..random.below(7)).map(|_| random.argument()).collect();
        let mut command = Command::new(find(name).expect("a command of the table"));
        for (at, argument) in arguments.iter().enumerate() {
            command = match (random.below(4), at) {
                (0, _) => command.key(argument),
                (1, _) => command.args(std::slice::from_ref(argument)),
                (2, _) => {
                    command.push_shared(&Bytes::copy_from_slice(argument));
                    command
                }
                _ => command.arg(argument),
            };
        }
        let expected: Vec<Vec<u8>> = name
            .split(' ')
            .map(|word| word.as_bytes().to_vec())
            .chain(arguments.iter().cloned())
            .collect();
        for wire in every_way(&command) {
            assert_eq!(words(&wire), expected, "{name}");
        }
        assert!(command.argument_bytes().eq(arguments.iter().map(Vec::as_slice)), "{name}");
    }
}

/// An executor that has the command's bytes.
struct Wire;

struct ToWire;

impl Mode for ToWire {
    type Response<'a, T: FromReply> = Vec<u8>;
}

impl ExecuteCommand for Wire {
    type Mode = ToWire;

    fn execute_command<T: FromReply>(&self, command: Command<'_>) -> Response<'_, Self, T> {
        command.to_bytes()
    }
}

#[test]
fn a_raw_command_is_one_command_whatever_its_name_and_arguments_hold() {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    for name in [
        "GET\r\nFLUSHALL",
        "SET k v\r\n*1\r\n$8\r\nFLUSHALL\r\n",
        "*1\r\n$8\r\nFLUSHALL",
        "MY.OWN",
        "\u{e9}\0",
    ] {
        for _ in 0..200 {
            let arguments: Vec<Vec<u8>> = (0..random.below(4)).map(|_| random.argument()).collect();
            let wire = Wire.command(name).args(&arguments).query::<()>();
            let said: Vec<Vec<u8>> =
                name.split_ascii_whitespace().map(|word| word.as_bytes().to_vec()).collect();
            let read = words(&wire);
            assert_eq!(read.len(), said.len() + arguments.len(), "{name:?}");
            let is_name = |(read, said): (&Vec<u8>, &Vec<u8>)| read.eq_ignore_ascii_case(said);
            assert!(read.iter().zip(&said).all(is_name), "{name:?}");
            assert_eq!(read[said.len()..], arguments, "{name:?}");
        }
    }
}
