//! Derived types read what any server may send, or say why not.

use crate::wire::{read, tight};
use redis_core::{BulkString, ErrorKind, FromReply};
use redis_derive::FromReply;
use std::collections::HashMap;

#[derive(Debug, FromReply)]
#[redis(rename_all = "kebab-case")]
#[allow(dead_code)] // read, and that is the point
struct Named {
    name: String,
    last_id: Option<BulkString>,
    #[redis(default)]
    pending: u64,
    #[redis(flatten)]
    others: HashMap<String, BulkString>,
}

#[derive(Debug, FromReply)]
#[redis(array)]
#[allow(dead_code)] // read, and that is the point
struct Placed {
    limited: bool,
    rest: Vec<Option<f64>>,
}

#[derive(Debug, FromReply)]
#[redis(rename_all = "lowercase")]
enum Word {
    Master,
    #[redis(alias = "replica")]
    Slave,
    #[redis(other)]
    Unknown,
}

#[derive(Debug, FromReply)]
#[allow(dead_code)] // read, and that is the point
struct Nested {
    role: Word,
    of: Vec<Placed>,
}

/// The bytes are the wire.
pub fn run(wire: &[u8]) {
    read(tight(), wire, [wire.len()], |reply| {
        one::<Named>(reply);
        one::<Placed>(reply);
        one::<Word>(reply);
        one::<Nested>(reply);
        one::<Vec<Named>>(reply);
    });
}

fn one<T: FromReply>(reply: redis_core::Reply<'_>) {
    if let Err(error) = T::from_reply(reply) {
        assert!(!error.to_string().is_empty());
        assert_ne!(error.kind(), ErrorKind::Protocol);
    }
}
