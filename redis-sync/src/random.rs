//! Random numbers, for jitter and nonces.

use std::cell::Cell;

thread_local! {
    static STATE: Cell<(u64, u32)> = const { Cell::new((0, 0)) };
}

/// 64 random bits. Good enough to spread retries and to be unlike any reply; not for secrets.
///
/// The state is seeded by the system once per thread and process: a child of `fork` seeds it anew, or
/// both would pause for the same times.
#[inline]
pub(crate) fn random() -> u64 {
    let generation = redis_core::fork::generation();
    STATE.with(|cell| {
        let (mut state, seeded) = cell.get();
        if state == 0 || seeded != generation {
            // without a source of the system's, the address of a local still differs between processes
            let address = std::ptr::from_ref(&state) as u64;
            state = getrandom::u64().unwrap_or(address) | 1;
        }
        // splitmix64
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        cell.set((state, generation));
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn two_numbers_differ() {
        assert_ne!(super::random(), super::random());
    }
}
