//! One `MultiplexedConnection`, cloned into every task.

use crate::client;
use futures_util::StreamExt as _;
use load::{Plan, Report, Workload, expect, tasks, unknown};
use redis::AsyncCommands as _;
use std::collections::HashMap;

/// Does what the plan says.
pub(crate) async fn run(plan: &Plan) -> Result<Report, String> {
    let client = client(plan)?;
    if plan.workload == Workload::Connect {
        return tasks!(plan, |c| client.clone(), {
            drop(c.get_multiplexed_async_connection().await.expect("a connection"));
        });
    }
    if plan.workload == Workload::Messages {
        let mut subscriber = client.get_async_pubsub().await.map_err(|error| error.to_string())?;
        subscriber.subscribe(load::CHANNEL).await.map_err(|error| error.to_string())?;
        let mut messages = std::pin::pin!(subscriber.on_message());
        return load::listen_in_task(plan, async || {
            messages.next().await.expect("a message").get_payload_bytes().len()
        })
        .await;
    }
    if plan.variant == "pool" {
        return pooled(plan, client).await;
    }
    let connection = client.get_multiplexed_async_connection().await;
    let connection = connection.map_err(|error| error.to_string())?;
    let open = || connection.clone();
    match plan.workload {
        Workload::Get(length @ 0..=4096) => tasks!(plan, |c| (open(), Plan::key(length)), {
            expect(c.0.get::<_, String>(&c.1).await.expect("a reply").len(), length);
        }),
        Workload::Get(length) => tasks!(plan, |c| (open(), Plan::key(length)), {
            expect(c.0.get::<_, Vec<u8>>(&c.1).await.expect("a reply").len(), length);
        }),
        Workload::Set(length) => {
            tasks!(plan, |c| (open(), Plan::written(length), Plan::value(length)), {
                c.0.set::<_, _, ()>(&c.1, &c.2).await.expect("a reply");
            })
        }
        Workload::Mget(count) => tasks!(plan, |c| (open(), Plan::keys(count)), {
            expect(c.0.mget::<_, Vec<String>>(&c.1).await.expect("a reply").len(), count);
        }),
        Workload::Hgetall(count) => {
            tasks!(plan, |c| (open(), Plan::collection("hash", count)), {
                let map = c.0.hgetall::<_, HashMap<String, String>>(&c.1).await;
                expect(map.expect("a reply").len(), count);
            })
        }
        Workload::Lrange(count) => {
            tasks!(plan, |c| (open(), Plan::collection("list", count)), {
                let list = c.0.lrange::<_, Vec<String>>(&c.1, 0, -1).await;
                expect(list.expect("a reply").len(), count);
            })
        }
        Workload::Xrange(count) => {
            tasks!(plan, |c| (open(), Plan::collection("stream", count)), {
                let mut command = redis::cmd("XRANGE");
                command.arg(&c.1).arg("-").arg("+");
                let entries: Vec<(String, HashMap<String, String>)> =
                    command.query_async(&mut c.0).await.expect("a reply");
                expect(entries.len(), count);
            })
        }
        Workload::Zrange(count) => {
            tasks!(plan, |c| (open(), Plan::collection("zset", count)), {
                let members = c.0.zrange_withscores::<_, Vec<(String, f64)>>(&c.1, 0, -1).await;
                expect(members.expect("a reply").len(), count);
            })
        }
        Workload::Pipeline(count) => tasks!(plan, |c| (open(), Plan::key(16)), {
            let mut pipe = redis::pipe();
            for _ in 0..count {
                pipe.get(&c.1);
            }
            let values = pipe.query_async::<Vec<String>>(&mut c.0).await;
            expect(values.expect("replies").len(), count);
        }),
        _ => unknown(plan),
    }
}

/// A connection of a pool for each command, not asked with `PING` at each checkout.
async fn pooled(plan: &Plan, client: redis::Client) -> Result<Report, String> {
    let (Workload::Get(length), Some(connections)) = (plan.workload, plan.connections) else {
        return unknown(plan);
    };
    let builder = bb8::Pool::builder().max_size(connections).test_on_check_out(false);
    let pool = builder.build(client).await.map_err(|error| error.to_string())?;
    tasks!(plan, |c| (pool.clone(), Plan::key(length)), {
        let mut connection = c.0.get().await.expect("a connection");
        expect(connection.get::<_, String>(&c.1).await.expect("a reply").len(), length);
    })
}
