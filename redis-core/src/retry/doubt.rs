//! What is known of a command after several attempts.

use crate::error::{Delivery, Error};

/// Whether an attempt may have run the command, in which case nothing that becomes of later ones can
/// tell that it did not.
///
/// # Example
///
/// ```
/// use redis_core::retry::Doubt;
/// use redis_core::{Delivery, Error, ErrorKind};
///
/// let mut doubt = Doubt::default();
/// doubt.add(&Error::new(ErrorKind::Closed, "no answer").with_delivery(Delivery::Unknown));
/// let refused = Error::new(ErrorKind::Connect, "nobody there").with_delivery(Delivery::NotSent);
/// assert_eq!(doubt.settle(refused).delivery(), Delivery::Unknown);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Doubt(bool);

impl Doubt {
    /// Adds an attempt that failed and is not the last.
    pub fn add(&mut self, error: &Error) {
        self.0 |= !error.was_not_executed();
    }

    /// Whether an earlier attempt may have run.
    #[must_use]
    pub fn is_cast(self) -> bool {
        self.0
    }

    /// The last attempt's error, as that of all of them.
    #[must_use]
    pub fn settle(self, error: Error) -> Error {
        if self.0 && error.was_not_executed() {
            error.with_delivery(Delivery::Unknown)
        } else {
            error
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    fn failed(delivery: Delivery) -> Error {
        Error::new(ErrorKind::Closed, "gone").with_delivery(delivery)
    }

    #[test]
    fn once_cast_a_doubt_is_not_lifted_by_what_later_attempts_are_known_not_to_have_done() {
        let mut doubt = Doubt::default();
        doubt.add(&failed(Delivery::NotSent));
        assert!(!doubt.is_cast());
        assert_eq!(doubt.settle(failed(Delivery::NotSent)).delivery(), Delivery::NotSent);
        for later in [Delivery::Unknown, Delivery::NotSent, Delivery::Rejected] {
            doubt.add(&failed(later));
            assert!(doubt.is_cast(), "after {later:?}");
        }
        for last in [Delivery::NotSent, Delivery::Rejected, Delivery::Unknown] {
            assert_eq!(doubt.settle(failed(last)).delivery(), Delivery::Unknown, "{last:?}");
        }
        assert_eq!(doubt.settle(failed(Delivery::Executed)).delivery(), Delivery::Executed);
    }
}
