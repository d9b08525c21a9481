//! Header fields, and the choices that they tell.

mod accept;
mod accept_encoding;
mod accept_language;
mod cache_control;
mod clear_site_data;
mod features;
mod multimap;
mod parameters;
mod validation;
mod values;
mod wsgiref;
