//! One address floods a bank; another enrols and reads.

use crate::bank::json;
use std::process::Command;

#[test]
fn a_flood_from_one_address_keeps_no_other_from_enrolling_and_reading() {
    let mut bench = Command::new(env!("CARGO_BIN_EXE_passbook"));
    let output = bench
        .args(["bench", "flood", "--json", "--seconds", "5"])
        .output()
        .unwrap();
    let report = json(&output);
    let figure = |name: &str| report[name].as_u64().unwrap();
    assert!(figure("enrolled") >= 1);
    // The flood was there all the time, and most of it was refused before it cost anything.
    assert_eq!(figure("connections"), 21);
    assert!(figure("flood_connections") >= 21);
    assert!(figure("flood_answers") > 2_100);
    assert!(figure("flood_refused") > figure("flood_answers") / 2);
    // A second's operations for each second, and those of four seconds at once after a pause.
    let seconds = report["seconds"].as_f64().unwrap() + 4.0;
    let bound = report["key_operations_per_second_max"].as_f64().unwrap() * seconds;
    assert!(
        report["key_operations"].as_f64().unwrap() <= bound * 1.01,
        "{report}"
    );
    assert!(figure("key_operations") >= 1);
}
