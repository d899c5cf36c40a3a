//! Output of the tools.
//!
//! External text reaches a terminal here, together with the tools' own. Text for people contains no character that
//! changes the writing direction or is invisible ([`types::text`]), whoever wrote it. JSON output contains every
//! character, such ones as escapes.

use serde::Serialize;
use serde_json::ser::Formatter;
use std::ffi::OsStr;
use std::fmt;
use std::io::{self, Write};
use tracing_subscriber::fmt::MakeWriter;
use types::text;

/// Clears the terminal and moves the cursor to its start (ECMA-48: CUP, ED).
const CLEAR: &str = "\x1b[H\x1b[2J";

/// Prints lines for people.
pub fn line(text: fmt::Arguments<'_>) -> anyhow::Result<()> {
    writeln!(io::stdout().lock(), "{}", shown(&text.to_string()))?;
    Ok(())
}

/// Prints lines for people, on an otherwise empty terminal.
pub fn page(text: fmt::Arguments<'_>) -> anyhow::Result<()> {
    write!(io::stdout().lock(), "{CLEAR}")?;
    line(text)
}

/// Prints the program's error to standard error. If that cannot be written, the exit status still reports the failure.
pub fn error(error: &anyhow::Error) {
    let _ = writeln!(io::stderr(), "error: {}", shown(&format!("{error:#}")));
}

/// Prints a command to paste, on standard error.
pub fn hint(line: &str) {
    let _ = writeln!(io::stderr(), "\n    {}\n", shown(line));
}

/// Prints one JSON object on a line.
pub fn json_line(value: &impl Serialize) -> anyhow::Result<()> {
    let text = json(value)?;
    writeln!(io::stdout().lock(), "{text}")?;
    Ok(())
}

/// The name with which this program was called, for commands to paste.
pub fn program() -> String {
    std::env::args_os()
        .next()
        .map_or_else(|| "passbook".into(), quoted)
}

/// An argument for a shell: unchanged if it contains no special character, otherwise quoted.
pub fn quoted(argument: impl AsRef<OsStr>) -> String {
    let argument = argument.as_ref();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"%+,-./:=@_".contains(&byte);
    match argument.to_str() {
        Some(text) if !text.is_empty() && text.bytes().all(is_plain) => text.to_owned(),
        Some(text) if !text.chars().any(char::is_control) => {
            format!("'{}'", text.replace('\'', r"'\''"))
        }
        // Bytes that are not text or that a terminal interprets: escaped as in POSIX 2024.
        _ => {
            let bytes = argument.as_encoded_bytes().iter();
            let escaped: String = bytes.map(|byte| format!("\\x{byte:02x}")).collect();
            format!("$'{escaped}'")
        }
    }
}

/// Each line as it may be shown. Spaces at a line's ends are layout, and stay.
fn shown(lines: &str) -> String {
    let mut all = String::with_capacity(lines.len());
    for (place, line) in lines.split('\n').enumerate() {
        let inner = line.trim_matches(' ');
        let (before, after) = line.split_once(inner).unwrap_or_default();
        let newline = if place > 0 { "\n" } else { "" };
        let inner = text::shown(inner);
        all.extend([newline, before, &*inner, after]);
    }
    all
}

fn json(value: &impl Serialize) -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    value.serialize(&mut serde_json::Serializer::with_formatter(
        &mut bytes, Escaping,
    ))?;
    Ok(String::from_utf8(bytes)?)
}

/// Writes characters that a terminal interprets or hides as `\uXXXX` (RFC 8259, 7).
struct Escaping;

impl Formatter for Escaping {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut units = [0; 2];
        for letter in fragment.chars() {
            if text::is_restricted(letter) {
                for unit in letter.encode_utf16(&mut units) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            } else {
                write!(writer, "{letter}")?;
            }
        }
        Ok(())
    }
}

/// Standard error for the log. Each record is filtered like other output.
#[derive(Debug, Clone, Copy)]
pub struct LogWriter;

impl MakeWriter<'_> for LogWriter {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        Self
    }
}

impl Write for LogWriter {
    /// Writes a whole record: the log formats a record before writing it.
    fn write(&mut self, record: &[u8]) -> io::Result<usize> {
        let text = shown(&String::from_utf8_lossy(record));
        io::stderr().lock().write_all(text.as_bytes())?;
        Ok(record.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::ffi::OsStrExt as _;

    #[test]
    fn what_others_wrote_gives_the_terminal_no_orders() {
        let check = |text: &str, expected: &str| assert_eq!(shown(text), expected);
        check("  lunch, Žižkov  \n\n   x\n", "  lunch, Žižkov  \n\n   x\n");
        check("\n \n", "\n \n");
        check("error: \x1b[2Jno", "error: \u{fffd}[2Jno");
        check("account \u{202e}1PJ", "account \u{fffd}1PJ");
        check("a\r\nb", "a\nb");
    }

    #[test]
    fn a_machine_gets_every_character_and_a_terminal_none_that_deceives() {
        let text = "JP\u{202e}1 \u{200b}\u{e0067}\u{1b} \"é\"";
        let printed = json(&text).unwrap();
        assert_eq!(printed, r#""JP\u202e1 \u200b\udb40\udc67\u001b \"é\"""#);
        assert_eq!(serde_json::from_str::<String>(&printed).unwrap(), text);
    }

    #[test]
    fn a_shell_reads_back_what_was_quoted() {
        for argument in [
            b"".as_slice(),
            b"plain/path-1.toml",
            b"my bank & co",
            b"it's $HOME `id` \"x\" \\ * ~ # !",
            "Kč 100 ก".as_bytes(),
            b"a\nb\tc",
            b"not\xffutf8",
        ] {
            let argument = OsStr::from_bytes(argument);
            let line = format!("printf '%s' {}", quoted(argument));
            let read = std::process::Command::new("bash")
                .args(["-c", &line])
                .output()
                .unwrap();
            assert_eq!(OsStr::from_bytes(&read.stdout), argument, "{line}");
        }
        assert_eq!(quoted("data/x"), "data/x");
        assert_eq!(quoted("a b"), "'a b'");
    }
}
