//! What is in notification's tables, read beside it.

use crate::world::World;
use rusqlite::Connection;

/// The number that a statement answers.
pub(crate) fn count(world: &World, select: &str) -> i64 {
    let database = Connection::open(world.path()).unwrap();
    database.query_row(select, [], |row| row.get(0)).unwrap()
}

/// The actions in the audit records, whose chain verifies.
pub(crate) fn actions(world: &World) -> Vec<String> {
    let database = Connection::open(world.path()).unwrap();
    let mut statement = database
        .prepare("SELECT record FROM audit ORDER BY number")
        .unwrap();
    let rows = statement
        .query_map([], |row| row.get::<_, Vec<u8>>(0))
        .unwrap();
    let records: Vec<Vec<u8>> = rows.collect::<Result<_, _>>().unwrap();
    let head = audit::verify(&records).unwrap();
    assert_eq!(usize::try_from(head.number).unwrap(), records.len());
    records
        .iter()
        .map(|bytes| audit::Record::parse(bytes).unwrap().act.action)
        .collect()
}
