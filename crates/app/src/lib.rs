//! One function per action: authorise, load, decide, save, audit, enqueue, commit.
