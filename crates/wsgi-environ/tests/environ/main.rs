//! Environs: variables, streams, hooks and deadlines.

mod base;
mod clear;
mod deadline;
mod debug_forms;
mod environ;
mod errors;
mod hooks;
mod http;
mod input;
mod received;
mod utilities;
