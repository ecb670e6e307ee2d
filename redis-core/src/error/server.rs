//! The errors that servers answer with: the only place that reads their texts.

use super::Delivery;
use std::fmt;

/// What kind of error the server answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ServerErrorKind {
    /// `ASK`: the slot is being moved; ask the named node once.
    Ask,
    /// `WRONGPASS`, `NOAUTH`, or a refusal of `AUTH`.
    Authentication,
    /// `BUSY`: a script or function has been running for too long.
    Busy,
    /// `BUSYGROUP`: the consumer group exists.
    BusyGroup,
    /// `BUSYKEY`: the target key exists.
    BusyKey,
    /// `CLUSTERDOWN`: the cluster serves no requests.
    ClusterDown,
    /// `CROSSSLOT`: the keys lie in different slots.
    CrossSlot,
    /// `EXECABORT`: a queued command was refused, so the transaction was.
    ExecAbort,
    /// The external authentication service (LDAP) failed.
    ExternalAuthProvider,
    /// `LOADING`: the server is reading its data from disk.
    Loading,
    /// `MASTERDOWN`: the replica has lost its primary.
    MasterDown,
    /// The server has as many clients as it may have.
    MaxClients,
    /// `MISCONF`: the server cannot persist and refuses writes.
    MisConf,
    /// A module could not be loaded or unloaded.
    Module,
    /// `MOVED`: the slot lives on the named node.
    Moved,
    /// `NOGROUP`: no such consumer group or key.
    NoGroup,
    /// `NOPERM`: the user may not do this.
    NoPermission,
    /// `NOPROTO`: the server does not speak that protocol version.
    NoProto,
    /// `NOREPLICAS`: too few replicas to accept a write.
    NoReplicas,
    /// `NOSCRIPT`: no script with that digest.
    NoScript,
    /// No such field set (`HIMPORT`).
    NoSuchFieldset,
    /// `NOTBUSY`: no script is running.
    NotBusy,
    /// `OOM`: the server is at its memory limit.
    OutOfMemory,
    /// `READONLY`: a replica was asked to write.
    ReadOnly,
    /// Any other answer: read [`ServerError::code`].
    Response,
    /// `TRYAGAIN`: the keys of the command are being moved.
    TryAgain,
    /// The server does not know the command or subcommand.
    UnknownCommand,
    /// `UNKILLABLE`: the script has written and cannot be killed.
    Unkillable,
    /// `WRONGTYPE`: the key holds another type.
    WrongType,
}

impl ServerErrorKind {
    /// Every kind.
    pub const ALL: [Self; 29] = [
        Self::Ask,
        Self::Authentication,
        Self::Busy,
        Self::BusyGroup,
        Self::BusyKey,
        Self::ClusterDown,
        Self::CrossSlot,
        Self::ExecAbort,
        Self::ExternalAuthProvider,
        Self::Loading,
        Self::MasterDown,
        Self::MaxClients,
        Self::MisConf,
        Self::Module,
        Self::Moved,
        Self::NoGroup,
        Self::NoPermission,
        Self::NoProto,
        Self::NoReplicas,
        Self::NoScript,
        Self::NoSuchFieldset,
        Self::NotBusy,
        Self::OutOfMemory,
        Self::ReadOnly,
        Self::Response,
        Self::TryAgain,
        Self::UnknownCommand,
        Self::Unkillable,
        Self::WrongType,
    ];
}

/// An error as the server sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerError {
    text: Box<str>,
    code_length: usize,
    kind: ServerErrorKind,
}

impl ServerError {
    /// Reads an error line, without its leading `-` and its line end.
    #[inline]
    pub fn parse(line: &[u8]) -> Self {
        let text = String::from_utf8_lossy(line).into_owned().into_boxed_str();
        let code_length = code_length(&text);
        let (code, rest) = text.split_at(code_length);
        let kind = classify(code, rest.trim_start());
        Self { text, code_length, kind }
    }

    /// The whole text, verbatim.
    #[inline]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text without the arguments that the server quotes of a command it does not know.
    #[inline]
    pub(super) fn text_without_quotations(&self) -> &str {
        let text = self.text();
        text.find(", with args beginning with:").and_then(|end| text.get(..end)).unwrap_or(text)
    }

    /// The first word if it is a code (`ERR`, `WRONGTYPE`), else the empty string.
    #[inline]
    pub fn code(&self) -> &str {
        &self.text[..self.code_length]
    }

    /// The text after the code.
    #[inline]
    pub fn detail(&self) -> &str {
        self.text[self.code_length..].trim_start()
    }

    /// Drops the text from where it quotes `secret`, or as much of it as a server that cuts its quotes short
    /// would have left; the kind stays.
    #[inline]
    pub(super) fn hide(&mut self, secret: &str) {
        /// So many characters in a row are taken for the secret.
        const TELLING: usize = 6;
        let end = secret.char_indices().nth(TELLING).map_or(secret.len(), |(at, _)| at);
        let beginning = &secret[..end];
        if beginning.is_empty() {
            return;
        }
        if let Some(at) = self.text.find(beginning) {
            self.text = format!("{}*** (cut: it quotes the password)", &self.text[..at]).into();
            self.code_length = self.code_length.min(at);
        }
    }

