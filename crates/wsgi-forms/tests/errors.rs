//! Errors: their statuses, sentences and conversions.

use std::{
    collections::HashSet,
    error::Error,
    io::{self, ErrorKind},
};

use wsgi_forms::FormError;

/// Every error without a cause, with its status.
fn plain() -> [(FormError, u16); 20] {
    [
        (FormError::ContentType, 415),
        (FormError::NotMultipart, 415),
        (FormError::ContentCoding, 415),
        (FormError::Boundary, 400),
        (FormError::BoundaryNotFound, 400),
        (FormError::Preamble, 400),
        (FormError::Truncated, 400),
        (FormError::LineEnd, 400),
        (FormError::Padding, 400),
        (FormError::FinalBoundary, 400),
        (FormError::Header, 400),
        (FormError::Disposition, 400),
        (FormError::BodyTooLarge, 413),
        (FormError::TooManyFields, 413),
        (FormError::TooManyFiles, 413),
        (FormError::NameTooLong, 413),
        (FormError::HeadersTooLarge, 413),
        (FormError::FieldTooLarge, 413),
        (FormError::FileTooLarge, 413),
        (FormError::TextTooLarge, 413),
    ]
}

#[test]
fn an_error_has_a_status_and_a_sentence_of_its_own() {
    let mut sentences = HashSet::new();
    for (error, status) in plain() {
        assert_eq!(error.status_code(), status, "{error:?}");
        assert!(error.source().is_none(), "{error:?}");
        let sentence = error.to_string();
        assert!(sentence.contains(' '), "{error:?}: {sentence}");
        assert!(sentences.insert(sentence), "{error:?}");
    }
}

#[test]
fn only_errors_of_the_type_tell_which_types_are_accepted() {
    for (error, _) in plain() {
        let is_of_type = matches!(error, FormError::ContentType | FormError::NotMultipart);
        assert_eq!(error.accept().is_some(), is_of_type, "{error:?}");
    }
}

#[test]
fn the_kind_of_a_read_error_decides_its_status() {
    for (kind, status) in [
        (ErrorKind::InvalidData, 400),
        (ErrorKind::UnexpectedEof, 400),
        (ErrorKind::BrokenPipe, 400),
        (ErrorKind::ConnectionAborted, 400),
        (ErrorKind::ConnectionReset, 400),
        (ErrorKind::TimedOut, 408),
        (ErrorKind::WouldBlock, 408),
        (ErrorKind::FileTooLarge, 413),
        (ErrorKind::StorageFull, 500),
        (ErrorKind::QuotaExceeded, 500),
        (ErrorKind::Other, 500),
    ] {
        let read = FormError::Read(kind.into());
        assert_eq!(read.status_code(), status, "{kind:?}");
        assert_eq!(read.to_string(), "the form could not be read");
        assert_eq!(read.source().unwrap().to_string(), kind.to_string());

        // A file that cannot be stored is never the peer's fault.
        let spool = FormError::Spool(kind.into());
        let status = match kind {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => 507,
            _ => 500,
        };
        assert_eq!(spool.status_code(), status, "{kind:?}");
        assert_eq!(spool.to_string(), "an uploaded file could not be stored");
        assert_eq!(spool.source().unwrap().to_string(), kind.to_string());
    }
}

#[test]
fn an_error_survives_the_conversion_to_io_error_and_back() {
    for (error, status) in plain() {
        let told = format!("{error:?}");
        let kind = match status {
            413 => ErrorKind::FileTooLarge,
            _ if told == "Truncated" => ErrorKind::UnexpectedEof,
            _ => ErrorKind::InvalidData,
        };
        let error = io::Error::from(error);
        assert_eq!(error.kind(), kind, "{told}");
        assert_eq!(format!("{:?}", FormError::from(error)), told);
    }
}

#[test]
fn an_error_of_the_reader_is_returned_unchanged() {
    for wrap in [FormError::Read, FormError::Spool] {
        let error = io::Error::from(wrap(io::Error::new(ErrorKind::TimedOut, "too slow")));
        assert_eq!(
            (error.kind(), error.to_string().as_str()),
            (ErrorKind::TimedOut, "too slow")
        );
        let FormError::Read(error) = FormError::from(error) else {
            panic!("expected an error of the reader");
        };
        assert_eq!(error.to_string(), "too slow");
    }
}
