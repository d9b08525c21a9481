//! Header fields, and the choices that they tell.

mod accept;
mod accept_encoding;
mod accept_language;
mod features;
mod multimap;
mod parameters;
mod validation;
mod values;
mod wsgiref;
