//! A client without a network: what it sends, keeps and follows.

mod cookies;
mod failures;
mod form_choices;
mod forms;
#[cfg(feature = "json")]
mod json;
mod links;
#[cfg(feature = "server")]
mod live_server;
mod redirects;
mod referrers;
mod requests;
mod responses;
#[cfg(feature = "sessions")]
mod sessions;
