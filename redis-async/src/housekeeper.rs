//! The task that ends connections which were idle or alive for too long, and keeps some ready.
//!
//! It is hired by whoever asks for a connection, and leaves when there is nothing to look after. It does
//! not keep the pool alive, and goes with it.

use crate::background;
use crate::lending::{Lending, until};
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::time::sleep;

/// How often it looks when nothing is due: connections in use may have come back meanwhile.
const ROUND: Duration = Duration::from_secs(1);

/// Sees to it that somebody keeps house.
pub(crate) fn hire(lending: &Arc<Lending>) {
    let Ok(runtime) = Handle::try_current() else { return };
    {
        let mut books = lending.lock();
        if books.kept || books.accounting.is_closed() {
            return;
        }
        books.kept = true;
    }
    // outside the lock: a runtime that is shutting down drops the task, and its post, here and now
    let post = Post { lending: Arc::downgrade(lending), is_held: true };
    let keeper = background::spawn(&runtime, keep(post));
    let before = lending.lock().keeper.replace(keeper);
    drop(before);
}

async fn keep(mut post: Post) {
    loop {
        let wait = {
            let Some(lending) = post.lending.upgrade() else { return };
            if lending.is_forked() {
                return;
            }
            let Some(wait) = round(&lending, &mut post).await else { return };
            wait
        };
        sleep(wait).await;
    }
}

/// One round; how long until the next. With nothing to look after the post is given up.
async fn round(lending: &Arc<Lending>, post: &mut Post) -> Option<Duration> {
    {
        let mut books = lending.lock();
        books.accounting.reap(crate::lending::now());
        lending.close(books);
    }
    // no more than there should be: what ends as soon as it is opened is not opened again and again
    for _ in 0..lending.opener().dialer().config.pool().min_idle() {
        let permit = lending.lock().accounting.top_up();
        let Some(permit) = permit else { break };
        if lending.open_idle(permit).await.is_err() {
            return Some(ROUND);
        }
    }
    let mut books = lending.lock();
    let counts = books.accounting.statistics();
    if counts.open() == 0 && counts.opening == 0 && counts.waiting == 0 {
        // under the lock that it was found under: who opens a connection from here on hires another
        books.kept = false;
        post.is_held = false;
        return None;
    }
    let due = books.accounting.next_due().map(until);
    Some(due.map_or(ROUND, |due| due.clamp(Duration::from_millis(10), ROUND)))
}

/// The post of the housekeeper, free again however its task ends.
struct Post {
    lending: Weak<Lending>,
    is_held: bool,
}

impl Drop for Post {
    fn drop(&mut self) {
        if !self.is_held {
            return;
        }
        let Some(lending) = self.lending.upgrade() else { return };
        if lending.is_forked() {
            std::mem::forget(lending);
        } else {
            lending.lock().kept = false;
        }
    }
}
