//! What it costs to have a client: a program of two commands in a project of its own, built from nothing.

use super::results::{Measured, Sample};
use super::subjects;
use crate::cargo::cargo;
use crate::error::Result;
use crate::process;
use crate::workspace;
use std::collections::BTreeSet;
use std::path::Path;

/// A project: what it is called here, what it depends on, and its program.
struct Project {
    run: &'static str,
    dependencies: String,
    program: &'static str,
}

const TOKIO: &str = "tokio = { version = \"1\", features = [\"rt\", \"macros\"] }\n";

fn projects(quick: bool) -> Vec<Project> {
    let ours = |name: &str| {
        let path = workspace::root().join(name);
        format!("{name} = {{ path = \"{}\", default-features = false }}\n", path.display())
    };
    let mut projects = vec![
        Project {
            run: "blocking/ours",
            dependencies: ours("redis-sync"),
            program: "use redis_sync::prelude::*;\n\
                fn main() -> redis_sync::Result<()> {\n\
                    let r = Redis::new();\n\
                    r.set(\"foo\", \"bar\")?;\n\
                    println!(\"{:?}\", r.get(\"foo\")?);\n\
                    Ok(())\n}\n",
        },
        Project {
            run: "async/ours",
            dependencies: ours("redis-async") + TOKIO,
            program: "use redis_async::prelude::*;\n\
                #[tokio::main(flavor = \"current_thread\")]\n\
                async fn main() -> redis_async::Result<()> {\n\
                    let r = Redis::new();\n\
                    r.set(\"foo\", \"bar\").await?;\n\
                    println!(\"{:?}\", r.get(\"foo\").await?);\n\
                    Ok(())\n}\n",
        },
        Project {
            run: "blocking/redis-rs",
            dependencies: "redis = \"1.8\"\n".to_owned(),
            program: "use redis::Commands as _;\n\
                fn main() -> redis::RedisResult<()> {\n\
                    let mut r = redis::Client::open(\"redis://localhost\")?.get_connection()?;\n\
                    r.set::<_, _, ()>(\"foo\", \"bar\")?;\n\
                    println!(\"{:?}\", r.get::<_, Option<String>>(\"foo\")?);\n\
                    Ok(())\n}\n",
        },
        Project {
            run: "async/redis-rs",
            dependencies: format!(
                "redis = {{ version = \"1.8\", features = [\"tokio-comp\"] }}\n{TOKIO}"
            ),
            program: "use redis::AsyncCommands as _;\n\
                #[tokio::main(flavor = \"current_thread\")]\n\
                async fn main() -> redis::RedisResult<()> {\n\
                    let r = redis::Client::open(\"redis://localhost\")?;\n\
                    let mut r = r.get_multiplexed_async_connection().await?;\n\
                    r.set::<_, _, ()>(\"foo\", \"bar\").await?;\n\
                    println!(\"{:?}\", r.get::<_, Option<String>>(\"foo\").await?);\n\
                    Ok(())\n}\n",
        },
    ];
    if !quick {
        projects.push(Project {
            run: "async/fred",
            dependencies: format!("fred = \"10.1\"\n{TOKIO}"),
            program: "use fred::prelude::*;\n\
                #[tokio::main(flavor = \"current_thread\")]\n\
                async fn main() -> Result<(), Error> {\n\
                    let r = Builder::default_centralized().build()?;\n\
                    r.init().await?;\n\
                    r.set::<(), _, _>(\"foo\", \"bar\", None, None, false).await?;\n\
                    println!(\"{:?}\", r.get::<Option<String>, _>(\"foo\").await?);\n\
                    Ok(())\n}\n",
        });
        projects.push(Project {
            run: "async/rustis",
            dependencies: format!("rustis = \"0.27\"\n{TOKIO}"),
            program: "use rustis::{client::Client, commands::StringCommands as _};\n\
                #[tokio::main(flavor = \"current_thread\")]\n\
                async fn main() -> rustis::Result<()> {\n\
                    let r = Client::connect(\"localhost:6379\").await?;\n\
                    r.set(\"foo\", \"bar\").await?;\n\
                    println!(\"{:?}\", r.get::<Option<String>>(\"foo\").await?);\n\
                    Ok(())\n}\n",
        });
    }
    projects
}

/// Builds every project, each from nothing.
pub(crate) fn measure(quick: bool) -> Measured {
    let mut measured = Measured::default();
    for project in projects(quick) {
        println!("building a program on {} from nothing", project.run);
        let outcome = build(&project).map_err(|error| error.to_string());
        if let Err(why) = &outcome {
            println!("skipped: {why}");
        }
        measured.push(project.run, outcome);
    }
    measured
}

fn build(project: &Project) -> Result<Sample> {
    let directory = subjects::target().join("cost").join(project.run.replace('/', "-"));
    if directory.exists() {
        std::fs::remove_dir_all(&directory)?;
    }
    std::fs::create_dir_all(directory.join("src"))?;
    let manifest = format!(
        "[package]\nname = \"program\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [profile.release]\nstrip = true\n\n[dependencies]\n{}",
        project.dependencies
    );
    std::fs::write(directory.join("Cargo.toml"), manifest)?;
    std::fs::write(directory.join("src/main.rs"), project.program)?;
    let cargo = |arguments: &[&str]| {
        let mut command = cargo(arguments);
        command.current_dir(&directory).env("CARGO_TARGET_DIR", directory.join("target"));
        command
    };
    process::read(&mut cargo(&["fetch", "--quiet"]))?;
    let tree = process::read(
        cargo(&["tree", "--edges", "normal,build", "--prefix", "none"]).args(["--format", "{p}"]),
    )?;
    let before = children_seconds();
    process::read(&mut cargo(&["build", "--release", "--quiet"]))?;
    let build_seconds = children_seconds() - before;
    let bytes = std::fs::metadata(directory.join("target/release/program"))?.len() as f64;
    // the crates would be found again by the next run, and nobody else wants them
    std::fs::remove_dir_all(directory.join("target"))?;
    Ok(Sample::from([
        ("crates".to_owned(), crates(&tree) as f64),
        ("build_seconds".to_owned(), build_seconds),
        ("bytes".to_owned(), bytes),
    ]))
}

/// How many crates a tree has, the program itself left out.
fn crates(tree: &str) -> usize {
    let names = tree.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        Some((words.next()?, words.next()?))
    });
    names.collect::<BTreeSet<_>>().len().saturating_sub(1)
}

/// Processor time of all processes that this one has waited for, and of theirs.
pub(crate) fn children_seconds() -> f64 {
    // in ticks, of which every Linux tells a hundred a second
    let stat = std::fs::read_to_string(Path::new("/proc/self/stat")).unwrap_or_default();
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let fields: Vec<f64> = after_name
        .split_whitespace()
        .skip(13)
        .take(2)
        .filter_map(|field| field.parse().ok())
        .collect();
    fields.iter().sum::<f64>() / 100.0
}

#[cfg(test)]
mod tests {
    use super::crates;

    #[test]
    fn a_crate_that_several_need_is_counted_once_and_the_program_not_at_all() {
        let tree = "program v0.0.0 (/a)\nredis-sync v0.1.0 (/b)\nbytes v1.0.0\nbytes v1.0.0 (*)\n\nlibc v0.2.0\n";
        assert_eq!(crates(tree), 3);
    }
}
