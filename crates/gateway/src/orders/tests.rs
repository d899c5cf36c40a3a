//! gateway's judgement of orders, held to the vectors of an independent implementation.

mod assessments;
mod bank;
mod batch;
mod brake_requests;
mod brakes;
mod braking_at_once;
mod challenges;
mod executable;
mod fees;
mod initiations;
mod limits;
mod phone;
mod placing;
mod racing;
mod replays;
mod risk;
mod stopping;
mod vectors;
mod world;
