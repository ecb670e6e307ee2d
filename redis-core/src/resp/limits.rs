//! What a peer may announce before it is not believed.

/// The bounds of the decoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Limits {
    pub(crate) depth: u16,
    pub(crate) bulk_length: u32,
    pub(crate) elements: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 128, bulk_length: 512 * 1024 * 1024, elements: 64 * 1024 * 1024 }
    }
}
