//! Which commands a server carries out most, and for whom: looks on at so many of them, then says what it saw.
//!
//! `cargo run -p redis-sync --example monitor 1000` with a server at `REDIS_URL`, or at `localhost:6379`.
//! The example of the same name in `redis-async` says what comes as it comes.

use redis_sync::prelude::*;
use std::collections::BTreeMap;
use std::time::Duration;

fn main() -> redis_sync::Result<()> {
    let wanted: usize = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(100);
    let r = match std::env::var("REDIS_URL") {
        Ok(url) => Redis::from_url(&url)?,
        Err(_) => Redis::new(),
    };
    let mut monitor = r.monitor()?;
    let mut commands: BTreeMap<String, usize> = BTreeMap::new();
    let mut clients: BTreeMap<String, usize> = BTreeMap::new();
    let (mut seen, mut bytes) = (0, 0);
    while seen < wanted {
        let Some(event) = monitor.next_within(Duration::from_secs(10))? else {
            println!("nothing for ten seconds");
            break;
        };
        seen += 1;
        bytes += event.arguments.iter().map(|argument| argument.len()).sum::<usize>();
        *commands.entry(event.command.to_string_lossy().to_uppercase()).or_default() += 1;
        *clients.entry(format!("{:?}", event.client)).or_default() += 1;
    }
    println!("{seen} commands with {bytes} bytes of arguments");
    for (title, counts) in [("by name", commands), ("by client", clients)] {
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        println!("{title}:");
        for (what, count) in counts.iter().take(10) {
            println!("{count:>8}  {what}");
        }
    }
    Ok(())
}
