//! What a client tells the server about itself.

use crate::error::{Error, Result};

/// What `CLIENT SETINFO` tells the server about this library.
///
/// # Example: a framework on top of a client
///
/// ```
/// use redis_sync::LibraryInfo;
///
/// let library = LibraryInfo::new("redis-sync", "0.1.0").with_upstream("shop", "2.3")?;
/// assert_eq!(library.name(), Some("redis-sync(shop_v2.3)"));
/// # Ok::<(), redis_sync::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct LibraryInfo {
    pub(super) name: Option<String>,
    pub(super) version: Option<String>,
}

impl LibraryInfo {
    /// A library of this name and version.
    pub fn new(name: impl Into<String>, version: impl Into<String>) -> Self {
        Self { name: Some(name.into()), version: Some(version.into()) }
    }

    /// Nothing is told.
    #[inline]
    pub fn silent() -> Self {
        Self { name: None, version: None }
    }

    /// The same, used by a library on top of it; the newest stands first:
    /// `redis-sync(newest_v2.0;older_v1.0)`.
    ///
    /// # Errors
    ///
    /// A name that is not a lower-case letter followed by lower-case letters, digits, `_` and `-`; a
    /// version with brackets, spaces or anything outside printable ASCII; a library that is silent.
    #[inline]
    pub fn with_upstream(mut self, name: &str, version: &str) -> Result<Self> {
        let inner =
            |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-');
        if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.chars().all(inner) {
            return Err(Error::config(
                "the name of an upstream library is a lower-case letter followed by lower-case \
                 letters, digits, `_` and `-`",
            ));
        }
        if version.is_empty() || !version.chars().all(is_plain) || version.contains(';') {
            return Err(Error::config(
                "the version of an upstream library is printable ASCII without spaces, brackets and \
                 `;`",
            ));
        }
        let Some(own) = &mut self.name else {
            return Err(Error::config("a library without a name has no upstream library"));
        };
        let upstream = format!("{name}_v{version}");
        match own.strip_suffix(')').and_then(|own| own.split_once('(')) {
            Some((first, older)) => *own = format!("{first}({upstream};{older})"),
            None => *own = format!("{own}({upstream})"),
        }
        Ok(self)
    }

    /// `LIB-NAME`; `None` says nothing.
    #[inline]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// `LIB-VER`; `None` says nothing.
    #[inline]
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }
}

impl Default for LibraryInfo {
    #[inline]
    fn default() -> Self {
        Self::new("redis-core", env!("CARGO_PKG_VERSION"))
    }
}

/// Printable ASCII that is no space and no bracket.
#[inline]
fn is_plain(c: char) -> bool {
    c.is_ascii_graphic() && !matches!(c, '(' | ')' | '[' | ']' | '{' | '}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_upstream_library_stands_first() {
        let library = LibraryInfo::new("redis-sync", "1.0")
            .with_upstream("older", "1.0")
            .and_then(|library| library.with_upstream("newest", "2.0"))
            .unwrap();
        assert_eq!(library.name(), Some("redis-sync(newest_v2.0;older_v1.0)"));
        assert_eq!(library.version(), Some("1.0"));
    }

    #[test]
    fn an_upstream_library_that_would_garble_the_name_is_refused() {
        let library = LibraryInfo::default();
        for (name, version) in [
            ("", "1"),
            ("Shop", "1"),
            ("1shop", "1"),
            ("sh op", "1"),
            ("shop", ""),
            ("shop", "1 0"),
            ("shop", "1(0)"),
            ("shop", "1;x"),
            ("shop", "é"),
            ("shop\n", "1"),
            ("shop", "1\r\n"),
        ] {
            assert!(library.clone().with_upstream(name, version).is_err(), "{name} {version}");
        }
        assert!(LibraryInfo::silent().with_upstream("shop", "1").is_err());
    }
}
