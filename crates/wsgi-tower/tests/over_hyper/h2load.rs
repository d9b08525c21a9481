//! h2load: many streams of HTTP/2 on few connections.

use std::{
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use wsgi_application::{Status, application};
use wsgi_tower::{ApplicationService, Pool};

use crate::serving::Serving;

#[test]
fn every_stream_is_answered_on_few_threads() {
    const THREADS: usize = 4;
    let running = Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)]);
    let app = {
        let running = Arc::clone(&running);
        application(move |_environ, start_response| {
            let now = running[0].fetch_add(1, Ordering::SeqCst) + 1;
            running[1].fetch_max(now, Ordering::SeqCst);
            start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
            running[0].fetch_sub(1, Ordering::SeqCst);
            Ok("Hello world!\n".into())
        })
    };
    let pool = Pool::new(THREADS);
    let serving = Serving::start(ApplicationService::builder(app).pool(&pool).build());
    let mut command = Command::new("h2load");
    let load = ["-n", "2000", "-c", "4", "-m", "50", "-T", "60", "-N", "60"];
    let output = command.args(load).arg(serving.url("/")).output().unwrap();
    let report = String::from_utf8(output.stdout).unwrap();
    assert!(
        report.contains("2000 succeeded, 0 failed, 0 errored, 0 timeout"),
        "{report}"
    );
    assert!(running[1].load(Ordering::SeqCst) <= THREADS);
}
