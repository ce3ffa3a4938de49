//! Connections to our media server: limited in all and from each address, and none keeps its place
//! by doing nothing.

use super::address::is_public;
use std::{
    collections::HashMap,
    future::Future,
    io,
    net::{IpAddr, Ipv6Addr},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// Limits of connections.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// Connections at the same time: those of a proxy for a thousand users.
    pub connections: usize,
    /// Connections from one address of the internet. A proxy beside us has an address of our own
    /// network.
    pub each: usize,
    /// Time for a request to arrive, from the connection or from its first byte on.
    pub request: Duration,
    /// Time for the peer to take the next piece of an answer, or to ask for something else.
    pub idle: Duration,
    /// Minimum rate at which a peer takes an answer, in bytes a second: less than any line that
    /// shows pictures.
    pub slowest: u64,
    /// Idle time after which a connection gives up its place when all are taken: longer than it
    /// takes to say something at all.
    pub grace: Duration,
}

impl Default for Rules {
    fn default() -> Self {
        Rules {
            connections: 256,
            each: 32,
            request: Duration::from_secs(10),
            idle: Duration::from_secs(30),
            slowest: 4 << 10,
            grace: Duration::from_secs(1),
        }
    }
}

/// All open connections.
#[derive(Debug, Clone)]
pub struct Guests {
    rules: Rules,
    table: Arc<Mutex<Table>>,
}

#[derive(Debug, Default)]
struct Table {
    last_id: u64,
    guests: HashMap<u64, Guest>,
}

#[derive(Debug)]
struct Guest {
    from: IpAddr,
    doing: Doing,
    /// Time of the last read or write.
    active: Instant,
    shown_out: CancellationToken,
}

#[derive(Debug, Clone, Copy)]
enum Doing {
    /// The peer sends a request, or should.
    Asking { since: Instant },
    /// The peer takes an answer, or has taken it.
    Answered { since: Instant, written: u64 },
}

/// Reason why there is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// The address has all the places that it may have, and uses them.
    Each,
    /// All are in use.
    All,
}

impl Guests {
    /// Creates an empty set of connections.
    #[must_use]
    pub fn new(rules: Rules) -> Self {
        Guests { rules, table: Arc::default() }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for whoever comes from there. If there is none, the one who has done nothing for the
    /// longest time has to go.
    ///
    /// # Errors
    /// [`Full`], if all are busy.
    pub fn admit(&self, from: IpAddr, now: Instant) -> Result<Place, Full> {
        let (mut table, from) = (self.table(), household(from));
        let same = |guest: &Guest| guest.from == from;
        if is_public(from)
            && table.count(same) >= self.rules.each
            && !table.make_room(same, self.rules.grace, now)
        {
            return Err(Full::Each);
        }
        if table.count(|_| true) >= self.rules.connections
            && !table.make_room(|_| true, self.rules.grace, now)
        {
            return Err(Full::All);
        }
        table.last_id += 1;
        let (id, shown_out) = (table.last_id, CancellationToken::new());
        let doing = Doing::Asking { since: now };
        table.guests.insert(id, Guest { from, doing, active: now, shown_out: shown_out.clone() });
        Ok(Place { id, guests: self.clone(), shown_out })
    }

    /// Ends what has taken too long; whether there is anybody left.
    pub fn tidy(&self, now: Instant) -> bool {
        let table = self.table();
        for guest in table.guests.values().filter(|guest| guest.is_late(self.rules, now)) {
            guest.shown_out.cancel();
        }
        !table.guests.is_empty()
    }
}

impl Table {
    fn count(&self, which: impl Fn(&Guest) -> bool) -> usize {
        self.guests.values().filter(|guest| which(guest)).count()
    }

    /// Ends the one of these that has done nothing for the longest time.
    fn make_room(&mut self, which: impl Fn(&Guest) -> bool, grace: Duration, now: Instant) -> bool {
        let idle = self.guests.iter().filter(|(_, guest)| which(guest));
        let Some((id, guest)) = idle.min_by_key(|(_, guest)| guest.active) else { return false };
        if now.saturating_duration_since(guest.active) < grace {
            return false;
        }
        let id = *id;
        if let Some(guest) = self.guests.remove(&id) {
            guest.shown_out.cancel();
        }
        true
    }
}

impl Guest {
    fn is_late(&self, rules: Rules, now: Instant) -> bool {
        match self.doing {
            Doing::Asking { since } => now > since + rules.request,
            Doing::Answered { since, written } => {
                let slowest = rules.idle + Duration::from_secs(written / rules.slowest.max(1));
                now > self.active + rules.idle || now > since + slowest
            }
        }
    }
}

/// Groups IPv6 addresses by their /64, since whoever has one has at least 2^64 of them.
fn household(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() & !u128::from(u64::MAX)).into(),
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// A place, free again when this is dropped.
#[derive(Debug)]
pub struct Place {
    id: u64,
    guests: Guests,
    shown_out: CancellationToken,
}

impl Place {
    fn change(&self, act: impl FnOnce(&mut Guest)) {
        if let Some(guest) = self.guests.table().guests.get_mut(&self.id) {
            act(guest);
        }
    }

    /// Records that a part of a request has come.
    pub fn read(&self, now: Instant) {
        self.change(|guest| {
            guest.active = now;
            if let Doing::Answered { .. } = guest.doing {
                guest.doing = Doing::Asking { since: now };
            }
        });
    }

