//! The three kinds of client: through HTTP, without it, and one that writes many at once.

use std::net::SocketAddr;
use std::sync::Arc;

use hezuo_app::App;
use hezuo_app::reports::{Entrance, Prepared, check_upload, prepare, write};
use hezuo_app::writer::Ready;
use hezuo_domain::Scope;
use hezuo_domain::commitment::hex;
use hezuo_store::cases::{Attachment, save_attachments};
use hezuo_store::intake;

use super::drafts::{Drafts, body};
use super::http::Connection;
use super::load::Client;
use crate::Result;

/// A phone: a report, and a picture after it where one is given.
pub(super) struct Phone {
    connection: Connection,
    drafts: Arc<Drafts>,
    picture: Option<Arc<Vec<u8>>>,
}

impl Phone {
    pub(super) fn new(
        address: SocketAddr,
        drafts: Arc<Drafts>,
        picture: Option<Arc<Vec<u8>>>,
    ) -> Self {
        Self {
            connection: Connection::new(address),
            drafts,
            picture,
        }
    }

    async fn report(&mut self) -> std::io::Result<bool> {
        let (_, submission) = self.drafts.draft(self.picture.is_some());
        let headers = "Content-Type: application/json\r\n";
        let body = body(&submission);
        let status = self
            .connection
            .send("POST /api/v1/reports", headers, &body)
            .await?;
        let Some(picture) = &self.picture else {
            return Ok(status == 201);
        };
        let lookup = hex(&submission.lookup.0);
        let headers = format!("Content-Type: image/jpeg\r\nReport-Lookup: {lookup}\r\n");
        let start = "PUT /api/v1/reports/attachments/p1.jpg";
        let stored = self.connection.send(start, &headers, picture).await?;
        Ok(status == 201 && stored == 204)
    }
}

impl Client for Phone {
    async fn once(&mut self) -> bool {
        self.report().await.unwrap_or(false)
    }
}

/// The same without HTTP: rows that were made beforehand go into the same tables, one report a
/// transaction. A picture is made safe and stored as the server does it, and its row is written
/// in a transaction of its own, as it is through HTTP.
pub(super) struct Direct {
    app: Arc<App>,
    entrances: Arc<Vec<Entrance>>,
    drafts: Arc<Drafts>,
    picture: Option<Arc<Vec<u8>>>,
    made: Vec<Prepared>,
}

impl Direct {
    pub(super) fn new(
        app: Arc<App>,
        entrances: Arc<Vec<Entrance>>,
        drafts: Arc<Drafts>,
        picture: Option<Arc<Vec<u8>>>,
        beforehand: usize,
    ) -> Result<Self> {
        let mut client = Self {
            app,
            entrances,
            drafts,
            picture,
            made: Vec::with_capacity(beforehand),
        };
        for _ in 0..beforehand {
            let made = client.make()?;
            client.made.push(made);
        }
        Ok(client)
    }

    fn make(&self) -> Result<Prepared> {
        let (at, submission) = self.drafts.draft(self.picture.is_some());
        Ok(prepare(&self.app, &self.entrances[at], submission)?)
    }

    /// A report that was made beforehand; when they have run out, a new one.
    fn take(&mut self) -> Result<Prepared> {
        match self.made.pop() {
            Some(made) => Ok(made),
            None => self.make(),
        }
    }

    async fn store(&mut self) -> Result<bool> {
        let report = self.take()?;
        let (enterprise, case, waits) = (report.enterprise(), report.case(), report.waits());
        let scope = Scope::ReportCode(enterprise);
        let mut tx = self.app.db.write(&scope).await?;
        if write(&self.app, &mut tx, vec![report]).await?.is_empty() {
            return Ok(false);
        }
        tx.commit().await?;
        let Some(picture) = &self.picture else {
            return Ok(true);
        };
        check_upload(&self.app, picture.to_vec()).await?;
        let blob = self.app.blobs.put(enterprise, picture.to_vec()).await?;
        let attachment = Attachment {
            name: "p1.jpg".to_owned(),
            stage: "before".to_owned(),
            content_type: "image/jpeg".to_owned(),
            size: i64::try_from(picture.len()).unwrap_or(i64::MAX),
            blob,
        };
        let mut tx = self.app.db.write(&scope).await?;
        if waits {
            intake::save_attachment(&mut tx, enterprise, case, &attachment).await?;
        } else {
            save_attachments(&mut tx, &[(enterprise, case, attachment)]).await?;
        }
        tx.commit().await?;
        Ok(true)
    }
}

impl Client for Direct {
    async fn once(&mut self) -> bool {
        self.store().await.unwrap_or(false)
    }
}

/// How many reports one transaction of [`Batches`] takes.
pub(super) const BATCH: usize = 100;

/// One writer that puts a hundred reports into each transaction, each table with one statement; every row was
/// made beforehand.
pub(super) struct Batches {
    source: Direct,
    made: Vec<Ready>,
}

impl Batches {
    /// With so many transactions made beforehand.
    pub(super) fn new(source: Direct, beforehand: usize) -> Result<Self> {
        let mut client = Self {
            source,
            made: Vec::with_capacity(beforehand),
        };
        for _ in 0..beforehand {
            let made = client.make()?;
            client.made.push(made);
        }
        Ok(client)
    }

    fn make(&self) -> Result<Ready> {
        let batch: Result<Vec<Prepared>> = (0..BATCH).map(|_| self.source.make()).collect();
        Ok(Ready::of(&self.source.app, batch?))
    }

    async fn store(&mut self) -> Result<()> {
        let ready = match self.made.pop() {
            Some(ready) => ready,
            None => self.make()?,
        };
        let app = &self.source.app;
        let scope = Scope::System("a batch holds reports of many enterprises");
        let mut tx = app.db.write(&scope).await?;
        ready.insert(app, &mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}

impl Client for Batches {
    async fn once(&mut self) -> bool {
        self.store().await.is_ok()
    }
}
