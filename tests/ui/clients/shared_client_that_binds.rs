//! What changes the state of a connection is not for a client that others share.

use redis_async::prelude::*;

async fn on_a_shared_client(r: &Redis) {
    let _ = r.select(1).await;
    let _ = r.typed::<()>().select(1).await;
}

fn main() {}
