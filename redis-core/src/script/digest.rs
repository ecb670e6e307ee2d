//! SHA-1, by which servers know scripts: at compile time for those that a program was written with.
//!
//! It names a script and guards nothing, so that what SHA-1 is weak against is no matter here. As a constant,
//! a `static` script needs no cell that is filled on first use, in which a forked child could be left waiting.

/// The digest in hexadecimal digits, as servers write it.
pub(super) const fn digest(text: &[u8]) -> [u8; 40] {
    let bytes = const_sha1::sha1(text).as_bytes();
    let mut digits = [0; 40];
    let mut at = 0;
    while at < 40 {
        let byte = bytes[at / 2];
        let nibble = if at % 2 == 0 { byte >> 4 } else { byte & 15 };
        digits[at] = b"0123456789abcdef"[nibble as usize];
        at += 1;
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(source: &[u8]) -> String {
        String::from_utf8(digest(source).to_vec()).expect("digits")
    }

    #[test]
    fn the_digests_are_those_of_the_standard() {
        assert_eq!(text(b""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
        assert_eq!(text(b"abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
        let two_blocks = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
        assert_eq!(text(two_blocks), "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
        let million = vec![b'a'; 1_000_000];
        assert_eq!(text(&million), "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
    }

    #[test]
    fn it_is_computed_at_compile_time() {
        const DIGEST: [u8; 40] = digest(b"return 1");
        assert_eq!(&DIGEST, b"e0e1f9fabfc9d4800c877a703b823ac0578ff8db");
    }
}
