//! The facts about a command that routing, retry, caching and telemetry read, so that nobody reads
//! its text.

use super::lookup;
use crate::reply::Shape;

/// What is known of a command, from the servers' own command data.
#[derive(Debug)]
pub struct CommandSpec {
    pub(crate) name: &'static str,
    pub(crate) header: &'static [u8],
    pub(crate) words: u8,
    pub(crate) flags: Flags,
    pub(crate) keys: KeySpec,
    pub(crate) request: RequestPolicy,
    pub(crate) response: ResponsePolicy,
    pub(crate) shape: Shape,
    pub(crate) group: &'static str,
    pub(crate) since: &'static str,
    pub(crate) complexity: &'static str,
    pub(crate) subcommands: Option<Subcommands>,
}

/// Finds the facts of the subcommand that a first argument names, in the table of all commands. Containers alone
/// hold it: a program that calls none of them has no use for the table, and its linker leaves the table out.
pub(crate) type Subcommands = fn(&[u8], Option<&[u8]>) -> Option<&'static CommandSpec>;

/// What a command with these flags finds its subcommands by.
pub(crate) const fn subcommands(flags: Flags) -> Option<Subcommands> {
    if flags.contains(Flags::CONTAINER) { Some(lookup::find_words) } else { None }
}

impl CommandSpec {
    /// The facts about a command that no table knows: it is taken to write, and not to be repeatable.
    ///
    /// `header` is the name as it goes over the wire, one bulk string a word; `words` their number.
    /// `#[commands]` writes this for the commands of downstream traits.
    #[must_use]
    pub const fn custom(name: &'static str, header: &'static [u8], words: u8) -> Self {
        Self {
            name,
            header,
            words,
            flags: Flags::WRITE,
            keys: KeySpec::Unknown,
            request: RequestPolicy::Default,
            response: ResponsePolicy::Default,
            shape: Shape::AsIs,
            group: "",
            since: "",
            complexity: "",
            subcommands: None,
        }
    }

    /// The same with other flags.
    #[must_use]
    pub const fn with_flags(mut self, flags: Flags) -> Self {
        self.flags = flags;
        self.subcommands = subcommands(flags);
        self
    }

    /// The same with another shape of the reply.
    #[must_use]
    pub const fn with_shape(mut self, shape: Shape) -> Self {
        self.shape = shape;
        self
    }

    /// The name, with its subcommand: `CONFIG GET`.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The name as it goes over the wire, one bulk string a word.
    pub const fn header(&self) -> &'static [u8] {
        self.header
    }

    /// How many words the name has.
    pub const fn words(&self) -> u8 {
        self.words
    }

    /// What is true of it.
    pub const fn flags(&self) -> Flags {
        self.flags
    }

    /// Where its keys stand.
    pub const fn keys(&self) -> KeySpec {
        self.keys
    }

    /// To which nodes of a cluster it goes.
    pub const fn request_policy(&self) -> RequestPolicy {
        self.request
    }

    /// How the nodes' replies become one.
    pub const fn response_policy(&self) -> ResponsePolicy {
        self.response
    }

    /// The shape of its reply where no option changes it.
    pub const fn shape(&self) -> Shape {
        self.shape
    }

    /// Its group in the command reference, such as `hash`.
    pub const fn group(&self) -> &'static str {
        self.group
    }

    /// The first server version that has it.
    pub const fn since(&self) -> &'static str {
        self.since
    }

    /// What it costs, as the reference says.
    pub const fn complexity(&self) -> &'static str {
        self.complexity
    }

    /// The facts of the subcommand that its first argument names, if it has any.
    pub(crate) fn subcommand(&self, first: Option<&[u8]>) -> Option<&'static Self> {
        self.subcommands.and_then(|find| find(self.name.as_bytes(), first))
    }

    /// Whether it only reads.
    #[inline]
    pub const fn is_read_only(&self) -> bool {
        self.flags.contains(Flags::READ_ONLY)
    }

    /// Whether running it twice does what running it once does.
    #[inline]
    pub const fn is_repeatable(&self) -> bool {
        self.flags.contains(Flags::REPEATABLE)
    }

    /// Whether it changes the state of the connection itself (`SELECT`, `MULTI`, `SUBSCRIBE`, …), so
    /// that it cannot run on a shared one.
    #[inline]
    pub const fn binds_connection(&self) -> bool {
        self.flags.contains(Flags::BINDS)
    }

    /// Whether it may keep the connection waiting (`BLPOP`, and `XREAD` with `BLOCK`).
    #[inline]
    pub const fn may_block(&self) -> bool {
        self.flags.contains(Flags::BLOCKS)
    }
}

