//! What `#[derive(FromReply)]` reads from which bytes.

use bytes::Bytes;
use redis_core::resp::{Frame, Framer};
use redis_core::{ErrorKind, FromReply, Reply, Result};
use redis_derive::FromReply;
use std::collections::HashMap;

fn read<T: FromReply>(wire: &str) -> Result<T> {
    let bytes = Bytes::copy_from_slice(wire.as_bytes());
    let framed = Framer::default().frame(&bytes).expect("it is RESP").expect("it is whole");
    T::from_reply(Frame::new(bytes.slice(..framed.length), framed.tape).reply())
}

/// A RESP3 map of bulk strings.
fn map(entries: &[(&str, &str)]) -> String {
    let text: String = entries.iter().map(|(name, value)| bulk(name) + &bulk(value)).collect();
    format!("%{}\r\n{text}", entries.len())
}

/// A flat array, which is what RESP2 has for a map.
fn array(items: &[&str]) -> String {
    let text: String = items.iter().map(|item| bulk(item)).collect();
    format!("*{}\r\n{text}", items.len())
}

fn bulk(text: &str) -> String {
    format!("${}\r\n{text}\r\n", text.len())
}

fn message<T: FromReply>(wire: &str) -> String {
    match read::<T>(wire) {
        Ok(_) => panic!("{wire:?} was read"),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Conversion);
            error.to_string()
        }
    }
}

#[derive(Debug, PartialEq, FromReply)]
struct User {
    name: String,
    age: u8,
    email: Option<String>,
}

fn ann() -> User {
    User { name: "Ann".into(), age: 41, email: None }
}

#[test]
fn a_struct_is_read_by_name_from_a_map_and_from_its_flat_form() {
    let entries = [("age", "41"), ("unknown", "x"), ("name", "Ann")];
    assert_eq!(read::<User>(&map(&entries)).unwrap(), ann());
    let flat = ["age", "41", "unknown", "x", "name", "Ann"];
    assert_eq!(read::<User>(&array(&flat)).unwrap(), ann());
}

#[test]
fn an_absent_option_is_none_and_a_present_one_some() {
    let user: User = read(&map(&[("name", "Ann"), ("age", "41"), ("email", "a@b")])).unwrap();
    assert_eq!(user.email.as_deref(), Some("a@b"));
}

#[test]
fn a_missing_field_is_named_with_its_struct_and_what_to_do() {
    assert_eq!(
        message::<User>(&map(&[("name", "Ann")])),
        "field `age` of `User` is missing: the reply has no `age`: declare it as `Option` or mark it `#[redis(default)]`"
    );
    assert_eq!(
        message::<User>("%0\r\n"),
        "field `name` of `User` is missing: the reply is empty, as for a key that does not exist: ask for `Option<User>`"
    );
}

#[test]
fn a_field_of_another_type_is_named_with_its_struct() {
    let text = message::<User>(&map(&[("name", "Ann"), ("age", "old")]));
    assert!(text.starts_with("field `age` of `User`: wanted "), "{text}");
}

#[test]
fn what_is_no_map_is_told_with_the_structs_name() {
    assert_eq!(message::<User>(":1\r\n"), "wanted map for `User`, found integer");
    assert_eq!(
        message::<User>(&array(&["name"])),
        "wanted map for `User`, found array of 1 elements"
    );
    assert_eq!(
        message::<User>("_\r\n"),
        "wanted map for `User`, found nil: declare it as `Option`"
    );
    let error = read::<User>("-WRONGTYPE no hash\r\n").unwrap_err();
    assert_eq!(error.code(), Some("WRONGTYPE"));
}

