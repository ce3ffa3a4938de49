//! Events that users' clients want, by their entity capabilities (XEP-0115); clients are asked once
//! for each capability hash.

use super::uplink::Uplink;
use crate::model::lock::{read, write};
use crate::{
    model::pep_interest::PepInterest,
    xmpp::{
        caps::{self, Caps},
        disco::Info,
        ns,
    },
};
use std::{
    collections::HashMap,
    sync::{Arc, RwLock},
};
use tokio::sync::OnceCell;

/// Most capability hashes that are remembered: more than there are versions of clients in use.
/// Clients may claim any hash, hence the bound; beyond it all are forgotten and asked about again.
const MAX_KNOWN: usize = 4096;
/// Longest hash that is believed, in bytes.
const MAX_VER: usize = 128;

/// Events that clients of a hash want, as soon as one of them has answered.
#[derive(Default)]
struct Known(RwLock<HashMap<String, Arc<OnceCell<PepInterest>>>>);

impl Known {
    fn of(&self, ver: &str) -> Arc<OnceCell<PepInterest>> {
        if let Some(known) = read(&self.0).get(ver) {
            return known.clone();
        }
        let mut all = write(&self.0);
        if all.len() >= MAX_KNOWN {
            all.clear();
        }
        all.entry(ver.to_owned()).or_default().clone()
    }
}

/// Cache of the events that clients want, by their capabilities.
pub struct ClientCaps {
    known: Known,
    uplink: Uplink,
}

impl ClientCaps {
    pub(super) fn new(uplink: Uplink) -> Self {
        ClientCaps { known: Known::default(), uplink }
    }

    /// Returns the events that a client wants. The client is asked, unless another one of the same
    /// capabilities has answered already.
    pub(crate) async fn wants_of(&self, client: &str, caps: Option<Caps>) -> PepInterest {
        // Other hash functions are too rare to be worth a cache, and so are capabilities without a
        // hash (from before version 1.4 of XEP-0115).
        let Some(caps) = caps.filter(|caps| caps.hash == "sha-1" && caps.ver.len() <= MAX_VER) else {
            return self.ask_abilities(client, None).await.map(|info| wants(&info)).unwrap_or_default();
        };
        let known = self.known.of(&caps.ver);
        // An answer that does not match its hash counts for this client only (XEP-0115 section
        // 5.4).
        let mut own = PepInterest::default();
        let asked = known
            .get_or_try_init(|| async {
                let info = self.ask_abilities(client, Some(&caps.query_node())).await.ok_or(())?;
                own = wants(&info);
                if caps::ver(&info) == caps.ver { Ok(own) } else { Err(()) }
            })
            .await;
        asked.copied().unwrap_or(own)
    }

    async fn ask_abilities(&self, client: &str, node: Option<&str>) -> Option<Info> {
        let answer = self.uplink.get(client, |xml| {
            xml.open_ns("query", ns::DISCO_INFO).attr_opt("node", node).close();
        });
        match answer.await {
            Ok(answer) => answer.as_ref().and_then(Info::parse),
            Err(error) => {
                tracing::debug!(%error, "a client does not tell what it wants");
                None
            }
        }
    }
}

fn wants(info: &Info) -> PepInterest {
    let wants = |node: &str| info.features.iter().any(|f| f.strip_suffix(ns::NOTIFY) == Some(node));
    PepInterest { avatar: wants(ns::AVATAR_METADATA), nick: wants(ns::NICK), vcard: wants(ns::VCARD4_NODE) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_wants_what_it_has_a_feature_for() {
        let features = [ns::AVATAR_METADATA, "urn:xmpp:avatar:metadata+notify", "urn:xmpp:vcard4"];
        let info = Info { features: features.map(str::to_owned).into(), ..Info::default() };
        assert_eq!(wants(&info), PepInterest { avatar: true, nick: false, vcard: false });
    }

    #[test]
    fn the_number_of_hashes_is_bounded() {
        let all = Known::default();
        let first = all.of("0");
        assert!(Arc::ptr_eq(&first, &all.of("0")));
        for n in 0..MAX_KNOWN * 2 {
            all.of(&n.to_string());
        }
        assert!(read(&all.0).len() <= MAX_KNOWN);
    }
}