/// The facts about a command that a program declares: what the table knows of its name, under what
/// was written. What binds or blocks its connection cannot be written away.
pub(crate) const fn declared(
    mut spec: CommandSpec,
    access: Option<Flags>,
    more: Flags,
    shape: Option<Shape>,
) -> CommandSpec {
    if let Some(known) = lookup::find_declared(spec.name.as_bytes()) {
        assert!(
            !known.flags.contains(Flags::CONTAINER),
            "this command is nothing without its subcommand: write both in the name"
        );
        spec.flags = known.flags;
        spec.request = known.request;
        spec.response = known.response;
        spec.shape = known.shape;
        spec.group = known.group;
        spec.since = known.since;
        spec.complexity = known.complexity;
    }
    if let Some(access) = access {
        let replaced =
            Flags::READ_ONLY.union(Flags::WRITE).union(Flags::REPEATABLE).union(Flags::CACHEABLE);
        spec.flags = spec.flags.without(replaced).union(access);
    }
    if let Some(shape) = shape {
        spec.shape = shape;
    }
    spec.flags = spec.flags.union(more);
    spec
}

/// What is true of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Flags(u16);

impl Flags {
    /// Nothing.
    pub const NONE: Self = Self(0);
    /// It only reads.
    pub const READ_ONLY: Self = Self(1);
    /// It writes.
    pub const WRITE: Self = Self(1 << 1);
    /// Running it twice does what running it once does.
    pub const REPEATABLE: Self = Self(1 << 2);
    /// It may wait on the server, always or with an option.
    pub const BLOCKS: Self = Self(1 << 3);
    /// It waits on the server whatever its options are.
    pub const ALWAYS_BLOCKS: Self = Self(1 << 4);
    /// It changes the state of the connection.
    pub const BINDS: Self = Self(1 << 5);
    /// It has subcommands and is nothing without one.
    pub const CONTAINER: Self = Self(1 << 6);
    /// Its reply may be cached by a client that tracks its keys.
    pub const CACHEABLE: Self = Self(1 << 7);
    /// It administers the server.
    pub const ADMIN: Self = Self(1 << 8);
    /// It belongs to publish/subscribe.
    pub const PUBSUB: Self = Self(1 << 9);
    /// A server that is loading its data answers it.
    pub const WHILE_LOADING: Self = Self(1 << 10);

    /// Whether all of `other` is true.
    #[inline]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether any of `other` is true.
    #[inline]
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// What is true of either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is true of this and not of `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

/// Where a command's keys stand among its arguments (the name's words not counted).
///
/// A typed method marks its keys itself; this serves raw commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeySpec {
    /// It has none.
    None,
    /// They cannot be told from the text.
    Unknown,
    /// From `first`, every `step`th, until `last` (negative: from the end).
    Range {
        /// The first key's argument, from 0.
        first: u16,
        /// The last key's argument; −1 is the last argument.
        last: i16,
        /// Arguments from one key to the next.
        step: u16,
    },
    /// A number of keys at `at`, the keys after it.
    Counted {
        /// The argument that holds the number.
        at: u16,
        /// Arguments from one key to the next (`MSETEX`: 2).
        step: u16,
    },
    /// The first argument, and a number of keys at `at`, the keys after it (`ZUNIONSTORE`).
    FirstAndCounted {
        /// The argument that holds the number.
        at: u16,
    },
    /// After a keyword (`STREAMS`), the first half of what follows.
    After {
        /// The keyword.
        keyword: &'static str,
        /// The first argument that may be the keyword; what is before it may be anybody's name.
        from: u16,
    },
}

/// To which nodes of a cluster a command goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestPolicy {
    /// By its keys; without keys to any node.
    Default,
    /// To every node.
    AllNodes,
    /// To every primary.
    AllShards,
    /// Split by the slots of its keys.
    MultiShard,
    /// As the command's own rules say (`SCAN`).
    Special,
}

