//! A `Connection` a thread, or a pool of them without a `PING` at each checkout.

use crate::client;
use load::{Plan, Report, Workload, alone, expect, threads, unknown};
use redis::{Client, Commands as _, Connection};
use std::collections::HashMap;
use std::time::Duration;

/// The deadline that this project's clients have by default; redis-rs has none in this flavour.
const DEADLINE: Option<Duration> = Some(Duration::from_secs(5));

/// Does what the plan says.
pub(crate) fn run(plan: &Plan) -> Result<Report, String> {
    let client = client(plan)?;
    if plan.variant == "pool" {
        return pooled(plan, client);
    }
    let open = || connect(&client);
    match plan.workload {
        Workload::Get(length @ 0..=4096) => {
            threads!(plan, |c| (open(), Plan::key(length)), {
                expect(c.0.get::<_, String>(&c.1).expect("a reply").len(), length);
            })
        }
        Workload::Get(length) => threads!(plan, |c| (open(), Plan::key(length)), {
            expect(c.0.get::<_, Vec<u8>>(&c.1).expect("a reply").len(), length);
        }),
        Workload::Set(length) => {
            threads!(plan, |c| (open(), Plan::written(length), Plan::value(length)), {
                c.0.set::<_, _, ()>(&c.1, &c.2).expect("a reply");
            })
        }
        Workload::Mget(count) => threads!(plan, |c| (open(), Plan::keys(count)), {
            expect(c.0.mget::<_, Vec<String>>(&c.1).expect("a reply").len(), count);
        }),
        Workload::Hgetall(count) => {
            threads!(plan, |c| (open(), Plan::collection("hash", count)), {
                let map = c.0.hgetall::<_, HashMap<String, String>>(&c.1);
                expect(map.expect("a reply").len(), count);
            })
        }
        Workload::Lrange(count) => {
            threads!(plan, |c| (open(), Plan::collection("list", count)), {
                let list = c.0.lrange::<_, Vec<String>>(&c.1, 0, -1);
                expect(list.expect("a reply").len(), count);
            })
        }
        Workload::Xrange(count) => {
            threads!(plan, |c| (open(), Plan::collection("stream", count)), {
                let entries: Vec<(String, HashMap<String, String>)> = redis::cmd("XRANGE")
                    .arg(&c.1)
                    .arg("-")
                    .arg("+")
                    .query(&mut c.0)
                    .expect("a reply");
                expect(entries.len(), count);
            })
        }
        Workload::Zrange(count) => {
            threads!(plan, |c| (open(), Plan::collection("zset", count)), {
                let members = c.0.zrange_withscores::<_, Vec<(String, f64)>>(&c.1, 0, -1);
                expect(members.expect("a reply").len(), count);
            })
        }
        Workload::Pipeline(count) => threads!(plan, |c| (open(), Plan::key(16)), {
            let mut pipe = redis::pipe();
            for _ in 0..count {
                pipe.get(&c.1);
            }
            expect(pipe.query::<Vec<String>>(&mut c.0).expect("replies").len(), count);
        }),
        Workload::Connect => Ok(alone(plan, || drop(connect(&client)))),
        Workload::Messages => {
            let mut connection = connect(&client);
            let mut subscriber = connection.as_pubsub();
            subscriber.subscribe(load::CHANNEL).expect("a subscription");
            load::listen(plan, || {
                subscriber.get_message().expect("a message").get_payload_bytes().len()
            })
        }
        _ => unknown(plan),
    }
}

fn connect(client: &Client) -> Connection {
    let connection = client.get_connection().expect("a connection");
    connection.set_read_timeout(DEADLINE).expect("a socket");
    connection.set_write_timeout(DEADLINE).expect("a socket");
    connection
}

fn pooled(plan: &Plan, client: Client) -> Result<Report, String> {
    let Workload::Get(length) = plan.workload else { return unknown(plan) };
    let pool = r2d2::Pool::builder()
        .max_size(plan.connections.unwrap_or(plan.threads as u32))
        .test_on_check_out(false)
        .build(client)
        .map_err(|error| error.to_string())?;
    threads!(plan, |c| (pool.clone(), Plan::key(length)), {
        let mut connection = c.0.get().expect("a connection");
        expect(connection.get::<_, String>(&c.1).expect("a reply").len(), length);
    })
}
