//! That somebody always does what is to be done, and that nobody gets what is another's.

use super::*;

type Names = Joint<&'static str, &'static str>;

fn open() -> Names {
    let mut joint = Joint::new(Bounds::new(8, 1000));
    joint.open();
    joint
}

fn submit(joint: &mut Names, name: &'static str) -> SlotId {
    joint.submit(name, |out| out.extend_from_slice(name.as_bytes())).0
}

fn lost(delivery: Delivery) -> Error {
    Error::new(ErrorKind::Closed, "lost").with_delivery(delivery)
}

fn reads(joint: &mut Names, id: SlotId) {
    assert!(matches!(joint.turn(id), Turn::Read), "it should read");
}

fn waits(joint: &mut Names, id: SlotId) {
    assert!(matches!(joint.turn(id), Turn::Wait), "it should wait");
}

/// It writes all there is; what that was.
fn writes(joint: &mut Names, id: SlotId) -> String {
    assert!(matches!(joint.turn(id), Turn::Write), "it should write");
    let bytes = joint.take_outbox(Vec::new());
    assert!(!joint.written(id), "there is no more");
    String::from_utf8(bytes).expect("names")
}

fn done(joint: &mut Names, id: SlotId) -> Result<&'static str, Delivery> {
    match joint.turn(id) {
        Turn::Done(outcome) => outcome.map_err(|error| error.delivery()),
        other => panic!("it should be done, not {other:?}"),
    }
}

#[test]
fn one_alone_writes_reads_and_is_done() {
    let mut joint = open();
    let a = submit(&mut joint, "a");
    assert_eq!(writes(&mut joint, a), "a");
    reads(&mut joint, a);
    assert_eq!(joint.fill("A"), Ok(Some("a")));
    joint.stop_reading();
    assert_eq!(done(&mut joint, a), Ok("A"));
    assert!(joint.heir().is_none());
    assert!(joint.is_over());
    assert_eq!(joint.finish(), Finished { owed: 0, whole: true });
    assert!(joint.is_down() && joint.occupied() == 0);
}

#[test]
fn who_comes_while_another_writes_leaves_the_writing_to_that_one() {
    let mut joint = open();
    let a = submit(&mut joint, "a");
    assert!(matches!(joint.turn(a), Turn::Write));
    assert_eq!(joint.take_outbox(Vec::new()), b"a");
    let b = submit(&mut joint, "b");
    reads(&mut joint, b);
    assert!(joint.written(a), "there is more");
    assert_eq!(joint.take_outbox(Vec::new()), b"b");
    assert!(!joint.written(a));
    waits(&mut joint, a);
}

#[test]
fn who_has_its_outcome_hands_the_reading_to_the_first_who_waits() {
    let mut joint = open();
    let [a, b, c] = ["a", "b", "c"].map(|name| submit(&mut joint, name));
    writes(&mut joint, a);
    reads(&mut joint, a);
    waits(&mut joint, b);
    waits(&mut joint, c);
    assert!(joint.fill("A").is_ok());
    joint.stop_reading();
    assert_eq!(done(&mut joint, a), Ok("A"));
    assert_eq!(joint.heir(), Some("b"));
    assert_eq!(joint.heir(), None, "one is enough");
    assert!(!joint.is_over());
    reads(&mut joint, b);
}

#[test]
fn an_heir_that_leaves_instead_of_coming_is_followed_by_the_next() {
    let mut joint = open();
    let [a, b, c] = ["a", "b", "c"].map(|name| submit(&mut joint, name));
    writes(&mut joint, a);
    reads(&mut joint, a);
    assert!(joint.fill("A").is_ok());
    joint.stop_reading();
    assert_eq!(done(&mut joint, a), Ok("A"));
    assert_eq!(joint.heir(), Some("b"));
    assert_eq!(joint.leave(b), Left::Sent);
    assert_eq!(joint.heir(), Some("c"));
    reads(&mut joint, c);
    assert_eq!(joint.fill("B"), Ok(None), "nobody waits for it");
    assert_eq!(joint.fill("C"), Ok(Some("c")));
    joint.stop_reading();
    assert_eq!(done(&mut joint, c), Ok("C"));
    assert!(joint.is_over());
}

