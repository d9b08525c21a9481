//! The suite's applications as a program that a front server starts with a socket.

#![forbid(unsafe_code)]

fn main() -> std::io::Result<()> {
    wsgi::run(wsgi_tests::site())
}
