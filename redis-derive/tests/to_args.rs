//! What `#[derive(ToArgs)]` writes for what.

use redis_core::command::{Command, ToArg, ToArgs, table};
use redis_core::resp::{Frame, Framer};
use redis_core::{FromReply, Reply, Result};
use redis_derive::{FromReply, ToArgs};
use std::collections::BTreeMap;

/// The arguments, as text.
fn wire(arguments: &impl ToArgs) -> Vec<String> {
    let command = Command::new(&table::HSET).args(arguments);
    command.argument_bytes().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect()
}

fn refusal(arguments: &impl ToArgs) -> String {
    let mut command = Command::new(&table::HSET).args(arguments);
    command.check().expect_err("it is refused").to_string()
}

/// Compiles for what is one argument.
fn one(argument: &impl ToArg) -> String {
    let command = Command::new(&table::GET).arg(argument);
    assert_eq!(command.argument_bytes().count(), 1);
    command.argument_bytes().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect()
}

#[derive(Debug, Default, PartialEq, ToArgs, FromReply)]
struct User {
    name: String,
    age: u8,
    email: Option<String>,
}

#[test]
fn a_struct_is_its_names_and_values_in_order() {
    let ann = User { name: "Ann".into(), age: 41, email: Some("a@b".into()) };
    assert_eq!(wire(&ann), ["name", "Ann", "age", "41", "email", "a@b"]);
    let many = [&ann, &ann];
    assert_eq!(wire(&many).len(), 12);
}

#[test]
fn an_absent_option_writes_neither_name_nor_value() {
    let ann = User { name: "Ann".into(), age: 41, email: None };
    assert_eq!(wire(&ann), ["name", "Ann", "age", "41"]);
    let nobody: Option<User> = None;
    assert_eq!(wire(&nobody), [""; 0]);
}

#[test]
fn what_is_written_is_read_again_as_it_was() {
    let ann = User { name: "Ann".into(), age: 41, email: None };
    let parts = wire(&ann);
    let text: String = parts.iter().map(|part| format!("${}\r\n{part}\r\n", part.len())).collect();
    let bytes = bytes::Bytes::from(format!("*{}\r\n{text}", parts.len()));
    let framed = Framer::default().frame(&bytes).expect("it is RESP").expect("it is whole");
    let read: User = User::from_reply(Frame::new(bytes, framed.tape).reply()).unwrap();
    assert_eq!(read, ann);
}

#[derive(ToArgs)]
#[redis(rename_all = "kebab-case")]
struct Named<'n> {
    last_seen: &'n str,
    #[redis(rename = "N")]
    count: u64,
    #[redis(skip)]
    _cache: Vec<bool>,
    r#type: &'n [u8],
}

