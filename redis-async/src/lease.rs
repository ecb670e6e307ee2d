//! A connection of the pool for as long as somebody uses it.

use crate::lending::Lending;
use crate::link::{Link, within};
use redis_core::event::CloseReason;
use redis_core::pool::{Condition, Lease, Undo};
use redis_core::{Error, ErrorKind, TimeoutKind};
use std::sync::Arc;
use tokio::runtime::Handle;

/// A connection in use, which goes back when this is dropped: as it is, if it is as it was lent;
/// otherwise it is first made so, or closed.
pub(crate) struct Leased {
    lending: Arc<Lending>,
    /// Until it goes back.
    parts: Option<(Lease, Box<Link>)>,
    condition: Condition,
}

impl Leased {
    pub(crate) fn new(lending: Arc<Lending>, lease: Lease, link: Box<Link>) -> Self {
        Self { lending, parts: Some((lease, link)), condition: Condition::Clean }
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
    fn untidy(lending: Arc<Lending>, lease: Lease, link: Box<Link>) -> Self {
        let late = link.is_late();
        let reason = if late { CloseReason::NotDrained } else { CloseReason::Residue };
        let mut leased = Self::new(lending, lease, link);
        leased.condition = Condition::Unusable(reason);
        leased
    }

    /// Reads a late reply away and undoes what was left behind, within the time that is allowed.
    async fn tidy(mut self) {
        let dialer = Arc::clone(self.lending.opener().dialer());
        let limit = Some(dialer.config.pool().drain_timeout());
        let late = self.link().is_late();
        let undo = self.link().residue.undo(&dialer.home());
        let link = self.link_mut();
        let outcome = within(limit, TimeoutKind::Reply, async {
            if late {
                link.drain().await?;
            }
            match undo {
                Undo::Nothing => Ok(()),
                Undo::Send { bytes, replies } if link.undo(&bytes, replies).await? => Ok(()),
                _ => Err(Error::new(ErrorKind::Closed, "what was left behind cannot be undone")),
            }
        })
        .await;
        if outcome.is_ok() {
            self.link_mut().residue = Default::default();
            self.condition = if late { Condition::Recycled } else { Condition::Clean };
        }
    }
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
            self.lending.check_in(lease, link, self.condition);
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
                    runtime.spawn(Self::untidy(Arc::clone(&self.lending), lease, link).tidy());
                    return;
                }
                Condition::Unusable(CloseReason::Residue)
            }
            _ => Condition::Unusable(CloseReason::Broken),
        };
        self.lending.check_in(lease, link, condition);
    }
}