    /// What kind it is.
    #[inline]
    pub fn kind(&self) -> ServerErrorKind {
        self.kind
    }

    /// For `MOVED` and `ASK`: the slot and the node's `host:port`, as sent.
    #[inline]
    pub fn redirection(&self) -> Option<(u16, &str)> {
        match self.kind {
            ServerErrorKind::Moved | ServerErrorKind::Ask => {
                let (slot, node) = self.detail().split_once(' ')?;
                Some((slot.parse().ok()?, node))
            }
            _ => None,
        }
    }

    /// Whether the command may have run although the server answered with an error.
    #[inline]
    pub(super) fn delivery(&self) -> Delivery {
        let ran = match self.code() {
            // it waited until somebody woke it
            "UNBLOCKED" => true,
            // `MIGRATE`: the other server may have the keys
            "IOERR" => true,
            _ => self.comes_out_of_a_script(),
        };
        if ran { Delivery::Executed } else { Delivery::Rejected }
    }

    /// Whether servers say it of a script before they run it. A script may return any other text itself;
    /// one of these it could only copy.
    #[inline]
    pub(crate) fn is_said_before_any_script(&self) -> bool {
        const BEFORE: [&str; 25] = [
            "ASK ",
            "BUSY Redis is busy",
            "BUSY Valkey is busy",
            "CLUSTERDOWN Hash slot not served",
            "CLUSTERDOWN The cluster is down",
            "CROSSSLOT Keys in request",
            "ERR Error compiling",
            "ERR Function not found",
            "ERR unknown command",
            "ERR wrong number of arguments for",
            "LOADING KeyDB is loading",
            "LOADING Redis is loading",
            "LOADING Valkey is loading",
            "MASTERDOWN Link with",
            "MISCONF Redis is configured",
            "MISCONF Valkey is configured",
            "MOVED ",
            "NOAUTH Authentication required",
            "NOPERM User ",
            "NOPERM this user",
            "NOREPLICAS Not enough good replicas",
            "NOSCRIPT No matching script",
            "OOM command not allowed when used memory",
            "READONLY You can't write against a read only",
            "TRYAGAIN Multiple keys request",
        ];
        BEFORE.iter().any(|text| self.text.starts_with(text))
    }

    /// Whether the server does not know the digest of a script.
    #[inline]
    pub(crate) fn says_no_script(&self) -> bool {
        self.text.starts_with("NOSCRIPT No matching script")
    }

    /// Whether the server does not know the function that was called.
    #[inline]
    pub(crate) fn says_no_function(&self) -> bool {
        &*self.text == "ERR Function not found"
    }

    /// Whether the server has a library of functions of the name already.
    #[inline]
    pub(crate) fn says_library_exists(&self) -> bool {
        self.text.starts_with("ERR Library '") && self.text.ends_with("' already exists")
    }

    /// Whether a script or function ran until one of its commands, or its own code, failed: with whatever
    /// code, the server then adds where. Before Redis 7 the sentence began with it.
    #[inline]
    fn comes_out_of_a_script(&self) -> bool {
        // Redis: `script: <digest>, on @user_script:1.`; Valkey: `script: on @user_script:1.`
        (self.text.contains(" script: ") && self.text.contains("on @user_"))
            || self.text.contains("Error running script")
    }
}

