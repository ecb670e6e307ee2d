//! A resolver that plays Kubernetes: a name behind which servers come and go.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use redis_tests::server::Server;
use socket2::{Domain, Socket, Type};

use crate::site::{number, truths};
use crate::work::GoOn;

/// A name whose addresses change; it notes how often it was asked.
#[derive(Clone, Default)]
struct Name(Arc<Mutex<(Vec<SocketAddr>, usize)>>);

impl Name {
    fn of(addresses: &[SocketAddr]) -> Self {
        let name = Self::default();
        name.becomes(addresses);
        name
    }

    fn becomes(&self, addresses: &[SocketAddr]) {
        self.0.lock().expect("nobody panicked").0 = addresses.to_vec();
    }

    fn asked(&self) -> usize {
        self.0.lock().expect("nobody panicked").1
    }

    /// The addresses, in another order each time.
    fn answer(&self) -> Vec<SocketAddr> {
        let mut state = self.0.lock().expect("nobody panicked");
        state.1 += 1;
        let mut answer = state.0.clone();
        let by = state.1 % answer.len().max(1);
        answer.rotate_left(by);
        answer
    }
}

impl redis_sync::Resolver for Name {
    fn resolve(&self, _: &str, _: u16) -> io::Result<Vec<SocketAddr>> {
        Ok(self.answer())
    }
}

impl redis_async::Resolver for Name {
    fn resolve<'a>(
        &'a self,
        _: &'a str,
        _: u16,
    ) -> redis_async::BoxFuture<'a, io::Result<Vec<SocketAddr>>> {
        Box::pin(async { Ok(self.answer()) })
    }
}

/// An address that is gone: held, so that nobody else takes it, and not listening.
fn gone() -> (SocketAddr, Socket) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    let free: SocketAddr = (Ipv4Addr::LOCALHOST, 0).into();
    socket.bind(&free.into()).expect("a free port");
    let address = socket.local_addr().ok().and_then(|at| at.as_socket()).expect("an address");
    (address, socket)
}

fn replicate(server: &Server, of: &Server) {
    let port = of.address().port().to_string();
    let _ = server.raw().call(&["REPLICAOF", "127.0.0.1", &port]);
}

truths! {
    over(tls) async fn behind_a_stable_address_another_server_is_found_without_an_error(site) {
        let (old, new) = (site.server().start(), site.server().start());
        let service = site.proxy(&old, "");
        let r = Redis::from_url(&site.url(service.address(), ""))?;
        let go_on = GoOn::times(100);
        let before = count(r.clone(), "n".to_owned(), go_on).await;
        service.lead_to(site.address(&new));
        service.reset();
        let after = count(r, "n".to_owned(), GoOn::times(100)).await;
        assert_eq!((before.done, after.not_run), (100, 0));
        // one may have been on its way to the connection that was reset
        assert!(after.in_doubt <= 1, "{after:?}");
        assert_eq!(number(&mut old.raw(), "n"), 100);
        after.assert_explains(number(&mut new.raw(), "n"));
    }

    async fn of_several_addresses_in_any_order_those_that_live_are_found_at_every_reconnect(site) {
        let server = site.server().start();
        let ((first, _held), (second, _too)) = (gone(), gone());
        let name = Name::of(&[first, server.address(), second]);
        let r = Redis::builder()
            .host("redis.svc").protocol(site.choice()).resolver(name.clone()).build()?;
        let mut witness = server.raw();
        for round in 1..=12 {
            let answer = r.ping().await?;
            assert_eq!(answer, "PONG");
            assert_eq!(name.asked(), round, "a reconnect did not ask again, or more than once");
            // some vanish, and come back
            match round % 3 {
                0 => name.becomes(&[first, server.address(), second]),
                1 => name.becomes(&[second, first, server.address()]),
                _ => name.becomes(&[server.address(), second]),
            }
            witness.call(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]);
            until("the connection is gone", || {
                witness.call(&["CLIENT", "LIST", "TYPE", "normal"]).text().lines().count() == 1
            }).await;
            // the async client learns of it when its task next runs
            until("the client knows", || {
                witness.call(&["PING"]).text() == "PONG" && r.statistics().in_use == 0
            }).await;
        }
    }

    async fn a_name_without_any_address_that_lives_is_asked_again_until_there_is_one(site) {
        let server = site.server().start();
        let (dead, _held) = gone();
        let name = Name::of(&[dead]);
        let r = Redis::builder()
            .host("redis.svc").protocol(site.choice()).resolver(name.clone()).build()?;
        let go_on = GoOn::times(1);
        let counting = beside(move || count(r, "n".to_owned(), go_on));
        let mut witness = server.raw();
        until("the name was asked three times", || {
            witness.call(&["PING"]).text() == "PONG" && name.asked() >= 3
        }).await;
        name.becomes(&[dead, server.address()]);
        let counted = counting.outcome().await;
        assert_eq!((counted.done, counted.in_doubt, counted.not_run), (1, 0, 0));
        assert_eq!(number(&mut witness, "n"), 1);
    }

    async fn a_primary_that_became_a_replica_is_given_up_for_its_successor(site) {
        let (old, new) = (site.server().start(), site.server().start());
        let name = Name::of(&[old.address()]);
        let r = Redis::builder()
            .host("redis.svc").protocol(site.choice()).resolver(name.clone()).build()?;
        let go_on = GoOn::until_told();
        let mut callers = Vec::new();
        for _ in 0..4 {
            let (r, go_on) = (r.clone(), go_on.clone());
            callers.push(beside(move || count(r, "n".to_owned(), go_on)));
        }
        let mut witness = new.raw();
        until("the callers are at work", || {
            witness.call(&["PING"]).text() == "PONG" && go_on.done() >= 50
        }).await;
        // the failover: first nobody takes writes, then the name leads to the successor
        replicate(&old, &new);
        name.becomes(&[new.address()]);
        until("the successor serves", || number(&mut witness, "n") >= 50).await;
        go_on.stop();
        let mut counted = crate::tally::Counted::default();
        for caller in callers {
            counted.absorb(caller.outcome().await);
        }
        // a replica refuses by an answer, so that nothing is in doubt, and what it refused was asked again
        assert_eq!((counted.in_doubt, counted.not_run), (0, 0), "{counted:?}");
        assert!(name.asked() >= 2);
    }
}
