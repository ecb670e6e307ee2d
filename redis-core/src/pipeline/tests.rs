//! What goes over the wire, whose reply is whose, and what is known of each command afterwards.

use super::*;
use crate::command::{COPY_THRESHOLD, CallOptions, Command, table};
use crate::config::{Endpoint, Timeout};
use crate::error::{Delivery, Error, ErrorKind, ServerErrorKind};
use crate::execute::{ExecuteCommand, Mode};
use crate::reply::{FromReply, Value};
use crate::resp::{Framer, Limits};
use std::time::Duration;

mod runs;

const MULTI: &str = "*1\r\n$5\r\nMULTI\r\n";
const EXEC: &str = "*1\r\n$4\r\nEXEC\r\n";
const GET_A: &str = "*2\r\n$3\r\nGET\r\n$1\r\na\r\n";
const INCR_B: &str = "*2\r\n$4\r\nINCR\r\n$1\r\nb\r\n";

fn two() -> (CommandQueue, Handle<String>, Handle<i64>) {
    let mut queue = CommandQueue::new();
    let a = queue.push(Command::new(&table::GET).key("a"));
    let b = queue.push(Command::new(&table::INCR).key("b"));
    (queue, a, b)
}

/// What the replies in `wire` come to, single values read in runs as the clients do.
fn harvest(batch: &Batch, wire: &str) -> Harvest {
    let mut harvest = Harvest::new(batch, Some(&Endpoint::default()));
    let mut framer = Framer::new(Limits::default());
    let mut rest = wire.as_bytes();
    while !rest.is_empty() {
        let taken = harvest.take_values(&framer, rest);
        if taken > 0 {
            rest = &rest[taken..];
            continue;
        }
        let mut framed = framer.frame(rest).unwrap().expect("whole replies");
        harvest.take(&rest[..framed.length], None, &mut framed.tape);
        rest = &rest[framed.length..];
    }
    harvest
}

fn all(batch: &Batch, wire: &str) -> Replies {
    let harvest = harvest(batch, wire);
    assert_eq!(harvest.missing(), 0);
    harvest.finish()
}

fn lost() -> Error {
    Error::new(ErrorKind::Closed, "lost")
}

#[test]
fn commands_go_out_one_after_the_other_however_they_are_cut() {
    let big = vec![b'v'; COPY_THRESHOLD + 5];
    let mut queue = CommandQueue::new();
    let mut expected = Vec::new();
    for _ in 0..3 {
        for command in
            [Command::new(&table::GET).key("a"), Command::new(&table::SET).key("b").arg(&big)]
        {
            expected.extend_from_slice(&command.to_bytes());
            queue.push::<Value>(command);
        }
    }
    assert_eq!(queue.size(), expected.len());
    let whole = [MULTI.as_bytes(), &expected, EXEC.as_bytes()].concat();
    for (atomic, expected) in [(false, &expected), (true, &whole)] {
        let batch = queue.batch(atomic).unwrap();
        assert_eq!(batch.size(), expected.len());
        for step in [1, 7, 1000, COPY_THRESHOLD, usize::MAX] {
            let mut outgoing = batch.outgoing();
            let mut sent = Vec::new();
            while !outgoing.is_empty() {
                let mut chunk = Vec::new();
                outgoing.fill(&mut chunk, step);
                assert!(!chunk.is_empty() && chunk.len() <= step);
                sent.extend_from_slice(&chunk);
            }
            assert_eq!(outgoing.taken(), expected.len());
            assert!(sent == *expected, "in steps of {step}");
        }
    }
}

#[test]
fn so_many_replies_come_as_commands_are_whole() {
    let (mut queue, ..) = two();
    let (batch, exec) = (queue.batch(false).unwrap(), queue.batch(true).unwrap());
    let (head, one, two) = (MULTI.len(), GET_A.len(), GET_A.len() + INCR_B.len());
    for (sent, replies) in [(0, 0), (one - 1, 0), (one, 1), (two - 1, 1), (two, 2)] {
        assert_eq!(batch.answered_by(sent), replies, "{sent}");
        assert_eq!(exec.answered_by(head + sent), replies + 1, "{sent}");
    }
    assert_eq!((exec.answered_by(head - 1), exec.answered_by(head + two + 1)), (0, 3));
    assert_eq!(exec.answered_by(exec.size()), 4);
}

