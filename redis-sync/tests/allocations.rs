//! What a command allocates, once its connection is warm: a `GET` the value it returns, a `SET` nothing.
#![allow(unsafe_code)] // a counting allocator is one

use redis_core::command::{Command, table};
use redis_sync::{BulkString, ExecuteCommand, Redis};
use redis_tests::scripted::{Handshake, Script, ScriptedServer};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::collections::HashMap;

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: everything is handed to the system's allocator as it came; counting allocates nothing, since the
// counter is a constant-initialised thread-local without a destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: as this function's own contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as this function's own contract.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: as this function's own contract.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const ROUNDS: usize = 100;

/// How many allocations a round of `run` makes on this thread, when it has run before.
fn allocations(mut run: impl FnMut()) -> f64 {
    for _ in 0..10 {
        run();
    }
    let before = ALLOCATIONS.with(Cell::get);
    for _ in 0..ROUNDS {
        run();
    }
    (ALLOCATIONS.with(Cell::get) - before) as f64 / ROUNDS as f64
}

const ELEMENTS: usize = 1000;
const FIELDS: usize = 100;

fn list() -> Vec<u8> {
    let elements = "$16\r\n0123456789abcdef\r\n".repeat(ELEMENTS);
    format!("*{ELEMENTS}\r\n{elements}").into_bytes()
}

fn hash() -> Vec<u8> {
    let fields = (0..FIELDS).map(|n| format!("$3\r\nf{n:02}\r\n$16\r\n0123456789abcdef\r\n"));
    format!("*{}\r\n{}", 2 * FIELDS, fields.collect::<String>()).into_bytes()
}

fn client() -> (ScriptedServer, Redis) {
    let answer = |words: &Vec<Vec<u8>>| {
        Some(match words.first().map(Vec::as_slice) {
            Some(b"GET") => b"$5\r\nhello\r\n".to_vec(),
            Some(b"LRANGE") => list(),
            Some(b"HGETALL") => hash(),
            _ => b"+OK\r\n".to_vec(),
        })
    };
    let server = ScriptedServer::play(Script::new().handshake(Handshake::Understood).serve(answer));
    let address = server.address();
    let r = Redis::at(address.ip().to_string(), address.port()).unwrap();
    (server, r)
}

#[test]
fn a_get_allocates_the_value_and_nothing_else() {
    let (_server, r) = client();
    let counted = allocations(|| {
        let command = Command::new(&table::GET).key("key");
        let value = r.execute_command::<Option<BulkString>>(command).unwrap();
        assert_eq!(value.unwrap(), "hello");
    });
    assert_eq!(counted, 1.0);
}

#[test]
fn a_set_allocates_nothing() {
    let (_server, r) = client();
    let counted = allocations(|| {
        let command = Command::new(&table::SET).key("key").arg("value");
        r.execute_command::<()>(command).unwrap();
    });
    assert_eq!(counted, 0.0);
}

/// The same client, whose commands share a connection: there is no other.
fn sharing_client() -> (ScriptedServer, Redis) {
    let (server, r) = client();
    let config = r.pool().config().to_builder().pool_max_size(1).build().unwrap();
    (server, Redis::from_config(config))
}

#[test]
fn what_goes_over_a_shared_connection_allocates_no_more_than_what_does_not() {
    let (_server, r) = sharing_client();
    let counted = allocations(|| {
        let command = Command::new(&table::GET).key("key");
        let value = r.execute_command::<Option<BulkString>>(command).unwrap();
        assert_eq!(value.unwrap(), "hello");
    });
    assert_eq!(counted, 1.0);
    let counted = allocations(|| {
        let command = Command::new(&table::SET).key("key").arg("value");
        r.execute_command::<()>(command).unwrap();
    });
    assert_eq!(counted, 0.0);
}

