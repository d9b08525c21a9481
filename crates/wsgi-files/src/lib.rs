#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod answer;
mod boundary;
mod conditions;
mod content_range;
mod entity_tag;
mod http_date;
mod multipart;
mod range_set;
mod representation;
mod tag_list;
mod validators;

pub use answer::Answer;
pub use boundary::{Boundary, InvalidBoundary};
pub use conditions::{Conditions, Verdict};
pub use content_range::ContentRange;
pub use entity_tag::{EntityTag, InvalidEntityTag};
pub use multipart::{Multipart, Part};
pub use range_set::{RangeSet, Selection};
pub use representation::Representation;
pub use validators::Validators;
