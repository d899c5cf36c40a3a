//! The synchronous side: checkpoints, snapshots, pages, trust.
