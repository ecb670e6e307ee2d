//! The greeting: everything a new connection is told, in one round trip.
//!
//! ```text
//!  Greeting ── every step answered ─────────────────────────▶ Done
//!     │  HELLO unknown or protocol refused (and RESP2 allowed)
//!     ▼
//!  Fallback ── every step answered ─────────────────────────▶ Done
//! ```
//!
//! The steps are a list: who asks (`HELLO 3 AUTH … SETNAME …`, or `AUTH`, `CLIENT SETNAME` and
//! `CLIENT ID` on RESP2), what asks (`CLIENT SETINFO`, twice), the database, and what a feature adds. All are written at
//! once and each reply is matched to its step. An optional step that the server refuses is noted and
//! is no failure; a required one ends the connection with the server's error.

use super::{Protocol, ServerInfo};
use crate::command::{Command, table};
use crate::config::{Config, ProtocolChoice};
use crate::credentials::Credentials;
use crate::error::{Error, ErrorKind, Result, ServerErrorKind};
use crate::reply::{FromReply, Reply};
use std::collections::VecDeque;

/// A greeting under way.
#[derive(Debug)]
pub struct Handshake {
    plan: Plan,
    stage: Stage,
    outgoing: Vec<u8>,
    pending: VecDeque<Step>,
    server: ServerInfo,
    refused: Vec<RefusedStep>,
    /// Why the server would not speak RESP3; the fallback follows the rest of the first flight.
    no_resp3: Option<Error>,
}

