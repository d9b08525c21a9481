//! Networks of IP addresses.

use std::{error::Error, fmt, net::IpAddr, str::FromStr};

/// A network of IP addresses in CIDR notation (RFC 4632 section 3.1, RFC 4291 section 2.3), such as
/// `10.0.0.0/8` or `2001:db8::/32`. A single address is a network, too. Servers and middleware take
/// the networks of trusted proxies as this type.
///
/// An IPv4 address that is mapped to IPv6, such as `::ffff:10.1.2.3`, is the same as its IPv4
/// address, here and in [`contains`](Self::contains). So `0.0.0.0/0` contains every IPv4 address,
/// and `::/0` contains every other address.
///
/// ```
/// use wsgi_environ::Network;
///
/// let network: Network = "10.0.0.0/8".parse()?;
/// assert!(network.contains("10.1.2.3".parse()?));
/// assert!(network.contains("::ffff:10.1.2.3".parse()?));
/// assert!(!network.contains("192.0.2.7".parse()?));
///
/// let error = "10.1.2.3/8".parse::<Network>().unwrap_err();
/// assert_eq!(error.to_string(), "the network is 10.0.0.0/8");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Network {
    /// The first address. It is never an IPv4 address in its IPv6 form.
    address: IpAddr,
    /// The number of leading bits that all addresses share.
    length: u8,
}

impl Network {
    /// Makes a network from its first address and the number of leading bits that all its addresses
    /// share: up to 32 for IPv4, and up to 128 for IPv6.
    ///
    /// # Errors
    ///
    /// The length is too large, or the address is not the first one of the network.
    ///
    /// ```
    /// use std::net::Ipv6Addr;
    /// use wsgi_environ::Network;
    ///
    /// assert_eq!(Network::new(Ipv6Addr::LOCALHOST.into(), 128)?.to_string(), "::1");
    /// # Ok::<(), wsgi_environ::InvalidNetwork>(())
    /// ```
    pub fn new(address: IpAddr, length: u8) -> Result<Self, InvalidNetwork> {
        let canonical = address.to_canonical();
        // A mapped address has 96 leading bits before those of IPv4.
        let (address, length) = match length.checked_sub(96) {
            Some(length) if canonical.is_ipv4() && address.is_ipv6() => (canonical, length),
            _ => (address, length),
        };
        if length > bits(address) {
            return Err(InvalidNetwork::Length);
        }
        let network = Self {
            address: first(address, length),
            length,
        };
        match network.address == address {
            true => Ok(network),
            false => Err(InvalidNetwork::NotFirst(network)),
        }
    }

    /// Whether an address belongs to the network.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.address.is_ipv4() && first(address, self.length) == self.address
    }
}

/// The number of bits of an address.
fn bits(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// The address with all bits after the first `length` cleared.
fn first(address: IpAddr, length: u8) -> IpAddr {
    let others = u32::from(bits(address).saturating_sub(length));
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(others).unwrap_or(0);
            IpAddr::V4((address.to_bits() & mask).into())
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(others).unwrap_or(0);
            IpAddr::V6((address.to_bits() & mask).into())
        }
    }
}

impl From<IpAddr> for Network {
    /// The network of this address alone.
    fn from(address: IpAddr) -> Self {
        let address = address.to_canonical();
        let length = bits(address);
        Self { address, length }
    }
}

/// Reads an address, or an address, a slash and a length.
impl FromStr for Network {
    type Err = InvalidNetwork;

