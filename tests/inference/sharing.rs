//! What may go to another thread, and what only one thread may use at a time. That it compiles is the test.

use crate::spawnable;
use redis_core::{Handle, Replies};
use std::rc::Rc;

fn sent<T: Send + 'static>() {}
fn shared<T: Send + Sync + 'static>() {}

/// `alone::<T>::check()` is ambiguous, and no program, if `T` is `Sync`.
trait Alone<A> {
    fn check() {}
}
struct Shared;
impl<T: ?Sized> Alone<()> for T {}
impl<T: ?Sized + Sync> Alone<Shared> for T {}

#[test]
fn what_one_thread_uses_at_a_time_is_sent_and_not_shared() {
    macro_rules! one_at_a_time {
        ($($type:ty),* $(,)?) => { $(
            sent::<$type>();
            <$type as Alone<_>>::check();
        )* };
    }
    one_at_a_time!(
        redis_sync::Pipeline,
        redis_sync::Transaction,
        redis_sync::Tx,
        redis_sync::Multi,
        redis_sync::Connection,
        redis_sync::Monitor,
        redis_sync::RawConnection,
    );
    sent::<redis_sync::Optimistic>();
}

#[test]
fn what_tasks_share_locks_and_what_one_task_uses_is_borrowed_by_it_alone() {
    shared::<redis_sync::Redis>();
    shared::<redis_sync::Pool>();
    shared::<redis_async::Redis>();
    shared::<redis_async::Pool>();
    shared::<redis_async::Pipeline>();
    shared::<redis_async::Transaction>();
    shared::<redis_async::Tx>();
    shared::<redis_async::Multi>();
    shared::<redis_async::Connection>();
    sent::<redis_async::Optimistic>();
    sent::<redis_async::Monitor>();
    sent::<redis_async::RawConnection>();
    shared::<Replies>();
    // of a handle's type there is no value yet
    shared::<Handle<Rc<()>>>();
}

/// Every future of a conversation goes to another thread, whatever it borrows.
#[test]
fn futures_of_conversations_spawn() {
    // never called: a runtime would be needed
    let _: fn() = || {
        use redis_async::prelude::*;
        static R: Redis = Redis::new();
        spawnable(async {
            let mut monitor = R.monitor().await?;
            monitor.next_within(std::time::Duration::ZERO).await?;
            monitor.next().await.transpose()
        });
        spawnable(async {
            let (key, mut raw) = (String::from("k"), R.connection().await?.into_raw()?);
            raw.send(("GET", &key)).await?;
            raw.send_bytes(key.as_bytes()).await?;
            raw.receive_line().await?;
            raw.receive_bytes(1).await?;
            raw.receive().await
        });
        spawnable(async {
            let (pipe, mut tried) = (R.pipeline(), 0);
            pipe.incr("k");
            while tried < 3 && pipe.execute::<(i64,)>().await.is_err() {
                tried += 1;
            }
            let connection = R.connection().await?;
            pipe.execute_on::<(i64,)>(&connection).await?;
            pipe.atomic().execute_on::<Option<(i64,)>>(&connection).await
        });
        spawnable(async {
            let (key, mut tried) = (String::from("k"), 0);
            let (key, mut attempts) = (&key, R.optimistic(&key));
            while let Some(tx) = attempts.attempt().await? {
                tried += 1;
                let seen = tx.typed::<i64>().get(key).await?;
                let multi = tx.multi();
                multi.set(key, seen + 1);
                tx.execute::<Option<()>>(&multi).await?;
            }
            R.transaction(key, |tx| {
                tried += 1;
                async move { tx.typed::<i64>().get(key).await }
            })
            .await
        });
    };
}
