//! The terminal of a command: output for people and for machines, and the signals that end it.

mod ending;
mod print;

pub use ending::{Signalled, ending, ending_at, until};
pub use print::{LogWriter, error, hint, json_line, line, page, program, quoted};
