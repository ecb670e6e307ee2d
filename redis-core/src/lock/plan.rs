//! One acquisition of one or several locks: whose, under which token, for how long, of how many servers.

use super::options::{LONGEST, check_length};
use super::scripts;
use super::{LockKeys, LockOptions};
use crate::command::{Block, Command, table};
use crate::error::{Error, ErrorKind, Result};
use crate::retry::{ConstantBackoff, Failure, RetryClass, RetryPolicy};
use crate::script::Script;
use bytes::Bytes;
use std::fmt;
use std::time::Duration;

/// How long a fence is remembered after the lease is over. A forgotten one begins anew at the server's time in
/// microseconds, which lies above it unless that clock went back by a day.
const MEMORY: Duration = Duration::from_secs(24 * 3600);

/// How long a wake-up is kept that nobody takes.
const WAKE: Duration = Duration::from_secs(10);

/// How long a renewal may take at most.
const LONGEST_RENEWAL: Duration = Duration::from_secs(5);

/// How long one of several servers may take to answer.
const LONGEST_ANSWER: Duration = Duration::from_secs(1);

/// What every command of one acquisition is made from.
#[derive(Clone)]
pub struct LockPlan {
    locks: Vec<LockKeys>,
    token: Bytes,
    /// Whether nobody else can have the token, so that a command may be sent again.
    own_token: bool,
    lease: Option<Duration>,
    servers: usize,
}

/// What an extension does with what is left of the lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extend {
    /// Adds to it.
    By(Duration),
    /// Replaces it.
    To(Duration),
    /// Replaces it if it is shorter.
    AtLeast(Duration),
}

impl Extend {
    /// Says that it cannot work: a lease of nothing would end the lock, and tell nobody.
    ///
    /// # Errors
    ///
    /// It replaces the lease by one that is too short.
    #[inline]
    pub fn check(self) -> Result<()> {
        match self {
            Self::To(lease) => check_length(lease),
            Self::By(_) | Self::AtLeast(_) => Ok(()),
        }
    }
}

