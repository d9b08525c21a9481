//! Options that conflict with each other.

use std::fmt;

/// A conflict between options. It displays as a sentence that names them.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Conflict {
    /// This option has no meaning without the other.
    Needs(&'static str, &'static str),
    /// These options exclude each other.
    Both(&'static str, &'static str),
    /// These options name the same address.
    SameAddress(&'static str, &'static str),
    /// Clients of this option's TLS do not come over the protocol of a front server.
    #[cfg(feature = "tls")]
    FrontHasTls(&'static str),
    /// Several processes cannot share this. The other part says what to do.
    NotShared(&'static str, &'static str),
    /// There are more certificates than keys, or fewer.
    #[cfg(feature = "tls")]
    Pairs { certificates: usize, keys: usize },
}

impl Conflict {
    /// Refuses the first of these options that is given, unless the other one that they need is.
    pub(crate) fn unless(
        is_met: bool,
        other: &'static str,
        options: &[(&'static str, bool)],
    ) -> Result<(), Self> {
        let given = options.iter().find(|(_, is_given)| *is_given);
        match given.filter(|_| !is_met) {
            Some((option, _)) => Err(Self::Needs(option, other)),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Needs(option, other) => {
                write!(f, "{option} needs {other}: add that, or leave out {option}")
            }
            Self::Both(one, other) => write!(
                f,
                "{one} and {other} exclude each other: leave out one of them"
            ),
            Self::SameAddress(one, other) => write!(
                f,
                "{one} and {other} name the same address; choose another one for {other}"
            ),
            Self::NotShared(what, instead) => write!(
                f,
                "{what} cannot be shared by several processes: {instead}, or leave out --processes"
            ),
            #[cfg(feature = "tls")]
            Self::FrontHasTls(option) => write!(
                f,
                "{option} needs --protocol http: with another protocol, the front server has the \
                 certificate and speaks TLS with clients, so leave out {option} here"
            ),
            #[cfg(feature = "tls")]
            Self::Pairs { keys: 0, .. } => f.write_str(
                "--tls-cert needs --tls-key FILE: name the file with the private key of the \
                 certificate, or make one for development by --tls-self-signed alone",
            ),
            #[cfg(feature = "tls")]
            Self::Pairs {
                certificates: 0, ..
            } => f.write_str(
                "--tls-key needs --tls-cert FILE: name the file with the certificate for this key",
            ),
            #[cfg(feature = "tls")]
            Self::Pairs { certificates, keys } => write!(
                f,
                "--tls-cert names {certificates} files, and --tls-key {keys}: name one key for \
                 each certificate, in the same order"
            ),
        }
    }
}
