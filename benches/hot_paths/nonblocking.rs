//! The async client, on one thread.

use crate::linked::Linked;
use crate::peer::{Peer, STRING, list as hundred};
use redis_async::Redis;
use redis_async::prelude::*;
use std::hint::black_box;

fn client(words: &[&str], reply: &[u8]) -> Redis {
    let peer = Peer::new(words, reply);
    Redis::builder().connector(Linked(move || peer.link())).build().expect("a client")
}

pub(crate) fn run(work: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(work);
}

pub(crate) fn get(times: usize) {
    let r = client(&["GET", "some:key"], STRING);
    run(async {
        for _ in 0..times {
            black_box(r.typed::<String>().get("some:key").await.expect("a reply"));
        }
    });
}

pub(crate) fn shared(times: usize) {
    const TASKS: usize = 64;
    let r = client(&["GET", "some:key"], STRING);
    run(async {
        let tasks: Vec<_> = (0..TASKS)
            .map(|_| {
                let r = r.clone();
                tokio::spawn(async move {
                    for _ in 0..times / TASKS {
                        black_box(r.typed::<String>().get("some:key").await.expect("a reply"));
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("a task");
        }
    });
}

pub(crate) fn set(times: usize) {
    let r = client(&["SET", "some:key", "0123456789abcdef"], b"+OK\r\n");
    run(async {
        for _ in 0..times {
            r.set("some:key", "0123456789abcdef").await.expect("a reply");
        }
    });
}

pub(crate) fn list(times: usize) {
    let r = client(&["LRANGE", "some:key", "0", "-1"], &hundred());
    run(async {
        for _ in 0..times {
            black_box(r.typed::<Vec<String>>().lrange("some:key", 0, -1).await.expect("a reply"));
        }
    });
}

pub(crate) fn pipeline(times: usize) {
    let r = client(&["GET", "some:key"], STRING);
    run(async {
        for _ in 0..times {
            let pipe = r.pipeline();
            for _ in 0..100 {
                pipe.get("some:key");
            }
            black_box(pipe.execute::<Vec<String>>().await.expect("replies"));
        }
    });
}
