//! RFC 6120 section 3.2 and XEP-0368: where a domain takes clients, as its DNS says.

use super::place::Place;
use simple_dns::{CLASS, Name, Packet, PacketFlag, QTYPE, Question, RCODE, TYPE, rdata::RData};
use std::{
    cmp::Reverse,
    fs, io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpStream, UdpSocket},
    time::timeout,
};

/// Port for clients if the DNS says nothing.
const PORT: u16 = 5222;
/// File that names this machine's name servers (resolv.conf(5)).
const RESOLV_CONF: &str = "/etc/resolv.conf";
/// Maximum number of name servers: as many as the C library asks.
const MOST_SERVERS: usize = 3;
/// Time for each name server; the C library waits as long.
const PATIENCE: Duration = Duration::from_secs(5);
/// Places that are tried: a domain with more than this does not mean us.
const MOST_PLACES: usize = 16;

/// An answer of the DNS.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Record {
    priority: u16,
    weight: u16,
    place: Place,
}

/// Endpoints to try, in order.
///
/// # Errors
///
/// The domain takes no clients, or is no domain.
pub(super) async fn places(domain: &str) -> Result<Vec<Place>, String> {
    places_by(domain, &name_servers(&fs::read_to_string(RESOLV_CONF).unwrap_or_default())).await
}

async fn places_by(domain: &str, servers: &[SocketAddr]) -> Result<Vec<Place>, String> {
    let name = idna::domain_to_ascii(domain).map_err(|error| format!("{domain}: {error}"))?;
    let (direct, starttls) = tokio::join!(look_up(&name, true, servers), look_up(&name, false, servers));
    // Without DNS there is the domain itself, as for any other program of this machine.
    let found: Vec<Record> =
        direct.unwrap_or_default().into_iter().chain(starttls.unwrap_or_default()).collect();
    if found.is_empty() {
        return Ok(vec![Place { host: name, port: PORT, direct: false }]);
    }
    let places = in_order(found);
    if places.is_empty() { Err(format!("{domain} takes no clients, says its DNS")) } else { Ok(places) }
}

/// Priorities first; of the same priority TLS from the first byte, which cannot be taken away on
/// the way. One of them is enough for us, so that no lots are drawn by weight.
fn in_order(mut found: Vec<Record>) -> Vec<Place> {
    found.sort_by_key(|record| (record.priority, !record.place.direct, Reverse(record.weight)));
    // A target of only the root says that there is no such service (RFC 2782).
    let places = found.into_iter().map(|record| record.place).filter(|place| !place.host.is_empty());
    places.take(MOST_PLACES).collect()
}

fn name_servers(text: &str) -> Vec<SocketAddr> {
    let server = |line: &str| {
        let mut words = line.split_whitespace();
        let address = words.next().filter(|word| *word == "nameserver").and_then(|_| words.next())?;
        // One of this link only is named with its interface.
        address.split('%').next()?.parse::<IpAddr>().ok().map(|ip| SocketAddr::new(ip, 53))
    };
    let servers: Vec<_> = text.lines().filter_map(server).take(MOST_SERVERS).collect();
    if servers.is_empty() { vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 53))] } else { servers }
}

