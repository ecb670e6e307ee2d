use super::*;
use crate::pubsub::Message;
use std::iter;

fn intake(protocol: Protocol) -> Intake {
    Intake::new(protocol, Limits::default(), 1024)
}

fn all(intake: &mut Intake) -> Result<Vec<String>> {
    let mut found = Vec::new();
    while let Some(incoming) = intake.take_next()? {
        match incoming {
            Incoming::Messages(mut run) => {
                assert!(!run.is_empty());
                found.extend(iter::from_fn(|| run.pop()).map(|message| show_message(&message)));
            }
            other => found.push(show(&other)),
        }
    }
    Ok(found)
}

fn show_message(it: &Message) -> String {
    match &it.pattern {
        Some(pattern) => format!("{:?} {pattern} {} {}", it.kind, it.channel, it.payload),
        None => format!("{:?} {} {}", it.kind, it.channel, it.payload),
    }
}

fn show(incoming: &Incoming) -> String {
    match incoming {
        Incoming::Messages(run) => format!("{run:?}"),
        Incoming::Confirmed { action, kind, name } => format!("{action:?} {kind:?} {name:?}"),
        Incoming::Refused(error) => format!("refused: {error}"),
        Incoming::Push(frame) => format!("push of {}", frame.bytes().len()),
        Incoming::Pong => "pong".to_owned(),
    }
}

/// What a server sent, `*` for what is a push on RESP3.
const SAID: &str = "*3\r\n$9\r\nsubscribe\r\n$2\r\nch\r\n:1\r\n\
    *3\r\n$7\r\nmessage\r\n$2\r\nch\r\n$5\r\nhello\r\n\
    *4\r\n$8\r\npmessage\r\n$2\r\nc*\r\n$2\r\nch\r\n$0\r\n\r\n\
    *3\r\n$8\r\nsmessage\r\n$1\r\ns\r\n$2\r\n\r\n\r\n\
    *3\r\n$12\r\nsunsubscribe\r\n$1\r\ns\r\n:0\r\n\
    *3\r\n$12\r\npunsubscribe\r\n$-1\r\n:0\r\n\
    -NOPERM not you\r\n";
const MEANT: [&str; 7] = [
    "Subscribe Channel Some(b\"ch\")",
    "Channel ch hello",
    "Pattern c* ch ",
    "Shard s \r\n",
    "Unsubscribe Shard Some(b\"s\")",
    "Unsubscribe Pattern None",
    "refused: NOPERM not you",
];

#[test]
fn what_comes_means_the_same_on_both_protocols_wherever_it_is_cut() {
    for (protocol, said) in [
        (Protocol::Resp2, SAID.to_owned()),
        (Protocol::Resp3, SAID.replace('*', ">").replace("c>", "c*")),
    ] {
        for cut in 0..said.len() {
            let mut intake = intake(protocol);
            let mut found = Vec::new();
            for part in [&said[..cut], &said[cut..]] {
                intake.feed(part.as_bytes());
                found.extend(all(&mut intake).unwrap());
            }
            assert_eq!(found, MEANT, "cut at {cut}");
        }
        let mut bytewise = intake(protocol);
        let mut found = Vec::new();
        for byte in said.bytes() {
            bytewise.room().extend_from_slice(&[byte]);
            found.extend(all(&mut bytewise).unwrap());
        }
        assert_eq!(found, MEANT);
    }
}

#[test]
fn a_ping_is_answered_as_each_protocol_does() {
    let mut two = intake(Protocol::Resp2);
    two.feed(b"*2\r\n$4\r\npong\r\n$0\r\n\r\n+PONG\r\n");
    assert_eq!(all(&mut two).unwrap(), ["pong", "pong"]);
    let mut three = intake(Protocol::Resp3);
    three.feed(b"+PONG\r\n>2\r\n$10\r\ninvalidate\r\n_\r\n");
    assert_eq!(all(&mut three).unwrap(), ["pong", "push of 24"]);
}

#[test]
fn on_resp3_a_push_alone_is_a_message() {
    let mut three = intake(Protocol::Resp3);
    three.feed(b"*3\r\n$7\r\nmessage\r\n$2\r\nch\r\n$5\r\nhello\r\n");
    assert_eq!(all(&mut three).unwrap_err().kind(), ErrorKind::Protocol);
}

