//! The broker over the network, measured in the same way as another system that does the same work.

pub(crate) mod broker;
mod catch_up;
mod compare;
mod deliver;
mod idle;
mod passbook;
mod publish;
mod redis;
mod single;
mod system;

pub(crate) use broker::serve;
pub(crate) use compare::bench_compare;
pub(crate) use single::{bench_broadcast, bench_catch_up, bench_deliver, bench_idle};
