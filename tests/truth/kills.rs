//! Connections and servers that die under their callers: nothing is lost, nothing runs twice.

use crate::site::{list, number, truths};
use crate::tally::{Counted, Ledger};
use crate::work::GoOn;

/// How many callers there are.
const CALLERS: usize = 8;

/// What a network does that kills a connection every few milliseconds of traffic: before a command
/// arrived, after it ran, within a reply, in order or not.
const KILLS: &str = "
    in every 10..60 frames delay 10us..500us
    in after 300..9000 reset
    in after 300..9000 half
    out after 400..6000 reset
    out after 400..6000 close
    out after 400..9000 half
";

truths! {
    over(tls) async fn unique_writes_are_neither_lost_nor_doubled_under_kills(site) {
        let server = site.server().start();
        let proxy = site.proxy(&server, KILLS);
        let r = Redis::from_url(&site.url(proxy.address(), ""))?;
        let mut callers = Vec::new();
        for who in 0..CALLERS {
            let r = r.clone();
            callers.push(beside(move || write(r, "ids".to_owned(), who, GoOn::times(120))));
        }
        let mut ledger = Ledger::default();
        for caller in callers {
            ledger.absorb(caller.outcome().await);
        }
        let kills = proxy.counts().connections;
        drop((r, proxy));
        ledger.audit(&list(&mut server.raw(), "ids")).assert_true();
        assert!(kills >= 10, "only {kills} connections: nothing was proved");
    }

    over(tls) async fn a_counter_has_counted_every_success_and_some_of_those_in_doubt(site) {
        let server = site.server().start();
        let proxy = site.proxy(&server, KILLS);
        let r = Redis::from_url(&site.url(proxy.address(), ""))?;
        let mut callers = Vec::new();
        for _ in 0..CALLERS {
            let r = r.clone();
            callers.push(beside(move || count(r, "n".to_owned(), GoOn::times(300))));
        }
        let mut counted = Counted::default();
        for caller in callers {
            counted.absorb(caller.outcome().await);
        }
        let kills = proxy.counts().connections;
        drop((r, proxy));
        counted.assert_explains(number(&mut server.raw(), "n"));
        assert_eq!(counted.all(), 300 * CALLERS as i64);
        assert!(kills >= 10, "only {kills} connections: nothing was proved");
    }

    over(tls) async fn a_server_that_dies_and_comes_back_has_every_write_that_was_told_done(site) {
        // what is answered is in the log by then, and outlives the process: with `everysec`, a write may be
        // put off while the log is synced
        let log = ["--appendonly", "yes", "--appendfsync", "no"];
        let mut server = site.server().arguments(&log).start();
        let r = Redis::from_url(&site.url(site.address(&server), ""))?;
        let go_on = GoOn::until_told();
        let mut callers = Vec::new();
        for who in 0..4 {
            let (r, go_on) = (r.clone(), go_on.clone());
            callers.push(beside(move || write(r, "ids".to_owned(), who, go_on)));
        }
        for _ in 0..3 {
            let (before, mut witness) = (go_on.done(), server.raw());
            until("the callers are at work", || {
                witness.call(&["PING"]).text() == "PONG" && go_on.done() >= before + 60
            }).await;
            server.kill();
            server.restart();
        }
        let (before, mut witness) = (go_on.done(), server.raw());
        until("the callers are at work again", || {
            witness.call(&["PING"]).text() == "PONG" && go_on.done() >= before + 60
        }).await;
        go_on.stop();
        let mut ledger = Ledger::default();
        for caller in callers {
            ledger.absorb(caller.outcome().await);
        }
        ledger.audit(&list(&mut witness, "ids")).assert_true();
    }

    over(tls) async fn black_holes_and_half_closed_connections_leave_no_untruth(site) {
        let server = site.server().start();
        let proxy = site.proxy(&server, "connection 1..6 out after 500..2500 hole\nin after 500..9000 half");
        let r = Redis::from_url(&site.url(proxy.address(), "response_timeout=100ms&pool_drain_timeout=50ms"))?;
        let mut callers = Vec::new();
        for who in 0..4 {
            let r = r.clone();
            callers.push(beside(move || write(r, "ids".to_owned(), who, GoOn::times(60))));
        }
        let mut ledger = Ledger::default();
        for caller in callers {
            ledger.absorb(caller.outcome().await);
        }
        drop((r, proxy));
        let tally = ledger.audit(&list(&mut server.raw(), "ids"));
        tally.assert_true();
        assert!(tally.done > 0 && tally.in_doubt > 0, "nothing was proved: {tally}");
    }

    over(tls) async fn callers_go_on_while_the_server_closes_their_connections(site) {
        let server = site.server().start();
        let r = Redis::from_url(&site.url(site.address(&server), ""))?;
        let go_on = GoOn::until_told();
        let mut callers = Vec::new();
        for who in 0..4 {
            let (r, go_on) = (r.clone(), go_on.clone());
            callers.push(beside(move || write(r, "ids".to_owned(), who, go_on)));
        }
        let (mut witness, mut kills, mut seen) = (server.raw(), 0, 0);
        until("connections were closed under the callers", || {
            // whoever is killed before anything is done does nothing
            let done = go_on.done();
            if std::mem::replace(&mut seen, done) == done {
                return witness.call(&["PING"]).text() != "PONG";
            }
            kills += witness.call(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]).integer();
            kills >= 40
        }).await;
        go_on.stop();
        let mut ledger = Ledger::default();
        for caller in callers {
            ledger.absorb(caller.outcome().await);
        }
        ledger.audit(&list(&mut witness, "ids")).assert_true();
    }

    over(tls) async fn whatever_is_done_to_the_bytes_everybody_comes_home_and_the_next_is_served(site) {
        let server = site.server().start();
        let proxy = site.proxy(&server, "
            connection 1..4 in drip
            out every 10..30 frames delay 10us..300us
            out every 20..60 frames push
            out after 300..9000 truncate 1..40
            out after 300..9000 corrupt 1..4
            in after 2000..9000 truncate 1..4
            in after 2000..9000 corrupt 1..4
            out every 30..90 frames duplicate
            out every 30..90 frames reorder
        ");
        let settings = "connect_timeout=300ms&response_timeout=100ms&pool_drain_timeout=20ms&retries=1";
        let r = Redis::from_url(&site.url(proxy.address(), settings))?;
        let mut callers = Vec::new();
        // over TLS most of what is done ends a connection, or leaves it silent until the time is over
        let times = if site.is_tls() { 30 } else { 120 };
        for who in 0..4 {
            let r = r.clone();
            callers.push(beside(move || garble(r, who, GoOn::times(times))));
        }
        for caller in callers {
            caller.outcome().await;
        }
        let faults = proxy.counts().faults;
        assert!(faults >= 10, "only {faults} faults: nothing was proved");
        proxy.play(site.script(""));
        proxy.reset();
        let patient = Redis::from_url(&site.url(proxy.address(), ""))?;
        let echo: String = patient.command("ECHO").arg("the truth").query().await?;
        assert_eq!(echo, "the truth");
        let r = r.with(redis_core::command::CallOptions::new().retry(redis_core::retry::RetryPolicy::default()).repeatable(true));
        let echo: String = r.command("ECHO").arg("the truth").query().await?;
        assert_eq!(echo, "the truth");
    }
}
