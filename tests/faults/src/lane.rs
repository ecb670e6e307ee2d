//! One way of one connection: bytes come in, what is to be done goes out.
//!
//! What happens depends on the bytes, the script and the lots alone, never on how the bytes were cut or
//! on the time, so that it happens again in a replay.

use std::collections::VecDeque;
use std::mem;
use std::time::Duration;

use crate::script::{Fault, Rule, Unit};
use crate::seed::Random;
use crate::skim::Skimmer;

/// What is to be done next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// These bytes go on, in a packet of their own.
    Send(Vec<u8>),
    /// Nothing happens for so long.
    Pause(Duration),
    /// No more goes this way.
    Half,
    /// The connection ends in order.
    Close,
    /// The connection is torn down.
    Reset,
}

/// One way of one connection.
#[derive(Debug)]
pub(crate) struct Lane {
    rules: Vec<Armed>,
    random: Random,
    skimmer: Skimmer,
    bytes: u64,
    frames: u64,
    /// What has passed and was not handed on yet.
    passed: Vec<u8>,
    drip: Option<usize>,
    mood: Mood,
    /// What waits for the beginning of a frame.
    pending: VecDeque<Fault>,
    /// The frame that is to be sent again, as far as it has come.
    copy: Option<Vec<u8>>,
    swap: Swap,
    faults: u64,
}

/// A rule, and where it is due next.
#[derive(Debug)]
struct Armed {
    rule: Rule,
    due: u64,
}

/// What becomes of the next byte.
#[derive(Debug, Default)]
struct Mood {
    swallow: u64,
    corrupt: u64,
    hole: bool,
    ended: bool,
}

/// How far two frames have changed places.
#[derive(Debug, Default)]
enum Swap {
    #[default]
    No,
    /// The first of them is coming, and held back.
    First(Vec<u8>),
    /// The second is coming.
    Second(Vec<u8>),
}

impl Lane {
    pub(crate) fn new(rules: Vec<Rule>, mut random: Random) -> Self {
        let arm = |rule: Rule| Armed { due: random.within(&rule.when.distance), rule };
        let rules = rules.into_iter().map(arm).collect();
        Self {
            rules,
            random,
            skimmer: Skimmer::new(),
            bytes: 0,
            frames: 0,
            passed: Vec::new(),
            drip: None,
            mood: Mood::default(),
            pending: VecDeque::new(),
            copy: None,
            swap: Swap::No,
            faults: 0,
        }
    }

    /// How many faults there were.
    pub(crate) fn faults(&self) -> u64 {
        self.faults
    }

    /// What is due before the first byte.
    pub(crate) fn begin(&mut self) -> Vec<Step> {
        let mut steps = Vec::new();
        self.fire(&mut steps);
        steps
    }