#[test]
fn an_empty_queue_has_nothing_to_say() {
    let batch = CommandQueue::new().batch(false).unwrap();
    assert!(batch.outgoing().is_empty() && batch.replies() == 0 && batch.size() == 0);
    assert!(all(&batch, "").into::<()>().is_ok());
}

#[test]
fn a_handle_finds_its_reply_in_every_execution() {
    let (mut queue, a, b) = two();
    for count in [7, 8] {
        let replies = all(&queue.batch(false).unwrap(), &format!("$1\r\nx\r\n:{count}\r\n"));
        assert_eq!(replies.take(b).unwrap(), count);
        assert_eq!(replies.take(a).unwrap(), "x");
    }
}

#[test]
fn a_handle_of_another_pipeline_or_of_one_that_was_cleared_finds_nothing() {
    let (mut queue, a, _) = two();
    let (_, other, _) = two();
    let replies = all(&queue.batch(false).unwrap(), "$1\r\nx\r\n:7\r\n");
    assert_eq!(replies.take(other).unwrap_err().kind(), ErrorKind::Misuse);
    queue.clear();
    let _ = queue.push::<String>(Command::new(&table::GET).key("z"));
    let replies = all(&queue.batch(false).unwrap(), "$1\r\nz\r\n");
    assert_eq!(replies.take(a).unwrap_err().kind(), ErrorKind::Misuse);
}

#[test]
fn what_is_queued_during_an_execution_is_not_part_of_it() {
    let (mut queue, ..) = two();
    let batch = queue.batch(false).unwrap();
    let _ = queue.push::<i64>(Command::new(&table::INCR).key("c"));
    assert_eq!((batch.len(), queue.len()), (2, 3));
}

#[test]
fn an_error_names_its_command_and_hides_no_other() {
    let (mut queue, a, b) = two();
    let wire = "-WRONGTYPE no\r\n:7\r\n";
    let replies = all(&queue.batch(false).unwrap(), wire);
    assert_eq!(replies.take(b).unwrap(), 7);
    let error = replies.take(a).unwrap_err();
    assert_eq!((error.context().index, error.code()), (Some(0), Some("WRONGTYPE")));
    let text = "GET (command 0 of the pipeline): WRONGTYPE no (localhost:6379)";
    assert_eq!(error.to_string(), text);
    assert_eq!(replies.errors().map(|e| e.to_string()).collect::<Vec<_>>(), [text]);

    let each = replies.into::<Vec<crate::Result<i64>>>().unwrap();
    assert_eq!(each[1].as_ref().unwrap(), &7);
    assert_eq!(each[0].as_ref().unwrap_err().to_string(), text);
}

#[test]
fn the_whole_is_read_as_a_tuple_a_list_or_nothing() {
    let (mut queue, ..) = two();
    let batch = queue.batch(false).unwrap();
    let replies = || all(&batch, "$1\r\n5\r\n:7\r\n");
    assert_eq!(replies().into::<(String, i64)>().unwrap(), ("5".to_owned(), 7));
    assert_eq!(replies().into::<Vec<i64>>().unwrap(), [5, 7]);
    assert_eq!(replies().into::<[i64; 2]>().unwrap(), [5, 7]);
    assert_eq!(replies().into::<Option<(i64, i64)>>().unwrap(), Some((5, 7)));
    replies().into::<()>().unwrap();
    assert_eq!(replies().into::<Replies>().unwrap().len(), 2);

    let failed = || all(&batch, "$1\r\n5\r\n-OOM no\r\n");
    for error in [
        failed().into::<(String, i64)>().unwrap_err(),
        failed().into::<Vec<i64>>().unwrap_err(),
        failed().into::<()>().unwrap_err(),
    ] {
        assert_eq!((error.context().index, error.code()), (Some(1), Some("OOM")));
    }
    let (five, oom) = failed().into::<(i64, crate::Result<i64>)>().unwrap();
    assert_eq!((five, oom.unwrap_err().context().index), (5, Some(1)));
}

