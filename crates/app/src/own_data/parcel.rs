//! The ZIP, piece by piece: however many pictures there are, one is in memory.

use std::collections::VecDeque;
use std::io::{self, Cursor, Write};
use std::sync::{Arc, Mutex, PoisonError};

use hezuo_domain::ids::EnterpriseId;
use hezuo_store::own_data::Picture;
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{ZipArchive, ZipWriter};

use super::write::broken;
use crate::{App, Result};

/// Where the archive is written to, and taken from.
#[derive(Clone, Default)]
struct Pipe(Arc<Mutex<Vec<u8>>>);

impl Pipe {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What somebody takes home, on its way.
pub struct Parcel {
    app: Arc<App>,
    home: EnterpriseId,
    pipe: Pipe,
    zip: Option<ZipWriter<StreamWriter<Pipe>>>,
    pictures: VecDeque<(String, Picture)>,
}

impl Parcel {
    pub(super) fn new(
        app: Arc<App>,
        home: EnterpriseId,
        texts: [Vec<u8>; 2],
        pictures: Vec<(String, Picture)>,
    ) -> Result<Self> {
        let pipe = Pipe::default();
        let mut zip = ZipWriter::new_stream(pipe.clone());
        for text in texts {
            let mut packed = ZipArchive::new(Cursor::new(text)).map_err(broken)?;
            let file = packed.by_index_raw(0).map_err(broken)?;
            zip.raw_copy_file(file).map_err(broken)?;
        }
        Ok(Self {
            app,
            home,
            pipe,
            zip: Some(zip),
            pictures: pictures.into(),
        })
    }

    /// The next piece; none after the last.
    ///
    /// # Errors
    /// Where a picture can't be read.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>> {
        loop {
            let piece = self.pipe.take();
            if !piece.is_empty() {
                return Ok(Some(piece));
            }
            let Some(zip) = &mut self.zip else {
                return Ok(None);
            };
            let Some((path, picture)) = self.pictures.pop_front() else {
                let zip = self.zip.take();
                zip.map_or(Ok(()), |zip| zip.finish().map(drop))
                    .map_err(broken)?;
                continue;
            };
            // One that is lost is missing in the file too; its row says that it was there.
            if let Some(bytes) = self.app.blobs.get(self.home, &picture.blob).await? {
                let options = SimpleFileOptions::default().compression_level(Some(1));
                zip.start_file(path, options).map_err(broken)?;
                zip.write_all(&bytes).map_err(broken)?;
            }
        }
    }
}
