//! A goal and what came of it.

use std::fmt;

/// What a figure has to be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

/// One figure of a goal.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Part {
    pub(crate) what: String,
    pub(crate) found: Option<f64>,
    pub(crate) bound: Bound,
}

/// A goal, met if each of its parts is.
#[derive(Debug, Clone)]
pub(crate) struct Goal {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) parts: Vec<Part>,
    /// Why there is nothing to judge by, where that is known.
    pub(crate) why_not: Option<String>,
}

/// What came of a goal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Met,
    Missed,
    NotMeasured,
}

impl Bound {
    fn admits(self, found: f64) -> bool {
        match self {
            Self::AtLeast(least) => found >= least,
            Self::AtMost(most) => found <= most,
        }
    }

    /// How far inside the bound a figure is; below 1 is outside.
    fn room(self, found: f64) -> f64 {
        match self {
            Self::AtLeast(least) => found / least,
            Self::AtMost(most) if found > 0.0 => most / found,
            Self::AtMost(_) => f64::INFINITY,
        }
    }
}

impl Part {
    pub(crate) fn verdict(&self) -> Verdict {
        match self.found {
            None => Verdict::NotMeasured,
            Some(found) if self.bound.admits(found) => Verdict::Met,
            Some(_) => Verdict::Missed,
        }
    }

    fn room(&self) -> f64 {
        match self.found {
            Some(found) if self.bound.admits(found) => self.bound.room(found).max(1.0),
            Some(found) => self.bound.room(found).min(1.0 - f64::EPSILON),
            None => f64::INFINITY,
        }
    }
}

impl Goal {
    pub(crate) fn verdict(&self) -> Verdict {
        let any = |verdict| self.parts.iter().any(|part| part.verdict() == verdict);
        if any(Verdict::Missed) {
            Verdict::Missed
        } else if self.parts.is_empty() || any(Verdict::NotMeasured) {
            Verdict::NotMeasured
        } else {
            Verdict::Met
        }
    }

    /// The part that decides: the one furthest from its bound, on the wrong side if there is one.
    pub(crate) fn decisive(&self) -> Option<&Part> {
        let measured = self.parts.iter().filter(|part| part.found.is_some());
        measured.min_by(|a, b| a.room().total_cmp(&b.room()))
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Met => "MET",
            Self::Missed => "MISSED",
            Self::NotMeasured => "NOT MEASURED",
        })
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(least) => write!(f, ">={}", figure(*least)),
            Self::AtMost(most) => write!(f, "<={}", figure(*most)),
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.found {
            Some(found) => write!(f, "{} {} ({})", self.what, figure(found), self.bound),
            None => write!(f, "{} not measured ({})", self.what, self.bound),
        }
    }
}

/// `GOAL S1 ratio target MET|MISSED|NOT MEASURED`, and why.
impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (found, bound) = match self.decisive() {
            Some(part) => (part.found.map(figure).unwrap_or_default(), part.bound.to_string()),
            None => ("-".to_owned(), "-".to_owned()),
        };
        write!(f, "GOAL {} {found} {bound} {} {}: ", self.name, self.verdict(), self.title)?;
        if let Some(why) = &self.why_not {
            return f.write_str(why);
        }
        let parts: Vec<String> = self.parts.iter().map(Part::to_string).collect();
        f.write_str(&parts.join("; "))
    }
}

/// A figure with as many digits as tell something.
pub(crate) fn figure(value: f64) -> String {
    match value.abs() {
        v if v >= 1000.0 => format!("{value:.0}"),
        v if v >= 100.0 || value.fract() == 0.0 => format!("{value:.0}"),
        v if v >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Bound, Goal, Part, Verdict};

    fn goal(parts: &[(Option<f64>, Bound)]) -> Goal {
        let part =
            |&(found, bound): &(Option<f64>, Bound)| Part { what: "CPU".into(), found, bound };
        Goal { name: "S0", title: "a test", parts: parts.iter().map(part).collect(), why_not: None }
    }

    #[test]
    fn a_goal_is_met_if_all_its_parts_are() {
        let bound = Bound::AtLeast(2.0);
        assert_eq!(goal(&[(Some(2.0), bound)]).verdict(), Verdict::Met);
        assert_eq!(goal(&[(Some(2.0), bound), (None, bound)]).verdict(), Verdict::NotMeasured);
        let all = [(Some(2.0), bound), (None, bound), (Some(1.9), bound)];
        assert_eq!(goal(&all).verdict(), Verdict::Missed);
        assert_eq!(goal(&[]).verdict(), Verdict::NotMeasured);
    }

    #[test]
    fn the_line_names_the_part_that_decides() {
        let goal = goal(&[(Some(9.0), Bound::AtLeast(2.0)), (Some(0.9), Bound::AtMost(0.45))]);
        assert!(goal.to_string().starts_with("GOAL S0 0.90 <=0.45 MISSED a test: "), "{goal}");
    }

    #[test]
    fn a_goal_without_figures_says_so() {
        let line = goal(&[(None, Bound::AtMost(1.0))]).to_string();
        assert!(line.starts_with("GOAL S0 - - NOT MEASURED "), "{line}");
    }
}
