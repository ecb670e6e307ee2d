//! What is wanted, by whom, and how far the server has confirmed it.
//!
//! ```text
//!              subscribe                      confirmed
//!   (nobody) ───────────▶ Waiting ──────────────────────────▶ Active ──┐ messages
//!       ▲                    │ refused                          │  ▲   │
//!       ├────────────────────┘                                  │  └───┘
//!       │                                       connection lost │  ▲
//!       │              refused                                  ▼  │ confirmed again
//!       ├──────────────────────────────────────────────────── Restoring
//!       └── unsubscribe, from each of these: at once; of the wire, when nobody is left
//! ```
//!
//! Each name goes over the wire in a command of its own, so that each has an answer of its own: one that is
//! refused takes no other with it. Answers come in the order of the commands; a confirmation is taken by
//! what it names and not by its place alone, so that one that nobody asked for moves no other.
//!
//! The registry is the truth: what a server holds is made to follow it. It does not know what subscribers
//! are: they are handles, and what they are to see is staged for them until it is fetched.

mod answers;
mod delivery;

pub use answers::Handled;
pub use delivery::Flushed;

use super::{Action, Backlog, PubSubEvent, Subscription, SubscriptionKind};
use crate::command::Command;
use crate::error::{Delivery, Error, ErrorKind, Result};
use bytes::Bytes;
use std::collections::{BTreeSet, HashMap, VecDeque};

/// Commands that are sent before the first of them is answered: a server buffers its answers without
/// end, and closes a connection that lets it.
const MOST_IN_FLIGHT: usize = 4096;

/// What is wanted, by whom, and how far the server has confirmed it.
///
/// `S` is the handle of a subscriber; what it is to see is staged for it until it is [fetched](Self::flush).
#[derive(Debug)]
pub struct Registry<S> {
    members: Vec<Option<Member<S>>>,
    names: [HashMap<Bytes, Entry>; 3],
    requests: HashMap<u64, Request>,
    /// Not sent yet.
    queued: VecDeque<Sent>,
    /// Sent and not answered.
    in_flight: VecDeque<Sent>,
    /// Who has something to fetch.
    dirty: Vec<SubscriberId>,
    /// Counts operations, requests and subscribers.
    last: u64,
    up: bool,
    /// Whether any subscription was in force since the registry was last empty.
    established: bool,
}

/// A subscriber of a registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SubscriberId {
    at: usize,
    serial: u64,
}

/// A request that somebody waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ticket(u64);

type Key = (SubscriptionKind, Bytes);

#[derive(Debug)]
struct Member<S> {
    serial: u64,
    handle: S,
    wants: BTreeSet<Key>,
    staged: Backlog,
    is_dirty: bool,
    /// How many of its subscriptions are being restored.
    restoring: usize,
    in_gap: bool,
    ended: Option<Error>,
}

/// A name that somebody wants, or that is still to be unsubscribed from.
#[derive(Debug, Default)]
struct Entry {
    takers: Vec<Taker>,
    /// Those for whom it ends when an operation is confirmed. What comes before that is still theirs.
    leaving: Vec<Leaver>,
    /// The last operation on it, and whether that subscribes.
    operation: u64,
    subscribing: bool,
    /// Whether the server has confirmed the last operation, and it subscribed.
    in_force: bool,
}

#[derive(Debug)]
struct Taker {
    member: SubscriberId,
    state: State,
}

#[derive(Clone, Copy, Debug)]
struct Leaver {
    operation: u64,
    member: SubscriberId,
    ticket: u64,
    /// It was in force; else it was being restored, and the gap lasts until the end: who waits for the first
    /// confirmation has nothing to end.
    active: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// For the request of this number.
    Waiting(u64),
    Active,
    Restoring,
}

#[derive(Debug)]
struct Request {
    member: SubscriberId,
    /// How many names are not answered yet.
    left: usize,
    /// What it is the first to want, to be undone if any of it is refused.
    gained: Vec<Key>,
    error: Option<Error>,
    /// It asks whether the server is there, over the connection that there is.
    pings: bool,
}

#[derive(Debug)]
enum Sent {
    Operation {
        number: u64,
        action: Action,
        kind: SubscriptionKind,
        name: Bytes,
    },
    /// For the request of this number, if somebody asked.
    Ping(Option<u64>),
}