#[test]
fn who_comes_before_the_heir_does_its_work() {
    let mut joint = open();
    let [a, b] = ["a", "b"].map(|name| submit(&mut joint, name));
    writes(&mut joint, a);
    reads(&mut joint, a);
    assert!(joint.fill("A").is_ok());
    joint.stop_reading();
    assert_eq!(done(&mut joint, a), Ok("A"));
    assert_eq!(joint.heir(), Some("b"));
    let c = submit(&mut joint, "c");
    writes(&mut joint, c);
    reads(&mut joint, c);
    waits(&mut joint, b);
}

#[test]
fn what_was_not_written_is_taken_back_with_its_caller() {
    let mut joint = open();
    let [a, b, c] = ["aaaa", "bbb", "cc"].map(|name| submit(&mut joint, name));
    assert!(matches!(joint.turn(a), Turn::Write));
    assert_eq!(joint.take_outbox(Vec::new()), b"aaaabbbcc");
    joint.put_back(b"abbbcc");
    assert_eq!(joint.leave(b), Left::Unsent);
    assert_eq!(joint.leave(a), Left::InPart { unwritten: 1 });
    assert_eq!(joint.heir(), Some("cc"));
    assert_eq!(writes(&mut joint, c), "acc", "what was begun is ended");
    reads(&mut joint, c);
    assert_eq!(joint.fill("A"), Ok(None));
    assert_eq!(joint.fill("C"), Ok(Some("cc")));
    joint.stop_reading();
    assert_eq!(done(&mut joint, c), Ok("C"));
    assert_eq!(joint.finish(), Finished { owed: 0, whole: true });
    assert_eq!(joint.occupied(), 0);
}

#[test]
fn a_connection_that_was_left_within_a_command_is_no_good_to_anybody() {
    let mut joint = open();
    let a = submit(&mut joint, "aaaa");
    assert!(matches!(joint.turn(a), Turn::Write));
    joint.take_outbox(Vec::new());
    joint.put_back(b"aa");
    assert_eq!(joint.leave(a), Left::InPart { unwritten: 2 });
    assert!(joint.heir().is_none() && joint.is_over());
    assert_eq!(joint.finish(), Finished { owed: 1, whole: false });
    assert_eq!(joint.occupied(), 0);
}

#[test]
fn replies_for_which_nobody_waits_any_more_are_owed_by_the_connection() {
    let mut joint = open();
    let [a, b] = ["a", "b"].map(|name| submit(&mut joint, name));
    writes(&mut joint, a);
    reads(&mut joint, a);
    joint.stop_reading();
    assert_eq!(joint.leave(a), Left::Sent);
    assert_eq!(joint.heir(), Some("b"));
    assert_eq!(joint.leave(b), Left::Sent);
    assert!(joint.heir().is_none() && joint.is_over());
    assert_eq!(joint.finish(), Finished { owed: 2, whole: true });
}

#[test]
fn a_reply_before_anything_was_asked_is_nobodys() {
    let mut joint = open();
    let a = submit(&mut joint, "a");
    assert_eq!(joint.fill("?"), Err(Unsolicited), "not a byte was handed to a writer");
    writes(&mut joint, a);
    assert_eq!(joint.fill("A"), Ok(Some("a")));
    assert_eq!(joint.fill("?"), Err(Unsolicited));
}