impl LockPlan {
    /// A plan for locks of these names on so many servers; `random` are 128 uniformly random bits.
    ///
    /// The names are sorted, and each counts once: whoever takes several takes them in one order.
    ///
    /// # Errors
    ///
    /// No name at all, or options that cannot work.
    pub fn new<'n>(
        names: impl IntoIterator<Item = &'n [u8]>,
        options: &LockOptions,
        servers: usize,
        random: [u64; 2],
    ) -> Result<Self> {
        options.check()?;
        let mut names: Vec<_> = names.into_iter().collect();
        names.sort_unstable();
        names.dedup();
        if names.is_empty() {
            return Err(Error::argument("a lock needs a name"));
        }
        if servers == 0 {
            return Err(Error::argument("a lock needs a server"));
        }
        let token = options.token.clone();
        let own_token = token.is_none();
        let random = || Bytes::from(format!("{:016x}{:016x}", random[0], random[1]));
        Ok(Self {
            locks: names.into_iter().map(LockKeys::new).collect(),
            token: token.unwrap_or_else(random),
            own_token,
            lease: options.lease.map(whole_milliseconds),
            servers,
        })
    }

    /// The locks, in the order in which they are taken.
    #[must_use]
    #[inline]
    pub fn locks(&self) -> &[LockKeys] {
        &self.locks
    }

    /// What proves whose the locks are.
    #[must_use]
    #[inline]
    pub fn token(&self) -> &Bytes {
        &self.token
    }

    /// The lease, if it has an end.
    #[must_use]
    #[inline]
    pub fn lease(&self) -> Option<Duration> {
        self.lease
    }

    /// On how many servers the locks lie.
    #[must_use]
    #[inline]
    pub fn servers(&self) -> usize {
        self.servers
    }

    /// How many of them must agree.
    #[must_use]
    #[inline]
    pub fn quorum(&self) -> usize {
        self.servers / 2 + 1
    }

    /// How long one of several servers may take to answer: a tenth of the lease, that those which answer are not
    /// held up for long. `None` where there is one, which has its client's own limits.
    #[must_use]
    #[inline]
    pub fn answer_within(&self) -> Option<Duration> {
        let shortest = LockOptions::SHORTEST_LEASE / 2;
        let tenth = self.lease.map_or(LONGEST_ANSWER, |lease| lease / 10);
        (self.servers > 1).then(|| tenth.clamp(shortest, LONGEST_ANSWER))
    }

    /// Takes lock number `lock`.
    #[inline]
    pub fn acquire(&self, lock: usize) -> Command<'static> {
        let lease = self.lease.map_or(0, milliseconds);
        let memory = milliseconds(self.lease.unwrap_or_default() + MEMORY);
        let command = numbers(self.script(&scripts::ACQUIRE, lock), [lease, memory]);
        self.sent_again(command.arg(if self.own_token { "1" } else { "0" }), self.own_token)
    }

    /// Gives it back. It is sent once: who reads a second answer could not tell whose doing it was.
    #[inline]
    pub fn release(&self, lock: usize) -> Command<'static> {
        let command = numbers(self.script(&scripts::RELEASE, lock), [milliseconds(WAKE)]).arg("0");
        self.sent_again(command, false)
    }

    /// Gives it back whether it was acquired or not, and passes a wake-up on. It may be sent any number of times: it
    /// is, a few, where connections are lost, but not where the server does not answer.
    #[inline]
    pub fn abandon(&self, lock: usize) -> Command<'static> {
        let command = numbers(self.script(&scripts::RELEASE, lock), [milliseconds(WAKE)]).arg("1");
        let mut command = self.sent_again(command, true);
        command.options_mut().retry = Some(while_connections_break());
        command
    }

    /// Gives its lease another end.
    #[inline]
    pub fn extend(&self, lock: usize, how: Extend) -> Command<'static> {
        let (time, word, repeatable) = match how {
            Extend::By(time) => (time, "add", false),
            Extend::To(time) => (time, "set", true),
            Extend::AtLeast(time) => (time, "least", true),
        };
        let time = milliseconds(time.min(LONGEST));
        let command = numbers(self.script(&scripts::EXTEND, lock), [time]).arg(word);
        self.sent_again(numbers(command, [milliseconds(MEMORY)]), repeatable)
    }

    /// Gives its lease its full length again, where it is shorter. Tried once: whoever renews tries again by a
    /// schedule, and an answer later than the next is of no use.
    #[inline]
    pub fn renew(&self, lock: usize) -> Command<'static> {
        let lease = self.lease.unwrap_or(LONGEST);
        let mut command = tried_once(self.extend(lock, Extend::AtLeast(lease)));
        let within = self.answer_within().unwrap_or_else(|| (lease / 3).min(LONGEST_RENEWAL));
        command.options_mut().response_timeout = within.into();
        command
    }

    /// Asks whose it is.
    #[inline]
    pub fn look(&self, lock: usize) -> Command<'static> {
        self.sent_again(self.script(&scripts::LOOK, lock), true)
    }

    /// Tells the servers the fence that they agreed upon.
    #[inline]
    pub fn raise(&self, lock: usize, fence: u64) -> Command<'static> {
        let memory = milliseconds(self.lease.unwrap_or_default() + MEMORY);
        let command = numbers(self.script(&scripts::RAISE, lock), [fence, memory]);
        self.sent_again(command, true)
    }

    /// Waits on the server until the lock is released, or the time is over.
    #[inline]
    pub fn wait(&self, lock: usize, time: Duration) -> Command<'static> {
        let command = Command::new(&table::BLPOP)
            .key(self.locks[lock].wake())
            .arg(&time.as_secs_f64())
            .block(Block::For(time))
            .into_owned();
        tried_once(command)
    }

    #[inline]
    fn script(&self, script: &'static Script, lock: usize) -> Command<'static> {
        scripts::run(script, &self.locks[lock], &self.token)
    }

    /// Says whether it may be sent again after its fate is unknown. One of several servers is asked once:
    /// the others' answers are what counts.
    #[inline]
    fn sent_again(&self, mut command: Command<'static>, repeatable: bool) -> Command<'static> {
        let within = self.answer_within();
        let options = command.options_mut();
        options.repeatable = Some(repeatable);
        if let Some(within) = within {
            options.retry = Some(RetryPolicy::none());
            options.response_timeout = within.into();
        }
        command
    }
}

fn numbers<const N: usize>(mut command: Command<'static>, numbers: [u64; N]) -> Command<'static> {
    numbers.into_iter().for_each(|number| command.push_integer(false, number));
    command
}

/// For the last words of one who leaves: again where a connection that stood was lost, and not where none can be
/// had or the server does not answer, for which nobody who drops a guard should wait.
#[inline]
fn while_connections_break() -> RetryPolicy {
    let broken =
        |failure: &Failure<'_>| matches!(failure.error.kind(), ErrorKind::Closed | ErrorKind::Io);
    let policy = RetryPolicy::new(ConstantBackoff::new(Duration::from_millis(10)), 10);
    let policy = policy.never_on(RetryClass::Connection).never_on(RetryClass::Timeout);
    policy.also_if(broken)
}

#[inline]
fn tried_once(mut command: Command<'static>) -> Command<'static> {
    command.options_mut().retry = Some(RetryPolicy::none());
    command
}

impl fmt::Debug for LockPlan {
    /// Without the token, by which anybody could release the lock.
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LockPlan")
            .field("locks", &self.locks.len())
            .field("lease", &self.lease)
            .field("servers", &self.servers)
            .finish_non_exhaustive()
    }
}

#[inline]
fn whole_milliseconds(time: Duration) -> Duration {
    Duration::from_millis(milliseconds(time))
}

/// In milliseconds; what is longer than the longest lease never gets here.
#[inline]
fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::TimeoutKind;
    use crate::retry::{Decision, decide};

    fn plan(names: &[&str], options: &LockOptions, servers: usize) -> Result<LockPlan> {
        LockPlan::new(names.iter().map(|name| name.as_bytes()), options, servers, [1, 2])
    }

    fn words(command: &Command<'_>) -> Vec<String> {
        command.argument_bytes().skip(1).map(|word| String::from_utf8_lossy(word).into()).collect()
    }

    #[test]
    fn several_locks_are_taken_in_one_order_and_each_once() {
        let plan = plan(&["b", "a", "c", "a"], &LockOptions::new(), 1).unwrap();
        let names: Vec<_> = plan.locks().iter().map(|keys| keys.lock().clone()).collect();
        assert_eq!(names, ["a", "b", "c"]);
    }

    #[test]
    fn what_cannot_work_is_refused_before_anything_is_sent() {
        let options = LockOptions::new;
        let short = options().lease(Duration::from_millis(9));
        let long = options().lease(Duration::MAX);
        let kind = |outcome: Result<LockPlan>| outcome.unwrap_err().kind();
        assert_eq!(kind(plan(&["a"], &short, 1)), ErrorKind::Argument);
        assert_eq!(kind(plan(&["a"], &long, 1)), ErrorKind::Argument);
        assert_eq!(kind(plan(&["a"], &options().token(""), 1)), ErrorKind::Argument);
        assert_eq!(kind(plan(&[], &options(), 1)), ErrorKind::Argument);
        assert_eq!(kind(plan(&["a"], &options(), 0)), ErrorKind::Argument);
    }

    #[test]
    fn a_command_names_its_keys_and_tells_the_lease_in_whole_milliseconds() {
        let options = LockOptions::new().lease(Duration::from_micros(1_500_900));
        let plan = plan(&["a"], &options, 1).unwrap();
        assert_eq!(plan.lease(), Some(Duration::from_millis(1500)));
        let acquire = plan.acquire(0);
        let token = "00000000000000010000000000000002";
        let expected =
            ["3", "a", "{a}:lock-fence", "{a}:lock-wake", token, "1500", "86401500", "1"];
        assert_eq!(words(&acquire), expected);
        assert_eq!(acquire.key_bytes().count(), 3);
    }

    #[test]
    fn what_may_be_sent_again_is_marked_and_a_token_of_the_callers_own_forbids_it() {
        let own = plan(&["a"], &LockOptions::new(), 1).unwrap();
        let time = Duration::from_secs(1);
        assert!(own.acquire(0).is_repeatable() && own.abandon(0).is_repeatable());
        assert!(own.extend(0, Extend::To(time)).is_repeatable());
        assert!(!own.extend(0, Extend::By(time)).is_repeatable());
        assert!(!own.release(0).is_repeatable());
        let given = plan(&["a"], &LockOptions::new().token("me"), 1).unwrap();
        assert!(!given.acquire(0).is_repeatable());
        assert_eq!(words(&given.acquire(0)).last().unwrap(), "0");
    }

    #[test]
    fn last_words_are_said_again_where_a_connection_breaks_and_nobody_waits_for_more() {
        let plan = plan(&["a"], &LockOptions::new(), 1).unwrap();
        let abandon = plan.abandon(0);
        let policy = abandon.options().and_then(|options| options.get_retry()).unwrap();
        let again = |kind| {
            let failure = Failure {
                error: &Error::new(kind, "failed"),
                repeatable: abandon.is_repeatable(),
                read_only: false,
                attempt: 1,
                previous_delay: Duration::ZERO,
                left: None,
            };
            matches!(decide(policy, &failure, 0), Decision::Retry { .. })
        };
        assert!(again(ErrorKind::Closed) && again(ErrorKind::Io));
        for kind in [TimeoutKind::Connect, TimeoutKind::Reply, TimeoutKind::Acquire] {
            assert!(!again(ErrorKind::Timeout(kind)), "{kind}");
        }
        assert!(!again(ErrorKind::Connect));
    }

    #[test]
    fn one_of_several_servers_may_take_a_tenth_of_the_lease() {
        let within = |lease: u64, servers| {
            let options = LockOptions::new().lease(Duration::from_millis(lease));
            plan(&["a"], &options, servers).unwrap().answer_within()
        };
        assert_eq!(within(5000, 1), None);
        assert_eq!(within(5000, 3), Some(Duration::from_millis(500)));
        assert_eq!(within(10, 3), Some(Duration::from_millis(5)));
        assert_eq!(within(60_000, 3), Some(Duration::from_secs(1)));
    }

    #[test]
    fn neither_plan_nor_options_print_the_token() {
        let options = LockOptions::new().token("hush-hush");
        let plan = plan(&["a"], &options, 1).unwrap();
        assert!(!format!("{options:?} {plan:?}").contains("hush"));
    }
}
