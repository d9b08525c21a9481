//! Writing headers to the end of a buffer, for proxies, clients and tests.
//!
//! Send a header at once, before anything else on the connection.
//!
//! ```
//! use wsgi_proxy_protocol::{Addresses, encode};
//!
//! let addresses = Addresses::between("192.0.2.7:56324".parse()?, "203.0.113.1:443".parse()?);
//! let mut out = Vec::new();
//! encode::v1(&mut out, Some(addresses));
//! assert_eq!(out, b"PROXY TCP4 192.0.2.7 203.0.113.1 56324 443\r\n");
//!
//! out.clear();
//! encode::v2(&mut out, Some(addresses), &[])?;
//! assert_eq!(out.len(), 28);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::{
    error, fmt,
    io::Write,
    net::{IpAddr, SocketAddr},
};

use crate::{
    addresses::Addresses,
    binary::{self, INET, INET6, LOCAL, PROXY, STREAM, UNIX, UNIX_BYTES, UNSPEC},
    checksum::{CHECKSUM_BYTES, crc32c},
    line,
    tlv::{Tlv, TlvType},
};

/// Writes a header of version 1. Without addresses, or with those of Unix sockets, which version 1
/// does not have, it is `UNKNOWN`.
///
/// ```
/// use wsgi_proxy_protocol::encode;
///
/// let mut out = Vec::new();
/// encode::v1(&mut out, None);
/// assert_eq!(out, b"PROXY UNKNOWN\r\n");
/// ```
pub fn v1(out: &mut Vec<u8>, addresses: Option<Addresses<'_>>) {
    out.extend_from_slice(&line::SIGNATURE);
    let ends = addresses.and_then(|addresses| addresses.source().zip(addresses.destination()));
    if let Some((source, destination)) = ends {
        let protocol = if source.is_ipv4() { "TCP4" } else { "TCP6" };
        let (from, to) = (source.ip(), destination.ip());
        let (from_port, to_port) = (source.port(), destination.port());
        // Writing to a `Vec` does not fail.
        let _ = write!(out, "{protocol} {from} {to} {from_port} {to_port}");
    } else {
        out.extend_from_slice(line::UNKNOWN);
    }
    out.extend_from_slice(b"\r\n");
}

