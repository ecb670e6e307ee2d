//! Whether a command waits on the server.

use super::{CallOptions, Command, Flags};
use crate::config::Timeout;
use std::time::Duration;

/// How long a command may keep the server from answering.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Block {
    /// It is answered at once.
    #[default]
    No,
    /// It is answered within this time, as the command itself asks.
    For(Duration),
    /// It is answered when there is something to answer.
    Forever,
}

impl Block {
    /// What a server's own timeout argument means: zero waits for ever.
    #[must_use]
    pub fn within(timeout: Duration) -> Self {
        if timeout.is_zero() { Self::Forever } else { Self::For(timeout) }
    }
}

impl Command<'_> {
    /// Whether it waits on the server and may then take something away, so that a reply which nobody waits for
    /// any more may hold what is nowhere else. What no table knows is taken to do so.
    pub fn takes_away(&self) -> bool {
        let spec = self.spec();
        let known = !spec.group().is_empty();
        let writes = spec.flags().contains(Flags::WRITE) && !self.is_read_only();
        // `MIGRATE` waits for another server: it takes long, and answers that it is done
        self.blocking() != Block::No && writes && (spec.may_block() || !known)
    }

    /// How long its reply may take, where an ordinary one may take `usual`; `None` is for ever.
    ///
    /// A command that waits on the server may take as long as it asked the server to wait, and as long as
    /// usual besides; one that waits for ever, for ever. What the call itself says comes first.
    #[inline]
    pub fn reply_timeout(&self, usual: Option<Duration>) -> Option<Duration> {
        let own = self.options().map_or(Timeout::Inherit, CallOptions::get_response_timeout);
        self.timeout(own, usual)
    }

    /// How long the whole call may take, with all its attempts, where an ordinary one may take `usual`; `None`
    /// is without end. A command that waits on the server may take as much longer as with its reply.
    #[inline]
    pub fn call_timeout(&self, usual: Option<Duration>) -> Option<Duration> {
        let own = self.options().map_or(Timeout::Inherit, CallOptions::get_call_timeout);
        self.timeout(own, usual)
    }

    #[inline]
    fn timeout(&self, own: Timeout, usual: Option<Duration>) -> Option<Duration> {
        match own {
            Timeout::After(time) => Some(time),
            Timeout::Never => None,
            Timeout::Inherit => match self.blocking() {
                Block::No => usual,
                Block::For(time) => usual.map(|usual| usual.saturating_add(time)),
                Block::Forever => None,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::table;

    const USUAL: Option<Duration> = Some(Duration::from_secs(5));

    #[test]
    fn a_command_that_waits_on_the_server_may_take_that_long_and_as_long_as_usual() {
        let pop = |timeout| Command::new(&table::BLPOP).block(Block::within(timeout));
        let within = |seconds| pop(Duration::from_secs(seconds)).reply_timeout(USUAL);
        assert_eq!(within(60), Some(Duration::from_secs(65)));
        assert_eq!(within(0), None);
        assert_eq!(Command::new(&table::GET).reply_timeout(USUAL), USUAL);
    }

    #[test]
    fn what_the_call_says_comes_first() {
        let mut pop = Command::new(&table::BLPOP).block(Block::Forever);
        pop.options_mut().response_timeout = Timeout::After(Duration::from_secs(1));
        assert_eq!(pop.reply_timeout(USUAL), Some(Duration::from_secs(1)));
        pop.options_mut().response_timeout = Timeout::Never;
        assert_eq!(pop.reply_timeout(USUAL), None);
    }
}
