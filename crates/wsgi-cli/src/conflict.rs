//! Options that conflict with each other.

use std::fmt;

/// A conflict between options. It displays as a sentence that names them.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Conflict {
    /// This option has no meaning without the other.
    Needs(&'static str, &'static str),
    /// These options exclude each other.
    Both(&'static str, &'static str),
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
            Self::Needs(option, other) => write!(f, "{option} needs {other}"),
            Self::Both(one, other) => write!(f, "{one} and {other} exclude each other"),
            #[cfg(feature = "tls")]
            Self::Pairs { certificates, keys } => write!(
                f,
                "each --tls-cert needs a --tls-key, but there are {certificates} and {keys} of them"
            ),
        }
    }
}
