//! Answering requests that never reach the application.

use wsgi_environ::End;

use crate::{
    connections::{answer::Answer, connection::Connection, lingering::Expected, next::Next},
    counting::method::Method,
    guarded::guarded,
    loops::throttle::Untold,
    protocol::Protocol,
    requests::request::Request,
    responses::refusal::Refusal,
    workers::{driver::Driver, flow::Flow, steps::send},
};

/// Answers a request that never reaches the application, and ends the connection: the start of
/// the next one is unknown.
pub(super) fn request(
    driver: &mut Driver<'_>,
    connection: &mut Connection,
    request: Request<'_>,
    refusal: &Refusal,
) -> Flow {
    write(driver, connection, request, refusal);
    send::begin(
        driver,
        connection,
        Answer::whole(Next::Linger(Expected::Request)),
    )
}

/// Writes the answer to a request that is refused, and the line in the log if there is one.
pub(super) fn write(
    driver: &mut Driver<'_>,
    connection: &Connection,
    request: Request<'_>,
    refusal: &Refusal,
) {
    measure(driver, connection, request, refusal);
    log(driver, request.head.protocol(), refusal);
    refusal.write(&mut driver.kit.out, request, &driver.kit.clock);
}

/// Measures a request that is refused: from now until the client has the answer.
fn measure(
    driver: &mut Driver<'_>,
    connection: &Connection,
    request: Request<'_>,
    refusal: &Refusal,
) {
    if let Some(reason) = refusal.reason() {
        driver.recorder().request_refused(reason);
    }
    if refusal.is_abort() {
        return; // there is no request any more
    }
    let now = driver.now();
    let measures = &mut driver.kit.endings.measures;
    let method = request.head.refused_method(request.bytes);
    let method = || Method::of(method.unwrap_or_default());
    measures.begin(|| (method(), connection.is_secure));
    if let Some(request) = measures.take_present() {
        let place = request.ended(End::Complete, Some(refusal.status().code()));
        measures.await_end(place, now, None);
    }
}

/// Writes to the errors stream why a request of a front server never reached the application,
/// or what the server lacked for one of a client: somebody can mend that. The mistakes of
/// clients would fill the log, and so would the requests of an overload, which are counted. Of
/// bodies that the server lacks something for, it tells now and then: any client can send them.
pub(super) fn log(driver: &mut Driver<'_>, protocol: Protocol, refusal: &Refusal) {
    let is_logged = protocol.is_gateway() || refusal.is_ours();
    if !is_logged || refusal.is_abort() || refusal.is_counted() || !driver.tenure.reserve() {
        return;
    }
    let shared = driver.shared();
    let throttle = match refusal {
        Refusal::Crowded => Some(&shared.throttles.bodies_without_room),
        Refusal::Storage { .. } => Some(&shared.throttles.unkept_bodies),
        _ => None,
    };
    let now = driver.now();
    let Some(untold) = throttle.map_or(Some(Untold::default()), |throttle| throttle.note(now))
    else {
        return;
    };
    let errors = &shared.config.errors;
    let print = || errors.print(format_args!("{protocol}: {}{untold}", refusal.for_log()));
    driver.run_foreign(|_| guarded(print));
}
