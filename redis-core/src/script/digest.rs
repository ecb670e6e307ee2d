//! SHA-1, by which servers know scripts: at compile time for those that a program was written with.
//!
//! It names a script and guards nothing, so that what SHA-1 is weak against is no matter here. As a constant,
//! a `static` script needs no cell that is filled on first use, in which a forked child could be left waiting.

/// The digest in hexadecimal digits, as servers write it.
pub(super) const fn digest(text: &[u8]) -> [u8; 40] {
    let mut state = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
    // the text, a one bit, zeros, and the length in bits: a whole number of blocks of 64 bytes
    let blocks = (text.len() + 8) / 64 + 1;
    let mut block = 0;
    while block < blocks {
        state = compress(state, words(text, block, block + 1 == blocks));
        block += 1;
    }
    hexadecimal(state)
}

const fn words(text: &[u8], block: usize, is_last: bool) -> [u32; 16] {
    let mut words = [0; 16];
    let mut at = 0;
    while at < 16 {
        let from = block * 64 + at * 4;
        words[at] = if from + 4 <= text.len() {
            u32::from_be_bytes([text[from], text[from + 1], text[from + 2], text[from + 3]])
        } else {
            ending(text, from)
        };
        at += 1;
    }
    if is_last {
        let bits = text.len() as u64 * 8;
        words[14] = (bits >> 32) as u32;
        words[15] = bits as u32;
    }
    words
}

/// Four bytes that do not all lie within the text.
const fn ending(text: &[u8], from: usize) -> u32 {
    let mut word = 0;
    let mut at = from;
    while at < from + 4 {
        let byte = if at < text.len() {
            text[at]
        } else if at == text.len() {
            0x80
        } else {
            0
        };
        word = word << 8 | byte as u32;
        at += 1;
    }
    word
}

#[expect(clippy::manual_rotate, reason = "calls take the compiler's interpreter twice as long")]
const fn compress(state: [u32; 5], block: [u32; 16]) -> [u32; 5] {
    let mut schedule = [0; 80];
    let [mut a, mut b, mut c, mut d, mut e] = state;
    let mut round = 0;
    while round < 80 {
        schedule[round] = if round < 16 {
            block[round]
        } else {
            let mixed = schedule[round - 3]
                ^ schedule[round - 8]
                ^ schedule[round - 14]
                ^ schedule[round - 16];
            mixed << 1 | mixed >> 31
        };
        let (mix, constant) = match round / 20 {
            0 => (b & c | !b & d, 0x5a82_7999),
            1 => (b ^ c ^ d, 0x6ed9_eba1),
            2 => (b & c | b & d | c & d, 0x8f1b_bcdc),
            _ => (b ^ c ^ d, 0xca62_c1d6_u32),
        };
        // in 64 bits nothing overflows, which spares calls as well
        let sum = (a << 5 | a >> 27) as u64
            + mix as u64
            + e as u64
            + constant as u64
            + schedule[round] as u64;
        let next = sum as u32;
        (e, d, c, b, a) = (d, c, b << 30 | b >> 2, a, next);
        round += 1;
    }
    [
        state[0].wrapping_add(a),
        state[1].wrapping_add(b),
        state[2].wrapping_add(c),
        state[3].wrapping_add(d),
        state[4].wrapping_add(e),
    ]
}

const fn hexadecimal(state: [u32; 5]) -> [u8; 40] {
    let mut digits = [0; 40];
    let mut at = 0;
    while at < 40 {
        let nibble = state[at / 8] >> (28 - at % 8 * 4) & 15;
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
    fn every_length_about_the_end_of_a_block_is_padded_as_the_standard_says() {
        // of runs of `a`, computed by `sha1sum`
        let known = [
            (55, "c1c8bbdc22796e28c0e15163d20899b65621d65a"),
            (56, "c2db330f6083854c99d4b5bfb6e8f29f201be699"),
            (63, "03f09f5b158a7a8cdad920bddc29b81c18a551f5"),
            (64, "0098ba824b5c16427bd7a1122a5a442a25ec644d"),
            (119, "ee971065aaa017e0632a8ca6c77bb3bf8b1dfc56"),
            (120, "f34c1488385346a55709ba056ddd08280dd4c6d6"),
        ];
        for (length, digest) in known {
            assert_eq!(text(&vec![b'a'; length]), digest, "{length}");
        }
    }

    #[test]
    fn it_is_computed_at_compile_time() {
        const DIGEST: [u8; 40] = digest(b"return 1");
        assert_eq!(&DIGEST, b"e0e1f9fabfc9d4800c877a703b823ac0578ff8db");
    }
}
