//! What a page does beside showing views: it paints the sealed home page first, starts the core, and has the person use
//! their passkeys.

mod ceremonies;
mod link;
mod opening;

pub use ceremonies::{unlock_with_passkey, unlocking_passkey_of_new_device};
pub(crate) use link::start_core;
pub(crate) use opening::begin;
pub use opening::{keep_open, open, remove_everything};
