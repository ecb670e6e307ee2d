//! TLS: who is believed, who is refused, and that nothing is lost on the way.

use redis_core::config::{
    Config, ConfigBuilder, TlsIdentity, TlsOptions, TlsVerification, TlsVersion,
};
use redis_core::pubsub::{PubSubEvent, PubSubOptions};
use redis_core::{Delivery, Error, ErrorKind};
use redis_tests::certificates::{Certificates, Identity, certificates};
use redis_tests::server::{Server, ServerOptions};
use std::time::Duration;

use crate::flavour::both_flavours;
use crate::witness::{Client, Witness};

/// Longer than anything takes that comes at all.
const PATIENCE: Duration = Duration::from_secs(20);

/// Trusts the tests' authority.
fn trusting() -> TlsOptions {
    TlsOptions::new().with_authority(certificates().authority.as_bytes())
}

fn identity(of: &Identity) -> TlsIdentity {
    TlsIdentity::new(of.certificate.as_bytes(), of.key.as_bytes())
}

/// A client's configuration for the TLS port, trying once.
fn config(server: &Server, protocol: u8, options: TlsOptions) -> Config {
    let url = format!("{}?protocol={protocol}&retries=0", server.tls_url());
    let built = ConfigBuilder::from_url(&url).and_then(|builder| builder.tls(options).build());
    built.expect("the test's own settings are good")
}

/// The session was refused before anything was sent.
#[track_caller]
fn assert_refused(error: &Error, what: &str) {
    assert_eq!(
        (error.kind(), error.delivery()),
        (ErrorKind::Tls, Delivery::NotSent),
        "{what}: {error}"
    );
}

/// A server of its own, with a certificate of the tests' choice.
fn server_as(
    row: &'static redis_tests::matrix::Row,
    who: fn(&Certificates) -> &Identity,
) -> Server {
    Server::of(row).tls_as(who(certificates())).start()
}

