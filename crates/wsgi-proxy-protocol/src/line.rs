//! The header of version 1: a line of text (section 2.1).

use std::{
    net::{IpAddr, SocketAddrV4},
    str::FromStr,
};

use crate::{
    addresses::{Addresses, socket_v6},
    header::{Header, Transport, Version},
    limits::{Limits, MAX_LINE_BYTES},
    rejection::Rejection,
    tlv::Tlvs,
};

/// The bytes that every line begins with.
pub(crate) const SIGNATURE: [u8; 6] = *b"PROXY ";

/// The protocol of a line whose other words are ignored.
pub(crate) const UNKNOWN: &[u8] = b"UNKNOWN";

/// Parses a line, which begins with the signature.
pub(crate) fn parse<'a>(
    bytes: &'a [u8],
    _limits: &Limits,
) -> Result<Option<Header<'a>>, Rejection> {
    let Some(length) = length(bytes)? else {
        return Ok(None);
    };
    let line = &bytes[SIGNATURE.len()..length - LINE_END.len()];
    let relayed = match unknown(line) {
        true => None,
        false => Some((Transport::Stream, addresses(line)?)),
    };
    Ok(Some(Header {
        version: Version::V1,
        is_local: false,
        relayed,
        tlvs: Tlvs::default(),
        length,
    }))
}

const LINE_END: &[u8] = b"\r\n";

/// The length of the line with its end. `None` if the end has not come yet.
fn length(bytes: &[u8]) -> Result<Option<usize>, Rejection> {
    let bytes = &bytes[..bytes.len().min(MAX_LINE_BYTES)];
    if let Some(end) = bytes.windows(2).position(|pair| pair == LINE_END) {
        return Ok(Some(end + LINE_END.len()));
    }
    // A lone LF ends no line, and only `UNKNOWN` may be followed by one.
    let is_broken = bytes.contains(&b'\n') && !unknown(&bytes[SIGNATURE.len()..]);
    if is_broken || bytes.len() == MAX_LINE_BYTES {
        return Err(Rejection::Line);
    }
    Ok(None)
}

/// Whether the line has the protocol `UNKNOWN`. The rest of it is ignored.
fn unknown(line: &[u8]) -> bool {
    let rest = line.strip_prefix(UNKNOWN);
    rest.is_some_and(|rest| matches!(rest.first(), None | Some(b' ')))
}

/// The addresses of a line with another protocol.
fn addresses(line: &[u8]) -> Result<Addresses<'static>, Rejection> {
    let line = str::from_utf8(line).map_err(|_| Rejection::Line)?;
    if line.contains('\n') {
        return Err(Rejection::Line);
    }
    let mut words = line.split(' ');
    let mut word = || words.next().ok_or(Rejection::Line);
    let (protocol, source, destination) = (word()?, word()?, word()?);
    let (source_port, destination_port) = (word()?, word()?);
    if words.next().is_some() {
        return Err(Rejection::Line);
    }
    match protocol {
        "TCP4" => {
            let (source, destination) = (address(source)?, address(destination)?);
            Ok(Addresses::Inet {
                source: SocketAddrV4::new(source, port(source_port)?),
                destination: SocketAddrV4::new(destination, port(destination_port)?),
            })
        }
        "TCP6" => {
            let (source, destination) = (address(source)?, address(destination)?);
            Ok(Addresses::Inet6 {
                source: socket_v6(source, port(source_port)?),
                destination: socket_v6(destination, port(destination_port)?),
            })
        }
        _ => Err(Rejection::Line),
    }
}

/// An address of one family. The standard library takes neither leading zeros of IPv4 nor zones of
/// IPv6.
fn address<A: FromStr + Into<IpAddr>>(word: &str) -> Result<A, Rejection> {
    word.parse().map_err(|_| Rejection::Address)
}

fn port(word: &str) -> Result<u16, Rejection> {
    let is_plain = word.bytes().all(|byte| byte.is_ascii_digit());
    if !is_plain || (word.len() > 1 && word.starts_with('0')) {
        return Err(Rejection::Port);
    }
    word.parse().map_err(|_| Rejection::Port)
}
