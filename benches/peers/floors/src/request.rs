//! Requests as they go over the wire, encoded once, and how long their replies are.

use load::{Plan, Workload};
use std::io::{self, Read, Write};

/// The words as a command.
pub(crate) fn encode(words: &[&str], out: &mut Vec<u8>) {
    out.extend_from_slice(format!("*{}\r\n", words.len()).as_bytes());
    for word in words {
        out.extend_from_slice(format!("${}\r\n{word}\r\n", word.len()).as_bytes());
    }
}

/// The request of a workload, and how many replies it has.
pub(crate) fn of(plan: &Plan) -> Option<(Vec<u8>, usize)> {
    let mut out = Vec::new();
    let mut replies = 1;
    let collection = |kind, count| Plan::collection(kind, count);
    match plan.workload {
        Workload::Get(length) => encode(&["GET", &Plan::key(length)], &mut out),
        Workload::Set(length) => {
            encode(&["SET", &Plan::written(length), &Plan::value(length)], &mut out);
        }
        Workload::Mget(count) => {
            let keys = Plan::keys(count);
            let words: Vec<&str> =
                std::iter::once("MGET").chain(keys.iter().map(String::as_str)).collect();
            encode(&words, &mut out);
        }
        Workload::Hgetall(count) | Workload::Struct(count) => {
            encode(&["HGETALL", &collection("hash", count)], &mut out);
        }
        Workload::Lrange(count) | Workload::Borrowed(count) => {
            encode(&["LRANGE", &collection("list", count), "0", "-1"], &mut out);
        }
        Workload::Xrange(count) => {
            encode(&["XRANGE", &collection("stream", count), "-", "+"], &mut out);
        }
        Workload::Zrange(count) => {
            encode(&["ZRANGE", &collection("zset", count), "0", "-1", "WITHSCORES"], &mut out);
        }
        Workload::Pipeline(count) => {
            let key = Plan::key(16);
            (0..count).for_each(|_| encode(&["GET", &key], &mut out));
            replies = count;
        }
        Workload::Connect => {
            encode(&["HELLO", "3", "AUTH", "bench", "secret", "SETNAME", "bench"], &mut out);
            encode(&["CLIENT", "SETINFO", "LIB-NAME", "floor"], &mut out);
            encode(&["CLIENT", "SETINFO", "LIB-VER", "0"], &mut out);
            encode(&["SELECT", "1"], &mut out);
            replies = 4;
        }
        _ => return None,
    }
    Some((out, replies))
}

/// Sends the request once, reads so many replies and tells their length together.
pub(crate) fn reply_length(
    stream: &mut (impl Read + Write),
    request: &[u8],
    replies: usize,
) -> io::Result<usize> {
    // a server goes on reading while nobody reads from it: what it has to say waits in its memory
    stream.write_all(request)?;
    let mut had = Vec::new();
    let mut room = vec![0; 64 * 1024];
    let (mut end, mut counted) = (0, 0);
    while counted < replies {
        let read = stream.read(&mut room)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        had.extend_from_slice(room.get(..read).unwrap_or_default());
        while let Some(next) = had.get(end..).and_then(|rest| skip(rest, 1)) {
            end += next;
            counted += 1;
        }
    }
    if had.first() == Some(&b'-') {
        return Err(io::Error::other(String::from_utf8_lossy(&had).into_owned()));
    }
    Ok(end)
}

/// How many bytes so many values have, if they are all there.
fn skip(bytes: &[u8], values: usize) -> Option<usize> {
    let mut at = 0;
    for _ in 0..values {
        let line = bytes.get(at..)?.iter().position(|&byte| byte == b'\n')? + at;
        let kind = *bytes.get(at)?;
        let text = std::str::from_utf8(bytes.get(at + 1..line.checked_sub(1)?)?).ok()?;
        at = line + 1;
        let length = text.parse::<i64>().ok().and_then(|number| usize::try_from(number).ok());
        at += match (kind, length) {
            (b'$', Some(length)) => length + 2,
            (b'*', Some(count)) => skip(bytes.get(at..)?, count)?,
            (b'%', Some(count)) => skip(bytes.get(at..)?, count * 2)?,
            _ => 0,
        };
    }
    (at <= bytes.len()).then_some(at)
}
