//! Compiles the loop around hiredis's async connection, whose structs differ from version to version.

use std::path::PathBuf;
use std::process::Command;

fn main() {
    const SOURCE: &str = "src/called_back.c";
    println!("cargo::rerun-if-changed={SOURCE}");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo tells it"));
    let object = out.join("called_back.o");
    let mut compile = Command::new(std::env::var_os("CC").unwrap_or_else(|| "cc".into()));
    run(compile.args(["-O2", "-fPIC", "-c", SOURCE, "-o"]).arg(&object));
    run(Command::new("ar").arg("crs").arg(out.join("libcalled_back.a")).arg(&object));
    println!("cargo::rustc-link-search=native={}", out.display());
    println!("cargo::rustc-link-lib=static=called_back");
    // after what needs it
    println!("cargo::rustc-link-lib=hiredis");
}

fn run(command: &mut Command) {
    let status = command.status().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(status.success(), "{command:?}: {status}");
}
