//! A server of two commands: `GET` may be repeated and `INCR` may not; each carries the number of its
//! caller and is answered with it.

use crate::chance::Chance;
use redis_core::FromReply as _;
use redis_core::Reply;
use redis_core::resp::{Framer, Limits};
use std::collections::HashMap;

/// What the server does with its next command.
enum Mood {
    Answers,
    /// It is asked too early, and does not run the command.
    IsLoading,
    /// It says something besides, before the answer.
    Pushes,
    /// It says a second thing that nobody asked for.
    Lies,
}

/// The server, as one connection sees it; what it has done outlives connections.
#[derive(Default)]
pub(crate) struct Server {
    framer: Framer,
    input: Vec<u8>,
    /// Bytes on their way to the client.
    pub(crate) output: Vec<u8>,
    /// How often it ran whose command.
    pub(crate) ran: HashMap<u64, u32>,
    pub(crate) lied: bool,
}

impl Server {
    /// The connection is gone; a new one begins with nothing.
    pub(crate) fn forget_connection(&mut self) {
        self.framer = Framer::new(Limits::default());
        self.input.clear();
        self.output.clear();
        self.lied = false;
    }

    /// Hears bytes, and carries out what is whole.
    pub(crate) fn hear(&mut self, bytes: &[u8], chance: &mut Chance) {
        self.input.extend_from_slice(bytes);
        loop {
            let framed = self.framer.frame(&self.input).expect("the client writes RESP");
            let Some(framed) = framed else { return };
            let reply = Reply::new(&self.input[..framed.length], None, framed.tape.nodes());
            let (name, caller) = <(String, u64)>::from_reply(reply).expect("a name and a number");
            self.input.drain(..framed.length);
            self.carry_out(&name, caller, chance);
        }
    }

    fn carry_out(&mut self, name: &str, caller: u64, chance: &mut Chance) {
        assert!(matches!(name, "GET" | "INCR"), "{name} was never sent");
        let mood = match chance.below(40) {
            0 | 1 => Mood::IsLoading,
            2 | 3 => Mood::Pushes,
            4 => Mood::Lies,
            _ => Mood::Answers,
        };
        match mood {
            Mood::IsLoading => {
                self.output.extend_from_slice(b"-LOADING not yet\r\n");
                return;
            }
            Mood::Pushes => self.output.extend_from_slice(b">2\r\n+note\r\n:1\r\n"),
            Mood::Lies => self.lied = true,
            Mood::Answers => {}
        }
        *self.ran.entry(caller).or_default() += 1;
        self.output.extend_from_slice(format!(":{caller}\r\n").as_bytes());
        if matches!(mood, Mood::Lies) {
            let lie: &[u8] = if chance.one_in(2) { b"@what?\r\n" } else { b"*1\r\n:x\r\n" };
            self.output.extend_from_slice(lie);
        }
    }
}
