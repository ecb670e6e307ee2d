//! A connection that many share, against a model that is too simple to be wrong; and the greeting of a
//! server that lies.

mod greeting;
mod model;

/// The first byte says which, the others are what happens.
pub fn run(data: &[u8]) {
    match data {
        [kind, rest @ ..] if kind % 4 == 0 => greeting::run(rest),
        [_, rest @ ..] => model::run(rest),
        [] => {}
    }
}
