//! Pictures and voice clips, by content hash. A blob is written and synced before the row that
//! names it is committed; a blob that no row names is garbage, never the other way round.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use hezuo_domain::commitment::{Hash, digest, hex};
use hezuo_domain::ids::EnterpriseId;
use object_store::local::LocalFileSystem;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};

use crate::error::{Result, StoreError};

/// The blob folder.
#[derive(Clone)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
    root: PathBuf,
}

impl Blobs {
    /// Opens a folder, making it where it does not exist.
    pub fn open(root: &Path) -> Result<Self> {
        std::fs::create_dir_all(root).map_err(StoreError::from_io)?;
        let store = LocalFileSystem::new_with_prefix(root).map_err(from_object_store)?;
        Ok(Self {
            store: Arc::new(store),
            root: root.to_owned(),
        })
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Stores bytes durably and gives their hash.
    pub async fn put(&self, enterprise: EnterpriseId, bytes: Vec<u8>) -> Result<Hash> {
        let hash = digest(&bytes);
        let path = object_path(enterprise, &hash);
        self.store
            .put(&path, PutPayload::from(bytes))
            .await
            .map_err(from_object_store)?;
        let file = self.root.join(path.as_ref());
        // The object store renames into place but does not wait for the disk.
        let synced = tokio::task::spawn_blocking(move || {
            std::fs::File::open(&file)?.sync_all()?;
            match file.parent() {
                Some(folder) => std::fs::File::open(folder)?.sync_all(),
                None => Ok(()),
            }
        });
        match synced.await {
            Ok(synced) => synced.map_err(StoreError::from_io)?,
            Err(stopped) => return Err(StoreError::Blob(stopped.into())),
        }
        Ok(hash)
    }

    /// Reads a blob; `None` where there is none.
    pub async fn get(&self, enterprise: EnterpriseId, hash: &Hash) -> Result<Option<Bytes>> {
        match self.store.get(&object_path(enterprise, hash)).await {
            Ok(found) => Ok(Some(found.bytes().await.map_err(from_object_store)?)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(from_object_store(error)),
        }
    }
}

fn object_path(enterprise: EnterpriseId, hash: &Hash) -> object_store::path::Path {
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
