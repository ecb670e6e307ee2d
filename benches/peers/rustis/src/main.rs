//! Load on rustis: one `Client`, cloned into every task, with its defaults.

use futures_util::StreamExt as _;
use load::{Flavour, Plan, Report, Workload, expect, tasks, unknown};
use rustis::client::{BatchPreparedCommand as _, Client, Config, IntoConfig as _};
use rustis::commands::{
    HashCommands as _, ListCommands as _, PubSubCommands as _, SortedSetCommands as _,
    StreamCommands as _, StringCommands as _, ZRangeOptions,
};
use std::collections::HashMap;

mod hundred;

fn main() {
    load::main(|plan| match plan.flavour {
        Flavour::Blocking => unknown(plan),
        Flavour::Async => plan.runtime().block_on(run(plan)),
    });
}

async fn connect(plan: &Plan) -> Result<Client, String> {
    let worded = |error: rustis::Error| error.to_string();
    let url = match plan.workload {
        Workload::Connect => {
            format!("redis://bench:secret@{}/1?connection_name=bench", plan.address)
        }
        _ => plan.url(),
    };
    let config: Config = url.into_config().map_err(worded)?;
    Client::connect(config).await.map_err(worded)
}

async fn run(plan: &Plan) -> Result<Report, String> {
    if plan.tls.is_some() {
        return unknown(plan);
    }
    if plan.workload == Workload::Connect {
        return tasks!(plan, |c| plan.clone(), {
            drop(connect(&c).await.expect("a connection"));
        });
    }
    let client = connect(plan).await?;
    let open = || client.clone();
    match plan.workload {
        Workload::Messages => {
            let subscriber = client.subscribe(load::CHANNEL).await;
            let mut subscriber = subscriber.map_err(|error| error.to_string())?;
            load::listen_in_task(plan, async || {
                let message = subscriber.next().await.expect("a message");
                message.expect("a message").payload().len()
            })
            .await
        }
        Workload::Get(length @ 0..=4096) => tasks!(plan, |c| (open(), Plan::key(length)), {
            let value: String = c.0.get(&c.1).await.expect("a reply");
            expect(value.len(), length);
        }),
        Workload::Get(length) => tasks!(plan, |c| (open(), Plan::key(length)), {
            let value: rustis::resp::BulkString = c.0.get(&c.1).await.expect("a reply");
            expect(value.len(), length);
        }),
        Workload::Set(length) => {
            tasks!(plan, |c| (open(), Plan::written(length), Plan::value(length)), {
                c.0.set(&c.1, &c.2).await.expect("a reply");
            })
        }
        Workload::Mget(count) => tasks!(plan, |c| (open(), Plan::keys(count)), {
            let values: Vec<String> = c.0.mget(&c.1).await.expect("a reply");
            expect(values.len(), count);
        }),
        Workload::Hgetall(count) => {
            tasks!(plan, |c| (open(), Plan::collection("hash", count)), {
                let map: HashMap<String, String> = c.0.hgetall(&c.1).await.expect("a reply");
                expect(map.len(), count);
            })
        }
        Workload::Struct(count) => {
            tasks!(plan, |c| (open(), Plan::collection("hash", count)), {
                let all: hundred::Hundred = c.0.hgetall(&c.1).await.expect("a reply");
                expect(std::hint::black_box(all).f99.len(), 16);
            })
        }
        Workload::Lrange(count) => {
            tasks!(plan, |c| (open(), Plan::collection("list", count)), {
                let list: Vec<String> = c.0.lrange(&c.1, 0, -1).await.expect("a reply");
                expect(list.len(), count);
            })
        }
        Workload::Xrange(count) => {
            tasks!(plan, |c| (open(), Plan::collection("stream", count)), {
                let entries: Vec<(String, HashMap<String, String>)> =
                    c.0.xrange(&c.1, "-", "+", None).await.expect("a reply");
                expect(entries.len(), count);
            })
        }
        Workload::Zrange(count) => {
            tasks!(plan, |c| (open(), Plan::collection("zset", count)), {
                let members: Vec<(String, f64)> =
                    c.0.zrange_with_scores(&c.1, 0, -1, ZRangeOptions::default())
                        .await
                        .expect("a reply");
                expect(members.len(), count);
            })
        }
        Workload::Pipeline(count) => tasks!(plan, |c| (open(), Plan::key(16)), {
            let mut pipe = c.0.create_pipeline();
            for _ in 0..count {
                pipe.get::<String>(&c.1).queue();
            }
            let values: Vec<String> = pipe.execute().await.expect("replies");
            expect(values.len(), count);
        }),
        _ => unknown(plan),
    }
}