#[test]
fn a_tuple_of_another_length_is_refused_before_anything_is_sent() {
    assert!(<((), ())>::check_count(2).is_ok() && <()>::check_count(9).is_ok());
    for error in [<((), ())>::check_count(3).unwrap_err(), <[i64; 1]>::check_count(0).unwrap_err()]
    {
        assert_eq!(error.kind(), ErrorKind::Misuse);
        assert_eq!(error.delivery(), Delivery::NotSent);
    }
}

#[test]
fn a_reply_of_another_type_says_that_its_command_ran() {
    let (mut queue, _, b) = two();
    let replies = all(&queue.batch(false).unwrap(), "$1\r\nx\r\n+no\r\n");
    let error = replies.take(b).unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Conversion, Delivery::Executed));
    assert_eq!(error.context().command.as_deref(), Some("INCR"));
}

#[test]
fn what_must_not_stand_in_a_pipeline_is_named_with_its_position() {
    let refused = |spec| {
        let (mut queue, ..) = two();
        let _ = queue.push::<()>(Command::new(spec));
        let _ = queue.push::<()>(Command::new(&table::SELECT));
        let error = queue.batch(true).unwrap_err();
        assert_eq!((error.kind(), error.context().index), (ErrorKind::Misuse, Some(2)));
        assert_eq!(error.delivery(), Delivery::NotSent);
        error.context().command.clone().unwrap()
    };
    for (spec, name) in [
        (&table::BLPOP, "BLPOP"),
        (&table::WATCH, "WATCH"),
        (&table::MULTI, "MULTI"),
        (&table::SUBSCRIBE, "SUBSCRIBE"),
        (&table::CLIENT_REPLY, "CLIENT REPLY"),
    ] {
        assert_eq!(refused(spec), name);
    }
    let (mut queue, ..) = two();
    let mut invalid = Command::new(&table::DEL);
    invalid.reject(Error::argument("`keys` is empty"));
    let _ = queue.push::<i64>(invalid);
    let error = queue.batch(false).unwrap_err();
    assert_eq!((error.kind(), error.context().index), (ErrorKind::Argument, Some(2)));
    queue.clear();
    assert!(queue.batch(false).is_ok());
}

#[test]
fn each_reply_has_the_shape_of_its_command_within_exec_too() {
    let mut queue = CommandQueue::new();
    let _ = queue.push::<Value>(Command::new(&table::HGETALL).key("h"));
    let _ = queue.push::<Value>(Command::new(&table::SMEMBERS).key("s"));
    let plain = "*2\r\n$1\r\nf\r\n$1\r\nv\r\n*1\r\n$1\r\nm\r\n";
    let exec = format!("+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n{plain}");
    for (atomic, wire) in [(false, plain), (true, &exec)] {
        let replies = all(&queue.batch(atomic).unwrap(), wire);
        assert!(matches!(replies.read(0).unwrap(), Value::Map(map) if map.len() == 1));
        assert!(matches!(replies.read(1).unwrap(), Value::Set(set) if set.len() == 1));
    }
}

#[test]
fn a_large_reply_is_kept_like_a_small_one() {
    let (mut queue, a, b) = two();
    let text = "x".repeat(10_000);
    let wire = format!("$10000\r\n{text}\r\n:7\r\n");
    let replies = all(&queue.batch(false).unwrap(), &wire);
    assert!(replies.take(a).unwrap() == text && replies.take(b).unwrap() == 7);
    let wire = format!("+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n{wire}");
    let replies = all(&queue.batch(true).unwrap(), &wire);
    assert!(replies.take(a).unwrap() == text && replies.take(b).unwrap() == 7);
}

