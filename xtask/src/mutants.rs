//! `cargo xtask mutants`: does a test fail where the code that holds a promise is undone?
//!
//! The defects are kept in `xtask/data/mutants.json`, each with the one test that must notice it. They are made one by one
//! in a copy of the tree below `target`, never in the tree itself. A defect is caught by a test that fails, or, where
//! it says so, by one that never ends; one that does not compile is caught by nobody, and one whose text is not in its file any more
//! is an error: the list is kept up to date like any other code.

mod copy;
mod defect;
mod killer;

use std::time::{Duration, Instant};

use crate::error::Result;
use crate::rows::ROWS;
use crate::servers;
use copy::Copy;
use defect::{Defect, Killer};
use killer::{Ending, Test};

/// A test that has not ended by then is taken for one that never will.
const PATIENCE: Duration = Duration::from_secs(300);
/// The same where the defect is known to make its test hang.
const SHORT_PATIENCE: Duration = Duration::from_secs(20);

/// What became of a defect.
#[derive(Debug)]
enum Verdict {
    Caught,
    CaughtByWaiting,
    Survived,
    DoesNotCompile(String),
    DoesNotApply(String),
}

/// `cargo xtask mutants [NAME …] | --list | --check`
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let defects = defect::kept()?;
    match arguments.first().map(String::as_str) {
        Some("--list") => list(&defects),
        Some("--check") => return check(),
        _ => return report(&carry_out(&chosen(&defects, arguments)?)?),
    }
    Ok(())
}

/// Whether every defect can still be made, and names a test that is there.
pub(crate) fn check() -> Result<()> {
    let defects = defect::kept()?;
    let mut wrong = defect::repeated(&defects);
    for defect in &defects {
        wrong.extend(defect.made().err().map(|error| format!("{}: {error}", defect.name)));
        wrong.extend(defect.killer.missing()?.map(|what| format!("{}: {what}", defect.name)));
    }
    if wrong.is_empty() {
        println!("{} defects are kept, and each can be made", defects.len());
        return Ok(());
    }
    Err(format!("xtask/data/mutants.json is not up to date:\n  {}", wrong.join("\n  ")).into())
}

fn list(defects: &[Defect]) {
    for defect in defects {
        println!("{}\n    {}\n    {}", defect.name, defect.breaks, defect.killer);
    }
    println!("{} defects", defects.len());
}

/// Those that are named, or all; side by side where the same is built for them, the quickest first.
fn chosen<'d>(defects: &'d [Defect], names: &[String]) -> Result<Vec<&'d Defect>> {
    let is_known = |name: &&String| !defects.iter().any(|defect| defect.name == **name);
    if let Some(name) = names.iter().find(is_known) {
        return Err(format!("no defect `{name}`: `--list` shows them").into());
    }
    let is_wanted = |defect: &&Defect| names.is_empty() || names.contains(&defect.name);
    let mut chosen: Vec<_> = defects.iter().filter(is_wanted).collect();
    chosen.sort_by_key(|defect| defect.order());
    Ok(chosen)
}

fn carry_out<'d>(defects: &[&'d Defect]) -> Result<Vec<(&'d Defect, Verdict)>> {
    let began = Instant::now();
    let copy = Copy::renewed()?;
    let servers = defects.iter().any(|defect| defect.killer.needs_servers());
    let servers = if servers { Some(servers::fetch(&ROWS, "servers.json")?.written) } else { None };
    let mut verdicts = Vec::new();
    let mut group: Option<&Killer> = None;
    for &defect in defects {
        let killer = &defect.killer;
        if !group.is_some_and(|group| group.is_built_with(killer)) {
            group = Some(killer);
            let alike = defects.iter().map(|defect| &defect.killer);
            let alike: Vec<_> = alike.filter(|other| other.is_built_with(killer)).collect();
            sound(&copy, killer, &alike, servers.as_deref())?;
        }
        let begun = Instant::now();
        let verdict = judge(&copy, defect, servers.as_deref())?;
        println!("{verdict:>14}  {} ({:.1} s)", defect.name, begun.elapsed().as_secs_f32());
        verdicts.push((defect, verdict));
    }
    println!("{} defects in {:.0} s", defects.len(), began.elapsed().as_secs_f32());
    Ok(verdicts)
}

/// Without a defect every one of these tests passes: else it would prove nothing that it fails with one.
fn sound(
    copy: &Copy,
    killer: &Killer,
    alike: &[&Killer],
    servers: Option<&std::path::Path>,
) -> Result<()> {
    let test = Test::build(copy, killer)?.map_err(|why| format!("without any defect:\n{why}"))?;
    let names: Vec<_> = alike.iter().map(|killer| killer.test.as_str()).collect();
    let ending = test.run(&names, "none", PATIENCE, servers)?;
    let passed = ending.passed();
    match names.iter().find(|name| !passed.iter().any(|passed| passed.contains(**name))) {
        None if matches!(ending, Ending::Passed(_)) => Ok(()),
        None => Err(format!("tests of {killer} fail without any defect: {ending}").into()),
        Some(name) => Err(format!("`{name}` does not pass without any defect: {ending}").into()),
    }
}

fn judge(copy: &Copy, defect: &Defect, servers: Option<&std::path::Path>) -> Result<Verdict> {
    let (sane, broken) = match defect.made() {
        Ok(texts) => texts,
        Err(error) => return Ok(Verdict::DoesNotApply(error.to_string())),
    };
    let file = copy.path(&defect.file);
    std::fs::write(&file, broken)?;
    let verdict = Test::build(copy, &defect.killer).and_then(|built| match built {
        Err(why) => Ok(Verdict::DoesNotCompile(why)),
        Ok(test) => {
            let patience = if defect.hangs { SHORT_PATIENCE } else { PATIENCE };
            let ending = test.run(&[&defect.killer.test], &defect.name, patience, servers)?;
            Ok(match ending {
                Ending::Failed(_) => Verdict::Caught,
                Ending::Never(_) if defect.hangs => Verdict::CaughtByWaiting,
                Ending::Passed(_) | Ending::Never(_) => Verdict::Survived,
            })
        }
    });
    std::fs::write(&file, sane)?;
    verdict
}

fn report(verdicts: &[(&Defect, Verdict)]) -> Result<()> {
    let mut wrong = Vec::new();
    for (defect, verdict) in verdicts {
        let why = match verdict {
            Verdict::Caught | Verdict::CaughtByWaiting => continue,
            Verdict::Survived => format!("{} did not notice it", defect.killer),
            Verdict::DoesNotCompile(why) | Verdict::DoesNotApply(why) => why.clone(),
        };
        wrong.push(format!("{verdict} {}: {why}", defect.name));
    }
    if wrong.is_empty() {
        println!("all {} were caught", verdicts.len());
        return Ok(());
    }
    let (count, all) = (wrong.len(), verdicts.len());
    Err(format!("{count} of {all} were not caught:\n  {}", wrong.join("\n  ")).into())
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Caught => "caught",
            Self::CaughtByWaiting => "caught, hangs",
            Self::Survived => "SURVIVED",
            Self::DoesNotCompile(_) => "NO COMPILE",
            Self::DoesNotApply(_) => "DOES NOT APPLY",
        })
    }
}
