//! Checks of the gateway from a user's client, one after the other.

use super::{
    lines::Missing,
    session::{Session, Unanswered},
};
use crate::{
    model::finding::{
        Findings,
        Verdict::{self, Fine, Optional, Wrong},
    },
    xmpp::{Condition, ns},
};
use jid::{BareJid, Jid};
use minidom::Element;
use rxml::xml_ncname;

/// XEP-0313.
const MAM: &str = "urn:xmpp:mam:2";
/// XEP-0402.
const BOOKMARKS: &str = "urn:xmpp:bookmarks:1";
/// XEP-0059.
const RSM: &str = "http://jabber.org/protocol/rsm";
/// Services of a server that are asked what they are; administrators of more know what they do.
const MOST: usize = 32;

/// A user's client, and what it has seen so far.
pub(super) struct Examined {
    session: Session,
    user: BareJid,
    gateway: BareJid,
    services: Vec<Jid>,
    findings: Findings,
}

impl Examined {
    pub(super) fn new(session: Session, user: &BareJid, gateway: &BareJid, findings: Findings) -> Self {
        Self { session, user: user.clone(), gateway: gateway.clone(), services: Vec::new(), findings }
    }

    /// Looks at everything, as far as the connection carries.
    pub(super) async fn all(
        mut self,
        probe: Option<impl FnOnce(&BareJid) -> Result<Findings, String> + Send + 'static>,
    ) -> Findings {
        if let Err(error) = self.one_by_one(probe).await {
            self.add("connection", Wrong, error.to_string());
        }
        self.session.end().await;
        self.findings
    }

    async fn one_by_one(
        &mut self,
        probe: Option<impl FnOnce(&BareJid) -> Result<Findings, String> + Send + 'static>,
    ) -> Result<(), Unanswered> {
        self.listed().await?;
        self.answers().await?;
        self.registration().await?;
        // Only who has asked for the roster is told of changes.
        let roster = answered(self.session.get(None, element("query", ns::ROSTER)).await)?;
        let carbons = answered(self.session.set(None, element("enable", ns::CARBONS)).await)?;
        if let Err(why) = &carbons {
            self.miss("carbons", Missing::Carbons, why);
        }
        self.probed(probe, roster.is_ok(), carbons.is_ok()).await?;
        self.archive().await?;
        self.files().await?;
        self.bookmarks().await
    }

    fn add(&mut self, what: &str, verdict: Verdict, detail: impl Into<String>) {
        self.findings.add(format!("{}: {what}", self.user), verdict, detail);
    }

    fn miss(&mut self, what: &str, missing: Missing, why: &str) {
        let why = if why.is_empty() { String::new() } else { format!(" ({why})") };
        self.add(what, Optional, format!("{}{why}", missing.without()));
        self.findings.mend(&missing.lines(self.user.domain().as_str(), self.gateway.as_str()));
    }

    /// Clients list what is there in service discovery.
    async fn listed(&mut self) -> Result<(), Unanswered> {
        let server = Jid::from(BareJid::from_parts(None, self.user.domain()));
        let items = answered(self.session.get(Some(&server), element("query", ns::DISCO_ITEMS)).await)?;
        let items = match items {
            Ok(items) => items,
            Err(why) => {
                self.add("listed", Wrong, format!("the server does not list its services: {why}"));
                return Ok(());
            }
        };
        let children = items.iter().flat_map(Element::children);
        self.services = children.filter_map(|item| item.attr("jid")?.parse().ok()).collect();
        match self.services.iter().filter(|service| **service == self.gateway).count() {
            0 => self.miss("listed", Missing::Listing, ""),
            1 => self.add("listed", Fine, "once, among the services of the server"),
            n => {
                let text = format!(
                    "{n} times: the server does so by itself, so take {} out of disco_items (Prosody) or extra_domains (ejabberd)",
                    self.gateway
                );
                self.add("listed", Optional, text);
            }
        }
        Ok(())
    }

    async fn answers(&mut self) -> Result<(), Unanswered> {
        let gateway = Jid::from(self.gateway.clone());
        let info = match answered(self.session.get(Some(&gateway), element("query", ns::DISCO_INFO)).await)? {
            Ok(info) => info,
            Err(why) => {
                self.add("answers", Wrong, format!("the gateway does not: {why}. Does it run?"));
                return Ok(());
            }
        };
        let identity =
            info.iter().flat_map(Element::children).find(|child| child.is("identity", ns::DISCO_INFO));
        let name = identity.and_then(|identity| identity.attr("name")).unwrap_or("a gateway").to_owned();
        match answered(self.session.get(Some(&gateway), element("ping", ns::PING)).await)? {
            Ok(_) => self.add("answers", Fine, name),
            Err(why) => self.add("answers", Wrong, format!("not to a ping: {why}")),
        }
        Ok(())
    }

    async fn registration(&mut self) -> Result<(), Unanswered> {
        let gateway = Jid::from(self.gateway.clone());
        match answered(self.session.get(Some(&gateway), element("query", ns::REGISTER)).await)? {
            Ok(Some(form)) if form.has_child("registered", ns::REGISTER) => {
                self.add("registration", Fine, "registered");
            }
            Ok(_) => self.add("registration", Fine, "the form is shown"),
            Err(why) => self.add("registration", Wrong, why),
        }
        Ok(())
    }

