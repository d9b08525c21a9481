//! The TLS setup that options describe.

use std::{io, time::SystemTime};

use wsgi::server::{Listener, Predecessor, ServiceManager, TicketKeys, Tls, TlsError};

use crate::{
    address::Address,
    say::say,
    signals::reload_on_signal,
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

    /// Reads all files again at each SIGHUP. If one of them cannot be used, everything stays. One
    /// line tells the result, and the service manager hears when it begins and ends, or the parent
    /// when it ends. Without files, the signal has its usual effect.
    ///
    /// # Errors
    ///
    /// The signal cannot be caught.
    pub(crate) fn reload_on_signal(
        &self,
        command: &'static str,
        service_manager: Option<ServiceManager>,
        parent: Option<Predecessor>,
    ) -> io::Result<()> {
        if !self.has_files {
            return Ok(());
        }
        let tls = self.tls.clone();
        let tell = move |message: fn(&ServiceManager) -> io::Result<()>| {
            let told = service_manager.as_ref().map(message);
            if let Some(Err(error)) = told {
                let problem = "the service manager cannot be told of a reload";
                say(format_args!("wsgi {command}: {problem}: {error}"));
            }
        };
        reload_on_signal(move || {
            tell(ServiceManager::reloading);
            match tls.reload() {
                Ok(()) => say(format_args!("wsgi {command}: reloaded the files of TLS")),
                Err(error) => say(format_args!(
                    "wsgi {command}: the old certificates and keys stay in use: {error}"
                )),
            }
            if let Some(note) = expiry(&tls) {
                say(format_args!("wsgi {command}: {note}"));
            }
            // Last, so that a service manager that waits for the end finds the lines in the log.
            tell(ServiceManager::ready);
            if let Some(parent) = &parent {
                let _ = parent.tell_ready(); // if this fails, it has ended
            }
        })
    }
}

/// The error with what to do about the file that is the reason, and with the option that names it.
fn advised(options: &TlsOptions, error: TlsError) -> io::Error {
    let option = error.path().and_then(|path| options.option_of(path));
    let error = io::Error::from(error);
    let Some(option) = option else {
        return error;
    };
    let verb = match error.kind() {
        io::ErrorKind::NotFound => "create",
        _ => "mend",
    };
    let advice = format!("{error}; {verb} the file, or name another one by {option}");
    io::Error::new(error.kind(), advice)
}

/// A line about a certificate that has expired.
fn expiry(tls: &Tls) -> Option<String> {
    let has_expired = tls.expires_at()? <= SystemTime::now();
    has_expired.then(|| "a certificate has expired, so clients refuse it: renew it".to_owned())
}
