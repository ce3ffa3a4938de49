//! The client's roster (RFC 6121, 2).

use minidom::Element;

use super::Client;

const ROSTER: &str = "jabber:iq:roster";

/// One contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterItem {
    /// Address of the contact.
    pub jid: String,
    /// Name of the contact, or nothing.
    pub name: String,
    /// `none`, `to`, `from` or `both`.
    pub subscription: String,
    /// The groups that it is in.
    pub groups: Vec<String>,
}

impl Client {
    /// The whole roster.
    ///
    /// # Panics
    /// When the server does not give it.
    pub async fn roster(&self) -> Vec<RosterItem> {
        let query = self
            .get("", &format!("<query xmlns='{ROSTER}'/>"))
            .await
            .unwrap_or_else(|e| panic!("{} got no roster: {e}", self.jid));
        query.children().map(item).collect()
    }

    /// Waits until a contact is on the roster with this subscription, however it gets there.
    ///
    /// # Panics
    /// When it is not in time.
    pub async fn on_roster(&self, jid: &str, subscription: &str) -> RosterItem {
        let fits = |i: &RosterItem| i.jid == jid && i.subscription == subscription;
        if let Some(item) = self.roster().await.into_iter().find(fits) {
            return item;
        }
        // Having asked for it, we are told of every change from then on; a change before our
        // question is in its answer.
        let what = format!("{jid} on the roster ({subscription})");
        let pushed = |s: &Element| {
            s.get_child("query", ROSTER).and_then(|q| q.children().next().map(item)).filter(fits)
        };
        let push = self.expect(&what, |s| pushed(s).is_some()).await;
        pushed(&push).expect("it fitted")
    }

    /// Waits until a contact asks to see the user, and does what people's clients do then: they
    /// allow it and want the same.
    ///
    /// # Panics
    /// When the two do not see each other in time.
    pub async fn meet(&self, who: &str) {
        self.see(who, "subscribe").await;
        self.send(&format!("<presence type='subscribed' to='{who}'/>")).await;
        self.send(&format!("<presence type='subscribe' to='{who}'/>")).await;
        self.on_roster(who, "both").await;
    }
}

fn item(element: &Element) -> RosterItem {
    let attr = |name: &str| element.attr(name).unwrap_or_default().to_owned();
    RosterItem {
        jid: attr("jid"),
        name: attr("name"),
        subscription: attr("subscription"),
        groups: element.children().filter(|c| c.name() == "group").map(Element::text).collect(),
    }
}