    /// Waits for the stanza that the gateway sends with its privileges.
    async fn probed(
        &mut self,
        probe: Option<impl FnOnce(&BareJid) -> Result<Findings, String> + Send + 'static>,
        roster: bool,
        carbons: bool,
    ) -> Result<(), Unanswered> {
        let Some(probe) = probe else {
            self.add("roster", Optional, "not tried: no gateway runs");
            return Ok(());
        };
        self.session.be_available().await?;
        let user = self.user.clone();
        let done = tokio::task::spawn_blocking(move || probe(&user)).await;
        let done = match done.map_err(|error| error.to_string()).flatten() {
            Ok(done) => done,
            Err(why) => {
                self.add("roster", Wrong, why);
                return Ok(());
            }
        };
        let gateway = self.gateway.clone();
        for finding in done.tried {
            if finding.verdict != Fine {
                self.add(&finding.what, finding.verdict, finding.detail);
            } else if finding.what == "roster" && roster {
                let arrived = self.session.is_told(|stanza| is_push(stanza, &gateway)).await?;
                self.arrival("roster", arrived, "what the gateway writes into it arrives");
            } else if finding.what == "message" && carbons {
                let arrived = self.session.is_told(|stanza| is_carbon(stanza, &gateway)).await?;
                self.arrival("carbons", arrived, "what is said in the user's name arrives");
            }
        }
        Ok(())
    }

    fn arrival(&mut self, what: &str, arrived: bool, text: &str) {
        if arrived {
            self.add(what, Fine, text);
        } else {
            let text = format!("{text} nowhere, although the privilege is granted. ejabberd 23.01 does so");
            self.add(what, Optional, text);
        }
    }

    async fn archive(&mut self) -> Result<(), Unanswered> {
        let page = Element::builder("set", RSM).append(Element::builder("max", RSM).append("1")).build();
        let query = Element::builder("query", MAM).append(page).build();
        match answered(self.session.set(None, query).await)? {
            Ok(_) => self.add("archive", Fine, "can be read"),
            Err(why) => self.miss("archive", Missing::Archive, &why),
        }
        Ok(())
    }

    async fn files(&mut self) -> Result<(), Unanswered> {
        for service in self.services.clone().into_iter().take(MOST).filter(|service| *service != self.gateway)
        {
            let info = answered(self.session.get(Some(&service), element("query", ns::DISCO_INFO)).await)?;
            let info = info.ok().flatten();
            let has = |feature: &Element| feature.attr("var") == Some(ns::HTTP_UPLOAD);
            if !info.iter().flat_map(Element::children).any(has) {
                continue;
            }
            let request = Element::builder("request", ns::HTTP_UPLOAD)
                .attr(xml_ncname!("filename").to_owned(), "doctor.txt")
                .attr(xml_ncname!("size").to_owned(), "24")
                .attr(xml_ncname!("content-type").to_owned(), "text/plain")
                .build();
            match answered(self.session.get(Some(&service), request).await)? {
                Ok(_) => self.add("files", Fine, format!("{service} gives places")),
                Err(why) => self.add("files", Wrong, format!("{service} gives no place: {why}")),
            }
            return Ok(());
        }
        self.miss("files", Missing::Files, "");
        Ok(())
    }

    async fn bookmarks(&mut self) -> Result<(), Unanswered> {
        let items =
            Element::builder("items", ns::PUBSUB).attr(xml_ncname!("node").to_owned(), BOOKMARKS).build();
        let query = Element::builder("pubsub", ns::PUBSUB).append(items).build();
        match self.session.get(None, query).await {
            Ok(_) => self.add("bookmarks", Fine, "can be read"),
            // There are none yet.
            Err(error) if error.is(Condition::ItemNotFound) => self.add("bookmarks", Fine, "none yet"),
            Err(error) => {
                if let Err(why) = answered(Err(error))? {
                    self.miss("bookmarks", Missing::Bookmarks, &why);
                }
            }
        }
        Ok(())
    }
}

/// A refusal and silence are answers of a kind; a broken connection is none.
fn answered(
    outcome: Result<Option<Element>, Unanswered>,
) -> Result<Result<Option<Element>, String>, Unanswered> {
    match outcome {
        Ok(payload) => Ok(Ok(payload)),
        Err(Unanswered::Broken(why)) => Err(Unanswered::Broken(why)),
        Err(error) => Ok(Err(error.to_string())),
    }
}

fn element(name: &str, namespace: &str) -> Element {
    Element::builder(name, namespace).build()
}

fn is_push(stanza: &Element, gateway: &BareJid) -> bool {
    let query = stanza.get_child("query", ns::ROSTER).filter(|_| stanza.name() == "iq");
    let items = query.into_iter().flat_map(Element::children);
    items.filter_map(|item| item.attr("jid")).any(|jid| is_of(jid, gateway))
}

fn is_carbon(stanza: &Element, gateway: &BareJid) -> bool {
    let sent =
        stanza.get_child("sent", ns::CARBONS).and_then(|sent| sent.get_child("forwarded", ns::FORWARD));
    let to = sent.and_then(|forwarded| forwarded.get_child("message", ns::CLIENT)?.attr("to"));
    to.is_some_and(|to| is_of(to, gateway))
}

/// Whether that is somebody of the gateway.
fn is_of(address: &str, gateway: &BareJid) -> bool {
    address.parse::<Jid>().is_ok_and(|jid| jid.domain() == gateway.domain())
}
