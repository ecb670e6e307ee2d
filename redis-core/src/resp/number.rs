//! Numbers as the wire writes them: which texts are numbers, and what number they are.

/// A number without sign: a length or a count. Nothing else but digits, and it fits.
#[inline]
pub(crate) fn unsigned(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    let mut number = 0_u64;
    if text.len() < 20 {
        // nineteen digits fit any 64 bits
        for &byte in text {
            number = number.wrapping_mul(10).wrapping_add(digit(byte)?);
        }
        return Some(number);
    }
    for &byte in text {
        number = number.checked_mul(10)?.checked_add(digit(byte)?)?;
    }
    Some(number)
}

/// An integer with an optional sign, if it fits into 64 bits.
#[inline]
pub(crate) fn integer(text: &[u8]) -> Option<i64> {
    match text {
        [b'-', digits @ ..] => 0_i64.checked_sub_unsigned(unsigned(digits)?),
        [b'+', digits @ ..] | digits => i64::try_from(unsigned(digits)?).ok(),
    }
}

/// Whether it is an integer of any size, with an optional sign.
pub(crate) fn is_big_number(text: &[u8]) -> bool {
    let digits = unsign(text);
    !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
}

/// Whether it is a decimal fraction with an optional exponent, an infinity, or not a number.
pub(crate) fn is_double(text: &[u8]) -> bool {
    let text = unsign(text);
    // older servers pass on what C prints, in which a NaN may have a sign
    if matches!(text, b"inf" | b"nan") {
        return true;
    }
    let (whole, text) = split_digits(text);
    let (fraction, text) = match text {
        [b'.', rest @ ..] => split_digits(rest),
        rest => (&[][..], rest),
    };
    let exponent_fits = match text {
        [] => true,
        [b'e' | b'E', rest @ ..] => {
            let (exponent, rest) = split_digits(unsign(rest));
            !exponent.is_empty() && rest.is_empty()
        }
        _ => false,
    };
    exponent_fits && !(whole.is_empty() && fraction.is_empty())
}

/// The double that a text is; one that is finite in the text but too large for the type is none.
#[inline]
pub(crate) fn double(text: &[u8]) -> Option<f64> {
    short_double(text).or_else(|| any_double(text))
}

/// The double that a text is of no more than fifteen digits, with a sign or not and a point among or
/// behind them; `None` says nothing. Both the digits as an integer and the power of ten are doubles
/// without rounding then, so that their quotient is rounded once, to the nearest: what every correct
/// reading gives.
#[inline]
#[expect(clippy::cast_precision_loss, reason = "fifteen digits fit the 53 bits that a double has")]
fn short_double(text: &[u8]) -> Option<f64> {
    const MOST: usize = 15;
    const POWERS: [f64; MOST + 1] =
        [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];
    let digits = unsign(text);
    // one more than digits is the point
    if digits.len() > MOST.wrapping_add(1) {
        return None;
    }
    let mut number = 0_u64;
    let mut point = None;
    for (at, &byte) in digits.iter().enumerate() {
        match digit(byte) {
            Some(value) => number = number.wrapping_mul(10).wrapping_add(value),
            None if byte == b'.' && point.is_none() => point = Some(at),
            None => return None,
        }
    }
    let (count, fraction) = match point {
        Some(at) => (digits.len().wrapping_sub(1), digits.len().wrapping_sub(at).wrapping_sub(1)),
        None => (digits.len(), 0),
    };
    if count == 0 || count > MOST {
        return None;
    }
    let magnitude = number as f64 / POWERS.get(fraction)?;
    Some(if text.first() == Some(&b'-') { -magnitude } else { magnitude })
}

fn any_double(text: &[u8]) -> Option<f64> {
    let number = is_double(text).then(|| double_as_written(text))?;
    (number.is_finite() || text.ends_with(b"inf") || text.ends_with(b"nan")).then_some(number)
}

/// The double that a text is which [`is_double`] accepts: what is too large for the type is infinite.
pub(crate) fn double_as_written(text: &[u8]) -> f64 {
    std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()).unwrap_or(f64::NAN)
}

#[inline]
fn digit(byte: u8) -> Option<u64> {
    byte.is_ascii_digit().then(|| u64::from(byte.wrapping_sub(b'0')))
}

