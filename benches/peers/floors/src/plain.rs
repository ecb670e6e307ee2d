//! One request after the other on a socket of one's own.

use crate::request;
use load::{Plan, Report, Workload, alone, threads, unknown};
use std::io::{self, Read, Write};
use std::net::TcpStream;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

pub(crate) trait Socket: Read + Write + Send {}
impl<T: Read + Write + Send> Socket for T {}

/// Threads with a socket each.
pub(crate) fn blocking(plan: &Plan) -> Result<Report, String> {
    if plan.workload == Workload::Messages {
        return messages(plan);
    }
    let Some((request, replies)) = request::of(plan) else { return unknown(plan) };
    let reply = measure(plan, &request, replies)?;
    if plan.workload == Workload::Connect {
        return Ok(alone(plan, || {
            let mut stream = open(plan).expect("a connection");
            exchange(&mut *stream, &request, &mut vec![0; reply]);
        }));
    }
    if plan.variant == "copied" {
        // what one copy of the request costs, to count those of others by
        return threads!(
            plan,
            |c| (open(plan).expect("a connection"), request.clone(), vec![0; reply], Vec::new()),
            {
                c.3.clear();
                c.3.extend_from_slice(&c.1);
                exchange(&mut *c.0, &c.3, &mut c.2);
            }
        );
    }
    threads!(plan, |c| (open(plan).expect("a connection"), request.clone(), vec![0; reply]), {
        exchange(&mut *c.0, &c.1, &mut c.2);
    })
}

/// One socket that is subscribed: all messages have the same length.
fn messages(plan: &Plan) -> Result<Report, String> {
    let mut stream = open(plan).map_err(|error| error.to_string())?;
    let mut subscribe = Vec::new();
    request::encode(&["SUBSCRIBE", load::CHANNEL], &mut subscribe);
    request::reply_length(&mut stream, &subscribe, 1).map_err(|error| error.to_string())?;
    let mut message = Vec::new();
    request::encode(&["message", load::CHANNEL, &Plan::value(load::LENGTH)], &mut message);
    let (mut room, mut held) = (vec![0; 32 * 1024], 0);
    load::listen(plan, || {
        while held < message.len() {
            let read = stream.read(&mut room).expect("messages");
            assert!(read > 0, "the server closed the connection");
            held += read;
        }
        held -= message.len();
        load::LENGTH
    })
}

/// One socket in one task.
pub(crate) async fn nonblocking(plan: &Plan) -> Result<Report, String> {
    let Some((request, replies)) = request::of(plan) else { return unknown(plan) };
    let reply = measure(plan, &request, replies)?;
    if plan.workload == Workload::Connect {
        return load::tasks!(plan, |c| (request.clone(), plan.address.clone()), {
            let mut stream = tokio::net::TcpStream::connect(&c.1).await.expect("a connection");
            stream.set_nodelay(true).expect("a socket");
            stream.write_all(&c.0).await.expect("a write");
            stream.read_exact(&mut vec![0; reply]).await.expect("a reply");
        });
    }
    if plan.tasks != 1 {
        return unknown(plan);
    }
    #[cfg(unix)]
    if let Some(socket) = &plan.socket {
        let connect = || -> io::Result<_> {
            let stream = std::os::unix::net::UnixStream::connect(socket)?;
            stream.set_nonblocking(true)?;
            tokio::net::UnixStream::from_std(stream)
        };
        return load::tasks!(
            plan,
            |c| (connect().expect("a connection"), request.clone(), vec![0; reply]),
            {
                c.0.write_all(&c.1).await.expect("a write");
                c.0.read_exact(&mut c.2).await.expect("a reply");
            }
        );
    }
    let connect = || -> io::Result<_> {
        let stream = TcpStream::connect(&plan.address)?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        tokio::net::TcpStream::from_std(stream)
    };
    load::tasks!(plan, |c| (connect().expect("a connection"), request.clone(), vec![0; reply]), {
        c.0.write_all(&c.1).await.expect("a write");
        c.0.read_exact(&mut c.2).await.expect("a reply");
    })
}

fn measure(plan: &Plan, request: &[u8], replies: usize) -> Result<usize, String> {
    let mut stream = open(plan).map_err(|error| error.to_string())?;
    request::reply_length(&mut stream, request, replies).map_err(|error| error.to_string())
}

fn open(plan: &Plan) -> io::Result<Box<dyn Socket>> {
    #[cfg(unix)]
    if let Some(socket) = &plan.socket {
        return Ok(Box::new(std::os::unix::net::UnixStream::connect(socket)?));
    }
    let stream = TcpStream::connect(&plan.address)?;
    stream.set_nodelay(true)?;
    Ok(Box::new(stream))
}

/// One request and its reply.
#[inline]
fn exchange(stream: &mut dyn Socket, request: &[u8], reply: &mut [u8]) {
    stream.write_all(request).expect("a write");
    stream.read_exact(reply).expect("a reply");
}
