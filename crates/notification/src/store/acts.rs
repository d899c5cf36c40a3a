//! The audit chain, written as in every service's database.

pub(crate) use database::audit_chain::record;
