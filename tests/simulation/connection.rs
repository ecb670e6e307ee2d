//! A connection that many share: callers, slots, framer and retries are the client's own; the network,
//! the server and the clock are made of chance.

use crate::chance::Chance;
use crate::server::Server;
use redis_core::command::{Command, CommandSpec, find};
use redis_core::connection::slots::{Awaited, Bounds, Overdue, SlotId, Slots};
use redis_core::resp::{Frame, Framer, Kind, Limits};
use redis_core::retry::{Decision, Doubt, Failure, NoBackoff, RetryPolicy, decide};
use redis_core::{Delivery, Error, ErrorKind, FromReply as _, TimeoutKind};
use std::time::Duration;

/// Turns until nothing new is asked and everything is brought to its end.
const TURNS: usize = 120;

pub(crate) fn play(mut chance: Chance) {
    let mut world = World::new(&mut chance);
    for _ in 0..TURNS {
        match chance.below(16) {
            0..=2 => world.ask(&mut chance),
            3 | 4 => world.write(&mut chance),
            5 | 6 => world.carry(&mut chance),
            7 | 8 => world.read(&mut chance),
            9 | 10 => world.collect(&mut chance),
            11 => world.go_away(&mut chance),
            12 => world.tick(),
            13 if chance.one_in(3) => world.lose("a reset"),
            14 => world.connect(),
            _ => {}
        }
        world.check();
    }
    world.finish(&mut chance);
}

struct Caller {
    spec: &'static CommandSpec,
    slot: Option<SlotId>,
    attempt: u32,
    doubt: Doubt,
    /// To be submitted again.
    again: bool,
    outcome: Option<Result<u64, Error>>,
    left: bool,
}

impl Caller {
    fn is_over(&self) -> bool {
        self.left || self.outcome.is_some()
    }
}

struct World {
    callers: Vec<Caller>,
    slots: Slots<usize, Frame, Command<'static>>,
    bounds: Bounds,
    policy: RetryPolicy,
    now: u32,
    up: bool,
    /// Submitted, and not yet taken by the writer.
    outbox: Vec<u8>,
    /// Taken by the writer, and not yet written.
    batch: Vec<u8>,
    /// Written, and not yet heard by the server.
    wire: Vec<u8>,
    server: Server,
    /// Read from the connection, and not yet framed.
    inbox: Vec<u8>,
    framer: Framer,
    pushes: usize,
}

impl World {
    fn new(chance: &mut Chance) -> Self {
        let bounds = Bounds::new(1 + chance.below(6), 20 + chance.below(200));
        let retries = u32::try_from(chance.below(4)).unwrap_or(0);
        Self {
            callers: Vec::new(),
            slots: Slots::new(bounds),
            bounds,
            policy: RetryPolicy::new(NoBackoff, retries),
            now: 0,
            up: false,
            outbox: Vec::new(),
            batch: Vec::new(),
            wire: Vec::new(),
            server: Server::default(),
            inbox: Vec::new(),
            framer: Framer::new(Limits::default()),
            pushes: 0,
        }
    }

    fn ask(&mut self, chance: &mut Chance) {
        let name = if chance.one_in(2) { "GET" } else { "INCR" };
        self.callers.push(Caller {
            spec: find(name).expect("a command that exists"),
            slot: None,
            attempt: 1,
            doubt: Doubt::default(),
            again: false,
            outcome: None,
            left: false,
        });
        self.submit(self.callers.len() - 1, chance);
    }

    fn submit(&mut self, number: usize, chance: &mut Chance) {
        let caller = &mut self.callers[number];
        let command = Command::new(caller.spec).arg(&(number as u64)).into_owned();
        let ticks = chance.one_in(3).then(|| u32::try_from(chance.below(6)).unwrap_or(0));
        caller.again = false;
        let id = if self.slots.has_room() {
            let before = self.outbox.len();
            command.write_to(&mut self.outbox);
            self.slots.submit(self.outbox.len() - before, ticks, number)
        } else {
            self.slots.enqueue(command, ticks, number)
        };
        let taken = self.callers.iter().any(|other| other.slot == Some(id));
        assert!(!taken, "one slot for two");
        self.callers[number].slot = Some(id);
    }

    /// The writer takes what there is and writes a part of it.
    fn write(&mut self, chance: &mut Chance) {
        if !self.up {
            return;
        }
        if self.batch.is_empty() {
            std::mem::swap(&mut self.batch, &mut self.outbox);
            self.slots.drained();
            self.admit();
        }
        let part = chance.below(self.batch.len() + 1);
        self.wire.extend(self.batch.drain(..part));
    }

    fn admit(&mut self) {
        let outbox = &mut self.outbox;
        self.slots.admit(|command| {
            let before = outbox.len();
            command.write_to(outbox);
            outbox.len() - before
        });
    }

    /// The network carries a part to the server.
    fn carry(&mut self, chance: &mut Chance) {
        let part = chance.below(self.wire.len() + 1);
        let bytes: Vec<u8> = self.wire.drain(..part).collect();
        self.server.hear(&bytes, chance);
    }

    /// The network carries a part to the client, which reads it.
    fn read(&mut self, chance: &mut Chance) {
        let part = chance.below(self.server.output.len() + 1);
        self.inbox.extend(self.server.output.drain(..part));
        let mut at = 0;
        let broken = loop {
            match self.framer.frame(&self.inbox[at..]) {
                Ok(Some(framed)) => {
                    let bytes = self.inbox[at..at + framed.length].to_vec();
                    at += framed.length;
                    let frame = Frame::new(bytes.into(), framed.tape);
                    if frame.reply().kind() == Kind::Push {
                        self.pushes += 1;
                    } else if self.slots.fill_next(frame).is_err() {
                        break true;
                    }
                }
                Ok(None) => break false,
                Err(_) => break true,
            }
        };
        self.inbox.drain(..at);
        if broken {
            assert!(self.server.lied, "an honest server was not believed");
            self.lose("a lie");
        } else {
            self.admit();
        }
    }

