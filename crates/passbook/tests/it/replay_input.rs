//! The files of a replay: what is wrong with them is said with file, line and limit before anything starts.

use crate::bank::{json, passbook, refused};
use std::path::Path;
use tempfile::TempDir;

/// Customers, accounts, holders, transactions.
pub(crate) type Files = [&'static str; 4];

const NAMES: [&str; 4] = [
    "customers.csv",
    "accounts.csv",
    "holders.csv",
    "transactions.csv",
];

const HEADER: &str = "date,account_id,number,transaction_id,amount,balance,operation,purpose,counterparty_bank,counterparty_account\n";

/// Two customers with an account each, and three transactions.
pub(crate) const SMALL: Files = [
    "customer_id\nc1\nc2\n",
    "account_id,opened\na1,2024-01-01\na2,2024-01-01\n",
    "account_id,customer_id,role\na1,c1,owner\na2,c2,owner\n",
    "2024-01-02,a1,1,t1,100,100,cash_deposit,,,\n2024-01-03,a2,1,t2,5,5,transfer_in,,,\n2024-01-04,a1,2,t3,-40,60,cash_withdrawal,,,\n",
];

/// A directory with the four files.
pub(crate) struct Input(TempDir);

impl Input {
    /// The transactions get their header row.
    pub(crate) fn new(files: Files) -> Self {
        let input = Self(tempfile::tempdir().unwrap());
        for (name, text) in NAMES.iter().zip(files) {
            input.write(name, text.as_bytes());
        }
        input.write(
            "transactions.csv",
            format!("{HEADER}{}", files[3]).as_bytes(),
        );
        input
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path().join(name), bytes).unwrap();
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap()
    }
}

/// Refused with that sentence, and nothing was started.
fn check_refused(input: &Input, expected: &str) {
    let directory = tempfile::tempdir().unwrap();
    let mut command = passbook();
    command.arg("replay").arg(input.path());
    let told = refused(command.env("TMPDIR", directory.path()));
    assert!(told.contains(expected), "{expected:?}\n{told}");
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
}

/// In one of the small files, one text for another.
fn check(name: &str, from: &str, to: &str, expected: &str) {
    let input = Input::new(SMALL);
    let text = input.read(name);
    assert!(text.contains(from));
    input.write(name, text.replacen(from, to, 1).as_bytes());
    check_refused(&input, expected);
}

#[test]
fn a_file_that_is_missing_or_empty_or_has_no_header_is_named() {
    for name in NAMES {
        let input = Input::new(SMALL);
        std::fs::remove_file(input.path().join(name)).unwrap();
        check_refused(&input, &format!("{name} cannot be read"));
        for nothing in ["", "\n\r\n", "\u{feff}"] {
            input.write(name, nothing.as_bytes());
            check_refused(
                &input,
                &format!("{name}: it is empty; it needs a header row with "),
            );
        }
        let input = Input::new(SMALL);
        let text = input.read(name);
        let (header, rows) = text.split_once('\n').unwrap();
        input.write(name, rows.as_bytes());
        check_refused(
            &input,
            &format!("{name}, line 1: the header row has no column "),
        );
        input.write(name, format!("{header},{header}\n").as_bytes());
        check_refused(&input, "twice");
        let mut bytes = format!("{header}\r\n\r\n").into_bytes();
        bytes.extend([0xff, b'\n']);
        input.write(name, &bytes);
        check_refused(&input, &format!("{name}, line 3: it is not UTF-8"));
    }
    check(
        "customers.csv",
        "c1\nc2\n",
        "",
        "customers.csv: it has no customers",
    );
    check(
        "accounts.csv",
        "opened",
        "since",
        "accounts.csv, line 1: the header row has no column opened; it needs account_id, opened",
    );
}