#[test]
fn when_it_ends_each_is_told_whether_its_command_was_written() {
    let mut joint = open();
    let [a, b] = ["a", "b"].map(|name| submit(&mut joint, name));
    writes(&mut joint, a);
    reads(&mut joint, a);
    let c = submit(&mut joint, "c");
    let mut woken = Vec::new();
    joint.fail(lost, &mut woken);
    assert_eq!(woken, ["a", "b", "c"]);
    assert_eq!(done(&mut joint, a), Err(Delivery::Unknown));
    assert_eq!(done(&mut joint, b), Err(Delivery::Unknown));
    assert_eq!(done(&mut joint, c), Err(Delivery::NotSent));
    assert!(joint.is_down() && joint.occupied() == 0);
}

#[test]
fn after_a_write_that_failed_what_was_sent_may_be_answered_and_nothing_else_is_written() {
    let mut joint = open();
    let [a, b] = ["aaaa", "bbbb"].map(|name| submit(&mut joint, name));
    assert!(matches!(joint.turn(a), Turn::Write));
    joint.take_outbox(Vec::new());
    joint.jam(4);
    assert!(!joint.has_room());
    reads(&mut joint, a);
    assert_eq!(joint.fill("A"), Ok(Some("aaaa")));
    assert_eq!(joint.fill("?"), Err(Unsolicited), "the other was not written");
    let mut woken = Vec::new();
    joint.fail(lost, &mut woken);
    assert_eq!(done(&mut joint, a), Ok("A"));
    assert_eq!(done(&mut joint, b), Err(Delivery::NotSent));
}

#[test]
fn who_leaves_a_jam_is_told_that_nothing_of_its_command_will_be_written() {
    let mut joint = open();
    let [a, b] = ["aaaa", "bbbb"].map(|name| submit(&mut joint, name));
    assert!(matches!(joint.turn(a), Turn::Write));
    joint.take_outbox(Vec::new());
    joint.jam(4);
    assert_eq!(joint.leave(b), Left::Unsent);
    assert_eq!(joint.leave(a), Left::Sent);
    assert_eq!(joint.finish(), Finished { owed: 2, whole: false });
}

#[test]
fn the_reader_is_never_woken_to_write_but_told_that_it_is_stuck() {
    let mut joint = open();
    let a = submit(&mut joint, "a");
    assert!(matches!(joint.turn(a), Turn::Write));
    joint.take_outbox(Vec::new());
    let b = submit(&mut joint, "b");
    reads(&mut joint, b);
    // the socket takes no more, and the time of the one who writes is over
    joint.put_back(b"a");
    assert_eq!(joint.leave(a), Left::Unsent);
    assert_eq!(joint.heir(), None);
    assert!(joint.is_stuck());
    joint.jam(0);
    assert!(!joint.is_stuck());
}

#[test]
fn where_a_reply_will_come_the_reader_writes_when_it_has_read_it() {
    let mut joint = open();
    let a = submit(&mut joint, "a");
    writes(&mut joint, a);
    reads(&mut joint, a);
    let b = submit(&mut joint, "bb");
    assert!(matches!(joint.turn(b), Turn::Write));
    joint.take_outbox(Vec::new());
    joint.put_back(b"b");
    assert_eq!(joint.leave(b), Left::InPart { unwritten: 1 });
    assert_eq!(joint.heir(), None);
    assert!(!joint.is_stuck(), "the one who reads will be answered");
    assert!(joint.lacks_writer());
    assert!(joint.fill("A").is_ok());
    joint.stop_reading();
    assert_eq!(done(&mut joint, a), Ok("A"));
    assert_eq!(joint.finish(), Finished { owed: 1, whole: false });
}

