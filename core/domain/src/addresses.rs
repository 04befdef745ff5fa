//! Which network addresses are public: where a URL that a stranger chose may lead.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// A name that leads into private networks only, or nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the name leads to no public address")]
pub struct NotPublic;

/// Those of the addresses of a name that are public.
pub fn public_only(found: impl IntoIterator<Item = SocketAddr>) -> Result<Vec<SocketAddr>, NotPublic> {
    let public: Vec<SocketAddr> = found.into_iter().filter(|found| is_public(found.ip())).collect();
    if public.is_empty() { Err(NotPublic) } else { Ok(public) }
}

pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let reserved = match a {
        0 | 10 | 127 | 224..=255 => true,
        100 => (64..=127).contains(&b),
        169 => b == 254,
        172 => (16..=31).contains(&b),
        192 => b == 168 || (b == 0 && (c == 0 || c == 2)) || (b == 88 && c == 99),
        198 => b == 18 || b == 19 || (b == 51 && c == 100),
        203 => b == 0 && c == 113,
        _ => false,
    };
    !reserved
}

/// Global unicast without the corners that lead back into IPv4 or into nothing: documentation, Teredo, 6to4, NAT64.
fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(mapped) = address.to_ipv4_mapped() {
        return is_public_v4(mapped);
    }
    let [first, second, ..] = address.segments();
    let global = first & 0xe000 == 0x2000;
    let odd = match first {
        0x2001 => second == 0 || second == 0x0db8 || (second & 0xfff0) == 0x0010 || (second & 0xfff0) == 0x0020,
        0x2002 => true,
        0x3fff => second < 0x1000,
        _ => false,
    };
    global && !odd
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_reserved_and_disguised_addresses_are_refused() {
        let refused = [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "2002:7f00:1::",
            "5f00::1",
            "100::1",
        ];
        for text in refused {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
        for text in
            ["1.1.1.1", "8.8.8.8", "100.63.0.1", "172.32.0.1", "2606:4700::1111", "2a00:1450::5", "::ffff:8.8.8.8"]
        {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn of_several_addresses_the_public_ones_remain() {
        let found = ["127.0.0.1:0", "8.8.8.8:0", "10.0.0.1:0"].map(|text| text.parse::<SocketAddr>().unwrap());
        assert_eq!(public_only(found), Ok(vec!["8.8.8.8:0".parse().unwrap()]));
        assert_eq!(public_only(["127.0.0.1:0".parse().unwrap()]), Err(NotPublic));
    }
}
