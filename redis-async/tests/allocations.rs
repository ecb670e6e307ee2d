//! What a command allocates once everything is warm: a `GET` the value it returns, a `SET` nothing, a collection
//! its elements, itself and where they lie, a walk something for a page and nothing for an item.
#![allow(unsafe_code)] // an allocator that counts

mod peer;

use redis_async::prelude::*;
use redis_async::{BulkString, Command, ProtocolChoice};
use redis_core::command::table;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::collections::HashMap;
use std::sync::LazyLock;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

struct Counting;

thread_local! {
    /// A test's runtime, client and server are all on its own thread.
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

fn add() {
    ALLOCATIONS.with(|count| count.set(count.get() + 1));
}

fn allocations() -> u64 {
    ALLOCATIONS.with(Cell::get)
}

// SAFETY: every call is the system allocator's own; counting allocates nothing, since the counter is a
// constant-initialised thread-local without a destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        add();
        // SAFETY: as the caller promised.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as the caller promised.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        add();
        // SAFETY: as the caller promised.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

const ITEMS: u64 = 500;

/// The only page of a set.
static PAGE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let items = "$1\r\n7\r\n".repeat(ITEMS as usize);
    format!("*2\r\n$1\r\n0\r\n*{ITEMS}\r\n{items}").into_bytes()
});

const FIELDS: u64 = 100;
const ELEMENTS: u64 = 1000;

/// The only hash, which takes a part of the buffer that a connection begins with, and the only list, which takes
/// several times as much.
static HASH: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let fields = (0..FIELDS).map(|n| format!("$3\r\nf{n:02}\r\n$16\r\n0123456789abcdef\r\n"));
    format!("*{}\r\n{}", 2 * FIELDS, fields.collect::<String>()).into_bytes()
});
static LIST: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let elements = "$16\r\n0123456789abcdef\r\n".repeat(ELEMENTS as usize);
    format!("*{ELEMENTS}\r\n{elements}").into_bytes()
});

/// Answers without allocating: the test counts what the client does.
async fn serve(mut stream: TcpStream) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = stream.read(&mut buffer).await {
        let text = &buffer[..read];
        let mut answered = false;
        for word in text.windows(7) {
            let reply: &[u8] = match word {
                b"\r\nGET\r\n" => b"$3\r\nbar\r\n",
                b"\r\nSET\r\n" => b"+OK\r\n",
                b"SSCAN\r\n" => &PAGE,
                b"\nSADD\r\n" => b":1\r\n",
                b"HGETALL" => &HASH,
                b"LRANGE\r" => &LIST,
                _ => continue,
            };
            answered = true;
            stream.write_all(reply).await.expect("the client reads");
        }
        if !answered {
            // the greeting of RESP2: its number, and what identifies the library, twice
            stream.write_all(b":1\r\n+OK\r\n+OK\r\n").await.expect("the client reads");
        }
    }
}

const ROUNDS: u64 = 2000;

/// Allocations for each command, rounded down: what a read buffer costs now and then is no
/// command's.
async fn count(mut run: impl AsyncFnMut()) -> u64 {
    for _ in 0..200 {
        run().await;
    }
    let before = allocations();
    for _ in 0..ROUNDS {
        run().await;
    }
    let allocated = allocations() - before;
    assert!(allocated % ROUNDS < ROUNDS / 20, "{allocated} for {ROUNDS} commands");
    allocated / ROUNDS
}

async fn client() -> Redis {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream));
        }
    });
    let r = Redis::builder().host("127.0.0.1").port(port).protocol(ProtocolChoice::Resp2).build();
    r.expect("the settings are right")
}

#[tokio::test]
async fn a_get_allocates_the_value_a_set_nothing_and_a_walk_nothing_for_an_item() {
    let r = client().await;
    let sets = count(async || {
        let command = Command::new(&table::SET).key("foo").arg("bar");
        r.execute_command::<()>(command).await.expect("an answer");
    })
    .await;
    assert_eq!(sets, 0, "for each SET");

    let gets = count(async || {
        let command = Command::new(&table::GET).key("foo");
        let value = r.execute_command::<Option<BulkString>>(command).await.expect("an answer");
        assert!(value.is_some_and(|value| value == "bar"));
    })
    .await;
    assert_eq!(gets, 1, "for each GET");

    let members = vec!["0123456789abcdef"; 100];
    let many = count(async || {
        let command = Command::new(&table::SADD).key("foo").args(&members).arg("one more");
        r.execute_command::<i64>(command).await.expect("an answer");
    })
    .await;
    assert_eq!(many, 1, "for each SADD of a hundred members");

    let before = allocations();
    for _ in 0..100 {
        let (mut walk, mut items) = (r.sscan_iter("s").typed::<u32>(), 0);
        while let Some(item) = walk.next().await {
            items += u64::from(item.expect("a number") == 7);
        }
        assert_eq!(items, ITEMS);
    }
    let walks = (allocations() - before) / 100;
    assert!(walks < 50, "{walks} for each walk of {ITEMS} items");
}

#[tokio::test]
async fn a_collection_allocates_its_elements_itself_and_where_they_lie() {
    let r = client().await;
    let hashes = count(async || {
        let hash = r.typed::<HashMap<String, String>>().hgetall("foo").await.expect("an answer");
        assert_eq!(hash.len() as u64, FIELDS);
    })
    .await;
    assert_eq!(hashes, 2 * FIELDS + 2, "for each HGETALL");

    let lists = count(async || {
        let list = r.typed::<Vec<String>>().lrange("foo", 0, -1).await.expect("an answer");
        assert_eq!(list.len() as u64, ELEMENTS);
    })
    .await;
    assert_eq!(lists, ELEMENTS + 2, "for each LRANGE");
}
