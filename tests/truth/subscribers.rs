//! Subscribers whose connection is lost again and again: what they miss they are told of.

use std::time::Duration;

use redis_core::pubsub::{PubSubEvent, PubSubOptions};

use crate::numbers::Numbers;
use crate::site::truths;

/// How often the proxy ends the connection of the subscribers.
const KILLS: u64 = 100;
/// How many numbers are published between two looks at what came.
const AT_ONCE: u64 = 10;
/// Longer than anything takes that comes at all.
const PATIENCE: Duration = Duration::from_secs(20);

/// Between two messages, within one, within the answer to `SUBSCRIBE` or to the greeting. The connection after
/// the last of these lives.
const KILLING: &str = "
    connection 1..100 out every 5..40 frames delay 10us..300us
    connection 1..100 out after 200..2500 reset
    connection 1..100 out after 200..2500 close
";

/// What an event shows, if it came in time.
fn see(numbers: &mut Numbers, event: Option<PubSubEvent>) {
    numbers.see(event.expect("the next message, or the gap in which it was lost, comes"));
}

truths! {
    over(tls) async fn subscribers_miss_and_see_twice_nothing_outside_of_the_gaps_under_kills(site) {
        let server = site.server().start();
        let proxy = site.proxy(&server, KILLING);
        let publisher = Redis::from_url(&site.url(site.address(&server), ""))?;
        let r = Redis::from_url(&site.url(proxy.address(), "retry_backoff=constant:1ms"))?;
        let silent = || PubSubOptions::new().ignore_subscribe_messages(true);
        let (mut p, mut q) = (r.pubsub_with(silent()), r.pubsub_with(silent()));
        p.subscribe(["numbers", "others"]).await?;
        q.psubscribe("numb*").await?;
        let (mut one, mut two) = (Numbers::default(), Numbers::default());
        let mut number = 0;
        let mut healed = false;
        while !healed {
            // one round more: the last gap may be seen only then
            healed = proxy.counts().connections > KILLS;
            for _ in 0..AT_ONCE {
                number += 1;
                publisher.publish("numbers", number).await?;
            }
            // until all has come, or that it may never
            let gaps = (one.gaps, two.gaps);
            while one.in_gap || one.last < number && one.gaps == gaps.0 {
                let event = p.get_message(PATIENCE).await?;
                see(&mut one, event);
            }
            while two.in_gap || two.last < number && two.gaps == gaps.1 {
                let event = q.get_message(PATIENCE).await?;
                see(&mut two, event);
            }
        }
        // and what is published now comes, the whole of it
        let gaps = (one.gaps, two.gaps);
        for _ in 0..AT_ONCE {
            number += 1;
            publisher.publish("numbers", number).await?;
        }
        while one.last < number {
            let event = p.get_message(PATIENCE).await?;
            see(&mut one, event);
        }
        while two.last < number {
            let event = q.get_message(PATIENCE).await?;
            see(&mut two, event);
        }
        let counts = proxy.counts();
        println!("of {number} numbers {} and {} came, {} gaps, {counts:?}", one.seen, two.seen, one.gaps);
        assert!(counts.connections > KILLS, "only {} connections: nothing was proved", counts.connections);
        assert!(one.gaps > 10 && one.seen > 100 && one.seen < usize::try_from(number)?, "nothing was proved");
        assert_eq!((one.gaps, two.gaps), gaps, "a gap where nothing was lost");
        assert_eq!((p.dropped(), q.dropped()), (0, 0));
    }
}
