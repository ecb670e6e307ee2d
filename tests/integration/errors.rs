//! The vocabulary of server errors, each row of it elicited on every server of the matrix, through both
//! clients on both protocols, and compared with what a witness is told.

mod access;
mod ask;
mod case;
mod cluster;
mod everyday;
mod loading;
mod modules;
mod scripts;
mod stage;
mod straits;

use redis_core::ServerErrorKind;

use case::Case;

/// What is elicited.
const ELICITED: &[&[Case]] = &[
    everyday::CASES,
    access::STRANGER,
    access::IMPOSTOR,
    access::GUEST,
    straits::FULL,
    straits::ALONE,
    straits::UNSAVED,
    straits::REPLICA,
    straits::ORPHAN,
    straits::CROWDED,
    straits::UNHEARD,
    straits::WOKEN,
    scripts::WITHIN,
    scripts::BUSY,
    scripts::UNKILLABLE,
    loading::LOADING,
    modules::CASES,
    cluster::DOWN,
    cluster::HALF,
];

/// What no server of the matrix answers, and why. `redis-core` tests how these texts are read.
const NOT_ELICITED: &[(ServerErrorKind, &str, &str)] = &[
    (ServerErrorKind::Authentication, "ERR invalid password", "Redis before 6; WRONGPASS since"),
    (
        ServerErrorKind::Authentication,
        "ERR Client sent AUTH, but no password is set",
        "Redis before 6; another sentence since, which is elicited",
    ),
    (
        ServerErrorKind::ExternalAuthProvider,
        "ERR problem with LDAP service",
        "Redis Enterprise with LDAP",
    ),
    (
        ServerErrorKind::NoSuchFieldset,
        "ERR no such fieldset",
        "HIMPORT, which no server of the matrix has",
    ),
    (
        ServerErrorKind::Module,
        "ERR Error unloading module: operation not possible.",
        "the answer to a failure that the server does not know, which none of its versions has",
    ),
];

/// The sentences that begin with `ERR` and mean something of their own.
const SENTENCES: &[&str] = &[
    "ERR max number of clients reached",
    "ERR invalid password",
    "ERR wrong number of arguments for 'auth' command",
    "ERR Error loading the extension. Please check the server logs.",
    "ERR Error unloading module: the module exports one or more module-side data types, can't unload",
    "ERR Error unloading module: no such module with that name",
    "ERR Error unloading module: operation not possible.",
    "ERR AUTH <password> called without any password configured for the default user. Are you sure your \
     configuration is correct?",
    "ERR Client sent AUTH, but no password is set",
    "ERR problem with LDAP service",
    "ERR no such fieldset",
    "ERR unknown command",
    "ERR unknown subcommand",
];

#[test]
fn the_table_has_every_kind_and_every_sentence() {
    let elicited = || ELICITED.iter().copied().flatten();
    for kind in ServerErrorKind::ALL {
        let known = elicited().any(|case| case.kind == kind)
            || NOT_ELICITED.iter().any(|&(missing, ..)| missing == kind);
        assert!(known, "nothing elicits {kind:?}, and nothing says why not");
    }
    for &sentence in SENTENCES {
        let known = elicited().any(|case| case.text == sentence)
            || NOT_ELICITED.iter().any(|&(_, text, _)| text == sentence);
        assert!(known, "nothing elicits `{sentence}`, and nothing says why not");
    }
}

#[test]
fn what_is_not_elicited_is_read_as_what_it_is() {
    for &(kind, text, why) in NOT_ELICITED {
        println!("skipped: `{text}`: {why}");
        assert_eq!(redis_core::ServerError::parse(text.as_bytes()).kind(), kind, "{text}");
    }
}
