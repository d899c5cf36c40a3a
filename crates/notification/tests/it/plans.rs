//! Statements over large tables use an index.

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn the_channel_of_a_device_is_found_without_reading_all_devices() {
    let world = World::new(1).await;
    drop(world.open().await);
    let database = rusqlite::Connection::open(world.path()).unwrap();
    let explained = "EXPLAIN QUERY PLAN SELECT channel FROM device WHERE device = 'a' LIMIT 1";
    let plan: String = database
        .query_row(explained, [], |row| row.get("detail"))
        .unwrap();
    assert!(plan.starts_with("SEARCH device USING"), "{plan}");
}