#[test]
fn what_no_such_connection_says_ends_it() {
    for stray in
        [":1\r\n", "*1\r\n$3\r\nfoo\r\n", "*0\r\n", "*2\r\n$7\r\nmessage\r\n$2\r\nch\r\n", "_\r\n"]
    {
        let mut two = intake(Protocol::Resp2);
        two.feed(stray.as_bytes());
        assert_eq!(all(&mut two).unwrap_err().kind(), ErrorKind::Protocol, "{stray:?}");
    }
    let mut broken = intake(Protocol::Resp2);
    broken.feed(b"what?\r\n");
    assert_eq!(all(&mut broken).unwrap_err().kind(), ErrorKind::Protocol);
}

#[test]
fn payloads_lie_where_they_were_read() {
    let mut two = intake(Protocol::Resp2);
    let message = "*3\r\n$7\r\nmessage\r\n$2\r\nch\r\n$5\r\nhello\r\n";
    two.feed(message.repeat(2).as_bytes());
    let Ok(Some(Incoming::Messages(mut run))) = two.take_next() else { panic!("no messages") };
    let mut payload = || run.pop().unwrap().payload;
    let (first, second) = (payload(), payload());
    let distance = second.as_bytes().as_ptr() as usize - first.as_bytes().as_ptr() as usize;
    assert_eq!(distance, message.len());
}

/// What comes of it, with the messages that are found in one pass and without.
fn with_and_without(protocol: Protocol, limits: Limits, said: &str) -> [String; 2] {
    [true, false].map(|in_one_pass| {
        let mut intake = Intake::new(protocol, limits, 1024);
        if !in_one_pass {
            intake.finder = Finder::new(protocol, Limits::default().with_bulk_length(0));
        }
        intake.feed(said.as_bytes());
        let mut found = Vec::new();
        let end = loop {
            match intake.take_next() {
                Ok(Some(Incoming::Messages(mut run))) => {
                    found.extend(iter::from_fn(|| run.pop()).map(|it| show_message(&it)));
                }
                Ok(Some(other)) => found.push(show(&other)),
                Ok(None) => break "it goes on".to_owned(),
                Err(error) => break error.to_string(),
            }
        };
        format!("{found:?}, {end}")
    })
}

#[test]
fn messages_found_in_one_pass_are_those_that_the_framer_finds_and_meet_the_same_limits() {
    let limits = [
        Limits::default(),
        Limits::default().with_bulk_length(8),
        Limits::default().with_bulk_length(7),
        Limits::default().with_bulk_length(5),
        Limits::default().with_line_length(1),
        Limits::default().with_elements(4),
        Limits::default().with_elements(3),
        Limits::default().with_elements(2),
        Limits::default().with_frame_elements(5),
        Limits::default().with_frame_elements(4),
        Limits::default().with_frame_elements(3),
        Limits::default().with_frame_length(37),
        Limits::default().with_frame_length(36),
        Limits::default().with_depth(1),
    ];
    let said = [
        SAID.to_owned(),
        "*3\r\n$7\r\nmessage\r\n$2\r\nch\r\n$5\r\nhello\r\n".repeat(3),
        "*4\r\n$8\r\npmessage\r\n$2\r\nc*\r\n$2\r\nch\r\n$5\r\nhello\r\n".repeat(3),
        // what no server writes, or not so
        "*3\r\n$7\r\nmessage\r\n$2\r\nch\r\n:7\r\n".to_owned(),
        "*3\r\n$7\r\nmessage\r\n+ch\r\n$2\r\nhi\r\n".to_owned(),
        "*3\r\n$07\r\nmessage\r\n$2\r\nch\r\n$02\r\nhi\r\n".to_owned(),
        "*3\r\n$7\r\nmessage\r\n$2\r\nch\r\n$-1\r\n".to_owned(),
        "*3\r\n$7\r\nmessage\r\n$2\r\nch\r\n*0\r\n".to_owned(),
        "*4\r\n$7\r\nmessage\r\n$2\r\nch\r\n$2\r\nhi\r\n:1\r\n".to_owned(),
        "*3\r\n$7\r\nmessage\r\n$2\r\nch\r\n$2\r\nhi!\r\n".to_owned(),
        "*3\r\n$7\r\nmessage\r\n$2\r\nch\r\n#t\r\n".to_owned(),
        "*3\r\n$7\r\nmessage\r\n$2\r\nch\r\n$?\r\n;2\r\nhi\r\n;0\r\n".to_owned(),
        "*3\r\n$9\r\nsubscribe\r\n#t\r\n:1\r\n".to_owned(),
    ];
    for said in said {
        for (protocol, said) in
            [(Protocol::Resp2, said.clone()), (Protocol::Resp3, said.replacen('*', ">", 9))]
        {
            for limits in limits {
                let [with, without] = with_and_without(protocol, limits, &said);
                assert_eq!(with, without, "{said:?} {limits:?}");
            }
        }
    }
}
