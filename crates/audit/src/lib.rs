//! The audit record, its hash chain and its verification.
