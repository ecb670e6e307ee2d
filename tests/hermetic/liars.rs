//! A peer whose words are drawn by lot, from a seed that a failure prints.

use crate::both::{both_clients, greeted};
use redis_core::ErrorKind;
use redis_core::command::CallOptions;
use redis_core::retry::{NoBackoff, RetryPolicy};
use redis_faults::Seed;
use redis_tests::liar::Liar;
use redis_tests::scripted::ScriptedServer;

/// How many connections are lied to.
const LIES: u64 = 400;

both_clients! {
    async fn what_is_said_oddly_and_truly_is_understood() {
        let seed = Seed::of_this_run();
        let server = ScriptedServer::play_each(move |number| {
            let mut liar = Liar::new(seed.random(number as u64));
            greeted().serve(move |words| {
                let said = |word: &Vec<u8>| String::from_utf8_lossy(word).into_owned();
                Some(match words[0].as_slice() {
                    b"ECHO" => liar.truly(&said(&words[1])),
                    _ => liar.truly_all(&words[1..].iter().map(said).collect::<Vec<_>>()),
                })
            })
        });
        let client = Redis::from_url(&format!("{}?retries=0", server.url()))?;
        for number in 0..300 {
            let text = format!("text {number}");
            let back = client.command("ECHO").arg(&text).query::<String>().await;
            assert_eq!(back.as_deref().ok(), Some(text.as_str()), "{}={seed}: {back:?}", Seed::VARIABLE);
            let texts = vec![text.clone(), String::new(), text];
            let back = client.command("MGET").keys(&texts).query::<Vec<String>>().await;
            assert_eq!(back.as_ref().ok(), Some(&texts), "{}={seed}: {back:?}", Seed::VARIABLE);
        }
        drop(client);
        server.finish();
    }

    async fn whatever_a_peer_says_ends_one_command_and_never_reaches_another() {
        let seed = Seed::of_this_run();
        // each connection has one answer and ends: nobody waits for what a lie lacks
        let server = ScriptedServer::play_each(move |number| {
            let mut liar = Liar::new(seed.random(number as u64));
            let answer = move |words: &Vec<Vec<u8>>| Some(match words[1].as_slice() {
                b"truth" => b"$5\r\ntruth\r\n".to_vec(),
                _ => liar.lie(),
            });
            greeted().answer(answer).close()
        });
        let url = format!("{}?retries=0", server.url());
        for number in 0..LIES {
            let client = Redis::from_url(&url)?;
            let outcome = client.command("ECHO").arg("lie").query::<redis_core::Value>().await;
            if let Err(error) = &outcome {
                let known = matches!(
                    error.kind(),
                    ErrorKind::Protocol | ErrorKind::Closed | ErrorKind::Server(_)
                );
                assert!(known, "{}={seed} {number}: {error:?}", Seed::VARIABLE);
            }
            // its own answer, or an error, never what is left of the lie
            let own = client.command("ECHO").arg("truth").query::<String>().await;
            let foreign = own.ok().filter(|text| text != "truth");
            assert_eq!(foreign, None, "{}={seed} {number}: after {outcome:?}", Seed::VARIABLE);
            let again = client.with(CallOptions::new().retry(RetryPolicy::new(NoBackoff, 5)))
                .command("ECHO").arg("truth").repeatable().query::<String>().await;
            assert_eq!(again.ok().as_deref(), Some("truth"), "{}={seed} {number}", Seed::VARIABLE);
        }
        drop(server);
    }
}
