//! Single crates of the family in actix-web.
//!
//! Each file of the tests is an example, which a README shows, and the test of it.
