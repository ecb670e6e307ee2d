//! TCP over IPv4 and IPv6, names with several addresses, and unix sockets.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use redis_core::{Delivery, ErrorKind, TimeoutKind};
use redis_tests::raw::Raw;
use redis_tests::server::Server;
use socket2::{Domain, Socket, Type};

use crate::flavour::both_flavours;
use crate::witness::{Client, Witness};

/// A resolver of a test's own, for both clients; it counts how often it was asked.
#[derive(Clone, Default)]
struct Fixed(Arc<Mutex<(Vec<SocketAddr>, usize)>>);

impl Fixed {
    fn to(addresses: &[SocketAddr]) -> Self {
        let fixed = Self::default();
        fixed.change(addresses);
        fixed
    }

    fn change(&self, addresses: &[SocketAddr]) {
        self.0.lock().unwrap().0 = addresses.to_vec();
    }

    fn asked(&self) -> usize {
        self.0.lock().unwrap().1
    }

    fn answer(&self) -> Vec<SocketAddr> {
        let mut state = self.0.lock().unwrap();
        state.1 += 1;
        state.0.clone()
    }
}

impl redis_sync::Resolver for Fixed {
    fn resolve(&self, _: &str, _: u16) -> io::Result<Vec<SocketAddr>> {
        Ok(self.answer())
    }
}

impl redis_async::Resolver for Fixed {
    fn resolve<'a>(
        &'a self,
        _: &'a str,
        _: u16,
    ) -> redis_async::BoxFuture<'a, io::Result<Vec<SocketAddr>>> {
        Box::pin(async { Ok(self.answer()) })
    }
}

/// An address that refuses: bound, so that nobody else takes it, and not listening.
struct Dead {
    _socket: Socket,
    address: SocketAddr,
}

fn dead() -> Dead {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    Dead { _socket: socket, address }
}

/// An address that says nothing: whoever comes finds its queue full.
struct Silent {
    _listener: TcpListener,
    _queued: Vec<Socket>,
    address: SocketAddr,
}

fn silent() -> Silent {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
    socket.listen(0).unwrap();
    let listener = TcpListener::from(socket);
    let address = listener.local_addr().unwrap();
    let mut queued = Vec::new();
    for _ in 0..64 {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        if socket.connect_timeout(&address.into(), Duration::from_millis(50)).is_err() {
            return Silent { _listener: listener, _queued: queued, address };
        }
        queued.push(socket);
    }
    panic!("the queue of a listener never fills on this platform");
}

/// Whether the server can be reached by IPv6, which a machine may lack.
fn v6(server: &Server) -> Option<SocketAddr> {
    let address = SocketAddr::from((std::net::Ipv6Addr::LOCALHOST, server.address().port()));
    Raw::tcp(address).is_ok().then_some(address)
}

