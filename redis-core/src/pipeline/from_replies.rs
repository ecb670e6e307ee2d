//! All replies of a pipeline as one value.

use super::replies::Replies;
use crate::error::{Error, ErrorKind, Result};
use crate::reply::FromReply;

/// A type that the replies of a whole pipeline can be turned into.
///
/// | type | of a pipeline of | fails with |
/// |---|---|---|
/// | `()` | any commands | the first error |
/// | `(A, B, …)` | as many commands | the first error |
/// | `Vec<T>`, `[T; N]` | commands of one reply type | the first error |
/// | [`Replies`] | any commands | nothing that concerns a single command |
/// | `Option<T>` | a transaction | as `T`; it is `None` where a watched key had changed |
///
/// Where a part is a `Result<T>`, it holds its command's error and does not fail the whole:
/// `execute::<(Result<i64>, String)>()`, `execute::<Vec<Result<Value>>>()`.
#[diagnostic::on_unimplemented(
    message = "the replies of a pipeline cannot be turned into `{Self}`",
    note = "a tuple of one type for each command can, and `Vec<T>`, `()` and `Replies`"
)]
pub trait FromReplies: Sized {
    /// Refuses, before anything is sent, a number of commands that this cannot be read from.
    ///
    /// # Errors
    ///
    /// A misuse that says how many commands there are.
    fn check_count(count: usize) -> Result<()> {
        let _ = count;
        Ok(())
    }

    /// Reads the value.
    ///
    /// # Errors
    ///
    /// Why there are no replies at all, or what became of the first command that failed.
    fn from_replies(replies: Replies) -> Result<Self>;
}

impl FromReplies for Replies {
    #[inline]
    fn from_replies(replies: Replies) -> Result<Self> {
        replies.check()?;
        Ok(replies)
    }
}

/// Nothing but success.
impl FromReplies for () {
    #[inline]
    fn from_replies(replies: Replies) -> Result<Self> {
        replies.check()?;
        let first = replies.errors().next();
        first.map_or(Ok(()), Err)
    }
}

impl<T: FromReply> FromReplies for Vec<T> {
    fn from_replies(replies: Replies) -> Result<Self> {
        replies.check()?;
        // so many replies have come
        let mut list = Self::with_capacity(replies.len());
        for (index, answer) in replies.store.answers().iter().enumerate() {
            list.push(match replies.store.alone(answer) {
                Some(reply) => replies.explained(index, T::from_reply(reply))?,
                None => replies.read(index)?,
            });
        }
        Ok(list)
    }
}

impl<T: FromReply, const N: usize> FromReplies for [T; N] {
    fn check_count(count: usize) -> Result<()> {
        exactly(count, N)
    }

    fn from_replies(replies: Replies) -> Result<Self> {
        let list = Vec::from_replies(replies)?;
        Self::try_from(list).map_err(|list: Vec<T>| wrong_count(list.len(), N))
    }
}

/// `None` where a watched key had changed.
impl<T: FromReplies> FromReplies for Option<T> {
    fn check_count(count: usize) -> Result<()> {
        T::check_count(count)
    }

    fn from_replies(replies: Replies) -> Result<Self> {
        match replies.check() {
            Err(error) if error.kind() == ErrorKind::WatchFailed => Ok(None),
            _ => T::from_replies(replies).map(Some),
        }
    }
}

macro_rules! tuples {
    ($($count:literal: $($name:ident $index:literal)+;)*) => { $(
        impl<$($name: FromReply),+> FromReplies for ($($name,)+) {
            fn check_count(count: usize) -> Result<()> {
                exactly(count, $count)
            }

            fn from_replies(replies: Replies) -> Result<Self> {
                replies.check()?;
                exactly(replies.len(), $count)?;
                Ok(($(replies.read::<$name>($index)?,)+))
            }
        }
    )* };
}

tuples! {
    1: A 0;
    2: A 0 B 1;
    3: A 0 B 1 C 2;
    4: A 0 B 1 C 2 D 3;
    5: A 0 B 1 C 2 D 3 E 4;
    6: A 0 B 1 C 2 D 3 E 4 F 5;
    7: A 0 B 1 C 2 D 3 E 4 F 5 G 6;
    8: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7;
    9: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8;
    10: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9;
    11: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10;
    12: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11;
}

#[inline]
fn exactly(count: usize, wanted: usize) -> Result<()> {
    if count == wanted { Ok(()) } else { Err(wrong_count(count, wanted)) }
}

#[cold]
fn wrong_count(count: usize, wanted: usize) -> Error {
    let message = format!("{wanted} replies were asked for, of a pipeline of {count} commands");
    Error::new(ErrorKind::Misuse, message)
}
