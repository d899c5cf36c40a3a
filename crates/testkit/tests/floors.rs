//! A crate depends only on lower floors; on floors 1, 2 and 5 also on a neighbour. Proof crates may use
//! everything, and nothing but a test may use a proof crate.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]
use serde_json::Value;
use std::collections::BTreeMap;
use std::process::Command;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Floor {
    Number(u64),
    Proof,
}

fn floor(package: &Value) -> Result<Floor, String> {
    let name = package["name"].as_str().unwrap_or("?");
    match &package["metadata"]["passbook"]["floor"] {
        Value::Number(number) => number
            .as_u64()
            .filter(|floor| (1..=5).contains(floor))
            .map(Floor::Number)
            .ok_or_else(|| format!("{name}: floors are 1 to 5")),
        Value::String(word) if word == "proof" => Ok(Floor::Proof),
        _ => Err(format!(
            "{name} states no floor in [package.metadata.passbook]"
        )),
    }
}

fn arrow_is_allowed(from: Floor, to: Floor) -> bool {
    match (from, to) {
        (Floor::Proof, _) => true,
        (Floor::Number(_), Floor::Proof) => false,
        (Floor::Number(from), Floor::Number(to)) => {
            to < from || (to == from && matches!(from, 1 | 2 | 5))
        }
    }
}

/// Every arrow that must not be, as `from (floor) -> to (floor)`.
fn forbidden_arrows(metadata: &Value) -> Result<Vec<String>, String> {
    let packages = metadata["packages"].as_array().ok_or("no packages")?;
    let floors: BTreeMap<&str, Floor> = packages
        .iter()
        .map(|package| Ok((package["name"].as_str().unwrap_or("?"), floor(package)?)))
        .collect::<Result<_, String>>()?;
    let mut forbidden = Vec::new();
    for package in packages {
        let from = package["name"].as_str().unwrap_or("?");
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let to = dependency["name"].as_str().unwrap_or("?");
            let for_tests = dependency["kind"].as_str() == Some("dev");
            if let (Some(&above), Some(&below)) = (floors.get(from), floors.get(to))
                && !for_tests
                && !arrow_is_allowed(above, below)
            {
                forbidden.push(format!("{from} ({above:?}) -> {to} ({below:?})"));
            }
        }
    }
    Ok(forbidden)
}

#[test]
fn no_arrow_goes_up_or_sideways() {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--format-version",
            "1",
            "--offline",
        ])
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(forbidden_arrows(&metadata), Ok(Vec::new()));
}

#[test]
fn an_arrow_up_or_sideways_is_found() {
    let house = |from: Value, to: Value| {
        let package = |name: &str, floor: Value, dependencies: Value| serde_json::json!({"name": name, "metadata": {"passbook": {"floor": floor}}, "dependencies": dependencies});
        let arrow = serde_json::json!([{"name": "lower", "kind": null}]);
        serde_json::json!({"packages": [package("upper", from, arrow), package("lower", to, serde_json::json!([]))]})
    };
    let found = |from: Value, to: Value| forbidden_arrows(&house(from, to)).unwrap().len();
    assert_eq!(found(4.into(), 3.into()), 0);
    assert_eq!(found(2.into(), 2.into()), 0);
    assert_eq!(found(3.into(), 3.into()), 1);
    assert_eq!(found(4.into(), 4.into()), 1);
    assert_eq!(found(2.into(), 3.into()), 1);
    assert_eq!(found(4.into(), "proof".into()), 1);
    assert_eq!(found("proof".into(), 5.into()), 0);
    assert!(forbidden_arrows(&house(9.into(), 1.into())).is_err());
}
