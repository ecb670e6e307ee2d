//! The blocking client: one handle, cloned into every thread.

use crate::structs::hundred_fields;
use load::{Plan, Report, Workload, alone, counting, expect, live, threads, unknown};
use redis_sync::prelude::*;
use redis_sync::{
    CommandRecord, Config, DisconnectScope, Event, NoBackoff, Recorder, Result, RetryPolicy,
    Timeout, TlsOptions,
};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

hundred_fields!(redis_sync);

pub(crate) type Outcome = std::result::Result<Report, String>;

/// Does what the plan says.
pub(crate) fn run(plan: &Plan) -> Result<Outcome> {
    let r = client(plan)?;
    Ok(match plan.workload {
        Workload::Get(length) if plan.variant == "pool" => {
            let key = Plan::key(length);
            threads!(plan, |c| (r.clone(), key.clone()), {
                let connection = c.0.connection().expect("a connection");
                let value = connection.typed::<String>().get(&c.1);
                expect(value.expect("a reply").len(), length);
            })
        }
        Workload::Get(length @ 0..=4096) => {
            let key = Plan::key(length);
            threads!(plan, |c| (r.clone(), key.clone()), {
                expect(c.0.typed::<String>().get(&c.1).expect("a reply").len(), length);
            })
        }
        Workload::Get(length) => {
            let key = Plan::key(length);
            threads!(plan, |c| (r.clone(), key.clone()), {
                expect(c.0.get(&c.1).expect("a reply").map(|value| value.len()), Some(length));
            })
        }
        Workload::Set(length) => {
            let (key, value) = (Plan::written(length), Plan::value(length));
            threads!(plan, |c| (r.clone(), key.clone(), value.clone()), {
                c.0.set(&c.1, &c.2).expect("a reply");
            })
        }
        Workload::Mget(count) => threads!(plan, |c| (r.clone(), Plan::keys(count)), {
            let values = c.0.typed::<Vec<String>>().mget(&c.1);
            expect(values.expect("a reply").len(), count);
        }),
        Workload::Hgetall(count) => {
            let key = Plan::collection("hash", count);
            threads!(plan, |c| (r.clone(), key.clone()), {
                let map = c.0.typed::<HashMap<String, String>>().hgetall(&c.1);
                expect(map.expect("a reply").len(), count);
            })
        }
        Workload::Struct(count) => {
            let key = Plan::collection("hash", count);
            threads!(plan, |c| (r.clone(), key.clone()), {
                let all = c.0.typed::<Hundred>().hgetall(&c.1).expect("a reply");
                expect(std::hint::black_box(all).f99.len(), 16);
            })
        }
        Workload::Lrange(count) => {
            let key = Plan::collection("list", count);
            threads!(plan, |c| (r.clone(), key.clone()), {
                let list = c.0.typed::<Vec<String>>().lrange(&c.1, 0, -1);
                expect(list.expect("a reply").len(), count);
            })
        }
        Workload::Borrowed(count) => {
            let key = Plan::collection("list", count);
            threads!(plan, |c| (r.clone(), key.clone()), {
                expect(c.0.lrange(&c.1, 0, -1).expect("a reply").len(), count);
            })
        }
        Workload::Xrange(count) => {
            let key = Plan::collection("stream", count);
            threads!(plan, |c| (r.clone(), key.clone()), {
                let entries = c.0.typed::<Vec<(String, HashMap<String, String>)>>();
                expect(entries.xrange(&c.1, "-", "+").expect("a reply").len(), count);
            })
        }
        Workload::Zrange(count) => {
            let key = Plan::collection("zset", count);
            threads!(plan, |c| (r.clone(), key.clone()), {
                let members = c.0.typed::<Vec<(String, f64)>>();
                expect(members.zrange_with_scores(&c.1, 0, -1).expect("a reply").len(), count);
            })
        }
        Workload::Pipeline(count) => threads!(plan, |c| (r.clone(), Plan::key(16)), {
            let pipe = c.0.pipeline();
            for _ in 0..count {
                pipe.get(&c.1);
            }
            expect(pipe.execute::<Vec<String>>().expect("replies").len(), count);
        }),
        Workload::Connect => Ok(alone(plan, || {
            drop(r.connection().expect("a connection"));
            r.disconnect(DisconnectScope::All);
        })),
        Workload::Memory => memory(plan),
        Workload::Messages => {
            let mut subscriber = r.pubsub();
            subscriber.subscribe(load::CHANNEL)?;
            load::listen(plan, || {
                let message = subscriber.next_message().expect("a connection");
                message.map_or(0, |message| message.payload.len())
            })
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
    if let Some(size) = plan.connections {
        builder = builder.pool_max_size(size);
    }
    builder = match plan.variant.as_str() {
        "everything" => builder.recorder(Sums).on_event(|_: &Event| {}),
        "nothing" => builder
            .retry(RetryPolicy::new(NoBackoff, 0))
            .response_timeout(Timeout::Never)
            .pool_health_check_interval(Timeout::Never),
        "apart" => builder.pool_sharing(false),
        _ => builder,
    };
    Ok(Redis::from_config(builder.build()?))
}

/// A recorder as a program would have one: it adds up.
pub(crate) struct Sums;

pub(crate) static COMMANDS: AtomicU64 = AtomicU64::new(0);
pub(crate) static NANOSECONDS: AtomicU64 = AtomicU64::new(0);

impl Recorder for Sums {
    fn command_finished(&self, command: &CommandRecord<'_>) {
        COMMANDS.fetch_add(1, Ordering::Relaxed);
        NANOSECONDS.fetch_add(command.elapsed.as_nanos() as u64, Ordering::Relaxed);
    }
}

/// What an idle connection holds.
fn memory(plan: &Plan) -> Outcome {
    const CONNECTIONS: usize = 64;
    let build = || -> Result<f64> {
        let config = Config::from_url(&plan.url())?.to_builder();
        let r = Redis::from_config(config.pool_max_size(CONNECTIONS as u32 + 1).build()?);
        // what the pool and the runtime of the language need once
        r.ping()?;
        counting(true);
        let before = live();
        let held: Result<Vec<_>> = (0..CONNECTIONS).map(|_| r.connection()).collect();
        let held = held?;
        for connection in &held {
            connection.ping()?;
        }
        drop(held);
        Ok((live() - before) as f64 / CONNECTIONS as f64)
    };
    let idle = build().map_err(|error| error.to_string())?;
    Ok(Report { operations: 1, ..Report::default() }.with("idle_connection_bytes", idle))
}