fn unsign(text: &[u8]) -> &[u8] {
    match text {
        [b'-' | b'+', rest @ ..] => rest,
        rest => rest,
    }
}

fn split_digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, &[]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_integer_has_a_sign_or_not_and_never_wraps() {
        assert_eq!(integer(b"0"), Some(0));
        assert_eq!(integer(b"+12"), Some(12));
        assert_eq!(integer(b"-9223372036854775808"), Some(i64::MIN));
        assert_eq!(integer(b"9223372036854775807"), Some(i64::MAX));
        for text in [
            "",
            "-",
            "+",
            "1 ",
            " 1",
            "1.0",
            "0x1",
            "--1",
            "+-1",
            "9223372036854775808",
            "-9223372036854775809",
            "18446744073709551616",
            "99999999999999999999999999",
        ] {
            assert_eq!(integer(text.as_bytes()), None, "{text:?}");
        }
    }

    #[test]
    fn a_length_has_no_sign_and_never_wraps() {
        assert_eq!(unsigned(b"18446744073709551615"), Some(u64::MAX));
        for text in ["", "+1", "-1", "18446744073709551616", "1a"] {
            assert_eq!(unsigned(text.as_bytes()), None, "{text:?}");
        }
    }

    #[test]
    fn a_double_is_a_decimal_fraction_an_infinity_or_not_a_number() {
        for text in [
            "1", "-1.5", "+.5", "1.", "1e10", "1.5E-7", "1e+300", "inf", "-inf", "+inf", "nan",
            "-nan",
        ] {
            assert!(is_double(text.as_bytes()), "{text:?}");
        }
        for text in
            ["", ".", "-", "e5", "1e", "1e+", "infinity", "NaN", "0x1p3", "1 ", "1.2.3", "--1"]
        {
            assert!(!is_double(text.as_bytes()), "{text:?}");
        }
    }

    #[test]
    fn a_short_double_is_read_as_the_standard_library_reads_it() {
        let mut texts: Vec<String> =
            ["0", "-0", "+0", ".5", "5.", "-.5", "0.1", "0.30000000000000", "+1.25"]
                .map(str::to_owned)
                .into();
        texts.extend(
            ["999999999999999", "99999999999999.9", ".999999999999999", "0.00000000000001"]
                .map(str::to_owned),
        );
        // the digits that a generator gives, the point at every place
        let mut state = 7_u64;
        for _ in 0..2000 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let digits = format!("{:015}", (state >> 11) % 1_000_000_000_000_000);
            let (whole, fraction) = digits.split_at((state >> 60) as usize % 16);
            texts.extend([
                format!("-{whole}.{fraction}"),
                format!("{}{whole}", fraction.trim_end_matches('5')),
            ]);
        }
        for text in texts {
            let standard: f64 = text.parse().unwrap();
            let read = short_double(text.as_bytes()).map(f64::to_bits);
            assert_eq!(read, Some(standard.to_bits()), "{text}");
        }
    }

    #[test]
    fn what_is_no_short_double_is_left_to_the_longer_way() {
        for text in [
            "",
            "-",
            ".",
            "-.",
            "1e5",
            "inf",
            "nan",
            "1..2",
            "1.2.3",
            "--1",
            "1 ",
            "1234567890123456",
            "0.1000000000000000",
            "00000000000000001",
        ] {
            assert_eq!(short_double(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(double(b"0.1000000000000000055511151231257827"), Some(0.1));
        assert_eq!(double(b"9007199254740993"), Some(9_007_199_254_740_992.0));
    }

    #[test]
    fn a_finite_text_is_never_read_as_infinite() {
        assert_eq!(double(b"1e308"), Some(1e308));
        assert_eq!(double(b"1e309"), None);
        assert_eq!(double(b"-inf"), Some(f64::NEG_INFINITY));
        assert!(double(b"nan").is_some_and(f64::is_nan));
    }

    #[test]
    fn a_big_number_is_digits_with_a_sign_or_not() {
        assert!(is_big_number(b"3492890328409238509324850943850943825024385"));
        assert!(is_big_number(b"-1"));
        assert!(!is_big_number(b"-") && !is_big_number(b"") && !is_big_number(b"1.0"));
    }
}
