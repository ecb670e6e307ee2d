//! What stands in a capture of a client, and what it comes to when it is played again.

use crate::both::{both_clients, greeted};
use redis_core::capture::{HEADER, Record, RecordKind, Replay};
use redis_core::config::ConfigBuilder;
use redis_tests::scripted::ScriptedServer;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

/// A file in memory.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("nobody panicked").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Paper {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("nobody panicked").clone()).expect("text")
    }

    fn records(&self) -> Vec<Record> {
        let text = self.text();
        let lines = text.strip_prefix(HEADER).expect("a header").lines();
        lines.map(|line| Record::parse(line.as_bytes()).expect("a record")).collect()
    }

    /// What is said of it when it is played again, without times and connections.
    fn replayed(&self) -> Vec<String> {
        let mut replay = Replay::new();
        let steps = self.records().into_iter().flat_map(|record| replay.play(&record));
        let text = |step: String| step.splitn(3, ' ').nth(2).unwrap_or_default().to_owned();
        steps.map(|step| text(step.to_string())).collect()
    }
}

/// A writer that fails or panics.
struct Broken(bool);

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        assert!(!self.0, "a writer's own fault");
        Err(io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A configuration with a capture of the client's own.
trait Captured {
    fn captured(config: ConfigBuilder, to: impl Write + Send + 'static, limit: u64) -> Self;
}

impl Captured for redis_sync::Redis {
    fn captured(config: ConfigBuilder, to: impl Write + Send + 'static, limit: u64) -> Self {
        let capture = redis_sync::Capture::to_writer(to).limit(limit);
        Self::from_config(config.capture(capture).build().expect("the settings are right"))
    }
}

impl Captured for redis_async::Redis {
    fn captured(config: ConfigBuilder, to: impl Write + Send + 'static, limit: u64) -> Self {
        let capture = redis_async::Capture::to_writer(to).limit(limit);
        Self::from_config(config.capture(capture).build().expect("the settings are right"))
    }
}

const LIMIT: u64 = 1 << 20;

both_clients! {
    async fn a_capture_has_commands_and_replies_and_no_password_and_breaks_again_when_it_is_played() {
        let script = greeted().expect(&["SET", "k", "v"]).send("+OK\r\n")
            .expect(&["CONFIG", "SET", "requirepass", "canary-2"]).send("+OK\r\n")
            .expect(&["GET", "k"]).send("$1\r\nv\r\n@what?\r\n").stall();
        let server = ScriptedServer::play(script);
        let paper = Paper::default();
        let config = ConfigBuilder::from_url(&format!("redis://ada:canary-1@{}?retries=0", server.address()))?;
        let client = Redis::captured(config, paper.clone(), LIMIT);
        let connection = client.connection().await?;
        connection.command("SET").key("k").arg("v").query::<()>().await?;
        connection.command("CONFIG").arg("SET").arg("requirepass").arg("canary-2").query::<()>().await?;
        // the reply is good, what comes with it is not
        let _ = connection.command("GET").key("k").query::<String>().await;
        let _ = connection.command("GET").key("k").query::<String>().await.unwrap_err();
        drop(connection);
        drop(client);
        let text = paper.text();
        assert!(!text.contains("canary"), "{text}");
        assert!(text.contains("\"HELLO\" \"3\" \"AUTH\" \"ada\" ***"), "{text}");
        assert!(text.contains("\"CONFIG\" \"SET\" \"requirepass\" ***"), "{text}");
        let records = paper.records();
        let closed = records.iter().filter(|record| record.kind == RecordKind::Closed).count();
        assert_eq!(closed, 1, "{text}");
        assert!(records.is_sorted_by_key(|record| record.at), "{text}");
        let said = paper.replayed();
        let has = |what: &str| said.iter().any(|line| line.starts_with(what));
        assert!(said[0] == format!("opened to {}", server.address()), "{said:?}");
        assert!(has("< SET (") && has("< CONFIG SET (") && has("< GET ("), "{said:?}");
        assert!(has("! protocol broken: "), "{said:?}");
    }

    async fn the_connection_that_all_share_is_captured_too() {
        let server = ScriptedServer::play(greeted().expect(&["GET", "k"]).send("$1\r\nv\r\n").stall());
        let paper = Paper::default();
        let config = ConfigBuilder::from_url(&server.url())?;
        let client = Redis::captured(config, paper.clone(), LIMIT);
        let value = client.command("GET").key("k").query::<String>().await?;
        assert_eq!(value, "v");
        let said = paper.replayed();
        let last = said.last().expect("something was said");
        assert!(last.starts_with("< GET (") && last.ends_with("): \"v\""), "{said:?}");
    }

    async fn a_capture_ends_at_its_limit_and_the_client_goes_on() {
        let server = ScriptedServer::play(greeted().serve(|_| Some(b"+OK\r\n".to_vec())));
        let paper = Paper::default();
        let config = ConfigBuilder::from_url(&server.url())?;
        let client = Redis::captured(config, paper.clone(), 1000);
        for _ in 0..100 {
            client.command("SET").key("k").arg("v").query::<()>().await?;
        }
        let records = paper.records();
        assert_eq!(records.last().map(|record| &record.kind), Some(&RecordKind::Limit));
        let limits = records.iter().filter(|record| record.kind == RecordKind::Limit).count();
        assert_eq!(limits, 1);
        assert!(paper.text().len() <= 1100, "{}", paper.text().len());
    }

    async fn a_capture_that_cannot_be_written_fails_no_command() {
        for panics in [false, true] {
            let server = ScriptedServer::play(greeted().serve(|_| Some(b"+OK\r\n".to_vec())));
            let config = ConfigBuilder::from_url(&server.url())?;
            let client = Redis::captured(config, Broken(panics), LIMIT);
            for _ in 0..3 {
                client.command("SET").key("k").arg("v").query::<()>().await?;
            }
        }
    }
}
