//! A peer that stops reading in the middle of a command and resets the connection: what it has not got whole it
//! cannot have run, and so it may be sent again, whatever it is.

use crate::both::both_clients;
use redis_core::{Delivery, ErrorKind, Replies};
use socket2::{Domain, SockRef, Socket, Type};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// More than the buffers of all sockets on the way take: Linux lets a sender's grow to 4 MiB.
const LARGE: usize = 24 << 20;
const BUFFER: usize = 128 * 1024;

/// A peer that reads whole commands on every connection, but on the first no more than the beginning of
/// one that is large.
struct Peer {
    address: SocketAddr,
    /// The names of the commands that it got whole, but for greetings.
    ran: Arc<Mutex<Vec<String>>>,
}

impl Peer {
    fn start() -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
        // what is accepted inherits it
        socket.set_recv_buffer_size(BUFFER).expect("a size");
        socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).expect("a free port");
        socket.listen(8).expect("a listener");
        let listener = TcpListener::from(socket);
        let address = listener.local_addr().expect("an address");
        let ran = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&ran);
        std::thread::spawn(move || {
            for (number, stream) in listener.incoming().flatten().enumerate() {
                let heard = Arc::clone(&heard);
                std::thread::spawn(move || serve(stream, number == 0, &heard));
            }
        });
        Self { address, ran }
    }

    fn url(&self) -> String {
        format!("redis://{}?protocol=2", self.address)
    }

    fn ran(&self) -> Vec<String> {
        self.ran.lock().expect("nobody panicked").clone()
    }
}

fn serve(stream: TcpStream, is_first: bool, ran: &Mutex<Vec<String>>) {
    let reset = stream.try_clone().expect("a second handle");
    let mut stream = BufReader::with_capacity(512, stream);
    let mut queued = None;
    loop {
        let name = match command(&mut stream, is_first) {
            Ok(Some(name)) => name,
            Ok(None) => {
                // gone at once, as when the machine behind it was restarted
                SockRef::from(&reset).set_linger(Some(Duration::ZERO)).expect("an option");
                return;
            }
            Err(_) => return,
        };
        if name != "CLIENT" {
            ran.lock().expect("nobody panicked").push(name.clone());
        }
        let reply = match (name.as_str(), &mut queued) {
            ("CLIENT", _) => "+OK\r\n".to_owned(),
            ("MULTI", queued) => {
                *queued = Some(0);
                "+OK\r\n".to_owned()
            }
            ("EXEC", queued) => {
                let count = queued.take().unwrap_or_default();
                format!("*{count}\r\n{}", ":1\r\n".repeat(count))
            }
            (_, Some(count)) => {
                *count += 1;
                "+QUEUED\r\n".to_owned()
            }
            (_, None) => ":1\r\n".to_owned(),
        };
        if stream.get_mut().write_all(reply.as_bytes()).is_err() {
            return;
        }
    }
}

/// The name of the next command; none where it is large and only its beginning was to be read.
fn command(stream: &mut BufReader<TcpStream>, only_begin: bool) -> io::Result<Option<String>> {
    let count = length(stream)?;
    let mut name = None;
    for _ in 0..count {
        let length = length(stream)?;
        if length > BUFFER && only_begin {
            io::copy(&mut stream.take(BUFFER as u64), &mut io::sink())?;
            return Ok(None);
        }
        let mut word = vec![0; length + 2];
        stream.read_exact(&mut word)?;
        word.truncate(length);
        name.get_or_insert_with(|| String::from_utf8_lossy(&word).into_owned());
    }
    Ok(name)
}

fn length(stream: &mut impl BufRead) -> io::Result<usize> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let digits = line.get(1..).unwrap_or_default().trim_end();
    digits.parse().map_err(|_| io::ErrorKind::UnexpectedEof.into())
}

both_clients! {
    async fn a_large_write_that_broke_half_way_is_sent_again_and_runs_once() {
        let peer = Peer::start();
        let client = Redis::from_url(&peer.url())?;
        let length = client.command("APPEND").key("k").arg("v".repeat(LARGE)).query::<i64>().await?;
        assert_eq!((length, peer.ran()), (1, vec!["APPEND".to_owned()]));
        assert_eq!(client.statistics().created, 2);
    }

    async fn who_does_not_want_it_sent_again_is_told_that_it_did_not_run() {
        let peer = Peer::start();
        let client = Redis::from_url(&format!("{}&retries=0", peer.url()))?;
        let value = "v".repeat(LARGE);
        let connection = client.connection().await?;
        let error = connection.command("APPEND").key("k").arg(&value).query::<i64>().await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Closed | ErrorKind::Io), "{error:?}");
        assert_eq!(error.delivery(), Delivery::NotSent, "{error:?}");
        assert!(peer.ran().is_empty());
    }

    async fn a_transaction_whose_end_was_not_written_is_sent_again_as_a_whole() {
        let peer = Peer::start();
        let client = Redis::from_url(&peer.url())?;
        let value = "v".repeat(LARGE);
        let pipe = client.pipeline().atomic();
        pipe.incr("a").append("k", &value);
        let (one, length): (i64, i64) = pipe.execute().await?;
        assert_eq!((one, length), (1, 1));
        let ran = peer.ran();
        assert_eq!(ran.iter().filter(|name| *name == "EXEC").count(), 1, "{ran:?}");
    }

    async fn of_a_pipeline_that_broke_half_way_what_was_written_in_part_did_not_run() {
        let peer = Peer::start();
        let client = Redis::from_url(&peer.url())?;
        let value = "v".repeat(LARGE);
        let pipe = client.pipeline();
        pipe.incr("a").append("k", &value).incr("b");
        let outcome = pipe.execute::<Replies>().await;
        // the first one's reply may have come before the reset or not
        match outcome {
            Ok(replies) => {
                let told: Vec<_> = replies.errors().map(|error| (error.context().index, error.delivery())).collect();
                assert_eq!(told, [(Some(1), Delivery::NotSent), (Some(2), Delivery::NotSent)]);
            }
            Err(error) => assert_eq!(error.delivery(), Delivery::Unknown, "{error:?}"),
        }
        assert_eq!(peer.ran(), ["INCR"], "what may have run is not sent again");
    }
}