both_flavours! {
    parts {
        async fn ask(config: Config) -> redis_core::Result<redis_core::BulkString> {
            let r = Redis::from_config(config);
            r.ping().await
        }

        /// What each of many callers does: nobody gets another's answer.
        async fn echo_much(r: Redis, key: String, worker: usize) -> redis_core::Result<()> {
            for round in 0..50 {
                let value = format!("{worker}:{round}:").repeat(1 + 97 * worker);
                r.set(&key, &value).await?;
                let back = r.get(&key).await?;
                assert!(back.is_some_and(|back| back == value), "{key} came back changed");
            }
            Ok(())
        }
    }

    async fn large_values_go_both_ways_over_tls(test) {
        if !test.row.has_tls() {
            return Ok(());
        }
        let r = Redis::from_config(config(test.server, test.protocol, trusting()));
        let key = test.key("large");
        let value: Vec<u8> = (0..1_u32 << 20).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        for _ in 0..3 {
            r.set(&key, &value).await?;
            let back = r.get(&key).await?;
            assert!(back.is_some_and(|back| back == value), "1 MiB came back changed");
        }
        let info: String = r.command("CLIENT INFO").query().await?;
        assert_eq!(Client::read(&info).get("resp"), test.protocol.to_string());
    }

    async fn subscriptions_over_tls_miss_nothing_however_messages_lie_in_records(test) {
        if !test.row.has_tls() {
            return Ok(());
        }
        let channel = test.key("ch");
        let r = Redis::from_config(config(test.server, test.protocol, trusting()));
        let mut p = r.pubsub_with(PubSubOptions::new().ignore_subscribe_messages(true));
        p.subscribe(&channel).await?;
        // one at a time, around the size of a record and above that of a read
        for length in [1, 16_000, 16_383, 16_384, 16_385, 40_000, 65_536, 200_000] {
            let payload = "x".repeat(length);
            r.publish(&channel, &payload).await?;
            let event = p.get_message(PATIENCE).await?;
            let message = event.and_then(PubSubEvent::into_message).expect("it comes in time");
            assert!(message.payload == payload, "{length} bytes came back changed");
        }
        // many at once: a read takes a part of what a session has decrypted
        for number in 0..300_usize {
            r.publish(&channel, format!("{number}:{}", "y".repeat(number * 7))).await?;
        }
        for number in 0..300_usize {
            let event = p.get_message(PATIENCE).await?;
            let message = event.and_then(PubSubEvent::into_message).expect("it comes in time");
            assert!(message.payload == format!("{number}:{}", "y".repeat(number * 7)), "{number} is missing");
        }
        // asked for while the connection sleeps, and answered without a message to wake it
        let mut q = r.pubsub();
        q.subscribe([test.key("a"), test.key("b")]).await?;
        q.unsubscribe_all().await?;
        p.unsubscribe(&channel).await?;
        let nothing = p.next_message().await?;
        assert_eq!(nothing, None);
    }

    async fn many_callers_share_tls_sessions(test) {
        if !test.row.has_tls() {
            return Ok(());
        }
        let name = test.key("c");
        let built = config(test.server, test.protocol, trusting());
        let r = Redis::builder().config(&built).client_name(&name).pool_max_size(4).build()?;
        let mut workers = Vec::new();
        for worker in 0..16_usize {
            let (r, key) = (r.clone(), test.key(&format!("w{worker}")));
            workers.push(beside(move || echo_much(r, key, worker)));
        }
        for worker in workers {
            worker.outcome().await?;
        }
        let open = Witness::of(test.server).count(&name);
        assert!((1..=4).contains(&open), "{open} connections for 16 callers");
    }

    async fn a_certificate_for_another_host_is_refused_unless_its_name_is_expected(test) {
        if !test.row.has_tls() {
            return Ok(());
        }
        let server = server_as(test.row, |made| &made.elsewhere);
        let refused = ask(config(&server, test.protocol, trusting())).await.unwrap_err();
        assert_refused(&refused, "another host's certificate");

        let expected = trusting().with_server_name("elsewhere.example");
        let answer = ask(config(&server, test.protocol, expected)).await?;
        assert_eq!(answer, "PONG");

        let careless = trusting().with_verification(TlsVerification::InsecureWithoutHostName);
        let answer = ask(config(&server, test.protocol, careless)).await?;
        assert_eq!(answer, "PONG");
    }

    async fn an_expired_certificate_is_refused(test) {
        if !test.row.has_tls() {
            return Ok(());
        }
        let server = server_as(test.row, |made| &made.expired);
        let refused = ask(config(&server, test.protocol, trusting())).await.unwrap_err();
        assert_refused(&refused, "an expired certificate");
    }

    async fn what_another_authority_vouches_for_is_refused_unless_all_is_believed(test) {
        if !test.row.has_tls() {
            return Ok(());
        }
        let server = server_as(test.row, |made| &made.other_server);
        let refused = ask(config(&server, test.protocol, trusting())).await.unwrap_err();
        assert_refused(&refused, "another authority");
        let refused = ask(config(&server, test.protocol, TlsOptions::new())).await.unwrap_err();
        assert_refused(&refused, "no authority of the system's");
        let careless = trusting().with_verification(TlsVerification::InsecureWithoutHostName);
        let refused = ask(config(&server, test.protocol, careless)).await.unwrap_err();
        assert_refused(&refused, "another authority, host names aside");

        let reckless = TlsOptions::new().with_verification(TlsVerification::InsecureNone);
        let answer = ask(config(&server, test.protocol, reckless)).await?;
        assert_eq!(answer, "PONG");
    }

    async fn of_several_authorities_in_one_file_each_is_trusted(test) {
        if !test.row.has_tls() {
            return Ok(());
        }
        let server = server_as(test.row, |made| &made.other_server);
        let both = format!("{}{}", certificates().authority, certificates().other_authority);
        let answer = ask(config(&server, test.protocol, TlsOptions::new().with_authority(both))).await?;
        assert_eq!(answer, "PONG");
    }

    async fn a_server_that_wants_to_know_its_clients_knows_ours(test) {
        if !test.row.has_tls() {
            return Ok(());
        }
        let server = Server::of(test.row).mutual_tls().start();
        let known = trusting().with_identity(identity(&certificates().client));
        let answer = ask(config(&server, test.protocol, known)).await?;
        assert_eq!(answer, "PONG");

        let nobody = ask(config(&server, test.protocol, trusting())).await.unwrap_err();
        // with TLS 1.3 the server refuses when the client has already agreed
        assert!(nobody.is_connection_error(), "{nobody}");
        assert_eq!(nobody.delivery(), Delivery::NotSent, "{nobody}");

        let stranger = trusting().with_identity(identity(&certificates().other_client));
        let stranger = ask(config(&server, test.protocol, stranger)).await.unwrap_err();
        assert!(stranger.is_connection_error(), "{stranger}");
        assert_eq!(stranger.delivery(), Delivery::NotSent, "{stranger}");
    }

    async fn an_older_version_than_the_minimum_is_refused(test) {
        if !test.row.has_tls() {
            return Ok(());
        }
        let old = |options: ServerOptions| options.arguments(&["--tls-protocols", "TLSv1.2"]);
        let server = old(Server::of(test.row).tls()).start();
        let strict = trusting().with_min_version(TlsVersion::Tls13);
        let refused = ask(config(&server, test.protocol, strict)).await.unwrap_err();
        assert_refused(&refused, "TLS 1.2 where 1.3 is the least");

        let lenient = trusting().with_min_version(TlsVersion::Tls12);
        let answer = ask(config(&server, test.protocol, lenient)).await?;
        assert_eq!(answer, "PONG");
        let new = trusting().with_min_version(TlsVersion::Tls13);
        let answer = ask(config(test.server, test.protocol, new)).await?;
        assert_eq!(answer, "PONG");
    }

    async fn plain_text_on_a_tls_port_and_tls_on_a_plain_one_are_errors_not_hangs(test) {
        if !test.row.has_tls() {
            return Ok(());
        }
        let port = test.server.address().port();
        let plain = format!("rediss://localhost:{port}?retries=0&connect_timeout=200ms");
        let config = ConfigBuilder::from_url(&plain)?.tls(trusting()).build()?;
        // a server takes the greeting for the beginning of a line, and waits for its end
        let error = ask(config).await.unwrap_err();
        assert!(error.is_connection_error(), "{error}");
        assert_eq!(error.delivery(), Delivery::NotSent, "{error}");
        let mixed = format!("redis://localhost:{}?retries=0", test.server.tls_address().port());
        let error = ask(Config::from_url(&mixed)?).await.unwrap_err();
        assert!(error.is_connection_error(), "{error}");
        assert_eq!(error.delivery(), Delivery::NotSent, "{error}");
    }
}
