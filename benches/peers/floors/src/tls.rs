//! One request after the other over the platform's TLS.

use crate::request;
use load::{Plan, Report, threads, unknown};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

type Stream = native_tls::TlsStream<TcpStream>;

/// Threads with a stream each.
pub(crate) fn blocking(plan: &Plan) -> Result<Report, String> {
    let Some((request, replies)) = request::of(plan) else { return unknown(plan) };
    let reply = measure(plan, &request, replies)?;
    threads!(plan, |c| (open(plan).expect("a connection"), request.clone(), vec![0; reply]), {
        c.0.write_all(&c.1).expect("a write");
        c.0.read_exact(&mut c.2).expect("a reply");
    })
}

/// One stream in one task.
pub(crate) async fn nonblocking(plan: &Plan) -> Result<Report, String> {
    let Some((request, replies)) = request::of(plan) else { return unknown(plan) };
    if plan.tasks != 1 {
        return unknown(plan);
    }
    let reply = measure(plan, &request, replies)?;
    let connector = tokio_native_tls::TlsConnector::from(connector(plan)?);
    let mut streams = Vec::new();
    // one to warm up with, and the one that counts
    for _ in 0..2 {
        let stream = tcp(plan)?;
        let worded = |error: std::io::Error| error.to_string();
        stream.set_nonblocking(true).map_err(worded)?;
        let stream = tokio::net::TcpStream::from_std(stream).map_err(worded)?;
        let stream = connector.connect("localhost", stream).await;
        streams.push(stream.map_err(|error| error.to_string())?);
    }
    load::tasks!(
        plan,
        |c| (streams.pop().expect("a round's own"), request.clone(), vec![0; reply]),
        {
            c.0.write_all(&c.1).await.expect("a write");
            c.0.flush().await.expect("a write");
            c.0.read_exact(&mut c.2).await.expect("a reply");
        }
    )
}

fn measure(plan: &Plan, request: &[u8], replies: usize) -> Result<usize, String> {
    let mut stream = open(plan)?;
    request::reply_length(&mut stream, request, replies).map_err(|error| error.to_string())
}

fn open(plan: &Plan) -> Result<Stream, String> {
    connector(plan)?.connect("localhost", tcp(plan)?).map_err(|error| error.to_string())
}

fn tcp(plan: &Plan) -> Result<TcpStream, String> {
    let Some((port, _)) = &plan.tls else { return Err("no TLS".to_owned()) };
    let stream = TcpStream::connect(("127.0.0.1", *port)).map_err(|error| error.to_string())?;
    stream.set_nodelay(true).map_err(|error| error.to_string())?;
    Ok(stream)
}

fn connector(plan: &Plan) -> Result<native_tls::TlsConnector, String> {
    let Some((_, authority)) = &plan.tls else { return Err("no TLS".to_owned()) };
    let authority = std::fs::read(authority).map_err(|error| error.to_string())?;
    let authority =
        native_tls::Certificate::from_pem(&authority).map_err(|error| error.to_string())?;
    let mut builder = native_tls::TlsConnector::builder();
    builder.add_root_certificate(authority).build().map_err(|error| error.to_string())
}
