//! Replies of another type than the one asked for, from real servers.

use redis_core::{Delivery, ErrorKind};

use crate::both::both_clients;

both_clients! {
    async fn the_protocol_that_was_asked_for_is_spoken(test) {
        let connection = test.client.connection().await?;
        let id = connection.command("CLIENT").arg("ID").query::<i64>().await?;
        let seen = test.server.raw().call(&["CLIENT", "LIST", "ID", &id.to_string()]).text();
        let (row, wanted) = (test.row, format!(" resp={}", test.protocol));
        assert!(seen.contains(&wanted), "{}: {seen}", row.name());
    }

    async fn a_reply_of_another_type_fails_one_command_and_leaves_the_connection_good(test) {
        let key = test.key("text");
        let connection = test.client.connection().await?;
        connection.command("SET").key(&key).arg("hello").query::<()>().await?;
        let error = connection.command("GET").key(&key).query::<i64>().await.unwrap_err();
        assert_eq!((error.kind(), error.delivery()), (ErrorKind::Conversion, Delivery::Executed));
        assert!(error.to_string().starts_with("GET: "), "{error}");
        assert!(!error.to_string().contains("hello"), "{error}");
        let text = connection.command("GET").key(&key).query::<String>().await?;
        assert_eq!(text, "hello");
    }

    async fn nil_where_a_value_was_wanted_says_what_to_do(test) {
        let key = test.key("absent");
        let error = test.client.command("GET").key(&key).query::<String>().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conversion);
        assert!(error.to_string().contains("declare it as `Option`"), "{error}");
        let none = test.client.command("GET").key(&key).query::<Option<String>>().await?;
        assert_eq!(none, None);
    }

    async fn an_error_within_a_transaction_is_the_servers_and_the_rest_has_run(test) {
        let (text, count) = (test.key("text"), test.key("count"));
        let connection = test.client.connection().await?;
        connection.command("SET").key(&text).arg("hello").query::<()>().await?;
        connection.command("MULTI").query::<()>().await?;
        connection.command("INCR").key(&count).query::<()>().await?;
        connection.command("INCR").key(&text).query::<()>().await?;
        connection.command("INCR").key(&count).query::<()>().await?;
        let error = connection.command("EXEC").query::<Vec<i64>>().await.unwrap_err();
        assert!(error.is_server_error(), "{error:?}");
        assert_eq!(error.message(), "ERR value is not an integer or out of range");
        let counted = connection.command("GET").key(&count).query::<i64>().await?;
        assert_eq!(counted, 2);
    }
}