    /// Records that the peer took so many bytes of an answer.
    pub fn written(&self, bytes: usize, now: Instant) {
        self.change(|guest| {
            guest.active = now;
            guest.doing = match guest.doing {
                Doing::Asking { .. } => Doing::Answered { since: now, written: bytes as u64 },
                Doing::Answered { since, written } => {
                    Doing::Answered { since, written: written.saturating_add(bytes as u64) }
                }
            };
        });
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.guests.table().guests.remove(&self.id);
    }
}

/// The connection of a guest; it breaks when the guest is shown out.
#[derive(Debug)]
pub struct Seated {
    tcp: TcpStream,
    place: Place,
    shown_out: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl Seated {
    /// Binds a connection to its place.
    #[must_use]
    pub fn new(tcp: TcpStream, place: Place) -> Self {
        let shown_out = Box::pin(place.shown_out.clone().cancelled_owned());
        Seated { tcp, place, shown_out }
    }

    /// An error once the guest has to go; until then, the task is woken for it.
    fn check(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        match self.shown_out.as_mut().poll(cx) {
            Poll::Ready(()) => Err(io::ErrorKind::TimedOut.into()),
            Poll::Pending => Ok(()),
        }
    }
}

impl AsyncRead for Seated {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check(cx)?;
        let before = buf.filled().len();
        let read = Pin::new(&mut self.tcp).poll_read(cx, buf);
        if buf.filled().len() > before {
            self.place.read(Instant::now());
        }
        read
    }
}

impl AsyncWrite for Seated {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.check(cx)?;
        let written = Pin::new(&mut self.tcp).poll_write(cx, buf);
        if let Poll::Ready(Ok(bytes)) = written {
            self.place.written(bytes, Instant::now());
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check(cx)?;
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn ended(place: &Place) -> bool {
        place.shown_out.is_cancelled()
    }

    #[test]
    fn who_is_silent_longest_makes_room_and_who_is_busy_stays() {
        let (rules, start) = (Rules { connections: 3, ..Rules::default() }, Instant::now());
        let guests = Guests::new(rules);
        let seat = |n: u32| guests.admit(ip("10.0.0.1"), start + n * SECOND / 10);
        let (first, second, third) = (seat(0).unwrap(), seat(1).unwrap(), seat(2).unwrap());
        assert_eq!(seat(3).unwrap_err(), Full::All, "all have just come");
        first.written(1, start + 15 * SECOND / 10);
        let fourth = seat(20).unwrap();
        assert!(ended(&second) && !ended(&first) && !ended(&third) && !ended(&fourth));
        drop(second);
        assert_eq!(seat(20).map(|_| ()), Ok(()), "the third has done nothing for a while either");
        assert!(ended(&third));
    }

    #[test]
    fn one_address_of_the_internet_gets_a_share_and_a_proxy_beside_us_gets_all() {
        let (rules, now) = (Rules { each: 2, connections: 10, ..Rules::default() }, Instant::now());
        let guests = Guests::new(rules);
        for (a, b) in [("1.1.1.1", "::ffff:1.1.1.1"), ("2606:4700::1", "2606:4700::abcd:1")] {
            let seats = (guests.admit(ip(a), now).unwrap(), guests.admit(ip(b), now).unwrap());
            assert_eq!(guests.admit(ip(a), now).unwrap_err(), Full::Each, "{a}");
            let late = guests.admit(ip(a), now + SECOND).unwrap();
            assert!(ended(&seats.0) != ended(&seats.1), "one of its own makes room");
            drop(late);
        }
        let proxied: Vec<_> = (0..5).map(|_| guests.admit(ip("127.0.0.1"), now).unwrap()).collect();
        assert_eq!(guests.table().guests.len(), proxied.len());
    }

    #[test]
    fn requests_answers_and_silence_have_their_time() {
        let (rules, start) = (Rules::default(), Instant::now());
        let guests = Guests::new(rules);
        let seat = || guests.admit(ip("127.0.0.1"), start).unwrap();

        // A byte now and then is no request.
        let (silent, slow_to_ask) = (seat(), seat());
        slow_to_ask.read(start + rules.request / 2);
        guests.tidy(start + rules.request);
        assert!(!ended(&silent) && !ended(&slow_to_ask));
        guests.tidy(start + rules.request + SECOND);
        assert!(ended(&silent) && ended(&slow_to_ask));

        // A byte now and then is no reading either.
        let (steady, trickling, stalled) = (seat(), seat(), seat());
        for second in 0..300 {
            let now = start + second * SECOND;
            steady.written(2 * rules.slowest as usize, now);
            trickling.written(1, now);
            if second == 0 {
                stalled.written(1 << 20, now);
            }
            guests.tidy(now);
            assert!(!ended(&steady));
            assert_eq!(ended(&trickling), now > start + rules.idle, "after {second} s");
            assert_eq!(ended(&stalled), now > start + rules.idle, "after {second} s");
        }
        // The next request of a connection begins anew.
        let again = start + 310 * SECOND;
        steady.read(again);
        guests.tidy(again + rules.request);
        assert!(!ended(&steady));
        guests.tidy(again + rules.request + SECOND);
        assert!(ended(&steady));
        drop((silent, slow_to_ask, steady, trickling, stalled));
        assert!(!guests.tidy(again), "places are free when connections end");
    }
}
