//! A library of functions that is loaded where a function of it is missing.

use super::FunctionCall;
use crate::command::{Command, table};
use crate::error::{Error, Result};
use crate::execute::{ExecuteCommand, Response};
use crate::reply::{FromReply, Reply};
use bytes::Bytes;
use std::borrow::Cow;
use std::fmt;

/// A library of functions (7.0.0), the code of which travels with the program.
///
/// A function of it is called by name. Where the server has no such function, the library is loaded and the
/// function called again; of several clients that load it at once one does, and the others go on. What
/// another version of the library has under the same name is called as it is: whoever deploys a new version
/// [installs](Self::install) it.
///
/// In a pipeline or transaction nothing can be sent again: put [`install`](Self::install) before the first
/// call, or load the library before.
///
/// # Example: loaded when it is first needed
///
/// ```
/// # let Some(r) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
/// use redis_sync::prelude::*;
/// use redis_sync::Library;
///
/// let library = Library::from_code(
///     "#!lua name=library_docs
///      redis.register_function('library_docs_greet', function(keys, args)
///          return 'Hello, ' .. args[1]
///      end)",
/// )?;
/// let greeting: String = library.function("library_docs_greet").arg("Ada").query(&r)?;
/// assert_eq!(greeting, "Hello, Ada");
/// # Ok::<(), redis_sync::Error>(())
/// ```
#[derive(Clone)]
pub struct Library {
    code: Bytes,
    /// A part of the code.
    name: Bytes,
    replaces: bool,
}

impl Library {
    /// A library from its parts: the engine is `lua` on a server without modules that bring others.
    ///
    /// # Errors
    ///
    /// An engine or a name that can be none: letters, digits and underscores make one.
    #[inline]
    pub fn new(engine: &str, name: &str, body: &str) -> Result<Self> {
        if !is_word(engine) {
            return Err(unnamed("letters, digits and underscores make the name of an engine"));
        }
        Self::from_code(format!("#!{engine} name={name}\n{body}"))
    }

    /// A library from its code, the first line of which names it: `#!lua name=mylib`.
    ///
    /// # Errors
    ///
    /// An argument error that says what the first line lacks.
    pub fn from_code(code: impl Into<String>) -> Result<Self> {
        let code = code.into();
        let name = name_in(&code)?;
        // a part of the same text: its offset is where it begins
        let start = name.as_ptr() as usize - code.as_ptr() as usize;
        let name = start..start + name.len();
        let code = Bytes::from(code);
        Ok(Self { name: code.slice(name), code, replaces: false })
    }

    /// The same, loaded in place of another version where a function is missing: where the server's code of
    /// the library is not this. Without it, another version stays, and the function is not found.
    ///
    /// Not for programs of several versions that call the same server: each would replace the other's.
    #[must_use]
    #[inline]
    pub fn replace_if_different(mut self) -> Self {
        self.replaces = true;
        self
    }

    /// Its name.
    #[inline]
    pub fn name(&self) -> &str {
        std::str::from_utf8(&self.name).unwrap_or_default()
    }

    /// Its code, first line included.
    #[inline]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.code).unwrap_or_default()
    }

    /// A call of the function of this name.
    pub fn function(&self, name: impl Into<Cow<'static, str>>) -> FunctionCall {
        FunctionCall::new(self.clone(), name.into())
    }

    /// Loads it, in place of whatever has its name (`FUNCTION LOAD REPLACE`); its name is the reply. For
    /// deployments, and for pipelines.
    ///
    /// # Errors
    ///
    /// `ERR` where the code does not compile, or another library has one of its functions.
    pub fn install<'c, C: ExecuteCommand + ?Sized>(
        &self,
        executor: &'c C,
    ) -> Response<'c, C, String> {
        executor.execute_command(self.load(true))
    }

    /// The command that loads it, in place of another of its name or not.
    #[inline]
    pub(crate) fn load(&self, replace: bool) -> Command<'static> {
        let command = Command::new(&table::FUNCTION_LOAD).flag("REPLACE", replace);
        command.arg(&self.code).into_owned()
    }

    /// The command that asks which code the server has of it; [`LoadedCode`] reads the reply.
    #[inline]
    pub(crate) fn ask(&self) -> Command<'static> {
        let command = Command::new(&table::FUNCTION_LIST).arg("LIBRARYNAME").arg(&self.name);
        command.arg("WITHCODE").into_owned()
    }

    /// Whether another version is to be replaced.
    #[inline]
    pub(crate) fn replaces(&self) -> bool {
        self.replaces
    }

    /// Whether the server has this code.
    #[inline]
    pub(crate) fn is(&self, loaded: &LoadedCode) -> bool {
        loaded.0.as_deref() == Some(&*self.code)
    }
}

