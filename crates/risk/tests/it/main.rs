//! The judge of risks over its tables, on both engines.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that panics has failed"
)]

mod cases;
mod history;
mod latency;
mod lists;
mod places;
mod rules;
mod world;

/// Runs a test on SQLite and on PostgreSQL.
macro_rules! on_both_engines {
    ($($name:ident)*) => {$(
        #[tokio::test]
        async fn $name() {
            super::$name(&$crate::world::World::on_sqlite().await).await;
        }
    )*
        mod on_postgresql {
            $(
                #[tokio::test]
                async fn $name() {
                    super::super::$name(&$crate::world::World::on_postgresql().await).await;
                }
            )*
        }
    };
}
pub(crate) use on_both_engines;
