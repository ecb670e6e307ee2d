//! Subscriptions, as their user holds them.

mod confirmation;
mod hub;
mod listener;
mod mailbox;
mod messages;
mod worker;

pub use confirmation::Confirmation;
pub(crate) use hub::Hub;
pub use listener::PubSubListener;
pub use messages::Messages;

use crate::pool::Pool;
use confirmation::Request;
use futures_core::Stream;
use mailbox::Mailbox;
use redis_core::command::ToArgs;
use redis_core::pubsub::{
    Action, Backlog, Handlers, Message, PubSubEvent, PubSubOptions, SubscriberId, Subscription,
    SubscriptionKind, names,
};
use redis_core::{Error, ErrorKind, Result};
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// Messages that are handed to handlers before other tasks have their turn.
const MOST_HANDLED: u32 = 128;

/// A subscriber: what it is subscribed to, and what was published there.
///
/// Made by [`Redis::pubsub`](crate::Redis::pubsub). All subscribers of a client share one connection of their
/// own, beside the pool's: opened for the first subscription, closed after the last. Several may subscribe to
/// the same channel, and each gets every message. Messages wait in a queue that is
/// [bounded](PubSubOptions) until they are fetched; when this is dropped, its subscriptions end.
///
/// A connection that was lost is opened again, however long it takes, and what was subscribed to is restored.
/// Where messages may be missing stands a [`Gap`](crate::Gap) among the events. A connection that merely looks
/// open is found out by a `PING`, after `pool_health_check_interval` of silence (30 s where that is not set). If
/// the runtime that carried it is shut down, it is opened again on the one that the subscriber is next polled
/// on.
///
/// It is a [`Stream`] of its events; every future of it may be dropped at any point without losing any.
/// In a child of `fork` an inherited subscriber says [`Forked`](ErrorKind::Forked); a new one works.
///
/// `redis_sync::PubSub` is the same, and an iterator.
///
/// # Example: one message
///
/// ```no_run
/// use redis_async::prelude::*;
///
/// # async fn example() -> redis_async::Result<()> {
/// let r = Redis::new();
/// let mut p = r.pubsub();
/// p.subscribe("news").await?;
/// r.publish("news", "it rains").await?;
/// let message = p.next_message().await?.unwrap();
/// assert!(message.channel == "news" && message.payload == "it rains");
/// # Ok(()) }
/// ```
///
/// # Example: all that happens
///
/// ```no_run
/// use redis_async::prelude::*;
/// use redis_async::{Gap, PubSubEvent};
///
/// # async fn example() -> redis_async::Result<()> {
/// let mut p = Redis::new().pubsub();
/// p.psubscribe("news:*").await?;
/// while let Some(event) = p.next().await {
///     match event? {
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
        let hub = Arc::clone(&pool.current().hub);
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
    /// ```no_run
    /// # use redis_async::prelude::*;
    /// # async fn example() -> redis_async::Result<()> {
    /// let mut p = Redis::new().pubsub();
    /// p.subscribe(["a", "b"]).await?;
    /// assert_eq!(p.subscriptions().len(), 2);
    /// # Ok(()) }
    /// ```
    pub fn subscribe(&mut self, channels: impl ToArgs) -> Confirmation<'_> {
        self.begin(SubscriptionKind::Channel, &channels)
    }

    /// Subscribes to all channels that match a pattern; otherwise as [`subscribe`](Self::subscribe).
    pub fn psubscribe(&mut self, patterns: impl ToArgs) -> Confirmation<'_> {
        self.begin(SubscriptionKind::Pattern, &patterns)
    }

    /// Subscribes to channels of a shard; otherwise as [`subscribe`](Self::subscribe).
    pub fn ssubscribe(&mut self, channels: impl ToArgs) -> Confirmation<'_> {
        self.begin(SubscriptionKind::Shard, &channels)
    }

    /// Ends subscriptions to channels, and waits until the server has confirmed it where nobody else is
    /// subscribed; what comes until then is still delivered. What was not subscribed to is passed over.
    ///
    /// # Errors
    ///
    /// A timeout if no confirmation came within the response timeout. The subscriptions have ended all the
    /// same.
    pub fn unsubscribe(&mut self, channels: impl ToArgs) -> Confirmation<'_> {
        self.end(SubscriptionKind::Channel, &channels)
    }

    /// Ends subscriptions to patterns; otherwise as [`unsubscribe`](Self::unsubscribe).
    pub fn punsubscribe(&mut self, patterns: impl ToArgs) -> Confirmation<'_> {
        self.end(SubscriptionKind::Pattern, &patterns)
    }

    /// Ends subscriptions to channels of a shard; otherwise as [`unsubscribe`](Self::unsubscribe).
    pub fn sunsubscribe(&mut self, channels: impl ToArgs) -> Confirmation<'_> {
        self.end(SubscriptionKind::Shard, &channels)
    }

    /// Ends all subscriptions to channels.
    #[inline]
    pub fn unsubscribe_all(&mut self) -> Confirmation<'_> {
        self.end_all(SubscriptionKind::Channel)
    }

    /// Ends all subscriptions to patterns.
    #[inline]
    pub fn punsubscribe_all(&mut self) -> Confirmation<'_> {
        self.end_all(SubscriptionKind::Pattern)
    }

    /// Ends all subscriptions to channels of a shard.
    #[inline]
    pub fn sunsubscribe_all(&mut self) -> Confirmation<'_> {
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
    /// ```no_run
    /// # use redis_async::prelude::*;
    /// # async fn example() -> redis_async::Result<()> {
    /// let mut p = Redis::new().pubsub();
    /// assert!(p.ping().await.is_err()); // there is no connection yet
    /// p.subscribe("news").await?;
    /// p.ping().await?;
    /// # Ok(()) }
    /// ```
    #[inline]
    pub fn ping(&mut self) -> Confirmation<'_> {
        Confirmation::new(self, Request::Ping, Ok(None))
    }

    /// What it is subscribed to, and what is being restored.
    #[inline]
    pub fn subscriptions(&self) -> Vec<Subscription> {
        if self.hub.is_current() { self.hub.subscriptions(self.id) } else { Vec::new() }
    }

    /// The next event; `None` once nothing is subscribed to and nothing is left.
    ///
    /// Messages that have a [handler](Self::on) go to that and are not returned.
    ///
    /// # Errors
    ///
    /// Why nothing follows, once: the queue was full and the policy was to
    /// [disconnect](crate::Overflow::Disconnect), or the server could not be reached again for a reason that
    /// does not pass (a wrong password). The subscriptions have ended, and may be made anew.
    ///
    /// # Cancellation
    ///
    /// Dropped, it has taken nothing.
    #[inline]
    pub async fn next(&mut self) -> Option<Result<PubSubEvent>> {
        poll_fn(|cx| self.poll_event(cx)).await.transpose()
    }

    /// The next event; waits for it for `timeout`, or for ever if that is `None`. `None` if there was none in
    /// time, or nothing is subscribed to and nothing is left.
    ///
    /// # Errors
    ///
    /// As [`next`](Self::next).
    ///
    /// # Cancellation
    ///
    /// Dropped, it has taken nothing.
    pub async fn get_message(
        &mut self,
        timeout: impl Into<Option<Duration>>,
    ) -> Result<Option<PubSubEvent>> {
        self.get_within(timeout.into()).await
    }

    /// The next message, however long it takes; `None` once nothing is subscribed to any more. Other events are
    /// passed over: use [`next`](Self::next) where it matters that messages may be missing.
    ///
    /// # Errors
    ///
    /// As [`next`](Self::next).
    ///
    /// # Cancellation
    ///
    /// Dropped, it has taken no message.
    #[inline]
    pub async fn next_message(&mut self) -> Result<Option<Message>> {
        poll_fn(|cx| self.poll_message(cx)).await
    }

    /// The messages, until nothing is subscribed to any more: [`next_message`](Self::next_message) as a
    /// [`Stream`].
    ///
    /// # Example: the first three
    ///
    /// ```no_run
    /// # use redis_async::prelude::*;
    /// # async fn example() -> redis_async::Result<()> {
    /// let mut p = Redis::new().pubsub();
    /// p.subscribe("numbers").await?;
    /// let (mut messages, mut sum) = (p.messages(), 0);
    /// for _ in 0..3 {
    ///     let Some(message) = messages.next().await else { break };
    ///     sum += message?.payload.parse::<u32>()?;
    /// }
    /// # Ok(()) }
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
    /// It does not subscribe. A handler must not block: it is called by the task that listens.
    ///
    /// # Example: a handler and a task for it
    ///
    /// ```no_run
    /// # use redis_async::prelude::*;
    /// # async fn example() -> redis_async::Result<()> {
    /// let mut p = Redis::new().pubsub();
    /// p.on("news", |message| println!("{}", message.payload));
    /// p.subscribe("news").await?;
    /// let listener = p.run_in_task()?;
    /// // until the subscriber is not needed any more
    /// listener.stop().await?;
    /// # Ok(()) }
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
    /// As [`next`](Self::next).
    #[inline]
    pub async fn listen(&mut self) -> Result<()> {
        while self.next().await.transpose()?.is_some() {}
        Ok(())
    }

    /// [Listens](Self::listen) in a task of its own.
    ///
    /// # Errors
    ///
    /// No runtime is there to run it.
    #[inline]
    pub fn run_in_task(self) -> Result<PubSubListener> {
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

    fn begin(&mut self, kind: SubscriptionKind, given: &impl ToArgs) -> Confirmation<'_> {
        let names = names(Action::Subscribe, kind, given).map(Some);
        Confirmation::new(self, Request::Change(Action::Subscribe, kind), names)
    }

    fn end(&mut self, kind: SubscriptionKind, given: &impl ToArgs) -> Confirmation<'_> {
        let names = names(Action::Unsubscribe, kind, given).map(Some);
        Confirmation::new(self, Request::Change(Action::Unsubscribe, kind), names)
    }

    #[inline]
    fn end_all(&mut self, kind: SubscriptionKind) -> Confirmation<'_> {
        Confirmation::new(self, Request::Change(Action::Unsubscribe, kind), Ok(None))
    }

    #[inline]
    async fn get_within(&mut self, limit: Option<Duration>) -> Result<Option<PubSubEvent>> {
        let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
        let next = poll_fn(|cx| self.poll_until(cx, deadline));
        match limit {
            None => next.await,
            Some(limit) => timeout(limit, next).await.unwrap_or(Ok(None)),
        }
    }

    #[inline]
    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<PubSubEvent>>> {
        self.poll_until(cx, None)
    }

    #[inline]
    fn poll_message(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Message>>> {
        while ready!(self.poll_fetch(cx, None))? {
            if let Some(message) = self.held.pop_message() {
                return Poll::Ready(Ok(Some(message)));
            }
        }
        Poll::Ready(Ok(None))
    }

    #[inline]
    fn poll_until(
        &mut self,
        cx: &mut Context<'_>,
        deadline: Option<Instant>,
    ) -> Poll<Result<Option<PubSubEvent>>> {
        let found = ready!(self.poll_fetch(cx, deadline))?;
        Poll::Ready(Ok(if found { self.held.pop() } else { None }))
    }

    /// Ready when the next event is in hand, and is not a handler's; whether there is one.
    #[inline]
    fn poll_fetch(
        &mut self,
        cx: &mut Context<'_>,
        deadline: Option<Instant>,
    ) -> Poll<Result<bool>> {
        self.check_process()?;
        if !self.held.is_empty() && self.handlers.is_empty() {
            return Poll::Ready(Ok(true));
        }
        self.poll_fetch_more(cx, deadline)
    }

    #[inline]
    fn poll_fetch_more(
        &mut self,
        cx: &mut Context<'_>,
        deadline: Option<Instant>,
    ) -> Poll<Result<bool>> {
        let mut last_look = false;
        let mut handled = 0;
        loop {
            while !self.held.is_empty() {
                let events = self.pool.config().events();
                if !self.handlers.dispatch(&mut self.held, events) {
                    return Poll::Ready(Ok(true));
                }
                // a handler takes what it takes, and there may always be another message for it
                let is_over = deadline.is_some_and(|deadline| deadline <= Instant::now());
                if is_over || self.mailbox.is_stopped() {
                    return Poll::Ready(Ok(false));
                }
                handled += 1;
                if handled == MOST_HANDLED {
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
            }
            let found = self.mailbox.take(&mut self.held, cx);
            if found.made_room {
                // the task may have ended, or wait for another connection
                self.hub.flush(self.hub.lock());
                self.hub.ring();
            }
            if let Some(error) = found.ended {
                return Poll::Ready(Err(error));
            }
            if found.stopped || (last_look && self.held.is_empty()) {
                return Poll::Ready(Ok(false));
            }
            if !self.held.is_empty() {
                continue;
            }
            if self.hub.is_subscribed(self.id) {
                self.hub.keep_going();
                return Poll::Pending;
            }
            // what came before the last subscription ended may have come since the look
            last_look = true;
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
impl Stream for PubSub {
    type Item = Result<PubSubEvent>;

    #[inline]
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_event(cx).map(Result::transpose)
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
