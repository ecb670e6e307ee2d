//! The greeting, answered by whatever arrives.

use crate::wire::{read, tight};
use redis_core::config::{Config, ProtocolChoice};
use redis_core::connection::Handshake;
use redis_core::credentials::Credentials;

/// A password that nothing else contains.
const SECRET: &str = "s3cr3tZq";

/// The first byte says how the client greets, the others are the server's answers.
pub(super) fn run(data: &[u8]) {
    let [plan, wire @ ..] = data else { return };
    let protocols = [ProtocolChoice::Auto, ProtocolChoice::Resp2, ProtocolChoice::Resp3];
    let config = Config::builder()
        .protocol(protocols[usize::from(plan % 3)])
        .client_name("fuzz")
        .database(u32::from(plan & 4))
        .build();
    let config = config.expect("a lawful configuration");
    let credentials = (plan & 8 != 0).then(|| Credentials::password_only(SECRET));
    let mut greeting = Handshake::new(&config, credentials);
    let first = greeting.begin();
    assert_eq!(first.is_empty(), greeting.expects() == 0);
    let (mut flights, mut over) = (1, false);
    read(tight(), wire, [wire.len()], |reply| {
        if over || greeting.expects() == 0 {
            return;
        }
        match greeting.reply(reply) {
            Ok(Some(more)) => {
                assert!(!more.is_empty() && greeting.expects() > 0, "a flight that asks nothing");
                flights += 1;
                assert!(flights <= 2, "an endless greeting");
            }
            Ok(None) => {}
            Err(error) => {
                over = true;
                assert!(!format!("{error} {error:?}").contains(SECRET), "it told the password");
            }
        }
    });
    let _ = greeting.finish();
}
