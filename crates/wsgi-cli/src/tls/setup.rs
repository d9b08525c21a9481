//! The TLS setup that options describe.

use std::{io, time::SystemTime};

use wsgi::server::{Listener, TicketKeys, Tls, TlsError};

use crate::{
    address::Address,
    say::say,
    tls::{TlsOptions, self_signed::SelfSigned, tickets::Tickets},
};

/// The TLS setup of a run of the program.
#[derive(Debug)]
pub(crate) struct Setup {
    tls: Tls,
    redirect_port: Option<u16>,
    /// Whether there are files, which can be read again.
    has_files: bool,
    notes: Vec<String>,
}

impl Setup {
    /// Reads all files that the options name, and uses these keys if they name none. `None` if the
    /// program does not speak TLS.
    ///
    /// # Errors
    ///
    /// A file cannot be read or used.
    pub(crate) fn new(
        options: &TlsOptions,
        bind: Option<&Address>,
        tickets: &Tickets,
    ) -> io::Result<Option<Self>> {
        if !options.are_on() {
            return Ok(None);
        }
        let mut builder = Tls::builder();
        let mut notes = Vec::new();
        for (certificate, key) in options.certificates.iter().zip(&options.keys) {
            builder = builder.certificate_files(certificate, key);
        }
        if options.self_signed {
            let made = SelfSigned::new(bind)?;
            builder = builder.certificate_pem(&made.certificate, &made.key);
            notes.push(made.note());
        }
        if let Some(path) = &options.client_authorities {
            builder = builder.client_authorities_file(path);
        }
        if let Some(client_auth) = options.client_auth {
            builder = builder.client_auth(client_auth);
        }
        if let Some(path) = &options.ticket_keys {
            let keys = TicketKeys::from_file(path).map_err(|error| advised(options, error))?;
            builder = builder.ticket_keys(keys);
        } else if let Some(keys) = tickets.keys() {
            builder = builder.ticket_keys(keys.clone());
        }
        if let Some(version) = options.min_version {
            builder = builder.min_version(version);
        }
        let tls = builder.build().map_err(|error| advised(options, error))?;
        notes.extend(expiry(&tls));
        Ok(Some(Self {
            tls,
            redirect_port: options.redirect_port,
            has_files: options.has_files(),
            notes,
        }))
    }

    /// Lets clients connect to a socket by TLS alone.
    pub(crate) fn protect(&self, listener: Listener) -> Listener {
        listener.tls(&self.tls)
    }

    /// The port to redirect to, if it is not that of a socket.
    pub(crate) fn redirect_port(&self) -> Option<u16> {
        self.redirect_port
    }

    /// Lines about the setup, for the start of the program.
    pub(crate) fn notes(&self) -> &[String] {
        &self.notes
    }

    /// A function that reads all files again. If one of them cannot be used, everything stays. One
    /// line tells the result. `None` without files.
    pub(crate) fn reload(&self, command: &'static str) -> Option<Box<dyn FnMut() + Send>> {
        let tls = self.tls.clone();
        if !self.has_files {
            return None;
        }
        Some(Box::new(move || {
            match tls.reload() {
                Ok(()) => say(format_args!("wsgi {command}: reloaded the files of TLS")),
                Err(error) => say(format_args!(
                    "wsgi {command}: the old certificates and keys stay in use: {error}"
                )),
            }
            if let Some(note) = expiry(&tls) {
                say(format_args!("wsgi {command}: {note}"));
            }
        }))
    }
}

/// The error with what to do about the file that is the reason, and with the options that name it.
fn advised(options: &TlsOptions, error: TlsError) -> io::Error {
    let names = error.path().and_then(|path| options.options_of(path));
    let error = io::Error::from(error);
    let Some(names) = names else {
        return error;
    };
    let verb = match error.kind() {
        io::ErrorKind::NotFound => "create",
        _ => "mend",
    };
    let advice = format!("{error}; {verb} the file, or name another one by {names}");
    io::Error::new(error.kind(), advice)
}

/// A line about a certificate that has expired.
fn expiry(tls: &Tls) -> Option<String> {
    let has_expired = tls.expires_at()? <= SystemTime::now();
    has_expired.then(|| "a certificate has expired, so clients refuse it: renew it".to_owned())
}
