//! Detection of this machine's own addresses. Public ones are among them: packets to those never
//! pass a firewall that stands outside.

use std::{
    fs,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket},
};

/// Address that no machine has: one for documentation (RFC 5737, RFC 3849). A machine that takes it
/// for its own takes every other one as well.
const NOBODY_V4: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const NOBODY_V6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xDB8, 0, 0, 0, 0, 0, 1);

/// Tells whether packets to an address stay on this machine. Asked anew each time, since addresses
/// come and go.
#[must_use]
pub fn is_own(ip: IpAddr) -> bool {
    let nobody = if ip.is_ipv4() { NOBODY_V4.into() } else { NOBODY_V6.into() };
    match (can_be(ip), can_be(nobody)) {
        (false, _) => false,
        (true, false) => true,
        // The kernel lets us be anybody (ip_nonlocal_bind): its tables tell. Without them nothing
        // is known to be somebody else's.
        (true, true) => tables(ip.is_ipv4()).is_none_or(|tables| is_listed(ip, &tables)),
    }
}

/// The kernel gives us the address of a socket only if it is one of this machine.
fn can_be(ip: IpAddr) -> bool {
    UdpSocket::bind((ip, 0)).is_ok()
}

fn tables(v4: bool) -> Option<String> {
    fs::read_to_string(if v4 { "/proc/net/fib_trie" } else { "/proc/net/if_inet6" }).ok()
}

/// Looks an address up in the kernel's list of routes (IPv4) or of addresses (IPv6).
fn is_listed(ip: IpAddr, tables: &str) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let mut network = None;
            tables.lines().any(|line| {
                let line = line.trim();
                if let Some(leaf) = line.strip_prefix("|-- ") {
                    network = leaf.parse::<Ipv4Addr>().ok();
                    return false;
                }
                let length = line.strip_prefix('/').and_then(|rest| rest.strip_suffix(" host LOCAL"));
                let length =
                    length.and_then(|length| length.parse::<u32>().ok()).filter(|length| *length <= 32);
                network.zip(length).is_some_and(|(network, length)| {
                    let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
                    network.to_bits() & mask == ip.to_bits() & mask
                })
            })
        }
        IpAddr::V6(ip) => {
            let hex = format!("{:032x}", ip.to_bits());
            tables.lines().any(|line| line.starts_with(&hex))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_listens_here_is_ours_and_the_rest_of_the_world_is_not() {
        for ip in ["127.0.0.1", "127.9.9.9", "0.0.0.0"] {
            assert!(is_own(ip.parse().unwrap()), "{ip}");
        }
        for ip in ["1.1.1.1", "192.0.2.1", "2606:4700::1111"] {
            assert!(!is_own(ip.parse().unwrap()), "{ip}");
        }
    }

    #[test]
    fn the_tables_of_the_kernel_tell_what_is_ours() {
        let v4 = "Local:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 45.45.45.45\n        /32 host LOCAL\n     |-- 45.45.45.255\n        /32 link BROADCAST\n     |-- 46.1.2.0\n        /24 host LOCAL\n     |-- 47.0.0.0\n        /8 universe UNICAST\n";
        let v6 = "00000000000000000000000000000001 01 80 10 80       lo\n2606470000000000000000000000abcd 02 40 00 80     eth0\n";
        for (ip, own) in [
            ("45.45.45.45", true),
            ("45.45.45.46", false),
            ("45.45.45.255", false),
            ("46.1.2.77", true),
            ("46.1.3.77", false),
            ("47.0.0.1", false),
            ("::1", true),
            ("2606:4700::abcd", true),
            ("2606:4700::abce", false),
        ] {
            let ip: IpAddr = ip.parse().unwrap();
            assert_eq!(is_listed(ip, if ip.is_ipv4() { v4 } else { v6 }), own, "{ip}");
        }
    }
}