#[test]
fn a_writer_that_is_answered_goes_on_only_where_nobody_else_could() {
    let mut joint = open();
    let [a, b] = ["a", "b"].map(|name| submit(&mut joint, name));
    assert!(matches!(joint.turn(a), Turn::Write));
    joint.take_outbox(Vec::new());
    reads(&mut joint, b);
    assert!(joint.fill("A").is_ok());
    let c = submit(&mut joint, "c");
    assert!(!joint.written(a), "the one who came last will");
    assert_eq!(done(&mut joint, a), Ok("A"));
    assert_eq!(joint.heir(), Some("c"));
    assert!(matches!(joint.turn(c), Turn::Write));

    let mut joint = open();
    let [a, b] = ["a", "b"].map(|name| submit(&mut joint, name));
    assert!(matches!(joint.turn(a), Turn::Write));
    joint.take_outbox(Vec::new());
    assert!(joint.fill("A").is_ok() && joint.fill("B").is_ok());
    assert_eq!(done(&mut joint, b), Ok("B"));
    let c = submit(&mut joint, "c");
    reads(&mut joint, c);
    assert!(joint.written(a), "the other one reads");
}

#[test]
fn one_that_lets_nobody_in_any_more_serves_those_who_are_in() {
    let mut joint = open();
    let a = submit(&mut joint, "a");
    joint.close();
    assert!(!joint.has_room() && !joint.is_down());
    assert_eq!(writes(&mut joint, a), "a");
    reads(&mut joint, a);
    assert!(joint.fill("A").is_ok());
    joint.stop_reading();
    assert_eq!(done(&mut joint, a), Ok("A"));
    assert!(joint.is_over());
    joint.finish();
    joint.open();
    assert!(joint.has_room());
}

#[test]
fn there_is_room_for_no_more_than_was_said() {
    let mut joint: Names = Joint::new(Bounds::new(2, 1000));
    assert!(!joint.has_room(), "there is no connection");
    joint.open();
    submit(&mut joint, "a");
    assert!(joint.has_room());
    submit(&mut joint, "b");
    assert!(!joint.has_room());
    let mut joint: Names = Joint::new(Bounds::new(8, 3));
    joint.open();
    submit(&mut joint, "abc");
    assert!(!joint.has_room(), "so many bytes wait to be written");
}

/// Many callers with random steps: whatever happens, somebody does what is to be done, each gets what it asked
/// for or nothing, and in the end nothing is left.
#[test]
fn whatever_callers_do_nobody_gets_anothers_reply_and_nobody_waits_for_nothing() {
    for seed in 1..400 {
        Model::new(seed).run();
    }
}

/// Callers as threads would be, one step at a time.
struct Model {
    joint: Joint<usize, u8>,
    random: u64,
    callers: Vec<Step>,
    /// Written, in whole or in part; and what was answered of it.
    wire: Vec<u8>,
    answered: usize,
    left: usize,
}

#[derive(Clone, Debug, PartialEq)]
enum Step {
    Free,
    Awake(SlotId, u8),
    Asleep(SlotId, u8),
    Writing(SlotId, u8, Vec<u8>, u64),
    Reading(SlotId, u8),
}

impl Model {
    fn new(seed: u64) -> Self {
        let joint = Joint::new(Bounds::new(6, 1000));
        let callers = vec![Step::Free; 5];
        Self { joint, random: seed, callers, wire: Vec::new(), answered: 0, left: 300 }
    }

