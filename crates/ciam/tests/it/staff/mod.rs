//! The bank's staff: who may do what, alone or as one of two, and what an attacker does not get.

pub(crate) mod desk;
mod first;
mod for_customers;
mod four_eyes;
mod looks;
mod members;
mod sessions;
