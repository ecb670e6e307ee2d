//! The keys of a lock.

use bytes::Bytes;

/// The lock's own key, and its companions in the same slot of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockKeys {
    lock: Bytes,
    fence: Bytes,
    wake: Bytes,
}

impl LockKeys {
    /// The keys of the lock of this name.
    #[must_use]
    #[inline]
    pub fn new(name: &[u8]) -> Self {
        let companion = |suffix: &str| {
            let mut key = Vec::with_capacity(name.len() + suffix.len() + 8);
            if has_tag(name) {
                key.extend_from_slice(name);
            } else if name.is_empty() || name.contains(&b'}') {
                // no tag can hold such a name: a short one of the same slot stands before it
                key.extend_from_slice(format!("{{{}}}", tag_of(slot(name))).as_bytes());
                key.extend_from_slice(name);
            } else {
                key.push(b'{');
                key.extend_from_slice(name);
                key.push(b'}');
            }
            key.extend_from_slice(suffix.as_bytes());
            Bytes::from(key)
        };
        Self {
            lock: Bytes::copy_from_slice(name),
            fence: companion(":lock-fence"),
            wake: companion(":lock-wake"),
        }
    }

    /// The key that holds the holder's token: the lock's name.
    #[must_use]
    #[inline]
    pub fn lock(&self) -> &Bytes {
        &self.lock
    }

    /// The key that holds the last fencing token.
    #[must_use]
    #[inline]
    pub fn fence(&self) -> &Bytes {
        &self.fence
    }

    /// The list on which those who wait are woken.
    #[must_use]
    #[inline]
    pub fn wake(&self) -> &Bytes {
        &self.wake
    }
}

/// Whether a cluster takes a part of the key for the whole.
#[inline]
fn has_tag(key: &[u8]) -> bool {
    tag(key).is_some()
}

/// What stands between the first `{` and the first `}` behind it, if anything does.
#[inline]
fn tag(key: &[u8]) -> Option<&[u8]> {
    let rest = &key[key.iter().position(|&byte| byte == b'{')? + 1..];
    let end = rest.iter().position(|&byte| byte == b'}')?;
    (end > 0).then(|| &rest[..end])
}

/// The slot of a key: CRC-16 (XMODEM) of its tag, or of all of it.
#[inline]
fn slot(key: &[u8]) -> u16 {
    let crc = tag(key).unwrap_or(key).iter().fold(0_u16, |crc, &byte| {
        (0..8).fold(crc ^ (u16::from(byte) << 8), |crc, _| {
            if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 }
        })
    });
    crc % 16384
}

/// The least number whose digits lie in the slot; every slot has one below a million.
#[inline]
fn tag_of(wanted: u16) -> u32 {
    (0..1_000_000).find(|number| slot(number.to_string().as_bytes()) == wanted).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_keys_of_a_lock_lie_in_one_slot_whatever_its_name() {
        for name in [
            "jobs",
            "{user1}:jobs",
            "",
            "{}",
            "{}x",
            "a}b",
            "}{",
            "a{b",
            "a{b}c",
            "{a}{b}",
            "x{}{y}",
        ] {
            let keys = LockKeys::new(name.as_bytes());
            let slots = [keys.lock(), keys.fence(), keys.wake()].map(|key| slot(key));
            assert!(slots.iter().all(|&other| other == slots[0]), "{name}: {keys:?}");
            assert!(keys.fence() != keys.wake() && keys.lock() != keys.fence());
        }
    }

    #[test]
    fn the_slots_are_redis_own() {
        // from CLUSTER KEYSLOT
        assert_eq!([slot(b"foo"), slot(b"somekey"), slot(b"foo{hash_tag}")], [12182, 11058, 2515]);
    }

    #[test]
    fn every_slot_has_a_tag() {
        let mut found = vec![false; 16384];
        (0..1_000_000_u32)
            .for_each(|number| found[usize::from(slot(number.to_string().as_bytes()))] = true);
        assert!(found.into_iter().all(|found| found));
    }
}
