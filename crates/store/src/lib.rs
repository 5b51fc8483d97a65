//! The only crate that speaks SQL; blobs and the database live here.