#[test]
fn an_aborted_transaction_says_which_command_was_at_fault() {
    let (mut queue, a, _) = two();
    let wire = "+OK\r\n+QUEUED\r\n-ERR unknown command\r\n-EXECABORT discarded\r\n";
    let replies = all(&queue.batch(true).unwrap(), wire);
    assert_eq!(replies.take(a).unwrap_err().context().index, Some(1));
    let error = replies.into::<()>().unwrap_err();
    assert_eq!(error.context().index, Some(1));
    assert_eq!(error.context().command.as_deref(), Some("INCR"));
    assert_eq!(error.message(), "ERR unknown command");
    assert_eq!(error.delivery(), Delivery::Rejected);
    let source = std::error::Error::source(&error).expect("the abort").to_string();
    assert_eq!(source, "EXEC: EXECABORT discarded");

    let wire = "+OK\r\n+QUEUED\r\n+QUEUED\r\n-EXECABORT discarded\r\n";
    let error = all(&queue.batch(true).unwrap(), wire).into::<()>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Server(ServerErrorKind::ExecAbort));
}

#[test]
fn an_error_within_exec_is_its_commands_own() {
    let (mut queue, a, b) = two();
    let wire = "+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n$1\r\nx\r\n-ERR no integer\r\n";
    let replies = all(&queue.batch(true).unwrap(), wire);
    assert_eq!(replies.take(a).unwrap(), "x");
    assert_eq!(replies.take(b).unwrap_err().context().index, Some(1));
    assert!(replies.failure().is_none());
}

#[test]
fn a_watched_key_that_changed_is_an_error_of_its_own_or_none() {
    let (mut queue, ..) = two();
    for nil in ["*-1\r\n", "_\r\n"] {
        let wire = format!("+OK\r\n+QUEUED\r\n+QUEUED\r\n{nil}");
        let mut replies = || all(&queue.batch(true).unwrap(), &wire);
        assert_eq!(replies().into::<Option<(String, i64)>>().unwrap(), None);
        let error = replies().into::<(String, i64)>().unwrap_err();
        assert_eq!((error.kind(), error.delivery()), (ErrorKind::WatchFailed, Delivery::Rejected));
    }
}

#[test]
fn a_transaction_that_never_began_says_whether_its_commands_ran() {
    let (mut queue, ..) = two();
    let mut refused = |wire| {
        let error = all(&queue.batch(true).unwrap(), wire).into::<()>().unwrap_err();
        assert_eq!(error.context().command.as_deref(), Some("MULTI"));
        error.delivery()
    };
    let ran = "-NOPERM no\r\n$1\r\nx\r\n:1\r\n-ERR EXEC without MULTI\r\n";
    assert_eq!(refused(ran), Delivery::Executed);
    let none = "-LOADING no\r\n-LOADING no\r\n-LOADING no\r\n-LOADING no\r\n";
    assert_eq!(refused(none), Delivery::Rejected);
}

#[test]
fn a_transaction_watches_no_more_once_the_server_ended_it() {
    let (mut queue, ..) = two();
    let batch = queue.batch(true).unwrap();
    for (exec, ended) in [
        ("*2\r\n$1\r\nx\r\n:1\r\n", true),
        ("*-1\r\n", true),
        ("_\r\n", true),
        ("-EXECABORT discarded\r\n", true),
        ("-LOADING no\r\n", false),
        ("+OK\r\n", false),
    ] {
        let replies = all(&batch, &format!("+OK\r\n+QUEUED\r\n+QUEUED\r\n{exec}"));
        assert_eq!(replies.ended_transaction(), ended, "{exec:?}");
    }
    let refused = "-NOPERM no\r\n$1\r\nx\r\n:1\r\n-ERR EXEC without MULTI\r\n";
    assert!(!all(&batch, refused).ended_transaction());
    assert!(!harvest(&batch, "+OK\r\n").lost(lost(), batch.size()).ended_transaction());
    assert!(!all(&queue.batch(false).unwrap(), "$1\r\nx\r\n:1\r\n").ended_transaction());
}

