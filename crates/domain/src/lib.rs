//! What the platform is about: ids, types, rules and permissions; no I/O.
