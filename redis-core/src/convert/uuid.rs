//! UUIDs, as text and as bytes (feature `uuid`).

use crate::command::{Command, ToArg, ToArgs};
use crate::error::Result;
use crate::reply::{FromReply, Reply};
use uuid::Uuid;

/// Hyphenated text in lower case.
impl ToArg for Uuid {
    #[inline]
    fn to_arg<'a>(&'a self, command: &mut Command<'a>) {
        command.push(self.hyphenated().encode_lower(&mut Self::encode_buffer()).as_bytes());
    }
}

impl ToArgs for Uuid {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        self.to_arg(command);
    }
}

/// From text, with hyphens or without, or from its 16 bytes.
impl FromReply for Uuid {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        let text = reply.scalar("UUID")?;
        // no text of a UUID has 16 bytes
        Self::from_slice(text)
            .or_else(|_| Self::try_parse_ascii(text))
            .map_err(|_| reply.mismatch("UUID"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::table;
    use crate::resp::Framer;

    const ID: Uuid = Uuid::from_u128(0x67e5_5044_10b1_426f_9247_bb68_0e5f_e0c8);

    fn read(text: &[u8]) -> Result<Uuid> {
        let mut wire = format!("${}\r\n", text.len()).into_bytes();
        wire.extend_from_slice(text);
        wire.extend_from_slice(b"\r\n");
        let framed = Framer::default().frame(&wire).unwrap().unwrap();
        Uuid::from_reply(Reply::new(&wire, None, framed.tape.nodes()))
    }

    #[test]
    fn it_is_written_as_hyphenated_text() {
        let command = Command::new(&table::SET).key("k").arg(&ID);
        let text = command.argument_bytes().nth(1).unwrap();
        assert_eq!(text, b"67e55044-10b1-426f-9247-bb680e5fe0c8");
    }

    #[test]
    fn it_is_read_from_text_and_from_bytes() {
        assert_eq!(read(b"67e55044-10b1-426f-9247-bb680e5fe0c8").unwrap(), ID);
        assert_eq!(read(b"67E5504410B1426F9247BB680E5FE0C8").unwrap(), ID);
        assert_eq!(read(ID.as_bytes()).unwrap(), ID);
    }

    #[test]
    fn other_text_is_refused_and_not_told() {
        let error = read(b"67e55044-secret").unwrap_err().to_string();
        assert_eq!(error, "wanted UUID, found bulk string of 15 bytes");
    }
}
