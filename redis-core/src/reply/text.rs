//! Text of one's own, of bytes that should be text.
#![allow(unsafe_code)] // what is ASCII is not checked a second time; the reason stands at the call

/// The bytes as a string, copied; nothing where they are no UTF-8.
///
/// Most texts in Redis are short and ASCII. That they are is seen in ten instructions; the standard library's check,
/// which looks for all that UTF-8 has, is a call and takes 60, where to allocate and free the string takes 140.
#[inline]
pub(super) fn owned(bytes: &[u8]) -> Option<String> {
    if is_ascii(bytes) {
        // SAFETY: ASCII is UTF-8.
        return Some(unsafe { String::from_utf8_unchecked(bytes.to_vec()) });
    }
    checked(bytes)
}

#[cold]
fn checked(bytes: &[u8]) -> Option<String> {
    String::from_utf8(bytes.to_vec()).ok()
}

/// Whether no byte has its highest bit set.
#[inline]
fn is_ascii(bytes: &[u8]) -> bool {
    match (bytes.first_chunk(), bytes.last_chunk()) {
        // the one word or the two that it is, which overlap where it is not as long as both
        (Some(first), Some(last)) if bytes.len() <= 16 => {
            (u64::from_ne_bytes(*first) | u64::from_ne_bytes(*last)) & 0x8080_8080_8080_8080 == 0
        }
        _ => is_ascii_at_length(bytes),
    }
}

#[inline(never)]
fn is_ascii_at_length(bytes: &[u8]) -> bool {
    bytes.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_text_exactly_where_the_standard_library_says_so() {
        for length in 0..40 {
            let ascii = vec![b'a'; length];
            assert_eq!(owned(&ascii), String::from_utf8(ascii.clone()).ok());
            for at in 0..length {
                for byte in [0x00, 0x7f, 0x80, 0xc3, 0xff] {
                    let mut bytes = ascii.clone();
                    bytes[at] = byte;
                    assert_eq!(is_ascii(&bytes), byte < 0x80, "{byte:#x} at {at} of {length}");
                    assert_eq!(owned(&bytes), String::from_utf8(bytes.clone()).ok());
                }
                let mut bytes = ascii.clone();
                bytes.splice(at..=at, "ä€🦀".bytes());
                assert_eq!(owned(&bytes), String::from_utf8(bytes.clone()).ok());
            }
        }
    }
}
