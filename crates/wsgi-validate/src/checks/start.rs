//! The start of a response.

use wsgi_application::{Exchange, Head, StartError};

use super::fields;
use crate::{finding::Finding, rule::rules, watch::Watch};

rules! {
    /// The application is called with a response that has not been started.
    FRESH_RESPONSE: Gateway, Violation, "PEP 3333, The start_response() Callable";
    /// The application starts a response before it returns.
    STARTED: Application, Violation, "PEP 3333, Specification Details";
    /// The application starts a response once, and replaces it only because of an error.
    START_ONCE: Application, Violation, "PEP 3333, The start_response() Callable";
}

use rules::*;

pub(crate) fn fresh(exchange: &Exchange, watch: &Watch) -> Result<(), Finding> {
    watch.require(
        !exchange.head.is_started() && exchange.gathered.is_empty(),
        FRESH_RESPONSE,
        || "a response was started or written before the call".to_owned(),
    )
}

pub(crate) fn started(head: &Head, watch: &Watch) -> Result<(), Finding> {
    watch.require(head.is_started(), STARTED, || {
        "the application returned without starting one".to_owned()
    })
}

/// Reports a refusal, since the application may ignore its error.
pub(crate) fn refused(error: &StartError, watch: &Watch) -> Result<(), Finding> {
    let (rule, seen) = match error {
        StartError::AlreadyStarted => (START_ONCE, error.to_string()),
        StartError::HopByHop(_) => (fields::rules::HOP_BY_HOP, error.to_string()),
        StartError::Header(error) => (fields::rules::FIELD_SYNTAX, error.to_string()),
        _ => return Ok(()),
    };
    watch.broken(rule, &seen)
}
