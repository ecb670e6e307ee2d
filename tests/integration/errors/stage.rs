//! A server in the state that some cases need, and how they are played on it.

use redis_core::{Delivery, Error};
use redis_tests::matrix::{Row, matrix};
use redis_tests::raw::Raw;
use redis_tests::server::{Server, unique};

use super::ask::{self, Observed};
use super::case::{After, Ask, Case, Words};

/// A server in some state.
pub(super) struct Stage<'s> {
    server: &'s Server,
    user: &'static str,
    by_unix_socket: bool,
    proof: Words,
    prefix: String,
}

/// What failed, one line each.
type Failures = Vec<String>;

impl<'s> Stage<'s> {
    pub(super) fn on(server: &'s Server) -> Self {
        Self { server, user: "", by_unix_socket: false, proof: &["PING"], prefix: unique("errors") }
    }

    /// The clients' user and password, as they stand in a URL.
    pub(super) fn user(self, user: &'static str) -> Self {
        Self { user, ..self }
    }

    /// The clients come by the unix socket.
    #[cfg(unix)]
    pub(super) fn by_unix_socket(self) -> Self {
        Self { by_unix_socket: true, ..self }
    }

    /// What a good connection answers, where a `PING` is refused too.
    pub(super) fn proof(self, proof: Words) -> Self {
        Self { proof, ..self }
    }

    /// A key of this stage's own.
    pub(super) fn key(&self, name: &str) -> String {
        format!("{}:{name}", self.prefix)
    }

    /// Plays the cases on both protocols through both clients.
    ///
    /// # Panics
    /// If anything differs from what a case says; everything that does is listed.
    #[track_caller]
    pub(super) fn play(&self, cases: &[Case]) {
        let failures: Failures = cases.iter().flat_map(|case| self.play_one(case)).collect();
        assert!(failures.is_empty(), "on {}:\n{}", self.server.row().name(), failures.join("\n"));
    }

    fn play_one(&self, case: &Case) -> Failures {
        if let Some(why) = (case.absent)(self.server.row()) {
            println!("skipped: `{}` on {}: {why}", case.text, self.server.row().name());
            return Failures::new();
        }
        let verbatim = match self.witnessed(case) {
            Ok(text) => text,
            Err(what) => return vec![format!("{}: the witness: {what}", case.text)],
        };
        let mut failures = Failures::new();
        for protocol in [2, 3] {
            let url = self.url(protocol);
            for (client, observed) in self.observed(case, &url) {
                let found = self.compare(case, verbatim.as_deref(), observed);
                let named = found
                    .into_iter()
                    .map(|what| format!("{}: {client}, RESP{protocol}: {what}", case.text));
                failures.extend(named);
            }
        }
        failures
    }

    /// The text as the witness reads it, which is what the clients must hand on to the letter. Where the
    /// connection itself is refused, it depends on what a client says first.
    fn witnessed(&self, case: &Case) -> Result<Option<String>, String> {
        let commands = match case.ask {
            Ask::Greeting => return Ok(None),
            Ask::Anywhere(words) => vec![self.words(words)],
            Ask::OnConnection(commands) => commands.iter().map(|words| self.words(words)).collect(),
        };
        let mut raw = self.raw();
        let text = ask::witness(&mut raw, &commands)?;
        if text.starts_with(case.text) { Ok(Some(text)) } else { Err(format!("was told `{text}`")) }
    }

    /// What each client made of it.
    fn observed(&self, case: &Case, url: &str) -> Vec<(&'static str, Observed)> {
        let proof = self.words(self.proof);
        let runtime = crate::both::runtime();
        let sync = || crate::both::blocking_client(url);
        let tokio = || crate::both::async_client(url);
        let mut observed = Vec::new();
        let commands = match case.ask {
            Ask::Anywhere(words) => {
                let words = self.words(words);
                let one = ask::blocking::shared(&sync(), &words, &proof);
                let client = tokio();
                let other = runtime.block_on(ask::nonblocking::shared(&client, &words, &proof));
                observed.extend([("blocking client", one), ("async client", other)]);
                vec![words]
            }
            Ask::OnConnection(commands) => commands.iter().map(|words| self.words(words)).collect(),
            Ask::Greeting => {
                let one = ask::blocking::shared(&sync(), &proof, &proof);
                let client = tokio();
                let other = runtime.block_on(ask::nonblocking::shared(&client, &proof, &proof));
                return vec![("blocking client", one), ("async client", other)];
            }
        };
        let one = ask::blocking::dedicated(&sync(), &commands, &proof);
        let client = tokio();
        let other = runtime.block_on(ask::nonblocking::dedicated(&client, &commands, &proof));
        observed.extend([("blocking connection", one), ("async connection", other)]);
        observed
    }

