//! Replies out of bytes, as a connection reads them.

use redis_core::Reply;
use redis_core::resp::{Framer, Limits, ProtocolError};

/// What reading bytes came to.
#[derive(Debug, PartialEq)]
pub(crate) struct Outcome<T> {
    pub(crate) values: Vec<T>,
    pub(crate) failure: Option<ProtocolError>,
    /// Where what was not read begins.
    pub(crate) read: usize,
}

/// Reads `wire` as it grows to each of `sizes` in turn.
pub(crate) fn read<T>(
    limits: Limits,
    wire: &[u8],
    sizes: impl IntoIterator<Item = usize>,
    mut value: impl FnMut(Reply<'_>) -> T,
) -> Outcome<T> {
    let mut framer = Framer::new(limits);
    let mut outcome = Outcome { values: Vec::new(), failure: None, read: 0 };
    for size in sizes {
        loop {
            let bytes = &wire[outcome.read..size];
            match framer.frame(bytes) {
                Ok(Some(framed)) => {
                    assert!((1..=bytes.len()).contains(&framed.length), "more than there is");
                    let frame = framed.joined.as_deref().unwrap_or(&bytes[..framed.length]);
                    outcome.values.push(value(Reply::new(frame, None, framed.tape.nodes())));
                    outcome.read += framed.length;
                    framer.recycle(framed.tape);
                }
                Ok(None) => {
                    assert!(framer.wants() > bytes.len(), "wants no more than it has");
                    assert_eq!(framer.is_mid_frame(), !bytes.is_empty());
                    break;
                }
                Err(failure) => {
                    assert_eq!(framer.frame(bytes).err(), Some(failure.clone()), "once");
                    outcome.failure = Some(failure);
                    return outcome;
                }
            }
        }
    }
    outcome
}

/// Bounds that short inputs can reach.
pub(crate) fn tight() -> Limits {
    Limits::default()
        .with_depth(6)
        .with_bulk_length(200)
        .with_line_length(40)
        .with_elements(24)
        .with_frame_elements(60)
        .with_frame_length(600)
}
