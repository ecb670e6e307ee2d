//! JSON: any type that serde knows, as text.

use crate::command::{Command, ToArg, ToArgs};
use crate::error::{Error, Result};
use crate::reply::{FromReply, Reply};
use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use std::any::type_name;

/// A value that is stored as JSON text (feature `json`).
///
/// One argument, and read from one string; `Option<Json<T>>` where the key may not exist. What a JSON
/// number cannot be (NaN, infinity) becomes `null`, as `serde_json` does it. An error names the type
/// and the place in the text, never what stands there.
///
/// # Example: keep a list in a string
///
/// ```
/// use redis_core::command::{Command, table};
/// use redis_core::convert::Json;
///
/// let primes = Json(vec![2, 3, 5]);
/// let command = Command::new(&table::SET).key("primes").arg(&primes);
/// assert_eq!(command.argument_bytes().nth(1), Some(&b"[2,3,5]"[..]));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Json<T>(pub T);

impl<T> Json<T> {
    /// The value.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> From<T> for Json<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T: Serialize> ToArg for Json<T> {
    fn to_arg<'a>(&'a self, command: &mut Command<'a>) {
        match serde_json::to_vec(&self.0) {
            Ok(text) => command.push_shared(&Bytes::from(text)),
            Err(_) => {
                command.push(b"");
                let name = type_name::<T>();
                command.reject(Error::argument(format!("a `{name}` cannot be written as JSON")));
            }
        }
    }
}

impl<T: Serialize> ToArgs for Json<T> {
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        self.to_arg(command);
    }
}

impl<T: DeserializeOwned + Send + 'static> FromReply for Json<T> {
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        let text = reply.scalar("JSON")?;
        serde_json::from_slice(text).map(Self).map_err(|error| {
            let found = match error.classify() {
                Category::Syntax | Category::Io => "text that is none",
                Category::Data => "JSON of another form",
                Category::Eof => "JSON that ends early",
            };
            let (line, column) = (error.line(), error.column());
            Error::conversion(
                &format!("JSON for `{}`", type_name::<T>()),
                format_args!("{found}, at line {line}, column {column}"),
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::table;
    use crate::resp::Framer;
    use std::collections::BTreeMap;

    fn read<T: FromReply>(text: &str) -> Result<T> {
        let wire = format!("${}\r\n{text}\r\n", text.len());
        let framed = Framer::default().frame(wire.as_bytes()).unwrap().unwrap();
        T::from_reply(Reply::new(wire.as_bytes(), None, framed.tape.nodes()))
    }

    #[test]
    fn what_is_written_is_read_again_as_it_was() {
        let value = Json(BTreeMap::from([("a".to_owned(), vec![1, 2])]));
        let command = Command::new(&table::SET).key("k").arg(&value);
        let text = command.argument_bytes().nth(1).unwrap();
        assert_eq!(text, br#"{"a":[1,2]}"#);
        assert_eq!(read::<Json<_>>(r#"{"a":[1,2]}"#).unwrap(), value);
        assert_eq!(read::<Json<Option<u8>>>("null").unwrap(), Json(None));
    }

    #[test]
    fn an_error_says_where_and_not_what() {
        let wanted = "wanted JSON for `alloc::vec::Vec<u8>`, found";
        let message = |text| read::<Json<Vec<u8>>>(text).unwrap_err().to_string();
        assert_eq!(message("secret"), format!("{wanted} text that is none, at line 1, column 1"));
        assert_eq!(
            message(r#"[1,"secret"]"#),
            format!("{wanted} JSON of another form, at line 1, column 11")
        );
        assert_eq!(message("[1"), format!("{wanted} JSON that ends early, at line 1, column 2"));
    }

    #[test]
    fn what_is_no_json_is_refused_before_it_is_sent() {
        let value = Json(BTreeMap::from([(vec!["secret"], 1)]));
        let error = Command::new(&table::SET).key("k").arg(&value).check().unwrap_err();
        assert!(error.to_string().ends_with("cannot be written as JSON"), "{error}");
        assert!(!error.to_string().contains("secret"));
    }

    #[test]
    fn no_key_is_none_where_an_option_is_asked_for() {
        let nil = Reply::NIL;
        assert_eq!(Option::<Json<u8>>::from_reply(nil).unwrap(), None);
        assert!(Json::<u8>::from_reply(nil).unwrap_err().to_string().contains("found nil"));
    }

    #[test]
    fn deep_json_is_refused_rather_than_followed() {
        let deep = "[".repeat(100_000);
        assert!(read::<Json<serde_json::Value>>(&deep).unwrap_err().is_conversion());
    }
}
