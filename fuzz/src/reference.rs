//! The framer against a parser that is written to be read: recursive, and looking at everything anew.

use crate::wire::read;
use redis_core::resp::{Limits, ProtocolError};
use redis_core::{BulkString, ServerError, Value};

/// So deep the parser recurses; the framer's own bound is lower.
const DEPTH: usize = 200;

/// The bytes are the wire.
pub fn run(wire: &[u8]) {
    let outcome = read(Limits::default(), wire, [wire.len()], Value::read);
    if matches!(outcome.failure, Some(ProtocolError::LimitExceeded { .. })) {
        return;
    }
    let (mut at, mut values) = (0, Vec::new());
    let failed = loop {
        match value(&wire[at..], DEPTH) {
            Ok((value, length)) => {
                values.push(value);
                at += length;
            }
            Err(Stop::Unfinished) => break false,
            Err(Stop::Wrong) => break true,
        }
    };
    assert_eq!(format!("{:?}", outcome.values), format!("{values:?}"));
    assert_eq!((outcome.read, outcome.failure.is_some()), (at, failed), "{:?}", outcome.failure);
    outcome.values.iter().for_each(again);
}

/// What a value is written as is read back as that value.
fn again(value: &Value) {
    let mut wire = Vec::new();
    value.encode(&mut wire);
    let back = read(Limits::default(), &wire, [wire.len()], Value::read);
    assert_eq!((back.failure, back.read), (None, wire.len()), "not RESP: {value:?}");
    let [back] = back.values.as_slice() else { panic!("not one value: {value:?}") };
    let mut twice = Vec::new();
    back.encode(&mut twice);
    assert_eq!(wire, twice, "another value: {value:?}");
}

enum Stop {
    Unfinished,
    Wrong,
}

type Parsed<T> = Result<(T, usize), Stop>;

/// A value at the beginning of the bytes, and its length.
fn value(wire: &[u8], depth: usize) -> Parsed<Value> {
    let depth = depth.checked_sub(1).ok_or(Stop::Wrong)?;
    let &kind = wire.first().ok_or(Stop::Unfinished)?;
    if !b"+-:,(#_$!=*~>%|".contains(&kind) {
        return Err(Stop::Wrong);
    }
    let (text, next) = line(wire)?;
    let utf8 = || String::from_utf8_lossy(text).into_owned();
    let scalar = |value: Option<Value>| Ok((value.ok_or(Stop::Wrong)?, next));
    match kind {
        b'+' => scalar(Some(Value::SimpleString(utf8()))),
        b'-' => scalar(Some(Value::Error(ServerError::parse(text)))),
        b':' => scalar(integer(text).map(Value::Integer)),
        b',' => scalar(double(text).map(Value::Double)),
        b'(' => scalar(is_digits(unsigned(text)).then(|| Value::BigNumber(utf8()))),
        b'#' => scalar(match text {
            b"t" => Some(Value::Boolean(true)),
            b"f" => Some(Value::Boolean(false)),
            _ => None,
        }),
        b'_' => scalar(text.is_empty().then_some(Value::Nil)),
        b'$' | b'*' if text == b"-1" => Ok((Value::Nil, next)),
        b'$' if text == b"?" => chunks(wire, next),
        b'$' | b'!' | b'=' => {
            let (body, end) = body(wire, next, text)?;
            let value = match (kind, body) {
                (b'$', _) => Value::BulkString(BulkString::from(body)),
                (b'!', _) => Value::Error(ServerError::parse(body)),
                (_, [format @ .., _, _, _, _]) if format.is_empty() || body.len() > 4 => {
                    verbatim(body)?
                }
                _ => return Err(Stop::Wrong),
            };
            Ok((value, end))
        }
        _ => aggregate(wire, kind, text, next, depth),
    }
}

fn verbatim(body: &[u8]) -> Result<Value, Stop> {
    let (format, rest) = body.split_at(3);
    let text = rest.strip_prefix(b":").ok_or(Stop::Wrong)?;
    if !format.iter().all(u8::is_ascii_graphic) {
        return Err(Stop::Wrong);
    }
    let format = String::from_utf8_lossy(format).into_owned();
    Ok(Value::Verbatim { format, text: BulkString::from(text) })
}

