//! What can be said about a server without looking into it.

use crate::time::Instant;

/// Whether a backup should have been made since: the last one, if any, is older than allowed.
pub fn is_late(last: Option<Instant>, now: Instant, hours: u32) -> bool {
    let allowed = i64::from(hours) * 3_600_000_000;
    last.is_none_or(|last| now.0.saturating_sub(last.0) > allowed)
}

/// Which of these files are backups that newer ones have taken the place of: all but the newest so many.
/// Files with other names are nobody's business here.
pub fn superseded(names: &[String], keep: usize) -> Vec<&str> {
    let is_backup = |name: &&str| {
        name.len() == "hezuo-2026-11-22T00-00-00Z.age".len()
            && name.starts_with("hezuo-2")
            && name.ends_with("Z.age")
    };
    let mut backups: Vec<&str> = names.iter().map(String::as_str).filter(is_backup).collect();
    backups.sort_unstable();
    backups.truncate(backups.len().saturating_sub(keep));
    backups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_is_late_once_it_is_older_than_allowed() {
        let hour = 3_600_000_000;
        assert!(is_late(None, Instant(0), 26));
        assert!(!is_late(Some(Instant(0)), Instant(26 * hour), 26));
        assert!(is_late(Some(Instant(0)), Instant(26 * hour + 1), 26));
        assert!(
            !is_late(Some(Instant(5)), Instant(0), 26),
            "a clock that was set back"
        );
    }

    #[test]
    fn only_old_backups_are_superseded() {
        let names = [
            "hezuo-2026-11-22T03-00-00Z.age",
            "notes.txt",
            "hezuo-2026-11-20T03-00-00Z.age",
            "hezuo-2026-11-21T03-00-00Z.age",
            "hezuo-2026-11-23T03-00-00Z.unfinished",
        ];
        let names = names.map(str::to_owned);
        assert_eq!(superseded(&names, 2), ["hezuo-2026-11-20T03-00-00Z.age"]);
        assert_eq!(superseded(&names, 3), Vec::<&str>::new());
        assert_eq!(superseded(&names, 0).len(), 3);
    }
}