/// What the greeting is made of, kept for the second flight.
struct Plan {
    protocol: ProtocolChoice,
    credentials: Option<Credentials>,
    client_name: Option<String>,
    library: [(&'static str, Option<String>); 2],
    database: u32,
    features: Vec<(Command<'static>, bool)>,
}

#[derive(Debug, PartialEq, Eq)]
enum Stage {
    Greeting,
    Fallback,
}

#[derive(Debug)]
struct Step {
    name: String,
    kind: StepKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum StepKind {
    Hello,
    /// What `HELLO` would have told: the connection's number.
    Number,
    Required,
    Optional,
}

/// An optional step that the server refused, and how.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RefusedStep {
    /// The command's name.
    pub step: String,
    /// The server's answer.
    pub error: Error,
}

/// What a greeting came to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HandshakeDone {
    /// What the server said of itself.
    pub server: ServerInfo,
    /// The optional steps that it refused.
    pub refused: Vec<RefusedStep>,
}

impl Handshake {
    /// The greeting that `config` asks for, as whom `credentials` say.
    #[must_use]
    pub fn new(config: &Config, credentials: Option<Credentials>) -> Self {
        let library = config.library();
        let plan = Plan {
            protocol: config.protocol(),
            credentials,
            client_name: config.client_name().map(str::to_owned),
            library: [
                ("LIB-NAME", library.name().map(str::to_owned)),
                ("LIB-VER", library.version().map(str::to_owned)),
            ],
            database: config.database(),
            features: Vec::new(),
        };
        Self {
            plan,
            stage: Stage::Greeting,
            outgoing: Vec::new(),
            pending: VecDeque::new(),
            server: ServerInfo::default(),
            refused: Vec::new(),
            no_resp3: None,
        }
    }

    /// Adds a step of a feature, after the others; an optional one may be refused by the server.
    #[must_use]
    pub fn with_step(mut self, command: Command<'static>, optional: bool) -> Self {
        self.plan.features.push((command, optional));
        self
    }

    /// The bytes of the first flight; to be written before any reply is read. Empty where there is
    /// nothing to say.
    pub fn begin(&mut self) -> Vec<u8> {
        match self.plan.protocol {
            ProtocolChoice::Auto | ProtocolChoice::Resp3 => self.hello(),
            ProtocolChoice::Resp2 => self.credentials_and_name(),
        }
        self.common_steps();
        std::mem::take(&mut self.outgoing)
    }

    /// How many replies are still to come.
    #[must_use]
    pub fn expects(&self) -> usize {
        self.pending.len()
    }

    /// Takes the next reply. Returns the bytes of a second flight, if one has become necessary: these
    /// are to be written, and their replies read.
    ///
    /// # Errors
    ///
    /// The server's refusal of a required step (a wrong password, an unknown database, RESP3 where
    /// nothing else is wanted), or a reply where none was due.
    pub fn reply(&mut self, reply: Reply<'_>) -> Result<Option<Vec<u8>>> {
        let Some(step) = self.pending.pop_front() else {
            return Err(Error::new(
                ErrorKind::Protocol,
                "a reply that nothing in the handshake asked for",
            ));
        };
        // a server that does not know a command quotes its arguments
        match (reply.error().map(|error| self.plan.hide(error)), step.kind) {
            (None, StepKind::Hello) => self.greeted(reply)?,
            (None, StepKind::Number) => self.server.set_id(reply),
            (None, _) => {}
            (Some(error), StepKind::Hello) if self.may_fall_back(&error) => {
                self.no_resp3 = Some(error)
            }
            // what was said before RESP3 was refused was said by nobody: it is said again
            (Some(_), _) if self.no_resp3.is_some() => {}
            (Some(error), StepKind::Optional | StepKind::Number)
                if !is_about_the_connection(&error) =>
            {
                self.refused.push(RefusedStep { step: step.name, error });
            }
            (Some(error), _) => return Err(error.with_command(step.name)),
        }
        if self.pending.is_empty() && self.no_resp3.take().is_some() {
            return Ok(Some(self.fall_back()));
        }
        Ok(None)
    }

    /// What it came to, once nothing is expected any more.
    #[must_use]
    pub fn finish(self) -> HandshakeDone {
        HandshakeDone { server: self.server, refused: self.refused }
    }

    fn greeted(&mut self, reply: Reply<'_>) -> Result<()> {
        self.server = ServerInfo::from_reply(reply).map_err(|error| error.with_command("HELLO"))?;
        if self.server.protocol() != Protocol::Resp3 {
            return Err(Error::new(
                ErrorKind::Protocol,
                "asked for RESP3, the server agreed and speaks another protocol",
            )
            .with_command("HELLO"));
        }
        Ok(())
    }

    fn may_fall_back(&self, error: &Error) -> bool {
        self.plan.protocol == ProtocolChoice::Auto
            && self.stage == Stage::Greeting
            && matches!(
                error.kind(),
                ErrorKind::Server(ServerErrorKind::UnknownCommand | ServerErrorKind::NoProto)
            )
    }

    fn fall_back(&mut self) -> Vec<u8> {
        self.stage = Stage::Fallback;
        self.refused.clear();
        self.credentials_and_name();
        self.common_steps();
        std::mem::take(&mut self.outgoing)
    }

    fn hello(&mut self) {
        let mut hello = Command::new(&table::HELLO).arg("3");
        if let Some(credentials) = &self.plan.credentials {
            let username = credentials.username().unwrap_or("default");
            hello = hello.arg("AUTH").arg(username).arg(credentials.password());
        }
        if let Some(name) = &self.plan.client_name {
            hello = hello.arg("SETNAME").arg(name);
        }
        hello.write_to(&mut self.outgoing);
        self.pending.push_back(Step { name: "HELLO".to_owned(), kind: StepKind::Hello });
    }

    fn credentials_and_name(&mut self) {
        let mut commands = Vec::new();
        if let Some(credentials) = &self.plan.credentials {
            let auth = Command::new(&table::AUTH);
            commands.push(match credentials.username() {
                Some(username) => auth.arg(username).arg(credentials.password()),
                None => auth.arg(credentials.password()),
            });
        }
        if let Some(name) = &self.plan.client_name {
            commands.push(Command::new(&table::CLIENT_SETNAME).arg(name));
        }
        for command in commands {
            command.write_to(&mut self.outgoing);
            let name = command.name().into_owned();
            self.pending.push_back(Step { name, kind: StepKind::Required });
        }
        // by it another connection can end a wait on this one
        Command::new(&table::CLIENT_ID).write_to(&mut self.outgoing);
        self.pending.push_back(Step { name: "CLIENT ID".to_owned(), kind: StepKind::Number });
    }

    fn common_steps(&mut self) {
        for (what, value) in &self.plan.library {
            if let Some(value) = value {
                let command = Command::new(&table::CLIENT_SETINFO).arg(*what).arg(value);
                command.write_to(&mut self.outgoing);
                let name = command.name().into_owned();
                self.pending.push_back(Step { name, kind: StepKind::Optional });
            }
        }
        if self.plan.database != 0 {
            Command::new(&table::SELECT).arg(&self.plan.database).write_to(&mut self.outgoing);
            self.pending.push_back(Step { name: "SELECT".to_owned(), kind: StepKind::Required });
        }
        for (command, optional) in &self.plan.features {
            command.write_to(&mut self.outgoing);
            let kind = if *optional { StepKind::Optional } else { StepKind::Required };
            self.pending.push_back(Step { name: command.name().into_owned(), kind });
        }
    }
}

/// A refusal of the connection itself, not of the step: no answer to any step will be better.
fn is_about_the_connection(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Server(
            ServerErrorKind::Authentication
                | ServerErrorKind::MaxClients
                | ServerErrorKind::Loading
        )
    )
}

impl Plan {
    /// The same error without the password, where the server quotes it.
    fn hide(&self, error: Error) -> Error {
        match &self.credentials {
            Some(credentials) => error.hiding(credentials.password()),
            None => error,
        }
    }
}

impl std::fmt::Debug for Plan {
    /// No name, no credentials: the steps' number says enough.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Plan({:?}, {} features)", self.protocol, self.features.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resp::{Framer, Limits};

