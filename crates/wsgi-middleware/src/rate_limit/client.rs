//! The address of a client, as a key.

use std::net::{IpAddr, Ipv6Addr};

use wsgi_application::Environ;

/// The network of a client: an IPv4 address as mapped to IPv6, or the first bits of an IPv6
/// address. `None` if the request has no IP address.
pub(crate) fn network(environ: &Environ, ipv6_prefix: u8) -> Option<Ipv6Addr> {
    let address = environ.get("REMOTE_ADDR")?.to_str().ok()?;
    // A link-local address can have a zone (RFC 4007 section 11), which is not part of it.
    let (address, _zone) = address.split_once('%').unwrap_or((address, ""));
    match address.parse::<IpAddr>().ok()?.to_canonical() {
        IpAddr::V4(address) => Some(address.to_ipv6_mapped()),
        IpAddr::V6(address) => Some(Ipv6Addr::from_bits(address.to_bits() & mask(ipv6_prefix))),
    }
}

/// The mask with this number of leading ones, at most 128.
fn mask(bits: u8) -> u128 {
    !u128::MAX.checked_shr(bits.into()).unwrap_or(0)
}
