//! The commands, one module per command.

mod attestation;
mod audit;
mod backup;
mod bank;
mod brakes;
mod ca;
mod calls;
mod check;
mod clock;
mod contacts;
mod device;
mod enrol;
mod initiations;
mod keys;
mod login;
mod openapi;
mod operate;
mod ordering;
mod orders;
mod own_devices;
mod passkeys;
mod password;
mod pay;
mod payee_check;
mod payees;
mod payments;
mod repair;
mod risk;
mod serve;
mod serve_bank;
mod stack;
mod staff;
mod standing;
mod status;
mod stopping;

pub(crate) use attestation::attestation_root;
pub(crate) use audit::audit_verify;
pub(crate) use backup::{backup, restore};
pub(crate) use bank::{
    bank_account, bank_biller, bank_counterparty, bank_directory, bank_fee, bank_proxy,
};
pub(crate) use brakes::brakes;
pub(crate) use ca::{ca_init, ca_issue};
pub(crate) use calls::{calls, customer_call, customer_call_ended};
pub(crate) use check::check;
pub(crate) use clock::clock;
pub(crate) use contacts::customer_contact;
pub(crate) use device::device;
pub(crate) use enrol::enrol;
pub(crate) use initiations::initiations;
pub(crate) use keys::keys;
pub(crate) use login::login;
pub(crate) use openapi::openapi;
pub(crate) use operate::{code, post, revoke};
pub(crate) use orders::orders;
pub(crate) use own_devices::devices;
pub(crate) use passkeys::{consents, passkeys, sessions};
pub(crate) use password::password;
pub(crate) use pay::pay;
pub(crate) use payees::payees;
pub(crate) use repair::{
    bank_reopen, channel_list, channel_restart, customer_erase, customer_unlock, subject_list,
    subject_release,
};
pub(crate) use risk::risk;
pub(crate) use serve::serve;
pub(crate) use stack::{
    server_key_new, server_key_show, server_key_use, stack_add_key, stack_disallowed,
    stack_exceptions, stack_keys, stack_release, stack_retire_key,
};
pub(crate) use staff::staff;
pub(crate) use standing::standing;
pub(crate) use status::status;
pub(crate) use stopping::{customer_resume, stop_everything};