impl Request {
    #[inline]
    fn new(member: SubscriberId) -> Self {
        Self { member, left: 0, gained: Vec::new(), error: None, pings: false }
    }
}

impl<S> Default for Registry<S> {
    fn default() -> Self {
        Self {
            members: Vec::new(),
            names: Default::default(),
            requests: HashMap::new(),
            queued: VecDeque::new(),
            in_flight: VecDeque::new(),
            dirty: Vec::new(),
            last: 0,
            up: false,
            established: false,
        }
    }
}

/// What subscribers ask.
impl<S> Registry<S> {
    /// Nobody wants anything.
    pub fn new() -> Self {
        Self::default()
    }

    /// One more subscriber, which wants nothing yet.
    pub fn join(&mut self, handle: S) -> SubscriberId {
        let serial = self.number();
        let member = Member {
            serial,
            handle,
            wants: BTreeSet::new(),
            staged: Backlog::new(),
            is_dirty: false,
            restoring: 0,
            in_gap: false,
            ended: None,
        };
        let at = match self.members.iter().position(Option::is_none) {
            Some(at) => at,
            None => {
                self.members.push(None);
                self.members.len().saturating_sub(1)
            }
        };
        if let Some(place) = self.members.get_mut(at) {
            *place = Some(member);
        }
        SubscriberId { at, serial }
    }

    /// A subscriber goes, and with it what nobody else wants. What was staged for it is given back, to be
    /// dropped outside of any lock.
    pub fn leave(&mut self, id: SubscriberId) -> Option<(S, Backlog)> {
        self.drop_wants(id);
        let place = self.members.get_mut(id.at)?;
        place.take_if(|member| member.serial == id.serial).map(|it| (it.handle, it.staged))
    }

    /// Somebody wants these names. What it has already stays as it is.
    pub fn subscribe(
        &mut self,
        id: SubscriberId,
        kind: SubscriptionKind,
        names: impl IntoIterator<Item = Bytes>,
    ) -> Ticket {
        let ticket = self.number();
        let mut request = Request::new(id);
        for name in names {
            let Some(member) = self.member_mut(id) else { break };
            if !member.wants.insert((kind, name.clone())) {
                continue;
            }
            request.gained.push((kind, name.clone()));
            if self.begin(id, kind, &name, ticket) {
                self.stage(id, PubSubEvent::Subscribed(Subscription::new(kind, name)));
            } else {
                request.left = request.left.saturating_add(1);
            }
        }
        self.requests.insert(ticket, request);
        Ticket(ticket)
    }

    /// Somebody wants these names no more, or none of the kind. What it did not want is passed over.
    pub fn unsubscribe(
        &mut self,
        id: SubscriberId,
        kind: SubscriptionKind,
        names: Option<Vec<Bytes>>,
    ) -> Ticket {
        let ticket = self.number();
        let names = names.unwrap_or_else(|| self.wanted(id, kind));
        let mut request = Request::new(id);
        for name in names {
            let key = (kind, name);
            if !self.member_mut(id).is_some_and(|member| member.wants.remove(&key)) {
                continue;
            }
            let (kind, name) = key;
            match self.end(id, kind, &name) {
                Some((operation, state)) => {
                    let active = state == State::Active;
                    if let Some(entry) = self.entry_mut(kind, &name) {
                        entry.leaving.push(Leaver { operation, member: id, ticket, active });
                    }
                    request.left = request.left.saturating_add(1);
                }
                None => self.stage(id, PubSubEvent::Unsubscribed(Subscription::new(kind, name))),
            }
        }
        self.requests.insert(ticket, request);
        Ticket(ticket)
    }

    /// Somebody wants to know whether the server is there. Over a connection that there is not yet, or not any more,
    /// nobody can be asked.
    pub fn ask_for_answer(&mut self, id: SubscriberId) -> Ticket {
        let ticket = self.number();
        let mut request = Request::new(id);
        request.pings = true;
        if self.up && self.is_subscribed(id) {
            request.left = 1;
            self.queued.push_back(Sent::Ping(Some(ticket)));
        } else {
            request.error = Some(not_connected());
        }
        self.requests.insert(ticket, request);
        Ticket(ticket)
    }

