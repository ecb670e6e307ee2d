//! What `#[commands]` sends, and what it says of what it sends.

use redis_core::command::{Block, Command, Flags, ToArg, ToArgs};
use redis_core::{ErrorKind, ExecuteCommand, FromReply, Mode, Shape};
use redis_derive::commands;
use std::cell::RefCell;
use std::time::Duration;

/// Keeps the last command instead of sending it.
#[derive(Default)]
struct Capture(RefCell<Option<Command<'static>>>);

struct Nothing;

impl Mode for Nothing {
    type Response<'a, T: FromReply> = ();
}

impl ExecuteCommand for Capture {
    type Mode = Nothing;
    fn execute_command<T: FromReply>(&self, command: Command<'_>) {
        self.0.replace(Some(command.into_owned()));
    }
}

fn sent(call: impl FnOnce(&Capture)) -> Command<'static> {
    let capture = Capture::default();
    call(&capture);
    capture.0.into_inner().expect("a command was executed")
}

/// The whole command as words.
fn words(command: &Command<'_>) -> String {
    let wire = String::from_utf8(command.to_bytes()).expect("all of it is text");
    wire.split("\r\n").skip(2).step_by(2).collect::<Vec<_>>().join(" ")
}

fn keys(command: &Command<'_>) -> Vec<String> {
    command.key_bytes().map(|key| String::from_utf8_lossy(key).into_owned()).collect()
}

#[commands]
trait RateLimit {
    /// Takes a token.
    #[command("CL.THROTTLE", write)]
    fn throttle(&self, key: impl ToArg, burst: u32, count: u32, period: u32) -> Vec<i64>;

    /// Reads without taking.
    #[command("CL.PEEK", read_only, shape = "map of list of pairs")]
    fn peek(&self, #[key] bucket: &str) -> String;

    #[command("FT.CONFIG get", cacheable)]
    fn setting(&self, name: impl ToArg) -> String;

    #[command("CL.RESET", repeatable)]
    fn reset(&self, keys: impl ToArgs);

    #[command("CL.WAIT", blocking = timeout)]
    fn wait_for(&self, key: impl ToArg, timeout: Duration) -> bool;

    #[command("CL.NEXT", blocking)]
    fn next(&self, key: impl ToArg) -> String;

    #[command("HGETALL")]
    fn record<T: FromReply>(&self, key: impl ToArg) -> T;

    #[command("SELECT 3")]
    fn third(&self);

    #[command("CL.SESSION", binds)]
    fn session(&self);

    /// A method of its own.
    fn throttle_once(&self, key: &str) -> redis_core::Response<'_, Self, Vec<i64>> {
        self.throttle(key, Self::BURST, 1, 1)
    }

    const BURST: u32 = 1;
}

#[test]
fn parameters_become_arguments_in_order_and_the_key_is_marked() {
    let command = sent(|c| c.throttle("user:1", 15, 30, 60));
    assert_eq!(words(&command), "CL.THROTTLE user:1 15 30 60");
    assert_eq!(keys(&command), ["user:1"]);
    assert_eq!(keys(&sent(|c| c.peek("b"))), ["b"]);
    assert_eq!(keys(&sent(|c| c.reset(["a", "b"]))), ["a", "b"]);
}

#[test]
fn facts_are_those_of_the_attribute_and_else_the_cautious_ones() {
    let throttle = sent(|c| c.throttle("k", 1, 1, 1));
    assert!(!throttle.is_read_only() && !throttle.is_repeatable());
    let peek = sent(|c| c.peek("k"));
    assert!(peek.is_read_only() && peek.is_repeatable());
    assert_eq!(peek.reply_shape(), Shape::MapOf(&Shape::ListOf(&Shape::Pairs)));
    let reset = sent(|c| c.reset("k"));
    assert!(!reset.is_read_only() && reset.is_repeatable());
    let setting = sent(|c| c.setting("k"));
    assert!(setting.is_read_only() && setting.spec().flags().contains(Flags::CACHEABLE));
    assert_eq!(sent(|c| c.session()).check_shared().unwrap_err().kind(), ErrorKind::Misuse);
}

#[test]
fn a_name_of_several_words_is_as_many_arguments() {
    let command = sent(|c| c.setting("TIMEOUT"));
    assert_eq!(words(&command), "FT.CONFIG get TIMEOUT");
    assert_eq!(command.name(), "FT.CONFIG GET");
    assert_eq!(command.len(), 3);
}

