// @generated
//! The commands that servers know.

use super::spec::{CommandSpec, Flags, KeySpec};

macro_rules! specs { ($($id:ident $name:literal $header:literal $words:literal ($($flag:ident)*) $keys:expr;)*) => {
    $(
    /// A command.
    pub static $id: CommandSpec = {
        let mut spec = CommandSpec::custom($name, $header, $words).with_flags(Flags::NONE$(.union(Flags::$flag))*);
        spec.keys = $keys;
        spec
    };)*
    /// All of them, sorted by name.
    pub static ALL: &[&CommandSpec] = &[$(&$id),*];
}; }

const ONE: KeySpec = KeySpec::Range { first: 0, last: 0, step: 1 };

specs! {
    BLPOP "BLPOP" b"$5\r\nBLPOP\r\n" 1 (WRITE BLOCKS ALWAYS_BLOCKS) KeySpec::Range { first: 0, last: -2, step: 1 };
    CLIENT "CLIENT" b"$6\r\nCLIENT\r\n" 1 (CONTAINER) KeySpec::None;
    CLIENT_REPLY "CLIENT REPLY" b"$6\r\nCLIENT\r\n$5\r\nREPLY\r\n" 2 (BINDS) KeySpec::None;
    CLIENT_SETINFO "CLIENT SETINFO" b"$6\r\nCLIENT\r\n$7\r\nSETINFO\r\n" 2 () KeySpec::None;
    CLIENT_SETNAME "CLIENT SETNAME" b"$6\r\nCLIENT\r\n$7\r\nSETNAME\r\n" 2 (BINDS) KeySpec::None;
    EVAL "EVAL" b"$4\r\nEVAL\r\n" 1 (WRITE) KeySpec::Counted { at: 1 };
    GET "GET" b"$3\r\nGET\r\n" 1 (READ_ONLY REPEATABLE) ONE;
    HELLO "HELLO" b"$5\r\nHELLO\r\n" 1 (BINDS) KeySpec::None;
    INCR "INCR" b"$4\r\nINCR\r\n" 1 (WRITE) ONE;
    MGET "MGET" b"$4\r\nMGET\r\n" 1 (READ_ONLY REPEATABLE) KeySpec::Range { first: 0, last: -1, step: 1 };
    MSET "MSET" b"$4\r\nMSET\r\n" 1 (WRITE) KeySpec::Range { first: 0, last: -1, step: 2 };
    PING "PING" b"$4\r\nPING\r\n" 1 (READ_ONLY REPEATABLE) KeySpec::None;
    SELECT "SELECT" b"$6\r\nSELECT\r\n" 1 (BINDS) KeySpec::None;
    SET "SET" b"$3\r\nSET\r\n" 1 (WRITE) ONE;
    XREAD "XREAD" b"$5\r\nXREAD\r\n" 1 (READ_ONLY REPEATABLE BLOCKS) KeySpec::After { keyword: "STREAMS" };
}