/// How the replies of several nodes become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResponsePolicy {
    /// Joined in the order of the keys, or as a list.
    Default,
    /// The first that succeeds.
    OneSucceeded,
    /// The first, if all succeed.
    AllSucceeded,
    /// The least number.
    AggMin,
    /// The greatest number.
    AggMax,
    /// The sum.
    AggSum,
    /// The logical and.
    AggLogicalAnd,
    /// The logical or.
    AggLogicalOr,
    /// As the command's own rules say.
    Special,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::table::*;

    fn has(spec: &CommandSpec, flags: Flags) -> bool {
        spec.flags.contains(flags)
    }

    #[test]
    fn what_only_reads_may_be_repeated_and_what_writes_may_not() {
        for spec in [&GET, &MGET, &HGETALL, &XRANGE, &XREAD, &TTL, &SCAN, &EVAL_RO] {
            assert!(spec.is_read_only() && spec.is_repeatable(), "{}", spec.name);
        }
        for spec in [&SET, &INCR, &XREADGROUP, &EVAL, &FLUSHALL, &FT_CURSOR, &FT_DICTADD] {
            assert!(!spec.is_read_only() && !spec.is_repeatable(), "{}", spec.name);
            assert!(has(spec, Flags::WRITE), "{}", spec.name);
        }
        for spec in [&PING, &INFO, &CONFIG_GET, &SCRIPT_LOAD, &CLIENT_LIST] {
            assert!(spec.is_repeatable() && !has(spec, Flags::WRITE), "{}", spec.name);
        }
        for spec in [&CONFIG_SET, &CLIENT_KILL, &PUBLISH, &SHUTDOWN, &WAIT] {
            assert!(!spec.is_repeatable(), "{}", spec.name);
        }
    }

    #[test]
    fn no_command_both_reads_only_and_writes() {
        for spec in ALL {
            assert!(!has(spec, Flags::READ_ONLY.union(Flags::WRITE)), "{}", spec.name);
            assert!(!has(spec, Flags::CACHEABLE) || spec.is_read_only(), "{}", spec.name);
            assert!(!has(spec, Flags::ALWAYS_BLOCKS) || spec.may_block(), "{}", spec.name);
        }
    }

    #[test]
    fn what_changes_its_connection_is_known() {
        for spec in [&SELECT, &AUTH, &HELLO, &MULTI, &WATCH, &SUBSCRIBE, &CLIENT_REPLY, &RESET] {
            assert!(spec.binds_connection() && !spec.is_repeatable(), "{}", spec.name);
        }
        for spec in [&GET, &PUBLISH, &CLIENT_ID, &CLIENT_KILL, &BLPOP] {
            assert!(!spec.binds_connection(), "{}", spec.name);
        }
    }

    #[test]
    fn an_option_decides_whether_xread_waits_and_nothing_whether_blpop_does() {
        assert!(XREAD.may_block() && !has(&XREAD, Flags::ALWAYS_BLOCKS));
        assert!(BLPOP.may_block() && has(&BLPOP, Flags::ALWAYS_BLOCKS));
    }

    #[test]
    fn keys_are_where_the_commands_have_them() {
        let one = KeySpec::Range { first: 0, last: 0, step: 1 };
        for spec in [&GET, &OBJECT_ENCODING, &XINFO_STREAM, &JSON_GET, &SORT] {
            assert_eq!(spec.keys, one, "{}", spec.name);
        }
        assert_eq!(BLMOVE.keys, KeySpec::Range { first: 0, last: 1, step: 1 });
        assert_eq!(PFMERGE.keys, KeySpec::Range { first: 0, last: -1, step: 1 });
        assert_eq!(BITOP.keys, KeySpec::Range { first: 1, last: -1, step: 1 });
        assert_eq!(MSET.keys, KeySpec::Range { first: 0, last: -1, step: 2 });
        assert_eq!(JSON_MSET.keys, KeySpec::Range { first: 0, last: -1, step: 3 });
        assert_eq!(BLPOP.keys, KeySpec::Range { first: 0, last: -2, step: 1 });
        assert_eq!(EVAL.keys, KeySpec::Counted { at: 1, step: 1 });
        assert_eq!(MSETEX.keys, KeySpec::Counted { at: 0, step: 2 });
        assert_eq!(ZUNIONSTORE.keys, KeySpec::FirstAndCounted { at: 1 });
        assert_eq!(XREADGROUP.keys, KeySpec::After { keyword: "STREAMS", from: 3 });
        assert_eq!(PING.keys, KeySpec::None);
    }

    #[test]
    fn policies_say_where_a_cluster_sends_a_command() {
        assert_eq!(DBSIZE.request, RequestPolicy::AllShards);
        assert_eq!(DBSIZE.response, ResponsePolicy::AggSum);
        assert_eq!(MGET.request, RequestPolicy::MultiShard);
        assert_eq!(CONFIG_SET.response, ResponsePolicy::AllSucceeded);
        assert_eq!(GET.request, RequestPolicy::Default);
    }

    #[test]
    fn maps_and_sets_have_their_shape() {
        assert_eq!(HGETALL.shape, Shape::Map);
        assert_eq!(SMEMBERS.shape, Shape::Set);
        assert_eq!(XINFO_GROUPS.shape, Shape::ListOf(&Shape::Map));
        assert_eq!(ZRANGE.shape, Shape::AsIs);
    }

    #[test]
    fn containers_are_nothing_by_themselves() {
        for spec in [&CLIENT, &CONFIG, &XINFO, &XGROUP, &OBJECT] {
            assert!(has(spec, Flags::CONTAINER) && spec.words == 1, "{}", spec.name);
        }
        assert_eq!(CONFIG_GET.header, b"$6\r\nCONFIG\r\n$3\r\nGET\r\n");
        assert_eq!(CONFIG_GET.words, 2);
    }
}
