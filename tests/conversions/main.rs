//! Types of other crates and units in derived structs, there and back.

use redis_core::command::{Command, table};
use redis_core::resp::{Frame, Framer};
use redis_sync::prelude::*;
use redis_sync::{Bytes, Json, Milliseconds, Result, Seconds};
use std::borrow::Cow;
use std::num::NonZero;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

#[derive(Debug, PartialEq, FromReply, ToArgs)]
struct Session {
    id: Uuid,
    owner: Arc<str>,
    agent: Cow<'static, str>,
    hits: NonZero<u32>,
    uptime: Seconds,
    lag: Option<Milliseconds>,
    settings: Json<serde_json::Value>,
    digest: [u8; 4],
}

fn session(lag: Option<Duration>) -> Session {
    Session {
        id: Uuid::from_u128(7),
        owner: "Ann".into(),
        agent: "x".into(),
        hits: NonZero::<u32>::MIN,
        uptime: Seconds(Duration::from_millis(1500)),
        lag: lag.map(Milliseconds),
        settings: Json(serde_json::json!({ "dark": true })),
        digest: *b"\x00\xff\r\n",
    }
}

fn read<T: FromReply>(arguments: &[&[u8]]) -> Result<T> {
    let mut wire = format!("*{}\r\n", arguments.len()).into_bytes();
    for argument in arguments {
        wire.extend_from_slice(format!("${}\r\n", argument.len()).as_bytes());
        wire.extend_from_slice(argument);
        wire.extend_from_slice(b"\r\n");
    }
    let framed = Framer::default().frame(&wire).expect("it is RESP").expect("it is whole");
    T::from_reply(Frame::new(Bytes::from(wire), framed.tape).reply())
}

#[test]
fn a_struct_of_all_of_them_is_read_again_as_it_was_written() {
    for lag in [None, Some(Duration::from_millis(3))] {
        let written = session(lag);
        let command = Command::new(&table::HSET).args(&written);
        let arguments: Vec<&[u8]> = command.argument_bytes().collect();
        assert_eq!(arguments.len(), if lag.is_some() { 16 } else { 14 });
        assert_eq!(read::<Session>(&arguments).unwrap(), written);
    }
}

#[test]
fn an_element_that_cannot_be_read_fails_alone() {
    let list: Vec<Result<Json<u8>>> = read(&[b"1", b"secret"]).unwrap();
    assert!(matches!(list.as_slice(), [Ok(Json(1)), Err(_)]));
}

#[test]
fn a_field_that_cannot_be_read_is_named_and_its_text_is_not_told() {
    let error = read::<Session>(&[b"id", b"secret"]).unwrap_err().to_string();
    assert_eq!(error, "field `id` of `Session`: wanted UUID, found bulk string of 6 bytes");
}
