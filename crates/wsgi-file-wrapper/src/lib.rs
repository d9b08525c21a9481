#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod file_parts;
mod file_wrapper;

pub use file_parts::FileParts;
pub use file_wrapper::FileWrapper;
