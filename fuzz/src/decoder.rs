//! However the bytes are cut, the same tapes come of them, and the same error at the same place.
//!
//! Nothing is decoded here, so that as many inputs as possible are tried; what the tapes mean is the
//! business of the other targets.

use crate::wire::tight;
use redis_core::resp::{Framer, Limits, Node, ProtocolError};

/// The first bytes say where to cut, the others are the wire.
pub fn run(data: &[u8]) {
    let [bounds, count, rest @ ..] = data else { return };
    let limits = if bounds & 1 == 0 { Limits::default() } else { tight() };
    let (cuts, wire) = rest.split_at(usize::from(count % 8).min(rest.len()));
    let mut sizes = [wire.len(); 8];
    for (size, &cut) in sizes.iter_mut().zip(cuts) {
        *size = usize::from(cut) * (wire.len() + 1) / 256;
    }
    sizes.sort_unstable();

    let whole = trace(limits, wire, [wire.len()]);
    assert_eq!(whole, trace(limits, wire, sizes), "cut otherwise");
    if bounds & 2 != 0 && wire.len() <= 48 {
        assert_eq!(whole, trace(limits, wire, 0..=wire.len()), "byte by byte");
    }
}

/// All that a framer said.
#[derive(Debug, Default, PartialEq)]
struct Trace {
    nodes: Vec<Node>,
    /// Where each frame ends.
    ends: Vec<usize>,
    joined: Vec<u8>,
    failure: Option<ProtocolError>,
}

fn trace(limits: Limits, wire: &[u8], sizes: impl IntoIterator<Item = usize>) -> Trace {
    let mut framer = Framer::new(limits);
    let mut trace = Trace::default();
    let mut start = 0;
    for size in sizes {
        loop {
            let bytes = &wire[start..size];
            match framer.frame(bytes) {
                Ok(Some(framed)) => {
                    assert!((1..=bytes.len()).contains(&framed.length), "more than there is");
                    start += framed.length;
                    trace.ends.push(start);
                    trace.nodes.extend_from_slice(framed.tape.nodes());
                    trace.joined.extend_from_slice(framed.joined.as_deref().unwrap_or_default());
                    framer.recycle(framed.tape);
                }
                Ok(None) => {
                    assert!(framer.wants() > bytes.len(), "wants no more than it has");
                    assert_eq!(framer.is_mid_frame(), !bytes.is_empty());
                    break;
                }
                Err(mut failure) => {
                    assert_eq!(framer.frame(bytes).err(), Some(failure.clone()), "said once");
                    // how much had arrived when a bound was passed is decided by the cuts
                    if let ProtocolError::LimitExceeded { found, .. } = &mut failure {
                        *found = 0;
                    }
                    trace.failure = Some(failure);
                    return trace;
                }
            }
        }
    }
    trace
}
