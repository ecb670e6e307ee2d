//! What one call asks for besides the command itself.

use crate::config::Timeout;
use crate::retry::RetryPolicy;

/// The options of one call. They ride on the command, so that wrappers cost nothing.
///
/// # Example
///
/// ```
/// use redis_sync::CallOptions;
/// use std::time::Duration;
///
/// let options = CallOptions::new().response_timeout(Duration::from_millis(50)).repeatable(true);
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct CallOptions {
    pub(crate) response_timeout: Timeout,
    pub(crate) call_timeout: Timeout,
    pub(crate) retry: Option<RetryPolicy>,
    pub(crate) repeatable: Option<bool>,
    pub(crate) read_only: Option<bool>,
}

impl CallOptions {
    /// Nothing but what the client is set to.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// How long to wait for the reply. Default: as the client is set.
    pub fn response_timeout(mut self, timeout: impl Into<Timeout>) -> Self {
        self.response_timeout = timeout.into();
        self
    }

    /// How long the whole call may take: waiting for a connection or opening one, writing, the reply, all
    /// attempts and the pauses between them. The error of an attempt that it cut short is that attempt's
    /// timeout. What a user's hook or `getaddrinfo` takes is not cut short by the blocking client; of a command in a
    /// pipeline it says nothing, the pipeline's own counts. Default: as the client is set.
    pub fn call_timeout(mut self, timeout: impl Into<Timeout>) -> Self {
        self.call_timeout = timeout.into();
        self
    }

    /// What to do about failures. Default: as the client is set.
    #[inline]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = Some(policy);
        self
    }

    /// Whether the command may run twice. Default: as the command table says.
    #[inline]
    pub fn repeatable(mut self, repeatable: bool) -> Self {
        self.repeatable = Some(repeatable);
        self
    }

    /// Whether the command only reads. Default: as the command table says.
    #[inline]
    pub fn read_only(mut self, read_only: bool) -> Self {
        self.read_only = Some(read_only);
        self
    }

    /// The timeout for the reply, if one was set here.
    #[inline]
    pub fn get_response_timeout(&self) -> Timeout {
        self.response_timeout
    }

    /// The timeout for the whole call, if one was set here.
    #[inline]
    pub fn get_call_timeout(&self) -> Timeout {
        self.call_timeout
    }

    /// The retry policy, if one was set here.
    #[inline]
    pub fn get_retry(&self) -> Option<&RetryPolicy> {
        self.retry.as_ref()
    }

    /// Takes from `outer` what is not set here: the innermost wrapper wins.
    #[inline]
    pub(crate) fn fill_from(&mut self, outer: &Self) {
        self.response_timeout = self.response_timeout.or(outer.response_timeout);
        self.call_timeout = self.call_timeout.or(outer.call_timeout);
        if self.retry.is_none() {
            self.retry.clone_from(&outer.retry);
        }
        self.repeatable = self.repeatable.or(outer.repeatable);
        self.read_only = self.read_only.or(outer.read_only);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::{Block, Command, find};

    fn get(options: CallOptions) -> Command<'static> {
        let mut command = Command::new(find("GET").expect("a command of the table"));
        *command.options_mut() = options;
        command
    }

    #[test]
    fn what_the_call_says_of_repeating_comes_before_what_is_known_of_the_command() {
        assert!(get(CallOptions::new()).is_repeatable());
        assert!(!get(CallOptions::new().repeatable(false)).is_repeatable());
        assert!(!get(CallOptions::new().repeatable(false).read_only(true)).is_repeatable());
        assert!(!get(CallOptions::new().read_only(false)).block(Block::Forever).is_repeatable());
    }

    #[test]
    fn what_only_reads_may_be_repeated_even_if_it_waits() {
        assert!(get(CallOptions::new()).block(Block::Forever).is_repeatable());
        let mut unknown = Command::new(find("INCR").expect("a command of the table"));
        *unknown.options_mut() = CallOptions::new().read_only(true);
        assert!(unknown.is_repeatable());
    }
}
