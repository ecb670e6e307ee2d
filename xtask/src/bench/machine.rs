//! Where it was measured: figures of different machines are never put together.

use crate::process;
use serde_json::{Value, json};
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::process::Command;

/// A machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Machine {
    pub(crate) processor: String,
    pub(crate) cores: usize,
    memory: String,
    kernel: String,
    compiler: String,
    /// Tells machines apart that are built alike; a number, since the system's own name for it is secret.
    identity: String,
}

impl Machine {
    /// This one.
    pub(crate) fn this() -> Self {
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let field = |text: &str, name: &str| {
            let line = text.lines().find(|line| line.starts_with(name));
            line.and_then(|line| line.split_once(':')).map(|(_, value)| value.trim().to_owned())
        };
        let unknown = || "unknown".to_owned();
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let processor = field(&read("/proc/cpuinfo"), "model name").unwrap_or_else(unknown);
        let memory = field(&read("/proc/meminfo"), "MemTotal").unwrap_or_else(unknown);
        let mut hasher = DefaultHasher::new();
        (&processor, cores, &memory, read("/etc/machine-id")).hash(&mut hasher);
        let compiler = process::read(Command::new("rustc").arg("--version"));
        Self {
            processor,
            cores,
            memory,
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            compiler: compiler.map_or_else(|_| unknown(), |version| version.trim().to_owned()),
            identity: format!("{:08x}", hasher.finish() as u32),
        }
    }

    /// What its results are called.
    pub(crate) fn file_name(&self) -> String {
        let plain: String = self
            .processor
            .chars()
            .map(
                |letter| {
                    if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' }
                },
            )
            .collect();
        let words: Vec<&str> = plain.split('-').filter(|word| !word.is_empty()).collect();
        format!("{}-{}-{}.json", words.join("-"), self.cores, self.identity)
    }

    /// One line about it.
    pub(crate) fn described(&self) -> String {
        let Self { processor, cores, memory, kernel, compiler, .. } = self;
        format!("{cores} × {processor}, {memory}, kernel {kernel}, {compiler}")
    }

    /// As it stands in its results.
    pub(crate) fn as_json(&self) -> Value {
        json!({
            "processor": self.processor,
            "cores": self.cores,
            "memory": self.memory,
            "kernel": self.kernel,
            "compiler": self.compiler,
            "identity": self.identity,
        })
    }

    /// Are these results of this machine? A kernel or compiler may change on it, and is another one's then.
    pub(crate) fn is(&self, written: &Value) -> bool {
        *written == self.as_json()
    }
}

#[cfg(test)]
mod tests {
    use super::Machine;

    #[test]
    fn a_machine_knows_its_own_results_and_no_others() {
        let this = Machine::this();
        assert!(this.is(&this.as_json()));
        let other = Machine { cores: this.cores + 1, ..this.clone() };
        assert!(!this.is(&other.as_json()));
        assert!(!other.is(&serde_json::Value::Null));
    }
}
