//! A float that must be finite: Redis takes infinite ones as scores and bounds, and nowhere else.

use redis_core::Error;
use redis_core::command::{Command, ToArg};

/// One argument; infinity and NaN are refused by its name.
#[derive(Clone, Copy)]
pub(crate) struct Finite {
    name: &'static str,
    value: f64,
}

impl Finite {
    pub(crate) fn new(name: &'static str, value: f64) -> Self {
        Self { name, value }
    }
}

impl ToArg for Finite {
    fn to_arg<'a>(&'a self, command: &mut Command<'a>) {
        if !self.value.is_finite() {
            command.reject(Error::argument(format!("`{}` must be a finite number", self.name)));
        }
        self.value.to_arg(command);
    }
}

#[cfg(test)]
mod tests {
    use crate::HashCommands;
    use crate::rehearsal::refusal;

    #[test]
    fn what_is_not_finite_is_refused_by_name() {
        for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let refused = refusal(|r| r.hincrbyfloat("h", "f", number));
            assert_eq!(refused, "HINCRBYFLOAT: `increment` must be a finite number");
        }
    }
}