#[test]
fn an_exec_of_another_length_breaks_the_protocol() {
    let (mut queue, ..) = two();
    for reply in ["*1\r\n:1\r\n", "*3\r\n:1\r\n:1\r\n:1\r\n", "+OK\r\n", "%1\r\n:1\r\n:1\r\n"] {
        let wire = format!("+OK\r\n+QUEUED\r\n+QUEUED\r\n{reply}");
        let error = all(&queue.batch(true).unwrap(), &wire).into::<()>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol, "{reply:?}");
    }
}

#[test]
fn of_a_connection_lost_half_way_each_command_says_whether_it_may_have_run() {
    let mut queue = CommandQueue::new();
    for _ in 0..3 {
        let _ = queue.push::<Value>(Command::new(&table::GET).key("a"));
    }
    let batch = queue.batch(false).unwrap();
    // of the second all but the line end was written, or less; the third not at all
    for (missing, second) in [(2, Delivery::Unknown), (3, Delivery::NotSent)] {
        let sent = 2 * GET_A.len() - missing;
        let replies = harvest(&batch, "$1\r\nx\r\n").lost(lost(), sent);
        let each = replies.into::<Vec<crate::Result<String>>>().unwrap();
        assert_eq!(each[0].as_ref().unwrap(), "x");
        for (index, delivery) in [(1, second), (2, Delivery::NotSent)] {
            let error = each[index].as_ref().unwrap_err();
            assert_eq!((error.delivery(), error.context().index), (delivery, Some(index)));
            assert_eq!(error.context().command.as_deref(), Some("GET"));
        }
    }
}

#[test]
fn of_a_connection_lost_before_any_reply_the_whole_says_whether_it_may_have_run() {
    let (mut queue, ..) = two();
    let exec = MULTI.len() + GET_A.len() + INCR_B.len();
    for (atomic, sent, delivery) in [
        (false, 0, Delivery::NotSent),
        // nothing is run before its end has come
        (false, GET_A.len() - 3, Delivery::NotSent),
        (false, GET_A.len() - 2, Delivery::Unknown),
        (true, 0, Delivery::NotSent),
        // the server forgets what was queued without EXEC
        (true, exec, Delivery::NotSent),
        (true, exec + EXEC.len() - 3, Delivery::NotSent),
        (true, exec + EXEC.len() - 2, Delivery::Unknown),
    ] {
        let batch = queue.batch(atomic).unwrap();
        let replies = Harvest::new(&batch, Some(&Endpoint::default())).lost(lost(), sent);
        assert_eq!(replies.failure().map(|error| error.delivery()), Some(delivery), "{sent}");
        let error = replies.into::<Replies>().unwrap_err();
        assert_eq!(error.delivery(), delivery, "{atomic} {sent}");
        assert_eq!(error.context().command.as_deref(), Some(batch.name()));
    }
    let batch = queue.batch(true).unwrap();
    let faulty = harvest(&batch, "+OK\r\n-ERR no\r\n+QUEUED\r\n").lost(lost(), batch.size());
    assert_eq!(faulty.failure().map(|error| error.delivery()), Some(Delivery::Rejected));
}

#[test]
fn the_whole_failed_only_where_nothing_or_not_all_was_answered_or_all_was_refused() {
    let (mut queue, ..) = two();
    let batch = queue.batch(false).unwrap();
    assert!(all(&batch, "$-1\r\n:7\r\n").failure().is_none());
    assert!(all(&batch, "-LOADING no\r\n:7\r\n").failure().is_none());
    let refused = all(&batch, "-LOADING no\r\n-LOADING no\r\n").failure().unwrap();
    assert_eq!((refused.delivery(), refused.context().index), (Delivery::Rejected, Some(0)));
    let half = harvest(&batch, "$-1\r\n").lost(lost(), batch.size()).failure().unwrap();
    assert_eq!(half.delivery(), Delivery::Unknown);
    // one whose rest was not sent must not run its beginning twice
    let half = harvest(&batch, "$-1\r\n").lost(lost(), GET_A.len()).failure().unwrap();
    assert_eq!(half.delivery(), Delivery::Unknown);
}

