//! Who may depend on whom.

use crate::source::Source;

/// What each crate may depend on, from ARCHITECTURE.md.
const DEPENDENCIES: &[(&str, &[&str])] = &[
    (
        "redis-core",
        &[
            "bytes",
            "libc",
            "maybe-async",
            "const-sha1",
            "percent-encoding",
            "thiserror",
            // optional: the features `json`, `tracing` and `uuid`
            "serde",
            "serde_json",
            "tracing",
            "uuid",
        ],
    ),
    ("redis-commands", &["redis-core", "bytes"]),
    ("redis-derive", &["proc-macro2", "quote", "syn"]),
    (
        "redis-sync",
        &[
            "redis-core",
            "redis-commands",
            "redis-derive",
            "bytes",
            "crossbeam-channel",
            "getrandom",
            "libc",
            "native-tls",
            "parking_lot",
            "socket2",
        ],
    ),
    (
        "redis-async",
        &[
            "redis-core",
            "redis-commands",
            "redis-derive",
            "bytes",
            "futures-core",
            "getrandom",
            "libc",
            "native-tls",
            "parking_lot",
            "socket2",
            "tokio",
        ],
    ),
];

/// Today's other clients: measured in `benches`, depended on nowhere.
const PEERS: &[&str] = &["redis", "fred", "rustis"];

/// What the modules of the core may import of each other; `error` is open to all.
const CORE: &[(&str, &[&str])] = &[
    ("error", &[]),
    ("fork", &[]),
    ("resp", &["reply"]),
    ("reply", &["resp", "command"]),
    ("command", &["config", "execute", "reply", "retry", "script"]),
    ("execute", &["command", "reply", "script"]),
    ("capture", &["command", "connection", "event", "monitor", "reply", "resp"]),
    ("consumer", &["retry"]),
    ("convert", &["command", "reply", "resp"]),
    ("credentials", &[]),
    (
        "config",
        &[
            "capture",
            "credentials",
            "resp",
            "retry",
            "event",
            "orphan",
            "push",
            "recorder",
            "connection",
        ],
    ),
    ("event", &["connection", "config"]),
    ("orphan", &["command", "reply", "resp"]),
    ("push", &["reply", "resp"]),
    ("recorder", &["event"]),
    ("retry", &["config"]),
    ("script", &["command", "execute", "reply"]),
    ("pool", &["command", "config", "event"]),
    ("monitor", &["reply", "resp"]),
    ("pipeline", &["command", "config", "connection", "execute", "reply", "resp", "retry"]),
    ("raw", &["reply", "resp"]),
    ("pubsub", &["command", "config", "connection", "event", "reply", "resp", "retry"]),
    ("connection", &["command", "config", "credentials", "reply", "resp"]),
    (
        "drive",
        &[
            "command",
            "connection",
            "lock",
            "orphan",
            "pipeline",
            "pool",
            "pubsub",
            "reply",
            "retry",
            "script",
        ],
    ),
    ("lock", &["command", "fork", "retry", "script"]),
    ("expansion", &["command", "execute", "reply"]),
    ("paging", &["execute", "reply"]),
    ("trace", &["event", "recorder"]),
    ("lib", &["*"]),
];

/// What would make a decision wait, or depend on when and where it is made.
const WAITING: &[&str] = &[
    "Instant::now",
    "SystemTime::now",
    "thread::",
    "tokio",
    "net::Tcp",
    "net::Udp",
    "ToSocketAddrs",
    "socket2",
    "Mutex",
    "RwLock",
    "Condvar",
    "mpsc",
    "parking_lot",
    ".await",
    "getrandom",
    "rand::",
];

/// The files with unsafe code, each of which says why.
const UNSAFE: &[&str] = &[
    "redis-core/src/fork.rs",
    "redis-core/src/reply/text.rs",
    "redis-sync/src/transport/poll.rs",
    "redis-async/tests/fork.rs",
    "redis-sync/examples/prefork.rs",
    "redis-async/examples/prefork.rs",
    "redis-sync/tests/allocations.rs",
    "redis-async/tests/allocations.rs",
    "tests/fork/process.rs",
    "tests/hermetic/rekeying/peer.rs",
    "tests/million.rs",
    "benches/peers/load/src/allocator.rs",
    "benches/peers/load/src/process.rs",
    "benches/peers/hiredis/src/called_back.rs",
    "benches/peers/hiredis/src/ffi.rs",
];

