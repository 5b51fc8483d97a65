//! What follows a fault of the disk: writes stay stopped, everything is opened anew and checked, and
//! only what was found whole takes reports again.

use hezuo_store::StoreError;

use crate::{App, Result, directory, ledger};

/// Ends once a fault has stopped writes; the answer is the fault.
pub async fn called(app: &App) -> String {
    app.db.halt().called().await;
    app.db.halt().why().unwrap_or_default()
}

/// Opens the database anew, checks it, the blob folder, and the end of every chain, and lets writes go
/// on. While it fails nothing is written.
///
/// # Errors
/// What is still broken.
pub async fn mend(app: &App) -> Result<()> {
    app.db.reopen().await?;
    app.blobs.probe().await?;
    for enterprise in directory::all(app).await? {
        if !ledger::ends_whole(app, enterprise).await? {
            return Err(damaged(&format!("the end of the chain of {enterprise}")).into());
        }
    }
    app.db.resume();
    Ok(())
}

fn damaged(what: &str) -> StoreError {
    StoreError::Unfit(format!("{what} is damaged: restore the last backup"))
}
