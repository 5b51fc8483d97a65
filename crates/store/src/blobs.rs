//! Pictures and voice clips, by content hash. A blob is written and synced before the row that
//! names it is committed; a blob that no row names is garbage, never the other way round.

mod sweep;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use hezuo_domain::commitment::{Hash, digest, hex};
use hezuo_domain::ids::EnterpriseId;
use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};

use crate::db::Db;
use crate::error::{Result, StoreError};
use crate::halt::Halt;

/// The blob folder.
#[derive(Clone)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
    root: PathBuf,
    halt: Halt,
}

impl Blobs {
    /// Opens a folder, making it where it does not exist.
    pub fn open(root: &Path) -> Result<Self> {
        std::fs::create_dir_all(root).map_err(StoreError::from_io)?;
        let store = LocalFileSystem::new_with_prefix(root).map_err(from_object_store)?;
        Ok(Self {
            store: Arc::new(store),
            root: root.to_owned(),
            halt: Halt::default(),
        })
    }

    /// The same folder, whose faults stop the writes of the database that names its blobs.
    #[must_use]
    pub fn beside(self, db: &Db) -> Self {
        let halt = db.halt().clone();
        Self { halt, ..self }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Stores bytes durably and gives their hash.
    pub async fn put(&self, enterprise: EnterpriseId, bytes: Vec<u8>) -> Result<Hash> {
        if self.halt.why().is_some() {
            return Err(StoreError::Halted);
        }
        let hash = digest(&bytes);
        let path = object_path(enterprise, &hash);
        self.noted(self.put_at(&path, &hash, bytes).await)?;
        Ok(hash)
    }

    async fn put_at(&self, path: &ObjectPath, hash: &Hash, bytes: Vec<u8>) -> Result<()> {
        // What a row may name already is left as it is: the new file would stand in its place before
        // its own bytes are on the disk.
        let found = self.read(path).await?;
        let is_there = found.is_some_and(|it| digest(&it) == *hash);
        if !is_there {
            let payload = PutPayload::from(bytes);
            let put = self.store.put(path, payload).await;
            put.map_err(from_object_store)?;
        }
        let file = self.root.join(path.as_ref());
        // The object store renames into place but does not wait for the disk. A folder that was made
        // for the file is only there for good when the folder above it is synced too.
        let synced = tokio::task::spawn_blocking(move || {
            timeless(&file)?.sync_all()?;
            for folder in file.ancestors().skip(1).take(3) {
                timeless(folder)?.sync_all()?;
            }
            Ok(())
        });
        match synced.await {
            Ok(synced) => synced.map_err(StoreError::from_io),
            Err(stopped) => Err(StoreError::Blob(stopped.into())),
        }
    }

    /// Tries whether the folder takes and gives back bytes.
    ///
    /// # Errors
    /// Whatever fails.
    pub async fn probe(&self) -> Result<()> {
        let file = self.root.join("probe");
        let tried = tokio::task::spawn_blocking(move || {
            use std::io::Write;
            let mut probe = std::fs::File::create(&file)?;
            probe.write_all(b"probe")?;
            probe.sync_all()?;
            drop(probe);
            let read = std::fs::read(&file)?;
            std::fs::remove_file(&file)?;
            if read == b"probe" {
                Ok(())
            } else {
                Err(std::io::Error::other("the folder gives back other bytes"))
            }
        });
        match tried.await {
            Ok(tried) => tried.map_err(StoreError::from_io),
            Err(stopped) => Err(StoreError::Blob(stopped.into())),
        }
    }

    fn noted<T>(&self, result: Result<T>) -> Result<T> {
        if let Err(StoreError::Blob(cause)) = &result {
            self.halt.call(format!("the blob folder failed: {cause}"));
        }
        result
    }

    /// Reads a blob; `None` where there is none.
    pub async fn get(&self, enterprise: EnterpriseId, hash: &Hash) -> Result<Option<Bytes>> {
        self.noted(self.read(&object_path(enterprise, hash)).await)
    }

    async fn read(&self, path: &ObjectPath) -> Result<Option<Bytes>> {
        if let Some(bytes) = self.read_file(path).await? {
            return Ok(Some(bytes));
        }
        // It was about to go; whoever asks names it again.
        let leaving = ObjectPath::from(format!("{path}{}", sweep::LEAVING));
        match self.store.rename(&leaving, path).await {
            Ok(()) => self.read_file(path).await,
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(from_object_store(error)),
        }
    }

    async fn read_file(&self, path: &ObjectPath) -> Result<Option<Bytes>> {
        match self.store.get(path).await {
            Ok(found) => Ok(Some(found.bytes().await.map_err(from_object_store)?)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(from_object_store(error)),
        }
    }
}

/// Opens a file or folder and takes the time from it at which it was written: it would tell at what
/// hour somebody spoke, and copies of it would too.
fn timeless(path: &Path) -> std::io::Result<std::fs::File> {
    let file = std::fs::File::open(path)?;
    let never = std::time::UNIX_EPOCH;
    let times = std::fs::FileTimes::new();
    // A file system that can't do it is no reason to refuse a report.
    drop(file.set_times(times.set_modified(never).set_accessed(never)));
    Ok(file)
}

fn object_path(enterprise: EnterpriseId, hash: &Hash) -> ObjectPath {
    let hash = hex(hash);
    format!("{enterprise}/{}/{hash}", &hash[..2]).into()
}

fn from_object_store(error: object_store::Error) -> StoreError {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(at) = cause {
        if let Some(io) = at.downcast_ref::<std::io::Error>()
            && matches!(
                io.kind(),
                std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded
            )
        {
            return StoreError::Full(error.into());
        }
        cause = at.source();
    }
    StoreError::Blob(error.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_does_not_tell_when_it_was_stored() {
        let root = std::env::temp_dir().join(format!("hezuo-blobs-{}", std::process::id()));
        let blobs = Blobs::open(&root).unwrap();
        let enterprise = EnterpriseId(uuid::Uuid::from_u128(7));
        let hash = blobs.put(enterprise, b"a picture".to_vec()).await.unwrap();
        let file = root.join(object_path(enterprise, &hash).as_ref());
        let modified = |path: &Path| std::fs::metadata(path).and_then(|it| it.modified());
        assert_eq!(modified(&file).unwrap(), std::time::UNIX_EPOCH);
        let folder = file.parent().unwrap();
        assert_eq!(modified(folder).unwrap(), std::time::UNIX_EPOCH);
        let other = root.join("other");
        std::fs::write(&other, b"").unwrap();
        assert_ne!(modified(&other).unwrap(), std::time::UNIX_EPOCH, "blind");
        std::fs::remove_dir_all(&root).unwrap();
    }
}