#[test]
fn a_command_that_joins_others_allocates_no_more_than_they_do() {
    let (_server, r) = sharing_client();
    let stop = std::sync::atomic::AtomicBool::new(false);
    let ask = || {
        let command = Command::new(&table::SET).key("key").arg("value");
        r.execute_command::<()>(command).unwrap();
    };
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                    ask();
                }
            });
        }
        // until there are buffers for as many replies as may come at once
        (0..1000).for_each(|_| ask());
        let counted = allocations(ask);
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        // now and then more come at once than ever before
        assert!(counted <= 0.1, "{counted} allocations a command");
    });
    assert!(r.statistics().joined > 0);
}

#[test]
fn a_collection_allocates_its_elements_and_itself() {
    let (_server, r) = client();
    let counted = allocations(|| {
        let command = Command::new(&table::LRANGE).key("key").arg(&0).arg(&-1);
        assert_eq!(r.execute_command::<Vec<String>>(command).unwrap().len(), ELEMENTS);
    });
    assert_eq!(counted, ELEMENTS as f64 + 1.0);
    let counted = allocations(|| {
        let command = Command::new(&table::HGETALL).key("key");
        let hash = r.execute_command::<HashMap<String, String>>(command).unwrap();
        assert_eq!(hash.len(), FIELDS);
    });
    assert_eq!(counted, 2.0 * FIELDS as f64 + 1.0);
}

#[test]
fn a_command_of_a_hundred_arguments_allocates_once() {
    let (_server, r) = client();
    let values = vec!["0123456789abcdef"; 100];
    let counted = allocations(|| {
        let command = Command::new(&table::SADD).key("key").args(&values).arg("one more");
        r.execute_command::<()>(command).unwrap();
    });
    assert_eq!(counted, 1.0);
}

#[test]
fn an_integer_allocates_nothing_on_a_connection_of_ones_own() {
    let (_server, r) = client();
    let connection = r.connection().unwrap();
    let counted = allocations(|| {
        let command = Command::new(&table::SET).key("key").arg("value");
        connection.execute_command::<()>(command).unwrap();
    });
    assert_eq!(counted, 0.0);
}

#[test]
fn a_thousand_messages_share_the_buffer_they_came_in() {
    use redis_core::pubsub::{
        Action, Backlog, Flushed, Inbox, Incoming, Intake, PubSubOptions, Registry, Revival,
        SubscriptionKind, names, take_until_push,
    };
    let mut registry = Registry::new();
    let id = registry.join(());
    registry.connected();
    let channel = names(Action::Subscribe, SubscriptionKind::Channel, "ch").unwrap();
    registry.subscribe(id, SubscriptionKind::Channel, channel.clone());
    registry.outgoing(&mut Vec::new());
    let (action, kind) = (Action::Subscribe, SubscriptionKind::Channel);
    registry
        .handle(Incoming::Confirmed { action, kind, name: channel.into_iter().next() })
        .unwrap();

    let came = ">3\r\n$7\r\nmessage\r\n$2\r\nch\r\n$5\r\nhello\r\n".repeat(1000);
    let limits = redis_sync::Limits::default();
    let mut intake = Intake::new(redis_sync::Protocol::Resp3, limits, 64 * 1024);
    let mut revival = Revival::new(redis_sync::RetryPolicy::default());
    let mut inbox = Inbox::new(PubSubOptions::new());
    let mut hand = Backlog::new();
    let mut heard = 0;
    let counted = allocations(|| {
        intake.feed(came.as_bytes());
        assert!(take_until_push(&mut intake, &mut registry, &mut revival).unwrap().is_none());
        registry.flush(|(), staged, _| {
            let _ = inbox.admit(staged);
            Flushed::All
        });
        inbox.take(&mut hand);
        heard += std::iter::from_fn(|| hand.pop()).filter(|it| it.message().is_some()).count();
    });
    assert_eq!(heard, (10 + ROUNDS) * 1000);
    // the buffer, what says that it is shared, and who has something to fetch
    assert!(counted <= 4.0, "{counted} allocations for a thousand messages");
}
