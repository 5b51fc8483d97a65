//! What the process that rewrites uploads takes from itself, before it reads a byte: memory, time,
//! files, the network, other processes.

use std::collections::BTreeMap;

use landlock::{
    ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, RulesetStatus, Scope as Reach,
};
use rlimit::Resource;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule,
};

use crate::{Failure, Result};

/// Address space: what the largest picture needs, and the program itself.
const MEMORY: u64 = 1024 * 1024 * 1024;
/// No files and no network, by the kernel's Landlock.
const LANDLOCK: u8 = 1;
/// No system calls but those for memory, input and output.
const SECCOMP: u8 = 2;

/// Names the guards that an answer does not claim.
pub(super) fn missing(guards: u8) -> Vec<&'static str> {
    let all = [(LANDLOCK, "Landlock"), (SECCOMP, "seccomp")];
    let missing = all.iter().filter(|(bit, _)| guards & bit == 0);
    missing.map(|(_, name)| *name).collect()
}

/// Sets the limits, for good; `filtered` with the filter of system calls. Says which guards hold:
/// a kernel may know neither, the plain limits hold everywhere.
pub(super) fn shut(seconds: u64, filtered: bool) -> Result<u8> {
    let limits = [
        (Resource::AS, MEMORY),
        (Resource::CPU, seconds),
        (Resource::FSIZE, 0),
        (Resource::NPROC, 0),
        (Resource::CORE, 0),
    ];
    for (resource, most) in limits {
        resource.set(most, most)?;
    }
    let mut guards = 0;
    if landlock() {
        guards |= LANDLOCK;
    }
    // Landlock needs one file of its own for a moment.
    Resource::NOFILE.set(3, 3)?;
    if filtered && seccomp().is_ok() {
        guards |= SECCOMP;
    }
    Ok(guards)
}

/// Forbids every file, every port and every other process, as far as this kernel can.
fn landlock() -> bool {
    let ruleset = Ruleset::default()
        .handle_access(AccessFs::from_all(ABI::V5))
        .and_then(|rules| rules.handle_access(AccessNet::from_all(ABI::V4)))
        .and_then(|rules| rules.scope(Reach::from_all(ABI::V6)))
        .and_then(Ruleset::create)
        .and_then(landlock::RulesetCreated::restrict_self);
    ruleset.is_ok_and(|status| status.ruleset != RulesetStatus::NotEnforced)
}

/// Everything that reading, reckoning and answering needs; whatever else is called ends the process.
const CALLS: [libc::c_long; 25] = [
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_close,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_brk,
    libc::SYS_madvise,
    libc::SYS_futex,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_rt_sigreturn,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_sigaltstack,
    libc::SYS_getrandom,
    libc::SYS_clock_gettime,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_tgkill,
    libc::SYS_fstat,
    libc::SYS_lseek,
    libc::SYS_restart_syscall,
];

fn seccomp() -> Result<()> {
    let wrong = |error: seccompiler::BackendError| Failure::Other(error.to_string());
    // Memory may be had, but never such that it can be run.
    let no_code = || {
        let execute = u64::from(libc::PROT_EXEC.unsigned_abs());
        let operator = SeccompCmpOp::MaskedEq(execute);
        let condition = SeccompCondition::new(2, SeccompCmpArgLen::Dword, operator, 0)?;
        SeccompRule::new(vec![condition])
    };
    let mut rules: BTreeMap<_, _> = CALLS.iter().map(|call| (*call, vec![])).collect();
    for call in [libc::SYS_mmap, libc::SYS_mprotect] {
        rules.insert(call, vec![no_code().map_err(wrong)?]);
    }
    let filter = SeccompFilter::new(
        rules,
        SeccompAction::KillProcess,
        SeccompAction::Allow,
        std::env::consts::ARCH.try_into().map_err(wrong)?,
    )
    .map_err(wrong)?;
    let program: BpfProgram = filter.try_into().map_err(wrong)?;
    seccompiler::apply_filter(&program).map_err(|error| Failure::Other(error.to_string()))
}
