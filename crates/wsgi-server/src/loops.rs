//! Event loops: the state of each, and what they share.
//!
//! A loop consists of an [`EventLoop`](event_loop::EventLoop), which any thread may use, and
//! its [`Core`](core::Core), which belongs to the thread that runs the loop. The core holds the
//! event queue, the [`Reception`](reception::Reception), which accepts clients, and the
//! [`Parking`](parking::Parking), which keeps connections while no thread drives them. The
//! threads themselves are in [`workers`](crate::workers).

pub(crate) mod acceptor;
pub(crate) mod admission;
pub(crate) mod connection_limit;
pub(crate) mod core;
pub(crate) mod crowd;
pub(crate) mod doze;
pub(crate) mod event_loop;
pub(crate) mod horizon;
pub(crate) mod idle_connections;
mod listening;
pub(crate) mod lock_wait;
pub(crate) mod mailbox;
pub(crate) mod making_room;
pub(crate) mod message;
pub(crate) mod notice;
pub(crate) mod parking;
mod placement;
pub(crate) mod pressure;
#[cfg(any(feature = "notify", feature = "restart"))]
pub(crate) mod probe;
pub(crate) mod reason;
pub(crate) mod reception;
pub(crate) mod relief;
pub(crate) mod reports;
pub(crate) mod shared;
pub(crate) mod shortage;
pub(crate) mod slots;
pub(crate) mod spares;
pub(crate) mod stage;
pub(crate) mod throttle;
pub(crate) mod throttles;
pub(crate) mod timers;
mod vanishing;
