//! Seal, open, chain, heads, grants, checkpoints, snapshots, trust.
