//! A bounded number of places for people whom nobody knows, so that none of them takes all: neither
//! an address, nor a domain, whose addresses cost nothing.
//!
//! Whoever has a place already leaves half of what there is to those who have none: an address that
//! has one gets another only while its domain has less than a quarter of all, and a domain that has
//! one only while half of all is free.

use jid::{BareJid, DomainPart};
use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};

/// Number of places.
#[derive(Debug, Clone, Copy)]
pub struct Places {
    /// Places in all.
    pub all: usize,
    /// Places of each address.
    pub each: usize,
}

/// Places for strangers, which they share, and for people who are known, each of whom has their
/// own.
#[derive(Debug)]
pub struct Guests {
    strangers: Arc<Crowd>,
    known: Arc<Crowd>,
}

impl Guests {
    /// Places for strangers, and so many for each who is known: of these there are as many as were
    /// let in.
    #[must_use]
    pub fn new(strangers: Places, known: usize) -> Guests {
        let known = Places { all: usize::MAX, each: known };
        Guests { strangers: Crowd::new(strangers), known: Crowd::new(known) }
    }

    /// A place for somebody, if there is one.
    #[must_use]
    pub fn enter(&self, who: &BareJid, known: bool) -> Option<Place> {
        if known { self.known.enter(who) } else { self.strangers.enter(who) }
    }
}

/// Places that are taken now.
#[derive(Debug)]
pub struct Crowd {
    places: Places,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    domains: HashMap<DomainPart, usize>,
    addresses: HashMap<BareJid, usize>,
}

/// A place, until it is dropped.
#[derive(Debug)]
pub struct Place {
    crowd: Arc<Crowd>,
    who: BareJid,
}

impl Crowd {
    /// All places free.
    #[must_use]
    pub fn new(places: Places) -> Arc<Crowd> {
        Arc::new(Crowd { places, taken: Mutex::default() })
    }

    /// A place for somebody, if there is one.
    #[must_use]
    pub fn enter(self: &Arc<Self>, who: &BareJid) -> Option<Place> {
        let Places { all, each } = self.places;
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let domain = who.domain();
        let of_domain = taken.domains.get(domain).copied().unwrap_or_default();
        let own = taken.addresses.get(who).copied().unwrap_or_default();
        let room = taken.all < all
            && own < each
            && (of_domain == 0 || taken.all < all.div_ceil(2))
            && (own == 0 || of_domain < all.div_ceil(4));
        room.then(|| {
            taken.all += 1;
            *taken.domains.entry(domain.to_owned()).or_default() += 1;
            *taken.addresses.entry(who.clone()).or_default() += 1;
            Place { crowd: self.clone(), who: who.clone() }
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.crowd.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all -= 1;
        let domain = self.who.domain().to_owned();
        one_less(&mut taken.domains, domain);
        one_less(&mut taken.addresses, self.who.clone());
    }
}

fn one_less<K: Hash + Eq>(counts: &mut HashMap<K, usize>, key: K) {
    if let std::collections::hash_map::Entry::Occupied(mut count) = counts.entry(key) {
        *count.get_mut() -= 1;
        if *count.get() == 0 {
            count.remove();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACES: Places = Places { all: 16, each: 3 };

    fn jid(name: usize, domain: &str) -> BareJid {
        BareJid::new(&format!("u{name}@{domain}")).unwrap()
    }

    #[test]
    fn an_address_has_its_few_places_and_gets_them_back() {
        let crowd = Crowd::new(PLACES);
        let held: Vec<_> = (0..5).filter_map(|_| crowd.enter(&jid(1, "a"))).collect();
        assert_eq!(held.len(), 3);
        drop(held);
        assert!(crowd.enter(&jid(1, "a")).is_some());
        let taken = crowd.taken.lock().unwrap();
        assert_eq!(
            (taken.all, taken.domains.len(), taken.addresses.len()),
            (0, 0, 0),
            "nothing is left behind"
        );
    }

    #[test]
    fn who_has_places_leaves_some_of_the_domain_to_who_has_none() {
        let crowd = Crowd::new(PLACES);
        let greedy: Vec<_> = (0..30).filter_map(|n| crowd.enter(&jid(n % 2, "a"))).collect();
        assert_eq!(greedy.len(), 4, "a quarter");
        assert!(crowd.enter(&jid(2, "a")).is_some());
    }

    #[test]
    fn a_domain_has_half_of_all_and_others_still_come_in() {
        let crowd = Crowd::new(PLACES);
        let _one: Vec<_> = (0..100).filter_map(|n| crowd.enter(&jid(n, "a"))).collect();
        assert_eq!(crowd.taken.lock().unwrap().all, 8);
        let _others: Vec<_> = (0..100).filter_map(|n| crowd.enter(&jid(n, &format!("d{}", n % 7)))).collect();
        assert_eq!(crowd.taken.lock().unwrap().all, 15, "one for each of them");
        let last = crowd.enter(&jid(0, "b"));
        assert!(last.is_some() && crowd.enter(&jid(0, "c")).is_none(), "that is all");
    }
}
