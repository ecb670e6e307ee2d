//! What becomes of a connection whose reply is late. The server is stopped where it stands, so that
//! "late" and "in time" are facts and not measurements.
#![cfg(unix)]

use redis_core::command::CallOptions;
use redis_core::event::CloseReason;
use redis_core::{Delivery, ErrorKind, TimeoutKind};
use redis_tests::server::Server;
use std::time::Duration;

use crate::flavour::both_flavours;
use crate::witness::Witness;

/// Of the one call that is to be late; opening a connection may take as long as it does.
fn impatient() -> CallOptions {
    CallOptions::new().response_timeout(Duration::from_millis(50))
}

both_flavours! {
    async fn a_reply_that_comes_late_is_drained_and_the_socket_used_again(test) {
        let server = Server::of(test.row).start();
        let url = format!(
            "{}?protocol={}&client_name=late&pool_drain_timeout=20s",
            server.url(),
            test.protocol
        );
        let r = Redis::from_url(&url)?;
        let connection = r.connection().await?;
        let id: i64 = connection.command("CLIENT ID").query().await?;

        server.pause();
        let error = connection.with(impatient()).command("ECHO").arg("late").query::<String>().await.unwrap_err();
        server.resume();
        assert_eq!(error.kind(), ErrorKind::Timeout(TimeoutKind::Reply), "{error}");
        assert_eq!(error.delivery(), Delivery::Unknown, "{error}");
        drop(connection);
        until("the late reply is drained", || r.statistics().recycled == 1).await;

        // told by the server itself where the answers are in step again
        let again = r.connection().await?;
        let same: i64 = again.command("CLIENT ID").query().await?;
        assert_eq!(same, id, "the socket was not used again");
        let counted = r.statistics();
        assert_eq!((counted.created, counted.closed_total()), (1, 0), "{counted:?}");
        assert_eq!(Witness::of(&server).count("late"), 1);
    }

    async fn a_connection_whose_reply_does_not_come_is_closed(test) {
        let server = Server::of(test.row).start();
        let url = format!(
            "{}?protocol={}&client_name=late&pool_drain_timeout=20ms",
            server.url(),
            test.protocol
        );
        let r = Redis::from_url(&url)?;
        let connection = r.connection().await?;
        let id: i64 = connection.command("CLIENT ID").query().await?;

        server.pause();
        let error = connection.with(impatient()).command("ECHO").arg("never").query::<String>().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout(TimeoutKind::Reply), "{error}");
        drop(connection);
        until("the drain was given up", || {
            r.statistics().closed(CloseReason::NotDrained) == 1
        }).await;
        server.resume();

        let next = r.connection().await?;
        let other: i64 = next.command("CLIENT ID").query().await?;
        assert_ne!(other, id, "a connection that owes a reply was used again");
        let counted = r.statistics();
        assert_eq!((counted.recycled, counted.created), (0, 2), "{counted:?}");
        let mut witness = Witness::of(&server);
        until("the old one is gone from the server", || witness.count("late") == 1).await;
    }

    async fn what_times_out_on_a_shared_client_never_answers_the_next_command(test) {
        let server = Server::of(test.row).start();
        let url = format!(
            "{}?protocol={}&retries=0&pool_drain_timeout=10ms",
            server.url(),
            test.protocol
        );
        let r = Redis::from_url(&url)?;
        r.set("right", "right").await?;
        r.set("wrong", "wrong").await?;
        for _ in 0..3 {
            server.pause();
            let error = r.with(impatient()).get("wrong").await.unwrap_err();
            server.resume();
            assert_eq!(error.kind(), ErrorKind::Timeout(TimeoutKind::Reply), "{error}");
            let mut witness = Witness::of(&server);
            until("the server answers again", || witness.get("right").is_some()).await;
            let value = r.get("right").await?;
            assert!(value.is_some_and(|value| value == "right"), "a late reply was handed out");
        }
    }
}
