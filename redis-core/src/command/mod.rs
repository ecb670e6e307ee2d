//! Commands: encoded once, while they are built, with their keys marked and their facts attached.
//!
//! This module decides a command's bytes and what is known of it. It does not decide where it goes
//! or how often.

mod args;
mod block;
mod buffer;
mod exclusive;
mod failure;
mod field;
mod keys;
mod lookup;
mod options;
mod rare;
mod raw;
mod remedy;
mod secrets;
mod segments;
pub mod spec;
#[rustfmt::skip]
pub mod table;
mod words;

pub use args::{ToArg, ToArgs};
pub use block::Block;
pub(crate) use field::ToField;
pub use lookup::find;
pub use options::CallOptions;
pub use raw::RawCommand;
pub(crate) use remedy::Remedy;
pub use secrets::secrets;
pub use segments::Segments;
pub(crate) use spec::declared;
pub use spec::{CommandSpec, Flags, KeySpec, RequestPolicy, ResponsePolicy};

use crate::error::{Error, Result};
use crate::reply::Shape;
use buffer::{Buffer, decimal};
use bytes::Bytes;
use keys::Keys;
use rare::Rare;
use std::borrow::Cow;

/// From this many bytes on an argument is not copied into the command but sent from where it lies.
///
/// Below it, one `memcpy` costs less than one more segment of a vectored write; the benchmark
/// `encode` in `benches` shows where the lines cross.
pub const COPY_THRESHOLD: usize = 16 * 1024;

/// One command, encoded while it is built.
///
/// Short arguments are copied into a buffer that lies inside the command; an argument of
/// [`COPY_THRESHOLD`] bytes or more stays where it is and is borrowed for `'a`.
///
/// Made by the commands' methods, by [`command`](crate::ExecuteCommand::command) and by `#[commands]`; an
/// executor of one's own is handed it.
///
/// # Example: by hand
///
/// ```
/// use redis_sync::{Command, CommandSpec};
///
/// static GREET: CommandSpec = CommandSpec::custom("GREET", b"$5\r\nGREET\r\n", 1);
/// let command = Command::new(&GREET).key("friend").arg("hello");
/// assert_eq!(command.to_bytes(), b"*3\r\n$5\r\nGREET\r\n$6\r\nfriend\r\n$5\r\nhello\r\n");
/// ```
#[derive(Clone)]
#[must_use = "a command does nothing until it is executed"]
pub struct Command<'a> {
    spec: &'static CommandSpec,
    shape: Shape,
    arguments: u32,
    keys: Keys,
    body: Buffer,
    /// None, in most commands; apart from what is rare, since it alone borrows.
    large: Option<Box<LargeArguments<'a>>>,
    rare: Option<Box<Rare>>,
}

/// The arguments that were not copied, in order.
#[derive(Clone, Default)]
struct LargeArguments<'a>(Vec<Large<'a>>);

/// An argument that was not copied, and where in the body it belongs.
#[derive(Clone)]
struct Large<'a> {
    at: usize,
    bytes: Payload<'a>,
}

#[derive(Clone)]
enum Payload<'a> {
    Borrowed(&'a [u8]),
    Shared(Bytes),
}

impl Payload<'_> {
    #[inline]
    fn as_slice(&self) -> &[u8] {
        match self {
            Self::Borrowed(bytes) => bytes,
            Self::Shared(bytes) => bytes,
        }
    }
}

impl<'a> Command<'a> {
    /// A command of the given kind, without arguments yet.
    #[inline(always)]
    pub fn new(spec: &'static CommandSpec) -> Self {
        Self {
            spec,
            shape: spec.shape,
            arguments: 0,
            keys: Keys::none(),
            body: Buffer::new(),
            large: None,
            rare: None,
        }
    }

    /// Adds a key: what decides where a cluster sends the command.
    #[inline(always)]
    pub fn key<'b: 'a>(mut self, key: &'b (impl ToArg + ?Sized)) -> Self {
        self.mark_key();
        key.to_arg(&mut self);
        self
    }

    /// Adds keys.
    #[inline]
    pub fn keys<'b: 'a>(self, keys: &'b (impl ToArgs + ?Sized)) -> Self {
        self.keys_every(1, keys)
    }

