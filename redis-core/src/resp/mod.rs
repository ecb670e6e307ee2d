//! The wire: RESP2 and RESP3, in one grammar.
//!
//! | first byte | type | then |
//! |---|---|---|
//! | `+` `-` | simple string, simple error | text to the end of the line |
//! | `:` `,` `(` `#` `_` | integer, double, big number, boolean, null | text to the end of the line |
//! | `$` `!` `=` | bulk string, bulk error, verbatim string | length, then as many bytes (`$?`: chunks `;n`) |
//! | `*` `~` `>` | array, set, push | count, then as many values (`*?`: until `.`) |
//! | `%` `\|` | map, attributes | count of pairs, then as many pairs (`%?`: until `.`) |
//!
//! This module decides where a reply ends and what its parts are. It does not give them Rust types
//! (that is [`reply`](crate::reply)) and it knows no socket: bytes come in as slices.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation
    )
)]

mod framer;
mod limits;
pub(crate) mod number;
mod protocol_error;
mod scalar;
mod streamed;
mod tape;
mod values;

pub use framer::{Framed, Framer};
pub use limits::Limits;
pub use protocol_error::{Bound, ProtocolError};
pub(crate) use scalar::Scalar;
pub use tape::{Frame, Kind, Node, Tape};
pub(crate) use values::LARGE;
pub use values::Values;
