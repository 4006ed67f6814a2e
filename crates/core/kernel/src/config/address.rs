//! Networks, web origins and addresses of the server, as written in the configuration.
//!
//! Each is checked when it is read and kept in the one form it is compared in, so that nobody
//! compares texts: `HTTPS://Chat.example.com:443/` and `https://chat.example.com` are the same origin.

use std::fmt;
use std::net::IpAddr;

use super::setting::Word;

/// A range of addresses: `10.0.0.0/8`, `fd00::/8`, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    /// Whether `address` is inside. An IPv4 address mapped into IPv6 counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.bits)).unwrap_or(0);
                network.to_bits() & mask == address.to_bits() & mask
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.bits)).unwrap_or(0);
                network.to_bits() & mask == address.to_bits() & mask
            }
            _ => false,
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

impl Word for Network {
    const KIND: &'static str = "network";
    const KIND_OF_LIST: &'static str = "list of networks";
    const KIND_OR_NONE: &'static str = "network, or empty";
    const EXAMPLE: &'static str = "\"10.0.0.0/8\"";
    const EXAMPLE_OF_LIST: &'static str = "[\"10.0.0.0/8\", \"::1\"]";

    fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("is {text:?}, which is no network");
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), str::parse).ok().filter(|bits| *bits <= most).ok_or_else(wrong)?;
        Ok(Self { address, bits })
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

/// Scheme, host and port, as browsers send it in `Origin`: `https://chat.example.com`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WebOrigin(String);

impl WebOrigin {
    /// As browsers send it: lower-case, without a slash at the end and without the usual port.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is reached through TLS.
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }

    /// The host, with the port if it is not the usual one.
    pub fn host(&self) -> &str {
        self.0.split_once("://").map_or("", |(_, host)| host)
    }

    /// The host without a port; an IPv6 address without its brackets.
    pub fn name(&self) -> &str {
        let host = self.host();
        let name = match host.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => name,
            _ => host,
        };
        name.trim_start_matches('[').trim_end_matches(']')
    }
}

impl fmt::Display for WebOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Word for WebOrigin {
    const KIND: &'static str = "web address without a path";
    const KIND_OF_LIST: &'static str = "list of web addresses without paths";
    const KIND_OR_NONE: &'static str = "web address without a path, or empty";
    const EXAMPLE: &'static str = "\"https://chat.example.com\"";
    const EXAMPLE_OF_LIST: &'static str = "[\"https://chat.example.com\"]";

    fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("is {text:?}, which is no web address without a path");
        let lower = text.to_ascii_lowercase();
        let (scheme, rest) = lower.split_once("://").ok_or_else(wrong)?;
        let usual = match scheme {
            "https" => ":443",
            "http" => ":80",
            _ => return Err(wrong()),
        };
        let host = rest.strip_suffix('/').unwrap_or(rest);
        let host = host.strip_suffix(usual).unwrap_or(host);
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
            _ => (host, None),
        };
        let name_is_fine = match name.strip_prefix('[').and_then(|name| name.strip_suffix(']')) {
            Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
            None => !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-'),
        };
        let port_is_fine = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
        if name_is_fine && port_is_fine { Ok(Self(format!("{scheme}://{host}"))) } else { Err(wrong()) }
    }

    fn show(&self) -> String {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inside(network: &str, address: &str) -> bool {
        Network::parse(network).expect("reads").contains(address.parse().expect("an address"))
    }

    #[test]
    fn networks_contain_their_addresses() {
        assert!(inside("10.0.0.0/8", "10.200.3.4"));
        assert!(!inside("10.0.0.0/8", "11.0.0.1"));
        assert!(inside("10.0.0.0/8", "::ffff:10.1.1.1"));
        assert!(inside("0.0.0.0/0", "1.2.3.4"));
        assert!(inside("::/0", "fe80::1"));
        assert!(!inside("::/0", "1.2.3.4"));
        assert!(inside("192.168.1.7", "192.168.1.7"));
        assert!(!inside("192.168.1.7", "192.168.1.8"));
        assert!(inside("fd00::/8", "fd12::1"));
    }

    #[test]
    fn networks_that_are_none_are_refused() {
        for text in ["", "10.0.0.0/33", "::/129", "10.0.0/8", "example.com", "10.0.0.0/-1"] {
            assert!(Network::parse(text).is_err(), "{text:?} was accepted");
        }
    }

    #[test]
    fn origins_are_written_as_browsers_do() {
        let origin = |text| WebOrigin::parse(text).expect("reads").to_string();
        assert_eq!(origin("https://Chat.Example.com/"), "https://chat.example.com");
        assert_eq!(origin("https://chat.example.com:443"), "https://chat.example.com");
        assert_eq!(origin("http://localhost:8420"), "http://localhost:8420");
        assert_eq!(origin("http://[::1]:8420"), "http://[::1]:8420");
        assert_eq!(origin("http://[::1]"), "http://[::1]");
        let name = |text| WebOrigin::parse(text).expect("reads").name().to_owned();
        assert_eq!(
            [name("https://a.example:8443"), name("http://[::1]:8420"), name("http://[::1]")],
            ["a.example", "::1", "::1"]
        );
    }

    #[test]
    fn origins_that_are_none_are_refused() {
        for text in ["", "*", "chat.example.com", "ftp://x", "https://", "https://x/path", "https://a b", "https://x:0"] {
            assert!(WebOrigin::parse(text).is_err(), "{text:?} was accepted");
        }
    }
}
