//! Single crates, which are compiled but not used.
