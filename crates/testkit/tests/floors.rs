//! A crate depends only on lower floors; on floors 1, 2 and 5 also on crates of its own floor. Proof crates may depend
//! on everything, and only tests may depend on a proof crate.

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
            .ok_or_else(|| format!("{name}: the floor must be 1 to 5")),
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

/// Every forbidden dependency, as `from (floor) -> to (floor)`.
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

/// The workspace's metadata from cargo.
fn house() -> Value {
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
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn no_dependency_goes_up_or_sideways() {
    let house = house();
    assert!(house["packages"].as_array().unwrap().len() >= 25);
    assert_eq!(forbidden_arrows(&house), Ok(Vec::new()));
}

/// Adds a dependency of `kind` to the real workspace and returns the check's findings.
fn found(from: &str, to: &str, kind: Value) -> Vec<String> {
    let mut house = house();
    let packages = house["packages"].as_array_mut().unwrap();
    let package = packages.iter_mut().find(|package| package["name"] == from);
    let dependencies = package.unwrap()["dependencies"].as_array_mut().unwrap();
    let mut arrow = dependencies[0].clone();
    arrow["name"] = to.into();
    arrow["kind"] = kind;
    dependencies.push(arrow);
    forbidden_arrows(&house).unwrap()
}

#[test]
fn a_dependency_up_or_sideways_is_found() {
    let check = |from: &str, to: &str, allowed: bool| {
        let arrows = found(from, to, Value::Null);
        assert_eq!(arrows.is_empty(), allowed, "{from} -> {to}: {arrows:?}");
        assert_eq!(found(from, to, "build".into()), arrows);
        assert_eq!(found(from, to, "dev".into()), Vec::<String>::new());
    };
    check("broker", "database", true);
    check("client", "audit", true);
    check("passbook", "sandbox-bank", true);
    check("testkit", "passbook", true);
    check("types", "client", false);
    check("audit", "vault", false);
    check("database", "vault", false);
    check("broker", "ciam", false);
    check("gateway", "testkit", false);
}

#[test]
fn a_crate_states_its_floor() {
    let mut house = house();
    house["packages"][0]["metadata"] = Value::Null;
    assert!(forbidden_arrows(&house).is_err());
    house["packages"][0]["metadata"] = serde_json::json!({"passbook": {"floor": 9}});
    assert!(forbidden_arrows(&house).is_err());
}
