//! That replies which are read in runs are those that are read one by one.

use super::two;
use crate::command::{Command, table};
use crate::pipeline::{Batch, CommandQueue, Harvest};
use crate::reply::{Shape, Value};
use crate::resp::{Framer, Limits, Values};

/// What every reply is, by the roads that lead to it: one by one, in runs, and found before they are taken.
fn by_all_roads(batch: &Batch, wire: &[u8], cut: usize) -> [Vec<String>; 3] {
    let roads = [0, 1, 2].map(|road| {
        let mut harvest = Harvest::new(batch, None);
        let mut framer = Framer::new(Limits::default());
        let (mut rest, mut come) = (wire, cut);
        while harvest.missing() > 0 {
            let here = &rest[..come.min(rest.len())];
            let found = match road {
                1 => harvest.take_values(&framer, here),
                2 => {
                    let found = Values::find(&framer, here, harvest.missing());
                    let size = found.as_ref().map_or(0, Values::size);
                    found.into_iter().for_each(|found| harvest.take_found(found));
                    size
                }
                _ => 0,
            };
            let taken = match found {
                0 => framer.frame(here).unwrap().map_or(0, |mut framed| {
                    harvest.take(&here[..framed.length], None, &mut framed.tape);
                    framed.length
                }),
                found => found,
            };
            rest = &rest[taken..];
            come = if taken == 0 { wire.len() } else { come - taken };
        }
        harvest.finish()
    });
    roads.map(|replies| replies.results::<Value>().map(|value| format!("{value:?}")).collect())
}

#[test]
fn replies_are_the_same_whether_they_are_read_in_runs_or_one_by_one_and_however_they_are_cut() {
    let large = format!("$5000\r\n{}\r\n", "x".repeat(5000));
    let wires: Vec<&str> = vec![
        "$1\r\nx\r\n",
        ":-7\r\n",
        "_\r\n",
        "$-1\r\n",
        "+OK\r\n",
        ",1.5\r\n",
        "$3\r\n1.5\r\n",
        "-ERR no\r\n",
        "*2\r\n:1\r\n$1\r\na\r\n",
        "$0\r\n\r\n",
        "#t\r\n",
        "=5\r\ntxt:a\r\n",
        "%1\r\n+a\r\n:1\r\n",
        &large,
        ":3\r\n",
        "$-1\r\n",
    ];
    let mut queue = CommandQueue::new();
    let shapes = [Shape::AsIs, Shape::Accepted, Shape::Double, Shape::Map];
    for (at, _) in wires.iter().enumerate() {
        queue.push::<Value>(Command::new(&table::GET).key("k").shape(shapes[at % 4]));
        queue.push::<Value>(Command::new(&table::GET).key("k").shape(shapes[(at + 1) % 4]));
    }
    let batch = queue.batch(false).unwrap();
    let wire: String = wires.iter().map(|wire| wire.repeat(2)).collect();
    let [expected, ..] = by_all_roads(&batch, wire.as_bytes(), wire.len());
    assert_eq!(expected.len(), wires.len() * 2);
    for cut in (0..300).chain(wire.len() - 300..=wire.len()) {
        for replies in by_all_roads(&batch, wire.as_bytes(), cut) {
            assert_eq!(replies, expected, "cut at {cut}");
        }
    }
}

#[test]
fn of_replies_that_came_along_no_more_are_taken_than_there_are_commands() {
    let (mut queue, ..) = two();
    let mut harvest = Harvest::new(&queue.batch(false).unwrap(), None);
    let framer = Framer::new(Limits::default());
    assert_eq!(harvest.take_values(&framer, b"$1\r\nx\r\n:7\r\n:8\r\n"), 11);
    assert_eq!((harvest.missing(), harvest.take_values(&framer, b":8\r\n")), (0, 0));
    assert_eq!(harvest.finish().into::<(String, i64)>().unwrap(), ("x".to_owned(), 7));
}

#[test]
fn a_value_over_the_limit_of_its_connection_is_no_part_of_a_run() {
    let (mut queue, ..) = two();
    let mut harvest = Harvest::new(&queue.batch(false).unwrap(), None);
    let framer = Framer::new(Limits::default().with_bulk_length(3));
    assert_eq!(harvest.take_values(&framer, b"$3\r\nabc\r\n$4\r\nabcd\r\n"), 9);
    assert_eq!(harvest.take_values(&framer, b"$4\r\nabcd\r\n"), 0);
}
