//! How bytes and values print: as `redis-cli` prints them on a terminal.

use super::Value;
use std::fmt::{self, Write};

/// Bytes in quotes, escaped as `redis-cli` does.
pub(crate) struct Quoted<'v>(pub(crate) &'v [u8]);

impl fmt::Display for Quoted<'_> {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for &byte in self.0 {
            match byte {
                b'"' => f.write_str("\\\"")?,
                b'\\' => f.write_str("\\\\")?,
                b'\n' => f.write_str("\\n")?,
                b'\r' => f.write_str("\\r")?,
                b'\t' => f.write_str("\\t")?,
                0x07 => f.write_str("\\a")?,
                0x08 => f.write_str("\\b")?,
                b' '..=b'~' => f.write_char(char::from(byte))?,
                _ => write!(f, "\\x{byte:02x}")?,
            }
        }
        f.write_char('"')
    }
}

/// Bytes as text, with `�` for what is no UTF-8.
pub(super) struct Lossy<'v>(pub(super) &'v [u8]);

impl fmt::Display for Lossy<'_> {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            f.write_str(chunk.valid())?;
            if !chunk.invalid().is_empty() {
                f.write_char(char::REPLACEMENT_CHARACTER)?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Value {
    /// Prints as `redis-cli` prints on a terminal, without the last line end.
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_value(self, 0, f)
    }
}

/// Writes `value`, all lines of which but the first are indented.
#[inline]
fn write_value(value: &Value, indent: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match value {
        Value::Nil => f.write_str("(nil)"),
        Value::Integer(number) => write!(f, "(integer) {number}"),
        Value::Double(number) => write!(f, "(double) {}", Double(*number)),
        Value::Boolean(true) => f.write_str("(true)"),
        Value::Boolean(false) => f.write_str("(false)"),
        Value::BigNumber(digits) => f.write_str(digits),
        Value::BulkString(text) => write!(f, "{}", Quoted(text.as_bytes())),
        Value::SimpleString(text) => f.write_str(text),
        Value::Verbatim { text, .. } => write!(f, "{}", Lossy(text.as_bytes())),
        Value::Error(error) => write!(f, "(error) {error}"),
        Value::Array(items) => write_items(items, "(empty array)", ')', indent, f),
        Value::Set(items) => write_items(items, "(empty set)", '~', indent, f),
        Value::Push(items) => write_items(items, "(empty push)", ')', indent, f),
        Value::Map(entries) => write_entries(entries, '#', indent, f),
        Value::Attributed { attributes, value } => {
            write_entries(attributes, '|', indent, f)?;
            write!(f, "\n{:indent$}", "")?;
            write_value(value, indent, f)
        }
    }
}

#[inline]
fn write_items(
    items: &[Value],
    empty: &str,
    separator: char,
    indent: usize,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    if items.is_empty() {
        return f.write_str(empty);
    }
    let width = digits(items.len());
    for (index, item) in items.iter().enumerate() {
        write_number(index, width, separator, indent, f)?;
        write_value(item, indent + width + 2, f)?;
    }
    Ok(())
}

#[inline]
fn write_entries(
    entries: &[(Value, Value)],
    separator: char,
    indent: usize,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    if entries.is_empty() {
        return f.write_str("(empty hash)");
    }
    let width = digits(entries.len());
    for (index, (key, value)) in entries.iter().enumerate() {
        write_number(index, width, separator, indent, f)?;
        write_value(key, indent + width + 2, f)?;
        f.write_str(" => ")?;
        if spans_lines(value) {
            write!(f, "\n{:indent$}", "", indent = indent + width + 2)?;
        }
        write_value(value, indent + width + 2, f)?;
    }
    Ok(())
}

/// The number before an element; the first stands on the line that its aggregate stands on.
#[inline]
fn write_number(
    index: usize,
    width: usize,
    separator: char,
    indent: usize,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    if index > 0 {
        write!(f, "\n{:indent$}", "")?;
    }
    write!(f, "{:width$}{separator} ", index + 1)
}

#[inline]
fn digits(number: usize) -> usize {
    number.checked_ilog10().map_or(1, |log| log as usize + 1)
}

/// Whether it takes more than one line: then it begins on a line of its own behind a map's key.
#[inline]
fn spans_lines(value: &Value) -> bool {
    match value {
        Value::Array(items) | Value::Set(items) | Value::Push(items) => match &items[..] {
            [] => false,
            [item] => spans_lines(item),
            _ => true,
        },
        Value::Map(entries) => match &entries[..] {
            [] => false,
            [(key, value)] => spans_lines(key) || spans_lines(value),
            _ => true,
        },
        Value::Verbatim { text, .. } => text.as_bytes().contains(&b'\n'),
        Value::Attributed { .. } => true,
        _ => false,
    }
}

/// A double in the shortest text that reads back as the same number, as Redis writes it since 7.2;
/// older servers write all 17 digits.
pub(super) struct Double(pub(super) f64);