#[test]
fn the_whole_may_be_repeated_only_if_each_command_may() {
    let (mut queue, ..) = two();
    assert!(!queue.batch(false).unwrap().is_repeatable());
    queue.clear();
    let _ = queue.push::<Value>(Command::new(&table::GET).key("a"));
    assert!(queue.batch(false).unwrap().is_repeatable());
    let mut marked = Command::new(&table::SET).key("a").arg("b");
    *marked.options_mut() = CallOptions::new().repeatable(true);
    let _ = queue.push::<Value>(marked);
    let batch = queue.batch(true).unwrap();
    assert!(batch.is_repeatable() && !batch.is_read_only());
}

#[test]
fn the_reply_may_take_as_long_as_the_most_patient_command_asks() {
    let usual = Some(Duration::from_secs(5));
    let timeouts = |timeouts: &[Timeout], usual| {
        let mut queue = CommandQueue::new();
        for &timeout in timeouts {
            let mut command = Command::new(&table::GET).key("a");
            *command.options_mut() = CallOptions::new().response_timeout(timeout);
            let _ = queue.push::<Value>(command);
        }
        queue.batch(false).unwrap().reply_timeout(&PipelineOptions::new(), usual)
    };
    let after = |seconds| Timeout::After(Duration::from_secs(seconds));
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    assert_eq!(timeouts(&[], usual), usual);
    assert_eq!(timeouts(&[after(1)], usual), seconds(1));
    assert_eq!(timeouts(&[after(1), Timeout::Inherit], usual), usual);
    assert_eq!(timeouts(&[after(9), Timeout::Inherit], usual), seconds(9));
    assert_eq!(timeouts(&[after(9), Timeout::Inherit], None), None);
    assert_eq!(timeouts(&[after(9), Timeout::Never], usual), None);
    let options = PipelineOptions::new().response_timeout(after(2));
    assert_eq!(two().0.batch(false).unwrap().reply_timeout(&options, usual), seconds(2));
}

#[test]
fn each_script_is_sent_whole_once_and_again_where_the_server_may_have_forgotten_it() {
    use crate::script::Script;
    let sent = |queue: &mut CommandQueue| {
        let mut bytes = Vec::new();
        queue.batch(false).unwrap().write_shared(&mut bytes, |_, _| {});
        let text = String::from_utf8(bytes).unwrap();
        (text.matches("$4\r\nEVAL\r\n").count(), text.matches("$7\r\nEVALSHA\r\n").count())
    };
    let script = |number: usize| Script::from_source(format!("return {number}"));
    let mut queue = CommandQueue::new();
    for _ in 0..3 {
        queue.push::<Value>(script(0).call().into_command());
    }
    assert_eq!(sent(&mut queue), (1, 2));
    let flush = crate::command::find("SCRIPT FLUSH").unwrap();
    queue.push::<Value>(Command::new(flush));
    queue.push::<Value>(script(0).call().into_command());
    assert_eq!(sent(&mut queue), (2, 2));
    for number in 1..=250 {
        queue.push::<Value>(script(number).call().into_command());
    }
    queue.push::<Value>(script(0).call().into_command());
    assert_eq!(sent(&mut queue), (2 + 250 + 1, 2));
    queue.clear();
    queue.push::<Value>(script(0).call().into_command());
    assert_eq!(sent(&mut queue), (1, 0));
}

