//! For tests only: an app on a fresh database, callers by role, sample data.
