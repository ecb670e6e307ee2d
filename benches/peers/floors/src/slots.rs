//! A multiplexer by hand: one lock around the bytes to write, the queue of slots and the slots themselves, and
//! one task that writes and reads. It knows strings, and neither deadlines nor errors nor reconnecting.

use load::{Plan, Report, Workload, expect, tasks, unknown};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};
use tokio::net::TcpStream;

#[derive(Default)]
struct Shared {
    out: Vec<u8>,
    queue: VecDeque<usize>,
    slots: Vec<Slot>,
    free: Vec<usize>,
    task: Option<Waker>,
}

#[derive(Default)]
struct Slot {
    waker: Option<Waker>,
    reply: Option<String>,
}

#[derive(Clone, Default)]
struct Link(Arc<Mutex<Shared>>);

impl Link {
    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn get(&self, key: &str) -> String {
        let mut slot = None;
        poll_fn(|context| {
            let mut shared = self.lock();
            let number = match slot {
                Some(number) => number,
                None => {
                    let number = shared.submit(key);
                    slot = Some(number);
                    number
                }
            };
            let Some(place) = shared.slots.get_mut(number) else { return Poll::Pending };
            if let Some(reply) = place.reply.take() {
                shared.free.push(number);
                return Poll::Ready(reply);
            }
            place.waker = Some(context.waker().clone());
            let task = shared.task.take();
            drop(shared);
            if let Some(task) = task {
                task.wake();
            }
            Poll::Pending
        })
        .await
    }
}

impl Shared {
    fn submit(&mut self, key: &str) -> usize {
        self.out.extend_from_slice(b"*2\r\n$3\r\nGET\r\n$");
        let mut digits = [0; 20];
        self.out.extend_from_slice(decimal(key.len(), &mut digits));
        self.out.extend_from_slice(b"\r\n");
        self.out.extend_from_slice(key.as_bytes());
        self.out.extend_from_slice(b"\r\n");
        let number = self.free.pop().unwrap_or(self.slots.len());
        if number == self.slots.len() {
            self.slots.push(Slot::default());
        }
        self.queue.push_back(number);
        number
    }
}

/// The digits of a number.
pub(crate) fn decimal(mut number: usize, digits: &mut [u8; 20]) -> &[u8] {
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            return &digits[at..];
        }
    }
}

struct Task {
    link: Link,
    stream: TcpStream,
    writing: Vec<u8>,
    written: usize,
    reading: Vec<u8>,
    filled: usize,
    woken: Vec<Waker>,
}

impl Task {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        while self.read(context) {}
        while self.write(context) {}
        Poll::Pending
    }

    fn write(&mut self, context: &mut Context<'_>) -> bool {
        if self.written == self.writing.len() {
            self.writing.clear();
            self.written = 0;
            let mut shared = self.link.lock();
            std::mem::swap(&mut self.writing, &mut shared.out);
            if self.writing.is_empty() {
                shared.task = Some(context.waker().clone());
                return false;
            }
        }
        let stream = std::pin::Pin::new(&mut self.stream);
        match stream.poll_write(context, &self.writing[self.written..]) {
            Poll::Ready(Ok(written)) => self.written += written,
            Poll::Ready(Err(error)) => panic!("the floor cannot write: {error}"),
            Poll::Pending => return false,
        }
        true
    }

    fn read(&mut self, context: &mut Context<'_>) -> bool {
        let mut room = ReadBuf::new(&mut self.reading[self.filled..]);
        match std::pin::Pin::new(&mut self.stream).poll_read(context, &mut room) {
            Poll::Ready(Ok(())) => self.filled += room.filled().len(),
            Poll::Ready(Err(error)) => panic!("the floor cannot read: {error}"),
            Poll::Pending => return false,
        }
        let mut at = 0;
        let mut shared = self.link.lock();
        while let Some((reply, length)) = bulk(&self.reading[at..self.filled]) {
            at += length;
            let number = shared.queue.pop_front().expect("a slot for each reply");
            let slot = &mut shared.slots[number];
            slot.reply = Some(reply);
            self.woken.extend(slot.waker.take());
        }
        drop(shared);
        self.reading.copy_within(at..self.filled, 0);
        self.filled -= at;
        self.woken.drain(..).for_each(Waker::wake);
        true
    }
}

/// A bulk string that is all there, and how many bytes it took.
pub(crate) fn bulk(bytes: &[u8]) -> Option<(String, usize)> {
    let (&kind, rest) = bytes.split_first()?;
    assert_eq!(kind, b'$', "the floor reads strings");
    let mut length = 0;
    for (at, &byte) in rest.iter().enumerate() {
        if byte == b'\r' {
            let text = rest.get(at + 2..at + 2 + length)?;
            let all = at + length + 5;
            let text = std::str::from_utf8(text).expect("UTF-8").to_owned();
            return (bytes.len() >= all).then_some((text, all));
        }
        length = length * 10 + usize::from(byte - b'0');
    }
    None
}

/// Tasks that share one socket.
pub(crate) async fn run(plan: &Plan) -> Result<Report, String> {
    let Workload::Get(length) = plan.workload else { return unknown(plan) };
    let stream = TcpStream::connect(&plan.address).await.map_err(|error| error.to_string())?;
    stream.set_nodelay(true).map_err(|error| error.to_string())?;
    let link = Link::default();
    let mut task = Task {
        link: link.clone(),
        stream,
        writing: Vec::new(),
        written: 0,
        reading: vec![0; 256 * 1024],
        filled: 0,
        woken: Vec::new(),
    };
    let io = tokio::spawn(poll_fn(move |context| task.poll(context)));
    let key = Plan::key(length);
    let report = tasks!(plan, |c| (link.clone(), key.clone()), {
        expect(c.0.get(&c.1).await.len(), length);
    });
    io.abort();
    report
}