#[test]
fn the_errors_of_scripts_are_judged_as_they_are_alone() {
    let mut queue = CommandQueue::new();
    let script = crate::script::Script::new("return 1");
    queue.push::<Value>(script.call().into_command());
    queue.push::<Value>(Command::new(&table::GET).key("a"));
    for (atomic, wire) in [
        (false, "-BUSY my own\r\n-BUSY my own\r\n"),
        (true, "+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n-BUSY my own\r\n-BUSY my own\r\n"),
    ] {
        let replies = all(&queue.batch(atomic).unwrap(), wire);
        let deliveries: Vec<_> = replies.errors().map(|error| error.delivery()).collect();
        assert_eq!(deliveries, [Delivery::Unknown, Delivery::Rejected]);
        assert_eq!(replies.read::<Value>(0).unwrap_err().delivery(), Delivery::Unknown);
        let kept = replies.read::<crate::Result<Value>>(0).unwrap();
        assert_eq!(kept.unwrap_err().delivery(), Delivery::Unknown);
        // one of them may have run, so the whole is not tried again
        assert!(replies.failure().is_none());
    }
}

#[test]
fn replies_of_every_size_and_form_are_kept_side_by_side() {
    let texts: Vec<String> =
        [0, 1, 17, 4080, 4088, 4089, 4090, 65_535, 65_536].map(|size| "x".repeat(size)).into();
    let bulk = |text: &String| format!("${}\r\n{text}\r\n", text.len());
    let forms: [fn(String) -> String; 4] = [
        |bulk| bulk,
        |bulk| format!("*1\r\n{bulk}"),
        |bulk| format!("|1\r\n+ttl\r\n:9\r\n{bulk}"),
        |bulk| format!("=7\r\ntxt:abc\r\n{bulk}"),
    ];
    let mut queue = CommandQueue::new();
    let mut plain = String::new();
    let mut expected = Vec::new();
    for text in &texts {
        for (number, form) in forms.iter().enumerate() {
            plain.push_str(&form(bulk(text)));
            if number == 3 {
                let _ = queue.push::<Value>(Command::new(&table::GET).key("verbatim"));
                expected.push("abc".to_owned());
            }
            let _ = queue.push::<Value>(Command::new(&table::GET).key("a"));
            expected.push(text.clone());
        }
    }
    let _ = queue.push::<Value>(Command::new(&table::GET).key("none"));
    plain.push_str("_\r\n");
    let count = queue.len();
    let exec = format!("+OK\r\n{}*{count}\r\n{plain}", "+QUEUED\r\n".repeat(count));
    for (atomic, wire) in [(false, &plain), (true, &exec)] {
        let replies = all(&queue.batch(atomic).unwrap(), wire);
        for (index, text) in expected.iter().enumerate() {
            let read = replies
                .read::<String>(index)
                .or_else(|_| replies.read::<[String; 1]>(index).map(|[one]| one));
            assert!(read.unwrap() == *text, "{index} of {} bytes, atomic: {atomic}", text.len());
        }
        assert_eq!(replies.read::<Option<String>>(count - 1).unwrap(), None);
    }
}

#[test]
fn a_command_that_no_table_knows_keeps_its_own_name() {
    let mut queue = CommandQueue::new();
    let _ = queue.push::<Value>(Command::new(&table::GET).key("a"));
    for name in ["FOO.BAR", "GET", "FOO.BAZ"] {
        let _ = queue.push::<Value>(Nobody.command(name).arg("x").into_command());
    }
    let replies = all(&queue.batch(false).unwrap(), &"-ERR no\r\n".repeat(4));
    let names = replies.errors().map(|error| error.context().command.clone().unwrap().into_owned());
    assert_eq!(names.collect::<Vec<_>>(), ["GET", "FOO.BAR", "GET", "FOO.BAZ"]);
}

/// Executes nothing: what makes raw commands.
struct Nobody;

/// Nothing comes back.
struct Nothing;

impl Mode for Nothing {
    type Response<'a, T: FromReply> = ();
}

impl ExecuteCommand for Nobody {
    type Mode = Nothing;

    fn execute_command<T: FromReply>(&self, _: Command<'_>) {}
}