/// Asks one name server after the other; none of its answers is an error.
async fn look_up(domain: &str, direct: bool, servers: &[SocketAddr]) -> io::Result<Vec<Record>> {
    let service = if direct { "_xmpps-client" } else { "_xmpp-client" };
    let name = format!("{service}._tcp.{domain}");
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for server in servers {
        let mut id = [0; 2];
        getrandom::fill(&mut id).map_err(|error| io::Error::other(error.to_string()))?;
        let id = u16::from_be_bytes(id);
        let query = query(&name, id)?;
        match timeout(PATIENCE, ask(*server, &query)).await.map_err(io::Error::from).flatten() {
            Ok(answer) => match read(&answer, id, direct) {
                Ok(records) => return Ok(records),
                Err(error) => last = error,
            },
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn query(name: &str, id: u16) -> io::Result<Vec<u8>> {
    let mut packet = Packet::new_query(id);
    packet.set_flags(PacketFlag::RECURSION_DESIRED);
    let name = Name::new(name).map_err(io::Error::other)?;
    packet.questions.push(Question::new(name, QTYPE::TYPE(TYPE::SRV), CLASS::IN.into(), false));
    packet.build_bytes_vec().map_err(io::Error::other)
}

/// Asks by UDP, and by TCP when the answer does not fit.
async fn ask(server: SocketAddr, query: &[u8]) -> io::Result<Vec<u8>> {
    let any: IpAddr =
        if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0)).await?;
    socket.connect(server).await?;
    socket.send(query).await?;
    let mut answer = vec![0; usize::from(u16::MAX)];
    let length = socket.recv(&mut answer).await?;
    answer.truncate(length);
    let truncated = Packet::parse(&answer).is_ok_and(|packet| packet.has_flags(PacketFlag::TRUNCATION));
    if !truncated {
        return Ok(answer);
    }
    let mut stream = TcpStream::connect(server).await?;
    stream.write_u16(u16::try_from(query.len()).map_err(io::Error::other)?).await?;
    stream.write_all(query).await?;
    let mut answer = vec![0; usize::from(stream.read_u16().await?)];
    stream.read_exact(&mut answer).await?;
    Ok(answer)
}

fn read(answer: &[u8], id: u16, direct: bool) -> io::Result<Vec<Record>> {
    let packet = Packet::parse(answer).map_err(io::Error::other)?;
    if packet.id() != id || !matches!(packet.rcode(), RCODE::NoError | RCODE::NameError) {
        return Err(io::Error::other("the name server does not answer that"));
    }
    let record = |data: &RData<'_>| match data {
        RData::SRV(srv) => {
            let host = srv.target.to_string().trim_end_matches('.').to_owned();
            let place = Place { host, port: srv.port, direct };
            Some(Record { priority: srv.priority, weight: srv.weight, place })
        }
        _ => None,
    };
    Ok(packet.answers.iter().filter_map(|answer| record(&answer.rdata)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use simple_dns::{ResourceRecord, rdata::SRV};

    /// Records of a test's name server: service, priority, port, host.
    type Known = &'static [(&'static str, u16, u16, &'static str)];

    /// A name server.
    async fn name_server(known: Known) -> SocketAddr {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        tokio::spawn(async move {
            let mut buffer = [0; 512];
            while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
                let asked = Packet::parse(&buffer[..length]).unwrap();
                let name = asked.questions[0].qname.clone();
                let mut answer = Packet::new_reply(asked.id());
                for (service, priority, port, host) in known {
                    if name.to_string() == format!("{service}._tcp.example.org") {
                        let target = Name::new(host).unwrap();
                        let srv = SRV { priority: *priority, weight: 5, port: *port, target };
                        answer.answers.push(ResourceRecord::new(
                            name.clone(),
                            CLASS::IN,
                            60,
                            RData::SRV(srv),
                        ));
                    }
                }
                socket.send_to(&answer.build_bytes_vec().unwrap(), from).await.unwrap();
            }
        });
        address
    }

    async fn places(known: Known) -> Result<Vec<String>, String> {
        let found = places_by("example.org", &[name_server(known).await]).await;
        found.map(|places| places.iter().map(ToString::to_string).collect())
    }

    #[tokio::test]
    async fn clients_go_where_the_dns_says_by_priority_and_then_with_tls_from_the_first_byte() {
        let known: Known = &[
            ("_xmpp-client", 5, 5222, "b.example.org"),
            ("_xmpp-client", 1, 5222, "a.example.org"),
            ("_xmpps-client", 5, 443, "b.example.org"),
        ];
        let found = places(known).await.unwrap();
        assert_eq!(found, ["a.example.org:5222", "tls:b.example.org:443", "b.example.org:5222"]);
    }

    #[tokio::test]
    async fn clients_go_to_the_domain_itself_where_the_dns_says_nothing_or_is_away() {
        assert_eq!(places(&[]).await.unwrap(), ["example.org:5222"]);
        let nobody = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
        let found = places_by("bücher.example", &[nobody]).await.unwrap();
        assert_eq!(found[0].to_string(), "xn--bcher-kva.example:5222");
    }

    #[tokio::test]
    async fn a_domain_that_takes_no_clients_is_believed() {
        let error = places(&[("_xmpp-client", 0, 0, ".")]).await.unwrap_err();
        assert_eq!(error, "example.org takes no clients, says its DNS");
    }

    #[test]
    fn name_servers_are_read_as_the_c_library_does() {
        let text = "# one\nsearch example.org\nnameserver 192.0.2.1\nnameserver fe80::1%eth0\nnameserver x\n";
        let found: Vec<_> = name_servers(text).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["192.0.2.1:53", "[fe80::1]:53"]);
        assert_eq!(name_servers("")[0].to_string(), "127.0.0.1:53");
    }
}