/// Writes a header of version 2 for a client's stream. Without addresses, they are unspecified.
///
/// # Errors
///
/// The header, a value, or the path of a Unix socket is too long. Then nothing is written.
///
/// ```
/// use wsgi_proxy_protocol::encode;
///
/// let mut out = Vec::new();
/// encode::v2(&mut out, None, &[])?;
/// assert_eq!(out, b"\r\n\r\n\0\r\nQUIT\n\x21\x00\0\0");
/// # Ok::<(), wsgi_proxy_protocol::encode::TooLong>(())
/// ```
pub fn v2(
    out: &mut Vec<u8>,
    addresses: Option<Addresses<'_>>,
    tlvs: &[Tlv<'_>],
) -> Result<(), TooLong> {
    whole(out, |out| {
        let family = match addresses {
            None => UNSPEC,
            Some(Addresses::Inet { .. }) => INET | STREAM,
            Some(Addresses::Inet6 { .. }) => INET6 | STREAM,
            Some(Addresses::Unix { .. }) => UNIX | STREAM,
        };
        let start = begin(out, PROXY, family);
        if let Some(addresses) = addresses {
            write_addresses(out, addresses)?;
        }
        write_tlvs(out, tlvs)?;
        finish(out, start)
    })
}

/// Writes a header of version 2 with a checksum, as [`TlvType::CRC32C`] after `tlvs`.
///
/// ```
/// use wsgi_proxy_protocol::{Addresses, Header, Limits, Rejection, encode};
///
/// let addresses = Addresses::between("192.0.2.7:1".parse()?, "203.0.113.1:443".parse()?);
/// let mut out = Vec::new();
/// encode::v2_with_checksum(&mut out, Some(addresses), &[])?;
/// assert!(Header::parse(&out, &Limits::new()).is_ok());
/// out[16] ^= 1; // a bit of the client's address
/// assert_eq!(Header::parse(&out, &Limits::new()), Err(Rejection::Checksum));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// Those of [`v2`].
pub fn v2_with_checksum(
    out: &mut Vec<u8>,
    addresses: Option<Addresses<'_>>,
    tlvs: &[Tlv<'_>],
) -> Result<(), TooLong> {
    let zeros = Tlv {
        kind: TlvType::CRC32C,
        value: &[0; CHECKSUM_BYTES],
    };
    whole(out, |out| {
        let start = out.len();
        v2(out, addresses, tlvs)?;
        write_tlvs(out, &[zeros])?;
        finish(out, start)?;
        let checksum = crc32c(&[&out[start..]]).to_be_bytes();
        let at = out.len() - CHECKSUM_BYTES;
        out[at..].copy_from_slice(&checksum);
        Ok(())
    })
}

/// Writes a header of version 2 for a proxy that speaks for itself, for example to check the health
/// of the server.
///
/// ```
/// use wsgi_proxy_protocol::{Header, Limits, Rejection, encode};
///
/// let mut out = Vec::new();
/// encode::v2_local(&mut out);
/// let header = Header::parse(&out, &Limits::new())?.expect("a complete header");
/// assert!(header.is_local() && header.addresses().is_none());
/// # Ok::<(), Rejection>(())
/// ```
pub fn v2_local(out: &mut Vec<u8>) {
    begin(out, LOCAL, UNSPEC);
}

/// Writes the value of [`TlvType::SSL`]. `client` has the flags of [`Ssl`](crate::Ssl). `verify` is
/// 0 if the client's certificate was verified. [`Ssl`](crate::Ssl) has an example.
///
/// # Errors
///
/// A value of `tlvs` is too long. Then nothing is written.
///
/// ```
/// use wsgi_proxy_protocol::{Ssl, encode};
///
/// let mut value = Vec::new();
/// encode::ssl(&mut value, Ssl::TLS, 1, &[])?;
/// assert_eq!(value, [1, 0, 0, 0, 1]);
/// # Ok::<(), wsgi_proxy_protocol::encode::TooLong>(())
/// ```
pub fn ssl(out: &mut Vec<u8>, client: u8, verify: u32, tlvs: &[Tlv<'_>]) -> Result<(), TooLong> {
    whole(out, |out| {
        out.push(client);
        out.extend_from_slice(&verify.to_be_bytes());
        write_tlvs(out, tlvs)
    })
}

/// A header, a value or a path is too long: the header after its first 16 bytes and each value have
/// at most 65,535 bytes, and the path of a Unix socket has at most 108.
///
/// ```
/// use wsgi_proxy_protocol::{Tlv, TlvType, encode};
///
/// let name = vec![b'a'; 70_000];
/// let authority = Tlv { kind: TlvType::AUTHORITY, value: &name };
/// let mut out = Vec::new();
/// assert_eq!(encode::v2(&mut out, None, &[authority]), Err(encode::TooLong));
/// assert!(out.is_empty());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("too long for a PROXY protocol header")
    }
}

impl error::Error for TooLong {}

/// Writes everything or, after an error, nothing.
fn whole(
    out: &mut Vec<u8>,
    write: impl FnOnce(&mut Vec<u8>) -> Result<(), TooLong>,
) -> Result<(), TooLong> {
    let start = out.len();
    write(out).inspect_err(|_| out.truncate(start))
}

/// Writes the part before the addresses. Returns where the header begins.
fn begin(out: &mut Vec<u8>, command: u8, family_and_transport: u8) -> usize {
    let start = out.len();
    out.extend_from_slice(&binary::SIGNATURE);
    out.extend_from_slice(&[binary::VERSION | command, family_and_transport, 0, 0]);
    start
}

/// Writes the length of the header that begins at `start` into it.
fn finish(out: &mut [u8], start: usize) -> Result<(), TooLong> {
    let length = out.len() - start - binary::PREFIX_BYTES;
    let length = u16::try_from(length).map_err(|_| TooLong)?;
    let at = start + binary::PREFIX_BYTES - 2;
    out[at..at + 2].copy_from_slice(&length.to_be_bytes());
    Ok(())
}

fn write_addresses(out: &mut Vec<u8>, addresses: Addresses<'_>) -> Result<(), TooLong> {
    match addresses {
        Addresses::Inet {
            source,
            destination,
        } => write_ends(out, source.into(), destination.into()),
        Addresses::Inet6 {
            source,
            destination,
        } => write_ends(out, source.into(), destination.into()),
        Addresses::Unix {
            source,
            destination,
        } => {
            for path in [source, destination] {
                let padding = UNIX_BYTES.checked_sub(path.len()).ok_or(TooLong)?;
                out.extend_from_slice(path);
                out.extend(std::iter::repeat_n(0, padding));
            }
        }
    }
    Ok(())
}

fn write_ends(out: &mut Vec<u8>, source: SocketAddr, destination: SocketAddr) {
    for address in [source, destination] {
        match address.ip() {
            IpAddr::V4(ip) => out.extend_from_slice(&ip.octets()),
            IpAddr::V6(ip) => out.extend_from_slice(&ip.octets()),
        }
    }
    for address in [source, destination] {
        out.extend_from_slice(&address.port().to_be_bytes());
    }
}

fn write_tlvs(out: &mut Vec<u8>, tlvs: &[Tlv<'_>]) -> Result<(), TooLong> {
    for Tlv { kind, value } in tlvs {
        let length = u16::try_from(value.len()).map_err(|_| TooLong)?;
        out.push(kind.0);
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(value);
    }
    Ok(())
}
