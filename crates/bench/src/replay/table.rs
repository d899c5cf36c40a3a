//! A CSV file with a header row, parsed strictly (RFC 4180). Errors name the line.

use std::fmt::Display;
use std::path::Path;
use std::str::FromStr;
use thiserror::Error;

/// Maximum characters of a refused value in the error.
const REPEATED_MAX: usize = 40;

/// Why a directory cannot be replayed.
#[derive(Debug, Error)]
pub(crate) enum DataError {
    #[error("{file} cannot be read")]
    Unreadable {
        file: String,
        #[source]
        source: std::io::Error,
    },
    #[error("{file}: {problem}")]
    File { file: String, problem: String },
    #[error("{file}, line {line}: {problem}")]
    Line {
        file: String,
        line: u64,
        problem: String,
    },
}

/// Reads `file` of `directory` and converts each row. The header row must have at least `columns`, in any order. Empty
/// lines are ignored. Lines count from 1, as in editors.
pub(crate) fn read<T>(
    directory: &Path,
    file: &'static str,
    columns: &'static [&'static str],
    mut make: impl FnMut(&Row<'_>) -> Result<T, DataError>,
) -> Result<Vec<T>, DataError> {
    let path = directory.join(file);
    let bytes = std::fs::read(&path).map_err(|source| DataError::Unreadable {
        file: path.display().to_string(),
        source,
    })?;
    let text = text(file, &bytes)?;
    let mut records = Records {
        rest: text.strip_prefix('\u{feff}').unwrap_or(text),
        line: 1,
    };
    let mut next = || {
        records
            .next()
            .map_err(|(at, problem)| line(file, at, problem))
    };
    let Some(header) = next()? else {
        return Err(DataError::File {
            file: file.into(),
            problem: format!("it is empty; it needs a header row with {}", list(columns)),
        });
    };
    let places = columns
        .iter()
        .map(|column| place(file, &header, column, columns));
    let places = places.collect::<Result<Vec<_>, _>>()?;
    let mut made = Vec::new();
    while let Some(record) = next()? {
        let (have, want) = (record.fields.len(), header.fields.len());
        if have != want {
            let problem = format!("{have} fields where the header row has {want}");
            return Err(line(file, record.line, problem));
        }
        made.push(make(&Row {
            file,
            columns,
            places: &places,
            record: &record,
        })?);
    }
    Ok(made)
}

fn text<'a>(file: &str, bytes: &'a [u8]) -> Result<&'a str, DataError> {
    std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let lines = before.iter().filter(|byte| **byte == b'\n').count();
        let at = u64::try_from(lines).unwrap_or(u64::MAX).saturating_add(1);
        line(file, at, "it is not UTF-8")
    })
}

/// The index of `column` in the header row.
fn place(file: &str, header: &Record, column: &str, columns: &[&str]) -> Result<usize, DataError> {
    let mut found = header.fields.iter().enumerate();
    let mut found = found.by_ref().filter(|(_, name)| *name == column);
    match (found.next(), found.next()) {
        (Some((place, _)), None) => Ok(place),
        (Some(_), Some(_)) => {
            let problem = format!("the header row has the column {column} twice");
            Err(line(file, header.line, problem))
        }
        (None, _) => {
            let problem = format!(
                "the header row has no column {column}; it needs {}",
                list(columns)
            );
            Err(line(file, header.line, problem))
        }
    }
}

fn list(columns: &[&str]) -> String {
    columns.join(", ")
}

fn line(file: &str, line: u64, problem: impl Into<String>) -> DataError {
    DataError::Line {
        file: file.into(),
        line,
        problem: problem.into(),
    }
}

/// A row below the header.
pub(crate) struct Row<'a> {
    file: &'static str,
    columns: &'static [&'static str],
    places: &'a [usize],
    record: &'a Record,
}

impl Row<'_> {
    /// The line on which the row begins.
    pub(crate) fn line(&self) -> u64 {
        self.record.line
    }

    /// The row's value in `column`, one of the requested columns.
    pub(crate) fn text(&self, column: &str) -> &str {
        let mut places = self.columns.iter().zip(self.places);
        let place = places.find(|(name, _)| **name == column);
        let field = place.and_then(|(_, place)| self.record.fields.get(*place));
        field.map(String::as_str).unwrap_or_default()
    }

    /// The same, parsed.
    pub(crate) fn parse<T: FromStr<Err: Display>>(&self, column: &str) -> Result<T, DataError> {
        let text = self.text(column);
        text.parse().map_err(|error| self.refuse(column, error))
    }

    /// A whole number: digits, with a `-` before them if it is negative, and nothing else.
    pub(crate) fn number<T: FromStr>(&self, column: &str) -> Result<T, DataError> {
        let text = self.text(column);
        let digits = text.strip_prefix('-').unwrap_or(text);
        let is_plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse() {
            Ok(number) if is_plain => Ok(number),
            Err(_) if is_plain => Err(self.refuse(column, "the number is out of range")),
            _ => Err(self.refuse(
                column,
                "a whole number is digits, with a - before them if it is negative",
            )),
        }
    }

    /// The error about the row's value in `column`.
    pub(crate) fn refuse(&self, column: &str, problem: impl Display) -> DataError {
        let text = self.text(column);
        let cut: String = text.chars().take(REPEATED_MAX).collect();
        let more = if cut.len() < text.len() { "…" } else { "" };
        self.wrong(format!("{column} is {cut:?}{more}: {problem}"))
    }

    /// The error about the row.
    pub(crate) fn wrong(&self, problem: impl Into<String>) -> DataError {
        line(self.file, self.record.line, problem)
    }
}

