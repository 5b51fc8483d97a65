//! What stands in memory stays there. A crash writes no core file, and no other process of the same user
//! can read this one: what is said anonymously is in memory for a moment, and so are keys.

use rlimit::Resource;
use rustix::process::{DumpableBehavior, set_dumpable_behavior};

/// Forbids core files and reading by others, for this process and for good.
///
/// # Errors
/// When the system refuses.
pub fn shut() -> std::io::Result<()> {
    Resource::CORE.set(0, 0)?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use rustix::process::dumpable_behavior;

    use super::*;

    #[test]
    fn no_core_file_and_no_reader() {
        shut().unwrap();
        assert_eq!(Resource::CORE.get().unwrap(), (0, 0));
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
    }
}