#[test]
fn names_are_renamed_and_skipped_fields_left_out() {
    let named = Named { last_seen: "now", count: 3, _cache: vec![true], r#type: b"t" };
    assert_eq!(wire(&named), ["last-seen", "now", "N", "3", "type", "t"]);
}

#[derive(ToArgs)]
struct Nested {
    id: u32,
    #[redis(flatten)]
    user: User,
    #[redis(flatten)]
    rest: BTreeMap<String, i64>,
    #[redis(flatten)]
    more: Option<User>,
}

#[test]
fn a_flattened_field_writes_its_own_names() {
    let rest = BTreeMap::from([("x".to_owned(), 1), ("y".to_owned(), 2)]);
    let nested = Nested { id: 7, user: User::default(), rest, more: None };
    assert_eq!(wire(&nested), ["id", "7", "name", "", "age", "0", "x", "1", "y", "2"]);
}

#[derive(FromReply, ToArgs)]
struct Made {
    #[redis(with = read_cents, write_with = cents)]
    price: f64,
    #[redis(write_with = digit)]
    sold: bool,
    #[redis(default, write_with = if_any)]
    stock: u32,
    #[redis(flatten, write_with = both)]
    size: (u32, u32),
}

fn read_cents(reply: Reply<'_>) -> Result<f64> {
    Ok(f64::from(u32::from_reply(reply)?) / 100.0)
}

fn cents(price: &f64) -> String {
    format!("{:.0}", price * 100.0)
}

fn digit(truth: &bool) -> u8 {
    u8::from(*truth)
}

fn if_any(stock: &u32) -> Option<&u32> {
    Some(stock).filter(|stock| **stock > 0)
}

fn both((width, height): &(u32, u32)) -> [(&'static str, u32); 2] {
    [("width", *width), ("height", *height)]
}

#[test]
fn a_field_is_written_as_its_function_makes_it() {
    let made = Made { price: 1.5, sold: true, stock: 0, size: (3, 4) };
    assert_eq!(wire(&made), ["price", "150", "sold", "1", "width", "3", "height", "4"]);
    let made = Made { price: 1.5, sold: false, stock: 2, size: (3, 4) };
    assert_eq!(wire(&made)[2..6], ["sold", "0", "stock", "2"]);
}

#[derive(ToArgs)]
#[redis(array)]
struct Place {
    longitude: f64,
    latitude: f64,
    name: &'static str,
    #[redis(flatten)]
    rest: Vec<u32>,
}

#[derive(ToArgs)]
#[redis(array)]
struct Scored(f64, &'static str);

#[test]
fn an_array_is_its_values_alone() {
    let place = Place { longitude: 1.5, latitude: 2.0, name: "here", rest: vec![8, 9] };
    assert_eq!(wire(&place), ["1.5", "2", "here", "8", "9"]);
    assert_eq!(wire(&[Scored(1.0, "a"), Scored(2.0, "b")]), ["1", "a", "2", "b"]);
}

#[derive(ToArgs)]
struct Id(u64);

#[derive(ToArgs)]
struct Tags(Vec<String>);

#[derive(ToArgs)]
#[redis(transparent)]
struct Wrapped<T> {
    inner: T,
    #[redis(skip)]
    _note: &'static str,
}

#[derive(ToArgs)]
struct Truth(#[redis(write_with = digit)] bool);

#[test]
fn a_newtype_is_what_its_field_is() {
    assert_eq!(one(&Id(7)), "7");
    assert_eq!(wire(&[Id(7), Id(8)]), ["7", "8"]);
    assert_eq!(wire(&Tags(vec!["a".into(), "b".into()])), ["a", "b"]);
    assert_eq!(one(&Wrapped { inner: "x", _note: "" }), "x");
    assert_eq!(wire(&Wrapped { inner: vec![1, 2], _note: "" }), ["1", "2"]);
    assert_eq!(one(&Truth(true)), "1");
    assert_eq!(wire(&Truth(false)), ["0"]);
}

#[derive(Clone, Copy, ToArgs, FromReply)]
#[redis(rename_all = "SCREAMING-KEBAB-CASE")]
#[allow(dead_code, reason = "to be told how it is written")]
enum Mode {
    ReadOnly,
    #[redis(rename = "rw", alias = "write")]
    ReadWrite,
    #[redis(other)]
    Unknown,
}

#[derive(ToArgs)]
struct Session {
    mode: Mode,
    id: Id,
}

#[test]
fn an_enum_is_a_word_and_one_argument() {
    assert_eq!(one(&Mode::ReadOnly), "READ-ONLY");
    assert_eq!(wire(&[Mode::ReadOnly, Mode::ReadWrite]), ["READ-ONLY", "rw"]);
    assert_eq!(wire(&Session { mode: Mode::ReadWrite, id: Id(3) }), ["mode", "rw", "id", "3"]);
}

#[test]
fn a_variant_without_a_word_is_refused_by_name() {
    let text = refusal(&Session { mode: Mode::Unknown, id: Id(3) });
    assert_eq!(
        text,
        "HSET: field `mode` of `Session`: `Mode::Unknown` stands for every other word: there is none to be written"
    );
}

#[derive(ToArgs)]
struct Generic<'g, K, V: Clone, const N: usize>
where
    K: Ord,
{
    key: &'g K,
    value: Option<V>,
    #[redis(flatten)]
    entries: BTreeMap<K, V>,
    #[redis(flatten)]
    pairs: [(K, V); N],
    #[redis(skip)]
    _unused: std::marker::PhantomData<[K; N]>,
}

type Perhaps<T> = Option<T>;

#[derive(ToArgs)]
struct Aliased<'redis> {
    command: Perhaps<&'redis str>,
}

#[test]
fn generic_structs_are_written_where_their_types_can_be() {
    let generic = Generic {
        key: &"k",
        value: Some(1.5),
        entries: BTreeMap::from([("e", 2.0)]),
        pairs: [("p", 3.0)],
        _unused: std::marker::PhantomData,
    };
    assert_eq!(wire(&generic), ["key", "k", "value", "1.5", "e", "2", "p", "3"]);
    assert_eq!(wire(&Aliased { command: None }), [""; 0]);
    assert_eq!(wire(&Aliased { command: Some("x") }), ["command", "x"]);
}

#[derive(ToArgs)]
struct Measured {
    at: u64,
    value: f64,
}

#[test]
fn a_value_that_cannot_be_sent_is_refused_by_its_fields_name() {
    let text = refusal(&Measured { at: 1, value: f64::NAN });
    assert_eq!(text, "HSET: field `value` of `Measured`: NaN is no number to Redis");
}

#[test]
fn large_values_are_borrowed_from_the_struct() {
    let user = User { name: "x".repeat(100_000), ..User::default() };
    assert!(Command::new(&table::HSET).args(&user).has_large());
}