impl fmt::Display for ServerError {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for ServerError {}

/// A code is a first word of capitals, digits and underscores or hyphens.
#[inline]
fn code_length(text: &str) -> usize {
    let end = text.find(' ').unwrap_or(text.len());
    let word = &text.as_bytes()[..end];
    let is_code = !word.is_empty()
        && word[0].is_ascii_uppercase()
        && word
            .iter()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-'));
    if is_code { end } else { 0 }
}

#[inline]
fn classify(code: &str, detail: &str) -> ServerErrorKind {
    use ServerErrorKind::*;
    match code {
        "ASK" => Ask,
        "WRONGPASS" | "NOAUTH" => Authentication,
        "BUSY" => Busy,
        "BUSYGROUP" => BusyGroup,
        "BUSYKEY" => BusyKey,
        "CLUSTERDOWN" => ClusterDown,
        "CROSSSLOT" => CrossSlot,
        "EXECABORT" => ExecAbort,
        "LOADING" => Loading,
        "MASTERDOWN" => MasterDown,
        "MISCONF" => MisConf,
        "MOVED" => Moved,
        "NOGROUP" => NoGroup,
        "NOPERM" => NoPermission,
        "NOPROTO" => NoProto,
        "NOREPLICAS" => NoReplicas,
        "NOSCRIPT" => NoScript,
        "NOTBUSY" => NotBusy,
        "OOM" => OutOfMemory,
        "READONLY" => ReadOnly,
        "TRYAGAIN" => TryAgain,
        "UNKILLABLE" => Unkillable,
        "WRONGTYPE" => WrongType,
        "ERR" => classify_plain(detail),
        _ => Response,
    }
}

/// `ERR` says nothing; the servers' sentences are matched by their stable beginnings, without regard
/// to case, since wording has changed between versions.
#[inline]
fn classify_plain(detail: &str) -> ServerErrorKind {
    use ServerErrorKind::*;
    const SENTENCES: &[(&str, ServerErrorKind)] = &[
        ("max number of clients", MaxClients),
        ("invalid password", Authentication),
        ("wrong number of arguments for 'auth'", Authentication),
        ("auth <password> called without any password", Authentication),
        ("client sent auth, but no password", Authentication),
        ("problem with ldap service", ExternalAuthProvider),
        ("error loading the extension", Module),
        ("error unloading module", Module),
        ("no such fieldset", NoSuchFieldset),
        ("unknown command", UnknownCommand),
        // from within a script; Valkey's has no `Redis` in it
        ("unknown redis command", UnknownCommand),
        ("unknown subcommand", UnknownCommand),
    ];
    let lower = detail.to_ascii_lowercase();
    SENTENCES
        .iter()
        .find(|(sentence, _)| lower.starts_with(sentence))
        .map_or(Response, |&(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_kinds_has_every_kind() {
        let places: Vec<usize> = ServerErrorKind::ALL.iter().map(|&kind| kind as usize).collect();
        // the last variant is the last of the list, so one that is missing shifts the others
        assert_eq!(places, Vec::from_iter(0..=ServerErrorKind::WrongType as usize));
    }

    #[test]
    fn a_known_code_gives_its_kind_and_keeps_the_text() {
        let error = ServerError::parse(b"NOPERM User default has no permissions");
        assert_eq!(error.kind(), ServerErrorKind::NoPermission);
        assert_eq!(error.code(), "NOPERM");
        assert_eq!(error.detail(), "User default has no permissions");
    }

    #[test]
    fn what_comes_out_of_a_script_has_run_whatever_its_code() {
        let executed =
            |text: &str| ServerError::parse(text.as_bytes()).delivery() == Delivery::Executed;
        for place in
            ["2067d915024a, on @user_script:1.", "on @user_script:1.", "f, on @user_function:7."]
        {
            for error in
                ["WRONGTYPE Operation against a key", "READONLY You can't write", "ERR broken"]
            {
                assert!(executed(&format!("{error} script: {place}")), "{error}");
                assert!(!executed(error), "{error}");
            }
        }
        assert!(executed(
            "ERR Error running script (call to f_2067d915024a): @user_script:1: broken"
        ));
        assert!(executed("UNBLOCKED client unblocked via CLIENT UNBLOCK"));
        assert!(executed("IOERR error or timeout reading to target instance"));
        assert!(!executed("BUSY Redis is busy running a script. You can only call SCRIPT KILL."));
        assert!(!executed(
            "ERR Error compiling script (new function): user_script:1: '=' expected"
        ));
    }

    #[test]
    fn what_quotes_a_secret_is_cut_there_and_keeps_its_kind() {
        let hidden = |text: &str, secret: &str| {
            let mut error = ServerError::parse(text.as_bytes());
            error.hide(secret);
            (error.text().to_owned(), error.kind())
        };
        let quoting = "ERR unknown command `HELLO`, with args beginning with: `AUTH`, `opens";
        for secret in ["opensesame", "opens"] {
            let whole = format!("{quoting}esame`, ");
            let (text, kind) = hidden(&whole, secret);
            assert!(
                text.starts_with("ERR unknown command `HELLO`") && !text.contains("opens"),
                "{text}"
            );
            assert_eq!(kind, ServerErrorKind::UnknownCommand);
        }
        assert!(!hidden(&format!("{quoting}e"), "opensesame").0.contains("opens"));
        let wrong = "WRONGPASS invalid username-password pair";
        for secret in ["opensesame", ""] {
            assert_eq!(hidden(wrong, secret).0, wrong);
        }
        assert_eq!(hidden(wrong, "WRONG").1, ServerErrorKind::Authentication);
    }

    #[test]
    fn an_unknown_code_is_a_response() {
        let error = ServerError::parse(b"MYMODULE.ERR it broke");
        assert_eq!((error.kind(), error.code()), (ServerErrorKind::Response, ""));
    }

    #[test]
    fn a_redirection_names_slot_and_node_with_ipv6() {
        let error = ServerError::parse(b"MOVED 3999 ::1:6381");
        assert_eq!(error.redirection(), Some((3999, "::1:6381")));
    }

    #[test]
    fn a_text_without_a_code_has_none() {
        assert_eq!(ServerError::parse(b"").code(), "");
        assert_eq!(ServerError::parse("é".as_bytes()).code(), "");
    }
}