impl fmt::Debug for Library {
    /// By its name: the code is long, and the user's.
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Library").field("name", &self.name()).finish_non_exhaustive()
    }
}

/// The code that a server has of one library, if it has it.
pub(crate) struct LoadedCode(Option<Vec<u8>>);

impl FromReply for LoadedCode {
    /// From a list of one library, the description of which is a map, or flat on RESP2.
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        let Some(library) = reply.items()?.next() else { return Ok(Self(None)) };
        let code = library.entries()?.find(|(fact, _)| fact.raw() == b"library_code");
        let code = code.and_then(|(_, code)| code.scalar("the code of a library").ok());
        Ok(Self(code.map(<[u8]>::to_vec)))
    }
}

/// The name that the first line gives, read as servers read it.
#[inline]
fn name_in(code: &str) -> Result<&str> {
    let Some(rest) = code.strip_prefix("#!") else {
        return Err(unnamed("its first line begins with `#!` and the engine: `#!lua name=mylib`"));
    };
    let Some((header, _)) = rest.split_once('\n') else {
        return Err(unnamed("nothing follows its first line"));
    };
    let mut words = header.split_ascii_whitespace();
    if header.starts_with(char::is_whitespace) || !words.next().is_some_and(is_word) {
        return Err(unnamed("an engine stands right behind `#!`: `#!lua name=mylib`"));
    }
    let mut name = None;
    for word in words {
        match word.split_once('=') {
            Some((key, value)) if key.eq_ignore_ascii_case("name") && name.is_none() => {
                name = Some(value);
            }
            _ => return Err(unnamed("its first line says `name=` once, and nothing else")),
        }
    }
    match name {
        Some(name) if is_word(name) => Ok(name),
        Some(_) => Err(unnamed("letters, digits and underscores make a name")),
        None => Err(unnamed("its first line does not name it: `#!lua name=mylib`")),
    }
}

#[inline]
fn is_word(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cold]
fn unnamed(why: &str) -> Error {
    Error::argument(format!("no library of functions: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_has_the_name_that_its_first_line_gives() {
        let library = Library::from_code("#!lua  NAME=my_lib2 \r\nreturn 1").expect("it is named");
        assert_eq!(library.name(), "my_lib2");
        assert_eq!(format!("{library:?}"), "Library { name: \"my_lib2\", .. }");
        let library = Library::new("lua", "other", "return 1").expect("it is named");
        assert_eq!((library.name(), library.code()), ("other", "#!lua name=other\nreturn 1"));
    }

    #[test]
    fn what_the_first_line_lacks_is_said() {
        for (code, lack) in [
            ("", "begins with `#!`"),
            ("return 1", "begins with `#!`"),
            ("\n#!lua name=x", "begins with `#!`"),
            ("#!lua name=x", "nothing follows"),
            ("#!\n", "an engine stands"),
            ("#! lua name=x\n", "an engine stands"),
            ("#!lua\n", "does not name it"),
            ("#!lua\nname=x", "does not name it"),
            ("#!lua name=\n", "letters, digits"),
            ("#!lua name=my-lib\n", "letters, digits"),
            ("#!lua name=x name=y\n", "once"),
            ("#!lua name=x version=2\n", "nothing else"),
            ("#!lua name\n", "nothing else"),
        ] {
            let error = Library::from_code(code).expect_err(code);
            assert!(error.to_string().contains(lack), "{code:?}: {error}");
            assert_eq!(error.kind(), crate::ErrorKind::Argument);
        }
        assert!(Library::new("lua", "two words", "").is_err());
        assert!(Library::new("lua name=x\n", "y", "").is_err());
    }

    #[test]
    fn a_function_is_called_with_the_number_of_its_keys() {
        let library = Library::new("lua", "lib", "").expect("it is named");
        let call = library.function("f").key("k").arg(1).into_command();
        assert_eq!(
            call.to_bytes(),
            b"*5\r\n$5\r\nFCALL\r\n$1\r\nf\r\n$1\r\n1\r\n$1\r\nk\r\n$1\r\n1\r\n"
        );
        assert!(!call.is_repeatable());
        let reads = library.function("f").read_only().into_command();
        assert_eq!(reads.name(), "FCALL_RO");
        assert!(reads.is_repeatable() && reads.is_read_only());
    }
}
