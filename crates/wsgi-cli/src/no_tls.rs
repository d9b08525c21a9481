//! The program without TLS, which needs the feature `tls`.

use std::{io, process::Command};

use clap::Args;
use wsgi::server::{Listener, Predecessor, Protocol, Successor};

use crate::{address::Address, conflict::Conflict};

/// No options.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TlsOptions {}

impl TlsOptions {
    pub(crate) fn are_on(&self) -> bool {
        false
    }

    pub(crate) fn check(&self, _protocol: Protocol) -> Result<(), Conflict> {
        Ok(())
    }

    pub(crate) fn redirect_http(&self) -> Option<&Address> {
        None
    }

    pub(crate) fn has_files(&self) -> bool {
        false
    }

    pub(crate) fn is_self_signed(&self) -> bool {
        false
    }
}

/// No keys of tickets.
#[derive(Clone, Debug)]
pub(crate) struct Tickets;

impl Tickets {
    pub(crate) fn new(_options: &TlsOptions) -> io::Result<Self> {
        Ok(Self)
    }

    pub(crate) fn of(_parent: &Predecessor) -> Self {
        Self
    }

    pub(crate) fn erase_expired(&self) {}

    pub(crate) fn start(&self, command: Command, listeners: &[Listener]) -> io::Result<Successor> {
        Successor::start(command, listeners)
    }
}

/// A setup that cannot exist.
#[derive(Debug)]
pub(crate) enum Setup {}

impl Setup {
    pub(crate) fn new(
        _options: &TlsOptions,
        _bind: Option<&Address>,
        _tickets: &Tickets,
    ) -> io::Result<Option<Self>> {
        Ok(None)
    }

    pub(crate) fn protect(&self, _listener: Listener) -> Listener {
        match *self {}
    }

    pub(crate) fn redirect_port(&self) -> Option<u16> {
        match *self {}
    }

    pub(crate) fn notes(&self) -> &[String] {
        match *self {}
    }

    pub(crate) fn reload(&self, _command: &'static str) -> Option<Box<dyn FnMut() + Send>> {
        match *self {}
    }
}
