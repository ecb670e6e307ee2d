//! Encoding and decoding alone, a hundred at a time.

use load::{Plan, Report, Workload, alone, expect, unknown, wire};
use redis::{FromRedisValue as _, from_redis_value, parse_redis_value};
use std::hint::black_box;

const AT_ONCE: u64 = 100;

/// Does what the plan says.
pub(crate) fn run(plan: &Plan) -> Result<Report, String> {
    let mut report = match plan.workload {
        Workload::Encode => alone(plan, || {
            for _ in 0..AT_ONCE {
                let command = redis::Cmd::set("some:key:1234", "0123456789abcdef");
                black_box(command.get_packed_command());
            }
        }),
        Workload::DecodeBulk => alone(plan, || {
            for _ in 0..AT_ONCE {
                let value = parse_redis_value(black_box(b"$16\r\n0123456789abcdef\r\n"));
                let text = String::from_redis_value(value.expect("a reply")).expect("text");
                expect(text.len(), 16);
            }
        }),
        Workload::DecodeArray => {
            let wire = wire::array();
            alone(plan, || {
                for _ in 0..AT_ONCE {
                    let value = parse_redis_value(black_box(&wire)).expect("a reply");
                    let list: Vec<String> = from_redis_value(value).expect("a list");
                    expect(list.len(), 1000);
                }
            })
        }
        _ => return unknown(plan),
    };
    report.operations *= AT_ONCE;
    Ok(report)
}
