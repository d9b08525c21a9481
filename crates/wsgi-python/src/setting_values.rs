//! The values of settings, as Python gives them.

use std::{path::PathBuf, time::Duration};

use pyo3::{
    exceptions::PyValueError,
    prelude::*,
    types::{PyMapping, PyString},
};

/// A number that is 0 or more.
pub(crate) fn number(value: &Bound<'_, PyAny>) -> PyResult<usize> {
    let problem = |_| PyValueError::new_err(format!("it is a number, 0 or more, not {value}"));
    value.extract().map_err(problem)
}

/// A number that is at least 1.
pub(crate) fn count(value: &Bound<'_, PyAny>) -> PyResult<usize> {
    match value.extract() {
        Ok(0) | Err(_) => {
            let problem = format!("it is a number, 1 or more, not {value}");
            Err(PyValueError::new_err(problem))
        }
        Ok(count) => Ok(count),
    }
}

/// A number in this range.
pub(crate) fn within(value: &Bound<'_, PyAny>, least: usize, most: usize) -> PyResult<usize> {
    let number = value.extract().ok();
    let number = number.filter(|number| (least..=most).contains(number));
    let problem = || format!("it is a number from {least} to {most}, not {value}");
    number.ok_or_else(|| PyValueError::new_err(problem()))
}

/// A time in seconds.
pub(crate) fn seconds(value: &Bound<'_, PyAny>) -> PyResult<Duration> {
    let seconds = value.extract().ok();
    let time = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let problem = || PyValueError::new_err(format!("it is a number of seconds, not {value}"));
    time.ok_or_else(problem)
}

/// A time in seconds after which something fails that takes time.
pub(crate) fn timeout(value: &Bound<'_, PyAny>) -> PyResult<Duration> {
    let problem = || format!("it is a number of seconds above 0, not {value}");
    let time = seconds(value).ok().filter(|time| !time.is_zero());
    time.ok_or_else(|| PyValueError::new_err(problem()))
}

/// One of these texts.
pub(crate) fn choice(value: &Bound<'_, PyAny>, choices: &[&str]) -> PyResult<String> {
    let given: String = value.extract()?;
    if choices.contains(&&*given) {
        return Ok(given);
    }
    let problem = format!("it is one of {}, not {given:?}", choices.join(", "));
    Err(PyValueError::new_err(problem))
}

/// A text, or several.
pub(crate) fn texts(value: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    match value.cast::<PyString>() {
        Ok(text) => Ok(vec![text.to_str()?.to_owned()]),
        Err(_) => value.extract(),
    }
}

/// A path, or several.
pub(crate) fn paths(value: &Bound<'_, PyAny>) -> PyResult<Vec<PathBuf>> {
    value
        .extract()
        .map(|path| vec![path])
        .or_else(|_| value.extract())
}

/// Pairs of texts, in a mapping such as a dictionary, or one after another.
pub(crate) fn pairs<'py, T>(value: &Bound<'py, PyAny>) -> PyResult<Vec<(String, T)>>
where
    T: for<'a> FromPyObject<'a, 'py>,
{
    match value.cast::<PyMapping>() {
        Ok(mapping) => mapping.items()?.extract(),
        Err(_) => value.extract(),
    }
}
