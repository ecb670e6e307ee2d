//! A proxy that loses replies: the server has done what it was asked, and nobody hears of it.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// A proxy in front of a server; it ends with the test's process.
pub(crate) struct Lossy {
    address: SocketAddr,
    counts: Arc<Counts>,
}

struct Counts {
    /// Every so many replies, one is lost, and its connection with it. 0 is never.
    every: AtomicU32,
    replies: AtomicU32,
    lost: AtomicU32,
}

impl Lossy {
    /// Loses one reply in `every`.
    pub(crate) fn before(server: SocketAddr, every: u32) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let (every, replies, lost) = (every.into(), 0.into(), 0.into());
        let counts = Arc::new(Counts { every, replies, lost });
        let shared = Arc::clone(&counts);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(server) else { return };
                let (from_client, to_server) = (clone(&client), clone(&server));
                std::thread::spawn(move || forward(from_client, to_server, || false));
                let counts = Arc::clone(&shared);
                std::thread::spawn(move || forward(server, client, || counts.is_lost()));
            }
        });
        Self { address, counts }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://{}", self.address)
    }

    /// Loses nothing any more.
    pub(crate) fn heal(&self) {
        self.counts.every.store(0, Ordering::Relaxed);
    }

    /// How many were lost.
    pub(crate) fn lost(&self) -> u32 {
        self.counts.lost.load(Ordering::Relaxed)
    }
}

impl Counts {
    fn is_lost(&self) -> bool {
        let every = self.every.load(Ordering::Relaxed);
        let number = self.replies.fetch_add(1, Ordering::Relaxed) + 1;
        let is_lost = every != 0 && number % every == 0;
        self.lost.fetch_add(u32::from(is_lost), Ordering::Relaxed);
        is_lost
    }
}

fn clone(stream: &TcpStream) -> TcpStream {
    stream.try_clone().expect("a descriptor")
}

/// What is read at once counts as one reply, which it is where one command at a time is asked.
fn forward(mut from: TcpStream, mut to: TcpStream, is_lost: impl Fn() -> bool) {
    let mut bytes = [0; 65536];
    while let Ok(length @ 1..) = from.read(&mut bytes) {
        if is_lost() || to.write_all(&bytes[..length]).is_err() {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
