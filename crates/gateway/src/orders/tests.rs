//! gateway's judgement of orders, held to the vectors of an independent implementation.

mod bank;
mod vectors;
mod world;