    const HELLO: &str =
        "%3\r\n$6\r\nserver\r\n$5\r\nredis\r\n$5\r\nproto\r\n:3\r\n$2\r\nid\r\n:7\r\n";
    const NO_HELLO: &str = "-ERR unknown command `HELLO`\r\n";

    fn config(url: &str) -> Config {
        Config::from_url(url).unwrap()
    }

    fn secret() -> Option<Credentials> {
        Some(Credentials::new("ada", "opensesame"))
    }

    /// Answers the handshake with these replies; returns the second flight, where there is one.
    fn answer(handshake: &mut Handshake, replies: &[&str]) -> Result<Option<String>> {
        let mut second = None;
        for bytes in replies {
            let framed = Framer::new(Limits::default()).frame(bytes.as_bytes()).unwrap().unwrap();
            let reply = Reply::new(bytes.as_bytes(), None, framed.tape.nodes());
            if let Some(flight) = handshake.reply(reply)? {
                second = Some(words(&flight));
            }
        }
        Ok(second)
    }

    /// The words of the commands, for reading.
    fn words(flight: &[u8]) -> String {
        let text = String::from_utf8(flight.to_vec()).unwrap();
        let words: Vec<&str> =
            text.split("\r\n").filter(|line| !line.starts_with(['*', '$'])).collect();
        words.join(" ").trim().to_owned()
    }

    #[test]
    fn the_whole_greeting_is_one_flight() {
        let config = config("redis://localhost/2?client_name=me");
        let mut handshake = Handshake::new(&config, secret());
        let flight = words(&handshake.begin());
        assert!(
            flight.starts_with("HELLO 3 AUTH ada opensesame SETNAME me CLIENT SETINFO LIB-NAME "),
            "{flight}"
        );
        assert!(flight.ends_with("SELECT 2"), "{flight}");
        assert_eq!(handshake.expects(), 4);

        let second = answer(&mut handshake, &[HELLO, "+OK\r\n", "+OK\r\n", "+OK\r\n"]).unwrap();
        assert_eq!((second, handshake.expects()), (None, 0));
        let server = handshake.finish().server;
        assert_eq!(
            (server.protocol(), server.server(), server.id()),
            (Protocol::Resp3, Some("redis"), Some(7))
        );
    }

