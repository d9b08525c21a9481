//! TLS between a client and a proxy.

use crate::tlv::{TlvType, Tlvs};

/// A proxy's words on TLS between the client and the proxy (section 2.2.6).
///
/// ```
/// use wsgi_proxy_protocol::{Addresses, Header, Limits, Ssl, Tlv, TlvType, encode};
///
/// let version = Tlv { kind: TlvType::SSL_VERSION, value: b"TLSv1.3" };
/// let mut value = Vec::new();
/// encode::ssl(&mut value, Ssl::TLS, 1, &[version])?;
/// let ssl = Tlv { kind: TlvType::SSL, value: &value };
/// let addresses = Addresses::between("192.0.2.7:1".parse()?, "203.0.113.1:443".parse()?);
/// let mut bytes = Vec::new();
/// encode::v2(&mut bytes, Some(addresses), &[ssl])?;
///
/// let header = Header::parse(&bytes, &Limits::new())?.expect("a complete header");
/// let ssl = header.ssl().expect("TLS");
/// assert!(ssl.is_tls() && !ssl.is_verified());
/// assert_eq!(ssl.version(), Some(&b"TLSv1.3"[..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ssl<'a> {
    client: u8,
    verify: u32,
    tlvs: Tlvs<'a>,
}

impl<'a> Ssl<'a> {
    /// The flag of a client that connected over TLS.
    pub const TLS: u8 = 0x01;
    /// The flag of a client that presented a certificate on this connection.
    pub const CERT_CONN: u8 = 0x02;
    /// The flag of a client that presented a certificate at least once in its TLS session.
    pub const CERT_SESS: u8 = 0x04;

    /// Parses the value of [`TlvType::SSL`]. `None` if it is malformed.
    pub(crate) fn parse(value: &'a [u8]) -> Option<Self> {
        let (&client, rest) = value.split_first()?;
        let (verify, rest) = rest.split_first_chunk()?;
        Some(Self {
            client,
            verify: u32::from_be_bytes(*verify),
            tlvs: Tlvs::parse(rest)?,
        })
    }

    /// Whether the client connected over TLS.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.client & Self::TLS != 0
    }

    /// Whether the client presented a certificate, on this connection or earlier in its TLS
    /// session.
    #[must_use]
    pub fn has_certificate(&self) -> bool {
        self.client & (Self::CERT_CONN | Self::CERT_SESS) != 0
    }

    /// Whether the client presented a certificate and the proxy has verified it.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        self.has_certificate() && self.verify == 0
    }

    /// The version of TLS, such as `TLSv1.3`.
    #[must_use]
    pub fn version(&self) -> Option<&'a [u8]> {
        self.tlvs.first(TlvType::SSL_VERSION)
    }

    /// The cipher, such as `ECDHE-RSA-AES128-GCM-SHA256`.
    #[must_use]
    pub fn cipher(&self) -> Option<&'a [u8]> {
        self.tlvs.first(TlvType::SSL_CIPHER)
    }

    /// The common name of the client's certificate. It means nothing unless the certificate
    /// [is verified](Self::is_verified).
    ///
    /// ```
    /// use wsgi_proxy_protocol::{Addresses, Header, Limits, Ssl, Tlv, TlvType, encode};
    ///
    /// let said = [
    ///     Tlv { kind: TlvType::SSL_CN, value: b"ada" },
    ///     Tlv { kind: TlvType::SSL_CIPHER, value: b"ECDHE-RSA-AES128-GCM-SHA256" },
    /// ];
    /// let mut value = Vec::new();
    /// encode::ssl(&mut value, Ssl::TLS | Ssl::CERT_CONN, 0, &said)?;
    /// # let ssl = Tlv { kind: TlvType::SSL, value: &value };
    /// # let addresses = Addresses::between("192.0.2.7:1".parse()?, "203.0.113.1:443".parse()?);
    /// # let mut bytes = Vec::new();
    /// # encode::v2(&mut bytes, Some(addresses), &[ssl])?;
    /// # let header = Header::parse(&bytes, &Limits::new())?.expect("a complete header");
    /// // Sent as the TLV `SSL` of a header, as in the example of `Ssl`.
    /// let ssl = header.ssl().expect("TLS");
    /// assert!(ssl.has_certificate() && ssl.is_verified());
    /// assert_eq!(ssl.common_name(), Some(&b"ada"[..]));
    /// assert_eq!(ssl.cipher(), Some(&b"ECDHE-RSA-AES128-GCM-SHA256"[..]));
    /// assert_eq!(ssl.tlvs().count(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn common_name(&self) -> Option<&'a [u8]> {
        self.tlvs.first(TlvType::SSL_CN)
    }

    /// All pieces of information, in their order.
    #[must_use]
    pub fn tlvs(&self) -> Tlvs<'a> {
        self.tlvs
    }
}
