//! What follows from a failure: whether the command is tried again, and after which pause.
//!
//! [`decide()`] is the only place that answers this, for both clients and for every path through them.
//! It prices ambiguity: what provably did not run may be tried again whatever it is; what may have run
//! is tried again only if the command may be repeated. This module does not sleep, draws no random
//! number and sends nothing: random bits come in, pauses go out.

mod allowance;
mod attempts;
mod backoff;
mod class;
mod decide;
mod doubt;
mod policy;

pub use allowance::{Allowance, shorter};
pub use attempts::{Attempts, Next, Outcome};
pub use backoff::{
    Backoff, ConstantBackoff, DecorrelatedJitterBackoff, EqualJitterBackoff, ExponentialBackoff,
    ExponentialWithJitterBackoff, FullJitterBackoff, NoBackoff,
};
pub use class::RetryClass;
pub use decide::{Decision, Failure, decide, wants_new_connection};
pub use doubt::Doubt;
pub use policy::RetryPolicy;

pub(crate) use backoff::from_notation;
