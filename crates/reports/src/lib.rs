//! Data to files that people open elsewhere: typed tables as XLSX, CSV and Parquet.
//!
//! Pure: rows go in, bytes come out. The texts of headers and words are the caller's, because
//! they depend on who reads; what stands in a row is the caller's too, so that nothing is exported
//! that an action has not decided to show.

mod csv;
mod page;
mod parquet;
mod sheet;
mod xlsx;

pub use self::parquet::Parquet;
pub use csv::Csv;
pub use page::{Page, Shown};
pub use sheet::{Cell, Column, Kind, Sheet};
pub use xlsx::workbook;

/// Why a table could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A row has another number of cells than there are columns: a mistake in our code.
    #[error("row {row} has {cells} cells for {columns} columns")]
    Ragged {
        /// Which row, from zero.
        row: usize,
        /// Cells in it.
        cells: usize,
        /// Columns of the table.
        columns: usize,
    },
    /// The workbook could not be written.
    #[error("the workbook could not be written")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
    /// A row has values that are not of its columns: a mistake in our code.
    #[error("row {row} does not fit its columns")]
    Misfit {
        /// Which row, from zero.
        row: u64,
    },
    /// The Parquet file could not be written.
    #[error("the Parquet file could not be written")]
    Parquet(#[from] ::parquet::errors::ParquetError),
}
