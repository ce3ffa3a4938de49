//! A probe of the gateway's privileges as a user's clients see them (`slidged doctor --client`): an
//! entry of the roster that comes and goes, and a message in the user's name that no archive keeps.

use crate::model::finding::Findings;
use crate::model::finding::Verdict;
use crate::model::ids::new_id;
use crate::services::Services;
use crate::services::privilege::Privilege;
use crate::xmpp::Xml;
use crate::xmpp::echo;
use crate::xmpp::hints::Hint;
use crate::xmpp::link::events::IqError;
use crate::xmpp::link::events::IqType;
use crate::xmpp::privilege;
use crate::xmpp::roster::Item;
use crate::xmpp::roster::Subscription;
use jid::BareJid;

/// Local part of the contact that the probe uses, which hopefully no network gives to anybody.
const NAME: &str = "slidged-doctor";
/// Explanation for COMPAT ejabberd 23.01, which grants the roster and then fails to write it.
const UNWRITTEN: &str = "granted, but the server does not write it, as ejabberd 23.01: contacts ask one by one to be on the roster";
/// Text of the message, and name of the contact.
const WORDS: &str = "slidged doctor was here";

/// Probes the roster and the messages in the user's name, as far as their server grants them.
pub(crate) async fn probe(services: &Services, user: &BareJid) -> Findings {
    Probe(services).run(user).await
}

/// A probe of one user's server.
struct Probe<'a>(&'a Services);

impl Probe<'_> {
    /// Probes the roster and the messages in the user's name, as far as their server grants them.
    async fn run(&self, user: &BareJid) -> Findings {
        let mut findings = Findings::default();
        let Ok(contact) = BareJid::new(&format!("{NAME}@{}", self.0.address.domain())) else {
            return findings;
        };
        let privileges = [(Privilege::Roster, "roster"), (Privilege::Message, "message")];
        for (privilege, what) in privileges {
            if !self.0.privileges.has(user.domain().as_str(), privilege) {
                findings.add(what, Verdict::Optional, privilege.without());
            } else if privilege == Privilege::Message {
                self.say_as(user, &contact);
                findings.add(what, Verdict::Fine, "said");
            } else {
                match self.come_and_go(user, &contact).await {
                    Ok(()) => findings.add(what, Verdict::Fine, "written"),
                    Err(why) => findings.add(what, Verdict::Optional, format!("{UNWRITTEN} ({why})")),
                }
            }
        }
        findings
    }

    async fn come_and_go(&self, user: &BareJid, contact: &BareJid) -> Result<(), IqError> {
        for subscription in [Subscription::None, Subscription::Remove] {
            let item = Item {
                jid: contact.clone(),
                name: Some(WORDS.into()),
                subscription,
                ask: false,
                groups: vec![],
            };
            self.0.rosters.ask(IqType::Set, user.as_str(), &[item]).await?;
        }
        Ok(())
    }

    fn say_as(&self, user: &BareJid, contact: &BareJid) {
        let domain = user.domain().as_str();
        let Some(privileges) = self.0.privileges.of(domain) else { return };
        let (id, key, mut xml) = (new_id(), self.0.keys.echo_key(), Xml::new());
        privilege::write_message(
            &mut xml,
            privileges.namespace,
            self.0.address.domain(),
            domain,
            |message| {
                message
                    .attr("type", "chat")
                    .attr("from", user.as_str())
                    .attr("to", contact.as_str())
                    .attr("id", &id);
                message.text_child("body", WORDS);
                Hint::NoStore.write(message);
                Hint::NoPermanentStore.write(message);
                echo::write(message, key.bytes(), (user.as_str(), contact.as_str()), Some(&id));
            },
        );
        self.0.uplink.send(xml.finish());
    }
}
