//! A parent and its children, once over each client: the same names in both.

/// Writes parts and tests twice. A part is `async`; a test is not, since it forks: it runs parts by `run`.
macro_rules! both_processes {
    (
        parts { $($part:item)* }
        $($(#[$meta:meta])* fn $name:ident($site:ident) { $($body:tt)* })*
    ) => {
        mod nonblocking {
            #[allow(unused_imports)]
            use { super::*, crate::flavour::nonblocking::*, redis_async::prelude::* };
            $($part)*
            $($(#[$meta])* pub(super) fn $name($site: &Site) { $($body)* })*
        }
        mod blocking {
            #[allow(unused_imports)]
            use { super::*, crate::flavour::blocking::*, redis_sync::prelude::* };
            $(#[maybe_async::must_be_sync] $part)*
            $($(#[$meta])* pub(super) fn $name($site: &Site) { $($body)* })*
        }
        $(
            mod $name {
                #[test]
                fn async_client() {
                    crate::flavour::on_the_first_row(stringify!($name), super::nonblocking::$name);
                }
                #[test]
                fn blocking_client() {
                    crate::flavour::on_the_first_row(stringify!($name), super::blocking::$name);
                }
            }
        )*
    };
}
pub(crate) use both_processes;

use redis_tests::matrix::matrix;
use redis_tests::server::{Server, shared, unique};

use crate::witness::Witness;

/// Where a test of processes takes place.
pub(crate) struct Site {
    pub(crate) server: &'static Server,
    /// What the clients of the test are called.
    pub(crate) name: String,
    pub(crate) protocol: u8,
}

impl Site {
    /// Where the client connects to.
    pub(crate) fn url(&self) -> String {
        format!("{}?protocol={}&client_name={}", self.server.url(), self.protocol, self.name)
    }

    pub(crate) fn key(&self, name: &str) -> String {
        format!("{}:{name}", self.name)
    }

    pub(crate) fn witness(&self) -> Witness {
        Witness::of(self.server)
    }

    /// No connection of the test's clients is left, at the latest a moment after their owners are gone.
    #[track_caller]
    pub(crate) fn assert_nothing_left_open(&self) {
        let mut witness = self.witness();
        look_until("nothing is left open", || witness.count(&self.name) == 0);
    }
}

/// What forks proves nothing about servers: one row is enough, on both protocols.
pub(crate) fn on_the_first_row(name: &str, body: fn(&Site)) {
    let Some(row) = matrix().first() else { panic!("the matrix has no server at all") };
    for protocol in [2, 3] {
        let site = Site { server: shared(row), name: unique(name), protocol };
        body(&site);
        site.assert_nothing_left_open();
    }
}

/// Looks until it is so; each look should be a round trip to the server.
#[track_caller]
pub(crate) fn look_until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..200_000 {
        if is_so() {
            return;
        }
        std::thread::yield_now();
    }
    panic!("it never came true that {what}");
}

pub(crate) mod nonblocking {
    use std::future::Future;

    pub(crate) use redis_async::{Connection as Own, Lock, LockGuard, Redis as Client};

    /// What carries a process's tasks: in a child made anew, and never dropped there.
    pub(crate) struct Carrier(Option<tokio::runtime::Runtime>);

    impl Carrier {
        /// In a child a runtime without threads: the standard library holds a lock of its own while a thread
        /// begins or ends, and if another thread of the parent did at the fork, no thread of the child begins.
        pub(crate) fn new() -> Self {
            let runtime = if redis_core::fork::generation() == 0 {
                let mut builder = tokio::runtime::Builder::new_multi_thread();
                builder.worker_threads(2).enable_all().build()
            } else {
                tokio::runtime::Builder::new_current_thread().enable_all().build()
            };
            Self(Some(runtime.expect("a runtime can be made")))
        }

        pub(crate) fn run<F: Future>(&self, work: F) -> F::Output {
            self.0.as_ref().expect("there until the end").block_on(work)
        }

        /// Begins something that goes on beside.
        pub(crate) fn beside<F>(&self, work: impl FnOnce() -> F) -> Beside<F::Output>
        where
            F: Future<Output: Send> + Send + 'static,
        {
            Beside(self.0.as_ref().expect("there until the end").spawn(work()))
        }

        /// Waits for what goes on beside.
        pub(crate) fn outcome<T>(&self, beside: Beside<T>) -> T {
            self.run(beside.0).expect("what goes on beside does not panic")
        }
    }

    pub(crate) struct Beside<T>(tokio::task::JoinHandle<T>);
}

pub(crate) mod blocking {
    pub(crate) use redis_sync::{Connection as Own, Lock, LockGuard, Redis as Client};

    /// The blocking client is carried by whichever thread calls.
    pub(crate) struct Carrier;

    impl Carrier {
        pub(crate) fn new() -> Self {
            Self
        }

        pub(crate) fn run<T>(&self, outcome: T) -> T {
            outcome
        }

        pub(crate) fn beside<T: Send + 'static>(
            &self,
            work: impl FnOnce() -> T + Send + 'static,
        ) -> Beside<T> {
            Beside(std::thread::spawn(work))
        }

        pub(crate) fn outcome<T>(&self, beside: Beside<T>) -> T {
            beside.0.join().expect("what goes on beside does not panic")
        }
    }

    pub(crate) struct Beside<T>(std::thread::JoinHandle<T>);
}