    /// What became of a request, if that is known; it is then forgotten.
    pub fn outcome(&mut self, ticket: Ticket) -> Option<Result<()>> {
        let request = self.requests.get(&ticket.0)?;
        if request.left > 0 {
            return None;
        }
        let request = self.requests.remove(&ticket.0)?;
        Some(match request.error {
            None => Ok(()),
            Some(error) => {
                self.undo(request.member, request.gained);
                Err(error)
            }
        })
    }

    /// Nobody waits for a request any more. What it subscribed to is undone, as if it had not been asked for;
    /// what it unsubscribed from stays so.
    pub fn withdraw(&mut self, ticket: Ticket) {
        if let Some(request) = self.requests.remove(&ticket.0) {
            self.undo(request.member, request.gained);
        }
    }

    /// What a subscriber wants, in order.
    pub fn subscriptions(&self, id: SubscriberId) -> Vec<Subscription> {
        let wants = self.member(id).map(|member| &member.wants);
        let keys = wants.into_iter().flatten().cloned();
        keys.map(|(kind, name)| Subscription::new(kind, name)).collect()
    }

    /// Whether a subscriber wants anything.
    pub fn is_subscribed(&self, id: SubscriberId) -> bool {
        self.member(id).is_some_and(|member| !member.wants.is_empty())
    }

    /// Cuts a subscriber off: it has no subscriptions any more, and may ask for new ones.
    pub fn expel(&mut self, id: SubscriberId, error: &Error) {
        self.drop_wants(id);
        for request in self.requests.values_mut().filter(|request| request.member == id) {
            request.left = 0;
            request.gained.clear();
            request.error = Some(error.clone());
        }
        self.wake(id);
    }
}

/// What connects the registry with a connection.
impl<S> Registry<S> {
    /// A connection stands: all that is wanted is asked for.
    pub fn connected(&mut self) {
        self.up = true;
        self.queued.clear();
        self.in_flight.clear();
        let kinds = [SubscriptionKind::Channel, SubscriptionKind::Pattern, SubscriptionKind::Shard];
        for kind in kinds {
            let names: Vec<Bytes> = self.table(kind).keys().cloned().collect();
            for name in names {
                self.operate(Action::Subscribe, kind, name);
            }
        }
    }

    /// The connection was lost. Whoever had a subscription in force is told of the gap.
    pub fn lost(&mut self, error: &Error) {
        self.up = false;
        self.queued.clear();
        self.in_flight.clear();
        let mut gaps = Vec::new();
        let mut ends = Vec::new();
        for (kind, table) in all_kinds().into_iter().zip(&mut self.names) {
            table.retain(|name, entry| {
                entry.in_force = false;
                for leaver in entry.leaving.drain(..) {
                    let subscription = Subscription::new(kind, name.clone());
                    ends.push((leaver, subscription));
                }
                for taker in entry.takers.iter_mut().filter(|it| it.state == State::Active) {
                    taker.state = State::Restoring;
                    gaps.push(taker.member);
                }
                !entry.takers.is_empty()
            });
        }
        self.settle_if_empty();
        for (leaver, subscription) in ends {
            self.ended(leaver, subscription, None);
        }
        for member in gaps {
            self.open_gap(member, error);
        }
        let asking = self.requests.iter().filter(|(_, request)| request.pings && request.left > 0);
        let asking: Vec<u64> = asking.map(|(ticket, _)| *ticket).collect();
        for ticket in asking {
            self.answered(ticket, Some(error.clone()));
        }
    }

    /// How many subscribers want anything.
    pub fn wanting(&self) -> usize {
        self.members.iter().flatten().filter(|member| !member.wants.is_empty()).count()
    }

    /// There will be no connection: everybody is told why, and has no subscriptions any more.
    pub fn fail(&mut self, error: &Error) {
        self.up = false;
        self.established = false;
        self.queued.clear();
        self.in_flight.clear();
        for table in &mut self.names {
            table.clear();
        }
        let mut asking = Vec::new();
        for request in self.requests.values_mut() {
            // to unsubscribe from what is no more has succeeded
            let unsubscribes = request.gained.is_empty() && !request.pings;
            if request.left > 0 && !unsubscribes {
                request.error = Some(error.clone());
                asking.push(request.member);
            }
            request.left = 0;
            request.gained.clear();
        }
        let mut ids = Vec::new();
        for (at, member) in self.members.iter_mut().enumerate() {
            let Some(member) = member else { continue };
            let id = SubscriberId { at, serial: member.serial };
            // whoever waits for the answer to a request is told by that
            if !member.wants.is_empty() && !asking.contains(&id) {
                member.ended = Some(error.clone());
            }
            member.wants.clear();
            member.restoring = 0;
            member.in_gap = false;
            ids.push(id);
        }
        ids.into_iter().for_each(|id| self.wake(id));
    }

