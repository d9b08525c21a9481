#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

#[cfg(unix)]
mod collector;
mod counter;
mod duration_histogram;
mod durations;
mod gauge;
#[cfg(unix)]
mod identity;
mod kind;
mod name;
mod page;
mod page_sum;
mod sample;
mod source;
#[cfg(unix)]
mod teller;
mod value;

#[cfg(unix)]
pub use collector::Collector;
pub use counter::Counter;
pub use duration_histogram::DurationHistogram;
pub use durations::{Bucket, Durations};
pub use gauge::Gauge;
pub use kind::Kind;
pub use page::{Family, Page};
pub use page_sum::{InvalidPage, PageSum};
pub use source::Source;
#[cfg(unix)]
pub use teller::Teller;
pub use value::Value;
