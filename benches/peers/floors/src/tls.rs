//! One request after the other over the platform's TLS.

use crate::request;
use load::{Plan, Report, threads, unknown};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

type Stream = native_tls::TlsStream<TcpStream>;

/// Threads with a stream each.
pub(crate) fn run(plan: &Plan) -> Result<Report, String> {
    let Some((request, replies)) = request::of(plan) else { return unknown(plan) };
    let worded = |error: &dyn std::fmt::Display| error.to_string();
    let mut stream = open(plan)?;
    let reply =
        request::reply_length(&mut stream, &request, replies).map_err(|error| worded(&error))?;
    threads!(plan, |c| (open(plan).expect("a connection"), request.clone(), vec![0; reply]), {
        c.0.write_all(&c.1).expect("a write");
        c.0.read_exact(&mut c.2).expect("a reply");
    })
}

fn open(plan: &Plan) -> Result<Stream, String> {
    let Some((port, authority)) = &plan.tls else { return Err("no TLS".to_owned()) };
    let authority = std::fs::read(authority).map_err(|error| error.to_string())?;
    let connector = native_tls::TlsConnector::builder()
        .add_root_certificate(
            native_tls::Certificate::from_pem(&authority).map_err(|error| error.to_string())?,
        )
        .build()
        .map_err(|error| error.to_string())?;
    let stream = TcpStream::connect(("127.0.0.1", *port)).map_err(|error| error.to_string())?;
    stream.set_nodelay(true).map_err(|error| error.to_string())?;
    connector.connect("localhost", stream).map_err(|error| error.to_string())
}
