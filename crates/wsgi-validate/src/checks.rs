//! The rules and their checks, with a file for each subject: first the rules, then the checks.

pub(crate) mod body;
pub(crate) mod calls;
pub(crate) mod ending;
pub(crate) mod errors;
pub(crate) mod fields;
pub(crate) mod input;
pub(crate) mod promise;
pub(crate) mod start;
pub(crate) mod status;
pub(crate) mod variables;
