//! Encoding and decoding by hand, for the one shape that is measured, and nothing checked that need not be.

use crate::slots::{bulk, decimal};
use load::{Plan, Report, Workload, alone, expect, unknown, wire};
use std::collections::HashMap;
use std::hint::black_box;

const AT_ONCE: u64 = 100;

/// Does what the plan says.
pub(crate) fn run(plan: &Plan) -> Result<Report, String> {
    let mut report = match plan.workload {
        Workload::Encode => {
            let mut out = Vec::with_capacity(4096);
            alone(plan, || {
                for _ in 0..AT_ONCE {
                    out.clear();
                    out.extend_from_slice(b"*3\r\n$3\r\nSET\r\n");
                    push(&mut out, black_box("some:key:1234"));
                    push(&mut out, black_box("0123456789abcdef"));
                    black_box(out.len());
                }
            })
        }
        Workload::DecodeBulk => alone(plan, || {
            for _ in 0..AT_ONCE {
                let wire = black_box(b"$16\r\n0123456789abcdef\r\n");
                expect(bulk(wire).map(|(text, _)| text.len()), Some(16));
            }
        }),
        Workload::DecodeArray => {
            let wire = wire::array();
            alone(plan, || {
                for _ in 0..AT_ONCE {
                    let wire = black_box(&wire[..]);
                    let (count, mut at) = count(wire);
                    let mut list = Vec::with_capacity(count);
                    for _ in 0..count {
                        let (text, length) = bulk(&wire[at..]).expect("an element");
                        at += length;
                        list.push(text);
                    }
                    expect(list.len(), 1000);
                }
            })
        }
        Workload::DecodeMap => {
            let wire = wire::map();
            alone(plan, || {
                for _ in 0..AT_ONCE {
                    let wire = black_box(&wire[..]);
                    let (count, mut at) = count(wire);
                    let mut map = HashMap::with_capacity(count);
                    for _ in 0..count {
                        let (field, length) = bulk(&wire[at..]).expect("a field");
                        at += length;
                        let (value, length) = bulk(&wire[at..]).expect("a value");
                        at += length;
                        map.insert(field, value);
                    }
                    expect(map.len(), 100);
                }
            })
        }
        _ => return unknown(plan),
    };
    report.operations *= AT_ONCE;
    Ok(report)
}

fn push(out: &mut Vec<u8>, word: &str) {
    out.push(b'$');
    out.extend_from_slice(decimal(word.len(), &mut [0; 20]));
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(word.as_bytes());
    out.extend_from_slice(b"\r\n");
}

/// How many elements follow, and where.
fn count(wire: &[u8]) -> (usize, usize) {
    let end = wire.iter().position(|&byte| byte == b'\r').expect("a header");
    let digits = std::str::from_utf8(&wire[1..end]).expect("digits");
    (digits.parse().expect("a number"), end + 2)
}