#[test]
fn an_option_of_a_struct_is_none_for_nil_and_for_an_empty_map() {
    for nothing in ["_\r\n", "$-1\r\n", "*-1\r\n", "%0\r\n", "*0\r\n"] {
        assert_eq!(read::<Option<User>>(nothing).unwrap(), None, "{nothing:?}");
    }
    let some = map(&[("name", "Ann"), ("age", "41")]);
    assert_eq!(read::<Option<User>>(&some).unwrap(), Some(ann()));
    assert!(read::<Option<User>>(&map(&[("name", "Ann")])).is_err());
}

#[derive(Debug, PartialEq, FromReply)]
#[redis(rename_all = "kebab-case")]
struct Consumer {
    last_delivered_id: String,
    #[redis(rename = "pel-count", alias = "pending")]
    waiting: u64,
    r#type: String,
}

#[test]
fn names_are_renamed_in_whole_and_one_by_one() {
    let wanted = Consumer { last_delivered_id: "1-0".into(), waiting: 3, r#type: "stream".into() };
    for waiting in ["pel-count", "pending"] {
        let wire = map(&[("last-delivered-id", "1-0"), (waiting, "3"), ("type", "stream")]);
        assert_eq!(read::<Consumer>(&wire).unwrap(), wanted);
    }
    let text = message::<Consumer>(&map(&[("last-delivered-id", "1-0"), ("type", "stream")]));
    assert!(text.contains("field `waiting`") && text.contains("has no `pel-count`"), "{text}");
}

fn three() -> u32 {
    3
}

fn doubled(reply: Reply<'_>) -> Result<u32> {
    u32::from_reply(reply).map(|number| number * 2)
}

#[derive(Debug, PartialEq, FromReply)]
struct Settings {
    #[redis(default)]
    retries: u32,
    #[redis(default = three)]
    replicas: u32,
    #[redis(skip)]
    cached: HashMap<String, String>,
    #[redis(with = doubled)]
    size: u32,
}

#[test]
fn a_default_stands_for_what_is_absent_or_nil() {
    let wanted = Settings { retries: 0, replicas: 3, cached: HashMap::new(), size: 4 };
    assert_eq!(read::<Settings>(&map(&[("size", "2"), ("cached", "x")])).unwrap(), wanted);
    let nil = format!("%2\r\n{}_\r\n{}{}", bulk("retries"), bulk("size"), bulk("2"));
    assert_eq!(read::<Settings>(&nil).unwrap(), wanted);
}

#[derive(Debug, PartialEq, FromReply)]
#[redis(default)]
struct Pair {
    left: u32,
    right: u32,
}

impl Default for Pair {
    fn default() -> Self {
        Self { left: 7, right: 8 }
    }
}

#[test]
fn a_structs_own_default_stands_for_each_absent_field() {
    assert_eq!(read::<Pair>(&map(&[("left", "1")])).unwrap(), Pair { left: 1, right: 8 });
}

#[derive(Debug, PartialEq, FromReply)]
#[redis(array)]
struct Throttled {
    limited: bool,
    limit: u32,
    #[redis(default)]
    left: i64,
    note: Option<String>,
}

#[test]
fn an_array_is_read_by_position_and_may_be_longer_or_shorter() {
    let wanted = Throttled { limited: true, limit: 16, left: 0, note: None };
    assert_eq!(read::<Throttled>("*2\r\n:1\r\n:16\r\n").unwrap(), wanted);
    let longer = "*5\r\n:1\r\n:16\r\n$-1\r\n$-1\r\n:9\r\n";
    assert_eq!(read::<Throttled>(longer).unwrap(), wanted);
    assert_eq!(
        message::<Throttled>("*1\r\n:1\r\n"),
        "field `limit` of `Throttled` is missing: the reply has 1 elements: declare it as `Option` or mark it `#[redis(default)]`"
    );
}

#[derive(Debug, PartialEq, FromReply)]
#[redis(array)]
struct Point(f64, f64);

#[derive(Debug, PartialEq, Eq, Hash, FromReply)]
struct Id(u64);

#[derive(Debug, PartialEq, FromReply)]
struct Blob(Vec<u8>);

#[derive(Debug, PartialEq, FromReply)]
struct Found(User);

#[derive(Debug, PartialEq, FromReply)]
#[redis(transparent)]
struct Count {
    number: i64,
}

#[test]
fn tuple_structs_are_arrays_on_request_and_newtypes_are_what_they_hold() {
    assert_eq!(
        read::<Vec<Point>>("*1\r\n*2\r\n$1\r\n1\r\n$3\r\n2.5\r\n").unwrap(),
        [Point(1.0, 2.5)]
    );
    assert_eq!(read::<Vec<Id>>("*2\r\n:1\r\n:2\r\n").unwrap(), [Id(1), Id(2)]);
    assert_eq!(read::<Blob>(&bulk("ab")).unwrap(), Blob(b"ab".to_vec()));
    assert_eq!(read::<Count>(":3\r\n").unwrap(), Count { number: 3 });
}

#[test]
fn a_newtype_is_none_where_what_it_holds_is() {
    assert_eq!(read::<Option<Found>>("%0\r\n").unwrap(), None);
    assert_eq!(read::<Option<Id>>("_\r\n").unwrap(), None);
    assert_eq!(read::<Option<Id>>(":1\r\n").unwrap(), Some(Id(1)));
}

#[derive(Debug, PartialEq, FromReply)]
#[redis(rename_all = "lowercase")]
enum Role {
    Master,
    #[redis(alias = "replica")]
    Slave,
}

#[derive(Debug, PartialEq, FromReply)]
enum Eviction {
    #[redis(rename = "allkeys-lru")]
    Lru,
    #[redis(other)]
    Other,
}

#[test]
fn an_enum_is_read_from_a_word() {
    assert_eq!(read::<Role>("+master\r\n").unwrap(), Role::Master);
    assert_eq!(read::<Role>(&bulk("replica")).unwrap(), Role::Slave);
    assert_eq!(read::<Option<Role>>("_\r\n").unwrap(), None);
    assert_eq!(read::<Eviction>(&bulk("allkeys-lru")).unwrap(), Eviction::Lru);
    assert_eq!(read::<Eviction>(&bulk("new")).unwrap(), Eviction::Other);
}

#[test]
fn an_unknown_word_is_an_error_that_lists_the_known_ones_and_keeps_the_value_to_itself() {
    assert_eq!(
        message::<Role>("+secret\r\n"),
        "wanted `Role` (`master`, `slave`), found another word"
    );
}

#[derive(Debug, PartialEq, FromReply)]
struct Page<T, const N: usize = 1> {
    cursor: u64,
    items: Vec<T>,
    #[redis(skip)]
    marker: std::marker::PhantomData<T>,
}

#[test]
fn a_generic_struct_reads_what_its_parameter_reads() {
    let wire = format!("%2\r\n{}:7\r\n{}*1\r\n:5\r\n", bulk("cursor"), bulk("items"));
    let page: Page<Id> = read(&wire).unwrap();
    assert_eq!((page.cursor, page.items), (7, vec![Id(5)]));
}

#[derive(Debug, PartialEq, FromReply)]
struct Account {
    owner: User,
    partner: Option<User>,
    role: Role,
}

#[test]
fn structs_lie_in_structs_and_errors_name_the_way() {
    let owner = map(&[("name", "Ann"), ("age", "41")]);
    let role = bulk("role") + "+slave\r\n";
    let wire = format!("%3\r\n{}{owner}{}%0\r\n{role}", bulk("owner"), bulk("partner"));
    let account: Account = read(&wire).unwrap();
    assert_eq!(account, Account { owner: ann(), partner: None, role: Role::Slave });

    let text = message::<Account>(&format!("%2\r\n{}%0\r\n{role}", bulk("owner")));
    assert!(
        text.starts_with("field `owner` of `Account`: field `name` of `User` is missing"),
        "{text}"
    );
}

#[test]
fn a_field_may_have_the_name_of_anything_in_the_expansion() {
    fn value(reply: Reply<'_>) -> Result<u32> {
        u32::from_reply(reply)
    }
    #[derive(FromReply)]
    struct Names {
        reply: u32,
        name: u32,
        #[redis(with = value)]
        value: u32,
        items: u32,
    }
    let names: Names =
        read(&map(&[("reply", "1"), ("name", "2"), ("value", "3"), ("items", "4")])).unwrap();
    assert_eq!([names.reply, names.name, names.value, names.items], [1, 2, 3, 4]);
}

#[test]
fn the_crate_may_have_another_name() {
    use redis_core as renamed;
    #[derive(FromReply)]
    #[redis(crate = "renamed")]
    struct Quoted(u64);
    #[derive(FromReply)]
    #[redis(crate = renamed)]
    struct Bare(u64);
    assert_eq!(read::<Quoted>(":1\r\n").unwrap().0 + read::<Bare>(":2\r\n").unwrap().0, 3);
}

#[derive(Debug, PartialEq, FromReply)]
struct Profile {
    id: u32,
    #[redis(flatten)]
    user: User,
    #[redis(flatten, with = names)]
    rest: Vec<String>,
}

/// The names of a map's entries.
fn names(reply: Reply<'_>) -> Result<Vec<String>> {
    reply.entries()?.map(|(name, _)| String::from_reply(name)).collect()
}

#[test]
fn a_flattened_field_is_read_from_the_entries_that_nobody_else_claims() {
    let nested = format!("{}*2\r\n*1\r\n:1\r\n:2\r\n", bulk("deep"));
    let flat =
        format!("*8\r\n{}{nested}", array(&["name", "Ann", "id", "7", "age", "41"]).split_off(4));
    let whole = format!(
        "%4\r\n{nested}{}",
        map(&[("name", "Ann"), ("id", "7"), ("age", "41")]).split_off(4)
    );
    for wire in [flat, whole] {
        let mut profile: Profile = read(&wire).unwrap();
        profile.rest.sort();
        let rest = ["age", "deep", "name"].map(str::to_owned).to_vec();
        assert_eq!(profile, Profile { id: 7, user: ann(), rest });
    }
}

#[test]
fn an_option_that_is_flattened_is_none_when_nothing_is_left() {
    #[derive(FromReply)]
    struct Profile {
        id: u32,
        #[redis(flatten)]
        user: Option<User>,
    }
    let alone: Profile = read(&map(&[("id", "7")])).unwrap();
    assert_eq!((alone.id, alone.user), (7, None));
    let text = message::<Profile>(&map(&[("id", "7"), ("name", "Ann")]));
    assert!(
        text.starts_with("field `user` of `Profile`: field `age` of `User` is missing"),
        "{text}"
    );
}

/// Where nothing is in scope, and what is has another meaning.
mod bare {
    #![no_implicit_prelude]
    #![allow(dead_code)]

    use ::redis_derive::{FromReply, commands};
    use ::std::clone::Clone;

    struct Option;
    struct Result;
    struct String;

    #[derive(FromReply, Clone)]
    #[redis(array)]
    pub(super) struct Pair {
        #[redis(default)]
        pub(super) left: u32,
        right: ::std::option::Option<u32>,
    }

    #[derive(FromReply)]
    struct User {
        #[redis(default)]
        name: ::std::string::String,
        pair: Pair,
        role: Role,
    }

    #[derive(FromReply)]
    struct Id(u32);

    #[derive(FromReply)]
    enum Role {
        Some,
        None,
    }

    #[commands]
    trait Commands {
        #[command("X.PAIR", blocking = timeout, shape = "list of map")]
        fn pair(&self, key: &str, timeout: ::std::time::Duration) -> Pair;
    }
}

#[test]
fn an_expansion_leans_on_no_name_in_scope() {
    assert_eq!(read::<bare::Pair>("*1\r\n:1\r\n").unwrap().left, 1);
}
