#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod atom;
mod blog;
mod builder;
mod changes;
mod conditions;
mod damage;
mod document;
mod entry;
mod error_page;
mod folder;
mod form;
mod forms;
mod frame;
mod html;
mod identity;
mod kind;
mod limits;
mod link;
mod listing;
mod lock;
mod media_type;
mod name;
mod plain_text;
mod reading;
mod search;
mod site;
mod store;
mod store_error;
mod text;
mod timestamp;
mod writing;
mod xml;

pub use blog::Blog;
pub use builder::BlogBuilder;