    /// What becomes of these bytes.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Vec<Step> {
        let mut steps = Vec::new();
        if self.rules.is_empty() && self.pending.is_empty() && !self.mood.ended {
            // nothing is due any more, but for what has begun
            if matches!(self.swap, Swap::No) && self.copy.is_none() && self.mood.is_usual() {
                self.passed.extend_from_slice(bytes);
                self.flush(&mut steps);
                return steps;
            }
        }
        for &byte in bytes {
            if self.mood.ended {
                return steps;
            }
            if self.skimmer.is_between() {
                self.begin_frame();
            }
            self.pass(byte);
            self.bytes += 1;
            if self.skimmer.ends_with(byte) {
                self.frames += 1;
                self.end_frame();
            }
            self.fire(&mut steps);
        }
        self.flush(&mut steps);
        steps
    }

    fn pass(&mut self, byte: u8) {
        if self.mood.hole {
            return;
        }
        if self.mood.swallow > 0 {
            self.mood.swallow -= 1;
            return;
        }
        let byte = if self.mood.corrupt > 0 {
            self.mood.corrupt -= 1;
            byte ^ (1 << (self.random.next() % 8))
        } else {
            byte
        };
        if let Some(copy) = &mut self.copy {
            copy.push(byte);
        }
        match &mut self.swap {
            Swap::First(held) => held.push(byte),
            Swap::No | Swap::Second(_) => self.passed.push(byte),
        }
    }

    fn begin_frame(&mut self) {
        for _ in 0..self.pending.len() {
            let Some(fault) = self.pending.pop_front() else { break };
            match fault {
                Fault::Push(push) if !self.mood.hole => self.passed.extend_from_slice(&push),
                Fault::Duplicate if self.copy.is_none() => self.copy = Some(Vec::new()),
                Fault::Reorder if matches!(self.swap, Swap::No) => {
                    self.swap = Swap::First(Vec::new());
                }
                _ => {}
            }
        }
    }

    fn end_frame(&mut self) {
        if let Some(copy) = self.copy.take() {
            match &mut self.swap {
                Swap::First(held) => held.extend_from_slice(&copy),
                Swap::No | Swap::Second(_) => self.passed.extend_from_slice(&copy),
            }
        }
        self.swap = match mem::take(&mut self.swap) {
            Swap::First(held) => Swap::Second(held),
            Swap::Second(held) => {
                self.passed.extend_from_slice(&held);
                Swap::No
            }
            Swap::No => Swap::No,
        };
    }

    /// Does what is due here.
    fn fire(&mut self, steps: &mut Vec<Step>) {
        let mut at = 0;
        while let Some(armed) = self.rules.get_mut(at) {
            let position = match armed.rule.when.unit {
                Unit::Bytes => self.bytes,
                Unit::Frames => self.frames,
            };
            if armed.due > position {
                at += 1;
                continue;
            }
            let fault = armed.rule.what.clone();
            if armed.rule.when.again {
                armed.due = position + self.random.within(&armed.rule.when.distance);
                at += 1;
            } else {
                self.rules.remove(at);
            }
            self.faults += 1;
            self.commit(fault, steps);
            if self.mood.ended {
                return;
            }
        }
        if self.skimmer.is_between() && matches!(self.pending.front(), Some(Fault::Push(_))) {
            // a push need not wait for the frame that it comes before
            if let Some(Fault::Push(push)) = self.pending.pop_front() {
                self.passed.extend_from_slice(&push);
            }
        }
    }

    fn commit(&mut self, fault: Fault, steps: &mut Vec<Step>) {
        match fault {
            Fault::Delay(range) => {
                self.flush(steps);
                let time = self.random.within(&range);
                steps.push(Step::Pause(Duration::from_micros(time)));
            }
            Fault::Drip(size) => {
                self.flush(steps);
                self.drip = Some(size);
            }
            Fault::Truncate(range) => self.mood.swallow += self.random.within(&range),
            Fault::Corrupt(range) => self.mood.corrupt += self.random.within(&range),
            Fault::Duplicate | Fault::Reorder | Fault::Push(_) => self.pending.push_back(fault),
            Fault::Hole => self.mood.hole = true,
            Fault::Half => self.end(Step::Half, steps),
            Fault::Close => self.end(Step::Close, steps),
            Fault::Reset => self.end(Step::Reset, steps),
        }
    }

    fn end(&mut self, step: Step, steps: &mut Vec<Step>) {
        self.flush(steps);
        self.mood.ended = true;
        steps.push(step);
    }

    fn flush(&mut self, steps: &mut Vec<Step>) {
        let passed = mem::take(&mut self.passed);
        if passed.is_empty() {
            return;
        }
        match self.drip {
            Some(size) => steps.extend(passed.chunks(size).map(|part| Step::Send(part.to_vec()))),
            None => steps.push(Step::Send(passed)),
        }
    }
}

impl Mood {
    fn is_usual(&self) -> bool {
        self.swallow == 0 && self.corrupt == 0 && !self.hole && !self.ended
    }
}

#[cfg(test)]
mod tests {
    use super::{Lane, Step};
    use crate::script::{Script, Way};
    use crate::seed::Seed;

    const REPLIES: &str = "+a\r\n$3\r\nbbb\r\n:3\r\n*1\r\n+d\r\n";

    fn lane(script: &str, seed: u64) -> Lane {
        let script: Script = script.parse().unwrap_or_else(|error| panic!("{error}"));
        Lane::new(script.rules_for(1, Way::Out), Seed::from(seed).random(1))
    }

