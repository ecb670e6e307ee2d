//! What hostile bytes must not break, as functions of bytes.
//!
//! Each module is one target: `run` takes any bytes, does what a client would do with them, and
//! panics where a promise is broken. The binaries beside this crate feed them from libFuzzer; the test
//! here feeds them the corpus that lies in the repository.

pub mod decoder;
pub mod derived;
pub mod reference;
pub mod session;
pub mod typed;
pub mod url;

mod wire;

#[cfg(test)]
mod tests {
    use std::path::Path;

    /// A target's name, and what it does with bytes.
    type Target = (&'static str, fn(&[u8]));

    #[test]
    fn every_input_that_was_kept_is_survived() {
        let targets: [Target; 6] = [
            ("decoder", super::decoder::run),
            ("derived", super::derived::run),
            ("reference", super::reference::run),
            ("session", super::session::run),
            ("typed", super::typed::run),
            ("url", super::url::run),
        ];
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
        for (name, run) in targets {
            let mut inputs = 0;
            for file in std::fs::read_dir(corpus.join(name)).unwrap() {
                run(&std::fs::read(file.unwrap().path()).unwrap());
                inputs += 1;
            }
            assert!(inputs > 0, "{name} has no corpus");
        }
    }
}