both_flavours! {
    async fn ipv4_ipv6_and_names_reach_the_server(test) {
        let port = test.server.address().port();
        let mut hosts = vec![("127.0.0.1".to_owned(), "127.0.0.1:"), ("localhost".to_owned(), "")];
        if v6(test.server).is_some() {
            hosts.push(("[::1]".to_owned(), "[::1]:"));
        }
        for (host, seen) in hosts {
            let key = test.key(&host);
            let r = Redis::from_url(&format!("redis://{host}:{port}?protocol={}", test.protocol))?;
            r.set(&key, "here").await?;
            let info: String = r.command("CLIENT INFO").query().await?;
            let client = Client::read(&info);
            assert!(client.get("addr").starts_with(seen), "{host}: {info}");
            assert_eq!(client.get("resp"), test.protocol.to_string(), "{host}: {info}");
            assert_eq!(Witness::of(test.server).get(&key).as_deref(), Some("here"), "{host}");
        }
    }

    async fn unix_sockets_reach_the_server(test) {
        let url = format!("{}?protocol={}", test.server.unix_url(), test.protocol);
        let (r, key) = (Redis::from_url(&url)?, test.key("k"));
        r.set(&key, vec![b'x'; 300_000]).await?;
        let length = r.strlen(&key).await?;
        assert_eq!(length, 300_000);
        let info: String = r.command("CLIENT INFO").query().await?;
        assert!(Client::read(&info).get("addr").contains("socket"), "{info}");
    }

    async fn a_unix_socket_that_is_not_there_is_a_connect_error(test) {
        let path = test.server.directory().join("no-such-socket");
        let r = Redis::builder().unix_socket_path(&path).retries(0).build()?;
        let error = r.ping().await.unwrap_err();
        assert_eq!((error.kind(), error.delivery()), (ErrorKind::Connect, Delivery::NotSent));
        assert!(error.to_string().contains("no-such-socket"), "{error}");
    }

    async fn an_address_that_refuses_is_passed_over_for_the_next(test) {
        let dead = dead();
        let resolver = Fixed::to(&[dead.address, test.server.address()]);
        let r = Redis::builder().host("cache.example").resolver(resolver.clone()).retries(0).build()?;
        let key = test.key("k");
        r.set(&key, "second").await?;
        assert_eq!(Witness::of(test.server).get(&key).as_deref(), Some("second"));
        assert_eq!(resolver.asked(), 1);
    }

    async fn where_all_addresses_refuse_the_error_lists_each_with_its_reason(_test) {
        let (first, second) = (dead(), dead());
        let resolver = Fixed::to(&[first.address, second.address]);
        let r = Redis::builder().host("cache.example").resolver(resolver).retries(0).build()?;
        let error = r.incr("never").await.unwrap_err();
        let text = error.to_string();
        assert_eq!((error.kind(), error.delivery()), (ErrorKind::Connect, Delivery::NotSent));
        assert!(text.contains(&first.address.to_string()), "{text}");
        assert!(text.contains(&second.address.to_string()), "{text}");
        assert_eq!(text.matches("refused").count(), 2, "{text}");
        assert!(text.contains("cache.example"), "{text}");
    }

    async fn a_name_without_addresses_is_a_connect_error(_test) {
        let r = Redis::builder().host("cache.example").resolver(Fixed::default()).retries(0).build()?;
        let error = r.ping().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connect);
        assert!(error.to_string().contains("`cache.example` has no address"), "{error}");
    }

    async fn hosts_are_resolved_anew_at_every_connect(test) {
        let elsewhere = Server::of(test.row).start();
        let (name, key) = (test.key("c"), test.key("k"));
        let resolver = Fixed::to(&[test.server.address()]);
        let r = Redis::builder()
            .host("cache.example")
            .client_name(&name)
            .resolver(resolver.clone())
            .build()?;
        r.set(&key, "here").await?;
        resolver.change(&[elsewhere.address()]);
        let mut witness = Witness::of(test.server);
        witness.kill(&name);
        until("the server closed the connection", || witness.count(&name) == 0).await;
        // a read, which may be repeated: who has a task's end in flight cannot know of the close yet
        let nothing = r.get(&key).await?;
        assert_eq!(nothing, None, "the other server has no such key");
        r.set(&key, "there").await?;
        assert_eq!(resolver.asked(), 2);
        assert_eq!(witness.get(&key).as_deref(), Some("here"));
        assert_eq!(Witness::of(&elsewhere).get(&key).as_deref(), Some("there"));
    }
}

#[cfg(target_os = "linux")] // elsewhere the queue of a listener does not fill
mod silence {
    use super::*;

    both_flavours! {
        async fn a_silent_address_leaves_the_next_its_share_of_the_time(test) {
            let silent = silent();
            let resolver = Fixed::to(&[silent.address, test.server.address()]);
            let r = Redis::builder()
                .host("cache.example")
                .resolver(resolver)
                .connect_timeout(Duration::from_millis(400))
                .retries(0)
                .build()?;
            let answer = r.ping().await?;
            assert_eq!(answer, "PONG");
        }

        async fn one_connect_timeout_bounds_all_addresses_and_lists_them(_test) {
            let (first, second) = (silent(), silent());
            let resolver = Fixed::to(&[first.address, second.address]);
            let r = Redis::builder()
                .host("cache.example")
                .resolver(resolver)
                .connect_timeout(Duration::from_millis(100))
                .retries(0)
                .build()?;
            let error = r.ping().await.unwrap_err();
            let text = error.to_string();
            assert_eq!(error.timeout_kind(), Some(TimeoutKind::Connect), "{text}");
            assert!(text.contains(&first.address.to_string()), "{text}");
            assert!(text.contains(&second.address.to_string()), "{text}");
            assert_eq!(error.delivery(), Delivery::NotSent);
        }
    }
}
