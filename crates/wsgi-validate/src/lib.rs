#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod checks;
mod finding;
mod gate;
mod reaction;
mod report;
mod rule;
pub mod rules;
mod validator;
mod watch;

pub use finding::Finding;
pub use reaction::Reaction;
pub use report::Report;
pub use rule::{Rule, Severity, Side};
pub use validator::{Validator, validator};
