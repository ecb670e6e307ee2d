//! A peer's words drawn by lot: replies that are true but oddly said, and replies that are lies.
//! Decides what is said; who says it is a [`Script`](crate::scripted::Script).

use redis_faults::Random;

/// Deeper than any true reply in here.
const DEEP: usize = 200;

/// One who draws its words by lot.
#[derive(Debug)]
pub struct Liar {
    random: Random,
}

impl Liar {
    /// One whose lots are these.
    #[must_use]
    pub fn new(random: Random) -> Self {
        Self { random }
    }

    /// A bulk string, said in one of the ways that mean the same: whole or in chunks, with attributes and
    /// pushes before it.
    pub fn truly(&mut self, text: &str) -> Vec<u8> {
        let mut said = self.noise();
        if self.random.one_in(3) {
            said.extend_from_slice(b"$?\r\n");
            let size = usize::try_from(1 + self.random.next() % 4).unwrap_or(1);
            for chunk in text.as_bytes().chunks(size) {
                said.extend_from_slice(format!(";{}\r\n", chunk.len()).as_bytes());
                said.extend_from_slice(chunk);
                said.extend_from_slice(b"\r\n");
            }
            said.extend_from_slice(b";0\r\n");
        } else {
            said.extend_from_slice(format!("${}\r\n{text}\r\n", text.len()).as_bytes());
        }
        said
    }

    /// An array of such strings, in one of the ways that mean the same, with attributes between them.
    pub fn truly_all(&mut self, texts: &[String]) -> Vec<u8> {
        let mut said = self.noise();
        let streamed = self.random.one_in(3);
        let head = if streamed { "*?\r\n".to_owned() } else { format!("*{}\r\n", texts.len()) };
        said.extend_from_slice(head.as_bytes());
        for text in texts {
            if self.random.one_in(3) {
                said.extend(self.attribute());
            }
            said.extend_from_slice(format!("${}\r\n{text}\r\n", text.len()).as_bytes());
        }
        if streamed {
            said.extend_from_slice(b".\r\n");
        }
        said
    }

    /// Pushes and attributes, as servers may send them before any reply.
    fn noise(&mut self) -> Vec<u8> {
        let mut said = Vec::new();
        for _ in 0..self.random.next() % 3 {
            said.extend_from_slice(match self.random.next() % 3 {
                0 => b">2\r\n$7\r\nmessage\r\n*0\r\n".as_slice(),
                1 => b">1\r\n+x\r\n",
                _ => b">3\r\n+invalidate\r\n%1\r\n+k\r\n_\r\n#t\r\n",
            });
        }
        if self.random.one_in(2) {
            said.extend(self.attribute());
        }
        said
    }

    fn attribute(&mut self) -> Vec<u8> {
        match self.random.next() % 3 {
            0 => b"|1\r\n+ttl\r\n:3600\r\n".to_vec(),
            1 => b"|0\r\n".to_vec(),
            _ => b"|2\r\n+k\r\n*2\r\n:1\r\n_\r\n+nested\r\n|1\r\n+a\r\n,1.5\r\n+v\r\n".to_vec(),
        }
    }

    /// Something that is not the reply it should be: another length, count, type or nesting than was
    /// announced, a number that is none, an end in the middle, plain noise.
    pub fn lie(&mut self) -> Vec<u8> {
        let mut lie = match self.random.next() % 10 {
            // lengths
            0 => format!("${}\r\nvalue\r\n", self.number()).into_bytes(),
            // counts
            1 => format!("*{}\r\n:1\r\n:2\r\n", self.number()).into_bytes(),
            2 => format!("%{}\r\n+k\r\n+v\r\n", self.number()).into_bytes(),
            3 => format!("|{}\r\n+k\r\n+v\r\n+x\r\n", self.number()).into_bytes(),
            // types
            4 => {
                let types = b"+-:$*_#,(!=%~>|;.@Z\0\xff";
                let at = usize::try_from(self.random.next()).unwrap_or(0) % types.len();
                let mut lie = vec![types[at]];
                lie.extend_from_slice(format!("{}\r\n", self.number()).as_bytes());
                lie
            }
            // nesting
            5 => {
                let kinds = ["*1\r\n", "%1\r\n+k\r\n", "~1\r\n", "|1\r\n+k\r\n", "*?\r\n"];
                let at = usize::try_from(self.random.next()).unwrap_or(0) % kinds.len();
                kinds[at].repeat(DEEP).into_bytes()
            }
            6 => format!("$?\r\n;{}\r\nabc\r\n;0\r\n", self.number()).into_bytes(),
            7 => format!(":{}x\r\n", self.number()).into_bytes(),
            // of another type than anybody asked for
            8 => b"%2\r\n:1\r\n~1\r\n#t\r\n(123456789012345678901234567890\r\n,inf\r\n".to_vec(),
            _ => {
                (0..self.random.next() % 64).map(|_| self.random.next().to_le_bytes()[0]).collect()
            }
        };
        // half of them end before they end
        if self.random.one_in(2) {
            let length = usize::try_from(self.random.next()).unwrap_or(0) % (lie.len() + 1);
            lie.truncate(length);
        }
        lie
    }

    fn number(&mut self) -> String {
        const NUMBERS: [&str; 12] = [
            "0",
            "-1",
            "-2",
            "1",
            "3",
            "6",
            "",
            "+5",
            "536870913",
            "9223372036854775807",
            "18446744073709551616",
            "5 ",
        ];
        let at = usize::try_from(self.random.next()).unwrap_or(0) % NUMBERS.len();
        NUMBERS[at].to_owned()
    }
}