    fn compare(&self, case: &Case, verbatim: Option<&str>, observed: Observed) -> Failures {
        let (error, then) = observed;
        let Some(error) = error else {
            return vec![format!("no error; then {then:?}")];
        };
        let mut failures = ask::differences(&error, case.kind, case.text);
        let same = |error: &Error| match verbatim {
            Some(text) => error.message() == text,
            None => error.message().starts_with(case.text),
        };
        if !same(&error) {
            failures.push(format!("message, where {verbatim:?} was expected"));
        }
        let delivery = match case.ask {
            // a server that lets one connect without a word refuses the first command instead
            Ask::Greeting if error.context().command.as_deref() == self.proof.first().copied() => {
                Delivery::Rejected
            }
            _ => case.delivery,
        };
        let proved = matches!(delivery, Delivery::NotSent | Delivery::Rejected);
        if error.delivery() != delivery || error.was_not_executed() != proved {
            failures.push(format!("delivery, where {delivery:?} was expected"));
        }
        let good = match (case.after, &then) {
            (After::Answers, then) => then.is_ok(),
            (After::SameAgain, Err(again)) => again.message().starts_with(case.text),
            (After::SameAgain, Ok(_)) => false,
        };
        if !good {
            failures.push(format!("connection, which then gave {then:?}"));
        }
        if !failures.is_empty() {
            failures.push(format!("the error was {error:?}"));
        }
        failures
    }

    /// A witness who is who the clients are.
    pub(super) fn raw(&self) -> Raw {
        let mut raw = Raw::tcp(self.server.address()).expect("the server listens");
        if let Some((user, password)) = self.user.split_once(':') {
            let user = if user.is_empty() { "default" } else { user };
            let _ = raw.try_call(&["AUTH", user, password]);
        }
        raw
    }

    fn url(&self, protocol: u8) -> String {
        if self.by_unix_socket {
            return format!("{}?protocol={protocol}&retries=0", self.server.unix_url());
        }
        let at = if self.user.is_empty() { "" } else { "@" };
        let (user, address) = (self.user, self.server.address());
        format!("redis://{user}{at}{address}?protocol={protocol}&retries=0")
    }

    fn words(&self, words: Words) -> Vec<String> {
        let word = |&word: &&str| match word.strip_prefix('@') {
            Some(name) => self.key(name),
            None if word == "$port" => self.server.address().port().to_string(),
            None => word.to_owned(),
        };
        words.iter().map(word).collect()
    }
}

/// Runs `test` on each row of the matrix.
pub(super) fn on_each_row(test: impl Fn(&'static Row)) {
    for row in matrix() {
        test(row);
    }
}

/// Waits until the witness is answered by what `is` accepts; the server's own progress is the clock.
#[track_caller]
pub(super) fn until(raw: &mut Raw, command: Words, is: impl Fn(&str) -> bool) {
    use redis_tests::raw::Reply;
    let patience = std::time::Instant::now() + std::time::Duration::from_secs(30);
    loop {
        let text = match raw.try_call(command) {
            Ok(Reply::Error(text) | Reply::Simple(text)) => text,
            Ok(Reply::Bulk(bytes)) => String::from_utf8_lossy(&bytes).into_owned(),
            other => format!("{other:?}"),
        };
        if is(&text) {
            return;
        }
        assert!(
            std::time::Instant::now() < patience,
            "{command:?} is still answered with `{text}`"
        );
        std::thread::yield_now();
    }
}
