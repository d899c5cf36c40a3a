//! The terminal and the process of a command: output for people and for machines, what ends it, its file handles, and
//! the figures of processes.

mod ending;
mod file_handles;
mod print;
pub mod proc;
mod qr_code;

pub use ending::{Signalled, ending, ending_at, stdin_ended, until};
pub use file_handles::allow_file_handles;
pub use print::{LogWriter, error, hint, json_line, line, page, program, quoted};
pub use qr_code::qr_code;