    /// Adds arguments of which every `step`th, from the first on, is a key (`MSET`: 2).
    pub fn keys_every<'b: 'a>(mut self, step: u32, arguments: &'b (impl ToArgs + ?Sized)) -> Self {
        let from = self.arguments;
        arguments.to_args(&mut self);
        for key in (from..self.arguments).step_by(step.max(1) as usize) {
            self.mark_key_at(key);
        }
        self
    }

    /// Adds one argument.
    #[inline(always)]
    pub fn arg<'b: 'a>(mut self, argument: &'b (impl ToArg + ?Sized)) -> Self {
        argument.to_arg(&mut self);
        self
    }

    /// Adds any number of arguments.
    #[inline]
    pub fn args<'b: 'a>(mut self, arguments: &'b (impl ToArgs + ?Sized)) -> Self {
        arguments.to_args(&mut self);
        self
    }

    /// Adds `word` if `condition` holds.
    #[inline]
    pub fn flag(mut self, word: &'static str, condition: bool) -> Self {
        if condition {
            self.push(word.as_bytes());
        }
        self
    }

    /// Adds `word` and the argument, if there is one.
    #[inline]
    pub fn option<'b: 'a>(
        mut self,
        word: &'static str,
        argument: Option<&'b (impl ToArg + ?Sized)>,
    ) -> Self {
        if let Some(argument) = argument {
            self.push(word.as_bytes());
            argument.to_arg(&mut self);
        }
        self
    }

    /// Adds the number of arguments that `arguments` makes, then these, all of them keys (`ZUNION`).
    pub fn counted_keys<'b: 'a>(mut self, keys: &'b (impl ToArgs + ?Sized)) -> Self {
        self.push_integer(false, args::count(keys));
        self.keys(keys)
    }

    /// Gives the reply another shape than the command's usual one; options decide this.
    #[inline]
    pub fn shape(mut self, shape: Shape) -> Self {
        self.shape = shape;
        self
    }

    /// Refuses the command if it has fewer than `least` arguments besides its name: then `what` is empty.
    #[inline]
    pub fn at_least(mut self, least: u32, what: &'static str) -> Self {
        if self.arguments < least {
            self.reject(Error::argument(format!("`{what}` is empty: at least one is needed")));
        }
        self
    }

    /// Says that this command waits on the server.
    #[inline]
    pub fn block(mut self, block: Block) -> Self {
        self.rare_mut().block = Some(block);
        self
    }

    /// Refuses the command before any I/O; the first refusal stands.
    #[cold]
    pub fn reject(&mut self, error: Error) {
        self.rare_mut().invalid.get_or_insert(error);
    }

    /// The options of this one call, to be set.
    pub fn options_mut(&mut self) -> &mut CallOptions {
        &mut self.rare_mut().options
    }

    /// Makes room for about so many bytes of arguments.
    #[inline]
    pub(crate) fn reserve(&mut self, bytes: usize) {
        self.body.reserve(bytes);
    }

    /// Writes one argument, copied. [`ToArg`] implementations end here.
    #[inline]
    pub fn push(&mut self, argument: &[u8]) {
        self.arguments += 1;
        self.body.push_bulk(argument);
    }

    /// Writes one argument that lives as long as the command: copied if short, borrowed if not.
    #[inline]
    pub fn push_borrowed(&mut self, argument: &'a [u8]) {
        if argument.len() < COPY_THRESHOLD {
            self.push(argument);
        } else {
            self.push_large(argument.len(), Payload::Borrowed(argument));
        }
    }

    /// Writes one argument that can be shared: copied if short, shared if not.
    pub fn push_shared(&mut self, argument: &Bytes) {
        if argument.len() < COPY_THRESHOLD {
            self.push(argument);
        } else {
            self.push_large(argument.len(), Payload::Shared(argument.clone()));
        }
    }

