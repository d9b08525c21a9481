//! The header of version 2: binary (section 2.2).

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddrV4};

use crate::{
    addresses::{Addresses, socket_v6},
    checksum::{self, CHECKSUM_BYTES},
    header::{Header, Transport, Version},
    limits::Limits,
    rejection::Rejection,
    ssl::Ssl,
    tlv::{Tlv, TlvType, Tlvs},
};

/// The bytes that every binary header begins with.
pub(crate) const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";

/// The length of the part before the addresses.
pub(crate) const PREFIX_BYTES: usize = 16;

/// The version, in the upper half of the byte after the signature.
pub(crate) const VERSION: u8 = 0x20;

/// The commands, in the lower half of that byte.
pub(crate) const LOCAL: u8 = 0x0;
pub(crate) const PROXY: u8 = 0x1;

/// The address families, in the upper half of the next byte.
pub(crate) const UNSPEC: u8 = 0x00;
pub(crate) const INET: u8 = 0x10;
pub(crate) const INET6: u8 = 0x20;
pub(crate) const UNIX: u8 = 0x30;

/// The transport protocols, in the lower half of that byte.
pub(crate) const STREAM: u8 = 0x1;
const DATAGRAM: u8 = 0x2;

/// The length of the address of a Unix socket.
pub(crate) const UNIX_BYTES: usize = 108;

/// The longest value of [`TlvType::UNIQUE_ID`].
const MAX_UNIQUE_ID: usize = 128;

/// Parses a binary header, which begins with the signature.
pub(crate) fn parse<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Option<Header<'a>>, Rejection> {
    let rest = &bytes[SIGNATURE.len()..];
    let Some((&version_and_command, rest)) = rest.split_first() else {
        return Ok(None);
    };
    if version_and_command & 0xf0 != VERSION {
        return Err(Rejection::Version);
    }
    let is_local = match version_and_command & 0x0f {
        LOCAL => true,
        PROXY => false,
        _ => return Err(Rejection::Command),
    };
    let Some((&family_and_transport, rest)) = rest.split_first() else {
        return Ok(None);
    };
    let family = match is_local {
        // Everything about the addresses is ignored.
        true => None,
        false => Family::of(family_and_transport)?,
    };
    let Some((announced, rest)) = rest.split_first_chunk() else {
        return Ok(None);
    };
    let announced = usize::from(u16::from_be_bytes(*announced));
    let length = PREFIX_BYTES + announced;
    if length > limits.header {
        return Err(Rejection::TooLarge);
    }
    if family.is_some_and(|family| announced < family.bytes()) {
        return Err(Rejection::Addresses);
    }
    let Some(block) = rest.get(..announced) else {
        return Ok(None);
    };
    let (mut relayed, mut tlvs) = (None, Tlvs::default());
    if let Some(family) = family {
        let (addresses, rest) = family.split(block).ok_or(Rejection::Addresses)?;
        tlvs = valid_tlvs(rest).ok_or(Rejection::Tlv)?;
        relayed = Some((family.transport(), addresses));
    } else if !is_local && family_and_transport == UNSPEC {
        // Without addresses, TLVs come at once. Anything else is ignored.
        tlvs = valid_tlvs(block).unwrap_or_default();
    }
    checksum::verify(&bytes[..length], tlvs)?;
    Ok(Some(Header {
        version: Version::V2,
        is_local,
        relayed,
        tlvs,
        length,
    }))
}

/// The TLVs that fill these bytes, if their values are what their types allow.
fn valid_tlvs(bytes: &[u8]) -> Option<Tlvs<'_>> {
    Tlvs::parse(bytes).filter(|tlvs| tlvs.into_iter().all(is_valid))
}

/// Whether the value of a TLV is what its type allows.
fn is_valid(tlv: Tlv<'_>) -> bool {
    match tlv.kind {
        TlvType::CRC32C => tlv.value.len() == CHECKSUM_BYTES,
        TlvType::UNIQUE_ID => tlv.value.len() <= MAX_UNIQUE_ID,
        TlvType::SSL => Ssl::parse(tlv.value).is_some(),
        _ => true,
    }
}

/// A known address family, with its transport protocol.
#[derive(Clone, Copy)]
enum Family {
    Inet(Transport),
    Inet6(Transport),
    Unix(Transport),
}

impl Family {
    /// The family and transport of this byte. `None` if either is unspecified: then the addresses
    /// are ignored.
    fn of(byte: u8) -> Result<Option<Self>, Rejection> {
        let transport = match byte & 0x0f {
            0 => None,
            STREAM => Some(Transport::Stream),
            DATAGRAM => Some(Transport::Datagram),
            _ => return Err(Rejection::Family),
        };
        let family = match byte & 0xf0 {
            UNSPEC => return Ok(None),
            INET => Self::Inet,
            INET6 => Self::Inet6,
            UNIX => Self::Unix,
            _ => return Err(Rejection::Family),
        };
        Ok(transport.map(family))
    }

    fn transport(self) -> Transport {
        let (Self::Inet(transport) | Self::Inet6(transport) | Self::Unix(transport)) = self;
        transport
    }

    /// The length of the addresses.
    const fn bytes(self) -> usize {
        match self {
            Self::Inet(_) => 2 * 4 + 2 * 2,
            Self::Inet6(_) => 2 * 16 + 2 * 2,
            Self::Unix(_) => 2 * UNIX_BYTES,
        }
    }

    /// The addresses at the start of a block, and the rest of the block.
    fn split(self, block: &[u8]) -> Option<(Addresses<'_>, &[u8])> {
        let mut rest = block;
        let addresses = match self {
            Self::Inet(_) => {
                let [source, destination] = [(); 2].map(|()| take::<4>(&mut rest));
                let [source_port, destination_port] = [(); 2].map(|()| take(&mut rest));
                Addresses::Inet {
                    source: SocketAddrV4::new(Ipv4Addr::from(source?), port(source_port?)),
                    destination: SocketAddrV4::new(
                        Ipv4Addr::from(destination?),
                        port(destination_port?),
                    ),
                }
            }
            Self::Inet6(_) => {
                let [source, destination] = [(); 2].map(|()| take::<16>(&mut rest));
                let [source_port, destination_port] = [(); 2].map(|()| take(&mut rest));
                Addresses::Inet6 {
                    source: socket_v6(Ipv6Addr::from(source?), port(source_port?)),
                    destination: socket_v6(Ipv6Addr::from(destination?), port(destination_port?)),
                }
            }
            Self::Unix(_) => {
                let (source, after) = rest.split_at_checked(UNIX_BYTES)?;
                let (destination, after) = after.split_at_checked(UNIX_BYTES)?;
                rest = after;
                Addresses::Unix {
                    source: path(source),
                    destination: path(destination),
                }
            }
        };
        Some((addresses, rest))
    }
}

/// Takes the next bytes.
fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(*taken)
}

fn port(bytes: [u8; 2]) -> u16 {
    u16::from_be_bytes(bytes)
}

/// The path of a Unix socket, without the NULs at its end.
fn path(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|byte| *byte != 0);
    &bytes[..end.map_or(0, |last| last + 1)]
}
