//! The async client.

use crate::spawnable;
use redis_async::prelude::*;
use redis_async::{FromReply, Result, commands};
use std::sync::Arc;

static R: Redis = Redis::new();

pub(crate) fn spawned() {
    spawnable(R.get("k"));
    spawnable(R.typed::<i64>().get("k"));
    spawnable(R.user("user:1"));
    spawnable(service());
    tokio::spawn(R.get("k"));
}

async fn service() -> Result<()> {
    let r = Redis::new();
    println!("{:?}", Redis::new().get("foo").await?);
    r.set("foo", "bar").await?;
    r.get("foo").await?;
    let _: bool = r.get("foo").await?.is_some_and(|v| v == "bar");
    let hits: u32 = r.typed().get("hits").await?;
    let (x, y) = tokio::join!(r.typed::<i64>().get("x"), r.incr("y"));
    let _: i64 = x? + y? + i64::from(hits);
    r.command("FOO").key("k").arg(1).query::<i64>().await?;
    Ok(())
}

async fn whatever_executes_has_the_commands<C>(c: &C) -> Result<i64>
where
    C: ExecuteCommand<Mode = redis_async::Async> + Sync,
{
    c.set("n", 1).await?;
    c.incr("n").await
}

fn generic_code_spawns(r: Arc<Redis>) {
    spawnable(async move { whatever_executes_has_the_commands(&r).await });
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

async fn a_trait_and_a_struct_of_ones_own(r: &Redis) -> Result<String> {
    let user: Option<User> = r.user("user:1").await?;
    let again: User = r.typed().hgetall("user:1").await?;
    let connection = r.connection().await?;
    connection.user("user:2").await?;
    Ok(user.map_or(again.name, |user| user.name))
}

/// An executor of one's own, which waits for something else first.
struct Polite<'r>(&'r Redis);

impl ExecuteCommand for Polite<'_> {
    type Mode = redis_async::Async;

    fn execute_command<T: FromReply>(
        &self,
        command: redis_async::Command<'_>,
    ) -> redis_async::CommandFuture<'_, T> {
        let (inner, command) = (self.0, command.into_owned());
        redis_async::CommandFuture::boxed(async move {
            tokio::task::yield_now().await;
            inner.execute_command(command).await
        })
    }
}

static POLITE: Polite<'static> = Polite(&R);

fn an_executor_of_ones_own_has_the_commands_and_spawns() {
    spawnable(POLITE.get("k"));
    spawnable(POLITE.typed::<i64>().incr("n"));
}
