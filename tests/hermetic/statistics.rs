//! What a client counts of what went over its connections.

use crate::both::{Heard, both_clients, greeted};
use redis_core::command::{Command, table};
use redis_core::config::ConfigBuilder;
use redis_core::event::{CloseReason, Event};
use redis_core::pool::DisconnectScope;
use redis_tests::scripted::{Script, ScriptedServer};

const VALUE: &str = "$1\r\nv\r\n";

/// Answers every `GET` with a value.
fn answering() -> Script {
    greeted().serve(|words| {
        let answer = if words[0] == b"GET" { VALUE } else { "+OK\r\n" };
        Some(answer.into())
    })
}

both_clients! {
    async fn commands_and_bytes_are_counted_in_both_directions_those_of_pipelines_one_by_one() {
        let server = ScriptedServer::play_each(|_| answering());
        let client = Redis::from_url(&server.url())?;
        let size = Command::new(&table::GET).key("k").to_bytes().len() as u64;
        client.get("k").await?;
        let before = client.statistics().traffic;
        assert_eq!(before.commands, 1);
        assert!(before.bytes_out > size && before.bytes_in > VALUE.len() as u64, "{before:?}");
        for _ in 0..3 {
            client.get("k").await?;
        }
        let pipe = client.pipeline();
        pipe.get("k").get("k");
        pipe.execute::<()>().await?;
        let after = client.statistics().traffic;
        assert_eq!(after.commands - before.commands, 5);
        assert_eq!(after.bytes_out - before.bytes_out, 5 * size);
        assert_eq!(after.bytes_in - before.bytes_in, 5 * VALUE.len() as u64);
    }

    async fn what_went_over_a_connection_of_ones_own_is_counted_when_it_comes_back() {
        let server = ScriptedServer::play_each(|_| answering());
        let client = Redis::from_url(&server.url())?;
        let connection = client.connection().await?;
        for _ in 0..3 {
            connection.get("k").await?;
        }
        drop(connection);
        assert_eq!(client.statistics().traffic.commands, 3);
    }

    async fn timeouts_and_what_is_tried_again_are_counted() {
        let server = ScriptedServer::play_each(|number| match number {
            1 => greeted().expect(&["GET", "k"]).close(),
            _ => greeted().expect(&["GET", "k"]).send(VALUE).stall(),
        });
        let url = format!("{}?retry_backoff=none&pool_drain_timeout=0ms", server.url());
        let client = Redis::from_url(&url)?;
        client.get("k").await?;
        assert_eq!(client.statistics().retries, 1);
        assert_eq!(client.statistics().traffic.reply_timeouts, 0);
        let soon = redis_core::command::CallOptions::new()
            .response_timeout(std::time::Duration::from_millis(50))
            .retry(redis_core::retry::RetryPolicy::none());
        client.with(soon).get("k").await.unwrap_err();
        let counts = client.statistics();
        assert_eq!((counts.traffic.reply_timeouts, counts.retries), (1, 1), "{counts:?}");
    }

    async fn a_connection_that_its_owner_closed_is_not_counted_as_broken_nor_told_as_such() {
        let server = ScriptedServer::play_each(|_| answering());
        let heard = Heard::new();
        let config = ConfigBuilder::from_url(&server.url())?.on_event(heard.listener()).build()?;
        let client = Redis::from_config(config);
        client.get("k").await?;
        client.disconnect(DisconnectScope::All);
        client.get("k").await?; // over the next connection: the first has ended
        let counts = client.statistics();
        assert_eq!(counts.closed(CloseReason::Disconnected), 1, "{counts:?}");
        assert_eq!(counts.closed(CloseReason::Broken), 0, "{counts:?}");
        let mut told = heard.all().into_iter().filter_map(|event| match event {
            Event::Disconnected { reason, error, .. } => Some((reason, error.is_some())),
            _ => None,
        });
        assert_eq!(told.next(), Some((CloseReason::Disconnected, false)));
        assert_eq!(told.next(), None);
    }

    async fn an_answer_that_gives_the_connection_up_is_counted_as_a_fault_of_it() {
        let server = ScriptedServer::play_each(|number| match number {
            1 => greeted().serve(|_| Some(b"-READONLY You can't write against a read only replica.\r\n".to_vec())),
            _ => answering(),
        });
        let client = Redis::from_url(&format!("{}?retry_backoff=none", server.url()))?;
        client.get("k").await?;
        let counts = client.statistics();
        assert_eq!(counts.closed(CloseReason::Broken), 1, "{counts:?}");
        assert_eq!(counts.closed(CloseReason::Disconnected), 0, "{counts:?}");
    }

    async fn pushes_for_nobody_and_panics_of_handlers_are_counted() {
        let pushed = format!(">1\r\n+nobody\r\n>1\r\n+somebody\r\n{VALUE}");
        let server = ScriptedServer::play(greeted().expect(&["GET", "k"]).send(pushed).stall());
        let config = ConfigBuilder::from_url(&server.url())?
            .on_push("somebody", |_| panic!("a handler's own fault"));
        let client = Redis::from_config(config.build()?);
        client.get("k").await?;
        let counts = client.statistics();
        assert_eq!((counts.traffic.unknown_pushes, counts.panics), (1, 1), "{counts:?}");
    }
}
