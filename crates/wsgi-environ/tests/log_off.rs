//! An errors stream in records, without a logger.
#![cfg(feature = "log")]

use std::{
    fmt,
    io::{self, Write},
};

use wsgi_environ::Errors;

/// A value that is never formatted.
struct Unused;

impl fmt::Display for Unused {
    fn fmt(&self, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("formatted")
    }
}

#[test]
fn without_a_logger_nothing_is_formatted_or_kept() -> io::Result<()> {
    let errors = Errors::log();
    errors.print(Unused);
    errors.notice(Unused);
    write!(&errors, "{Unused}")?;
    (&errors).write_all(b"no end")?;
    (&errors).flush()?;
    Errors::end_entry();
    Ok(())
}