    /// Appends what is to be sent now.
    pub fn outgoing(&mut self, out: &mut Vec<u8>) {
        while self.in_flight.len() < MOST_IN_FLIGHT {
            let Some(next) = self.queued.pop_front() else { return };
            match &next {
                Sent::Operation { action, kind, name, .. } => {
                    Command::new(action.spec(*kind)).arg(name).write_to(out);
                }
                Sent::Ping(_) => Command::new(&crate::command::table::PING).write_to(out),
            }
            self.in_flight.push_back(next);
        }
    }

    /// Asks the server whether it is there.
    pub fn ping(&mut self) {
        if self.up {
            self.queued.push_back(Sent::Ping(None));
        }
    }

    /// Whether there is something to send.
    pub fn has_outgoing(&self) -> bool {
        !self.queued.is_empty() && self.in_flight.len() < MOST_IN_FLIGHT
    }

    /// Whether an answer of the server is awaited.
    pub fn is_awaiting(&self) -> bool {
        !self.in_flight.is_empty()
    }

    /// Whether somebody waits for what the server says to a request. Then what it says must be read, however full
    /// the queue of another is.
    pub fn is_asked(&self) -> bool {
        self.requests.values().any(|request| request.left > 0)
    }

    /// Whether nobody wants anything, nor waits for the end of anything.
    pub fn is_empty(&self) -> bool {
        self.names.iter().all(HashMap::is_empty)
    }

    /// Whether a subscription was in force since the registry was last empty: then it is to be restored,
    /// however long that takes.
    pub fn is_established(&self) -> bool {
        self.established
    }
}

impl<S> Registry<S> {
    fn number(&mut self) -> u64 {
        self.last = self.last.saturating_add(1);
        self.last
    }

    fn table(&self, kind: SubscriptionKind) -> &HashMap<Bytes, Entry> {
        let [channels, patterns, shards] = &self.names;
        match kind {
            SubscriptionKind::Channel => channels,
            SubscriptionKind::Pattern => patterns,
            SubscriptionKind::Shard => shards,
        }
    }

    fn table_mut(&mut self, kind: SubscriptionKind) -> &mut HashMap<Bytes, Entry> {
        let [channels, patterns, shards] = &mut self.names;
        match kind {
            SubscriptionKind::Channel => channels,
            SubscriptionKind::Pattern => patterns,
            SubscriptionKind::Shard => shards,
        }
    }

    fn entry_mut(&mut self, kind: SubscriptionKind, name: &[u8]) -> Option<&mut Entry> {
        self.table_mut(kind).get_mut(name)
    }

    fn member(&self, id: SubscriberId) -> Option<&Member<S>> {
        self.members.get(id.at)?.as_ref().filter(|member| member.serial == id.serial)
    }

    fn member_mut(&mut self, id: SubscriberId) -> Option<&mut Member<S>> {
        self.members.get_mut(id.at)?.as_mut().filter(|member| member.serial == id.serial)
    }

    fn wanted(&self, id: SubscriberId, kind: SubscriptionKind) -> Vec<Bytes> {
        let wants = self.member(id).map(|member| &member.wants);
        let of_kind = wants.into_iter().flatten().filter(|(found, _)| *found == kind);
        of_kind.map(|(_, name)| name.clone()).collect()
    }

    /// Sends an operation on a name, after all earlier ones; its number.
    fn operate(&mut self, action: Action, kind: SubscriptionKind, name: Bytes) -> u64 {
        let number = self.number();
        let subscribing = action == Action::Subscribe;
        if let Some(entry) = self.entry_mut(kind, &name) {
            entry.operation = number;
            entry.subscribing = subscribing;
            entry.in_force = false;
        }
        if self.up {
            self.queued.push_back(Sent::Operation { number, action, kind, name });
        }
        number
    }

