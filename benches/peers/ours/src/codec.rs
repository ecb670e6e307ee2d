//! Encoding and decoding alone, as the clients do it, a hundred at a time: one takes less time than reading
//! the clock.

use load::{Plan, Report, Workload, alone, expect, unknown};
use redis_core::command::{Command, table};
use redis_core::resp::{Framer, Limits};
use redis_core::{FromReply, Reply};
use std::collections::HashMap;
use std::hint::black_box;

const AT_ONCE: u64 = 100;

/// Does what the plan says.
pub(crate) fn run(plan: &Plan) -> Result<Report, String> {
    let mut framer = Framer::new(Limits::default());
    let mut report = match plan.workload {
        Workload::Encode => {
            let mut out = Vec::with_capacity(4096);
            alone(plan, || {
                for _ in 0..AT_ONCE {
                    out.clear();
                    let command =
                        Command::new(&table::SET).key("some:key:1234").arg("0123456789abcdef");
                    black_box(&command).write_to(&mut out);
                    black_box(out.len());
                }
            })
        }
        Workload::DecodeBulk => {
            let wire = b"$16\r\n0123456789abcdef\r\n";
            alone(plan, || {
                for _ in 0..AT_ONCE {
                    expect(decode::<String>(&mut framer, black_box(wire)).len(), 16);
                }
            })
        }
        Workload::DecodeArray => {
            let wire = load::wire::array();
            alone(plan, || {
                for _ in 0..AT_ONCE {
                    expect(decode::<Vec<String>>(&mut framer, black_box(&wire)).len(), 1000);
                }
            })
        }
        Workload::DecodeMap => {
            let wire = load::wire::map();
            alone(plan, || {
                for _ in 0..AT_ONCE {
                    let map = decode::<HashMap<String, String>>(&mut framer, black_box(&wire));
                    expect(map.len(), 100);
                }
            })
        }
        _ => return unknown(plan),
    };
    report.operations *= AT_ONCE;
    Ok(report)
}

/// From the read buffer, with the tape used again, as the blocking client does it.
fn decode<T: FromReply>(framer: &mut Framer, wire: &[u8]) -> T {
    let framed = framer.frame(wire).expect("a reply").expect("a whole reply");
    let reply = Reply::new(&wire[..framed.length], None, framed.tape.nodes());
    let value = T::from_reply(reply).expect("a value of the type");
    framer.recycle(framed.tape);
    value
}
