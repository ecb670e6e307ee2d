//! The async client: one handle, cloned into every task, and one connection under it.

use crate::blocking::{Outcome, Sums};
use crate::structs::hundred_fields;
use load::{Plan, Report, Workload, counting, expect, live, tasks, unknown};
use redis_async::prelude::*;
use redis_async::{
    BulkString, CommandFuture, Config, DisconnectScope, Event, NoBackoff, Result, RetryPolicy,
    Timeout, TlsOptions,
};
use std::collections::HashMap;
use std::time::Duration;

hundred_fields!(redis_async);

/// Does what the plan says.
pub(crate) async fn run(plan: &Plan) -> Result<Outcome> {
    let r = client(plan)?;
    Ok(match plan.workload {
        Workload::Get(length) if plan.variant == "pool" => {
            let key = Plan::key(length);
            tasks!(plan, |c| (r.clone(), key.clone()), {
                let connection = c.0.connection().await.expect("a connection");
                let value = connection.typed::<String>().get(&c.1).await;
                expect(value.expect("a reply").len(), length);
            })
        }
        Workload::Get(length @ 0..=4096) => {
            let key = Plan::key(length);
            tasks!(plan, |c| (r.clone(), key.clone()), {
                let value = c.0.typed::<String>().get(&c.1).await;
                expect(value.expect("a reply").len(), length);
            })
        }
        Workload::Get(length) => {
            let key = Plan::key(length);
            tasks!(plan, |c| (r.clone(), key.clone()), {
                let value = c.0.get(&c.1).await.expect("a reply");
                expect(value.map(|value| value.len()), Some(length));
            })
        }
        Workload::Set(length @ 0..=4096) => {
            let (key, value) = (Plan::written(length), Plan::value(length));
            tasks!(plan, |c| (r.clone(), key.clone(), value.clone()), {
                c.0.set(&c.1, &c.2).await.expect("a reply");
            })
        }
        Workload::Set(length) => {
            // an async client's command outlives the call: shared bytes are what it needs not copy
            let (key, value) = (Plan::written(length), bytes::Bytes::from(Plan::value(length)));
            tasks!(plan, |c| (r.clone(), key.clone(), value.clone()), {
                c.0.set(&c.1, &c.2).await.expect("a reply");
            })
        }
        Workload::Mget(count) => tasks!(plan, |c| (r.clone(), Plan::keys(count)), {
            let values = c.0.typed::<Vec<String>>().mget(&c.1).await;
            expect(values.expect("a reply").len(), count);
        }),
        Workload::Hgetall(count) => {
            let key = Plan::collection("hash", count);
            tasks!(plan, |c| (r.clone(), key.clone()), {
                let map = c.0.typed::<HashMap<String, String>>().hgetall(&c.1).await;
                expect(map.expect("a reply").len(), count);
            })
        }
        Workload::Struct(count) => {
            let key = Plan::collection("hash", count);
            tasks!(plan, |c| (r.clone(), key.clone()), {
                let all = c.0.typed::<Hundred>().hgetall(&c.1).await.expect("a reply");
                expect(std::hint::black_box(all).f99.len(), 16);
            })
        }
        Workload::Lrange(count) => {
            let key = Plan::collection("list", count);
            tasks!(plan, |c| (r.clone(), key.clone()), {
                let list = c.0.typed::<Vec<String>>().lrange(&c.1, 0, -1).await;
                expect(list.expect("a reply").len(), count);
            })
        }
        Workload::Borrowed(count) => {
            let key = Plan::collection("list", count);
            tasks!(plan, |c| (r.clone(), key.clone()), {
                expect(c.0.lrange(&c.1, 0, -1).await.expect("a reply").len(), count);
            })
        }
        Workload::Xrange(count) => {
            let key = Plan::collection("stream", count);
            tasks!(plan, |c| (r.clone(), key.clone()), {
                let entries = c.0.typed::<Vec<(String, HashMap<String, String>)>>();
                expect(entries.xrange(&c.1, "-", "+").await.expect("a reply").len(), count);
            })
        }
        Workload::Zrange(count) => {
            let key = Plan::collection("zset", count);
            tasks!(plan, |c| (r.clone(), key.clone()), {
                let members = c.0.typed::<Vec<(String, f64)>>();
                let found = members.zrange_with_scores(&c.1, 0, -1).await;
                expect(found.expect("a reply").len(), count);
            })
        }
        Workload::Pipeline(count) => tasks!(plan, |c| (r.clone(), Plan::key(16)), {
            let pipe = c.0.pipeline();
            for _ in 0..count {
                pipe.get(&c.1);
            }
            expect(pipe.execute::<Vec<String>>().await.expect("replies").len(), count);
        }),
        Workload::Connect => tasks!(plan, |c| r.clone(), {
            drop(c.connection().await.expect("a connection"));
            c.disconnect(DisconnectScope::All);
        }),
        Workload::Memory => Ok(memory(plan, &r).await?),
        Workload::Messages => {
            let mut subscriber = r.pubsub();
            subscriber.subscribe(load::CHANNEL).await?;
            load::listen_in_task(plan, async || {
                let message = subscriber.next_message().await.expect("a connection");
                message.map_or(0, |message| message.payload.len())
            })
            .await
        }
        _ => unknown(plan),
    })
}

