//! How a pipeline is carried out.

use crate::config::Timeout;
use crate::retry::RetryPolicy;

/// How a pipeline or transaction is carried out.
///
/// # Example
///
/// ```
/// use redis_core::pipeline::PipelineOptions;
/// use redis_core::retry::RetryPolicy;
///
/// let options = PipelineOptions::new().retry(RetryPolicy::none()).contiguous_commands(100);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct PipelineOptions {
    response_timeout: Timeout,
    call_timeout: Timeout,
    retry: Option<RetryPolicy>,
    contiguous_commands: usize,
    contiguous_bytes: usize,
}

impl PipelineOptions {
    /// As the client is set; contiguous up to 1,024 commands or 1 MiB.
    #[inline]
    pub const fn new() -> Self {
        Self {
            response_timeout: Timeout::Inherit,
            call_timeout: Timeout::Inherit,
            retry: None,
            contiguous_commands: 1024,
            contiguous_bytes: 1024 * 1024,
        }
    }

    /// How long the server may stay silent while replies are to come. Default: the longest that one of
    /// the commands may take.
    pub fn response_timeout(mut self, timeout: impl Into<Timeout>) -> Self {
        self.response_timeout = timeout.into();
        self
    }

    /// How long the whole may take: waiting for a connection or opening one, writing, all replies, all
    /// attempts and the pauses between them. Default: as the client is set.
    pub fn call_timeout(mut self, timeout: impl Into<Timeout>) -> Self {
        self.call_timeout = timeout.into();
        self
    }

    /// What to do when the whole failed. Default: as the client is set. A pipeline is tried again as a
    /// whole or not at all: where nothing of it ran, or all of its commands may be repeated.
    #[inline]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = Some(policy);
        self
    }

    /// Up to how many commands go over the connection that the async client shares among tasks, one
    /// after the other; above that, over one of their own. Default: 1,024. The blocking client always
    /// takes one of their own.
    #[inline]
    pub const fn contiguous_commands(mut self, commands: usize) -> Self {
        self.contiguous_commands = commands;
        self
    }

    /// The same in bytes. Default: 1 MiB.
    #[inline]
    pub const fn contiguous_bytes(mut self, bytes: usize) -> Self {
        self.contiguous_bytes = bytes;
        self
    }

    /// The timeout for the replies, if one was set here.
    #[inline]
    pub const fn get_response_timeout(&self) -> Timeout {
        self.response_timeout
    }

    /// The timeout for the whole, if one was set here.
    #[inline]
    pub const fn get_call_timeout(&self) -> Timeout {
        self.call_timeout
    }

    /// The retry policy, if one was set here.
    #[inline]
    pub const fn get_retry(&self) -> Option<&RetryPolicy> {
        self.retry.as_ref()
    }

    /// Up to how many commands share a connection.
    #[inline]
    pub const fn get_contiguous_commands(&self) -> usize {
        self.contiguous_commands
    }

    /// Up to how many bytes share a connection.
    #[inline]
    pub const fn get_contiguous_bytes(&self) -> usize {
        self.contiguous_bytes
    }
}

impl Default for PipelineOptions {
    #[inline]
    fn default() -> Self {
        Self::new()
    }
}
