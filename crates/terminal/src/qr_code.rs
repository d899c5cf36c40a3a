//! QR codes on a terminal.

use anyhow::Context as _;
use qrcodegen::{QrCode, QrCodeEcc};
use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};

/// Black on white, whatever the terminal's colours are, and back (ECMA-48: SGR).
const BLACK_ON_WHITE: &str = "\x1b[30;107m";
const BACK: &str = "\x1b[0m";

/// The white border that readers need, in modules (ISO/IEC 18004).
const BORDER: i32 = 4;

/// Prints `text` as a QR code, indented as the lines to copy are. Nothing is printed where nobody could scan it.
pub fn qr_code(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    if out.is_terminal() {
        write!(out, "{}", drawn(text)?)?;
    }
    Ok(())
}

/// A line for two rows of modules.
fn drawn(text: &str) -> anyhow::Result<String> {
    let code = QrCode::encode_text(text, QrCodeEcc::Low);
    let code = code.context("the text is too long for a QR code")?;
    let end = code.size() + BORDER;
    let mut drawn = String::new();
    for y in (-BORDER..end).step_by(2) {
        write!(drawn, "    {BLACK_ON_WHITE}")?;
        for x in -BORDER..end {
            drawn.push(match (code.get_module(x, y), code.get_module(x, y + 1)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            });
        }
        writeln!(drawn, "{BACK}")?;
    }
    Ok(drawn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_a_white_border_and_its_three_marks() {
        let drawn = drawn("http://localhost:8480/welcome#1001").unwrap();
        let strip = |line: &str| {
            let line = line.strip_prefix("    \x1b[30;107m").unwrap();
            line.strip_suffix("\x1b[0m").unwrap().to_owned()
        };
        let lines: Vec<_> = drawn.lines().map(strip).collect();
        let modules = lines[0].chars().count();
        // Version 3 has 29 modules.
        assert_eq!(modules, 29 + 2 * 4);
        assert_eq!(lines.len(), modules.div_ceil(2));
        for line in lines.iter().take(2) {
            assert!(line.chars().all(|module| module == ' '));
        }
        let mark = "█▀▀▀▀▀█";
        assert!(lines[2].starts_with(&format!("    {mark} ")));
        assert!(lines[2].ends_with(&format!(" {mark}    ")));
    }
}
