//! The field `Server-Timing`: which metrics it has, and which times.

#![cfg(feature = "server-timing")]

use std::{io::Write, thread, time::Duration};

use wsgi_application::{Application, Status, application};
use wsgi_middleware::{ServerTiming, Timings};
use wsgi_testing::{Request, Response};

/// The metrics of a response, with their milliseconds.
fn metrics(response: &Response) -> Vec<(String, f64)> {
    let fields = response.headers().get_all("Server-Timing");
    let fields: Vec<_> = fields.map(|field| field.to_string()).collect();
    let metrics = fields.iter().flat_map(|field| field.split(", "));
    let parsed = metrics.map(|metric| {
        let (name, time) = metric.split_once(";dur=").expect("a metric with a time");
        (name.to_owned(), time.parse().expect("a number"))
    });
    parsed.collect()
}

fn call(app: impl Application) -> Vec<(String, f64)> {
    let response = Request::get("/").call(&ServerTiming::new(app));
    assert_eq!(response.status().code(), 200, "{}", response.errors());
    metrics(&response)
}

#[test]
fn the_total_includes_every_part() {
    let pause = Duration::from_millis(20);
    let found = call(application(move |environ, start_response| {
        let timings = Timings::of(environ);
        for _ in 0..2 {
            timings.measure("db", || thread::sleep(pause));
        }
        timings.measure("render", || ());
        start_response.start(Status::OK, ())?;
        Ok("".into())
    }));
    let [(total, all), (db, slept), (render, _)] = &found[..] else {
        panic!("{found:?}");
    };
    assert_eq!([total, db, render], ["total", "db", "render"]);
    assert!(*slept >= 40.0 && all >= slept, "{found:?}");
}

#[test]
fn written_responses_have_the_field_and_late_metrics_are_left_out() {
    let found = call(application(|environ, start_response| {
        let timings = Timings::of(environ);
        timings.add("early", Duration::from_micros(1500));
        let mut body = start_response.start(Status::OK, ())?;
        body.write_all(b"x")?;
        body.flush()?;
        timings.add("late", Duration::from_secs(1));
        Ok("".into())
    }));
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(found[1], ("early".to_owned(), 1.5));
}

#[test]
fn several_threads_add_to_one_metric() {
    let found = call(application(|environ, start_response| {
        let timings = Timings::of(environ);
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| timings.add("work", Duration::from_millis(3)));
            }
        });
        start_response.start(Status::OK, ())?;
        Ok("".into())
    }));
    assert_eq!(found[1], ("work".to_owned(), 24.0));
}

#[test]
fn a_field_of_the_application_stays() {
    let found = call(application(|_environ, start_response| {
        start_response.start(Status::OK, [("Server-Timing", "cache;dur=1")])?;
        Ok("".into())
    }));
    let names: Vec<_> = found.iter().map(|(name, _)| &**name).collect();
    assert_eq!(names, ["cache", "total"]);
}

#[test]
fn nothing_is_measured_without_the_middleware() {
    let app = application(|environ, start_response| {
        let text = Timings::of(environ).measure("db", || "tea");
        start_response.start(Status::OK, ())?;
        Ok(text.into())
    });
    let response = Request::get("/").call(&app);
    assert_eq!(response.text(), "tea");
    assert!(!response.headers().contains("Server-Timing"));
}

#[cfg(feature = "cascade")]
#[test]
fn each_call_of_a_cascade_has_its_own_metrics() {
    use wsgi_middleware::{Cascade, not_found};

    let first = application(|environ, start_response| {
        Timings::of(environ).add("first", Duration::from_millis(1));
        not_found(environ, start_response)
    });
    let second = application(|environ, start_response| {
        Timings::of(environ).add("second", Duration::from_millis(2));
        start_response.start(Status::OK, ())?;
        Ok("".into())
    });
    let site = Cascade::new().then(ServerTiming::new(first));
    let response = Request::get("/").call(&site.then(ServerTiming::new(second)));
    let names: Vec<_> = metrics(&response)
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(names, ["total", "second"]);
}

#[test]
#[should_panic(expected = "\"a b\" is not the name of a metric")]
fn a_name_is_a_token() {
    let environ = wsgi_application::Environ::new();
    Timings::of(&environ).measure("a b", || ());
}

#[test]
#[should_panic(expected = "\"total\" is the metric of the whole call")]
fn the_whole_call_has_one_metric() {
    let environ = wsgi_application::Environ::new();
    Timings::of(&environ).add("total", Duration::ZERO);
}
