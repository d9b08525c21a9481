//! Sums of the pages of several processes.

use std::time::Duration;

use proptest::prelude::*;
use wsgi_exposition::Exposition;
use wsgi_metrics::{DurationHistogram, Kind, Page, PageSum, Value};

/// The numbers of a process.
#[derive(Clone, Debug)]
struct Process {
    requests: Vec<(u8, u64)>,
    connections: i64,
    durations: Vec<u64>,
}

const HELP: &str = "Requests.\nOf \\ and \"all\".";

impl Process {
    fn page(&self) -> String {
        let mut page = Page::new();
        let mut requests = page.family("requests_total", Kind::Counter, HELP);
        for (index, count) in &self.requests {
            let path = format!("/a b}}\"\\\n{index}");
            requests.sample(&[("path", &path)], *count);
        }
        page.family("connections", Kind::Gauge, "Open.")
            .sample(&[], self.connections);
        let histogram = DurationHistogram::new();
        for milliseconds in &self.durations {
            histogram.record(Duration::from_millis(*milliseconds));
        }
        page.family("duration_seconds", Kind::Histogram, "Time.")
            .histogram(&[("method", "GET")], &histogram.durations());
        page.to_string()
    }
}

fn process() -> impl Strategy<Value = Process> {
    let requests = proptest::collection::btree_map(0..4u8, 0..1u64 << 60, 0..4);
    let durations = proptest::collection::vec(0..20_000u64, 0..8);
    (requests, -5..5i64, durations).prop_map(|(requests, connections, durations)| Process {
        requests: requests.into_iter().collect(),
        connections,
        durations,
    })
}

fn read(sum: &PageSum) -> Exposition {
    let text = Page::of(sum).to_string();
    Exposition::read(&text).unwrap_or_else(|problem| panic!("{problem} in:\n{text}"))
}

proptest! {
    #[test]
    fn a_sum_of_pages_is_the_page_of_the_sums(
        processes in proptest::collection::vec((process(), any::<bool>()), 1..5),
    ) {
        let mut sum = PageSum::new();
        for (process, has_ended) in &processes {
            match has_ended {
                true => sum.add_ended(&process.page()).unwrap(),
                false => sum.add(&process.page()).unwrap(),
            }
        }
        let page = read(&sum);
        for index in 0..4u8 {
            let path = format!("/a b}}\"\\\n{index}");
            let found = processes.iter().flat_map(|(process, _)| &process.requests);
            let counts: Vec<u64> = found.filter(|one| one.0 == index).map(|one| one.1).collect();
            let total: u64 = counts.iter().sum();
            let expected = (!counts.is_empty()).then_some(total as f64);
            prop_assert_eq!(page.value("requests_total", &[("path", &path)]), expected);
        }
        let living = processes.iter().filter(|(_, has_ended)| !has_ended);
        let connections: i64 = living.map(|(process, _)| process.connections).sum();
        prop_assert_eq!(page.sum("connections", &[]), connections as f64);
        let durations: Vec<u64> =
            processes.iter().flat_map(|(process, _)| process.durations.clone()).collect();
        let count = page.sum("duration_seconds_count", &[]);
        prop_assert_eq!(count, durations.len() as f64);
        let seconds = durations.iter().sum::<u64>() as f64 / 1_000.0;
        prop_assert!((page.sum("duration_seconds_sum", &[]) - seconds).abs() < 1e-6);
    }

    #[test]
    fn no_text_is_added_in_part(text in "(# (HELP|TYPE) |a_total|counter|gauge|\\{| |1|\n){0,20}") {
        let mut sum = PageSum::new();
        if sum.add(&text).is_err() {
            prop_assert_eq!(Page::of(&sum).to_string(), "");
        }
    }
}

#[test]
fn whole_numbers_stay_exact() {
    let page = |count: u64| {
        let mut page = Page::new();
        page.family("a_total", Kind::Counter, "")
            .sample(&[], count)
            .sample(&[("b", "")], Value::Float(0.5));
        page.to_string()
    };
    let mut sum = PageSum::new();
    sum.add(&page((1 << 60) + 1)).unwrap();
    sum.add(&page((1 << 60) + 2)).unwrap();
    let text = Page::of(&sum).to_string();
    assert!(text.contains("\na_total 2305843009213693955\n"), "{text}");
    assert!(text.contains("\na_total{b=\"\"} 1\n"), "{text}");
}

#[test]
fn a_text_that_is_no_page_is_refused() {
    let a = "# HELP a A.\n# TYPE a counter\n";
    for (text, line) in [
        ("a 1\n", "a 1"),
        ("# HELP a\n", "# HELP a"),
        ("# HELP 9 A.\n", "# HELP 9 A."),
        ("# TYPE a counter\n", "# TYPE a counter"),
        (&format!("{a}{a}"), "# HELP a A."),
        (&format!("{a}a 1\n# TYPE a counter\n"), "# TYPE a counter"),
        ("# HELP a A.\n# TYPE a summary\n", "# TYPE a summary"),
        (&format!("{a}b 1\n"), "b 1"),
        (&format!("{a}a_count 1\n"), "a_count 1"),
        (&format!("{a}a one\n"), "a one"),
        (&format!("{a}a 3 1700000000000\n"), "a 3 1700000000000"),
        (&format!("{a}a{{x=\"y\"}} 3 17\n"), "a{x=\"y\"} 3 17"),
        (&format!("{a}a{{x=\"y\" 3\n"), "a{x=\"y\" 3"),
        (&format!("{a}a{{x=\"y\"\n"), "a{x=\"y\""),
        (&format!("{a}a\n"), "a"),
        (&format!("{a}\n"), ""),
    ] {
        let error = PageSum::new().add(text).unwrap_err();
        let expected = format!("{line:?} is not a line of a page that can be added");
        assert_eq!(error.to_string(), expected);
    }
    let mut sum = PageSum::new();
    sum.add(&format!("{a}a 1\n")).unwrap();
    let gauge = "# HELP b B.\n# TYPE b gauge\nb 1\n# HELP a A.\n# TYPE a gauge\na 1\n";
    assert!(sum.add(gauge).is_err());
    assert_eq!(Page::of(&sum).to_string(), format!("{a}a 1\n"));
}
