//! Headers of both versions: accepted and refused, whole and cut at every byte.

mod binary;
mod cut;
mod encode;
mod haproxy;
mod line;
mod tlvs;
