//! `/events`: a clock that goes on in the page, and the number of visitors who look at it by way of
//! the same process.

use std::{
    ops::RangeInclusive,
    process,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use wsgi::{
    Request, Response, Result,
    adaptor::Event,
    application::{Chunk, Sender},
};

use super::page::Shown;

/// The number of bytes that may wait for a visitor. Who is slower is cut, connects again and gets
/// what is missing.
const LIMIT: usize = 64 * 1024;

/// The number of seconds that a visitor who was away can catch up with.
const KEPT: u64 = 600;

/// The number of seconds by which the system may correct its clock and the seconds wait for it.
const MAX_STEP_BACK: u64 = 2;

/// A clock with visitors. Each second is an event, and its id is the Unix time, so that a browser
/// can go on at another process where it was.
#[derive(Clone, Default)]
pub(super) struct Clock(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    visitors: Vec<Sender>,
    /// The last second that was sent.
    last: u64,
    /// Whether a thread sends the seconds. It ends with the last visitor.
    is_running: bool,
}

impl Clock {
    /// Shows the page, or sends its events.
    pub(super) fn show(&self, request: &Request<'_>) -> Result<Response> {
        let accept = request.header("Accept").unwrap_or_default();
        if !accept.to_string_lossy().contains("text/event-stream") {
            let content = format!(include_str!("events.html"), nonce = request.csp_nonce()?);
            let shown = Shown {
                title: "The time",
                html: &content,
                text: "Accept text/event-stream, and you get the time each second.\n",
            };
            return Ok(shown.answer(request, None));
        }
        let (sender, response) = Response::events(LIMIT);
        let seen = request.last_event_id();
        let seen = seen.and_then(|id| id.to_str().ok()?.parse().ok());
        self.admit(sender, seen)?;
        Ok(response.with_header("Vary", "Accept"))
    }

    /// Sends the seconds that a visitor has missed, or the present one, and keeps them up to date.
    fn admit(&self, visitor: Sender, seen: Option<u64>) -> Result<()> {
        let mut state = self.state();
        if !state.is_running {
            state.last = now();
            let clock = self.clone();
            let run = move || clock.run();
            thread::Builder::new().name("clock".into()).spawn(run)?;
            state.is_running = true;
        }
        let last = state.last;
        let first = match seen {
            Some(seen) if seen <= last => (seen + 1).max(last.saturating_sub(KEPT)),
            _ => last,
        };
        let visitors = state.visitors.len() + 1;
        visitor.send(Event::comment("").with_retry(Duration::from_secs(1)))?;
        for second in first..=last {
            visitor.send(tick(second, visitors)?)?;
        }
        state.visitors.push(visitor);
        Ok(())
    }

    /// Sends each second to all visitors, as long as there are any.
    fn run(&self) {
        loop {
            thread::sleep(until_next_second());
            let mut state = self.state();
            let now = now();
            for second in due(state.last, now) {
                state.send(second);
                state.last = second;
            }
            state.visitors.retain(|visitor| !visitor.is_closed());
            if state.visitors.is_empty() {
                state.is_running = false;
                return;
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Sends a second to all visitors. Lets go of those who are gone or too slow, and of all when
    /// the server ends: they connect again, to the server that takes over.
    fn send(&mut self, second: u64) {
        let Ok(event) = tick(second, self.visitors.len()) else {
            return;
        };
        let chunk = Chunk::from(event).into_shared();
        self.visitors
            .retain(|visitor| visitor.try_send(chunk.clone()).is_ok() && !visitor.is_draining());
    }
}

/// The seconds to send after the `last` one. If the system's clock is set, they go on from the new
/// time. If it is set back only a little, none is sent until it has passed the last one again.
fn due(last: u64, now: u64) -> RangeInclusive<u64> {
    match now + MAX_STEP_BACK < last {
        true => now..=now,
        false => (last + 1).max(now.saturating_sub(KEPT))..=now,
    }
}

/// The event of a second.
fn tick(second: u64, visitors: usize) -> Result<Event> {
    let (hours, minutes, seconds) = (second / 3600 % 24, second / 60 % 60, second % 60);
    let time = format!("{hours:02}:{minutes:02}:{seconds:02}");
    // The number is that of this process, so the page names it.
    let process = process::id();
    let data = format!(r#"{{"time":"{time}","visitors":{visitors},"process":{process}}}"#);
    Ok(Event::data(data).with_name("tick")?.with_id(second)?)
}

fn since_epoch() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

fn now() -> u64 {
    since_epoch().as_secs()
}

fn until_next_second() -> Duration {
    Duration::from_secs(1) - Duration::from_nanos(since_epoch().subsec_nanos().into())
}

/// The script of the page.
pub(super) fn script(_request: &Request<'_>) -> Response {
    Response::content("text/javascript; charset=utf-8", include_str!("events.js"))
        .with_header("Cache-Control", "max-age=3600")
}

#[cfg(test)]
mod tests {
    use wsgi::testing::Request;

    use super::*;
    use crate::demo::in_memory;

    /// The ids of the events that a visitor gets who goes away after this number of bytes.
    fn ids(seen: &str, bytes: u64) -> Vec<u64> {
        let request = Request::get("/events")
            .header("Accept", "text/event-stream")
            .header("Last-Event-ID", seen)
            .disconnect_after(bytes);
        let response = request.call(&in_memory());
        let field = |name| response.headers().get(name).unwrap().to_string();
        assert_eq!(field("Content-Type"), "text/event-stream");
        assert_eq!(field("Vary"), "Accept");
        let text = response.text();
        // The last line may have been cut off.
        let lines = text.split_inclusive('\n');
        let ids = lines.filter_map(|line| line.strip_prefix("id: ")?.strip_suffix('\n'));
        ids.map(|id| id.parse().unwrap()).collect()
    }

    #[track_caller]
    fn assert_gapless(ids: &[u64]) {
        assert!(ids.windows(2).all(|pair| pair[0] + 1 == pair[1]), "{ids:?}");
    }

    #[test]
    fn a_browser_gets_a_page_whose_script_exists() {
        let site = in_memory();
        let page = Request::get("/events")
            .header("Accept", "text/html")
            .call(&site);
        assert!(page.text().contains("<script src=\"events.js\" nonce=\""));
        let script = Request::get("/events.js").call(&site);
        let media_type = script.headers().get("Content-Type").unwrap();
        assert_eq!(media_type, "text/javascript; charset=utf-8");
    }

    #[test]
    fn a_new_visitor_gets_the_present_second_and_those_that_follow() {
        let before = now();
        let ids = ids("", 220);
        assert!(
            ids.len() >= 2 && ids[0] >= before && ids[0] <= now(),
            "{ids:?}"
        );
        assert_gapless(&ids);
    }

    #[test]
    fn a_visitor_who_comes_back_misses_no_second() {
        let seen = now() - 5;
        let some = ids(&seen.to_string(), 450);
        assert_eq!(some[0], seen + 1);
        assert_gapless(&some);
        // What was too long ago is left out.
        let last = ids("7", 40_000);
        assert!(last.len() > 400, "{}", last.len());
        assert_gapless(&last);
    }

    #[test]
    fn an_id_that_was_never_sent_is_ignored() {
        for seen in ["18446744073709551615", "-1", "x"] {
            let ids = ids(seen, 110);
            assert!(ids[0] + 2 >= now() && ids[0] <= now(), "{seen}: {ids:?}");
        }
    }

    #[test]
    fn the_clock_goes_on_when_the_system_s_clock_is_set_back() {
        let last = 1_000_000;
        let none = last + 1..=last;
        for (now, seconds) in [
            (last + 2, last + 1..=last + 2),
            (last + 2 * KEPT, last + KEPT..=last + 2 * KEPT),
            (last, none.clone()),
            // The system may correct its clock by little.
            (last - 1, none.clone()),
            (last - MAX_STEP_BACK, none),
            (last - 3600, last - 3600..=last - 3600),
        ] {
            assert_eq!(
                due(last, now).collect::<Vec<_>>(),
                seconds.collect::<Vec<_>>()
            );
        }
    }

    #[test]
    fn the_thread_of_the_clock_ends_with_its_last_visitor() -> std::io::Result<()> {
        let clock = Clock::default();
        let (sender, body) = wsgi::Body::channel(LIMIT);
        clock.admit(sender, None).map_err(wsgi::Error::into_io)?;
        assert!(clock.state().is_running);
        drop(body);
        let end = std::time::Instant::now() + Duration::from_secs(20);
        while clock.state().is_running {
            assert!(std::time::Instant::now() < end);
            thread::sleep(Duration::from_millis(10));
        }
        assert_eq!(Arc::strong_count(&clock.0), 1);
        Ok(())
    }
}