    fn from_str(text: &str) -> Result<Self, InvalidNetwork> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| InvalidNetwork::Address)?;
        let Some(length) = length else {
            return Ok(address.into());
        };
        let is_number = length.bytes().all(|byte| byte.is_ascii_digit());
        let length = is_number.then(|| length.parse().ok()).flatten();
        Self::new(address, length.ok_or(InvalidNetwork::Length)?)
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, length } = self;
        match *length == bits(*address) {
            true => write!(f, "{address}"),
            false => write!(f, "{address}/{length}"),
        }
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The reason why a text or an address does not name a [`Network`].
///
/// ```
/// use wsgi_environ::{InvalidNetwork, Network};
///
/// assert_eq!("localhost/8".parse::<Network>(), Err(InvalidNetwork::Address));
/// assert_eq!("10.0.0.0/33".parse::<Network>(), Err(InvalidNetwork::Length));
/// let meant = "10.0.0.0/8".parse()?;
/// assert_eq!("10.1.2.3/8".parse::<Network>(), Err(InvalidNetwork::NotFirst(meant)));
/// # Ok::<(), InvalidNetwork>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidNetwork {
    /// There is no IP address before the slash.
    Address,
    /// The length is not a number, or the addresses have fewer bits.
    Length,
    /// The address lies within a network, which this variant names, but is not its first address.
    NotFirst(Network),
}

impl fmt::Display for InvalidNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address => f.write_str("not an IP address"),
            Self::Length => f.write_str("not a length of the network's prefix"),
            Self::NotFirst(network) => write!(f, "the network is {network}"),
        }
    }
}

impl Error for InvalidNetwork {}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> Network {
        text.parse().expect(text)
    }

    #[test]
    fn a_network_is_shown_as_it_is_written() {
        for (text, shown) in [
            ("192.0.2.7", "192.0.2.7"),
            ("192.0.2.7/32", "192.0.2.7"),
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("2001:DB8::/32", "2001:db8::/32"),
            ("::1/128", "::1"),
            ("::/0", "::/0"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
            ("::ffff:0:0/96", "0.0.0.0/0"),
        ] {
            assert_eq!(network(text).to_string(), shown, "{text}");
        }
    }

    #[test]
    fn the_last_address_of_a_network_belongs_to_it_and_the_next_does_not() {
        for (text, last, next) in [
            ("192.0.2.7", "192.0.2.7", "192.0.2.8"),
            ("192.0.2.0/25", "192.0.2.127", "192.0.2.128"),
            ("0.0.0.0/0", "255.255.255.255", "::"),
            ("0.0.0.0/1", "127.255.255.255", "128.0.0.0"),
            ("2001:db8::/33", "2001:db8:7fff:ffff::", "2001:db8:8000::"),
            ("::/0", "ffff::ffff", "0.0.0.0"),
            ("::1", "::1", "::2"),
            ("10.0.0.0/8", "::ffff:10.255.255.255", "::ffff:11.0.0.0"),
            ("::ffff:10.0.0.0/104", "10.255.255.255", "11.0.0.0"),
            ("::/0", "::10.0.0.1", "::ffff:10.0.0.1"),
        ] {
            assert!(network(text).contains(last.parse().unwrap()), "{last}");
            assert!(!network(text).contains(next.parse().unwrap()), "{next}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for (text, error) in [
            ("", InvalidNetwork::Address),
            ("/8", InvalidNetwork::Address),
            ("localhost", InvalidNetwork::Address),
            ("10.0.0/8", InvalidNetwork::Address),
            ("010.0.0.0/8", InvalidNetwork::Address),
            ("[::1]", InvalidNetwork::Address),
            ("fe80::1%eth0", InvalidNetwork::Address),
            (" 10.0.0.0/8", InvalidNetwork::Address),
            ("10.0.0.0/", InvalidNetwork::Length),
            ("10.0.0.0/+8", InvalidNetwork::Length),
            ("10.0.0.0/33", InvalidNetwork::Length),
            ("10.0.0.0/256", InvalidNetwork::Length),
            ("10.0.0.0/255.0.0.0", InvalidNetwork::Length),
            ("10.0.0.0/8/8", InvalidNetwork::Length),
            ("::/129", InvalidNetwork::Length),
            (
                "10.0.0.1/31",
                InvalidNetwork::NotFirst(network("10.0.0.0/31")),
            ),
            (
                "::ffff:10.0.0.1/104",
                InvalidNetwork::NotFirst(network("10.0.0.0/8")),
            ),
            ("::1/0", InvalidNetwork::NotFirst(network("::/0"))),
        ] {
            assert_eq!(text.parse::<Network>(), Err(error), "{text:?}");
        }
    }
}
