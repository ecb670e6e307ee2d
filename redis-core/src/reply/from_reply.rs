//! The trait by which a reply becomes a Rust value.

use super::Reply;
use crate::error::Result;

/// A type that a reply can be turned into.
///
/// Numbers, text, bytes, `Option`, `Vec`, tuples, the standard maps and sets, [`Value`](super::Value) for
/// whatever comes, and by `#[derive(FromReply)]` your own structs.
///
/// Scalars are bridged between the protocols (RESP2's `"1.5"` and RESP3's `,1.5` are both an `f64`;
/// `:1` and `#t` both a `bool`); structure is not guessed: see [`Shape`](super::Shape).
#[diagnostic::on_unimplemented(
    message = "a Redis reply cannot be turned into `{Self}`",
    label = "not a reply type",
    note = "derive it with `#[derive(FromReply)]`, or ask for `Value` and look for yourself"
)]
pub trait FromReply: Sized {
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
}
