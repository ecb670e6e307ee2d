//! What went over connections.

use crate::error::{Error, TimeoutKind};

/// What went over the connections of a client: counted by each connection for itself, and added up when it
/// comes back, so that no command pays for it. A connection that somebody holds is not in it yet, but for the
/// async client's shared one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Traffic {
    /// Commands that were handed to a connection, those of pipelines one by one, attempts each; greetings and
    /// what the client asks on its own account (health checks, fences) are not counted.
    pub commands: u64,
    /// Bytes of commands and greetings that went out, before TLS.
    pub bytes_out: u64,
    /// Bytes that came in, after TLS.
    pub bytes_in: u64,
    /// Commands, or pipelines, that got no reply in time.
    pub reply_timeouts: u64,
    /// Commands, or pipelines, that could not be written in time. The async client's shared connection counts
    /// these as reply timeouts.
    pub write_timeouts: u64,
    /// Pushes that no handler was there for.
    pub unknown_pushes: u64,
}

impl Traffic {
    /// So many commands, of so many bytes together, are on their way.
    #[inline]
    pub fn sent(&mut self, commands: usize, bytes: usize) {
        self.commands = self.commands.wrapping_add(commands as u64);
        self.bytes_out = self.bytes_out.wrapping_add(bytes as u64);
    }

    /// So many bytes came.
    #[inline]
    pub fn received(&mut self, bytes: usize) {
        self.bytes_in = self.bytes_in.wrapping_add(bytes as u64);
    }

    /// A command, or a pipeline, failed like this.
    #[cold]
    pub fn failed(&mut self, error: &Error) {
        match error.timeout_kind() {
            Some(TimeoutKind::Reply) => self.reply_timeouts += 1,
            Some(TimeoutKind::Write) => self.write_timeouts += 1,
            Some(TimeoutKind::Acquire | TimeoutKind::Connect | TimeoutKind::Handshake) | None => {}
        }
    }

    /// Adds what another counted.
    pub fn absorb(&mut self, part: &Self) {
        let Self { commands, bytes_out, bytes_in, .. } = part;
        let Self { reply_timeouts, write_timeouts, unknown_pushes, .. } = part;
        self.commands = self.commands.wrapping_add(*commands);
        self.bytes_out = self.bytes_out.wrapping_add(*bytes_out);
        self.bytes_in = self.bytes_in.wrapping_add(*bytes_in);
        self.reply_timeouts = self.reply_timeouts.wrapping_add(*reply_timeouts);
        self.write_timeouts = self.write_timeouts.wrapping_add(*write_timeouts);
        self.unknown_pushes = self.unknown_pushes.wrapping_add(*unknown_pushes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_parts_counted_adds_up() {
        let mut part = Traffic::default();
        part.sent(2, 30);
        part.received(7);
        part.unknown_pushes = 1;
        for kind in [TimeoutKind::Reply, TimeoutKind::Write, TimeoutKind::Acquire] {
            part.failed(&Error::timeout(kind, "late"));
        }
        let mut whole = part;
        whole.absorb(&part);
        let Traffic { commands, bytes_out, bytes_in, .. } = whole;
        assert_eq!((commands, bytes_out, bytes_in), (4, 60, 14));
        let Traffic { reply_timeouts, write_timeouts, unknown_pushes, .. } = whole;
        assert_eq!((reply_timeouts, write_timeouts, unknown_pushes), (2, 2, 2));
    }
}
