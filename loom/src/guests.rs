//! Tasks that wait for a connection of their own: `redis-async/src/lending.rs`.

use loom::future::block_on;
use loom::sync::{Mutex, MutexGuard};
use loom::thread;
use redis_core::pool::{Accounting, CheckOut, Condition, Grant, Purpose, Settings, Ticket};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

/// `lending::Books`
struct Books {
    accounting: Accounting<u64>,
    waiting: Vec<(Ticket, Waker)>,
}

struct Lending {
    books: Mutex<Books>,
    now: Instant,
}

pub(crate) fn one_is_dropped() {
    let lending = Lending::new();
    let threads = [lending.guest(usize::MAX), lending.guest(usize::MAX), lending.guest(1)];
    for thread in threads {
        thread.join().unwrap();
    }
    let books = lending.lock();
    let counts = books.accounting.statistics();
    assert_eq!((counts.in_use, counts.opening, counts.waiting), (0, 0, 0), "{counts:?}");
    assert!(books.waiting.is_empty(), "somebody is still to be woken");
}

impl Lending {
    fn new() -> Arc<Self> {
        let mut settings = Settings::default();
        settings.max_size = 1;
        settings.min_idle = 0;
        settings.wait = true;
        let books = Books { accounting: Accounting::new(settings), waiting: Vec::new() };
        Arc::new(Self { books: Mutex::new(books), now: Instant::now() })
    }

    fn lock(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap()
    }

    /// A task that asks for a connection, and is dropped if it still waits after so many polls.
    fn guest(self: &Arc<Self>, polls: usize) -> thread::JoinHandle<()> {
        let lending = Arc::clone(self);
        thread::spawn(move || {
            let checked_out = lending.lock().accounting.check_out(Purpose::Blocking, lending.now);
            let grant = match checked_out {
                CheckOut::Now(grant) => Some(grant),
                CheckOut::Wait(ticket) => {
                    let mut turn = Turn { lending: &lending, ticket: Some(ticket) };
                    let mut polled = 0;
                    block_on(poll_fn(|cx| {
                        polled += 1;
                        match Pin::new(&mut turn).poll(cx) {
                            Poll::Pending if polled >= polls => Poll::Ready(None),
                            outcome => outcome.map(Some),
                        }
                    }))
                }
                other => panic!("{other:?}"),
            };
            if let Some(grant) = grant {
                lending.use_it(grant);
            }
        })
    }

    fn use_it(&self, grant: Grant<u64>) {
        let (lease, connection) = match grant {
            Grant::Open(permit) => {
                let id = permit.id();
                (self.lock().accounting.opened(permit, self.now, 0), id)
            }
            Grant::Reuse { lease, connection, .. } => (lease, connection),
        };
        assert_eq!(lease.id(), connection);
        // `Lending::check_in`
        let mut books = self.lock();
        let next = books.accounting.check_in(lease, connection, Condition::Clean, self.now);
        let woken = books.called(next);
        drop(books);
        woken.into_iter().for_each(Waker::wake);
    }
}

impl Books {
    /// `Books::called`
    fn called(&mut self, ticket: Option<Ticket>) -> Option<Waker> {
        let ticket = ticket?;
        let at = self.waiting.iter().position(|(waiting, _)| *waiting == ticket)?;
        Some(self.waiting.swap_remove(at).1)
    }
}

/// `lending::Turn`
struct Turn<'l> {
    lending: &'l Lending,
    ticket: Option<Ticket>,
}

impl Future for Turn<'_> {
    type Output = Grant<u64>;

    /// `Turn::poll`
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Grant<u64>> {
        let ticket = self.ticket.expect("it is not polled again");
        let mut books = self.lending.lock();
        let forgotten = books.called(Some(ticket));
        let claimed = books.accounting.claim(ticket);
        if claimed.is_none() {
            books.waiting.push((ticket, cx.waker().clone()));
        }
        drop(books);
        drop(forgotten);
        match claimed {
            Some(grant) => {
                self.ticket = None;
                Poll::Ready(grant)
            }
            None => Poll::Pending,
        }
    }
}

impl Drop for Turn<'_> {
    /// `Turn::leave`
    fn drop(&mut self) {
        let Some(ticket) = self.ticket.take() else { return };
        let mut books = self.lending.lock();
        let forgotten = books.called(Some(ticket));
        let next = books.accounting.cancel(ticket, self.lending.now);
        let woken = books.called(next);
        drop(books);
        drop(forgotten);
        woken.into_iter().for_each(Waker::wake);
    }
}
