//! Connections: whether they live, who they are, what they are told, what changes them.

use crate::both::both_clients;
use redis_sync::{
    ClientAttribute, ClientFilter, ClientKillOptions, ClientKind, ClientListOptions,
    ClientTrackingOptions, Credentials, PauseMode, Protocol, TrackingRedirect, UnblockReason,
};
use std::time::Duration;

both_clients! {
    async fn the_server_answers(test) {
        let redis = &test.client;
        let pong = redis.ping().await?;
        let message = redis.ping_message("hello").await?;
        let echo = redis.echo("there").await?;
        assert_eq!((pong, message, echo), ("PONG".into(), "hello".into(), "there".into()));
        let help = redis.client_help().await?;
        assert!(!help.is_empty());
    }

    async fn a_connection_is_listed_as_itself(test) {
        let connection = test.client.connection().await?;
        connection.client_setname("importer").await?;
        let (id, name) = (connection.client_id().await?, connection.client_getname().await?);
        let info = connection.client_info().await?;
        assert_eq!((info.id(), name), (id, Some("importer".into())));
        assert_eq!((info.name(), info.user(), info.database()), ("importer", "default", 0));
        let all = connection.client_list().await?;
        assert!(all.iter().any(|client| client.id() == id));
        let one = connection.client_list_with(ClientListOptions::ids([id])).await?;
        assert_eq!((one.len(), one[0].name()), (1, "importer"));
        let normal = connection.client_list_with(ClientListOptions::kind(ClientKind::Normal)).await?;
        assert!(normal.iter().any(|client| client.id() == id));
        connection.client_setname("").await?;
        let none = connection.client_getname().await?;
        assert_eq!(none, None);
    }

    async fn valkey_lists_by_what_a_connection_is(test) {
        if test.row.is_valkey() {
            let connection = test.client.connection().await?;
            let name = test.key("name");
            connection.client_setname(&name).await?;
            let filter = || ClientFilter::new().name(&name).database(0).ip("127.0.0.1");
            let one = connection.client_list_with(ClientListOptions::matching(filter())).await?;
            let others = ClientListOptions::matching(filter()).except_self();
            let others = connection.client_list_with(others).await?;
            assert_eq!((one.len(), others.len()), (1, 0));
            connection.client_capa(["redirect", "unknown"]).await?;
            let error = connection.client_import_source(true).await.unwrap_err();
            assert_eq!(error.code(), Some("ERR"));
        }
    }

    async fn a_connection_is_closed_by_another(test) {
        let (redis, victim) = (&test.client, test.client.connection().await?);
        let id = victim.client_id().await?;
        let closed = redis.client_kill(ClientFilter::new().id(id)).await?;
        assert_eq!(closed, 1);
        let gone = redis.client_kill(ClientFilter::new().id(id)).await?;
        assert_eq!(gone, 0);
        let lost = victim.ping().await.is_err();
        assert!(lost);
        let connection = redis.connection().await?;
        let filter = ClientFilter::new().id(connection.client_id().await?);
        let spared = connection.client_kill(filter.clone()).await?;
        let closed = connection.client_kill_with(filter, ClientKillOptions::new().including_self()).await?;
        assert_eq!((spared, closed), (0, 1));
    }

    async fn who_does_not_wait_is_not_called_back(test) {
        let (redis, connection) = (&test.client, test.client.connection().await?);
        let id = connection.client_id().await?;
        let called = redis.client_unblock(id).await?;
        let with_error = redis.client_unblock_with(id, UnblockReason::Error).await?;
        assert!(!called && !with_error);
    }

    async fn commands_are_held_back_for_an_instant(test) {
        let redis = &test.client;
        redis.client_pause(Duration::from_millis(1)).await?;
        redis.client_pause_with(Duration::from_millis(1), PauseMode::Write).await?;
        redis.client_unpause().await?;
        let pong = redis.ping().await?;
        assert_eq!(pong, "PONG");
    }

    async fn tracking_is_told_of(test) {
        let connection = test.client.connection().await?;
        let off = connection.client_trackinginfo().await?;
        let nobody = connection.client_getredir().await?;
        assert_eq!((off.is_on(), off.redirect, nobody), (false, TrackingRedirect::Off, TrackingRedirect::Off));
        let other = test.client.connection().await?;
        let id = other.client_id().await?;
        let options = ClientTrackingOptions::broadcast(["a:", "b:"]).no_loop().redirect(id);
        connection.client_tracking(options).await?;
        let on = connection.client_trackinginfo().await?;
        assert!(on.is_on() && on.flags.iter().any(|flag| flag == "bcast"));
        let mut prefixes = on.prefixes;
        prefixes.sort();
        assert_eq!((on.redirect, prefixes), (TrackingRedirect::To(id), vec!["a:".into(), "b:".into()]));
        let redirect = connection.client_getredir().await?;
        assert_eq!(redirect, TrackingRedirect::To(id));
        connection.client_tracking_off().await?;
        connection.client_tracking(ClientTrackingOptions::opt_in().redirect(id)).await?;
        connection.client_caching(true).await?;
        let caching = connection.client_trackinginfo().await?;
        assert!(caching.flags.iter().any(|flag| flag == "caching-yes"));
        let error = connection.client_caching(false).await.unwrap_err();
        assert_eq!(error.code(), Some("ERR"));
    }

    async fn a_connection_of_ones_own_is_changed(test) {
        let connection = test.client.connection().await?;
        connection.client_no_evict(true).await?;
        let info = connection.client_info().await?;
        assert!(info.flags().contains('e'));
        connection.client_no_evict(false).await?;
        connection.select(1).await?;
        let info = connection.client_info().await?;
        assert_eq!(info.database(), 1);
        let refused = connection.auth(&Credentials::new("nobody", "wrong")).await.unwrap_err();
        assert!(refused.is_authentication());
        connection.auth(&Credentials::new("default", "any")).await?;
        let facts = connection.hello().await?;
        let spoken = if test.protocol == 3 { Protocol::Resp3 } else { Protocol::Resp2 };
        assert_eq!((facts.role(), facts.protocol()), (Some("master"), spoken));
        assert_eq!(facts.server(), Some(if test.row.is_valkey() { "valkey" } else { "redis" }));
    }

    async fn a_connection_is_reset(test) {
        let connection = test.client.connection().await?;
        connection.select(1).await?;
        let reset = connection.reset().await?;
        assert_eq!(reset, "RESET");
        let info = connection.client_info().await?;
        assert_eq!(info.database(), 0);
    }

    since(7, 2) async fn a_library_is_told_of(test) {
        let connection = test.client.connection().await?;
        connection.client_no_touch(true).await?;
        connection.client_setinfo(ClientAttribute::LibraryName, "shop").await?;
        connection.client_setinfo(ClientAttribute::LibraryVersion, "1.2").await?;
        let info = connection.client_info().await?;
        assert_eq!((info.get("lib-name"), info.get("lib-ver")), (Some("shop"), Some("1.2")));
        let wrong = connection.client_setinfo(ClientAttribute::LibraryName, "a b").await;
        assert!(wrong.is_err());
    }
}
