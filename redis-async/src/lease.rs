//! A connection of the pool for as long as somebody uses it.

use crate::background;
use crate::lending::Lending;
use crate::link::{Link, within};
use crate::multiplexer::Multiplexer;
use crate::retrying::Once;
use redis_core::command::{Command, table};
use redis_core::connection::Unblock;
use redis_core::event::CloseReason;
use redis_core::orphan::Owed;
use redis_core::pool::{Condition, Lease, Undo};
use redis_core::{Error, ErrorKind, FromReply, Result, TimeoutKind};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::time::timeout;

/// A connection in use, which goes back when this is dropped: as it is, if it is as it was lent;
/// otherwise it is first made so, or closed.
pub(crate) struct Leased {
    lending: Arc<Lending>,
    /// Until it goes back.
    parts: Option<(Lease, Box<Link>)>,
    condition: Condition,
    /// Whose late reply is being read away, and what it held.
    owed: Owed,
}

impl Leased {
    pub(crate) fn new(lending: Arc<Lending>, lease: Lease, link: Box<Link>) -> Self {
        let parts = Some((lease, link));
        Self { lending, parts, condition: Condition::Clean, owed: Owed::default() }
    }

    pub(crate) fn link(&self) -> &Link {
        match &self.parts {
            Some((_, link)) => link,
            None => unreachable!("the parts are taken by consuming methods alone"),
        }
    }

    pub(crate) fn link_mut(&mut self) -> &mut Link {
        match &mut self.parts {
            Some((_, link)) => link,
            None => unreachable!("the parts are taken by consuming methods alone"),
        }
    }

    /// Notes that a blocking command is about to wait on it.
    pub(crate) fn note_blocked(&self) {
        if let Some((lease, link)) = &self.parts {
            self.lending.lock().accounting.note_blocked(lease, link.server().id());
        }
    }

    /// Sees to it that nobody uses the connection afterwards.
    pub(crate) fn spoil(&mut self) {
        self.condition = Condition::Unusable(CloseReason::Broken);
    }

    /// The connection and its lease, which the caller hands back.
    pub(crate) fn into_parts(mut self) -> Option<(Lease, Box<Link>)> {
        self.parts.take()
    }

    /// One that is not to be used again until it is tidied up: neither if that is cancelled, nor if a
    /// runtime that is shutting down drops the task for it here and now.
    fn untidy(lending: Arc<Lending>, lease: Lease, mut link: Box<Link>) -> Self {
        let late = link.is_late();
        let reason = if late { CloseReason::NotDrained } else { CloseReason::Residue };
        let owed = link.take_owed();
        let mut leased = Self::new(lending, lease, link);
        leased.condition = Condition::Unusable(reason);
        leased.owed = owed;
        leased
    }

    /// Reads a late reply away and undoes what was left behind, within the time that is allowed.
    async fn tidy(mut self) {
        let dialer = Arc::clone(self.lending.opener().dialer());
        let limit = Some(dialer.config.pool().drain_timeout());
        let late = self.link().is_late();
        let undo = self.link().residue.undo(&dialer.home());
        let Self { lending, parts: Some((_, link)), owed, .. } = &mut self else { return };
        let outcome = within(limit, TimeoutKind::Reply, async {
            if late && link.is_waiting() {
                free(lending, link, owed).await?;
            } else if late {
                link.drain(owed).await?;
            }
            match undo {
                Undo::Nothing => Ok(()),
                Undo::Send { bytes, replies } if link.undo(&bytes, replies).await? => Ok(()),
                _ => Err(Error::new(ErrorKind::Closed, "what was left behind cannot be undone")),
            }
        })
        .await;
        if outcome.is_ok() {
            link.residue = Default::default();
            self.condition = if late { Condition::Recycled } else { Condition::Clean };
        }
    }

    /// Takes the connection back and tells what was read away on it, in this order: whoever is told may ask
    /// for a connection.
    fn check_in(&mut self, lease: Lease, link: Box<Link>, condition: Condition) {
        let (connection, orphans) = (link.id(), self.owed.take_orphans());
        self.lending.check_in(lease, link, condition);
        self.lending.tell_orphaned(connection, orphans);
    }
}

/// Ends the wait of a command whose caller has gone, and reads its late reply away.
async fn free(lending: &Lending, link: &mut Link, owed: &mut Owed) -> Result<()> {
    let (Some(shared), Some(id)) = (lending.shared(), link.server().id()) else {
        // the client has gone too: what came already is read all the same
        return link.drain(owed).await;
    };
    if is_elsewhere(&shared, link.peer()).await? {
        // there the number is another's; here nobody can end the wait
        return link.drain(owed).await;
    }
    let mut unblock = Unblock::new(id);
    let mut drained = pin!(link.drain(owed));
    loop {
        // answered before the connection may serve others: else it would end another's wait
        let ended = ask(&shared, &unblock).await?;
        if let Ok(outcome) = timeout(unblock.pause(ended), drained.as_mut()).await {
            return outcome;
        }
    }
}

/// Whether the shared connection leads to another server than to this one: behind a name of several.
async fn is_elsewhere(shared: &Multiplexer, here: Option<SocketAddr>) -> Result<bool> {
    let Some(here) = here else { return Ok(false) };
    if shared.leads_to().is_none() {
        // there is none yet: it leads wherever the name leads by now
        Once::new(shared, &Command::new(&table::PING)).await?;
    }
    Ok(shared.leads_to().flatten().is_some_and(|there| there != here))
}

/// Whether the server says that it ended a wait.
async fn ask(shared: &Multiplexer, unblock: &Unblock) -> Result<bool> {
    let frame = Once::new(shared, &unblock.command()).await?;
    bool::from_reply(frame.reply())
}

impl Drop for Leased {
    fn drop(&mut self) {
        let Some((lease, mut link)) = self.parts.take() else { return };
        if self.lending.is_forked() {
            // a fork happened while it was in use: in the child it is the parent's
            std::mem::forget((lease, link));
            return;
        }
        if let Condition::Unusable(_) = self.condition {
            self.check_in(lease, link, self.condition);
            return;
        }
        let residue = link.residue.undo(&self.lending.opener().dialer().home());
        let condition = match residue {
            Undo::Nothing if link.is_settled() => {
                link.residue = Default::default();
                self.condition
            }
            Undo::Close => Condition::Unusable(CloseReason::Residue),
            _ if link.is_settled() || link.is_late() => {
                // what it takes to tidy up is waited for by nobody
                if let Ok(runtime) = Handle::try_current() {
                    let lending = Arc::clone(&self.lending);
                    background::spawn(&runtime, Self::untidy(lending, lease, link).tidy());
                    return;
                }
                Condition::Unusable(CloseReason::Residue)
            }
            _ => Condition::Unusable(CloseReason::Broken),
        };
        self.check_in(lease, link, condition);
    }
}
