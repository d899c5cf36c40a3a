//! What a command has to do with its terminal: it prints for people and for machines, and signals end it.

mod ending;
mod print;

pub use ending::{Signalled, ending, until};
pub use print::{LogWriter, error, hint, json_line, line, page, program, quoted};
