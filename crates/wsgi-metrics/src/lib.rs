#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod counter;
mod duration_histogram;
mod durations;
mod gauge;
mod kind;
mod name;
mod page;
mod page_sum;
mod source;
mod value;

pub use counter::Counter;
pub use duration_histogram::DurationHistogram;
pub use durations::{Bucket, Durations};
pub use gauge::Gauge;
pub use kind::Kind;
pub use page::{Family, Page};
pub use page_sum::{InvalidPage, PageSum};
pub use source::Source;
pub use value::Value;
