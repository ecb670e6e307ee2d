//! Redis's own load generator, which speaks of itself in other words than the other subjects.

use super::cost::children_seconds;
use super::results::Sample;
use crate::process;
use std::path::Path;
use std::process::Command;

/// Connections that it has; each sends its commands in pipelines.
const CONNECTIONS: u64 = 50;

/// Lets it read a key of 16 bytes, by `told`: where the server is, which processors are its own, and how many
/// commands go into a pipeline.
pub(crate) fn run(program: &Path, told: &[String]) -> Result<Sample, String> {
    let of = |name: &str| told.iter().find_map(|option| option.strip_prefix(name));
    let (host, port) = of("address=").and_then(|at| at.rsplit_once(':')).ok_or("no address")?;
    let pipeline: u64 = of("pipeline=").and_then(|depth| depth.parse().ok()).unwrap_or(1);
    let milliseconds: u64 = of("milliseconds=").and_then(|time| time.parse().ok()).unwrap_or(500);
    // about as long as the others: at a hundred thousand a second, or more in pipelines
    let commands = milliseconds * 100 * pipeline.min(16);
    let mut command = match of("cores=") {
        Some(cores) => {
            let mut command = Command::new("taskset");
            command.args(["--cpu-list", cores]).arg(program);
            command
        }
        None => Command::new(program),
    };
    command.args(["-h", host, "-p", port, "-t", "set,get", "-d", "16", "--csv"]);
    let numbers = [("-c", CONNECTIONS), ("-P", pipeline), ("-n", commands)];
    for (option, number) in numbers {
        command.arg(option).arg(number.to_string());
    }
    let before = children_seconds();
    let said = process::read(&mut command).map_err(|error| error.to_string())?;
    // half of what it did was writing what it reads
    let seconds = children_seconds() - before;
    let mut sample =
        parse(&said).ok_or_else(|| format!("redis-benchmark said `{}`", said.trim()))?;
    sample.insert("cpu_us".to_owned(), seconds * 1e6 / (2 * commands) as f64);
    Ok(sample)
}

/// The line about `GET`, by the names in the first line.
fn parse(said: &str) -> Option<Sample> {
    let fields = |line: &str| -> Vec<String> {
        line.split(',').map(|field| field.trim_matches('"').to_owned()).collect()
    };
    let mut lines = said.lines().filter(|line| line.starts_with('"'));
    let names = fields(lines.next()?);
    let line = fields(lines.find(|line| line.starts_with("\"GET"))?);
    let of = |name: &str| -> Option<f64> {
        line.get(names.iter().position(|known| known == name)?)?.parse().ok()
    };
    Some(Sample::from([
        ("rate".to_owned(), of("rps")?),
        ("p50_ns".to_owned(), of("p50_latency_ms")? * 1e6),
        ("p99_ns".to_owned(), of("p99_latency_ms")? * 1e6),
    ]))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn the_line_about_get_is_read_by_the_names_in_the_first_line() {
        let said = "\"test\",\"rps\",\"p50_latency_ms\",\"p99_latency_ms\"\n\
                    \"SET\",\"1.00\",\"9.000\",\"9.000\"\n\"GET\",\"250.50\",\"0.047\",\"0.063\"\n";
        let sample = parse(said).expect("a line");
        assert_eq!(sample.get("rate"), Some(&250.5));
        assert_eq!(sample.get("p99_ns"), Some(&63_000.0));
        assert_eq!(parse("ERR"), None);
    }
}
