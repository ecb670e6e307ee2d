//! What can be an argument: exactly one ([`ToArg`]), or any number ([`ToArgs`]).

use super::{COPY_THRESHOLD, Command};
use crate::error::Error;
use bytes::{Bytes, BytesMut};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, LinkedList, VecDeque};
use std::num::NonZero;
use std::rc::Rc;
use std::sync::Arc;

/// A value that is exactly one argument of a command.
///
/// Your own enums and newtypes become one by `#[derive(ToArgs)]`.
///
/// | type | written as |
/// |---|---|
/// | `str`, `String`, `char`, bytes (`[u8]`, `[u8; N]`, `Vec<u8>`, `Bytes`, `BytesMut`), [`BulkString`](crate::BulkString) | it is; from 16 KiB on from where it lies |
/// | integers, `NonZero` | decimal digits |
/// | `f32`, `f64` | the shortest text that reads back as the same number; `+inf`, `-inf` |
/// | NaN | nothing: the command is refused before it is sent |
/// | `bool` | nothing: it does not compile, for Redis has no boolean, and whether `1`, `true` or `yes` is meant is yours to say |
/// | `&T`, `Box<T>`, `Rc<T>`, `Arc<T>`, `Cow<T>` | as `T` |
/// | [`Seconds`](crate::convert::Seconds), [`Milliseconds`](crate::convert::Milliseconds) | a number of these; `Duration` and `SystemTime` are none, for their unit is the command's: methods that take them choose |
/// | `Json<T>` (feature `json`) | JSON text |
/// | `uuid::Uuid` (feature `uuid`) | hyphenated text in lower case |
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not one argument of a Redis command",
    label = "text, bytes or a number is wanted here",
    note = "lists and maps are for parameters that take `impl ToArgs`; a `bool` has no wire form: write `1` or \"true\""
)]
pub trait ToArg {
    /// Writes itself, by one call of [`Command::push`] or a sibling of it.
    fn to_arg<'a>(&'a self, command: &mut Command<'a>);

    /// About how many bytes that adds to the command: a guess, by which room is made for many at once.
    #[doc(hidden)]
    #[inline]
    fn arg_size(&self) -> usize {
        NUMBER
    }
}

/// A value that is any number of arguments.
///
/// | type | written as |
/// |---|---|
/// | what is [`ToArg`] | that one |
/// | slices, arrays, `Vec`, `VecDeque`, `LinkedList`, `HashSet`, `BTreeSet` | their elements in turn; of `u8` one argument of the whole |
/// | `HashMap`, `BTreeMap` | keys and values in turn |
/// | tuples of what is [`ToArg`] | their parts in turn; of `()` none |
/// | `Option` | what there is |
/// | structs with `#[derive(ToArgs)]` | their fields' names and values in turn |
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the arguments of a Redis command",
    label = "a scalar, a list, a tuple or a map is wanted here"
)]
pub trait ToArgs {
    /// Writes all of them, in order.
    fn to_args<'a>(&'a self, command: &mut Command<'a>);

    /// About how many bytes they add to the command: a guess, by which room is made for many at once.
    #[doc(hidden)]
    #[inline]
    fn args_size(&self) -> usize {
        NUMBER
    }

    /// Writes a slice of itself: each in turn; `u8` makes one argument of the whole.
    #[doc(hidden)]
    #[inline]
    fn slice_to_args<'a>(slice: &'a [Self], command: &mut Command<'a>)
    where
        Self: Sized,
    {
        command.reserve(Self::slice_size(slice));
        for item in slice {
            item.to_args(command);
        }
    }

    /// About how many bytes a slice of itself adds.
    #[doc(hidden)]
    #[inline]
    fn slice_size(slice: &[Self]) -> usize
    where
        Self: Sized,
    {
        sum(slice.iter().map(Self::args_size))
    }
}

/// About what a number takes: of up to ten digits it is no more.
const NUMBER: usize = 16;

/// What a text takes: its length and both line ends besides; one that is not copied, these alone.
#[inline]
fn text_size(length: usize) -> usize {
    if length < COPY_THRESHOLD { length + 9 } else { NUMBER }
}

#[inline]
fn sum(sizes: impl Iterator<Item = usize>) -> usize {
    sizes.fold(0, usize::saturating_add)
}

/// What is written only to be looked at.
pub(super) static PROBE: super::CommandSpec = super::CommandSpec::custom("", b"", 0);

