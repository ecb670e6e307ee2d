//! What a server says of itself: sections of lines `name:value`.

use redis_core::{BulkString, Error, FromReply, Reply, Result};
use std::str::FromStr;

/// The answer to `INFO`.
///
/// # Example
///
/// ```no_run
/// use redis_sync::prelude::*;
///
/// let info = Redis::new().info()?;
/// println!("{:?} of {:?}", info.get("redis_version"), info.section("Memory").count());
/// let seconds: u64 = info.parse("uptime_in_seconds")?;
/// # Ok::<(), redis_sync::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Info {
    /// Section, name and value of each line, in the server's order.
    lines: Vec<(String, String, String)>,
}

impl Info {
    /// A value by its name, whichever section it is in.
    #[must_use]
    #[inline]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.lines.iter().find(|(_, line, _)| line == name).map(|(_, _, value)| value.as_str())
    }

    /// A value by its name, read from its text.
    ///
    /// # Errors
    ///
    /// A conversion error that names the value, if it is not there or cannot be read so.
    pub fn parse<T: FromStr>(&self, name: &str) -> Result<T> {
        let found =
            self.get(name).ok_or_else(|| Error::conversion(name, "no such line in INFO"))?;
        found.parse().map_err(|_| {
            Error::conversion(std::any::type_name::<T>(), format_args!("other text in `{name}`"))
        })
    }

    /// Names and values of a section (`"Server"`, without regard to case), in the server's order.
    #[inline]
    pub fn section<'i>(
        &'i self,
        section: &str,
    ) -> impl Iterator<Item = (&'i str, &'i str)> + use<'i> {
        let section = section.to_owned();
        self.lines
            .iter()
            .filter(move |(found, _, _)| found.eq_ignore_ascii_case(&section))
            .map(|(_, name, value)| (name.as_str(), value.as_str()))
    }

    /// Section, name and value of everything, in the server's order.
    #[inline]
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        let lines = self.lines.iter();
        lines.map(|(section, name, value)| (section.as_str(), name.as_str(), value.as_str()))
    }
}

impl FromReply for Info {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        let text = BulkString::from_reply(reply)?;
        let mut info = Self::default();
        let mut section = String::new();
        for line in text.to_string_lossy().lines() {
            if let Some(title) = line.strip_prefix("# ") {
                title.clone_into(&mut section);
            } else if let Some((name, value)) = line.split_once(':') {
                info.lines.push((section.clone(), name.to_owned(), value.to_owned()));
            }
        }
        Ok(info)
    }
}
