//! What the system knows of this process: its processor time, its memory, its processors.
#![allow(unsafe_code)] // system calls

use std::time::Duration;

/// Processor time of all threads so far, in user and kernel.
pub(crate) fn processor_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the system writes a `timespec` to where one is.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) };
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// The most memory this process had at once, in KiB.
pub(crate) fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// Keeps this thread, and those it starts, on these processors; none means all.
#[cfg(target_os = "linux")]
pub(crate) fn pin(cores: &[usize]) -> Result<(), String> {
    if cores.is_empty() {
        return Ok(());
    }
    // SAFETY: a `cpu_set_t` of zeros is an empty set; the macros and the call stay within it.
    let outcome = unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        for &core in cores.iter().filter(|&&core| core < libc::CPU_SETSIZE as usize) {
            libc::CPU_SET(core, &mut set);
        }
        libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &raw const set)
    };
    match outcome {
        0 => Ok(()),
        _ => Err(format!("cores {cores:?}: {}", std::io::Error::last_os_error())),
    }
}

/// Other systems have no such call.
#[cfg(not(target_os = "linux"))]
pub(crate) fn pin(cores: &[usize]) -> Result<(), String> {
    if cores.is_empty() { Ok(()) } else { Err("cores can be chosen on Linux alone".to_owned()) }
}
