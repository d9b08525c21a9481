//! A header: what a proxy says about its client.

use crate::{
    addresses::Addresses,
    ssl::Ssl,
    tlv::{TlvType, Tlvs},
};

/// A header, which precedes everything else on a connection. It borrows the bytes that it was
/// [parsed](Header::parse) from.
///
/// ```
/// use wsgi_proxy_protocol::{Header, Limits, Rejection, Version};
///
/// let bytes = b"PROXY TCP4 192.0.2.7 203.0.113.1 56324 443\r\nGET / HTTP/1.1\r\n";
/// let header = Header::parse(bytes, &Limits::new())?.expect("a complete header");
/// let addresses = header.addresses().expect("addresses");
/// assert_eq!(addresses.source().unwrap().to_string(), "192.0.2.7:56324");
/// assert_eq!(header.version(), Version::V1);
/// assert_eq!(&bytes[header.length()..], b"GET / HTTP/1.1\r\n");
/// # Ok::<(), Rejection>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header<'a> {
    pub(crate) version: Version,
    pub(crate) is_local: bool,
    pub(crate) relayed: Option<(Transport, Addresses<'a>)>,
    pub(crate) tlvs: Tlvs<'a>,
    pub(crate) length: usize,
}

/// The version of the protocol.
///
/// ```
/// use wsgi_proxy_protocol::{Header, Limits, Rejection, Version, encode};
///
/// let mut bytes = Vec::new();
/// encode::v2_local(&mut bytes);
/// let header = Header::parse(&bytes, &Limits::new())?.expect("a complete header");
/// assert_eq!(header.version(), Version::V2);
/// # Ok::<(), Rejection>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Version {
    /// A line of text (section 2.1).
    V1,
    /// A binary header (section 2.2).
    V2,
}

/// The kind of the client's connection to the proxy.
///
/// ```
/// use wsgi_proxy_protocol::{Header, Limits, Rejection, Transport};
///
/// let bytes = b"PROXY TCP4 192.0.2.7 203.0.113.1 56324 443\r\n";
/// let header = Header::parse(bytes, &Limits::new())?.expect("a complete header");
/// assert_eq!(header.transport(), Some(Transport::Stream));
/// # Ok::<(), Rejection>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Transport {
    /// A stream, such as TCP. Version 1 knows only this one.
    Stream,
    /// Datagrams, such as UDP.
    Datagram,
}

impl<'a> Header<'a> {
    /// The version of the protocol.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// The length of the header in bytes. What the client sent follows.
    #[must_use]
    pub fn length(&self) -> usize {
        self.length
    }

    /// Whether the proxy speaks for itself (`LOCAL`), for example to check the health of the
    /// server.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.is_local
    }

    /// The addresses of the client's connection to the proxy. If `None`, the addresses of the
    /// connection itself count: the proxy speaks for itself (`LOCAL`), or does not know the
    /// addresses (`UNKNOWN` in version 1, `UNSPEC` in version 2).
    #[must_use]
    pub fn addresses(&self) -> Option<Addresses<'a>> {
        self.relayed.map(|(_, addresses)| addresses)
    }

    /// The kind of the client's connection to the proxy. `None` if there are no
    /// [`addresses`](Self::addresses).
    #[must_use]
    pub fn transport(&self) -> Option<Transport> {
        self.relayed.map(|(transport, _)| transport)
    }

    /// The additional information of version 2, in its order. A header without
    /// [`addresses`](Self::addresses) has some only if both its family and its transport are
    /// unspecified: otherwise it is not defined where they would begin.
    ///
    /// ```
    /// use wsgi_proxy_protocol::{Addresses, Header, Limits, Tlv, TlvType, encode};
    ///
    /// let addresses = Addresses::between("192.0.2.7:1".parse()?, "203.0.113.1:443".parse()?);
    /// let sent = [
    ///     Tlv { kind: TlvType::ALPN, value: b"http/1.1" },
    ///     Tlv { kind: TlvType(0xe4), value: b"rack 7" },
    /// ];
    /// let mut bytes = Vec::new();
    /// encode::v2(&mut bytes, Some(addresses), &sent)?;
    /// let header = Header::parse(&bytes, &Limits::new())?.expect("a complete header");
    /// assert!(header.tlvs().eq(sent));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn tlvs(&self) -> Tlvs<'a> {
        self.tlvs
    }

    /// The value of the first TLV of this type.
    ///
    /// ```
    /// use wsgi_proxy_protocol::{Addresses, Header, Limits, Tlv, TlvType, encode};
    ///
    /// let addresses = Addresses::between("192.0.2.7:1".parse()?, "203.0.113.1:443".parse()?);
    /// let authority = Tlv { kind: TlvType::AUTHORITY, value: b"example.org" };
    /// let mut bytes = Vec::new();
    /// encode::v2(&mut bytes, Some(addresses), &[authority])?;
    ///
    /// let header = Header::parse(&bytes, &Limits::new())?.expect("a complete header");
    /// assert_eq!(header.tlv(TlvType::AUTHORITY), Some(&b"example.org"[..]));
    /// assert_eq!(header.tlv(TlvType::ALPN), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn tlv(&self, kind: TlvType) -> Option<&'a [u8]> {
        self.tlvs.first(kind)
    }

    /// The proxy's words on TLS between the client and the proxy (section 2.2.6). `None` if it
    /// says nothing.
    #[must_use]
    pub fn ssl(&self) -> Option<Ssl<'a>> {
        self.tlv(TlvType::SSL).and_then(Ssl::parse)
    }
}
