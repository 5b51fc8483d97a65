//! Tests of whole actions, each on both databases.

mod imports;