#[test]
fn what_the_table_knows_needs_no_facts() {
    let command = sent(|c| c.record::<Vec<String>>("k"));
    assert!(command.is_read_only());
    assert_eq!(command.reply_shape(), Shape::Map);
    assert!(sent(|c| c.third()).check_shared().is_err());
}

#[test]
fn a_blocking_command_says_for_how_long_and_sends_it_in_seconds() {
    let command = sent(|c| c.wait_for("k", Duration::from_millis(1500)));
    assert_eq!(words(&command), "CL.WAIT k 1.5");
    assert_eq!(command.blocking(), Block::For(Duration::from_millis(1500)));
    assert!(!command.is_repeatable());
    assert_eq!(sent(|c| c.wait_for("k", Duration::ZERO)).blocking(), Block::Forever);
    assert_eq!(sent(|c| c.next("k")).blocking(), Block::Forever);
}

#[test]
fn a_method_with_a_body_stays_as_it_is() {
    assert_eq!(
        words(&sent(|c| {
            c.throttle_once("k");
        })),
        "CL.THROTTLE k 1 1 1"
    );
}

#[commands]
trait Arguments {
    #[command("X.ADD")]
    fn add(
        &self,
        key: &[u8],
        #[flag("NX")] only_new: bool,
        #[option("COUNT")] count: Option<u32>,
        maybe: Option<&str>,
        fields: &[(&str, i32)],
        rest: impl ToArgs,
    ) -> i64;

    #[command("X.UNION")]
    fn union(&self, #[key(counted)] all: &[&str], #[args] weights: Weights);

    #[command("X.SET")]
    fn set_all(&self, #[key(every = 2)] pairs: impl ToArgs);

    #[command("X.MANY")]
    fn many<K, V: ToArgs>(&self, keys: K, values: V)
    where
        K: ToArgs;
}

struct Weights(u8, u8);

impl ToArgs for Weights {
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        self.0.to_arg(command);
        self.1.to_arg(command);
    }
}

#[test]
fn options_flags_and_lists_are_sent_where_they_stand_or_not_at_all() {
    let full = sent(|c| c.add(b"k", true, Some(2), Some("m"), &[("a", 1), ("b", 2)], vec!["r"]));
    assert_eq!(words(&full), "X.ADD k NX COUNT 2 m a 1 b 2 r");
    let bare = sent(|c| c.add(b"k", false, None, None, &[], [""; 0]));
    assert_eq!(words(&bare), "X.ADD k");
    assert_eq!(keys(&bare), ["k"]);
}

#[test]
fn keys_are_counted_or_every_other_argument_on_request() {
    let union = sent(|c| c.union(&["a", "b"], Weights(1, 2)));
    assert_eq!(
        (words(&union).as_str(), keys(&union)),
        ("X.UNION 2 a b 1 2", vec!["a".into(), "b".into()])
    );
    assert_eq!(keys(&sent(|c| c.set_all([("a", "1"), ("b", "2")]))), ["a", "b"]);
    let many = sent(|c| c.many(("a", "b"), [1, 2]));
    assert_eq!((words(&many).as_str(), keys(&many).len()), ("X.MANY a b 1 2", 2));
}

#[test]
fn every_executor_and_every_wrapper_has_the_commands() {
    let capture = std::rc::Rc::new(Capture::default());
    capture.throttle("k", 1, 1, 1);
    capture.typed::<i64>().throttle("k", 1, 1, 1);
    (&&*capture).peek("b");
    assert_eq!(words(&capture.0.borrow().clone().unwrap()), "CL.PEEK b");
}

#[commands(exclusive, crate = "redis_core")]
trait Session<T: FromReply> {
    #[command("X.SESSION", binds)]
    fn session_of(&self, token: &str) -> T;
}

#[test]
fn an_exclusive_trait_is_for_those_that_own_their_connection() {
    struct Own(Capture);
    impl ExecuteCommand for Own {
        type Mode = Nothing;
        fn execute_command<T: FromReply>(&self, command: Command<'_>) {
            self.0.execute_command::<T>(command);
        }
    }
    impl redis_core::Exclusive for Own {}
    let own = Own(Capture::default());
    Session::<i64>::session_of(&own, "t");
    assert!(own.0.0.borrow().as_ref().is_some_and(Command::binds_connection));
}
