//! One body for both clients, against a scripted peer.

use redis_core::event::Event;
use redis_tests::scripted::{Handshake, Script};
use std::sync::{Arc, Mutex};
use tokio::runtime::Builder;

/// What a body returns: any error fails the test.
pub(crate) type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Writes each body twice, once for each client.
///
/// A body is handed on as it was written: what was parsed already, the attribute could not read. Bind
/// first, assert after: `.await` inside a macro call cannot be stripped.
macro_rules! both_clients {
    ($($(#[$meta:meta])* async fn $name:ident() { $($body:tt)* })*) => { $(
        $(#[$meta])*
        mod $name {
            mod nonblocking {
                #[allow(unused_imports)]
                use { super::super::*, redis_async::prelude::* };
                pub(super) async fn body() -> crate::both::Outcome {
                    $($body)*
                    Ok(())
                }
            }
            mod blocking {
                #[allow(unused_imports)]
                use { super::super::*, redis_sync::prelude::* };
                #[maybe_async::must_be_sync]
                pub(super) async fn body() -> crate::both::Outcome {
                    $($body)*
                    Ok(())
                }
            }
            #[test]
            fn async_client() {
                let (mut current, mut many) = crate::both::runtimes();
                for builder in [current.enable_all(), many.worker_threads(2).enable_all()] {
                    let runtime = builder.build().expect("a runtime can be made");
                    runtime.block_on(nonblocking::body()).expect("no error");
                }
            }
            #[test]
            fn blocking_client() {
                blocking::body().expect("no error");
            }
        }
    )* };
}
pub(crate) use both_clients;

/// Both flavours of runtime.
pub(crate) fn runtimes() -> (Builder, Builder) {
    (Builder::new_current_thread(), Builder::new_multi_thread())
}

/// A script that greets as servers do.
pub(crate) fn greeted() -> Script {
    Script::new().handshake(Handshake::Understood)
}

/// What was heard, for a test to look at.
#[derive(Clone, Default)]
pub(crate) struct Heard<T>(Arc<Mutex<Vec<T>>>);

impl<T: Clone> Heard<T> {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(Vec::new())))
    }

    pub(crate) fn push(&self, heard: T) {
        self.0.lock().expect("nobody panicked").push(heard);
    }

    pub(crate) fn all(&self) -> Vec<T> {
        self.0.lock().expect("nobody panicked").clone()
    }
}

impl Heard<Event> {
    /// A listener that notes everything.
    pub(crate) fn listener(&self) -> impl Fn(&Event) + Send + Sync + 'static {
        let heard = self.clone();
        move |event| heard.push(event.clone())
    }
}

/// The words of a command, for a handler to look at.
pub(crate) fn text(words: &[Vec<u8>]) -> String {
    let words: Vec<_> = words.iter().map(|word| String::from_utf8_lossy(word)).collect();
    words.join(" ")
}