/// The client that the plan wants: with its defaults, if it says nothing else.
fn client(plan: &Plan) -> Result<Redis> {
    let url = match plan.workload {
        Workload::Connect => format!("redis://bench:secret@{}/1?client_name=bench", plan.address),
        _ => plan.url(),
    };
    let mut builder = Config::from_url(&url)?.to_builder();
    if let Some((_, authority)) = &plan.tls {
        builder = builder.tls(TlsOptions::new()).tls_ca_file(authority);
    }
    if let Some(connections) = plan.connections {
        builder = builder.pool_max_size(connections);
    }
    builder = match plan.variant.as_str() {
        "everything" => builder.recorder(Sums).on_event(|_: &Event| {}),
        "nothing" => builder.retry(RetryPolicy::new(NoBackoff, 0)).response_timeout(Timeout::Never),
        _ => builder,
    };
    Ok(Redis::from_config(builder.build()?))
}

/// What ten thousand commands hold while they wait: the server sleeps, so that none is answered.
async fn memory(plan: &Plan, r: &Redis) -> Result<Report> {
    const WAITING: usize = 10_000;
    let sleeper = client(plan)?.connection().await?;
    r.ping().await?;
    // room in the runtime's own lists is not the client's
    let mut futures: Vec<CommandFuture<'_, BulkString>> = Vec::with_capacity(WAITING);
    let typed = r.typed::<BulkString>();
    let key = Plan::key(16);
    counting(true);
    let before = live();
    futures.extend((0..WAITING).map(|_| typed.get(&key)));
    let asleep = sleeper.command("DEBUG").arg("SLEEP").arg("0.5").query::<()>();
    let mut asleep = std::pin::pin!(asleep);
    let most = std::future::poll_fn(|context| {
        let _ = asleep.as_mut().poll(context);
        for future in &mut futures {
            let _ = std::pin::Pin::new(future).poll(context);
        }
        std::task::Poll::Ready(live() - before)
    })
    .await;
    tokio::time::sleep(Duration::from_millis(20)).await;
    let most =
        most.max(live() - before) + (WAITING * size_of::<CommandFuture<'_, BulkString>>()) as i64;
    for future in futures {
        let _ = future.await?;
    }
    let idle = idle(plan).await?;
    let report = Report { operations: 1, ..Report::default() };
    Ok(report
        .with("idle_connection_bytes", idle)
        .with("waiting_bytes", most as f64)
        .with("future_bytes", size_of::<CommandFuture<'_, BulkString>>() as f64))
}

/// What an idle connection holds.
async fn idle(plan: &Plan) -> Result<f64> {
    const CONNECTIONS: usize = 64;
    let r = client(plan)?;
    r.connection().await?.ping().await?;
    let before = live();
    let mut held = Vec::with_capacity(CONNECTIONS);
    for _ in 0..CONNECTIONS {
        let connection = r.connection().await?;
        connection.ping().await?;
        held.push(connection);
    }
    drop(held);
    Ok((live() - before) as f64 / CONNECTIONS as f64)
}