    /// What passes, and how it ends.
    fn through(script: &str, seed: u64, cut: usize) -> (String, Option<Step>) {
        let mut lane = lane(script, seed);
        let mut steps = lane.begin();
        for part in REPLIES.as_bytes().chunks(cut) {
            steps.extend(lane.feed(part));
        }
        let (mut sent, mut end) = (Vec::new(), None);
        for step in steps {
            match step {
                Step::Send(bytes) => sent.extend(bytes),
                Step::Pause(_) => {}
                other => end = Some(other),
            }
        }
        (sent.into_iter().map(char::from).collect(), end)
    }

    #[test]
    fn each_fault_does_what_it_is_called() {
        let whole = (REPLIES.to_owned(), None);
        for (script, expected) in [
            ("", whole.clone()),
            ("out drip", whole.clone()),
            ("out every 1 frame delay 1us", whole),
            ("out after 1 frame truncate 4", ("+a\r\nbbb\r\n:3\r\n*1\r\n+d\r\n".to_owned(), None)),
            (
                "out after 1 frame duplicate",
                ("+a\r\n$3\r\nbbb\r\n$3\r\nbbb\r\n:3\r\n*1\r\n+d\r\n".to_owned(), None),
            ),
            ("out reorder", ("$3\r\nbbb\r\n+a\r\n:3\r\n*1\r\n+d\r\n".to_owned(), None)),
            (
                "out after 5 bytes push >1\\r\\n+x\\r\\n",
                ("+a\r\n$3\r\nbbb\r\n>1\r\n+x\r\n:3\r\n*1\r\n+d\r\n".to_owned(), None),
            ),
            ("out after 2 frames hole", ("+a\r\n$3\r\nbbb\r\n".to_owned(), None)),
            ("out after 6 half", ("+a\r\n$3".to_owned(), Some(Step::Half))),
            ("out after 6 close", ("+a\r\n$3".to_owned(), Some(Step::Close))),
            ("out reset", (String::new(), Some(Step::Reset))),
        ] {
            assert_eq!(through(script, 1, REPLIES.len()), expected, "{script}");
        }
    }

    #[test]
    fn what_is_corrupted_differs_in_one_bit_of_each_byte() {
        for (script, flipped) in [("out after 5 bytes corrupt", 1), ("out corrupt 3", 3)] {
            let (text, _) = through(script, 1, 4);
            let differing = |(a, b): (char, char)| (u32::from(a) ^ u32::from(b)).count_ones();
            let bits: Vec<u32> = text.chars().zip(REPLIES.chars()).map(differing).collect();
            assert_eq!(
                (bits.len(), bits.iter().sum::<u32>()),
                (REPLIES.len(), flipped),
                "{text:?}"
            );
            assert!(bits.iter().all(|&bits| bits <= 1), "{text:?}");
        }
    }

    #[test]
    fn the_same_seed_meets_the_same_faults_however_the_bytes_are_cut() {
        let script = "out every 1..3 frames duplicate; out every 5..9 bytes truncate 1; \
            out every 2 frames push; out after 20..30 reset";
        let mut outcomes = std::collections::BTreeSet::new();
        for seed in 0..50 {
            let whole = through(script, seed, REPLIES.len());
            for cut in 1..REPLIES.len() {
                assert_eq!(through(script, seed, cut), whole, "seed {seed} cut by {cut}");
            }
            outcomes.insert(whole.0);
        }
        assert!(outcomes.len() > 10, "another seed meets others");
    }

    #[test]
    fn a_drip_is_a_packet_for_each_piece_and_a_delay_a_pause_between_two() {
        let sends = |script: &str| {
            let steps = lane(script, 1).feed(REPLIES.as_bytes());
            steps.iter().filter(|step| matches!(step, Step::Send(_))).count()
        };
        assert_eq!(sends("out push"), 1);
        let mut dripping = lane("out drip 2", 1);
        assert_eq!(dripping.begin(), []);
        assert_eq!(dripping.feed(REPLIES.as_bytes()).len(), REPLIES.len().div_ceil(2));
        assert_eq!(sends("out every 2 frames delay 1ms"), 2);
    }
}
