//! How bytes and values print: as `redis-cli` prints them on a terminal.

use super::Value;
use std::fmt::{self, Write};

/// Bytes in quotes, escaped as `redis-cli` does.
pub(super) struct Quoted<'v>(pub(super) &'v [u8]);

impl fmt::Display for Quoted<'_> {
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
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_value(self, 0, f)
    }
}

/// Writes `value`, all lines of which but the first are indented.
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
        write_value(value, indent + width + 2, f)?;
    }
    Ok(())
}

/// The number before an element; the first stands on the line that its aggregate stands on.
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

fn digits(number: usize) -> usize {
    number.checked_ilog10().map_or(1, |log| log as usize + 1)
}

/// A double as Redis writes it.
pub(super) struct Double(pub(super) f64);

impl fmt::Display for Double {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let magnitude = self.0.abs();
        if self.0.is_nan() {
            f.write_str("nan")
        } else if magnitude != 0.0 && !(1e-5..1e17).contains(&magnitude) && magnitude.is_finite() {
            let text = format!("{:e}", self.0);
            // C writes a sign and two digits at least
            match text.split_once('e') {
                Some((digits, exponent)) => match exponent.strip_prefix('-') {
                    Some(exponent) => write!(f, "{digits}e-{exponent:0>2}"),
                    None => write!(f, "{digits}e+{exponent:0>2}"),
                },
                None => f.write_str(&text),
            }
        } else {
            write!(f, "{}", self.0)
        }
    }
}
