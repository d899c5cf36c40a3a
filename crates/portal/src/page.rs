//! What a page does beside showing views: it paints the sealed home page first, starts the core, and has the person use
//! their passkeys.

mod acting;
mod app_script;
mod auto_lock;
mod ceremonies;
mod link;
mod opening;
mod passbook;
mod stored_settings;
mod updates;

pub(crate) use opening::begin;
