//! Servers in straits: paused, asleep, full, loading, locked.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use redis_core::credentials::{Credentials, CredentialsProvider};
use redis_core::event::Event;
use redis_core::{ErrorKind, ServerErrorKind};
use redis_tests::raw::Raw;

use crate::site::{list, number, truths};
use crate::tally::{Counted, Ledger};
use crate::work::GoOn;

/// Impatient enough to give up on a server that takes a nap.
const IMPATIENT: &str = "response_timeout=60ms&pool_drain_timeout=20ms";

/// A vault in which a password is changed; it is asked before each connect.
#[derive(Clone)]
struct Vault(Arc<Mutex<String>>);

impl Vault {
    fn with(password: &str) -> Self {
        Self(Arc::new(Mutex::new(password.to_owned())))
    }

    fn change(&self, password: &str) {
        self.0.lock().expect("nobody panicked").replace_range(.., password);
    }
}

impl CredentialsProvider for Vault {
    fn credentials(&self) -> redis_core::Result<Credentials> {
        let password = self.0.lock().expect("nobody panicked").clone();
        Ok(Credentials::new("default", password.as_str()))
    }
}

/// How often a command was turned away, always for one reason.
#[derive(Clone)]
struct Refusals(ServerErrorKind, Arc<AtomicUsize>);

impl Refusals {
    fn of(kind: ServerErrorKind) -> Self {
        Self(kind, Arc::default())
    }

    fn listener(&self) -> impl Fn(&Event) + Send + Sync + 'static {
        let Self(kind, count) = self.clone();
        move |event| {
            if let Event::Retried { error, .. } = event {
                // another reason is none of those that are waited for
                count.fetch_add(
                    usize::from(error.kind() == ErrorKind::Server(kind)),
                    Ordering::SeqCst,
                );
            }
        }
    }

    fn count(&self) -> usize {
        self.1.load(Ordering::SeqCst)
    }
}

fn set(raw: &mut Raw, setting: &str, value: &str) {
    let _ = raw.call(&["CONFIG", "SET", setting, value]);
}

