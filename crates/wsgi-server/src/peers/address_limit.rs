//! The limit of connections of one address.

use std::{
    collections::{HashMap, hash_map::Entry},
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The limit of connections of one address, with the connections of each. An address takes memory
/// only while it has connections.
#[derive(Debug)]
pub(crate) struct AddressLimit {
    limit: usize,
    connections: Mutex<HashMap<Network, usize>>,
}

/// One of the connections that an address may have. It is given back on drop.
#[derive(Debug)]
pub(crate) struct AddressPlace {
    network: Network,
    limit: Arc<AddressLimit>,
}

/// The addresses that count as one: a single address of IPv4, also if it is mapped to IPv6, and the
/// first 64 bits of one of IPv6, which is what a site gets (RFC 6177). All neighbours on a link
/// share these bits in their link-local addresses (RFC 4291 section 2.5.6), so such an address
/// counts alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Network(Ipv6Addr);

impl AddressLimit {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            connections: Mutex::default(),
        }
    }

    /// The number of connections that an address may have.
    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// Takes a place for a connection of this address, if there is one.
    pub(crate) fn take(self: &Arc<Self>, address: IpAddr) -> Option<Box<AddressPlace>> {
        let network = Network::of(address);
        let mut connections = self.connections();
        let count = connections.entry(network).or_default();
        if *count >= self.limit {
            return None; // the limit is at least 1, so the entry was there
        }
        *count += 1;
        drop(connections);
        let limit = self.clone();
        Some(Box::new(AddressPlace { network, limit }))
    }

    fn connections(&self) -> MutexGuard<'_, HashMap<Network, usize>> {
        self.connections
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for AddressPlace {
    fn drop(&mut self) {
        let mut connections = self.limit.connections();
        if let Entry::Occupied(mut count) = connections.entry(self.network) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

impl Network {
    fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(address) => address.to_ipv6_mapped(),
            IpAddr::V6(address) if address.is_unicast_link_local() => address,
            IpAddr::V6(address) => {
                let [first, second, third, fourth, ..] = address.segments();
                Ipv6Addr::new(first, second, third, fourth, 0, 0, 0, 0)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn each_address_has_its_own_places_and_gives_them_back() {
        let limit = Arc::new(AddressLimit::new(2));
        let take = |text| limit.take(address(text));
        let (first, second) = (take("192.0.2.1"), take("192.0.2.1"));
        assert!(first.is_some() && second.is_some());
        assert!(take("192.0.2.1").is_none());
        assert!(take("::ffff:192.0.2.1").is_none(), "the same, mapped");
        assert!(take("192.0.2.2").is_some());
        drop(second);
        let third = take("192.0.2.1");
        assert!(third.is_some() && take("192.0.2.1").is_none());
        drop((first, third));
        assert!(limit.connections().is_empty(), "no address takes memory");
    }

    #[test]
    fn addresses_of_ipv6_count_by_their_first_64_bits() {
        let rows = [
            ("2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", true),
            ("2001:db8::1", "2001:db8:0:1::1", false),
            ("::1", "::2", true),
            ("::ffff:192.0.2.1", "::ffff:192.0.2.2", false),
            ("192.0.2.1", "::ffff:192.0.2.1", true),
            ("192.0.2.1", "::192.0.2.1", false),
            ("fe80::1", "fe80::2", false),
            ("fe80::1", "fe80::1", true),
        ];
        for (one, other, is_same) in rows {
            let [one, other] = [one, other].map(|text| Network::of(address(text)));
            assert_eq!(one == other, is_same, "{one:?} and {other:?}");
        }
    }
}