fn aggregate(wire: &[u8], kind: u8, text: &[u8], start: usize, depth: usize) -> Parsed<Value> {
    let pairs = matches!(kind, b'%' | b'|');
    let (items, mut at) = if text == b"?" {
        streamed(wire, start, pairs, depth)?
    } else {
        let count = length(text)?.checked_mul(if pairs { 2 } else { 1 }).ok_or(Stop::Wrong)?;
        let (mut items, mut at) = (Vec::new(), start);
        for _ in 0..count {
            let (item, length) = value(&wire[at..], depth)?;
            items.push(item);
            at += length;
        }
        (items, at)
    };
    let value = match kind {
        b'*' => Value::Array(items),
        b'~' => Value::Set(items),
        b'>' => Value::Push(items),
        b'%' => Value::Map(paired(items)),
        _ => {
            let (about, length) = value(&wire[at..], depth)?;
            at += length;
            attributed(paired(items), about)
        }
    };
    Ok((value, at))
}

/// A value and what is said about it; several sets of attributes are read as one.
fn attributed(mut attributes: Vec<(Value, Value)>, about: Value) -> Value {
    match about {
        Value::Attributed { attributes: more, value } => {
            attributes.extend(more);
            Value::Attributed { attributes, value }
        }
        about => Value::Attributed { attributes, value: Box::new(about) },
    }
}

fn streamed(wire: &[u8], start: usize, pairs: bool, depth: usize) -> Parsed<Vec<Value>> {
    let (mut items, mut at) = (Vec::new(), start);
    loop {
        if wire.get(at) == Some(&b'.') {
            if pairs && items.len() % 2 == 1 {
                return Err(Stop::Wrong);
            }
            let (text, next) = line(&wire[at..])?;
            return if text.is_empty() { Ok((items, at + next)) } else { Err(Stop::Wrong) };
        }
        let (item, length) = value(&wire[at..], depth)?;
        items.push(item);
        at += length;
    }
}

fn chunks(wire: &[u8], start: usize) -> Parsed<Value> {
    let (mut joined, mut at) = (Vec::new(), start);
    loop {
        match wire.get(at) {
            None => return Err(Stop::Unfinished),
            Some(b';') => {}
            Some(_) => return Err(Stop::Wrong),
        }
        let (text, next) = line(&wire[at..])?;
        if length(text)? == 0 {
            return Ok((Value::BulkString(BulkString::from(joined)), at + next));
        }
        let (chunk, end) = body(wire, at + next, text)?;
        joined.extend_from_slice(chunk);
        at = end;
    }
}

/// The text between the first byte and the end of the line, and where the next line begins.
fn line(wire: &[u8]) -> Parsed<&[u8]> {
    let end = wire.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
    match end.map(|end| (end, &wire[end..])) {
        None | Some((_, [b'\r'])) => Err(Stop::Unfinished),
        Some((end, [b'\r', b'\n', ..])) => Ok((&wire[1..end], end + 2)),
        Some(_) => Err(Stop::Wrong),
    }
}

/// So many bytes as `text` says, from `start` on, and where what follows begins.
fn body<'w>(wire: &'w [u8], start: usize, text: &[u8]) -> Parsed<&'w [u8]> {
    let end = start.checked_add(length(text)?).ok_or(Stop::Wrong)?;
    match wire.get(end..).unwrap_or_default() {
        [] | [b'\r'] => Err(Stop::Unfinished),
        [b'\r', b'\n', ..] => Ok((&wire[start..end], end + 2)),
        _ => Err(Stop::Wrong),
    }
}

fn length(text: &[u8]) -> Result<usize, Stop> {
    let text = Some(text).filter(|text| is_digits(text)).and_then(|text| str::from_utf8(text).ok());
    text.and_then(|text| text.parse().ok()).ok_or(Stop::Wrong)
}

fn integer(text: &[u8]) -> Option<i64> {
    if !is_digits(unsigned(text)) {
        return None;
    }
    str::from_utf8(text).ok()?.parse().ok()
}

fn double(text: &[u8]) -> Option<f64> {
    let words: [&[u8]; 2] = [b"inf", b"nan"];
    let plain = unsigned(text).iter().all(|byte| b"0123456789.eE+-".contains(byte));
    let number = if words.contains(&unsigned(text)) || plain {
        str::from_utf8(text).ok()?.parse::<f64>().ok()
    } else {
        None
    };
    // the standard library takes `-nan` for no number, C prints it
    if unsigned(text) == b"nan" { Some(f64::NAN) } else { number }
}

fn is_digits(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(u8::is_ascii_digit)
}

fn unsigned(text: &[u8]) -> &[u8] {
    match text {
        [b'-' | b'+', rest @ ..] => rest,
        rest => rest,
    }
}

fn paired(items: Vec<Value>) -> Vec<(Value, Value)> {
    let mut items = items.into_iter();
    let mut pairs = Vec::new();
    while let (Some(key), Some(value)) = (items.next(), items.next()) {
        pairs.push((key, value));
    }
    pairs
}
