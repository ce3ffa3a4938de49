//! Bits of binary (XEP-0231): small data that clients fetch over XMPP itself, so that a form can
//! show a picture without any HTTP.

use crate::model::lock::lock;
use crate::xmpp::{
    Stanza,
    bob::{self, Cid},
    media_element::{Media, Uri},
    reply,
};
use bytes::Bytes;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

/// Time for which bits are kept: as long as a form may be open (R2).
const LIFETIME: Duration = Duration::from_secs(600);
/// Most bits that are kept. Each registration by QR code shows some, and no network lets so many
/// users log in at the same time.
const MAX_BLOBS: usize = 1000;
/// Most bytes of all bits together; a QR code has one or two KiB.
const MAX_BYTES: usize = 8 << 20;
/// Most bytes of one: encoded in Base64 it must fit into a stanza that servers take. XEP-0231
/// section 2 asks for 8 KiB or less.
const MAX_BLOB: usize = 128 << 10;

/// Bits, the oldest first. All of them live equally long, so they also end in that order.
#[derive(Debug, Default)]
struct Bits {
    blobs: VecDeque<Blob>,
    bytes: usize,
}

#[derive(Debug)]
struct Blob {
    cid: Cid,
    content_type: String,
    bytes: Bytes,
    /// Address of the same picture where it was uploaded to, if it was.
    url: Option<String>,
    ends: Instant,
}

impl Bits {
    /// Keeps something and drops the oldest where there is no room. `None` when it is too large.
    fn put(&mut self, content_type: &str, bytes: Bytes, now: Instant) -> Option<Cid> {
        if bytes.len() > MAX_BLOB {
            return None;
        }
        let cid = Cid::of(&bytes);
        let url = self.elsewhere(cid, None);
        self.remove(|blob| blob.cid == cid || blob.ends <= now);
        self.bytes += bytes.len();
        self.blobs.push_back(Blob {
            cid,
            content_type: content_type.to_owned(),
            bytes,
            url,
            ends: now + LIFETIME,
        });
        while self.blobs.len() > MAX_BLOBS || self.bytes > MAX_BYTES {
            let Some(oldest) = self.blobs.pop_front() else { break };
            self.bytes -= oldest.bytes.len();
        }
        Some(cid)
    }

    fn get(&self, cid: Cid, now: Instant) -> Option<&Blob> {
        self.blobs.iter().find(|blob| blob.cid == cid && now < blob.ends)
    }

    /// Returns the address to which the same data was uploaded, as `told` now or earlier.
    fn elsewhere(&mut self, cid: Cid, told: Option<&str>) -> Option<String> {
        let blob = self.blobs.iter_mut().find(|blob| blob.cid == cid)?;
        if told.is_some() {
            blob.url = told.map(str::to_owned);
        }
        blob.url.clone()
    }

    fn remove(&mut self, gone: impl Fn(&Blob) -> bool) {
        self.blobs.retain(|blob| !gone(blob));
        self.bytes = self.blobs.iter().map(|blob| blob.bytes.len()).sum();
    }
}

/// Bits that clients fetch from the gateway. A clone shares them.
#[derive(Debug, Clone, Default)]
pub struct Bob(Arc<Mutex<Bits>>);

impl Bob {
    /// Makes a picture for a field of a form (XEP-0221): bits that any client can fetch from the
    /// gateway for ten minutes, and an HTTP address if it was uploaded, now or earlier. `None` when
    /// there is neither: no address, and too large for bits.
    #[must_use]
    pub fn media(&self, content_type: &str, picture: Bytes, url: Option<&str>) -> Option<Media> {
        let size = crate::media::picture::facts(&picture).map(|facts| (facts.width, facts.height));
        let mut bits = lock(&self.0);
        let cid = bits.put(content_type, picture, Instant::now());
        let url = cid.map_or_else(|| url.map(str::to_owned), |cid| bits.elsewhere(cid, url));
        let cid = cid.map(|cid| format!("cid:{cid}"));
        let uri = |uri| Uri { type_: content_type.to_owned(), uri };
        let uris: Vec<Uri> = cid.into_iter().chain(url).map(uri).collect();
        (!uris.is_empty()).then_some(Media { size, uris })
    }

    /// Answers a request for bits.
    pub(crate) fn answer(&self, iq: &Stanza) -> Bytes {
        let now = Instant::now();
        let bits = lock(&self.0);
        let Some(blob) = Cid::asked(iq).flatten().and_then(|cid| bits.get(cid, now)) else {
            return reply::not_found(iq);
        };
        let seconds = blob.ends.saturating_duration_since(now).as_secs();
        reply::result(iq, |xml| bob::write_data(xml, &blob.cid, &blob.content_type, seconds, &blob.bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blob(n: usize, size: usize) -> Bytes {
        let mut bytes = n.to_be_bytes().to_vec();
        bytes.resize(size, 0);
        bytes.into()
    }

    #[test]
    fn bits_end_after_ten_minutes() {
        let (mut bits, start) = (Bits::default(), Instant::now());
        let cid = bits.put("image/png", blob(1, 10), start).unwrap();
        let found = bits.get(cid, start).unwrap();
        assert_eq!((found.content_type.as_str(), &found.bytes), ("image/png", &blob(1, 10)));
        assert!(bits.get(cid, start + LIFETIME).is_none());
        // Shown again, it lives on, and once only.
        assert_eq!(bits.put("image/png", blob(1, 10), start + LIFETIME / 2), Some(cid));
        assert!(bits.get(cid, start + LIFETIME).is_some());
        assert_eq!(bits.elsewhere(cid, Some("https://up")).as_deref(), Some("https://up"));
        bits.put("image/png", blob(1, 10), start + LIFETIME / 2);
        assert_eq!(bits.elsewhere(cid, None).as_deref(), Some("https://up"), "it is still there");
        assert_eq!((bits.blobs.len(), bits.bytes), (1, 10));
        bits.put("image/png", blob(2, 10), start + LIFETIME * 2);
        assert_eq!((bits.blobs.len(), bits.bytes), (1, 10), "what has ended is let go");
    }

    #[test]
    fn many_and_large_bits_push_out_the_oldest() {
        let (mut bits, now) = (Bits::default(), Instant::now());
        assert_eq!(bits.put("a/b", blob(0, MAX_BLOB + 1), now), None);
        let cids: Vec<_> = (0..MAX_BLOBS + 10).map(|n| bits.put("a/b", blob(n, 8), now).unwrap()).collect();
        assert_eq!(bits.blobs.len(), MAX_BLOBS);
        assert!(bits.get(cids[9], now).is_none() && bits.get(cids[10], now).is_some());
        let last: Vec<_> = (0..200).map(|n| bits.put("a/b", blob(n, MAX_BLOB), now).unwrap()).collect();
        assert!(bits.bytes <= MAX_BYTES && bits.get(last[199], now).is_some());
        assert_eq!(bits.bytes, bits.blobs.iter().map(|blob| blob.bytes.len()).sum::<usize>());
    }
}
