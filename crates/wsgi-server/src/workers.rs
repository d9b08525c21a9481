//! The threads: they run the loops, drive connections and answer requests.
//!
//! # Words
//!
//! - A **loop** is one event queue with its connections. Its **core** belongs to the thread that
//!   runs it, its **owner**; everything else of it ([`EventLoop`]) may be used by every thread.
//! - A connection is **parked** in the core while it waits, **ready** when it can be driven, and
//!   **away** while a thread drives it.
//! - A **turn** is the time that a connection is driven before others are. It consists of
//!   **steps**, and each step belongs to the **phase** of the connection.
//! - A **call** is the time that a thread spends in code that is not the server's: the
//!   application, a hook, a write to the errors stream, a write of a large body to the disk. The
//!   owner **leaves** the loop before a call and **rejoins** it afterwards.
//! - A **spare** is a thread that can take a loop over, or the right to start one. It is
//!   **reserved** before a call and **summoned** when the call takes long. The thread that loses
//!   its loop is **detached**: it finishes its call and sends the connection back.
//! - A body is **live** if the application sends its chunks while no thread has the connection.
//!   Its senders **ring** for the connection, whose loop then drives it.
//! - A call is long if the monitor sees it twice. One that **computes** where calls share a lock
//!   (`calls_share_lock`) is long after 10 ms of that: a spare would only wait for the lock. One
//!   that waits there is also long if the call before it was seen to wait. One that waits for the
//!   lock itself, and tells of it ([`LockWait`]), is long after 10 ms, too.
//! - A loop is **slow** while many of its calls wait for something else than the lock and compute
//!   for less than 1 ms, or take long where calls share no lock. Then the spare is summoned before
//!   each call.
//! - A connection is **slow** if its last turns computed for long. Then it waits for those that are
//!   not, and only one that is slow is driven in a lap of the loop.
//! - A thread is **stuck** if its call goes on after the deadline of the request. The monitor has
//!   answered the client, or cut the connection, and frees a spare in its place, within a limit.
//!   The connection stays with the thread. Its socket is shut down, and closed when the call ends.
//! - A connection is **starved** if it needs a spare and none is free, and **crowded** if its body
//!   needs room and there is none. The request of a starved connection waits in a **line**, or is
//!   refused.
//! - A connection is **at rest** between two requests: the last one is answered, and nothing is
//!   left of what was read. It is **placed** at a loop when it is at rest for the first time. Later
//!   it moves only if its loop is **saturated**, that is, hardly ever waits, while another does.
//! - A server **retires** when another process accepts its clients: it takes no further one, and
//!   each connection ends with its next response. It **drains** when it ends: idle connections are
//!   closed, and requests are finished.
//!
//! # A loop changes hands
//!
//! ```text
//!            leave                       rejoin
//!  [owner] ----------> [owner in a call] ----------> [owner]
//!                         |
//!                         | the call takes long: the monitor summons the spare,
//!                         | which takes the core over
//!                         v
//!              [detached thread]  --- the connection, as a message --->  [the loop]
//!                         |                                                  ^
//!                         | its call has ended                               | runs it
//!                         v                                                  |
//!                  [waits as a spare]                              [the spare is its owner]
//! ```
//!
//! Nothing of a loop's state is ever on the stack of its owner, so the spare can go on from the
//! beginning of a [lap](worker). A loop calls an application only while a spare is reserved, so it
//! is never without a thread.
//!
//! # A connection is placed
//!
//! ```text
//!       a client                at rest for the first time,          a message
//!          |                    and another loop has fewer
//!          v                                                      (its events are
//!  [the loop that accepts it] ------------------------------->     told to no loop)
//!                                                                      |
//!                                                                      v
//!                                                               [the other loop]
//! ```
//!
//! A client that asks for one response is gone before another loop has woken, so it stays with the
//! loop that has accepted it, unless that has many more connections than another. A connection that
//! goes on is placed at the loop with the fewest. A handshake of TLS takes long, so the loop of its
//! client is chosen before it.
//!
//! A loop that hardly ever waits for events, while another waits half of the time, has been dealt
//! connections that make more work. The monitor [compares](balance) them every 15 ms or so, and
//! then some of those that are at rest while others are ready may go to the other loop. None moves
//! twice within a second, nor once the server retires or ends.
//!
//! # A connection's phases
//!
//! ```text
//!                 accepted ------> OPENING (the PROXY protocol)
//!                    |                |
//!                    +<---------------+ the header is complete
//!                    |
//!                    +-----------> HANDSHAKING (TLS)
//!                    |                |
//!                    v <--------------+ the handshake is over
//!                    |
//!                    |          a large body
//!   +----------> RECEIVING ---------------------> SPOOLING
//!   |                |                               |
//!   |                |  a request: call, or refuse   | the whole body
//!   |                v                               v
//!   |           (the response is in the thread's buffer)
//!   |                |                     |
//!   |                | the client takes    | the client is slow
//!   |                | all of it           v
//!   |                |                  SENDING
//!   |                v                     |
//!   |         (hooks to run?) <------------+
//!   |            |        |  yes, but no spare is free
//!   |         no |        v
//!   |            |    FINISHING
//!   |            v        |
//!   |      what is next? <+
//!   |            |
//!   +------------+--- the next request
//!   |            +--- DRAINING: the rest of a body, then the next request --+
//!   +-----------------------------------------------------------------------+
//!                +--- SPOOLING: the body of the next request, whose client was asked for it
//!                +--- BREAKING: the response is incomplete and has to show it --> closed
//!                +--- LINGERING: the server's side has ended -------------------> closed
//!                +--- cut ------------------------------------------------------> closed
//! ```
//!
//! | phase | event: the peer sends | event: the peer takes | the deadline passes |
//! |---|---|---|---|
//! | opening | read the header of a proxy | | close |
//! | handshaking | call the resolver, sign, encrypt | send on | close |
//! | receiving | take in, answer | | 408 for a part of a request, else close; 503 if starved |
//! | spooling | take in, then answer | | 408; 503 if there was no room, or if starved |
//! | sending | | send on | cut |
//! | sending a live body that waits | a hang-up: close | send what has come | has none |
//! | finishing | | | has none: runs as soon as a spare is free |
//! | draining | throw away | | close |
//! | breaking | | | break off |
//! | lingering | throw away | | look whether the client has everything, close |
//!
//! A connection has one owner at any time: the parking while it waits; the thread that drives it
//! during its turn, calls included; a message on its way from a detached thread to the loop, or
//! from one loop to another.
//! Opening, handshaking, receiving, spooling and finishing may write to the log, or call the
//! application, its resolver of certificates or hooks, so they need a spare. So does sending a live
//! body that has filters, or that has failed, and a file on a disk that may hang.
//!
//! # Tests
//!
//! `tests/` drives whole servers through sockets, a file for each subject. The stress program
//! (`cargo xtask stress`) draws random applications, clients and ends. Unit tests here are about
//! hand-overs that a socket cannot time.
//!
//! [`EventLoop`]: crate::loops::event_loop::EventLoop
//! [`LockWait`]: crate::LockWait

mod balance;
mod call_time;
mod computing;
pub(crate) mod driver;
pub(crate) mod flow;
pub(crate) mod kit;
pub(crate) mod monitor;
mod overdue;
pub(crate) mod steps;
pub(crate) mod tenure;
pub(crate) mod threads;
pub(crate) mod turn;
pub(crate) mod turn_away;
mod vigilance;
pub(crate) mod worker;
