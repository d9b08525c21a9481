//! Names with brackets, as types within a type.

mod form;
mod read_ahead;
mod types;
