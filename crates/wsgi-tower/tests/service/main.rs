//! An application as a service, without a server: the test is the task of the client.

mod bodies;
mod chunks;
mod clients;
mod cut_bodies;
mod failures;
mod heads;
mod live;
#[path = "../park/mod.rs"]
mod park;
mod pools;
mod support;
mod uploads;
