#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod boundary;
mod decoder;
mod delimiter;
mod disposition;
mod events;
mod field;
mod file_size;
mod form;
mod form_error;
mod limits;
mod multipart;
mod parameters;
mod part;
mod part_head;
mod source;
mod spool;
mod upload;
mod urlencoded;
mod urlencoded_reader;

pub use boundary::Boundary;
pub use decoder::{Decoded, Event, MultipartDecoder};
pub use field::Field;
pub use form::{Entry, Form};
pub use form_error::FormError;
pub use limits::Limits;
pub use multipart::Multipart;
pub use part::Part;
pub use part_head::PartHead;
pub use upload::{Upload, UploadReader};
pub use urlencoded::Urlencoded;
pub use urlencoded_reader::UrlencodedReader;
