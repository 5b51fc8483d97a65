//! The long trials of "nothing lost": each is run by `make test-long-NAME`, begins by finding a planted
//! defect with the same eyes, and then looks for a real one. What they need besides the built binary is
//! installed by `scripts/packages.sh NAME`.

#![expect(clippy::unwrap_used, reason = "a trial that can't go on stops")]

mod clock;
mod damage;
mod disk;
mod examine;
mod failover;
mod ground;
mod io_errors;
mod items;
mod journal;
mod killed;
mod link;
mod load;
mod member;
mod money;
mod nodes;
mod pair;
mod power;
mod proxy;
mod restores;
mod syscalls;
mod team;
