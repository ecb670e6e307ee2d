//! Connections to servers in memory, for both clients.

use redis_sync::Result;
use std::time::Instant;

/// Connects by making what talks to the server.
pub(crate) struct Linked<F>(pub(crate) F);

impl<L, F> redis_sync::Connector for Linked<F>
where
    L: redis_sync::Stream + 'static,
    F: Fn() -> L + Send + Sync,
{
    fn connect(
        &self,
        _: &redis_sync::Endpoint,
        _: &redis_sync::SocketOptions,
        _: Option<Instant>,
    ) -> Result<Box<dyn redis_sync::Stream>> {
        Ok(Box::new((self.0)()))
    }
}

impl<L, F> redis_async::Connector for Linked<F>
where
    L: redis_async::Transport + 'static,
    F: Fn() -> L + Send + Sync,
{
    fn connect<'a>(
        &'a self,
        _: &'a redis_async::Endpoint,
        _: &'a redis_async::SocketOptions,
    ) -> redis_async::BoxFuture<'a, Result<redis_async::Stream>> {
        Box::pin(async { Ok(redis_async::Stream::new((self.0)())) })
    }
}
