//! The trait by which a reply becomes a Rust value.

use super::Reply;
use crate::error::{Error, Result};

/// A type that a reply can be turned into.
///
/// Your own structs, enums and newtypes become one by `#[derive(FromReply)]`.
///
/// Scalars are bridged between the protocols (RESP2's `"1.5"` and RESP3's `,1.5` are both an `f64`;
/// `:1` and `#t` both a `bool`); structure is not guessed: see [`Shape`](super::Shape). A server's error
/// is an error for every type but [`Result`], which keeps it, and [`Value`](super::Value), which keeps
/// those that lie within a reply.
///
/// | type | read from | refused |
/// |---|---|---|
/// | `()` | anything | |
/// | integers, `NonZero` | an integer, or text that is one | what the type cannot hold, a fraction, a zero for `NonZero` |
/// | `f32`, `f64` | a number, or text that is one; `inf`, `-inf` and `nan` as the server says them | a finite number that the type could only hold as infinity |
/// | `bool` | `1` and `0` as integer, text or boolean; the status `OK`, which is true | all else: `2`, `"yes"`, `"true"`, nil |
/// | `String`, `Cow<'static, str>`, `Box<str>`, `Arc<str>` | the text of a scalar | what is no UTF-8 |
/// | `char` | text of one character | |
/// | [`BulkString`](super::BulkString), `Bytes`, `Vec<u8>`, `Cow<'static, [u8]>` | the bytes of a scalar | nil, aggregates |
/// | `Option<T>` | nil, which is `None`; what `T` is read from | |
/// | `Result<T>` | what `T` is read from; what could not be is the error, so that in a list one element fails alone | |
/// | `Box<T>`, `Arc<T>` | what `T` is read from | |
/// | `Vec`, `VecDeque`, `LinkedList`, `Box<[T]>`, `Arc<[T]>`, `HashSet`, `BTreeSet` | the elements of an array or set; of a map its entries if `T` is a pair | scalars, nil |
/// | `[T; N]`, tuples | as many elements exactly; `[u8; N]` as many bytes | more or fewer |
/// | `HashMap`, `BTreeMap` | a map, an array of pairs, an even array of names and values in turn | other arrays |
/// | [`SystemTime`](std::time::SystemTime) | seconds since 1970, or an array of these and microseconds | 100,000,000,000 and more (the year 5138), which are milliseconds |
/// | [`Seconds`](crate::convert::Seconds), [`Milliseconds`](crate::convert::Milliseconds) | a number of these: a bare [`Duration`](std::time::Duration) would leave the unit to chance | a negative number, NaN |
/// | `Json<T>` (feature `json`) | JSON text | text that is none, or of another form |
/// | `uuid::Uuid` (feature `uuid`) | its text, with hyphens or without, or its 16 bytes | |
/// | [`Value`](super::Value), [`Frame`](crate::resp::Frame) | whatever comes | |
///
/// A reply is decoded wherever its task runs and may outlive the call, so the type can be sent and borrows
/// nothing: that is what lets executors of your own box their futures.
#[diagnostic::on_unimplemented(
    message = "a Redis reply cannot be turned into `{Self}`",
    label = "not a reply type",
    note = "derive it with `#[derive(FromReply)]`, or ask for `Value` and look for yourself"
)]
pub trait FromReply: Sized + Send + 'static {
    /// Reads the value.
    ///
    /// # Errors
    ///
    /// The server's error if the reply is one; a conversion error that says what was wanted and what
    /// was found. Neither harms the connection.
    fn from_reply(reply: Reply<'_>) -> Result<Self>;

    /// Reads a list of values; `u8` makes bytes of it instead.
    #[doc(hidden)]
    #[inline]
    fn vec_from_reply(reply: Reply<'_>) -> Result<Vec<Self>> {
        // the nodes exist, so the length is no mere announcement
        let items = reply.items()?;
        let mut list = Vec::with_capacity(items.len());
        for item in items {
            list.push(Self::from_reply(item)?);
        }
        Ok(list)
    }

    /// Reads what `Option<Self>` is: `None` for nil. A derived struct is `None` for an empty map too,
    /// which is what `HGETALL` answers for a key that does not exist.
    #[doc(hidden)]
    #[inline]
    fn option_from_reply(reply: Reply<'_>) -> Result<Option<Self>> {
        if reply.is_nil() { Ok(None) } else { Self::from_reply(reply).map(Some) }
    }

    /// Reads what became of a command that has no reply. Only a type that can hold a failure is made of
    /// one.
    ///
    /// # Errors
    ///
    /// The failure.
    #[doc(hidden)]
    #[inline]
    fn from_failure(error: Error) -> Result<Self> {
        Err(error)
    }

    /// The same value, the failure that it holds told more of by `explain`.
    #[doc(hidden)]
    #[inline]
    fn explained(self, explain: &dyn Fn(Error) -> Error) -> Self {
        let _ = explain;
        self
    }
}
