//! The protocol that every client speaks, and the wrappers that speak it too.
//!
//! | executor | what a command returns |
//! |---|---|
//! | a blocking client or connection | `Result<T>` |
//! | an async client or connection | a named future of `Result<T>`, sent when first polled |
//! | a pipeline or transaction | a handle on the reply to come: [`Queued`](crate::Queued) |
//! | a wrapper ([`typed`](ExecuteCommand::typed), [`with`](ExecuteCommand::with)) | what the wrapped one returns |
//!
//! This module decides nothing about Redis: it is the seam between commands and clients.

use crate::command::{CallOptions, Command, RawCommand};
use crate::reply::{FromReply, Value};
use crate::script::ScriptCall;
use std::marker::PhantomData;

/// How an executor hands a reply back.
pub trait Mode {
    /// What a command returns whose reply is a `T`.
    type Response<'a, T: FromReply>;
}

/// What a command of reply type `T` returns on the executor `C`.
pub type Response<'a, C, T> = <<C as ExecuteCommand>::Mode as Mode>::Response<'a, T>;

/// Something that executes commands: a client, a connection, a pipeline, or a wrapper around one.
///
/// The command traits are implemented for whatever implements this.
///
/// # Example: a wrapper that says what it does, around any executor
///
/// ```
/// use redis_sync::prelude::*;
/// use redis_sync::{Command, Response};
///
/// struct Logged<C>(C);
///
/// impl<C: ExecuteCommand> ExecuteCommand for Logged<C> {
///     type Mode = C::Mode;
///
///     fn execute_command<T: FromReply>(&self, command: Command<'_>) -> Response<'_, C, T> {
///         eprintln!("{}", command.name());
///         self.0.execute_command(command)
///     }
/// }
///
/// let r = Logged(Redis::new());
/// # let get = |r: &Logged<Redis>| r.get("foo");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not execute Redis commands",
    note = "clients, connections and pipelines do; so do `&C` and `Arc<C>` of these"
)]
pub trait ExecuteCommand {
    /// How it hands replies back.
    type Mode: Mode;

    /// Executes a command, its reply read as `T`.
    fn execute_command<T: FromReply>(&self, command: Command<'_>) -> Response<'_, Self, T>;

    /// The same executor, every reply of which is read as `T`: `r.typed::<u32>().get("hits")`.
    #[inline]
    fn typed<T: FromReply>(&self) -> Typed<'_, Self, T> {
        Typed { executor: self, reply: PhantomData }
    }

    /// The same executor with options of this call: its own timeout, its own retry policy.
    #[inline]
    fn with(&self, options: CallOptions) -> With<'_, Self> {
        With { executor: self, options }
    }

    /// Any command by name: `r.command("FOO").key("k").arg(1).query::<i64>()`.
    #[inline]
    fn command(&self, name: &str) -> RawCommand<'_, Self> {
        RawCommand::new(self, name)
    }

    /// A [`Script`](crate::Script), or a call of one, as its own [`run`](ScriptCall::run): for what stands
    /// behind an executor.
    ///
    /// # Example: behind `typed`
    ///
    /// ```
    /// # let Some(r) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::prelude::*;
    /// use redis_sync::Script;
    ///
    /// static SUM: Script = Script::new("return ARGV[1] + ARGV[2]");
    ///
    /// assert_eq!(r.typed::<i64>().run_script(SUM.args([20, 22]))?, 42);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    #[inline]
    fn run_script(&self, call: impl Into<ScriptCall>) -> Response<'_, Self, Value> {
        self.execute_command(call.into().into_command())
    }
}

/// An executor that owns its connection, so that commands which change the state of a connection are
/// safe on it: a dedicated connection, and wrappers around one.
pub trait Exclusive: ExecuteCommand {}

impl<C: Exclusive + ?Sized, T: FromReply> Exclusive for Typed<'_, C, T> {}
impl<C: Exclusive + ?Sized> Exclusive for With<'_, C> {}
impl<C: Exclusive + ?Sized> Exclusive for &C {}
impl<C: Exclusive + ?Sized> Exclusive for &mut C {}

/// The mode of a wrapper that lives for `'c`: as the wrapped executor's, every reply a `T`.
pub struct As<'c, M, T>(PhantomData<&'c ()>, PhantomData<fn() -> (M, T)>);

impl<'c, M: Mode, T: FromReply> Mode for As<'c, M, T> {
    type Response<'a, R: FromReply> = M::Response<'c, T>;
}

/// An executor whose replies are read as `T`; made by [`ExecuteCommand::typed`].
pub struct Typed<'c, C: ?Sized, T> {
    executor: &'c C,
    reply: PhantomData<fn() -> T>,
}

impl<'c, C: ExecuteCommand + ?Sized, T: FromReply> ExecuteCommand for Typed<'c, C, T> {
    type Mode = As<'c, C::Mode, T>;

    #[inline]
    fn execute_command<R: FromReply>(&self, command: Command<'_>) -> Response<'c, C, T> {
        self.executor.execute_command::<T>(command)
    }
}

impl<C: ?Sized, T> Clone for Typed<'_, C, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C: ?Sized, T> Copy for Typed<'_, C, T> {}

/// The mode of a wrapper that lives for `'c` and leaves replies alone.
pub struct Through<'c, M>(PhantomData<&'c ()>, PhantomData<fn() -> M>);

impl<'c, M: Mode> Mode for Through<'c, M> {
    type Response<'a, R: FromReply> = M::Response<'c, R>;
}

/// An executor with options of its own for each call; made by [`ExecuteCommand::with`].
pub struct With<'c, C: ?Sized> {
    executor: &'c C,
    options: CallOptions,
}

impl<'c, C: ExecuteCommand + ?Sized> ExecuteCommand for With<'c, C> {
    type Mode = Through<'c, C::Mode>;

    fn execute_command<R: FromReply>(&self, mut command: Command<'_>) -> Response<'c, C, R> {
        command.options_mut().fill_from(&self.options);
        self.executor.execute_command::<R>(command)
    }
}

macro_rules! pointers {
    ($($pointer:ty),*) => { $(
        impl<C: ExecuteCommand + ?Sized> ExecuteCommand for $pointer {
            type Mode = C::Mode;

            #[inline]
            fn execute_command<T: FromReply>(&self, command: Command<'_>) -> Response<'_, Self, T> {
                (**self).execute_command(command)
            }
        }
    )* };
}

pointers!(&C, &mut C, Box<C>, std::rc::Rc<C>, std::sync::Arc<C>);
