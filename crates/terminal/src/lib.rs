//! What a command has to do with its terminal and its process: it prints for people and for machines, signals end it, and
//! the system limits its file handles.

mod ending;
mod file_handles;
mod print;

pub use ending::{Signalled, ending, stdin_ended, until};
pub use file_handles::allow_file_handles;
pub use print::{LogWriter, error, hint, json_line, line, page, program, quoted};
