//! Which words of a command must not be shown: passwords and what unlocks as they do.
//!
//! Decided by the command that it is and by its grammar, never by searching a text.

/// Which of the words of a command are secret; the command's own words are the first.
///
/// # Example
///
/// ```
/// use redis_core::command::secrets;
///
/// assert_eq!(secrets(&[b"AUTH", b"ada", b"lovelace"]), [false, false, true]);
/// assert_eq!(secrets(&[b"SET", b"auth", b"lovelace"]), [false; 3]);
/// ```
#[must_use]
#[inline]
pub fn secrets(words: &[&[u8]]) -> Vec<bool> {
    let mut secret = vec![false; words.len()];
    let mut strike = |at: usize| {
        if let Some(struck) = secret.get_mut(at) {
            *struck = true;
        }
    };
    let Some(first) = words.first() else { return secret };
    let sub = words.get(1).map(|word| upper(word)).unwrap_or_default();
    match (upper(first).as_slice(), sub.as_slice()) {
        // with or without a user before it; of what is longer nobody knows which is which
        (b"AUTH", _) if words.len() <= 3 => strike(words.len().saturating_sub(1).max(1)),
        (b"AUTH", _) => (1..words.len()).for_each(strike),
        (b"HELLO", _) => options(words, 2, |word, at| match upper(word).as_slice() {
            b"AUTH" => {
                strike(at + 2);
                3
            }
            b"SETNAME" => 2,
            _ => 1,
        }),
        (b"ACL", b"SETUSER") => {
            let rules = words.iter().enumerate().skip(3);
            // a password to add or take away, or the digest of one
            let secret =
                rules.filter(|(_, rule)| matches!(rule.first(), Some(b'>' | b'<' | b'#' | b'!')));
            secret.for_each(|(at, _)| strike(at));
        }
        (b"CONFIG", b"SET") => pairs(words, 2, &mut strike),
        (b"SENTINEL", b"SET") => pairs(words, 3, &mut strike),
        (b"SENTINEL", b"CONFIG") => pairs(words, 3, &mut strike),
        (b"MIGRATE", _) => options(words, 6, |word, at| match upper(word).as_slice() {
            b"AUTH" => {
                strike(at + 1);
                2
            }
            b"AUTH2" => {
                strike(at + 2);
                3
            }
            // what follows are keys, whatever they are called
            b"KEYS" => usize::MAX,
            _ => 1,
        }),
        _ => {}
    }
    secret
}

/// Walks over options from the word `at` on; `length` says how many words each takes.
fn options(words: &[&[u8]], mut at: usize, mut length: impl FnMut(&[u8], usize) -> usize) {
    while let Some(word) = words.get(at) {
        at = at.saturating_add(length(word, at));
    }
}

/// Strikes the values of settings that hold passwords, where name and value stand by turns.
fn pairs(words: &[&[u8]], first: usize, strike: &mut impl FnMut(usize)) {
    for at in (first..words.len()).step_by(2) {
        let name = words.get(at).map(|word| upper(word)).unwrap_or_default();
        // `requirepass`, `masterauth`, `primaryauth`, `tls-key-file-pass`, `sentinel-pass`, `auth-pass`, …
        let has = |part: &[u8]| name.windows(part.len()).any(|found| found == part);
        if has(b"PASS") || has(b"AUTH") {
            strike(at + 1);
        }
    }
}

#[inline]
fn upper(word: &[u8]) -> Vec<u8> {
    word.to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words of a command, the secret ones as `***`.
    fn shown(command: &str) -> String {
        let words: Vec<&[u8]> = command.split(' ').map(str::as_bytes).collect();
        let secret = secrets(&words);
        let shown = command.split(' ').zip(secret).map(|(word, is)| if is { "***" } else { word });
        shown.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn passwords_are_secret_and_nothing_else() {
        for (command, expected) in [
            ("AUTH pw", "AUTH ***"),
            ("auth ada pw", "auth ada ***"),
            ("AUTH ada pw more", "AUTH *** *** ***"),
            ("AUTH", "AUTH"),
            ("HELLO 3 AUTH ada pw SETNAME auth", "HELLO 3 AUTH ada *** SETNAME auth"),
            ("HELLO 3 SETNAME auth AUTH ada pw", "HELLO 3 SETNAME auth AUTH ada ***"),
            ("HELLO 3", "HELLO 3"),
            (
                "ACL SETUSER ada on >pw #digest <pw !digest ~* +@all",
                "ACL SETUSER ada on *** *** *** *** ~* +@all",
            ),
            ("ACL SETUSER >ada on", "ACL SETUSER >ada on"),
            (
                "CONFIG SET maxmemory 1 requirepass pw masterauth pw",
                "CONFIG SET maxmemory 1 requirepass *** masterauth ***",
            ),
            ("config set TLS-KEY-FILE-PASS pw", "config set TLS-KEY-FILE-PASS ***"),
            ("CONFIG GET requirepass", "CONFIG GET requirepass"),
            (
                "MIGRATE h 1 k 0 5 COPY AUTH pw KEYS AUTH b",
                "MIGRATE h 1 k 0 5 COPY AUTH *** KEYS AUTH b",
            ),
            ("MIGRATE h 1 AUTH 0 5 AUTH2 ada pw", "MIGRATE h 1 AUTH 0 5 AUTH2 ada ***"),
            (
                "SENTINEL SET mymaster auth-pass pw quorum 2",
                "SENTINEL SET mymaster auth-pass *** quorum 2",
            ),
            ("SET AUTH pw", "SET AUTH pw"),
            ("NO.SUCH AUTH pw", "NO.SUCH AUTH pw"),
        ] {
            assert_eq!(shown(command), expected);
        }
        assert!(secrets(&[]).is_empty());
    }
}
