//! What a body needs besides a client, once for tasks and once for threads, under the same names.

/// Writes each body twice, as [`both_clients!`](crate::both::both_clients) does, and runs it on every
/// server of the matrix; `parts` are the functions that bodies share, or run beside each other.
///
/// Bind first, assert after: `.await` inside a macro call cannot be stripped.
macro_rules! both_flavours {
    (
        $(parts { $($part:item)* })?
        $($(#[$meta:meta])* async fn $name:ident($test:ident) { $($body:tt)* })*
    ) => {
        mod nonblocking {
            #[allow(unused_imports)]
            use { super::*, crate::flavour::nonblocking::*, redis_async::prelude::* };
            $($(#[allow(clippy::unused_async)] $part)*)?
            $(
                $(#[$meta])*
                pub(super) async fn $name($test: &crate::both::AsyncTest) -> crate::both::Outcome {
                    $($body)*
                    Ok(())
                }
            )*
        }
        mod blocking {
            #[allow(unused_imports)]
            use { super::*, crate::flavour::blocking::*, redis_sync::prelude::* };
            $($(#[maybe_async::must_be_sync] $part)*)?
            $(
                $(#[$meta])*
                #[maybe_async::must_be_sync]
                pub(super) async fn $name($test: &crate::both::BlockingTest) -> crate::both::Outcome {
                    $($body)*
                    Ok(())
                }
            )*
        }
        $(
            mod $name {
                #[test]
                fn async_client() {
                    crate::both::on_every_server(stringify!($name), (0, 0), crate::both::async_client, |test| {
                        crate::flavour::runtime(test.protocol).block_on(super::nonblocking::$name(test))
                    });
                }
                #[test]
                fn blocking_client() {
                    crate::both::on_every_server(
                        stringify!($name),
                        (0, 0),
                        crate::both::blocking_client,
                        super::blocking::$name,
                    );
                }
            }
        )*
    };
}
pub(crate) use both_flavours;

/// A runtime for one body: of one kind for RESP2, of the other for RESP3, so that each test proves both.
pub(crate) fn runtime(protocol: u8) -> tokio::runtime::Runtime {
    if protocol == 2 {
        return crate::both::runtime();
    }
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().expect("a runtime can be made")
}

/// How often a condition is looked at before it counts as never coming true: tens of seconds, where
/// each look is a round trip to the server.
const LOOKS: u32 = 300_000;

pub(crate) mod nonblocking {
    #[allow(unused_imports)] // only the tests of locks name them
    pub(crate) use redis_async::{Lock, LockGuard};
    use std::future::Future;

    /// Something that goes on beside the body.
    pub(crate) struct Beside<T>(tokio::task::JoinHandle<T>);

    /// Begins it.
    pub(crate) fn beside<F>(work: impl FnOnce() -> F) -> Beside<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        Beside(tokio::spawn(work()))
    }

    impl<T> Beside<T> {
        /// Waits for what it comes to.
        pub(crate) async fn outcome(self) -> T {
            self.0.await.expect("what goes on beside a body does not panic")
        }
    }

    /// Looks until it is so. The I/O tasks of the clients go on between two looks.
    pub(crate) async fn until(what: &'static str, mut is_so: impl FnMut() -> bool) {
        for _ in 0..super::LOOKS {
            if is_so() {
                return;
            }
            tokio::task::yield_now().await;
        }
        panic!("it never came true that {what}");
    }
}

pub(crate) mod blocking {
    #[allow(unused_imports)] // only the tests of locks name them
    pub(crate) use redis_sync::{Lock, LockGuard};

    /// Something that goes on beside the body.
    pub(crate) struct Beside<T>(std::thread::JoinHandle<T>);

    /// Begins it.
    pub(crate) fn beside<T: Send + 'static>(
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Beside<T> {
        Beside(std::thread::spawn(work))
    }

    impl<T> Beside<T> {
        /// Waits for what it comes to.
        pub(crate) fn outcome(self) -> T {
            self.0.join().expect("what goes on beside a body does not panic")
        }
    }

    /// Looks until it is so.
    #[track_caller]
    pub(crate) fn until(what: &'static str, mut is_so: impl FnMut() -> bool) {
        for _ in 0..super::LOOKS {
            if is_so() {
                return;
            }
            std::thread::yield_now();
        }
        panic!("it never came true that {what}");
    }
}
