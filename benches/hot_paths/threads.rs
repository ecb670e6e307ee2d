//! The blocking client.

use crate::linked::Linked;
use crate::peer::{Peer, STRING, list as hundred};
use redis_sync::Redis;
use redis_sync::prelude::*;
use std::hint::black_box;

fn client(words: &[&str], reply: &[u8]) -> Redis {
    let peer = Peer::new(words, reply);
    Redis::builder().connector(Linked(move || peer.link())).build().expect("a client")
}

pub(crate) fn get(times: usize) {
    let r = client(&["GET", "some:key"], STRING);
    for _ in 0..times {
        black_box(r.typed::<String>().get("some:key").expect("a reply"));
    }
}

pub(crate) fn set(times: usize) {
    let r = client(&["SET", "some:key", "0123456789abcdef"], b"+OK\r\n");
    for _ in 0..times {
        r.set("some:key", "0123456789abcdef").expect("a reply");
    }
}

pub(crate) fn list(times: usize) {
    let r = client(&["LRANGE", "some:key", "0", "-1"], &hundred());
    for _ in 0..times {
        black_box(r.typed::<Vec<String>>().lrange("some:key", 0, -1).expect("a reply"));
    }
}

pub(crate) fn pipeline(times: usize) {
    let r = client(&["GET", "some:key"], STRING);
    for _ in 0..times {
        let pipe = r.pipeline();
        for _ in 0..100 {
            pipe.get("some:key");
        }
        black_box(pipe.execute::<Vec<String>>().expect("replies"));
    }
}
