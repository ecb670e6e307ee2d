//! What a server carries out, as it comes: one line for each command, until the server hangs up or Ctrl-C.
//!
//! `cargo run -p redis-async --example monitor_async SET DEL` for these commands alone, with a server at
//! `REDIS_URL`, or at `localhost:6379`. The example `monitor` in `redis-sync` counts them.

use redis_async::prelude::*;
use std::time::SystemTime;

#[tokio::main(flavor = "current_thread")]
async fn main() -> redis_async::Result<()> {
    let wanted: Vec<String> = std::env::args().skip(1).map(|name| name.to_uppercase()).collect();
    let r = match std::env::var("REDIS_URL") {
        Ok(url) => Redis::from_url(&url)?,
        Err(_) => Redis::new(),
    };
    // the monitor has a connection of its own: `r` can be used beside it
    let mut monitor = r.monitor().await?;
    println!("looking on at {} keys", r.command("DBSIZE").query::<u64>().await?);
    while let Some(event) = monitor.next().await {
        let event = event?;
        if wanted.is_empty() || wanted.contains(&event.command.to_string_lossy().to_uppercase()) {
            let since = event.time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
            let (client, command) = (event.client, event.command);
            println!("{since:?} {client:?} {command} {:?}", event.arguments);
        }
    }
    Ok(())
}
