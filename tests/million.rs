//! A million commands in one pipeline, through buffers that hold a few thousand of them: it does not stand
//! still, each reply is its own, and no more is kept than the replies. One test alone in its program, since
//! the memory of all its threads is counted.
#![allow(unsafe_code)] // an allocator that counts

use redis_core::config::{Endpoint, SocketOptions};
use redis_core::{Replies, Result};
use socket2::{Domain, Socket, Type};
use std::alloc::{GlobalAlloc, Layout, System};
use std::io::{BufReader, BufWriter, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

const COMMANDS: usize = 1_000_000;
/// Of the buffers of every socket: two segments of the loopback interface, and of the commands (30 MB) and
/// their replies (13 MB) a hundredth.
const BUFFER: usize = 128 * 1024;
/// What may be held at some moment besides what there is before and after: buffers of either side, a chunk
/// on its way. A copy of all commands, or of all replies, would be several times as much.
const IN_BETWEEN: usize = 3 << 20;

struct Counting;

/// Bytes that are allocated now, and the most that ever were since it was set.
static LIVE: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

fn taken(bytes: usize) {
    let live = LIVE.fetch_add(bytes, Ordering::Relaxed) + bytes;
    MOST.fetch_max(live, Ordering::Relaxed);
}

// SAFETY: every call is the system allocator's own; counting touches nothing of it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        taken(layout.size());
        // SAFETY: as the caller promised.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller promised.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        LIVE.fetch_sub(layout.size(), Ordering::Relaxed);
        taken(size);
        // SAFETY: as the caller promised.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// Which command it is, in as many bytes as every other.
fn numbered(index: usize) -> String {
    format!("{index:0>7}")
}

/// Socket buffers as small as they may be.
fn small() -> Socket {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    socket.set_recv_buffer_size(BUFFER).expect("a size");
    socket.set_send_buffer_size(BUFFER).expect("a size");
    socket
}

/// Where a peer listens that takes no further command before it is rid of its replies.
fn peer() -> SocketAddr {
    let socket = small();
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).expect("a free port");
    socket.listen(8).expect("a listener");
    let listener = TcpListener::from(socket);
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            stream.set_nodelay(true).expect("an option");
            std::thread::spawn(move || serve(&stream));
        }
    });
    address
}

/// Answers each `ECHO` of a number; nothing is parsed, since all are of one length.
fn serve(mut stream: &TcpStream) {
    let mut greeting = [0; 4096];
    // of RESP2: what identifies the library, twice, and the question for the connection's number
    let welcome = b"+OK\r\n+OK\r\n:1\r\n";
    if stream.read(&mut greeting).is_err() || stream.write_all(welcome).is_err() {
        return;
    }
    let head = b"*2\r\n$4\r\nECHO\r\n";
    let mut command = vec![0; head.len() + b"$7\r\n0000000\r\n".len()];
    let mut input = BufReader::with_capacity(4096, stream);
    let mut output = BufWriter::with_capacity(4096, stream);
    while input.read_exact(&mut command).is_ok() {
        assert!(command.starts_with(head));
        let written = output.write_all(&command[head.len()..]);
        let flushed = if input.buffer().is_empty() { output.flush() } else { Ok(()) };
        if written.and(flushed).is_err() {
            return;
        }
    }
}

struct Small(SocketAddr);

impl Small {
    fn open(&self) -> TcpStream {
        let socket = small();
        socket.set_tcp_nodelay(true).expect("an option");
        socket.connect(&self.0.into()).expect("the peer listens");
        socket.into()
    }
}

impl redis_sync::Connector for Small {
    fn connect(
        &self,
        _: &Endpoint,
        _: &SocketOptions,
        _: Option<Instant>,
    ) -> Result<Box<dyn redis_sync::Stream>> {
        Ok(Box::new(self.open()))
    }
}

impl redis_async::Connector for Small {
    fn connect<'a>(
        &'a self,
        _: &'a Endpoint,
        _: &'a SocketOptions,
    ) -> redis_async::BoxFuture<'a, Result<redis_async::Stream>> {
        let stream = self.open();
        stream.set_nonblocking(true).expect("a mode");
        let stream = tokio::net::TcpStream::from_std(stream).expect("a runtime");
        Box::pin(async move { Ok(redis_async::Stream::new(stream)) })
    }
}

/// Begins to count, and says how much there is.
fn mark() -> usize {
    let now = LIVE.load(Ordering::Relaxed);
    MOST.store(now, Ordering::Relaxed);
    now
}

/// The replies are there: what else was there meanwhile, and stays without them?
#[track_caller]
fn check(replies: Replies, before: usize) {
    let (most, now) = (MOST.load(Ordering::Relaxed), LIVE.load(Ordering::Relaxed));
    let besides = most.saturating_sub(now);
    assert!(besides < IN_BETWEEN, "{besides} bytes were held besides the replies");
    assert_eq!((replies.len(), replies.errors().count()), (COMMANDS, 0));
    for index in 0..COMMANDS {
        assert_eq!(replies.read::<usize>(index).expect("a number"), index);
    }
    drop(replies);
    let kept = LIVE.load(Ordering::Relaxed).saturating_sub(before);
    assert!(kept < IN_BETWEEN, "{kept} bytes are kept when the replies are gone");
}

#[test]
fn a_million_commands_through_small_buffers_keep_no_more_than_their_replies() {
    let address = peer();
    {
        use redis_sync::prelude::*;
        let builder = Redis::builder().protocol(redis_sync::ProtocolChoice::Resp2);
        let r = builder.connector(Small(address)).build().expect("the settings are good");
        let pipe = r.pipeline();
        for index in 0..COMMANDS {
            pipe.echo(numbered(index));
        }
        for _ in 0..2 {
            let before = mark();
            check(pipe.execute().expect("answered"), before);
        }
    }
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().expect("a runtime can be made").block_on(async {
        use redis_async::prelude::*;
        let builder = Redis::builder().protocol(redis_async::ProtocolChoice::Resp2);
        let r = builder.connector(Small(address)).build().expect("the settings are good");
        let pipe = r.pipeline();
        for index in 0..COMMANDS {
            pipe.echo(numbered(index));
        }
        for _ in 0..2 {
            let before = mark();
            check(pipe.execute().await.expect("answered"), before);
        }
    });
}
