//! Reads notification's tables directly.

use crate::engine::ask;
use crate::world::World;
use types::hex;

/// The number that a statement returns.
pub(crate) fn count(world: &World, select: &str) -> i64 {
    ask(&world.path(), select).trim().parse().unwrap()
}

/// The actions in the audit records. Verifies their chain.
pub(crate) fn actions(world: &World) -> Vec<String> {
    let records = ask(&world.path(), "SELECT record FROM audit ORDER BY number");
    let decode = |record: &str| hex::decode(record.trim_start_matches("\\x")).unwrap();
    let records: Vec<Vec<u8>> = records.lines().map(decode).collect();
    let head = audit::verify(&records).unwrap();
    assert_eq!(usize::try_from(head.number).unwrap(), records.len());
    records
        .iter()
        .map(|bytes| audit::Record::parse(bytes).unwrap().act.action)
        .collect()
}
