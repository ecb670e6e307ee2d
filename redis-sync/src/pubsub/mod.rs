//! Subscriptions, as their user holds them.

mod bell;
mod hub;
mod listener;
mod mailbox;
mod messages;
mod worker;

pub(crate) use hub::Hub;
pub use listener::PubSubListener;
pub use messages::Messages;

use crate::pool::Pool;
use mailbox::{Mailbox, Waited};
use redis_core::command::{CommandSpec, ToArgs, table};
use redis_core::pubsub::{
    Action, Backlog, Handlers, Message, PubSubEvent, PubSubOptions, Registry, SubscriberId,
    Subscription, SubscriptionKind, Ticket, names,
};
use redis_core::{Error, ErrorKind, Result};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A subscriber: what it is subscribed to, and what was published there.
///
/// Made by [`Redis::pubsub`](crate::Redis::pubsub). All subscribers of a client share one connection of their
/// own, beside the pool's: opened for the first subscription, closed after the last. Several may subscribe to
/// the same channel, and each gets every message. Messages wait in a queue that is
/// [bounded](PubSubOptions) until they are fetched; when this is dropped, its subscriptions end.
///
/// A connection that was lost is opened again, however long it takes, and what was subscribed to is restored.
/// Where messages may be missing stands a [`Gap`](crate::Gap) among the events. A connection that merely looks
/// open is found out by a `PING`, after `pool_health_check_interval` of silence (30 s where that is not set).
///
/// In a child of `fork` an inherited subscriber says [`Forked`](ErrorKind::Forked); a new one works.
///
/// `redis_async::PubSub` is the same, and a `Stream`.
///
/// # Example: one message
///
/// ```
/// # let Some(r) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
/// use redis_sync::prelude::*;
///
/// let mut p = r.pubsub();
/// p.subscribe("pubsub:news")?;
/// r.publish("pubsub:news", "it rains")?;
/// let message = p.next_message()?.unwrap();
/// assert!(message.channel == "pubsub:news" && message.payload == "it rains");
/// # Ok::<(), redis_sync::Error>(())
/// ```
///
/// # Example: all that happens, for a second at most
///
/// ```no_run
/// use redis_sync::prelude::*;
/// use redis_sync::{Gap, PubSubEvent};
/// use std::time::Duration;
///
/// # fn main() -> redis_sync::Result<()> {
/// let mut p = Redis::new().pubsub();
/// p.psubscribe("news:*")?;
/// while let Some(event) = p.get_message(Duration::from_secs(1))? {
///     match event {
///         PubSubEvent::Message(message) => println!("{}", message.payload),
///         PubSubEvent::Gap(Gap::Restored) => println!("ask for what was missed"),
///         _ => {}
///     }
/// }
/// # Ok(()) }
/// ```
#[must_use = "the subscriptions end when this is dropped"]
pub struct PubSub {
    pool: Pool,
    hub: Arc<Hub>,
    mailbox: Arc<Mailbox>,
    id: SubscriberId,
    held: Backlog,
    handlers: Handlers,
}

impl PubSub {
    #[inline]
    pub(crate) fn new(pool: &Pool, options: PubSubOptions) -> Self {
        let hub = Arc::clone(pool.shared().life().hub());
        let mailbox = Arc::new(Mailbox::new(options));
        let id = hub.join(Arc::clone(&mailbox));
        let (held, handlers) = (Backlog::new(), Handlers::default());
        Self { pool: pool.clone(), hub, mailbox, id, held, handlers }
    }

