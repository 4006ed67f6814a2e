//! Where a request came from, seen through the proxies that are trusted.
//!
//! `X-Forwarded-For` is read from the right: each entry was added by the hop after it, so the first address
//! that is no trusted proxy is the client. What stands further left anybody can have written.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName};
use plexichat_kernel::config::Network;

/// The other end of the connection; put into each request by the listener.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

const FORWARDED: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Hops looked through at most.
const MOST_HOPS: usize = 16;

/// The client's address.
pub(crate) fn of(request: &Request, trusted: &[Network]) -> IpAddr {
    let peer = request.extensions().get::<Peer>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip());
    through(peer.to_canonical(), request.headers(), trusted)
}

fn through(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut client = peer;
    let mut hops = 0;
    for value in headers.get_all(FORWARDED).iter().rev() {
        let Ok(text) = value.to_str() else { return client };
        for entry in text.rsplit(',') {
            if !is_trusted(client) || hops == MOST_HOPS {
                return client;
            }
            let Some(address) = parse(entry.trim()) else { return client };
            client = address;
            hops += 1;
        }
    }
    client
}

/// An address, with or without port and brackets.
fn parse(entry: &str) -> Option<IpAddr> {
    let bare = entry.strip_prefix('[').and_then(|rest| rest.split_once(']')).map_or(entry, |(address, _)| address);
    let address = bare.parse::<IpAddr>().ok().or_else(|| entry.parse::<SocketAddr>().ok().map(|socket| socket.ip()))?;
    Some(address.to_canonical())
}

/// What an address counts as in limits: an IPv6 host owns at least its /64.
pub(crate) fn bucket(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() & !u128::from(u64::MAX)).into()),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(values: &[&str]) -> HeaderMap {
        values.iter().map(|value| (FORWARDED, value.parse().expect("a header value"))).collect()
    }

    #[test]
    fn without_trust_the_peer_is_the_client() {
        let peer = IpAddr::from([10, 0, 0, 1]);
        assert_eq!(through(peer, &headers(&["1.2.3.4"]), &[]), peer);
    }

    #[test]
    fn entries_with_ports_and_brackets_are_read() {
        for (text, address) in [("1.2.3.4:99", "1.2.3.4"), ("[2001:db8::1]:80", "2001:db8::1"), ("::ffff:1.2.3.4", "1.2.3.4")] {
            assert_eq!(parse(text), address.parse().ok(), "{text}");
        }
        assert_eq!(parse("unknown"), None);
    }

    #[test]
    fn an_ipv6_host_counts_by_its_prefix() {
        let one = bucket("2001:db8::1".parse().expect("an address"));
        assert_eq!(one, bucket("2001:db8::ffff:1".parse().expect("an address")));
        assert_ne!(one, bucket("2001:db8:0:1::1".parse().expect("an address")));
    }
}