truths! {
    over(tls) async fn a_server_that_is_paused_or_sleeps_is_told_truly_and_used_again(site) {
        let server = site.server().start();
        let r = Redis::from_url(&site.url(site.address(&server), IMPATIENT))?;
        let mut witness = server.raw();
        let naps: [(&str, &[&str]); 3] = [
            ("all", &["CLIENT", "PAUSE", "200", "ALL"]),
            ("writes", &["CLIENT", "PAUSE", "200", "WRITE"]),
            ("asleep", &["DEBUG", "SLEEP", "0.2"]),
        ];
        let mut told = Vec::new();
        for (key, nap) in naps {
            // taken before the first command: the server answers when the nap is over
            witness.send(nap)?;
            let mut callers = Vec::new();
            for _ in 0..4 {
                let r = r.clone();
                callers.push(beside(move || count(r, key.to_owned(), GoOn::times(20))));
            }
            let mut counted = Counted::default();
            for caller in callers {
                counted.absorb(caller.outcome().await);
            }
            witness.receive()?;
            told.push((key, counted));
        }
        drop(r);
        // what was given up has run, or never will, when the connection that it came over is gone
        until("the client is gone", || {
            witness.call(&["CLIENT", "LIST", "TYPE", "normal"]).text().lines().count() == 1
        }).await;
        for (key, counted) in told {
            // who waited for a connection meanwhile, which took a greeting, may have waited too long: that did not run
            counted.assert_explains(number(&mut witness, key));
            assert_eq!(counted.all(), 80, "{key}: {counted:?}");
        }
    }

    async fn a_server_with_too_many_clients_is_asked_until_it_has_room(site) {
        let server = site.server().start();
        let mut witness = server.raw();
        set(&mut witness, "maxclients", "1");
        let refused = Refusals::of(ServerErrorKind::MaxClients);
        let r = Redis::builder().host("127.0.0.1").port(server.address().port())
            .protocol(site.choice()).on_event(refused.listener()).build()?;
        let counting = beside(move || count(r, "n".to_owned(), GoOn::times(1)));
        until("it was turned away twice", || {
            witness.call(&["PING"]).text() == "PONG" && refused.count() >= 2
        }).await;
        set(&mut witness, "maxclients", "100");
        let counted = counting.outcome().await;
        assert_eq!((counted.done, counted.in_doubt, counted.not_run), (1, 0, 0));
        assert_eq!(number(&mut witness, "n"), 1);
    }

    async fn a_server_that_loads_its_data_is_asked_until_it_has(site) {
        let often = ["--loading-process-events-interval-bytes", "1024"];
        let server = site.server().arguments(&often).start();
        let refused = Refusals::of(ServerErrorKind::Loading);
        let r = Redis::builder().host("127.0.0.1").port(server.address().port())
            .protocol(site.choice()).on_event(refused.listener()).build()?;
        let (mut reloads, mut witness) = (server.raw(), server.raw());
        let _ = witness.call(&["DEBUG", "POPULATE", "20000"]);
        // it loads until it is told to make haste
        set(&mut witness, "key-load-delay", "1000");
        reloads.send(&["DEBUG", "RELOAD"])?;
        until("it loads", || {
            let answer = witness.try_call(&["PING"]).expect("it answers");
            matches!(answer, redis_tests::raw::Reply::Error(text) if text.starts_with("LOADING"))
        }).await;
        let counting = beside(move || count(r, "n".to_owned(), GoOn::times(5)));
        until("it was turned away twice", || {
            let _ = witness.try_call(&["PING"]).expect("it answers");
            refused.count() >= 2
        }).await;
        set(&mut witness, "key-load-delay", "0");
        let counted = counting.outcome().await;
        reloads.receive()?;
        assert_eq!((counted.done, counted.in_doubt, counted.not_run), (5, 0, 0));
        assert_eq!(number(&mut witness, "n"), 5);
    }

    over(tls) async fn a_server_without_memory_refuses_and_nothing_is_in_doubt(site) {
        let server = site.server().start();
        let r = Redis::from_url(&site.url(site.address(&server), ""))?;
        let mut witness = server.raw();
        let go_on = GoOn::until_told();
        let mut callers = Vec::new();
        for who in 0..4 {
            let (r, go_on) = (r.clone(), go_on.clone());
            callers.push(beside(move || write(r, "ids".to_owned(), who, go_on)));
        }
        for _ in 0..3 {
            let before = go_on.done();
            until("the callers are at work", || {
                witness.call(&["PING"]).text() == "PONG" && go_on.done() >= before + 40
            }).await;
            set(&mut witness, "maxmemory", "1");
            let refusals = witness.call(&["INFO", "stats"]).info("total_error_replies");
            until("they were refused", || {
                witness.call(&["INFO", "stats"]).info("total_error_replies") != refusals
            }).await;
            set(&mut witness, "maxmemory", "0");
        }
        go_on.stop();
        let mut ledger = Ledger::default();
        for caller in callers {
            ledger.absorb(caller.outcome().await);
        }
        let tally = ledger.audit(&list(&mut witness, "ids"));
        tally.assert_true();
        assert!(tally.in_doubt == 0 && tally.not_run > 0, "{tally}");
    }

    async fn a_password_that_is_changed_under_load_is_taken_up_at_the_next_connect(site) {
        let server = site.server().password("first").start();
        let vault = Vault::with("first");
        let r = Redis::builder().host("127.0.0.1").port(server.address().port())
            .protocol(site.choice()).credentials_provider(vault.clone()).build()?;
        let go_on = GoOn::until_told();
        let mut callers = Vec::new();
        for who in 0..4 {
            let (r, go_on) = (r.clone(), go_on.clone());
            callers.push(beside(move || write(r, "ids".to_owned(), who, go_on)));
        }
        let mut witness = server.raw();
        for password in ["second", "third", "fourth"] {
            let before = go_on.done();
            until("the callers are at work", || {
                witness.call(&["PING"]).text() == "PONG" && go_on.done() >= before + 40
            }).await;
            // for a moment the vault lags behind, and connects are refused
            set(&mut witness, "requirepass", password);
            witness.call(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]);
            vault.change(password);
        }
        let before = go_on.done();
        until("the callers are at work", || {
            witness.call(&["PING"]).text() == "PONG" && go_on.done() >= before + 40
        }).await;
        go_on.stop();
        let mut ledger = Ledger::default();
        for caller in callers {
            ledger.absorb(caller.outcome().await);
        }
        ledger.audit(&list(&mut witness, "ids")).assert_true();
    }

    over(tls) async fn without_a_password_nothing_is_sent_and_nothing_is_tried_again(site) {
        let server = site.server().password("secret").start();
        for (credentials, kind) in [("", ServerErrorKind::Authentication), (":wrong@", ServerErrorKind::Authentication)] {
            let url = site.url(site.address(&server), "").replace("://", &format!("://{credentials}"));
            let r = Redis::from_url(&url)?;
            let error = r.incr("n").await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Server(kind), "{error}");
            assert!(error.was_not_executed(), "{error}");
            assert_eq!(error.context().attempt, Some(1), "{error}");
        }
        assert_eq!(number(&mut server.raw(), "n"), 0);
    }
}
