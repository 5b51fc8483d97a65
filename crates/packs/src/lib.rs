//! Reads and checks the versioned rule data of country packs.
