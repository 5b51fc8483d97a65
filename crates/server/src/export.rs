//! `hezuo export`: files for analysts, one for each table and month, whatever there is of them.

mod months;

use std::path::{Path, PathBuf};

use hezuo_app::App;
use hezuo_app::feed::{Walk, Which};
use hezuo_domain::feed::Table;
use hezuo_domain::places::RegionCode;
use hezuo_domain::time::Day;

use crate::admin::{by_short_code, say};
use crate::{Failure, Result};

use months::Months;
pub use months::Written;

/// What to export, and where to.
#[derive(Debug, clap::Args)]
pub struct ExportArgs {
    /// Write Parquet files into this folder, which must be new or empty.
    #[arg(long, value_name = "FOLDER")]
    parquet: PathBuf,
    /// Of one enterprise alone, by its short code.
    #[arg(long, value_name = "SHORT_CODE", conflicts_with = "region")]
    enterprise: Option<String>,
    /// Of the enterprises of one division, by its code of six digits.
    #[arg(long, value_name = "CODE")]
    region: Option<String>,
    /// From this day on.
    #[arg(long)]
    from: Option<Day>,
    /// Up to this day; never further than to the last day that is over in every time zone.
    #[arg(long)]
    to: Option<Day>,
}

/// Exports, and says how much.
///
/// # Errors
/// A folder that has something in it, an enterprise or division that is unknown.
pub async fn run(app: &App, arguments: ExportArgs) -> Result<()> {
    let enterprise = match &arguments.enterprise {
        Some(code) => Some(by_short_code(app, code).await?),
        None => None,
    };
    let region = arguments.region.as_deref().map(str::parse::<RegionCode>);
    let region = region.transpose().map_err(hezuo_app::Error::from)?;
    let which = Which {
        enterprise,
        region,
        from: arguments.from,
        to: arguments.to,
    };
    for (table, written) in write(app, &which, &arguments.parquet).await? {
        let Written { files, rows, bytes } = written;
        let table = table.as_str();
        say(&format!(
            "{table}: {rows} rows in {files} files, {bytes} bytes"
        ));
    }
    Ok(())
}

/// Writes every table into a folder.
///
/// # Errors
/// A folder that has something in it, or that can't be written.
pub async fn write(app: &App, which: &Which, folder: &Path) -> Result<Vec<(Table, Written)>> {
    std::fs::create_dir_all(folder)?;
    if std::fs::read_dir(folder)?.next().is_some() {
        return Err(Failure::Other(format!(
            "{} is not empty: an export goes into a folder of its own",
            folder.display()
        )));
    }
    let mut done = Vec::new();
    for table in Table::ALL {
        let mut months = Months::new(table, folder)?;
        let mut walk = Walk::new(app, table, which);
        while let Some(rows) = walk.next().await? {
            for row in rows {
                months.push(row)?;
            }
        }
        done.push((table, months.end()?));
    }
    Ok(done)
}
