//! An executor that sends nothing: it keeps the command, and answers with bytes that were given to it.

mod grammar;

use redis_core::command::Command;
use redis_core::resp::{Framer, Limits};
use redis_core::{Error, Exclusive, ExecuteCommand, FromReply, Mode, Reply, Response, Result};
use std::cell::RefCell;

pub(crate) struct Rehearsal {
    answer: &'static str,
    sent: RefCell<Option<Command<'static>>>,
}

pub(crate) struct AtOnce;

impl Mode for AtOnce {
    type Response<'a, T: FromReply> = Result<T>;
}

impl ExecuteCommand for Rehearsal {
    type Mode = AtOnce;

    fn execute_command<T: FromReply>(&self, command: Command<'_>) -> Response<'_, Self, T> {
        let mut command = command.into_owned();
        let checked = command.check();
        let shape = command.reply_shape();
        self.sent.replace(Some(command));
        checked?;
        let bytes = self.answer.replace(' ', "\r\n").replace('·', " ").into_bytes();
        let framed = Framer::new(Limits::default()).frame(&bytes)?;
        let mut framed = framed.ok_or_else(|| Error::argument("the answer is not whole"))?;
        shape.apply(&mut framed.tape, &bytes);
        T::from_reply(Reply::new(&bytes, None, framed.tape.nodes()))
    }
}

impl Exclusive for Rehearsal {}

fn rehearse<T>(
    answer: &'static str,
    play: impl FnOnce(&Rehearsal) -> Result<T>,
) -> (Result<T>, Command<'static>) {
    let rehearsal = Rehearsal { answer, sent: RefCell::new(None) };
    let result = play(&rehearsal);
    (result, rehearsal.sent.into_inner().expect("a command was executed"))
}

/// The command that is sent.
pub(crate) fn sent<T>(play: impl FnOnce(&Rehearsal) -> Result<T>) -> Command<'static> {
    rehearse("+OK ", play).1
}

/// The command that is sent, as text with its keys in brackets. These must be the ones of which the
/// command table knows, and the arguments such as the servers' grammar allows.
pub(crate) fn wire<T>(play: impl FnOnce(&Rehearsal) -> Result<T>) -> String {
    let (result, command) = rehearse("+OK ", play);
    if let Err(error) = result {
        assert!(error.is_conversion(), "{error}");
    }
    let arguments: Vec<Vec<u8>> = command.argument_bytes().map(<[u8]>::to_vec).collect();
    grammar::check(&command.name(), &arguments);
    let keys: Vec<&[u8]> = command.key_bytes().collect();
    let raw = sent(|r| r.command(&command.name()).args(&arguments).query::<()>());
    assert_eq!(keys, raw.key_bytes().collect::<Vec<_>>(), "keys of {}", command.name());
    assert_eq!(command.to_bytes(), raw.to_bytes());

    let mut keys = keys.into_iter().peekable();
    let mut text = command.name().into_owned();
    for argument in &arguments {
        let shown = String::from_utf8_lossy(argument);
        text.push(' ');
        if keys.next_if(|key| key == argument).is_some() {
            text.push_str(&format!("[{shown}]"));
        } else {
            text.push_str(&shown);
        }
    }
    text
}

/// Why the command is refused before it is sent.
pub(crate) fn refusal<T>(play: impl FnOnce(&Rehearsal) -> Result<T>) -> String {
    match rehearse("+OK ", play).0 {
        Err(error) if error.kind() == redis_core::ErrorKind::Argument => error.to_string(),
        _ => panic!("it was not refused"),
    }
}

/// What is read from an answer, which must be the same on both protocols: RESP2 first. In the answers a
/// space stands for the end of a line, and `·` for a space.
pub(crate) fn read<T: PartialEq + std::fmt::Debug>(
    resp2: &'static str,
    resp3: &'static str,
    play: impl Fn(&Rehearsal) -> Result<T>,
) -> T {
    let (one, other) = (rehearse(resp2, &play).0, rehearse(resp3, &play).0);
    let (one, other) = (one.expect("RESP2"), other.expect("RESP3"));
    assert_eq!(one, other, "RESP2 and RESP3 differ");
    one
}
