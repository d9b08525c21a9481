//! Additional information in a header of version 2, as vectors of type, length and value.

/// A piece of additional information (section 2.2): its type and its value.
///
/// ```
/// use wsgi_proxy_protocol::{Tlv, TlvType};
///
/// let tlv = Tlv { kind: TlvType::ALPN, value: b"http/1.1" };
/// assert_eq!(tlv.kind, TlvType(1));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tlv<'a> {
    /// The type.
    pub kind: TlvType,
    /// The value, of at most 65,535 bytes.
    pub value: &'a [u8],
}

/// The type of a [`Tlv`]. Those from 0xE0 to 0xEF belong to applications.
///
/// ```
/// use wsgi_proxy_protocol::TlvType;
///
/// let rack = TlvType(0xe4); // one of the application's own
/// assert!((0xe0..=0xef).contains(&rack.0) && rack != TlvType::ALPN);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TlvType(pub u8);

impl TlvType {
    /// The protocol that the client uses above its connection, as in ALPN (RFC 7301).
    pub const ALPN: Self = Self(0x01);
    /// The host name that the client asked for, in UTF-8: with TLS, the server name (RFC 6066).
    pub const AUTHORITY: Self = Self(0x02);
    /// The CRC32c checksum of the header. It is checked when the header is parsed.
    pub const CRC32C: Self = Self(0x03);
    /// Padding.
    pub const NOOP: Self = Self(0x04);
    /// Up to 128 bytes that identify the connection.
    pub const UNIQUE_ID: Self = Self(0x05);
    /// TLS between the client and the proxy: see [`Ssl`](crate::Ssl).
    pub const SSL: Self = Self(0x20);
    /// The version of TLS, such as `TLSv1.3`. Within [`SSL`](Self::SSL).
    pub const SSL_VERSION: Self = Self(0x21);
    /// The common name of the client's certificate, in UTF-8. Within [`SSL`](Self::SSL).
    pub const SSL_CN: Self = Self(0x22);
    /// The cipher, such as `ECDHE-RSA-AES128-GCM-SHA256`. Within [`SSL`](Self::SSL).
    pub const SSL_CIPHER: Self = Self(0x23);
    /// The algorithm that signed the proxy's certificate, such as `RSA-SHA256`. Within
    /// [`SSL`](Self::SSL).
    pub const SSL_SIG_ALG: Self = Self(0x24);
    /// The algorithm of the key of the proxy's certificate, such as `RSA2048`. Within
    /// [`SSL`](Self::SSL).
    pub const SSL_KEY_ALG: Self = Self(0x25);
    /// The group of the key exchange, such as `secp256r1`. Within [`SSL`](Self::SSL).
    pub const SSL_GROUP: Self = Self(0x26);
    /// The algorithm with which the proxy signed the handshake, such as `rsa_pss_rsae_sha256`.
    /// Within [`SSL`](Self::SSL).
    pub const SSL_SIG_SCHEME: Self = Self(0x27);
    /// The client's certificate (X.509 in DER). Within [`SSL`](Self::SSL).
    pub const SSL_CLIENT_CERT: Self = Self(0x28);
    /// The name of the network namespace.
    pub const NETNS: Self = Self(0x30);
}

/// The length of the type and the length of a TLV.
const PREFIX_BYTES: usize = 3;

/// Iterator over the TLVs of a header, or of its [`Ssl`](crate::Ssl).
///
/// ```
/// use wsgi_proxy_protocol::Tlvs;
///
/// // A header of version 1 has none.
/// assert_eq!(Tlvs::default().next(), None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tlvs<'a> {
    /// The bytes of those that follow.
    rest: &'a [u8],
}

impl<'a> Tlvs<'a> {
    /// The TLVs in these bytes. `None` unless the bytes consist of TLVs.
    pub(crate) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let mut tlvs = Self { rest: bytes };
        while tlvs.next().is_some() {}
        tlvs.rest.is_empty().then_some(Self { rest: bytes })
    }

    /// The value of the first TLV of this type.
    pub(crate) fn first(mut self, kind: TlvType) -> Option<&'a [u8]> {
        self.find(|tlv| tlv.kind == kind).map(|tlv| tlv.value)
    }

    /// The number of bytes of the TLVs that follow.
    pub(crate) fn bytes_left(&self) -> usize {
        self.rest.len()
    }
}

impl<'a> Iterator for Tlvs<'a> {
    type Item = Tlv<'a>;

    fn next(&mut self) -> Option<Tlv<'a>> {
        let ([kind, high, low], rest) = self.rest.split_first_chunk::<PREFIX_BYTES>()?;
        let length = u16::from_be_bytes([*high, *low]);
        let (value, rest) = rest.split_at_checked(usize::from(length))?;
        self.rest = rest;
        Some(Tlv {
            kind: TlvType(*kind),
            value,
        })
    }
}