    /// Subscribes to channels, and waits until the server has confirmed it. What was subscribed to already
    /// stays so.
    ///
    /// # Errors
    ///
    /// `NOPERM` if the user may not; a timeout if no confirmation came within the response timeout; whatever
    /// kept a connection from being made. Then none of the channels is subscribed to that was not before.
    ///
    /// # Example: two channels
    ///
    /// ```
    /// # let Some(r) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// let mut p = r.pubsub();
    /// p.subscribe(["subscribe:a", "subscribe:b"])?;
    /// assert_eq!(p.subscriptions().len(), 2);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    pub fn subscribe(&mut self, channels: impl ToArgs) -> Result<()> {
        self.begin(SubscriptionKind::Channel, &channels)
    }

    /// Subscribes to all channels that match a pattern; otherwise as [`subscribe`](Self::subscribe).
    ///
    /// # Errors
    ///
    /// As [`subscribe`](Self::subscribe).
    pub fn psubscribe(&mut self, patterns: impl ToArgs) -> Result<()> {
        self.begin(SubscriptionKind::Pattern, &patterns)
    }

    /// Subscribes to channels of a shard; otherwise as [`subscribe`](Self::subscribe).
    ///
    /// # Errors
    ///
    /// As [`subscribe`](Self::subscribe).
    pub fn ssubscribe(&mut self, channels: impl ToArgs) -> Result<()> {
        self.begin(SubscriptionKind::Shard, &channels)
    }

    /// Ends subscriptions to channels, and waits until the server has confirmed it where nobody else is
    /// subscribed; what comes until then is still delivered. What was not subscribed to is passed over.
    ///
    /// # Errors
    ///
    /// A timeout if no confirmation came within the response timeout. The subscriptions have ended all the
    /// same.
    pub fn unsubscribe(&mut self, channels: impl ToArgs) -> Result<()> {
        self.end(SubscriptionKind::Channel, &channels)
    }

    /// Ends subscriptions to patterns; otherwise as [`unsubscribe`](Self::unsubscribe).
    ///
    /// # Errors
    ///
    /// As [`unsubscribe`](Self::unsubscribe).
    pub fn punsubscribe(&mut self, patterns: impl ToArgs) -> Result<()> {
        self.end(SubscriptionKind::Pattern, &patterns)
    }

    /// Ends subscriptions to channels of a shard; otherwise as [`unsubscribe`](Self::unsubscribe).
    ///
    /// # Errors
    ///
    /// As [`unsubscribe`](Self::unsubscribe).
    pub fn sunsubscribe(&mut self, channels: impl ToArgs) -> Result<()> {
        self.end(SubscriptionKind::Shard, &channels)
    }

    /// Ends all subscriptions to channels.
    ///
    /// # Errors
    ///
    /// As [`unsubscribe`](Self::unsubscribe).
    #[inline]
    pub fn unsubscribe_all(&mut self) -> Result<()> {
        self.end_all(SubscriptionKind::Channel)
    }

    /// Ends all subscriptions to patterns.
    ///
    /// # Errors
    ///
    /// As [`unsubscribe`](Self::unsubscribe).
    #[inline]
    pub fn punsubscribe_all(&mut self) -> Result<()> {
        self.end_all(SubscriptionKind::Pattern)
    }

    /// Ends all subscriptions to channels of a shard.
    ///
    /// # Errors
    ///
    /// As [`unsubscribe`](Self::unsubscribe).
    #[inline]
    pub fn sunsubscribe_all(&mut self) -> Result<()> {
        self.end_all(SubscriptionKind::Shard)
    }

    /// Asks the server over the connection of the subscriptions whether it is there, and waits for the answer. It is
    /// not needed to keep a connection alive: that is seen to.
    ///
    /// # Errors
    ///
    /// Of kind [`Closed`](ErrorKind::Closed) while there is no connection, since nothing is subscribed to or it is
    /// being restored; a timeout if no answer came within the response timeout.
    ///
    /// Redis command: [`PING`](https://redis.io/docs/latest/commands/ping/).
    ///
    /// # Example: is it there?
    ///
    /// ```
    /// # let Some(r) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// # use redis_sync::prelude::*;
    /// let mut p = r.pubsub();
    /// assert!(p.ping().is_err()); // there is no connection yet
    /// p.subscribe("ping:news")?;
    /// p.ping()?;
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    #[inline]
    pub fn ping(&mut self) -> Result<()> {
        self.ask(&table::PING, Registry::ask_for_answer)
    }

    /// What it is subscribed to, and what is being restored.
    #[inline]
    pub fn subscriptions(&self) -> Vec<Subscription> {
        if self.hub.is_current() { self.hub.subscriptions(self.id) } else { Vec::new() }
    }

    /// The next event; waits for it for `timeout`, or for ever if that is `None`. `None` if there was none in
    /// time, or nothing is subscribed to and nothing is left.
    ///
    /// Messages that have a [handler](Self::on) go to that and are not returned.
    ///
    /// # Errors
    ///
    /// Why nothing follows, once: the queue was full and the policy was to
    /// [disconnect](crate::Overflow::Disconnect), the server could not be reached again for a reason that does
    /// not pass (a wrong password), the pool was closed. The subscriptions have ended, and may be made anew.
    pub fn get_message(
        &mut self,
        timeout: impl Into<Option<Duration>>,
    ) -> Result<Option<PubSubEvent>> {
        let deadline = timeout.into().and_then(|time| Instant::now().checked_add(time));
        self.next_event(deadline)
    }

    /// The next message, however long it takes; `None` once nothing is subscribed to any more. Other events are
    /// passed over: use [`get_message`](Self::get_message) where it matters that messages may be missing.
    ///
    /// # Errors
    ///
    /// As [`get_message`](Self::get_message).
    #[inline]
    pub fn next_message(&mut self) -> Result<Option<Message>> {
        while self.fetch(None)? {
            if let Some(message) = self.held.pop_message() {
                return Ok(Some(message));
            }
        }
        Ok(None)
    }

    /// The messages, until nothing is subscribed to any more: [`next_message`](Self::next_message) as an
    /// iterator. `for event in &mut p` iterates over all events.
    ///
    /// # Example: the first three
    ///
    /// ```
    /// # let Some(r) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// # use redis_sync::prelude::*;
    /// let mut p = r.pubsub();
    /// p.subscribe("messages:n")?;
    /// for number in 1..=3 {
    ///     r.publish("messages:n", number)?;
    /// }
    /// let mut sum = 0;
    /// for message in p.messages().take(3) {
    ///     sum += message?.payload.parse::<u32>()?;
    /// }
    /// assert_eq!(sum, 6);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    #[inline]
    pub fn messages(&mut self) -> Messages<'_> {
        Messages::new(self)
    }

    /// Hands messages of a channel or pattern to `handler`, instead of whoever reads them: while one
    /// [listens](Self::listen), or waits for what has no handler. Several handlers of the same name are told in
    /// the order of their registration; one that panics does no harm to the others, and is
    /// [counted](Self::handler_panics) and told as an [event](crate::Event::HandlerPanicked).
    ///
    /// It does not subscribe.
    ///
    /// # Example: a handler and a thread for it
    ///
    /// ```
    /// # let Some(r) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// # use redis_sync::prelude::*;
    /// use std::sync::mpsc;
    ///
    /// let (said, heard) = mpsc::channel();
    /// let mut p = r.pubsub();
    /// p.on("on:news", move |message| said.send(message.payload.clone()).unwrap());
    /// p.subscribe("on:news")?;
    /// let listener = p.run_in_thread()?;
    /// r.publish("on:news", "it rains")?;
    /// assert_eq!(heard.recv().unwrap(), "it rains");
    /// listener.stop()?;
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    pub fn on(
        &mut self,
        name: impl AsRef<[u8]>,
        handler: impl FnMut(&Message) + Send + 'static,
    ) -> &mut Self {
        self.handlers.add(name.as_ref().to_vec().into(), handler);
        self
    }

    /// Hands messages to their handlers until nothing is subscribed to any more. What has no handler is passed
    /// over.
    ///
    /// # Errors
    ///
    /// As [`get_message`](Self::get_message).
    #[inline]
    pub fn listen(&mut self) -> Result<()> {
        while self.next_event(None)?.is_some() {}
        Ok(())
    }

    /// [Listens](Self::listen) in a thread of its own.
    ///
    /// # Errors
    ///
    /// No thread can be started.
    #[inline]
    pub fn run_in_thread(self) -> Result<PubSubListener> {
        self.check_process()?;
        PubSubListener::start(self)
    }

    /// How many messages were dropped since the queue was full, in all its life.
    #[inline]
    pub fn dropped(&self) -> u64 {
        if self.hub.is_current() { self.mailbox.dropped() } else { 0 }
    }

    /// How many panics of its handlers were caught.
    #[inline]
    pub fn handler_panics(&self) -> u64 {
        self.handlers.panics()
    }

    fn begin(&mut self, kind: SubscriptionKind, given: &impl ToArgs) -> Result<()> {
        let names = names(Action::Subscribe, kind, given)?;
        let spec = Action::Subscribe.spec(kind);
        self.ask(spec, |registry, id| registry.subscribe(id, kind, names))
    }

    fn end(&mut self, kind: SubscriptionKind, given: &impl ToArgs) -> Result<()> {
        let names = names(Action::Unsubscribe, kind, given)?;
        let (names, spec) = (Some(names), Action::Unsubscribe.spec(kind));
        self.ask(spec, |registry, id| registry.unsubscribe(id, kind, names))
    }

    #[inline]
    fn end_all(&mut self, kind: SubscriptionKind) -> Result<()> {
        let spec = Action::Unsubscribe.spec(kind);
        self.ask(spec, |registry, id| registry.unsubscribe(id, kind, None))
    }

    fn ask(
        &mut self,
        spec: &'static CommandSpec,
        ask: impl FnOnce(&mut Registry<Arc<Mailbox>>, SubscriberId) -> Ticket,
    ) -> Result<()> {
        self.check_process()?;
        let (id, config) = (self.id, self.pool.config());
        let outcome = self.hub.ask(&self.pool, |registry| ask(registry, id)).and_then(|ticket| {
            // nobody makes room in the queue meanwhile
            self.lift(true);
            let outcome = self.hub.wait(&self.mailbox, ticket, config.response_timeout());
            self.lift(false);
            outcome
        });
        outcome.map_err(|error| error.with_command(spec.name()).with_endpoint(config.endpoint()))
    }

    #[inline]
    fn lift(&self, lifted: bool) {
        if self.mailbox.set_lifted(lifted) {
            self.hub.bell.ring();
        }
    }

    #[inline]
    fn next_event(&mut self, deadline: Option<Instant>) -> Result<Option<PubSubEvent>> {
        Ok(if self.fetch(deadline)? { self.held.pop() } else { None })
    }

    /// Waits until the next event is in hand, and is not a handler's; whether there is one.
    #[inline]
    fn fetch(&mut self, deadline: Option<Instant>) -> Result<bool> {
        self.check_process()?;
        if !self.held.is_empty() && self.handlers.is_empty() {
            return Ok(true);
        }
        self.fetch_more(deadline)
    }

    #[inline]
    fn fetch_more(&mut self, deadline: Option<Instant>) -> Result<bool> {
        let mut last_look = false;
        loop {
            while !self.held.is_empty() {
                let events = self.pool.config().events();
                if !self.handlers.dispatch(&mut self.held, events) {
                    return Ok(true);
                }
                // a handler takes what it takes, and there may always be another message for it
                let is_over = deadline.is_some_and(|deadline| deadline <= Instant::now());
                if is_over || self.mailbox.is_stopped() {
                    return Ok(false);
                }
            }
            let found = self.mailbox.take(&mut self.held);
            if found.made_room {
                // there may be no thread any more that would
                self.hub.flush(self.hub.lock());
                self.hub.bell.ring();
            }
            if let Some(error) = found.ended {
                return Err(error);
            }
            if !self.held.is_empty() {
                continue;
            }
            if last_look {
                return Ok(false);
            }
            if !self.hub.is_subscribed(self.id) {
                // what came before the last subscription ended may have come since the look
                last_look = true;
                continue;
            }
            match self.mailbox.wait(deadline) {
                Waited::Visited => {}
                Waited::TimeOver | Waited::Stopped => return Ok(false),
            }
        }
    }

    #[inline]
    fn check_process(&self) -> Result<()> {
        if self.hub.is_current() {
            return Ok(());
        }
        let message = "these subscriptions are the parent process's: make new ones with `pubsub()`";
        Err(Error::new(ErrorKind::Forked, message))
    }
}

/// All events, until nothing is subscribed to any more. It may go on when something is subscribed to again.
impl Iterator for PubSub {
    type Item = Result<PubSubEvent>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.next_event(None).transpose()
    }
}

impl Drop for PubSub {
    #[inline]
    fn drop(&mut self) {
        if self.hub.is_current() {
            self.hub.leave(self.id);
        } else {
            // their locks may be held by threads that are not in this process
            std::mem::forget((Arc::clone(&self.hub), Arc::clone(&self.mailbox)));
        }
    }
}

impl fmt::Debug for PubSub {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PubSub")
            .field("subscriptions", &self.subscriptions())
            .field("handlers", &self.handlers)
            .finish_non_exhaustive()
    }
}
