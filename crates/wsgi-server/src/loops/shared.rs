//! What all threads of a running server share.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering::*},
    },
};

use wsgi_environ::{Base, Errors};
use wsgi_gateway::Engine;

use crate::{
    loops::{crew::Crew, doze::Doze, event_loop::Loop, places::Places, pressure::Pressure},
    options::Options,
    protocol::Protocol,
    requests::room::Room,
    site::Site,
};

/// A server's settings, and the application it serves.
pub(crate) struct Config {
    pub(crate) options: Arc<Options>,
    pub(crate) engine: Engine,
    /// What the environs of requests in HTTP have in common.
    pub(crate) base: Arc<Base>,
    /// And of those that come from a front server, which knows the scheme.
    pub(crate) gateway_base: Arc<Base>,
    /// Where a front server has put the application.
    pub(crate) script_name: Option<String>,
    pub(crate) errors: Errors,
    pub(crate) software: String,
    pub(crate) site: Site,
}

impl Config {
    #[inline]
    pub(crate) fn base(&self, protocol: Protocol) -> &Arc<Base> {
        if protocol.is_gateway() {
            &self.gateway_base
        } else {
            &self.base
        }
    }
}

/// A running server.
pub(crate) struct Shared {
    pub(crate) config: Arc<Config>,
    pub(crate) loops: Vec<Loop>,
    pub(crate) crew: Crew,
    pub(crate) doze: Doze,
    pub(crate) room: Arc<Room>,
    pub(crate) places: Places,
    pub(crate) pressure: Pressure,
    stage: AtomicU8,
    /// Whether a thread panicked in the server's own code.
    pub(crate) failed: AtomicBool,
    /// Loops that have yet to end.
    pub(crate) running: AtomicUsize,
}

/// How far a server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Stage {
    Serving,
    /// Who waits is accepted, and all that has arrived is answered.
    Draining,
    /// All connections are cut.
    Cutting,
}

impl Shared {
    pub(crate) fn new(config: Arc<Config>, loops: Vec<Loop>) -> Self {
        let options = &config.options;
        let crew = Crew::new(loops.len(), options.max_threads);
        let places = Places::new(options.max_connections);
        let wakers = loops.iter().map(Loop::waker).collect();
        let room = Room::new(options.spool_limit(), options.spool_writers(), wakers);
        Shared {
            config,
            crew,
            room: Arc::new(room),
            doze: Doze::default(),
            places,
            pressure: Pressure::new(),
            stage: AtomicU8::new(Stage::Serving as u8),
            failed: AtomicBool::new(false),
            running: AtomicUsize::new(loops.len()),
            loops,
        }
    }

    pub(crate) fn stage(&self) -> Stage {
        match self.stage.load(SeqCst) {
            0 => Stage::Serving,
            1 => Stage::Draining,
            _ => Stage::Cutting,
        }
    }

    /// Whether nobody has told it to end.
    #[inline]
    pub(crate) fn is_serving(&self) -> bool {
        self.stage() == Stage::Serving
    }

    /// Goes on to `stage`, and has every loop notice.
    pub(crate) fn advance(&self, stage: Stage) {
        self.stage.fetch_max(stage as u8, SeqCst);
        self.wake();
        self.doze.wake();
    }

    /// Has every loop look around.
    pub(crate) fn wake(&self) {
        self.loops.iter().for_each(Loop::wake);
    }

    /// How many calls of the application are under way.
    pub(crate) fn calls(&self) -> usize {
        let calling = self.loops.iter().filter(|station| station.call().is_some());
        self.crew.away() + calling.count()
    }

    /// Reserves a spare thread for a loop, if there is one. Where there is none,
    /// loops that need theirs no more are asked for it.
    pub(crate) fn reserve_spare(&self) -> bool {
        match self.crew.reserve() {
            Ok(()) => true,
            Err(is_first) => {
                if is_first {
                    self.wake();
                }
                false
            }
        }
    }

    /// Notes that a thread which had lost its loop has finished its call.
    pub(crate) fn spare_comes_back(&self) {
        if self.crew.come_back() {
            self.wake();
        }
    }

    /// Gives a loop's spare back, for loops that wait for one.
    pub(crate) fn give_spare(&self) {
        if self.crew.give_back() {
            self.wake();
        }
    }

    /// Takes note that a loop has ended.
    pub(crate) fn loop_ended(&self) {
        self.running.fetch_sub(1, AcqRel);
        self.doze.wake();
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("stage", &self.stage())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use wsgi_application::{Environ, Result, StartResponse};

    use super::*;
    use crate::loops::core::Core;

    /// A server of this number of loops, which nobody runs and which listens to nobody.
    pub(crate) fn shared(loops: usize) -> Shared {
        let app = |_: &mut Environ, _: &mut StartResponse<'_>| Result::Ok(().into());
        let config = Config {
            options: Arc::new(Options::new()),
            engine: Engine::new(),
            base: Arc::new(Base::new()),
            gateway_base: Arc::new(Base::new()),
            script_name: None,
            errors: Errors::discard(),
            software: String::new(),
            site: Site::new(Arc::new(app), None, None),
        };
        let a_loop = |_| Loop::new(Core::new(&[]).unwrap()).unwrap();
        Shared::new(Arc::new(config), (0..loops).map(a_loop).collect())
    }
}