/// How many arguments a value makes.
pub(super) fn count(arguments: &(impl ToArgs + ?Sized)) -> u64 {
    let mut probe = Command::new(&PROBE);
    arguments.to_args(&mut probe);
    u64::from(probe.arguments)
}

macro_rules! text {
    ($($type:ty => $bytes:expr),* $(,)?) => { $(
        impl ToArg for $type {
            #[inline]
            fn to_arg<'a>(&'a self, command: &mut Command<'a>) {
                let bytes: fn(&'a $type) -> &'a [u8] = $bytes;
                command.push_borrowed(bytes(self));
            }

            #[inline]
            fn arg_size(&self) -> usize {
                text_size(self.len())
            }
        }
        impl ToArgs for $type {
            #[inline]
            fn to_args<'a>(&'a self, command: &mut Command<'a>) {
                self.to_arg(command);
            }

            #[inline]
            fn args_size(&self) -> usize {
                self.arg_size()
            }
        }
    )* };
}

text! {
    str => |text| text.as_bytes(),
    String => |text| text.as_bytes(),
    BytesMut => |bytes| bytes,
}

/// Bytes are one argument wherever one is wanted.
macro_rules! bytes_like {
    ($([$($generic:tt)*] $type:ty),* $(,)?) => { $(
        impl<$($generic)*> ToArg for $type {
            #[inline]
            fn to_arg<'a>(&'a self, command: &mut Command<'a>) {
                command.push_borrowed(self);
            }

            #[inline]
            fn arg_size(&self) -> usize {
                text_size(self.len())
            }
        }
    )* };
}

bytes_like! { [] [u8], [] Vec<u8>, [const N: usize] [u8; N] }

impl ToArg for char {
    #[inline]
    fn to_arg<'a>(&'a self, command: &mut Command<'a>) {
        command.push(self.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

impl ToArg for Bytes {
    #[inline]
    fn to_arg<'a>(&'a self, command: &mut Command<'a>) {
        command.push_shared(self);
    }

    #[inline]
    fn arg_size(&self) -> usize {
        text_size(self.len())
    }
}

macro_rules! integers {
    (signed: $($signed:ty),*; unsigned: $($unsigned:ty),*) => {
        $(impl ToArg for $signed {
            #[inline]
            fn to_arg<'a>(&'a self, command: &mut Command<'a>) {
                // every signed type up to 64 bits fits; `isize` has no more
                command.push_integer(*self < 0, self.unsigned_abs() as u64);
            }
        })*
        $(impl ToArg for $unsigned {
            #[inline]
            fn to_arg<'a>(&'a self, command: &mut Command<'a>) {
                command.push_integer(false, *self as u64);
            }
        })*
    };
}

integers!(signed: i8, i16, i32, i64, isize; unsigned: u16, u32, u64, usize);

impl ToArg for u8 {
    #[inline]
    fn to_arg<'a>(&'a self, command: &mut Command<'a>) {
        command.push_integer(false, u64::from(*self));
    }
}

impl ToArgs for u8 {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        self.to_arg(command);
    }

    #[inline]
    fn slice_to_args<'a>(slice: &'a [Self], command: &mut Command<'a>) {
        command.push_borrowed(slice);
    }

    #[inline]
    fn slice_size(slice: &[Self]) -> usize {
        text_size(slice.len())
    }
}

macro_rules! wide_integers {
    ($($type:ty),*) => { $(
        impl ToArg for $type {
            #[inline]
            fn to_arg<'a>(&'a self, command: &mut Command<'a>) {
                command.push(self.to_string().as_bytes());
            }
        }
    )* };
}

wide_integers!(i128, u128);

macro_rules! floats {
    ($($type:ty),*) => { $(
        impl ToArg for $type {
            #[inline]
            fn to_arg<'a>(&'a self, command: &mut Command<'a>) {
                let magnitude = self.abs();
                if self.is_nan() {
                    command.push(b"nan");
                    command.reject(Error::argument("NaN is no number to Redis"));
                } else if magnitude.is_infinite() {
                    command.push(if *self < 0.0 { b"-inf" } else { b"+inf" });
                } else if magnitude == 0.0 || (1e-5..1e17).contains(&magnitude) {
                    // the shortest text that reads back as the same number
                    command.push(self.to_string().as_bytes());
                } else {
                    command.push(format!("{self:e}").as_bytes());
                }
            }
        }
    )* };
}