#[test]
fn what_is_wrong_with_a_row_is_said_with_its_line() {
    let transactions = |from: &str, to: &str, expected: &str| {
        check(
            "transactions.csv",
            from,
            to,
            &format!("transactions.csv, line {expected}"),
        );
    };
    for (value, problem) in [
        ("+5", "amount is \"+5\": a whole number is digits"),
        (" 5", "amount is \" 5\": a whole number is digits"),
        ("5 ", "amount is \"5 \": a whole number is digits"),
        ("5.0", "amount is \"5.0\": a whole number is digits"),
        ("0x5", "amount is \"0x5\": a whole number is digits"),
        ("5e0", "amount is \"5e0\": a whole number is digits"),
        ("5_0", "amount is \"5_0\": a whole number is digits"),
        ("-", "amount is \"-\": a whole number is digits"),
        ("", "amount is \"\": a whole number is digits"),
        (
            "9223372036854775808",
            "amount is \"9223372036854775808\": the number is out of range",
        ),
        (
            "9007199254740992",
            "amount is \"9007199254740992\": the amount is beyond what JSON carries exactly",
        ),
        (
            "-9007199254740992",
            "amount is \"-9007199254740992\": the amount is beyond what JSON carries exactly",
        ),
    ] {
        transactions("t2,5,", &format!("t2,{value},"), &format!("3: {problem}"));
    }
    transactions(
        "t3,-40,60",
        "t3,-40,61",
        "4: balance is \"61\": 100 and the amount of -40 make 60",
    );
    transactions(
        "a1,2,t3",
        "a1,3,t3",
        "4: number is \"3\": the next transaction of the account is number 2",
    );
    transactions(
        "a1,2,t3",
        "a1,1,t3",
        "4: number is \"1\": the next transaction of the account is number 2",
    );
    transactions(
        "a1,2,t3",
        "a1,-2,t3",
        "4: number is \"-2\": the number is out of range",
    );
    transactions(
        "a1,2,t3",
        "a1,2,t1",
        "4: transaction_id is \"t1\": line 2 has it already",
    );
    transactions(
        "a1,2,t3",
        "a3,2,t3",
        "4: account_id is \"a3\": accounts.csv has no such account",
    );
    transactions(
        "a1,2,t3",
        "a1,2,",
        "4: transaction_id is \"\": an id must have 1 to 128 bytes",
    );
    for date in [
        "2024-02-30",
        "2024-13-01",
        "2024-1-3",
        "03.01.2024",
        "",
        "2023-02-29",
    ] {
        transactions(
            "2024-01-04",
            date,
            &format!(
                "4: date is {date:?}: a business date must be YYYY-MM-DD and a day that exists"
            ),
        );
    }
    transactions(
        "transfer_in,,,\n",
        "transfer_in,,\n",
        "3: 9 fields where the header row has 10",
    );
    transactions(
        "transfer_in,,,\n",
        "transfer_in,,,,\n",
        "3: 11 fields where the header row has 10",
    );
    transactions(
        "transfer_in,,,\n",
        "transfer_in,\"cut,,\n",
        "3: a field begins with a quote, and no quote ends it",
    );
    transactions(
        "transfer_in,,,\n",
        "transfer_in,\"a\"b,,\n",
        "3: a field goes on after the quote that ends it",
    );
    let rest = "2024-01-02,a1,1,t1,9223372036854775807";
    let input = Input::new(SMALL);
    let lines = input.read("transactions.csv").replace('\n', "\r\n");
    input.write(
        "transactions.csv",
        lines.replace("t3,-40", "t3,+40").as_bytes(),
    );
    check_refused(&input, "transactions.csv, line 4: amount is \"+40\"");
    check(
        "transactions.csv",
        "2024-01-02,a1,1,t1,100",
        rest,
        "beyond what JSON carries",
    );

    let customers =
        |from: &str, to: &str, expected: &str| check("customers.csv", from, to, expected);
    customers(
        "c2",
        "c1",
        "customers.csv, line 3: customer_id is \"c1\": line 2 has it already",
    );
    let long = "c".repeat(129);
    customers(
        "c2",
        &long,
        "customers.csv, line 3: customer_id is \"cccccccccccccccccccccccccccccccccccccccc\"…: an id must have 1 to 128 bytes",
    );
    customers(
        "c2",
        "c\u{1b}[2J",
        "customers.csv, line 3: customer_id is \"c\\u{1b}[2J\": an id must have 1 to 128 bytes",
    );
    let accounts = |from: &str, to: &str, expected: &str| check("accounts.csv", from, to, expected);
    accounts(
        "a2,",
        "a1,",
        "accounts.csv, line 3: account_id is \"a1\": line 2 has it already",
    );
    accounts(
        "a2,",
        "own-2,",
        "accounts.csv, line 3: account_id is \"own-2\": ids that begin with own-",
    );
    accounts(
        "a2,2024-01-01",
        "a2,2024-00-01",
        "accounts.csv, line 3: opened is \"2024-00-01\"",
    );
    let holders = |from: &str, to: &str, expected: &str| check("holders.csv", from, to, expected);
    holders(
        "a2,c2,owner\n",
        "a2,c2,owner\na2,c2,authorised\n",
        "holders.csv, line 4: the customer holds the account on line 3 already",
    );
    holders(
        "a2,c2",
        "a2,c9",
        "holders.csv, line 3: customer_id is \"c9\": customers.csv has no such customer",
    );
    holders(
        "a2,c2",
        "a9,c2",
        "holders.csv, line 3: account_id is \"a9\": accounts.csv has no such account",
    );
    holders("c2,owner", "c2,", "holders.csv, line 3: role is \"\"");
}

