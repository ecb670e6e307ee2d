//! What the server says, and whose it is.

use super::{Registry, Sent, State, SubscriberId, out_of_order};
use crate::error::{Error, ErrorKind, Result};
use crate::pubsub::{Action, Incoming, PubSubEvent, Subscription, SubscriptionKind};
use crate::resp::Frame;
use bytes::Bytes;

/// What became of something that came.
#[derive(Debug)]
#[non_exhaustive]
pub enum Handled {
    /// It was messages.
    Messages,
    /// It was an answer.
    Answer,
    /// A confirmation that nobody asked for; nobody's answer was taken for it. Where the server ended
    /// something that is wanted (a shard's channel moves), it is asked for again.
    Unasked(Action, SubscriptionKind, Option<Bytes>),
    /// A push of another kind: it belongs to the client's handlers.
    Push(Frame),
}

impl<S> Registry<S> {
    /// Takes what came.
    ///
    /// # Errors
    ///
    /// What shows that the server's answers are not those to what was asked; the connection is then of no
    /// use any more.
    pub fn handle(&mut self, incoming: Incoming) -> Result<Handled> {
        match incoming {
            Incoming::Messages(run) => {
                self.route(run);
                Ok(Handled::Messages)
            }
            Incoming::Confirmed { action, kind, name } => self.confirmed(action, kind, name),
            Incoming::Pong => match self.in_flight.pop_front() {
                Some(Sent::Ping(ticket)) => {
                    self.ponged(ticket, None);
                    Ok(Handled::Answer)
                }
                _ => Err(out_of_order()),
            },
            Incoming::Refused(error) => match self.in_flight.pop_front() {
                Some(Sent::Operation { number, action, kind, name }) => {
                    self.refused(number, action, kind, &name, error);
                    Ok(Handled::Answer)
                }
                // somebody who may not ask is answered all the same: the server is there
                Some(Sent::Ping(ticket)) => {
                    self.ponged(ticket, Some(error));
                    Ok(Handled::Answer)
                }
                // its last words, before it hangs up
                None => Err(error),
            },
            Incoming::Push(frame) => Ok(Handled::Push(frame)),
        }
    }

    fn ponged(&mut self, ticket: Option<u64>, error: Option<Error>) {
        if let Some(ticket) = ticket {
            self.answered(ticket, error);
        }
    }

    fn confirmed(
        &mut self,
        action: Action,
        kind: SubscriptionKind,
        name: Option<Bytes>,
    ) -> Result<Handled> {
        let answers = |sent: &Sent| match sent {
            Sent::Operation { action: a, kind: k, name: n, .. } => {
                *a == action && *k == kind && name.as_ref() == Some(n)
            }
            Sent::Ping(_) => false,
        };
        match self.in_flight.iter().position(answers) {
            Some(0) => {}
            // servers end subscriptions to a shard's channels by themselves, when its slot moves
            Some(_) if !(action == Action::Unsubscribe && kind == SubscriptionKind::Shard) => {
                return Err(out_of_order());
            }
            Some(_) | None => {
                if let (Action::Unsubscribe, Some(name)) = (action, &name) {
                    self.ended_by_server(kind, name);
                }
                return Ok(Handled::Unasked(action, kind, name));
            }
        }
        if let Some(Sent::Operation { number, name, .. }) = self.in_flight.pop_front() {
            match action {
                Action::Subscribe => self.in_force(number, kind, &name),
                Action::Unsubscribe => self.out_of_force(number, kind, &name, None),
            }
        }
        Ok(Handled::Answer)
    }

    /// A subscription is confirmed; if it was revoked meanwhile, that has an answer of its own.
    fn in_force(&mut self, number: u64, kind: SubscriptionKind, name: &Bytes) {
        let Some(entry) = self.entry_mut(kind, name).filter(|it| it.operation == number) else {
            return;
        };
        entry.in_force = true;
        let mut begun: Vec<(SubscriberId, State)> = Vec::new();
        for taker in entry.takers.iter_mut().filter(|taker| taker.state != State::Active) {
            begun.push((taker.member, taker.state));
            taker.state = State::Active;
        }
        self.established = true;
        for (member, state) in begun {
            match state {
                State::Waiting(ticket) => {
                    let subscription = Subscription::new(kind, name.clone());
                    self.stage(member, PubSubEvent::Subscribed(subscription));
                    self.answered(ticket, None);
                }
                State::Active | State::Restoring => self.restored_one(member),
            }
        }
    }

    /// An end is confirmed, or refused: then the server goes on, and nobody listens.
    fn out_of_force(
        &mut self,
        number: u64,
        kind: SubscriptionKind,
        name: &Bytes,
        error: Option<&Error>,
    ) {
        let Some(entry) = self.entry_mut(kind, name) else { return };
        let is_last = entry.operation == number;
        let mut left = Vec::new();
        entry.leaving.retain(|leaver| {
            let now = leaver.operation == number;
            if now {
                left.push(*leaver);
            }
            !now
        });
        if is_last && entry.takers.is_empty() {
            self.table_mut(kind).remove(name);
            self.settle_if_empty();
        }
        for leaver in left {
            let subscription = Subscription::new(kind, name.clone());
            self.ended(leaver, subscription, error.cloned());
        }
    }

    fn refused(
        &mut self,
        number: u64,
        action: Action,
        kind: SubscriptionKind,
        name: &Bytes,
        error: Error,
    ) {
        let error = error.with_command(action.spec(kind).name());
        if action == Action::Unsubscribe {
            return self.out_of_force(number, kind, name, Some(&error));
        }
        let Some(entry) = self.entry_mut(kind, name).filter(|it| it.operation == number) else {
            return;
        };
        let takers = std::mem::take(&mut entry.takers);
        // nothing is in force that somebody could wait for the end of
        self.table_mut(kind).remove(name);
        self.settle_if_empty();
        for taker in takers {
            let id = taker.member;
            if let Some(member) = self.member_mut(id) {
                member.wants.remove(&(kind, name.clone()));
            }
            match taker.state {
                State::Waiting(ticket) => self.answered(ticket, Some(error.clone())),
                State::Active | State::Restoring => {
                    let subscription = Subscription::new(kind, name.clone());
                    let error = error.clone();
                    self.stage(id, PubSubEvent::Refused { subscription, error });
                    self.restored_one(id);
                }
            }
        }
    }

    /// The server ended what nobody asked it to end: it is asked for again, and there is a gap.
    fn ended_by_server(&mut self, kind: SubscriptionKind, name: &Bytes) {
        let Some(entry) = self.entry_mut(kind, name).filter(|entry| entry.in_force) else { return };
        let mut gaps = Vec::new();
        for taker in entry.takers.iter_mut().filter(|taker| taker.state == State::Active) {
            taker.state = State::Restoring;
            gaps.push(taker.member);
        }
        self.operate(Action::Subscribe, kind, name.clone());
        let error = Error::new(ErrorKind::Closed, "the server ended the subscription by itself");
        for member in gaps {
            self.open_gap(member, &error);
        }
    }
}
