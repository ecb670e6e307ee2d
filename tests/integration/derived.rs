//! Derived structs as arguments and replies, there and back through real servers.

use crate::both::both_clients;
use redis_core::ErrorKind;
use redis_derive::{FromReply, ToArgs};

#[derive(Clone, Copy, Debug, PartialEq, FromReply, ToArgs)]
#[redis(rename_all = "kebab-case")]
enum Role {
    SuperUser,
    Guest,
}

#[derive(Clone, Debug, PartialEq, FromReply, ToArgs)]
#[redis(rename_all = "kebab-case")]
struct User {
    full_name: String,
    role: Role,
    email: Option<String>,
    score: f64,
}

fn ann() -> User {
    User { full_name: "Ann Ä".into(), role: Role::SuperUser, email: None, score: 1.5 }
}

both_clients! {
    async fn a_struct_is_a_hash_and_comes_back(test) {
        let (key, redis) = (test.key("user"), &test.client);
        let new = redis.hset(&key, ann()).await?;
        let names = redis.typed::<Vec<String>>().hkeys(&key).await?;
        let read = redis.typed::<Option<User>>().hgetall(&key).await?;
        let nobody = redis.typed::<Option<User>>().hgetall(test.key("none")).await?;
        assert_eq!((new, names), (3, ["full-name", "role", "score"].map(String::from).to_vec()));
        assert_eq!((read, nobody), (Some(ann()), None));
    }

    async fn an_absent_field_leaves_what_the_hash_has(test) {
        let (key, redis) = (test.key("user"), &test.client);
        let with_mail = User { email: Some("a@b".into()), ..ann() };
        redis.hset(&key, &with_mail).await?;
        redis.hset(&key, &User { role: Role::Guest, ..ann() }).await?;
        let read = redis.typed::<User>().hgetall(&key).await?;
        assert_eq!(read, User { role: Role::Guest, ..with_mail });
    }

    async fn a_struct_is_a_stream_entry(test) {
        let (key, redis) = (test.key("users"), &test.client);
        redis.xadd(&key, ann()).await?;
        let entries = redis.typed::<Vec<(String, User)>>().xrange(&key, "-", "+").await?;
        assert_eq!(entries.len(), 1);
        assert_eq!(entries[0].1, ann());
    }

    async fn a_value_that_cannot_be_sent_is_refused_by_its_fields_name(test) {
        let (key, redis) = (test.key("user"), &test.client);
        let error = redis.hset(&key, &User { score: f64::NAN, ..ann() }).await.unwrap_err();
        let there = redis.exists(&key).await?;
        assert_eq!((error.kind(), there), (ErrorKind::Argument, 0));
        assert!(error.to_string().contains("field `score` of `User`"), "{error}");
    }
}