#[test]
fn texts_that_are_too_long_or_command_a_terminal_are_refused_with_their_limit() {
    let purpose = |text: &str, expected: &str| {
        let row = format!("transfer_in,{text},,\n");
        check(
            "transactions.csv",
            "transfer_in,,,\n",
            &row,
            &format!("transactions.csv, line 3: {expected}"),
        );
    };
    purpose(
        &"ค่าเช่า".repeat(58),
        "purpose has 1218 bytes; a text has at most 1,024",
    );
    purpose(
        &"x".repeat(1_025),
        "purpose has 1025 bytes; a text has at most 1,024",
    );
    purpose("a\u{1b}[2J", "purpose has a control character");
    purpose("a\0", "purpose has a control character");
    let long = "o".repeat(1_020);
    check(
        "transactions.csv",
        "transfer_in",
        &long,
        "transactions.csv, line 3: the transaction's ids and texts are too long in all: its entry is at most 1,300 bytes",
    );
    check(
        "transactions.csv",
        "transfer_in",
        "\"transfer\nin\"",
        "transactions.csv, line 3: operation has a control character",
    );
}

/// What real files have: it reaches every device as it is in the file.
#[test]
fn lines_in_a_purpose_and_other_forms_of_csv_are_taken() {
    let longest = "p".repeat(1_024);
    let transactions = format!(
        "\u{feff}purpose,balance,amount,operation,more,counterparty_bank,counterparty_account,date,transaction_id,number,account_id\r\n\
         \"rent\r\nJanuary\n\tflat \"\"3\"\"\",100,100,cash_deposit,x,,,2024-01-02,t1,1,a1\r\n\r\n\
         5\" pipe,5,005,transfer_in,,,,2024-01-03,t2,1,a2\r\n\
         {longest},60,-40,out,,,,2024-02-29,t3,2,a1\r\n\r\n\r\n"
    );
    let input = Input::new(SMALL);
    input.write("transactions.csv", transactions.as_bytes());
    let dump = input.path().join("dump");
    let replay = || {
        let mut command = passbook();
        command.args(["replay", "--json", "--dump"]).arg(&dump);
        json(&command.arg(input.path()).output().unwrap())
    };
    let outcome = replay();
    assert_eq!(outcome["content_mismatches"], 0, "{outcome}");
    assert_eq!(outcome["device_entries_delivered"], 5);
    let mut purposes = Vec::new();
    for line in std::fs::read_to_string(&dump).unwrap().lines() {
        let device: serde_json::Value = serde_json::from_str(line).unwrap();
        for entry in device["accounts"][0]["entries"].as_array().unwrap() {
            purposes.push(entry["purpose"].as_str().unwrap().to_owned());
        }
    }
    purposes.sort();
    purposes.dedup();
    assert_eq!(
        purposes,
        ["5\" pipe", &longest, "rent\r\nJanuary\n\tflat \"3\""]
    );
    // An earlier dump may be written over.
    assert_eq!(replay()["lost"], 0);
}
