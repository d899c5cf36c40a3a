//! gateway's judgement of orders, held to the vectors of an independent implementation.

mod bank;
mod fees;
mod limits;
mod phone;
mod placing;
mod racing;
mod vectors;
mod world;
