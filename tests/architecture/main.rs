//! The layering, the sizes and the names of the house, checked: see ARCHITECTURE.md.
//!
//! Each rule is a function from sources to offenders, so that a planted offender proves that the rule
//! can fail.

mod layering;
mod lazy;
mod mirror;
mod references;
mod size;
mod source;
mod wording;

use source::Source;

#[track_caller]
fn nobody(offenders: Vec<String>, rule: &str) {
    assert!(offenders.is_empty(), "{rule}:\n  {}", offenders.join("\n  "));
}

#[test]
fn crates_depend_only_on_what_the_house_allows() {
    nobody(
        layering::forbidden_dependencies(&source::manifests()),
        "a dependency that the table forbids",
    );
}

#[test]
fn crates_import_only_what_the_house_allows() {
    nobody(layering::forbidden_imports(&source::all()), "an import that the table forbids");
}

#[test]
fn modules_of_the_core_import_only_what_lies_below_them() {
    nobody(
        layering::upward_imports(&source::of("redis-core")),
        "a module that imports what lies above it",
    );
}

#[test]
fn the_core_never_waits() {
    nobody(layering::waiting(&source::of("redis-core")), "waiting in redis-core");
}

#[test]
fn unsafe_code_stands_only_in_files_that_say_why() {
    nobody(
        layering::unannounced_unsafe(&source::all()),
        "unsafe code in a file that is not on the list",
    );
}

#[test]
fn no_file_is_larger_than_the_size_rule() {
    nobody(size::oversized(&source::all()), "a file over the size rule");
}

#[test]
fn no_file_is_named_for_nothing() {
    nobody(size::nameless(&source::all()), "a file named for nothing");
}

#[test]
fn the_two_clients_have_the_same_files_but_for_the_announced() {
    let announced = mirror::announced(&source::text("ARCHITECTURE.md"));
    let sync = source::of("redis-sync");
    let nonblocking = source::of("redis-async");
    nobody(mirror::differences(&sync, &nonblocking, &announced), "files that differ unannounced");
}

#[test]
fn loops_are_shared_by_one_device_alone() {
    nobody(
        wording::banned_macros(&source::all()),
        "a macro of maybe-async that flips the build, or `both!` out of place",
    );
}

#[test]
fn nothing_is_re_exported_by_a_glob() {
    nobody(wording::glob_re_exports(&source::all()), "a glob re-export");
}

#[test]
fn the_documented_compiler_version_is_the_one_in_the_manifest() {
    let manifest = source::text("Cargo.toml");
    let version = manifest
        .lines()
        .find_map(|line| line.strip_prefix("rust-version = "))
        .expect("the root manifest states a rust-version")
        .trim_matches('"');
    let readme = source::text("README.md");
    assert!(readme.contains(&format!("Rust {version}")), "README.md does not name Rust {version}");
}

#[test]
fn every_test_that_a_document_names_is_there() {
    let mut named = Vec::new();
    for document in ["docs/delivery.md", "docs/reliability.md", "SECURITY.md"] {
        let references = references::of_document(document, &source::text(document));
        assert!(references.len() > 10, "the links of {document} were not found");
        named.extend(references);
    }
    nobody(references::broken(&named, source::find), "a test that is not where a document says");
}

#[test]
fn what_only_some_programs_use_is_compiled_where_it_is_used() {
    nobody(
        lazy::eager(&source::all()),
        "a function that every program compiles, without `#[inline]`, beside what only some use",
    );
}

fn planted(path: &str, text: &str) -> Vec<Source> {
    vec![Source::planted(path, text)]
}

#[test]
fn every_rule_finds_a_planted_offender() {
    let import = planted("redis-core/src/x.rs", "use tokio::net::TcpStream;\n");
    assert_eq!(layering::forbidden_imports(&import).len(), 1);
    let clients = planted("redis-sync/src/x.rs", "use redis_async::Redis;\n");
    assert_eq!(layering::forbidden_imports(&clients).len(), 1);
    let clock = planted("redis-core/src/x.rs", "let now = Instant::now();\n");
    assert_eq!(layering::waiting(&clock).len(), 1);
    let waits = planted("redis-core/src/x.rs", "socket.read().await;\n");
    assert_eq!(layering::waiting(&waits).len(), 1);
    let shared = planted("redis-core/src/drive/x.rs", "socket.read().await;\n");
    assert!(layering::waiting(&shared).is_empty());
    let upward = planted("redis-core/src/error/x.rs", "use crate::pool::Pool;\n");
    assert_eq!(layering::upward_imports(&upward).len(), 1);
    let unsafe_code = planted("redis-core/src/x.rs", "unsafe { close(3) }\n");
    assert_eq!(layering::unannounced_unsafe(&unsafe_code).len(), 1);
    let long = planted("redis-core/src/x.rs", &"let x = 1;\n".repeat(601));
    assert_eq!(size::oversized(&long).len(), 1);
    let documented = planted("redis-core/src/x.rs", &"/// x\n".repeat(1001));
    assert_eq!(size::oversized(&documented).len(), 1);
    assert_eq!(size::nameless(&planted("redis-core/src/utils.rs", "")).len(), 1);
    let eager = "impl Lock {\n    /// x\n    pub fn x(&self) -> u32 {\n        1\n    }\n}\n";
    assert_eq!(lazy::eager(&planted("redis-async/src/lock/x.rs", eager)).len(), 1);
    assert!(lazy::eager(&planted("redis-async/src/link.rs", eager)).is_empty());
    let marked = eager.replace("    pub", "    #[inline]\n    pub");
    assert!(lazy::eager(&planted("redis-async/src/lock/x.rs", &marked)).is_empty());
    let generic = eager.replace("x(&self", "x(&self, name: impl ToArg");
    assert!(lazy::eager(&planted("redis-async/src/lock/x.rs", &generic)).is_empty());
    let of_many = eager.replace("impl Lock", "impl<C: ExecuteCommand> Lock<C>");
    assert!(lazy::eager(&planted("redis-async/src/lock/x.rs", &of_many)).is_empty());
    let mine = planted("redis-sync/src/mine.rs", "");
    assert_eq!(mirror::differences(&mine, &[], &[]).len(), 1);
    assert!(mirror::differences(&mine, &[], &["mine.rs".to_owned()]).is_empty());
    assert_eq!(
        wording::banned_macros(&planted("redis-core/src/x.rs", "#[maybe_async::maybe_async]\n"))
            .len(),
        1
    );
    assert_eq!(wording::banned_macros(&planted("redis-sync/src/x.rs", "both! {\n")).len(), 1);
    let named = references::of_document("x.md", "[a](../x.rs#a), [b](x.rs#b), [c](../y.rs#a)");
    let read = |file: &str| (file == "x.rs").then(|| "async fn a(test) {".to_owned());
    assert_eq!(references::broken(&named, read).len(), 2);
    assert_eq!(
        wording::glob_re_exports(&planted("redis-core/src/x.rs", "pub use crate::error::*;\n"))
            .len(),
        1
    );
}