    /// A subscriber begins to take a name; whether it is in force already.
    fn begin(
        &mut self,
        id: SubscriberId,
        kind: SubscriptionKind,
        name: &Bytes,
        ticket: u64,
    ) -> bool {
        let entry = self.table_mut(kind).entry(name.clone()).or_default();
        let in_force = entry.in_force;
        let asked = entry.subscribing;
        let state = if in_force { State::Active } else { State::Waiting(ticket) };
        entry.takers.push(Taker { member: id, state });
        if !asked {
            self.operate(Action::Subscribe, kind, name.clone());
        }
        in_force
    }

    /// A subscriber takes a name no more; the operation that ends it, if it was the last who did and there is a
    /// connection to end it on, and how it stood.
    fn end(
        &mut self,
        id: SubscriberId,
        kind: SubscriptionKind,
        name: &Bytes,
    ) -> Option<(u64, State)> {
        let up = self.up;
        let entry = self.entry_mut(kind, name)?;
        let at = entry.takers.iter().position(|taker| taker.member == id)?;
        let taker = entry.takers.swap_remove(at);
        let nobody = entry.takers.is_empty();
        let at_once = !nobody || !up;
        if at_once && taker.state == State::Restoring {
            self.restored_one(id);
        }
        if !nobody {
            return None;
        }
        if !up {
            self.table_mut(kind).remove(name);
            self.settle_if_empty();
            return None;
        }
        Some((self.operate(Action::Unsubscribe, kind, name.clone()), taker.state))
    }

    fn drop_wants(&mut self, id: SubscriberId) {
        let Some(member) = self.member_mut(id) else { return };
        for (kind, name) in std::mem::take(&mut member.wants) {
            self.end_untold(id, kind, &name);
        }
    }

    /// A subscriber takes a name no more, and waits for nothing.
    fn end_untold(&mut self, id: SubscriberId, kind: SubscriptionKind, name: &Bytes) {
        if let Some((_, State::Restoring)) = self.end(id, kind, name) {
            self.restored_one(id);
        }
    }

    /// Undoes what a request has gained, and tells of what had come into force.
    fn undo(&mut self, id: SubscriberId, gained: Vec<Key>) {
        for (kind, name) in gained {
            let wanted =
                self.member_mut(id).is_some_and(|it| it.wants.remove(&(kind, name.clone())));
            if !wanted {
                continue;
            }
            let entry = self.table(kind).get(&name);
            let taker = entry.and_then(|entry| entry.takers.iter().find(|it| it.member == id));
            let told = taker.is_some_and(|taker| !matches!(taker.state, State::Waiting(_)));
            self.end_untold(id, kind, &name);
            if told {
                self.stage(id, PubSubEvent::Unsubscribed(Subscription::new(kind, name)));
            }
        }
    }

    /// A subscription has ended for one who waited for that.
    fn ended(&mut self, leaver: Leaver, subscription: Subscription, error: Option<Error>) {
        self.stage(leaver.member, PubSubEvent::Unsubscribed(subscription));
        if !leaver.active {
            self.restored_one(leaver.member);
        }
        self.answered(leaver.ticket, error);
    }

    /// One name of a request was answered.
    fn answered(&mut self, ticket: u64, error: Option<Error>) {
        let Some(request) = self.requests.get_mut(&ticket) else { return };
        request.left = request.left.saturating_sub(1);
        if request.error.is_none() {
            request.error = error;
        }
        if request.left == 0 {
            let member = request.member;
            self.wake(member);
        }
    }

    fn settle_if_empty(&mut self) {
        if self.is_empty() {
            self.established = false;
        }
    }
}

fn all_kinds() -> [SubscriptionKind; 3] {
    [SubscriptionKind::Channel, SubscriptionKind::Pattern, SubscriptionKind::Shard]
}

#[cold]
fn not_connected() -> Error {
    Error::new(
        ErrorKind::Closed,
        "there is no connection to ask over: nothing is subscribed to, or it is being restored",
    )
    .with_delivery(Delivery::NotSent)
}

#[cold]
fn out_of_order() -> Error {
    Error::new(
        ErrorKind::Protocol,
        "the server left a command on the connection of the subscriptions unanswered",
    )
}

#[cfg(test)]
mod tests;