impl fmt::Display for Double {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let magnitude = self.0.abs();
        if self.0.is_nan() {
            f.write_str("nan")
        } else if magnitude.is_infinite() || magnitude == 0.0 || (1e-5..1e17).contains(&magnitude) {
            write!(f, "{}", self.0)
        } else if magnitude < 1.0 {
            write!(f, "{:e}", self.0)
        } else {
            // C writes the sign of every exponent
            f.write_str(&format!("{:e}", self.0).replace('e', "e+"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply::Reply;
    use crate::resp::{Framer, Limits};

    fn printed(wire: &str) -> String {
        let bytes = wire.replace(' ', "\r\n").into_bytes();
        let framed = Framer::new(Limits::default()).frame(&bytes).unwrap().expect("a whole reply");
        assert_eq!(framed.length, bytes.len(), "{wire:?}");
        Value::read(Reply::new(&bytes, None, framed.tape.nodes())).to_string()
    }

    #[test]
    fn scalars_print_as_redis_cli_prints_them() {
        for (wire, text) in [
            ("+OK ", "OK"),
            ("$3 abc ", "\"abc\""),
            ("$0  ", "\"\""),
            (":12345 ", "(integer) 12345"),
            (",3.141 ", "(double) 3.141"),
            (",0.1 ", "(double) 0.1"),
            (",1e+20 ", "(double) 1e+20"),
            (",1e-7 ", "(double) 1e-7"),
            (",-inf ", "(double) -inf"),
            (",nan ", "(double) nan"),
            ("_ ", "(nil)"),
            ("#t ", "(true)"),
            ("#f ", "(false)"),
            ("(123456789012345678901234567890 ", "123456789012345678901234567890"),
            ("-ERR ", "(error) ERR"),
            ("=8 txt:Some ", "Some"),
            ("*0 ", "(empty array)"),
            ("~0 ", "(empty set)"),
            ("%0 ", "(empty hash)"),
            (">0 ", "(empty push)"),
        ] {
            assert_eq!(printed(wire), text, "{wire:?}");
        }
    }

    #[test]
    fn bytes_are_escaped_as_redis_cli_escapes_them() {
        let text = b"\"\\\n\r\t\x07\x08\x01\xff\xc3\xa9~ ";
        assert_eq!(Quoted(text).to_string(), r#""\"\\\n\r\t\a\b\x01\xff\xc3\xa9~ ""#);
    }

    #[test]
    fn nested_arrays_are_indented_and_numbers_aligned() {
        let ten = "*10 :1 *3 :2 $1 a *0 *2 $1 x _ -ERR +FINE *1 *1 :5 :6 :7 ~1 $1 a :9 ";
        assert_eq!(
            printed(ten),
            [
                " 1) (integer) 1",
                " 2) 1) (integer) 2",
                "    2) \"a\"",
                "    3) (empty array)",
                " 3) 1) \"x\"",
                "    2) (nil)",
                " 4) (error) ERR",
                " 5) FINE",
                " 6) 1) 1) (integer) 5",
                " 7) (integer) 6",
                " 8) (integer) 7",
                " 9) 1~ \"a\"",
                "10) (integer) 9",
            ]
            .join("\n")
        );
    }

    /// The expected text is what `redis-cli` 7.0.15 printed for the same reply.
    #[test]
    fn the_values_of_maps_begin_on_a_line_of_their_own_if_they_need_more_than_one() {
        let map = "%10 $1 a *0 $1 c *2 :7 :8 $1 b *1 :7 $1 e ~2 $1 y $1 x $1 d ~1 $1 x \
                   $1 g %2 $1 y :2 $1 x :1 $1 f %1 $1 x :1 $1 i *1 *1 *2 :1 :2 $1 h %0 \
                   $1 j %1 $1 x *2 :1 :2 ";
        assert_eq!(
            printed(map),
            [
                " 1# \"a\" => (empty array)",
                " 2# \"c\" => ",
                "    1) (integer) 7",
                "    2) (integer) 8",
                " 3# \"b\" => 1) (integer) 7",
                " 4# \"e\" => ",
                "    1~ \"y\"",
                "    2~ \"x\"",
                " 5# \"d\" => 1~ \"x\"",
                " 6# \"g\" => ",
                "    1# \"y\" => (integer) 2",
                "    2# \"x\" => (integer) 1",
                " 7# \"f\" => 1# \"x\" => (integer) 1",
                " 8# \"i\" => ",
                "    1) 1) 1) (integer) 1",
                "          2) (integer) 2",
                " 9# \"h\" => (empty hash)",
                "10# \"j\" => ",
                "    1# \"x\" => ",
                "       1) (integer) 1",
                "       2) (integer) 2",
            ]
            .join("\n")
        );
    }

    #[test]
    fn attributes_print_before_their_value() {
        assert_eq!(
            printed("*2 |1 +ttl :9 :1 :2 "),
            "1) 1| ttl => (integer) 9\n   (integer) 1\n2) (integer) 2"
        );
    }
}