/// The fields between two line ends, and the line on which they begin.
struct Record {
    line: u64,
    fields: Vec<String>,
}

/// The rest of a file.
struct Records<'a> {
    rest: &'a str,
    line: u64,
}

/// A line, and its error.
type Wrong = (u64, &'static str);

impl Records<'_> {
    fn next(&mut self) -> Result<Option<Record>, Wrong> {
        while self.end_line() {}
        if self.rest.is_empty() {
            return Ok(None);
        }
        let line = self.line;
        let mut fields = Vec::new();
        loop {
            fields.push(self.field()?);
            match self.rest.strip_prefix(',') {
                Some(rest) => self.rest = rest,
                None => break,
            }
        }
        self.end_line();
        Ok(Some(Record { line, fields }))
    }

    /// Skips the end of a line, if one is next.
    fn end_line(&mut self) -> bool {
        let ends = ["\r\n", "\n", "\r"];
        let rest = ends.iter().find_map(|end| self.rest.strip_prefix(end));
        if let Some(rest) = rest {
            self.rest = rest;
            self.line += 1;
        }
        rest.is_some()
    }

    fn field(&mut self) -> Result<String, Wrong> {
        let begin = self.line;
        let Some(mut rest) = self.rest.strip_prefix('"') else {
            let end = self.rest.find([',', '\n', '\r']);
            let (field, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
            self.rest = rest;
            return Ok(field.to_owned());
        };
        let mut field = String::new();
        loop {
            let Some((part, after)) = rest.split_once('"') else {
                return Err((begin, "a field begins with a quote, and no quote ends it"));
            };
            field.push_str(part);
            let Some(more) = after.strip_prefix('"') else {
                let ends = after.is_empty() || after.starts_with([',', '\n', '\r']);
                if !ends {
                    return Err((begin, "a field goes on after the quote that ends it"));
                }
                let lines = field.matches('\n').count();
                self.line += u64::try_from(lines).unwrap_or(u64::MAX);
                self.rest = after;
                return Ok(field);
            };
            field.push('"');
            rest = more;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Vec<(u64, Vec<String>)>, Wrong> {
        let mut records = Records {
            rest: text,
            line: 1,
        };
        let mut all = Vec::new();
        while let Some(record) = records.next()? {
            all.push((record.line, record.fields));
        }
        Ok(all)
    }

    #[test]
    fn records_have_their_lines_however_lines_end() {
        let check = |text: &str, expected: &[(u64, &[&str])]| {
            let expected: Vec<(u64, Vec<String>)> = expected
                .iter()
                .map(|(line, fields)| (*line, fields.iter().map(ToString::to_string).collect()))
                .collect();
            assert_eq!(parsed(text), Ok(expected), "{text:?}");
        };
        check("", &[]);
        check("\n\r\n\r", &[]);
        check("a,b\n1,2", &[(1, &["a", "b"]), (2, &["1", "2"])]);
        check(
            "a,b\r\n\r\n1,2\r\n\r\n",
            &[(1, &["a", "b"]), (3, &["1", "2"])],
        );
        check("a\rb\r", &[(1, &["a"]), (2, &["b"])]);
        check("\"a\nb\",c\nd,", &[(1, &["a\nb", "c"]), (3, &["d", ""])]);
        check("\"a\r\nb\"\r\nc", &[(1, &["a\r\nb"]), (3, &["c"])]);
        check("\"a \"\"b\"\", c\",\"\"", &[(1, &["a \"b\", c", ""])]);
        check("5\" pipe, x", &[(1, &["5\" pipe", " x"])]);
    }

    #[test]
    fn broken_quotes_are_refused_with_the_line_that_they_begin_on() {
        let ends = "a field begins with a quote, and no quote ends it";
        let goes_on = "a field goes on after the quote that ends it";
        assert_eq!(parsed("a\n\"b\nc"), Err((2, ends)));
        assert_eq!(parsed("a\n\"b\nc\",d\n\"\"\""), Err((4, ends)));
        assert_eq!(parsed("a\n\"b\" ,c"), Err((2, goes_on)));
        assert_eq!(parsed("\"a\"b\""), Err((1, goes_on)));
    }
}