    fn below(&mut self, bound: usize) -> usize {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.random >> 33) as usize % bound
    }

    fn run(&mut self) {
        while self.left > 0 || self.callers.iter().any(|step| *step != Step::Free) {
            let awake = |step: &Step| !matches!(step, Step::Free | Step::Asleep(..));
            if self.left == 0 {
                assert!(self.callers.iter().any(awake), "all sleep: {:?}", self.joint);
            }
            let who = self.below(self.callers.len());
            self.step(who);
        }
        assert!(self.joint.is_down(), "{:?}", self.joint);
        assert_eq!(self.joint.occupied(), 0);
    }

    fn step(&mut self, who: usize) {
        match std::mem::replace(&mut self.callers[who], Step::Free) {
            Step::Free if self.left == 0 => {}
            Step::Free => self.come(who),
            Step::Awake(id, word) => self.look(who, id, word),
            // sometimes its time is over
            Step::Asleep(id, _) if self.below(40) == 0 => {
                self.joint.leave(id);
                self.depart();
            }
            asleep @ Step::Asleep(..) => self.callers[who] = asleep,
            // it was another connection that it wrote to
            Step::Writing(id, word, _, epoch) if epoch != self.joint.epoch() => {
                self.callers[who] = Step::Awake(id, word);
            }
            Step::Writing(id, word, mut bytes, epoch) => {
                let most = bytes.len().min(1 + self.below(4));
                self.wire.extend(bytes.drain(..most));
                if bytes.is_empty() {
                    if self.joint.written(id) {
                        let bytes = self.joint.take_outbox(Vec::new());
                        self.callers[who] = Step::Writing(id, word, bytes, epoch);
                    } else {
                        self.callers[who] = Step::Awake(id, word);
                    }
                } else if self.below(10) == 0 {
                    self.joint.put_back(&bytes);
                    if self.joint.is_done(id) {
                        self.callers[who] = Step::Awake(id, word);
                    } else {
                        self.joint.leave(id);
                        self.depart();
                    }
                } else {
                    self.callers[who] = Step::Writing(id, word, bytes, epoch);
                }
            }
            Step::Reading(id, word) => self.read(who, id, word),
        }
    }

    fn come(&mut self, who: usize) {
        if self.joint.is_down() {
            self.wire.clear();
            self.answered = 0;
            self.joint.open();
        }
        if self.joint.has_room() {
            self.left -= 1;
            let word = (self.left % 250) as u8;
            let (id, _) = self.joint.submit(who, |out| out.extend([word, word]));
            self.callers[who] = Step::Awake(id, word);
        }
    }

    fn look(&mut self, who: usize, id: SlotId, word: u8) {
        match self.joint.turn(id) {
            Turn::Done(outcome) => {
                if let Ok(reply) = outcome {
                    assert_eq!(reply, word, "somebody else's reply");
                }
                self.depart();
            }
            Turn::Write => {
                let bytes = self.joint.take_outbox(Vec::new());
                self.callers[who] = Step::Writing(id, word, bytes, self.joint.epoch());
            }
            Turn::Read => self.callers[who] = Step::Reading(id, word),
            Turn::Wait => self.callers[who] = Step::Asleep(id, word),
        }
    }

    fn read(&mut self, who: usize, id: SlotId, word: u8) {
        self.callers[who] = Step::Reading(id, word);
        let jammed = self.joint.is_jammed() || self.below(200) == 0;
        if jammed {
            let mut woken = Vec::new();
            self.joint.fail(lost, &mut woken);
            woken.into_iter().for_each(|who| self.wake(who));
            self.callers[who] = Step::Awake(id, word);
            return;
        }
        // the server answers what has come whole
        let has_read = self.wire.len() >= self.answered + 2;
        if has_read {
            let reply = self.wire[self.answered];
            assert_eq!(reply, self.wire[self.answered + 1], "a command was torn apart");
            self.answered += 2;
            if let Some(woken) = self.joint.fill(reply).expect("it was asked for") {
                self.wake(woken);
            }
        }
        if self.joint.is_done(id) || (has_read && self.joint.lacks_writer()) {
            self.joint.stop_reading();
            self.callers[who] = Step::Awake(id, word);
        } else if self.below(60) == 0 {
            self.joint.stop_reading();
            self.joint.leave(id);
            self.callers[who] = Step::Free;
            self.depart();
        }
    }

    fn depart(&mut self) {
        match self.joint.heir() {
            Some(heir) => self.wake(heir),
            None if self.joint.is_stuck() => self.joint.jam(0),
            None => {}
        }
        if self.joint.is_over() {
            self.joint.finish();
        }
    }

    fn wake(&mut self, who: usize) {
        if let Step::Asleep(id, word) = self.callers[who] {
            self.callers[who] = Step::Awake(id, word);
        }
    }
}
