//! A representation that requests ask for.

use std::{borrow::Cow, ops::Range, time::SystemTime};

use crate::{
    answer::Answer,
    boundary::Boundary,
    conditions::{Conditions, Verdict},
    multipart::Multipart,
    range_set::{RangeSet, Selection},
    validators::Validators,
};

/// A representation of known length, such as a file, and how requests for it are answered.
///
/// ```
/// use std::time::SystemTime;
/// use wsgi_files::{Answer, Conditions, EntityTag, Representation, Validators};
///
/// let validators = Validators::new().with_etag(EntityTag::strong("v2")?);
/// let picture = Representation::new(2_000, "image/webp", validators);
/// let answer = |conditions: Conditions<'_>, range| {
///     picture.answer("GET", &conditions, range, SystemTime::now())
/// };
/// let none = Conditions::new();
/// assert_eq!(answer(none, None::<&str>), Answer::Whole);
/// assert_eq!(answer(none, Some("bytes=500-")), Answer::Range(500..2_000));
/// assert_eq!(answer(none, Some("bytes=2000-")), Answer::RangeNotSatisfiable);
/// // The client continues a download of a version that is gone: it gets all of the new one.
/// assert_eq!(answer(none.if_range(Some("\"v1\"")), Some("bytes=500-")), Answer::Whole);
/// assert_eq!(answer(none.if_none_match(Some("\"v2\"")), None), Answer::NotModified);
/// # Ok::<(), wsgi_files::InvalidEntityTag>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Representation {
    length: u64,
    content_type: Cow<'static, str>,
    validators: Validators,
}

impl Representation {
    /// A representation of `length` bytes. The type is needed by the parts of a body with several
    /// ranges; it may be empty. One that is read from elsewhere is passed as a `String`.
    ///
    /// # Panics
    ///
    /// The type has a line break.
    ///
    /// ```
    /// use wsgi_files::{Representation, Validators};
    ///
    /// fn upload(length: u64, content_type: &str) -> Representation {
    ///     Representation::new(length, content_type.to_owned(), Validators::new())
    /// }
    /// assert_eq!(upload(8, "image/png").content_type(), "image/png");
    /// ```
    #[must_use]
    #[track_caller]
    pub fn new(
        length: u64,
        content_type: impl Into<Cow<'static, str>>,
        validators: Validators,
    ) -> Self {
        let content_type = content_type.into();
        let is_line_break = |byte| matches!(byte, b'\r' | b'\n');
        assert!(
            !content_type.bytes().any(is_line_break),
            "the type {content_type:?} has a line break"
        );
        Self {
            length,
            content_type,
            validators,
        }
    }

    /// The length in bytes.
    #[must_use]
    pub const fn length(&self) -> u64 {
        self.length
    }

    /// The media type.
    #[must_use]
    pub fn content_type(&self) -> &str {
        &self.content_type
    }

    /// The validators, whose fields belong in every answer but 412 and 416.
    #[must_use]
    pub const fn validators(&self) -> &Validators {
        &self.validators
    }

    /// The answer to a `GET` or `HEAD` request: conditions first, then ranges (RFC 9110, section
    /// 13.2.2). `range` is the value of the field `Range`, and `now` the time of the response.
    ///
    /// Ranges count with `GET` alone (section 14.2). An answer to `HEAD` has the fields of the one
    /// to `GET`, without a range.
    pub fn answer<V: AsRef<[u8]> + ?Sized>(
        &self,
        method: &str,
        conditions: &Conditions<'_>,
        range: Option<&V>,
        now: SystemTime,
    ) -> Answer {
        match conditions.evaluate(method, Some(&self.validators)) {
            Verdict::Perform => {}
            Verdict::NotModified => return Answer::NotModified,
            Verdict::Failed => return Answer::PreconditionFailed,
        }
        let set = range
            .filter(|_| method == "GET" && conditions.allow_range(&self.validators, now))
            .and_then(RangeSet::parse);
        match set.map_or(Selection::Whole, |set| set.select(self.length)) {
            Selection::Whole => Answer::Whole,
            Selection::Unsatisfiable => Answer::RangeNotSatisfiable,
            Selection::Ranges(ranges) => match <[_; 1]>::try_from(ranges) {
                Ok([range]) => Answer::Range(range),
                Err(ranges) => self.several(ranges),
            },
        }
    }

    /// Several ranges, unless the whole is shorter.
    fn several(&self, ranges: Vec<Range<u64>>) -> Answer {
        let boundary = Boundary::random();
        let multipart = Multipart::new(ranges, self.length, &self.content_type, boundary);
        match multipart.content_length() < self.length {
            true => Answer::Ranges(multipart),
            false => Answer::Whole,
        }
    }
}