    /// Writes an integer.
    #[inline]
    pub fn push_integer(&mut self, negative: bool, magnitude: u64) {
        let mut room = [0; 20];
        let digits = decimal(magnitude, &mut room);
        if negative {
            let mut signed = [b'-'; 21];
            let length = digits.len() + 1;
            signed[1..length].copy_from_slice(digits);
            self.push(&signed[..length]);
        } else {
            self.push(digits);
        }
    }

    #[inline]
    fn push_large(&mut self, length: usize, bytes: Payload<'a>) {
        self.arguments += 1;
        let body = std::mem::replace(&mut self.body, Buffer::new());
        let large = self.large.take();
        (self.body, self.large) = with_large(body, large, length, bytes);
    }

    #[inline]
    fn mark_key(&mut self) {
        self.mark_key_at(self.arguments);
    }

    #[inline]
    fn mark_key_at(&mut self, argument: u32) {
        if !self.keys.push(argument) {
            self.rare = Some(with_key(self.rare.take(), argument));
        }
    }

    fn rare_mut(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }
}

/// What those who carry a command ask it.
impl<'a> Command<'a> {
    /// The facts about it.
    #[inline]
    pub fn spec(&self) -> &'static CommandSpec {
        self.spec
    }

    /// Its name, for messages: `CONFIG GET`.
    pub fn name(&self) -> Cow<'static, str> {
        match self.rare.as_deref().and_then(|rare| rare.name.as_deref()) {
            Some(name) => Cow::Owned(name.to_owned()),
            None => Cow::Borrowed(self.spec.name),
        }
    }

    /// The shape of its reply.
    #[inline]
    pub fn reply_shape(&self) -> Shape {
        self.shape
    }

    /// Whether and how long it waits on the server.
    #[inline]
    pub fn blocking(&self) -> Block {
        match self.rare.as_deref().and_then(|rare| rare.block) {
            Some(block) => block,
            None if self.spec.flags.contains(Flags::ALWAYS_BLOCKS) => Block::Forever,
            None => Block::No,
        }
    }

    /// The options of this one call.
    #[inline]
    pub fn options(&self) -> Option<&CallOptions> {
        self.rare.as_deref().map(|rare| &rare.options)
    }

    /// Whether it may be run again when nobody knows whether it ran: what the call says, else whether
    /// it only reads or the table says so.
    #[inline]
    pub fn is_repeatable(&self) -> bool {
        match self.options().and_then(|options| options.repeatable) {
            Some(marked) => marked,
            None => {
                self.is_read_only() || (self.spec.is_repeatable() && self.blocking() == Block::No)
            }
        }
    }

    /// Whether it only reads.
    #[inline]
    pub fn is_read_only(&self) -> bool {
        match self.options().and_then(|options| options.read_only) {
            Some(marked) => marked,
            None => self.spec.is_read_only(),
        }
    }

    /// Whether it changes the state of its connection.
    #[inline]
    pub fn binds_connection(&self) -> bool {
        self.spec.binds_connection()
    }

    /// How many arguments it has, the name's words included.
    #[inline]
    pub fn len(&self) -> usize {
        self.arguments as usize + usize::from(self.written().words)
    }

    /// Whether it has no argument besides its name.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.arguments == 0
    }

    /// How many bytes it has on the wire, at most.
    #[inline]
    pub fn size(&self) -> usize {
        let large: usize = self.large().iter().map(|large| large.bytes.as_slice().len()).sum();
        // `*` and up to ten digits and the line end
        13 + self.written().header.len() + self.body.len() + large
    }

    /// Its keys, in order.
    pub fn key_bytes(&self) -> impl Iterator<Item = &[u8]> {
        let others = self.rare.as_deref().map_or(&[][..], |rare| &rare.keys);
        let marked = self.keys.iter().chain(others.iter().copied());
        let mut arguments = self.argument_bytes().enumerate();
        marked.filter_map(move |key| {
            arguments.find(|(at, _)| *at == key as usize).map(|(_, bytes)| bytes)
        })
    }

    /// Its arguments after the name, in order.
    pub fn argument_bytes(&self) -> impl Iterator<Item = &[u8]> {
        segments::Arguments::new(self.body.as_slice(), self.large())
    }

    /// Says what makes it unfit to be sent, if anything does.
    ///
    /// # Errors
    ///
    /// The first argument that has no valid wire form, by name.
    #[inline]
    pub fn check(&mut self) -> Result<()> {
        match self.take_invalid() {
            Some(error) => Err(error.with_command(self.name())),
            None => Ok(()),
        }
    }

    /// Whether all that can be said of it is what its spec says, and that holds nothing up and leaves the
    /// connection as it is; all of it lies in its buffer.
    #[inline]
    pub(crate) fn is_ordinary(&self) -> bool {
        const SUSPECT: Flags = Flags::BINDS.union(Flags::ALWAYS_BLOCKS);
        self.rare.is_none() && self.large.is_none() && !self.spec.flags.intersects(SUSPECT)
    }

    /// Whether it owns no memory, as most commands: it may be forgotten then, where to drop it is a call, and one more
    /// for each part that might own some.
    #[inline]
    pub fn owns_nothing(&self) -> bool {
        self.rare.is_none() && self.large.is_none() && self.body.is_inline()
    }

    /// Says why it cannot run on a shared connection, if it cannot.
    ///
    /// # Errors
    ///
    /// A misuse that names `connection()`, for what changes the state of the connection, and for what waits
    /// for its own connection's writes.
    #[inline]
    pub fn check_shared(&self) -> Result<()> {
        const SUSPECT: Flags = Flags::BINDS.union(Flags::CONTAINER).union(Flags::ALWAYS_BLOCKS);
        if self.spec.flags.intersects(SUSPECT) { self.look_closer() } else { Ok(()) }
    }

    /// A container was given without its subcommand's facts: its first argument may name one that binds.
    #[cold]
    fn look_closer(&self) -> Result<()> {
        if matches!(self.spec.name, "WAIT" | "WAITAOF") {
            return Err(self.refuse_elsewhere());
        }
        let found = self.spec.subcommand(self.argument_bytes().next());
        if self.spec.binds_connection() || found.is_some_and(CommandSpec::binds_connection) {
            Err(self.refuse_shared())
        } else {
            Ok(())
        }
    }

    fn refuse_elsewhere(&self) -> Error {
        Error::new(
            crate::error::ErrorKind::Misuse,
            "it waits for what was written over its own connection, and nobody knows over which one of a \
             shared client that was: write and wait on one of your own, with `connection()`",
        )
        .with_command(self.name())
    }

    fn refuse_shared(&self) -> Error {
        Error::new(
            crate::error::ErrorKind::Misuse,
            "it changes the state of its connection, which others share: take one of your own with `connection()`",
        )
        .with_command(self.name())
    }

    /// Appends the whole command to `out`, large arguments copied.
    #[inline]
    pub fn write_to(&self, out: &mut Vec<u8>) {
        if self.rare.is_none() && self.large.is_none() {
            self.write_ordinary(out);
        } else {
            self.write_whole(out);
        }
    }

    #[inline(never)]
    fn write_whole(&self, out: &mut Vec<u8>) {
        out.reserve(self.size());
        self.write_head(out);
        let body = self.body.as_slice();
        let mut from = 0;
        for large in self.large() {
            out.extend_from_slice(&body[from..large.at]);
            out.extend_from_slice(large.bytes.as_slice());
            from = large.at;
        }
        out.extend_from_slice(&body[from..]);
    }

    /// The same of one of which nothing is rare or large; how many bytes that are.
    #[inline(always)]
    pub(crate) fn write_ordinary(&self, out: &mut Vec<u8>) -> usize {
        let (before, spec, body) = (out.len(), self.spec, self.body.as_slice());
        out.reserve(13 + spec.header.len() + body.len());
        let count = self.arguments as usize + usize::from(spec.words);
        write_count(count, out);
        out.extend_from_slice(spec.header);
        out.extend_from_slice(body);
        out.len() - before
    }

    /// Appends the command to `out` without its large arguments: each is handed to `large` with the
    /// place in `out` where it belongs, shared and not copied if the command
    /// [owns](Self::into_owned) it.
    pub fn write_shared(&self, out: &mut Vec<u8>, mut large: impl FnMut(usize, Bytes)) {
        self.write_head(out);
        let start = out.len();
        out.extend_from_slice(self.body.as_slice());
        for Large { at, bytes } in self.large() {
            let shared = match bytes {
                Payload::Borrowed(bytes) => Bytes::copy_from_slice(bytes),
                Payload::Shared(bytes) => bytes.clone(),
            };
            large(start + at, shared);
        }
    }

    /// Appends the beginning, up to the last word of the name, to `out`.
    #[inline]
    pub fn write_head(&self, out: &mut Vec<u8>) {
        write_count(self.len(), out);
        out.extend_from_slice(self.written().header);
    }

    /// Whether it has arguments that were not copied.
    #[inline]
    pub fn has_large(&self) -> bool {
        self.large.is_some()
    }

    /// The parts that follow the head, for a vectored write: nothing is copied.
    pub fn segments(&self) -> Segments<'_> {
        Segments::new(self.body.as_slice(), self.large())
    }

    /// The whole command as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write_to(&mut out);
        out
    }

    /// The same command, free of what it borrowed: large arguments are copied once, shared ones not.
    #[inline]
    pub fn into_owned(self) -> Command<'static> {
        Command {
            spec: self.spec,
            shape: self.shape,
            arguments: self.arguments,
            keys: self.keys,
            body: self.body,
            large: self.large.map(|large| Box::new(own(*large))),
            rare: self.rare,
        }
    }

    #[inline]
    fn large(&self) -> &[Large<'a>] {
        self.large.as_deref().map_or(&[], |large| &large.0)
    }

    /// The facts of what stands for the name on the wire: a subcommand may have followed as an argument.
    #[inline]
    fn written(&self) -> &'static CommandSpec {
        self.rare.as_deref().and_then(|rare| rare.written).unwrap_or(self.spec)
    }

    #[inline]
    fn invalid(&self) -> Option<&Error> {
        self.rare.as_deref().and_then(|rare| rare.invalid.as_ref())
    }

    #[inline]
    fn take_invalid(&mut self) -> Option<Error> {
        self.rare.as_deref_mut().and_then(|rare| rare.invalid.take())
    }
}

