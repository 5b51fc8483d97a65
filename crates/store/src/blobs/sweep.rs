//! Files that no row names any more, because what they held was erased: they go too, days apart and in two steps,
//! so that a file that is just being named again is never lost.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::Path;

use hezuo_domain::commitment::{Hash, hex, unhex};
use hezuo_domain::ids::EnterpriseId;

use super::{Blobs, timeless};
use crate::error::{Result, StoreError};

/// Behind the name of a file that is about to go.
pub(super) const LEAVING: &str = ".leaving";

impl Blobs {
    /// Whether an enterprise has any files.
    pub fn has_any(&self, enterprise: EnterpriseId) -> bool {
        self.root.join(enterprise.to_string()).is_dir()
    }

    /// Looks through the files of an enterprise. One that no row names is noted the first time; the second time it
    /// gets another name, under which it is still found; the third time it goes. Gives those that are noted now, for
    /// the next time.
    ///
    /// # Errors
    /// Those of the disk.
    pub async fn sweep(
        &self,
        enterprise: EnterpriseId,
        named: HashSet<Hash>,
        noted: HashSet<Hash>,
    ) -> Result<HashSet<Hash>> {
        let folder = self.root.join(enterprise.to_string());
        let swept = tokio::task::spawn_blocking(move || sweep(&folder, &named, &noted));
        match swept.await {
            Ok(swept) => swept.map_err(StoreError::from_io),
            Err(stopped) => Err(StoreError::Blob(stopped.into())),
        }
    }
}

fn sweep(folder: &Path, named: &HashSet<Hash>, noted: &HashSet<Hash>) -> io::Result<HashSet<Hash>> {
    let mut notes = HashSet::new();
    for part in fs::read_dir(folder)? {
        let part = part?.path();
        let mut is_changed = false;
        for file in fs::read_dir(&part)? {
            let file = file?;
            let name = file.file_name().to_string_lossy().into_owned();
            let (text, is_leaving) = match name.strip_suffix(LEAVING) {
                Some(text) => (text, true),
                None => (name.as_str(), false),
            };
            // What is being written has another name.
            let Some(hash) = unhex(text).filter(|hash| hex(hash) == text) else {
                continue;
            };
            is_changed |= match (is_leaving, named.contains(&hash)) {
                (false, true) => false,
                (false, false) if noted.contains(&hash) => {
                    fs::rename(file.path(), part.join(format!("{text}{LEAVING}")))?;
                    true
                }
                (false, false) => !notes.insert(hash),
                (true, true) => {
                    fs::rename(file.path(), part.join(text))?;
                    true
                }
                (true, false) => {
                    fs::remove_file(file.path())?;
                    true
                }
            };
        }
        if is_changed {
            // The folder would tell when.
            timeless(&part)?.sync_all()?;
        }
    }
    Ok(notes)
}