floats!(f32, f64);

macro_rules! non_zero {
    ($($type:ty),*) => { $(
        impl ToArg for NonZero<$type> {
            #[inline]
            fn to_arg<'a>(&'a self, command: &mut Command<'a>) {
                command.push(self.to_string().as_bytes());
            }
        }
        impl ToArgs for NonZero<$type> {
            #[inline]
            fn to_args<'a>(&'a self, command: &mut Command<'a>) {
                self.to_arg(command);
            }
        }
    )* };
}

non_zero!(i8, i16, i32, i64, isize, u8, u16, u32, u64, usize, i128, u128);

macro_rules! scalars_are_one_of_many {
    ($($type:ty),* $(,)?) => { $(
        impl ToArgs for $type {
            #[inline]
            fn to_args<'a>(&'a self, command: &mut Command<'a>) {
                self.to_arg(command);
            }

            #[inline]
            fn args_size(&self) -> usize {
                self.arg_size()
            }
        }
    )* };
}

scalars_are_one_of_many!(
    char, Bytes, i8, i16, i32, i64, isize, u16, u32, u64, usize, i128, u128, f32, f64
);

macro_rules! forwarding {
    ($([$($generic:tt)*] $target:ident = $type:ty),* $(,)?) => { $(
        impl<$($generic)*> ToArg for $type where $target: ToArg {
            #[inline]
            fn to_arg<'a>(&'a self, command: &mut Command<'a>) {
                (**self).to_arg(command);
            }

            #[inline]
            fn arg_size(&self) -> usize {
                (**self).arg_size()
            }
        }
        impl<$($generic)*> ToArgs for $type where $target: ToArgs {
            #[inline]
            fn to_args<'a>(&'a self, command: &mut Command<'a>) {
                (**self).to_args(command);
            }

            #[inline]
            fn args_size(&self) -> usize {
                (**self).args_size()
            }
        }
    )* };
}

forwarding! {
    [T: ?Sized] T = &T,
    [T: ?Sized] T = &mut T,
    [T: ?Sized] T = Box<T>,
    [T: ?Sized] T = Rc<T>,
    [T: ?Sized] T = Arc<T>,
    [T: ToOwned + ?Sized] T = Cow<'_, T>,
}

macro_rules! lists {
    ($([$($generic:tt)*] $type:ty),* $(,)?) => { $(
        impl<T: ToArgs, $($generic)*> ToArgs for $type {
            #[inline]
            fn to_args<'a>(&'a self, command: &mut Command<'a>) {
                T::slice_to_args(self, command);
            }

            #[inline]
            fn args_size(&self) -> usize {
                T::slice_size(self)
            }
        }
    )* };
}

lists! { [] [T], [] Vec<T>, [const N: usize] [T; N] }

macro_rules! collections {
    ($([$($generic:tt)*] $type:ty),* $(,)?) => { $(
        impl<T: ToArgs, $($generic)*> ToArgs for $type {
            #[inline]
            fn to_args<'a>(&'a self, command: &mut Command<'a>) {
                command.reserve(self.args_size());
                for item in self {
                    item.to_args(command);
                }
            }

            #[inline]
            fn args_size(&self) -> usize {
                sum(self.iter().map(T::args_size))
            }
        }
    )* };
}

collections! { [] VecDeque<T>, [] LinkedList<T>, [] BTreeSet<T>, [S] HashSet<T, S> }

/// An argument that may be left out.
impl<T: ToArgs> ToArgs for Option<T> {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        if let Some(argument) = self {
            argument.to_args(command);
        }
    }

    #[inline]
    fn args_size(&self) -> usize {
        self.as_ref().map_or(0, T::args_size)
    }
}

macro_rules! maps {
    ($([$($generic:tt)*] $type:ty),* $(,)?) => { $(
        impl<K: ToArg, V: ToArg, $($generic)*> ToArgs for $type {
            #[inline]
            fn to_args<'a>(&'a self, command: &mut Command<'a>) {
                command.reserve(self.args_size());
                for (key, value) in self {
                    key.to_arg(command);
                    value.to_arg(command);
                }
            }

            #[inline]
            fn args_size(&self) -> usize {
                sum(self.iter().map(|(key, value)| key.arg_size() + value.arg_size()))
            }
        }
    )* };
}

maps! { [] BTreeMap<K, V>, [S] HashMap<K, V, S> }