/// How many arguments follow, the name's words included.
#[inline(always)]
fn write_count(count: usize, out: &mut Vec<u8>) {
    if count < 10 {
        out.extend_from_slice(&[b'*', b'0' + count as u8, b'\r', b'\n']);
    } else {
        write_large_count(count, out);
    }
}

fn write_large_count(count: usize, out: &mut Vec<u8>) {
    let mut room = [0; 20];
    out.push(b'*');
    out.extend_from_slice(decimal(count as u64, &mut room));
    out.extend_from_slice(b"\r\n");
}

/// A key that is in no row with the others.
#[cold]
#[inline(never)]
fn with_key(rare: Option<Box<Rare>>, argument: u32) -> Box<Rare> {
    let mut rare = rare.unwrap_or_default();
    rare.keys.push(argument);
    rare
}

/// An argument that is not copied.
#[cold]
#[inline(never)]
fn with_large<'a>(
    mut body: Buffer,
    large: Option<Box<LargeArguments<'a>>>,
    length: usize,
    bytes: Payload<'a>,
) -> (Buffer, Option<Box<LargeArguments<'a>>>) {
    let mut room = [0; 20];
    body.push(b"$");
    body.push(decimal(length as u64, &mut room));
    body.push(b"\r\n");
    let mut all = large.unwrap_or_default();
    all.0.push(Large { at: body.len(), bytes });
    body.push(b"\r\n");
    (body, Some(all))
}

#[cold]
fn own(large: LargeArguments<'_>) -> LargeArguments<'static> {
    let owned = large.0.into_iter().map(|Large { at, bytes }| Large {
        at,
        bytes: Payload::Shared(match bytes {
            Payload::Borrowed(bytes) => Bytes::copy_from_slice(bytes),
            Payload::Shared(bytes) => bytes,
        }),
    });
    LargeArguments(owned.collect())
}

impl std::fmt::Debug for Command<'_> {
    /// The name and the number of arguments: their values are the user's.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Command({}, {} arguments)", self.name(), self.arguments)
    }
}