    #[test]
    fn a_server_without_hello_is_greeted_again_on_resp2() {
        let mut handshake = Handshake::new(&config("redis://localhost/2?client_name=me"), secret());
        handshake.begin();
        let noauth = "-NOAUTH Authentication required.\r\n";
        let second = answer(&mut handshake, &[NO_HELLO, noauth, noauth, noauth]).unwrap().unwrap();
        assert!(
            second.starts_with("AUTH ada opensesame CLIENT SETNAME me CLIENT ID CLIENT SETINFO"),
            "{second}"
        );
        assert_eq!(handshake.expects(), 6);
        let ok = "+OK\r\n";
        answer(&mut handshake, &[ok, ok, ":7\r\n", ok, ok, ok]).unwrap();
        let server = handshake.finish().server;
        assert_eq!((server.protocol(), server.id()), (Protocol::Resp2, Some(7)));
    }

    #[test]
    fn resp3_that_was_demanded_is_not_given_up() {
        let mut handshake = Handshake::new(&config("redis://localhost?protocol=3"), None);
        handshake.begin();
        assert!(answer(&mut handshake, &[NO_HELLO]).is_err());
    }

    #[test]
    fn an_optional_step_that_is_refused_is_noted_and_no_failure() {
        let mut handshake = Handshake::new(&config("redis://localhost"), None);
        handshake.begin();
        let refusal =
            "-NOPERM User default has no permissions to run the 'client|setinfo' command\r\n";
        answer(&mut handshake, &[HELLO, refusal, "+OK\r\n"]).unwrap();
        let refused = handshake.finish().refused;
        assert_eq!(refused.len(), 1);
        assert_eq!(refused[0].step, "CLIENT SETINFO");
        assert_eq!(refused[0].error.code(), Some("NOPERM"));
    }

    #[test]
    fn a_required_step_that_is_refused_fails_and_is_named() {
        let mut handshake = Handshake::new(&config("redis://localhost/99"), None);
        handshake.begin();
        let error = answer(
            &mut handshake,
            &[HELLO, "+OK\r\n", "+OK\r\n", "-ERR DB index is out of range\r\n"],
        )
        .unwrap_err();
        assert_eq!(error.to_string(), "SELECT: ERR DB index is out of range");
    }

    #[test]
    fn a_wrong_password_is_an_authentication_error_and_never_told() {
        let mut handshake = Handshake::new(&config("redis://localhost"), secret());
        handshake.begin();
        assert!(!format!("{handshake:?}").contains("opensesame"));
        let error =
            answer(&mut handshake, &["-WRONGPASS invalid username-password pair\r\n"]).unwrap_err();
        assert!(error.is_authentication());
        assert!(!format!("{error:?}").contains("opensesame"));
    }

    #[test]
    fn a_reply_that_nothing_asked_for_is_a_protocol_error() {
        let mut handshake = Handshake::new(&config("redis://localhost?protocol=2"), None);
        let steps = {
            handshake.begin();
            handshake.expects()
        };
        assert!(answer(&mut handshake, &vec!["+OK\r\n"; steps + 1]).is_err());
    }

    #[test]
    fn what_a_feature_adds_comes_last() {
        let step = Command::new(&table::CLIENT_SETNAME).arg("feature").into_owned();
        let mut handshake =
            Handshake::new(&config("redis://localhost"), None).with_step(step, true);
        assert!(words(&handshake.begin()).ends_with("CLIENT SETNAME feature"));
    }
}
