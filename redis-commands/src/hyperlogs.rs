//! HyperLogLogs: how many different elements were seen, within 0.81 %, in at most 12 kB.
//!
//! Decides how these commands are written and what their replies are.

use redis_core::command::{Command, ToArg, ToArgs, table};
use redis_core::{ExecuteCommand, Response};

/// Commands on HyperLogLogs. Each answers `WRONGTYPE` if the key holds something else; a string that is
/// no HyperLogLog too.
///
/// Left out, since they serve those who work on the server itself: `PFDEBUG` lays a HyperLogLog's
/// registers open, `PFSELFTEST` tests the implementation.
pub trait HyperlogCommands: ExecuteCommand {
    /// Adds elements; none at all make an empty HyperLogLog, if there is none.
    ///
    /// # Reply
    ///
    /// Whether the estimate changed, or the key is new.
    ///
    /// [`PFADD`](https://redis.io/docs/latest/commands/pfadd/) · since 2.8.9 · O(1) to add every element.
    ///
    /// # Example: count visitors
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del("pfadd:p")?;
    /// assert!(redis.pfadd("pfadd:p", ["ada", "grace"])?);
    /// assert!(!redis.pfadd("pfadd:p", "ada")?);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn pfadd(&self, key: impl ToArg, elements: impl ToArgs) -> Response<'_, Self, bool> {
        self.execute_command(Command::new(&table::PFADD).key(&key).args(&elements))
    }

    /// About how many different elements were added to any of the keys.
    ///
    /// # Reply
    ///
    /// The number, with a standard error of 0.81 %; 0 if no key exists.
    ///
    /// [`PFCOUNT`](https://redis.io/docs/latest/commands/pfcount/) · since 2.8.9 · O(1) with a very small
    /// average constant time when called with a single key. O(N) with N being the number of keys, and much
    /// bigger constant times, when called with multiple keys.
    ///
    /// # Example: visitors of two days
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.pfadd("{pfcount}:monday", ["ada", "grace"])?;
    /// redis.pfadd("{pfcount}:tuesday", ["ada", "edsger"])?;
    /// assert_eq!(redis.pfcount(["{pfcount}:monday", "{pfcount}:tuesday"])?, 3);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn pfcount(&self, keys: impl ToArgs) -> Response<'_, Self, u64> {
        self.execute_command(Command::new(&table::PFCOUNT).keys(&keys).at_least(1, "keys"))
    }

    /// Adds to `destination` what the sources have seen.
    ///
    /// # Reply
    ///
    /// Nothing.
    ///
    /// [`PFMERGE`](https://redis.io/docs/latest/commands/pfmerge/) · since 2.8.9 · O(N) to merge N
    /// HyperLogLogs, but with high constant times.
    ///
    /// # Example: a week out of days
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.pfadd("{pfmerge}:monday", ["ada", "grace"])?;
    /// redis.pfadd("{pfmerge}:tuesday", ["ada", "edsger"])?;
    /// redis.pfmerge("{pfmerge}:week", ["{pfmerge}:monday", "{pfmerge}:tuesday"])?;
    /// assert_eq!(redis.pfcount("{pfmerge}:week")?, 3);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn pfmerge(&self, destination: impl ToArg, sources: impl ToArgs) -> Response<'_, Self, ()> {
        self.execute_command(Command::new(&table::PFMERGE).key(&destination).keys(&sources))
    }
}

impl<C: ExecuteCommand + ?Sized> HyperlogCommands for C {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::{read, refusal, wire};

    #[test]
    fn commands_are_written_as_the_reference_says() {
        assert_eq!(wire(|r| r.pfadd("p", ["a", "b"])), "PFADD [p] a b");
        assert_eq!(wire(|r| r.pfcount(["p", "q"])), "PFCOUNT [p] [q]");
        assert_eq!(wire(|r| r.pfmerge("d", ["p", "q"])), "PFMERGE [d] [p] [q]");
    }

    #[test]
    fn to_add_or_merge_nothing_makes_an_empty_one_and_to_count_nothing_is_refused() {
        let none: [&str; 0] = [];
        assert_eq!(wire(|r| r.pfadd("p", none)), "PFADD [p]");
        assert_eq!(wire(|r| r.pfmerge("d", none)), "PFMERGE [d]");
        assert_eq!(
            refusal(|r| r.pfcount(none)),
            "PFCOUNT: `keys` is empty: at least one is needed"
        );
    }

    #[test]
    fn whether_the_estimate_changed_is_a_truth() {
        assert!(read(":1 ", ":1 ", |r| r.pfadd("p", "a")));
        assert!(!read(":0 ", ":0 ", |r| r.pfadd("p", "a")));
    }
}