    /// A caller looks whether there is an answer, and decides what follows from it.
    fn collect(&mut self, chance: &mut Chance) {
        let waiting: Vec<usize> =
            (0..self.callers.len()).filter(|&number| !self.callers[number].is_over()).collect();
        let Some(&number) = waiting.get(chance.below(waiting.len())) else { return };
        self.collect_of(number, chance);
    }

    fn collect_of(&mut self, number: usize, chance: &mut Chance) {
        if self.callers[number].again {
            return self.submit(number, chance);
        }
        let Some(id) = self.callers[number].slot else { return };
        let Some(outcome) = self.slots.take(id) else { return };
        let caller = &mut self.callers[number];
        caller.slot = None;
        let outcome = outcome.and_then(|frame| u64::from_reply(frame.reply()));
        match outcome {
            Ok(answer) => {
                assert_eq!(answer, number as u64, "somebody else's reply");
                caller.outcome = Some(Ok(answer));
            }
            Err(error) => {
                let failure = Failure {
                    error: &error,
                    repeatable: Command::new(caller.spec).is_repeatable(),
                    read_only: false,
                    attempt: caller.attempt,
                    previous_delay: Duration::ZERO,
                    left: None,
                };
                match decide(&self.policy, &failure, chance.bits()) {
                    Decision::Retry { .. } => {
                        caller.doubt.add(&error);
                        caller.attempt += 1;
                        caller.again = true;
                    }
                    Decision::GiveUp => caller.outcome = Some(Err(caller.doubt.settle(error))),
                }
            }
        }
        self.admit();
    }

    /// A caller drops its future.
    fn go_away(&mut self, chance: &mut Chance) {
        if self.callers.is_empty() {
            return;
        }
        let number = chance.below(self.callers.len());
        let caller = &mut self.callers[number];
        if caller.is_over() {
            return;
        }
        caller.left = true;
        if let Some(id) = caller.slot.take() {
            self.slots.abandon(id);
            self.admit();
        }
    }

    fn tick(&mut self) {
        self.now += 1;
        let mut woken = Vec::new();
        self.slots.expire(self.now, overdue, &mut woken);
        for number in woken {
            assert!(!self.callers[number].is_over(), "somebody who is gone was woken");
        }
    }

    fn lose(&mut self, why: &'static str) {
        if !self.up {
            return;
        }
        self.up = false;
        let unsent = self.outbox.len() + self.batch.len();
        let mut woken = Vec::new();
        let lost = |delivery| Error::new(ErrorKind::Closed, why).with_delivery(delivery);
        self.slots.fail_all(unsent, lost, &mut woken);
        for buffer in [&mut self.outbox, &mut self.batch, &mut self.wire, &mut self.inbox] {
            buffer.clear();
        }
        self.framer = Framer::new(Limits::default());
        self.server.forget_connection();
    }

    fn connect(&mut self) {
        if !self.up {
            self.up = true;
            self.slots.open();
            self.admit();
        }
    }

    /// What holds at every moment.
    fn check(&self) {
        assert!(self.slots.in_flight() <= self.bounds.commands, "more under way than allowed");
        let queued = self.outbox.len();
        // one command may exceed the bound alone
        assert!(queued < self.bounds.queued_bytes + 64, "{queued} bytes wait to be written");
        assert!(self.up || self.outbox.is_empty(), "submitted to nobody");
        for (number, caller) in self.callers.iter().enumerate() {
            let ran = self.server.ran.get(&(number as u64)).copied().unwrap_or(0);
            let repeatable = Command::new(caller.spec).is_repeatable();
            assert!(repeatable || ran <= 1, "{number} ran {ran} times");
            match &caller.outcome {
                Some(Ok(_)) => assert!(ran >= 1, "an answer to what never ran"),
                Some(Err(error)) if error.was_not_executed() => {
                    assert_eq!(ran, 0, "{error} of {number}, and it ran");
                }
                _ => {}
            }
        }
    }

    /// Everybody is answered in the end, and nothing is left over.
    fn finish(mut self, chance: &mut Chance) {
        let mut rounds = 0;
        while self.callers.iter().any(|caller| !caller.is_over()) {
            rounds += 1;
            assert!(rounds < 10_000, "somebody waits for ever");
            self.connect();
            self.write(chance);
            self.carry(chance);
            self.read(chance);
            for number in 0..self.callers.len() {
                if !self.callers[number].is_over() {
                    self.collect_of(number, chance);
                }
            }
            self.check();
        }
        // replies of those who left are still to come, and end with the connection
        self.lose("the end");
        self.tick();
        assert_eq!(self.slots.occupied(), 0, "a slot was lost");
        let answered = |caller: &&Caller| matches!(caller.outcome, Some(Ok(_)));
        let unknown = self.callers.iter().filter(|caller| {
            matches!(&caller.outcome, Some(Err(error)) if error.delivery() == Delivery::Unknown)
        });
        let left = self.callers.iter().filter(|caller| caller.left).count();
        let ran = self.server.ran.len();
        let known = self.callers.iter().filter(answered).count();
        assert!((known..=known + unknown.count() + left).contains(&ran), "{ran} commands ran");
    }
}

fn overdue(overdue: Overdue) -> Error {
    match overdue.awaited {
        Awaited::Room => Error::timeout(TimeoutKind::Acquire, "no room in time"),
        _ => Error::timeout(TimeoutKind::Reply, "no reply in time"),
    }
}
