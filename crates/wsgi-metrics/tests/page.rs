//! The text of a page, as a strict reader of the format sees it.

use std::{panic, time::Duration};

use proptest::prelude::*;
use wsgi_exposition::Exposition;
use wsgi_metrics::{DurationHistogram, Durations, Kind, Page, Source};

fn read(page: &Page) -> Exposition {
    let text = page.to_string();
    Exposition::read(&text).unwrap_or_else(|problem| panic!("{problem} in:\n{text}"))
}

#[test]
fn an_empty_page_has_no_line() {
    let mut page = Page::new();
    assert_eq!(page.to_string(), "");
    page.family("a", Kind::Gauge, "No samples.");
    page.family("b", Kind::Histogram, "No samples.");
    assert_eq!(page.to_string(), "");
}

#[test]
fn samples_of_several_sources_are_together() {
    let source = |name: &'static str| {
        move |page: &mut Page| {
            let mut family = page.family("a_total", Kind::Counter, "Whatever.");
            family.sample(&[("source", name)], 1u64);
            page.family("b", Kind::Gauge, "Another.")
                .sample(&[("source", name)], -1i64);
        }
    };
    let mut page = Page::of(&source("x"));
    source("y").write_to(&mut page);
    assert_eq!(
        page.to_string(),
        "# HELP a_total Whatever.\n# TYPE a_total counter\n\
         a_total{source=\"x\"} 1\na_total{source=\"y\"} 1\n\
         # HELP b Another.\n# TYPE b gauge\n\
         b{source=\"x\"} -1\nb{source=\"y\"} -1\n"
    );
    let page = read(&page);
    assert_eq!(page.value("a_total", &[("source", "y")]), Some(1.0));
}

#[test]
fn a_histogram_has_its_buckets_its_sum_and_its_count() {
    let histogram = DurationHistogram::new();
    for milliseconds in [1, 5, 6, 9_999, 10_001] {
        histogram.record(Duration::from_millis(milliseconds));
    }
    let mut page = Page::new();
    page.family("t_seconds", Kind::Histogram, "Time.")
        .histogram(&[("a", "b")], &histogram.durations())
        .histogram(&[("a", "c")], &Durations::new());
    let page = read(&page);
    let samples = &page.family("t_seconds").expect("a family").samples;
    let bounds = samples.iter().filter(|sample| sample.has("a", "b"));
    let bounds: Vec<_> = bounds
        .filter_map(|sample| sample.labels.get("le"))
        .collect();
    let expected = [
        "0.005", "0.01", "0.025", "0.05", "0.075", "0.1", "0.25", "0.5", "0.75", "1", "2.5", "5",
        "7.5", "10", "+Inf",
    ];
    assert_eq!(bounds, expected);
    for (le, count) in [("0.005", 2.0), ("0.01", 3.0), ("10", 4.0), ("+Inf", 5.0)] {
        let labels = [("a", "b"), ("le", le)];
        assert_eq!(page.value("t_seconds_bucket", &labels), Some(count), "{le}");
    }
    assert_eq!(page.value("t_seconds_count", &[("a", "b")]), Some(5.0));
    assert_eq!(page.value("t_seconds_sum", &[("a", "b")]), Some(20.012));
    assert_eq!(page.value("t_seconds_count", &[("a", "c")]), Some(0.0));
}

#[test]
fn what_the_format_does_not_allow_is_refused() {
    type Write = fn(&mut Page);
    let rows: [(&str, Write); 8] = [
        ("the name of a family", |page| {
            page.family("a b", Kind::Gauge, "Help.");
        }),
        ("no name", |page| {
            page.family("", Kind::Gauge, "Help.");
        }),
        ("another kind", |page| {
            page.family("a", Kind::Gauge, "Help.");
            page.family("a", Kind::Counter, "Help.");
        }),
        ("the name of a label", |page| {
            page.family("a", Kind::Gauge, "Help.")
                .sample(&[("b-c", "")], 1u64);
        }),
        ("a label of Prometheus", |page| {
            page.family("a", Kind::Gauge, "Help.")
                .sample(&[("__name__", "")], 1u64);
        }),
        ("the bound of a bucket", |page| {
            page.family("a", Kind::Histogram, "Help.")
                .histogram(&[("le", "1")], &Durations::new());
        }),
        ("a sample of a histogram", |page| {
            page.family("a", Kind::Histogram, "Help.").sample(&[], 1u64);
        }),
        ("a histogram of a gauge", |page| {
            page.family("a", Kind::Gauge, "Help.")
                .histogram(&[], &Durations::new());
        }),
    ];
    for (name, write) in rows {
        let result = panic::catch_unwind(|| write(&mut Page::new()));
        assert!(result.is_err(), "{name}");
    }
}

proptest! {
    #[test]
    fn any_text_comes_back_as_it_was(help in "(?s).{1,40}", value in "(?s).{0,40}") {
        let mut page = Page::new();
        let labels = [("a", &*value), ("b", "\\\"\n,}")];
        page.family("x", Kind::Gauge, &help).sample(&labels, 0.5);
        // A carriage return is nothing special, but not part of a line for the reader here.
        prop_assume!(!help.contains('\r') && !value.contains('\r'));
        let page = read(&page);
        prop_assert_eq!(&page.family("x").expect("a family").help, &help);
        prop_assert_eq!(page.value("x", &labels), Some(0.5));
    }
}
