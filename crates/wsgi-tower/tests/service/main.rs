//! An application as a service, without a server: the test is the task of the client.

mod bodies;
mod chunks;
mod clients;
mod failures;
mod heads;
mod live;
mod pools;
mod support;
mod uploads;
