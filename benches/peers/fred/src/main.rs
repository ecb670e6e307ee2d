//! Load on fred: one `Client`, cloned into every task, with its defaults.

use fred::prelude::*;
use fred::types::config::TlsConnector;
use load::{Flavour, Plan, Report, Workload, expect, tasks, unknown};
use std::collections::HashMap;

fn main() {
    load::main(|plan| match plan.flavour {
        Flavour::Blocking => unknown(plan),
        Flavour::Async => plan.runtime().block_on(run(plan)),
    });
}

async fn connect(plan: &Plan) -> Result<Client, Error> {
    let url = match plan.workload {
        Workload::Connect => format!("redis://bench:secret@{}/1", plan.address),
        _ => plan.url(),
    };
    let mut config = Config::from_url(&url)?;
    if let Some((_, authority)) = &plan.tls {
        let invalid = |error: String| Error::new(ErrorKind::Tls, error);
        let pem = std::fs::read(authority).map_err(|error| invalid(error.to_string()))?;
        let pem = fred::native_tls::Certificate::from_pem(&pem);
        let connector = fred::native_tls::TlsConnector::builder()
            .add_root_certificate(pem.map_err(|error| invalid(error.to_string()))?)
            .build()
            .map_err(|error| invalid(error.to_string()))?;
        config.tls = Some(TlsConnector::from(connector).into());
    }
    let client = Builder::from_config(config)
        .with_connection_config(|connection| connection.tcp.nodelay = Some(true))
        // else messages are lost, silently but for a count, where 32 wait
        .with_performance_config(|performance| {
            performance.broadcast_channel_capacity =
                plan.waiting.map_or(16 * 1024, |messages| messages as usize);
        })
        .build()?;
    client.init().await?;
    Ok(client)
}

async fn run(plan: &Plan) -> Result<Report, String> {
    if plan.workload == Workload::Connect {
        return tasks!(plan, |c| plan.clone(), {
            let client = connect(&c).await.expect("a connection");
            client.quit().await.expect("an end");
        });
    }
    let client = connect(plan).await.map_err(|error| error.to_string())?;
    let open = || client.clone();
    match plan.workload {
        Workload::Messages => {
            let mut messages = client.message_rx();
            let subscribed = client.subscribe(load::CHANNEL).await;
            subscribed.map_err(|error| error.to_string())?;
            load::listen_in_task(plan, async || {
                let message = messages.recv().await.expect("a message");
                message.value.as_bytes().map_or(0, <[u8]>::len)
            })
            .await
        }
        Workload::Get(length @ 0..=4096) => tasks!(plan, |c| (open(), Plan::key(length)), {
            expect(c.0.get::<String, _>(&c.1).await.expect("a reply").len(), length);
        }),
        Workload::Get(length) => tasks!(plan, |c| (open(), Plan::key(length)), {
            expect(c.0.get::<bytes::Bytes, _>(&c.1).await.expect("a reply").len(), length);
        }),
        Workload::Set(length) => {
            tasks!(plan, |c| (open(), Plan::written(length), Plan::value(length)), {
                let set = c.0.set::<(), _, _>(&c.1, &c.2, None, None, false);
                set.await.expect("a reply");
            })
        }
        Workload::Mget(count) => tasks!(plan, |c| (open(), Plan::keys(count)), {
            let values = c.0.mget::<Vec<String>, _>(c.1.clone()).await;
            expect(values.expect("a reply").len(), count);
        }),
        Workload::Hgetall(count) => {
            tasks!(plan, |c| (open(), Plan::collection("hash", count)), {
                let map = c.0.hgetall::<HashMap<String, String>, _>(&c.1).await;
                expect(map.expect("a reply").len(), count);
            })
        }
        Workload::Lrange(count) => {
            tasks!(plan, |c| (open(), Plan::collection("list", count)), {
                let list = c.0.lrange::<Vec<String>, _>(&c.1, 0, -1).await;
                expect(list.expect("a reply").len(), count);
            })
        }
        Workload::Xrange(count) => {
            tasks!(plan, |c| (open(), Plan::collection("stream", count)), {
                let entries =
                    c.0.xrange_values::<String, String, String, _, _, _>(&c.1, "-", "+", None);
                expect(entries.await.expect("a reply").len(), count);
            })
        }
        Workload::Zrange(count) => {
            tasks!(plan, |c| (open(), Plan::collection("zset", count)), {
                let members =
                    c.0.zrange::<Vec<(String, f64)>, _, _, _>(&c.1, 0, -1, None, false, None, true);
                expect(members.await.expect("a reply").len(), count);
            })
        }
        Workload::Pipeline(count) => tasks!(plan, |c| (open(), Plan::key(16)), {
            let pipe = c.0.pipeline();
            for _ in 0..count {
                pipe.get::<(), _>(&c.1).await.expect("a queue");
            }
            expect(pipe.all::<Vec<String>>().await.expect("replies").len(), count);
        }),
        _ => unknown(plan),
    }
}
