//! The blocking client.

use redis_sync::prelude::*;
use redis_sync::{BulkString, FromReply, Result, commands};

static R: Redis = Redis::new();

pub(crate) fn script() -> Result<()> {
    let r = Redis::new();
    println!("{:?}", Redis::new().get("foo")?);
    r.set("foo", "bar")?;
    r.get("foo")?;
    let _: bool = r.get("foo")?.is_some_and(|v| v == "bar");
    let hits: u32 = r.typed().get("hits")?;
    let _ = r.typed::<Option<u32>>().get("hits")?.map(|n| n + hits);
    R.incr("visits")?;
    r.command("FOO").key("k").arg(1).query::<i64>()?;
    Ok(())
}

fn the_reply_is_text_that_is_bytes(r: &Redis) -> Result<Option<BulkString>> {
    r.get("foo")
}

fn whatever_executes_has_the_commands<C>(c: &C) -> Result<i64>
where
    C: ExecuteCommand<Mode = redis_sync::Blocking>,
{
    c.set("n", 1)?;
    c.incr("n")
}

#[derive(Debug, FromReply)]
struct User {
    name: String,
    age: Option<u8>,
}

#[commands]
trait Users {
    /// The user, if there is one.
    #[command("HGETALL")]
    fn user(&self, key: impl ToArg) -> Option<User>;
}

fn a_trait_and_a_struct_of_ones_own(r: &Redis) -> Result<String> {
    let user: Option<User> = r.user("user:1")?;
    let again: User = r.typed().hgetall("user:1")?;
    let connection = r.connection()?;
    connection.user("user:2")?;
    Ok(user.map_or(again.name, |user| user.name))
}
