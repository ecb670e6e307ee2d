//! Replies as they stand on the wire, for what is measured without a server.

/// An array of a thousand strings of 16 bytes.
#[must_use]
pub fn array() -> Vec<u8> {
    [b"*1000\r\n".to_vec(), b"$16\r\n0123456789abcdef\r\n".repeat(1000)].concat()
}

/// A map of RESP3 with a hundred fields.
#[must_use]
pub fn map() -> Vec<u8> {
    let mut wire = b"%100\r\n".to_vec();
    for field in 0..100 {
        wire.extend_from_slice(
            format!("$3\r\nf{field:02}\r\n$16\r\n0123456789abcdef\r\n").as_bytes(),
        );
    }
    wire
}