pub(crate) fn forbidden_dependencies(manifests: &[Source]) -> Vec<String> {
    let mut offenders = Vec::new();
    for manifest in manifests {
        let krate = manifest.path.trim_end_matches("/Cargo.toml");
        let allowed =
            DEPENDENCIES.iter().find(|(name, _)| *name == krate).map(|(_, allowed)| *allowed);
        let mut section = "";
        for line in manifest.text.lines().map(str::trim) {
            if line.starts_with('[') {
                section = line;
                continue;
            }
            let is_normal =
                section.ends_with("dependencies]") && !section.contains("dev-dependencies");
            let Some(name) = dependency(line) else { continue };
            if section.contains("dependencies") && PEERS.contains(&name) {
                offenders.push(format!("{}: the peer `{name}`", manifest.path));
            }
            if is_normal && allowed.is_some_and(|allowed| !allowed.contains(&name)) {
                offenders.push(format!("{}: `{name}`", manifest.path));
            }
        }
    }
    offenders
}

fn dependency(line: &str) -> Option<&str> {
    let end = line.find(['.', ' ', '='])?;
    let name = &line[..end];
    (!name.is_empty() && !name.starts_with('#')).then_some(name)
}

pub(crate) fn forbidden_imports(sources: &[Source]) -> Vec<String> {
    /// What must not be named in the sources of a crate.
    const FORBIDDEN: &[(&str, &[&str])] = &[
        (
            "redis-core/src",
            &[
                "tokio::",
                "socket2::",
                "native_tls::",
                "parking_lot::",
                "redis_commands::",
                "redis_sync::",
                "redis_async::",
            ],
        ),
        (
            "redis-commands/src",
            &["tokio::", "socket2::", "std::net", "redis_sync::", "redis_async::"],
        ),
        ("redis-derive/src", &["use redis_"]),
        ("redis-sync/src", &["tokio::", "redis_async"]),
        ("redis-async/src", &["redis_sync"]),
    ];
    let mut offenders = Vec::new();
    for (folder, words) in FORBIDDEN {
        for source in sources.iter().filter(|source| source.path.starts_with(folder)) {
            for (number, line) in source.code_without_tests() {
                // a quoted path is text that a macro writes
                for word in
                    words.iter().filter(|word| line.contains(*word) && !line.contains("quote!"))
                {
                    offenders.push(format!("{}:{number}: `{word}`", source.path));
                }
            }
        }
    }
    offenders
}

pub(crate) fn upward_imports(sources: &[Source]) -> Vec<String> {
    let mut offenders = Vec::new();
    for source in sources {
        let Some(inside) = source.path.strip_prefix("redis-core/src/") else { continue };
        let module = inside.split('/').next().unwrap_or(inside).trim_end_matches(".rs");
        let Some((_, allowed)) = CORE.iter().find(|(name, _)| *name == module) else {
            offenders.push(format!("{}: module `{module}` has no place in the table", source.path));
            continue;
        };
        for (number, line) in source.code_without_tests() {
            for part in line.split("crate::").skip(1).filter(|_| !line.contains("$crate")) {
                let end =
                    part.find(|c: char| !c.is_ascii_lowercase() && c != '_').unwrap_or(part.len());
                let imported = &part[..end];
                let is_fine = imported.is_empty()
                    || imported == module
                    || imported == "error"
                    || allowed.contains(&"*")
                    || allowed.contains(&imported);
                if !is_fine {
                    offenders.push(format!("{}:{number}: `{imported}`", source.path));
                }
            }
        }
    }
    offenders
}

pub(crate) fn waiting(sources: &[Source]) -> Vec<String> {
    let mut offenders = Vec::new();
    for source in sources {
        let is_loop = source.path.starts_with("redis-core/src/drive/");
        for (number, line) in source.code_without_tests() {
            for word in WAITING {
                if line.contains(word) && !(is_loop && *word == ".await") {
                    offenders.push(format!("{}:{number}: `{word}`", source.path));
                }
            }
        }
    }
    offenders
}

pub(crate) fn unannounced_unsafe(sources: &[Source]) -> Vec<String> {
    let has_unsafe = |line: &str| {
        ["unsafe {", "unsafe extern", "unsafe fn", "unsafe impl"]
            .iter()
            .any(|word| line.contains(word))
    };
    let mut offenders = Vec::new();
    for source in sources.iter().filter(|source| !source.path.starts_with("tests/architecture/")) {
        if UNSAFE.contains(&source.path.as_str()) {
            continue;
        }
        offenders.extend(
            source
                .code()
                .filter(|(_, line)| has_unsafe(line))
                .map(|(number, _)| format!("{}:{number}", source.path)),
        );
    }
    offenders
}
