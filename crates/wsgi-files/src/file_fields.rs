//! The fields of a response with a file.

use wsgi_headers::{Headers, IntoFields, InvalidHeader};

use crate::{
    answer::Answer, coding::Coding, delivery::PLAIN, field_rules::FieldRules, file_path::FilePath,
    http_date, representation::Representation,
};

/// The field that keeps browsers from taking a file for one of another type.
pub(crate) const NOSNIFF: (&str, &str) = ("X-Content-Type-Options", "nosniff");

/// The fields of a response with a file, or of one in its place, according to the answer. They are
/// written where they are sent from.
pub(crate) struct FileFields<'a> {
    pub(crate) answer: &'a Answer,
    pub(crate) representation: &'a Representation,
    pub(crate) coding: Option<Coding>,
    pub(crate) cache_control: Option<&'a str>,
    pub(crate) field_rules: &'a FieldRules,
    pub(crate) path: &'a FilePath<'a>,
    /// Whether the file depends on `Accept-Encoding`.
    pub(crate) is_negotiated: bool,
}

impl IntoFields for FileFields<'_> {
    fn append_to(self, headers: &mut Headers) -> Result<(), InvalidHeader> {
        let (answer, length) = (self.answer, self.representation.length());
        let is_of_file = match answer {
            Answer::Whole | Answer::Range(_) => {
                headers.append("Content-Type", self.representation.content_type())?;
                true
            }
            Answer::Ranges(multipart) => {
                headers.append("Content-Type", multipart.content_type())?;
                true
            }
            Answer::NotModified => true,
            Answer::PreconditionFailed | Answer::RangeNotSatisfiable => {
                headers.append("Content-Type", PLAIN)?;
                false
            }
        };
        let content_length = answer.content_length(length);
        if let Some(coding) = self.coding.filter(|_| content_length.is_some()) {
            headers.append("Content-Encoding", coding.name())?;
        }
        if is_of_file {
            let validators = self.representation.validators();
            if let Some(etag) = validators.etag() {
                headers.append("ETag", etag.as_str())?;
            }
            if let Some(seconds) = validators.last_modified() {
                headers.append("Last-Modified", http_date::format(seconds))?;
            }
            if let Some(value) = self.cache_control {
                headers.append("Cache-Control", value)?;
            }
            self.field_rules.append(self.path, headers)?;
            if *answer == Answer::NotModified {
                headers.remove("Content-Language"); // RFC 9110 section 15.4.5
            }
        }
        if self.is_negotiated {
            headers.append("Vary", "Accept-Encoding")?;
        }
        headers.append("Accept-Ranges", "bytes")?;
        headers.append(NOSNIFF.0, NOSNIFF.1)?;
        if let Some(content_range) = answer.content_range(length) {
            headers.append("Content-Range", content_range.to_string())?;
        }
        if let Some(content_length) = content_length {
            headers.append("Content-Length", content_length.to_string())?;
        }
        Ok(())
    }
}
