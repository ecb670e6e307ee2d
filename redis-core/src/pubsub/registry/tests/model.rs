//! Whatever happens in whatever order, against a model of a server and of subscribers.

use super::*;

/// What the registry is held against: a server that answers in order, and subscribers who note what they see.
struct Model {
    registry: Registry<usize>,
    seed: u64,
    /// What the server holds on the connection that there is.
    held: BTreeSet<String>,
    /// What it has said and the client has not read.
    said: VecDeque<Incoming>,
    up: bool,
    subscribers: Vec<Watched>,
    published: u64,
}

struct Watched {
    id: SubscriberId,
    /// What it must have and must have seen, by what it was told itself.
    active: BTreeSet<String>,
    in_gap: bool,
    wanted: BTreeSet<String>,
    seen: Vec<u64>,
    due: Vec<u64>,
    pending: Option<(Ticket, bool)>,
}

impl Model {
    fn random(&mut self, below: u64) -> usize {
        self.seed = self.seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        usize::try_from((self.seed >> 33) % below).unwrap()
    }

    fn name(&mut self) -> String {
        ["x", "y", "z"][self.random(3)].to_owned()
    }

    fn step(&mut self) {
        let at = self.random(3);
        match self.random(12) {
            0..=2 => self.ask(at, true),
            3..=4 => self.ask(at, false),
            5 => self.give_up(at),
            6 => self.lose(),
            7..=8 => self.publish(),
            9 => self.serve(),
            _ => self.read(),
        }
        self.look();
    }

    fn ask(&mut self, at: usize, subscribe: bool) {
        if self.subscribers[at].pending.is_some() {
            return;
        }
        let name = self.name();
        let watched = &mut self.subscribers[at];
        let wanted = [Bytes::from(name.clone())];
        let ticket = if subscribe {
            watched.wanted.insert(name);
            self.registry.subscribe(watched.id, Channel, wanted)
        } else {
            watched.wanted.remove(&name);
            self.registry.unsubscribe(watched.id, Channel, Some(wanted.to_vec()))
        };
        watched.pending = Some((ticket, subscribe));
    }

    /// Somebody waits no more.
    fn give_up(&mut self, at: usize) {
        let watched = &mut self.subscribers[at];
        let Some((ticket, _)) = watched.pending.take() else { return };
        self.registry.withdraw(ticket);
        let left = self.registry.subscriptions(watched.id);
        watched.wanted = left.iter().map(|it| it.name.to_string()).collect();
    }

    fn lose(&mut self) {
        self.held.clear();
        self.said.clear();
        self.up = !self.up;
        if self.up {
            self.registry.connected();
        } else {
            self.registry.lost(&gone());
        }
    }

    fn publish(&mut self) {
        self.published += 1;
        let name = self.name();
        if self.held.contains(&name) {
            self.said.push_back(message(&name, &self.published.to_string()));
        }
    }

    /// The server reads what was sent.
    fn serve(&mut self) {
        let mut out = Vec::new();
        self.registry.outgoing(&mut out);
        assert!(self.up || out.is_empty());
        for words in commands(&out) {
            let [command, name] = &words[..] else { panic!("{words:?}") };
            if command == "SUBSCRIBE" {
                self.held.insert(name.clone());
                self.said.push_back(subscribed(name));
            } else {
                self.held.remove(name);
                self.said.push_back(unsubscribed(name));
            }
        }
    }

    fn read(&mut self) {
        let Some(incoming) = self.said.pop_front() else { return };
        if let Incoming::Messages(run) = &incoming {
            let message = run.clone().pop().unwrap();
            let (name, number) = (message.channel.to_string(), message.payload.parse().unwrap());
            for watched in &mut self.subscribers {
                if watched.active.contains(&name) {
                    watched.due.push(number);
                }
            }
        }
        self.registry.handle(incoming).unwrap();
    }

    /// Each looks at what it was told.
    fn look(&mut self) {
        let subscribers = &mut self.subscribers;
        self.registry.flush(|&at, staged, ended| {
            assert!(ended.is_none());
            let watched = &mut subscribers[at];
            while let Some(event) = staged.pop() {
                match event {
                    PubSubEvent::Message(message) => {
                        watched.seen.push(message.payload.parse().unwrap())
                    }
                    PubSubEvent::Subscribed(it) => {
                        assert!(watched.wanted.contains(&it.name.to_string()));
                        watched.active.insert(it.name.to_string());
                    }
                    PubSubEvent::Unsubscribed(it) => {
                        watched.active.remove(&it.name.to_string());
                    }
                    PubSubEvent::Gap(Gap::Lost { .. }) => {
                        assert!(!std::mem::replace(&mut watched.in_gap, true));
                    }
                    PubSubEvent::Gap(_) => assert!(std::mem::take(&mut watched.in_gap)),
                    PubSubEvent::Refused { .. } => panic!("nothing was refused"),
                }
            }
            Flushed::All
        });
        for watched in subscribers {
            // in a gap some may be missing; outside of one, none is, nor is any there twice
            if watched.in_gap {
                watched.seen.iter().for_each(|seen| assert!(watched.due.contains(seen)));
            } else {
                assert_eq!(watched.seen, watched.due);
            }
            watched.seen.clear();
            watched.due.clear();
            if let Some((ticket, _)) = watched.pending {
                if let Some(outcome) = self.registry.outcome(ticket) {
                    outcome.unwrap();
                    watched.pending = None;
                }
            }
        }
    }

    fn settle(&mut self) {
        if !self.up {
            self.lose();
        }
        for _ in 0..10_000 {
            self.serve();
            if self.said.is_empty() && !self.registry.has_outgoing() {
                break;
            }
            self.read();
            self.look();
        }
        let wanted: BTreeSet<String> =
            self.subscribers.iter().flat_map(|watched| watched.wanted.clone()).collect();
        assert_eq!(self.held, wanted);
        for watched in &self.subscribers {
            assert_eq!(watched.active, watched.wanted);
            assert!(watched.pending.is_none() && !watched.in_gap);
        }
        assert_eq!(self.registry.is_empty(), wanted.is_empty());
    }
}

#[test]
fn whatever_happens_in_whatever_order_nothing_is_missed_doubled_or_left_over() {
    for seed in 0..2000 {
        let mut registry = Registry::new();
        let watched = |id| Watched {
            id,
            active: BTreeSet::new(),
            in_gap: false,
            wanted: BTreeSet::new(),
            seen: Vec::new(),
            due: Vec::new(),
            pending: None,
        };
        let subscribers = (0..3).map(|at| watched(registry.join(at))).collect();
        let mut model = Model {
            registry,
            seed,
            held: BTreeSet::new(),
            said: VecDeque::new(),
            up: false,
            subscribers,
            published: 0,
        };
        for _ in 0..200 {
            model.step();
        }
        model.settle();
    }
}
