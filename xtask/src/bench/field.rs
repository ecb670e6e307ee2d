//! The server that all subjects are measured on: started, filled, and kept on its processor.

use super::cells::Placement;
use crate::error::Result;
use crate::launch::{Launch, Process};
use crate::process;
use crate::raw::{Raw, Reply};
use crate::rows;
use crate::scratch::Scratch;
use std::path::PathBuf;
use std::process::Command;

/// A server with what is read from it.
pub(crate) struct Field {
    server: Process,
    /// The file with the authority of its certificate, where it has TLS.
    authority: Option<PathBuf>,
    cores: usize,
    placed: Option<Placement>,
    /// Its version, as it says.
    pub(crate) version: String,
    /// What it could not have here, and why.
    pub(crate) missing: Vec<String>,
}

impl Field {
    /// Starts the server and fills it.
    pub(crate) fn prepare() -> Result<Self> {
        let program = rows::installed_server()?;
        let scratch = Scratch::new()?;
        let mut missing = Vec::new();
        let certificate = match certify(&scratch) {
            Ok(certificate) => Some(certificate),
            Err(why) => {
                missing.push(format!("TLS: {why}"));
                None
            }
        };
        let mut launch = Launch::default();
        if let Some((authority, key)) = &certificate {
            launch.tls = true;
            for (option, file) in [
                ("--tls-cert-file", authority),
                ("--tls-key-file", key),
                ("--tls-ca-cert-file", authority),
            ] {
                launch.arguments.extend([option.to_owned(), file.display().to_string()]);
            }
            launch.arguments.extend(["--tls-auth-clients".to_owned(), "no".to_owned()]);
        }
        let server = Process::start(&program, launch, scratch)?;
        let mut raw = Raw::tcp(server.address())?;
        fill(&mut raw)?;
        let version = raw.try_call(&["INFO", "server"])?.info("redis_version").unwrap_or_default();
        if process::find("taskset").is_none() {
            missing.push("processors cannot be chosen: there is no taskset".to_owned());
        }
        let cores = std::thread::available_parallelism()?.get();
        let authority = certificate.map(|(authority, _)| authority);
        Ok(Self { server, authority, cores, placed: None, version, missing })
    }

    /// What a subject is told about the server; `None` if what it asks for is not here.
    pub(crate) fn arguments(&self, options: &[String]) -> Option<Vec<String>> {
        let mut arguments = vec![format!("address={}", self.server.address())];
        for option in options {
            arguments.push(match option.as_str() {
                "tls" => {
                    let (port, file) =
                        (self.server.tls_address()?.port(), self.authority.as_ref()?);
                    format!("tls={port},{}", file.display())
                }
                "socket" => format!("socket={}", self.server.socket().display()),
                other => other.to_owned(),
            });
        }
        Some(arguments)
    }

    /// Moves the server to its place, and tells the client's.
    pub(crate) fn place(&mut self, placement: Placement) -> Option<String> {
        process::find("taskset")?;
        let last = self.cores - 1;
        if self.placed != Some(placement) {
            let all = format!("0-{last}");
            let list = match placement {
                Placement::Same | Placement::Split => last.to_string(),
                Placement::Free | Placement::Alone => all,
            };
            let mut taskset = Command::new("taskset");
            let id = self.server.id().to_string();
            let _ = process::read(taskset.args(["--all-tasks", "--cpu-list", "--pid", &list, &id]));
            self.placed = Some(placement);
        }
        match placement {
            Placement::Same => Some(format!("cores={last}")),
            Placement::Split | Placement::Alone => Some("cores=0".to_owned()),
            Placement::Free => None,
        }
    }
}

/// A certificate for `localhost` that vouches for itself, and its key.
fn certify(scratch: &Scratch) -> Result<(PathBuf, PathBuf)> {
    let (authority, key) = (scratch.path().join("ca.pem"), scratch.path().join("key.pem"));
    process::find("openssl").ok_or("there is no openssl to make a certificate with")?;
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]);
    openssl.args([
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=DNS:localhost,IP:127.0.0.1",
    ]);
    process::read(openssl.arg("-keyout").arg(&key).arg("-out").arg(&authority))?;
    Ok((authority, key))
}

/// What the workloads read.
fn fill(raw: &mut Raw) -> Result<()> {
    let value = |length: usize| "0123456789abcdef".chars().cycle().take(length).collect::<String>();
    let mut call = |words: &[&str]| -> Result<()> {
        match raw.try_call(words)? {
            Reply::Error(error) => Err(format!("{}: {error}", words.join(" ")).into()),
            _ => Ok(()),
        }
    };
    for length in [16, 1024, 64 * 1024, 1024 * 1024] {
        call(&["SET", &format!("value:{length}"), &value(length)])?;
    }
    for number in 0..100 {
        call(&["SET", &format!("many:{number:02}"), &value(16)])?;
        call(&["HSET", "hash:100", &format!("f{number:02}"), &value(16)])?;
        let fields = ["sensor", &value(16), "reading", &value(16)];
        call(&[&["XADD", "stream:100", "*"][..], &fields].concat())?;
    }
    for number in 0..1000 {
        call(&["RPUSH", "list:1000", &value(16)])?;
        call(&["ZADD", "zset:1000", &format!("{number}.5"), &format!("member:{number:09}")])?;
    }
    call(&["ACL", "SETUSER", "bench", "on", ">secret", "~*", "&*", "+@all"])
}