/// None: what a script without keys is given.
impl ToArgs for () {
    #[inline]
    fn to_args<'a>(&'a self, _: &mut Command<'a>) {}
}

/// A tuple is its parts in order; as an element of a list, each tuple in turn (`[("f", 1), ("g", 2)]`).
macro_rules! tuples {
    ($(($($name:ident $at:tt),+))*) => { $(
        impl<$($name: ToArg),+> ToArgs for ($($name,)+) {
            #[inline]
            fn to_args<'a>(&'a self, command: &mut Command<'a>) {
                $(self.$at.to_arg(command);)+
            }

            #[inline]
            fn args_size(&self) -> usize {
                [$(self.$at.arg_size()),+].into_iter().sum()
            }
        }
    )* };
}

tuples! {
    (A 0) (A 0, B 1) (A 0, B 1, C 2) (A 0, B 1, C 2, D 3) (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5) (A 0, B 1, C 2, D 3, E 4, F 5, G 6)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::table;

    fn wire(arguments: impl ToArgs) -> Vec<String> {
        let command = Command::new(&table::MSET).args(&arguments);
        command.argument_bytes().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect()
    }

    #[test]
    fn bytes_are_one_argument_and_lists_are_many() {
        assert_eq!(wire(b"ab".to_vec()), ["ab"]);
        assert_eq!(wire(*b"ab"), ["ab"]);
        assert_eq!(wire(vec![b"a".to_vec(), b"b".to_vec()]), ["a", "b"]);
        assert_eq!(wire([1, -2, i64::MIN]), ["1", "-2", "-9223372036854775808"]);
    }

    #[test]
    fn pairs_come_from_tuples_lists_of_tuples_and_maps() {
        assert_eq!(wire(("a", 1)), ["a", "1"]);
        assert_eq!(wire([("a", 1), ("b", 2)]), ["a", "1", "b", "2"]);
        assert_eq!(wire(BTreeMap::from([("a", 1), ("b", 2)])), ["a", "1", "b", "2"]);
        assert_eq!(wire(Some("a")), ["a"]);
        assert_eq!(wire(None::<&str>), [""; 0]);
    }

    #[test]
    fn what_points_to_an_argument_is_one_too() {
        let pointers: [&dyn Fn() -> Vec<String>; 6] = [
            &|| wire(Box::new("a")),
            &|| wire(Arc::<str>::from("a")),
            &|| wire(Rc::new("a".to_owned())),
            &|| wire(Cow::Borrowed("a")),
            &|| wire(Box::<[u8]>::from(*b"a")),
            &|| wire(Arc::<[&str]>::from(["a"])),
        ];
        for pointer in pointers {
            assert_eq!(pointer(), ["a"]);
        }
        assert_eq!(wire(Cow::Borrowed(&[1, 2][..])), ["1", "2"]);
    }

    #[test]
    fn floats_are_written_as_the_shortest_text_that_reads_back() {
        assert_eq!(wire([0.1, 1.0, -2.5, 1e300, 1e-7]), ["0.1", "1", "-2.5", "1e300", "1e-7"]);
        assert_eq!(wire([f64::INFINITY, f64::NEG_INFINITY]), ["+inf", "-inf"]);
    }

    #[test]
    fn what_is_reserved_is_what_many_arguments_take() {
        fn check(arguments: impl ToArgs) {
            let command = Command::new(&table::MSET).args(&arguments);
            let (guess, size) = (arguments.args_size(), command.body.len());
            assert!(guess >= size && guess <= 3 * size + 16, "{guess} for {size} bytes");
        }
        let long = "x".repeat(1000);
        check(vec!["key:0123456789"; 100]);
        check(vec![long.clone(); 100]);
        check([b"a".to_vec(), b"bc".to_vec()]);
        check([("field", 1_234_567_890); 50]);
        check(BTreeMap::from([("a", 1), ("b", 2)]));
        check(BTreeSet::from([Bytes::from("a"), Bytes::from("b")]));
        check(vec![Some(Cow::Borrowed("a")), None]);
        check([1_u8; 300]);
        check(vec![long.repeat(20).into_bytes(); 3]);
    }

    #[test]
    fn nan_is_refused_before_any_io() {
        let nan = f64::NAN;
        let mut command = Command::new(&table::SET).key("k").arg(&nan);
        let error = command.check().unwrap_err();
        assert_eq!(error.to_string(), "SET: NaN is no number to Redis");
    }
}
