//! Channel tokens and DPoP proofs.
