//! What works with the XMPP server and what does not, tried out on it: for administrators who set a gateway up.

use super::{Gateway, Privilege, asking, now, publish::NOBODY, upload::UploadError};
use crate::{
    media::{fetch, reach::Inside, source::Source},
    xmpp::{Condition, Xml, entity_time, link::IqError, ns},
};
use bytes::Bytes;
use jid::BareJid;
use std::{collections::BTreeSet, time::Duration};

/// Clocks that differ by more spoil the order of messages and their delays. Milliseconds.
const APART: i64 = 5000;
/// What is uploaded to try it.
const WORDS: &[u8] = b"slidged doctor was here\n";
/// Domains that are looked at; administrators of more know what they do.
const MOST: usize = 16;

/// Something that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub what: String,
    /// How it went: some words, or what is wrong.
    pub outcome: Result<String, String>,
}

/// All that was tried.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// In order.
    pub tried: Vec<Finding>,
    /// The lines that would mend what servers do not grant; empty if all is well.
    pub lines: String,
}

impl Findings {
    fn add(&mut self, what: impl Into<String>, outcome: Result<String, String>) {
        self.tried.push(Finding { what: what.into(), outcome });
    }
}

fn ask_for_time(xml: &mut Xml) {
    xml.leaf("time", ns::TIME);
}

/// How long after the connection a server may tell what it grants: ejabberd does not do it at once.
const LATE: Duration = Duration::from_secs(2);
/// How often to look whether it has.
const LOOK: Duration = Duration::from_millis(20);

impl Gateway {
    /// Tries everything, with each server of users. `asked` is a user to try things for, else one of those who are registered.
    pub async fn examine(&self, asked: Option<&BareJid>) -> Findings {
        let mut findings = Findings::default();
        let mut domains: BTreeSet<String> =
            self.domain.split_once('.').map(|(_, home)| home.to_owned()).into_iter().collect();
        let registered: Vec<BareJid> = self.sessions().iter().map(|session| session.jid().clone()).collect();
        domains.extend(registered.iter().chain(asked).map(|jid| jid.domain().to_string()));
        let told = async {
            while domains.iter().take(MOST).any(|domain| self.privileges(domain).is_none()) {
                tokio::time::sleep(LOOK).await;
            }
        };
        // Who tells nothing grants nothing.
        let _ = tokio::time::timeout(LATE, told).await;
        findings.add("requests of the gateway", asking::examine(self).await);
        for domain in domains.iter().take(MOST) {
            let of_domain = |jid: &&BareJid| jid.domain().as_str() == domain;
            let user = asked.filter(of_domain).or(registered.iter().find(of_domain));
            self.examine_server(domain, user, &mut findings).await;
        }
        self.examine_media_server(&mut findings).await;
        findings
    }

    async fn examine_server(&self, domain: &str, user: Option<&BareJid>, findings: &mut Findings) {
        findings.add(format!("{domain}: clock"), self.examine_clock(domain).await);
        let mut missing = false;
        for privilege in Privilege::ALL {
            let granted = self.has(domain, privilege);
            missing |= !granted;
            let outcome =
                if granted { Ok("granted".to_owned()) } else { Err(privilege.without().to_owned()) };
            findings.add(format!("{domain}: privilege {}", privilege.name()), outcome);
        }
        if missing {
            findings.lines += &format!("{}\n", self.privilege_lines(domain));
        }
        self.examine_uploads(domain, user, findings).await;
    }

    async fn examine_clock(&self, domain: &str) -> Result<String, String> {
        let before = now();
        let answer = self.get(domain, ask_for_time).await;
        let answer = match answer {
            // Not every server tells.
            Err(IqError::Stanza(_)) => return Ok("the server does not tell the time".to_owned()),
            Err(IqError::Dropped) => return Ok("not asked: the server drops it".to_owned()),
            answer => answer.map_err(|error| format!("the server does not answer: {error}"))?,
        };
        let Some(told) = answer.as_ref().and_then(entity_time::parse) else {
            return Ok("the server does not tell the time".to_owned());
        };
        let told = told.unix_timestamp().saturating_mul(1000);
        // It tells whole seconds, and was asked somewhen between.
        let apart = (told - before.midpoint(now())).abs().saturating_sub(1000).max(0);
        if apart > APART {
            return Err(format!("{} seconds from ours: set both by NTP", apart / 1000));
        }
        Ok("the same as ours".to_owned())
    }

    async fn examine_uploads(&self, domain: &str, user: Option<&BareJid>, findings: &mut Findings) {
        let service = match self.upload_service(domain, user).await {
            Ok(Some(service)) => service,
            Ok(None) => {
                let served = if self.files.shelf().is_some() {
                    Ok("none: our own media server takes files".to_owned())
                } else {
                    Err(format!(
                        "{domain} has none (XEP-0363): add one (Prosody: Component \"upload.{domain}\" \"http_file_share\"; ejabberd: mod_http_upload), or set listen and url in [media]"
                    ))
                };
                return findings.add(format!("{domain}: upload service"), served);
            }
            Err(error) => return findings.add(format!("{domain}: upload service"), Err(error.to_string())),
        };
        let most =
            service.max_size.map_or_else(String::new, |most| format!(", files of at most {most} bytes"));
        findings.add(format!("{domain}: upload service"), Ok(format!("{}{most}", service.jid)));
        // The gateway asks for itself whoever the file is for.
        let anybody = BareJid::new(domain).ok();
        if let Some(anybody) = user.or(anybody.as_ref()) {
            let outcome = self.try_upload(false, anybody, &service.jid).await;
            findings.add(format!("{domain}: upload as the gateway"), outcome);
        }
        if self.has(domain, Privilege::Upload) {
            let outcome = match user {
                Some(user) => self.try_upload(true, user, &service.jid).await,
                None => Ok("not tried: name a user of that server".to_owned()),
            };
            findings.add(format!("{domain}: upload as a user"), outcome);
        }
    }

    /// Puts a few words there, and fetches them again.
    async fn try_upload(&self, as_user: bool, user: &BareJid, service: &str) -> Result<String, String> {
        let source = Source::Memory(Bytes::from_static(WORDS));
        let url = self.put_as(as_user, user, service, ("doctor.txt", "text/plain"), &source).await;
        let url = url.map_err(|error| match error {
            // COMPAT Prosody 13 takes files of its users only, unless it is told.
            UploadError::Refused(_, IqError::Stanza(stanza)) if stanza.condition == Condition::Forbidden && !as_user => {
                format!(
                    "{service} takes no files of the gateway. Prosody: add http_file_share_access = {{ \"{}\"; \"{}\" }} to the section Component \"{service}\"",
                    user.domain(),
                    self.domain
                )
            }
            error => error.to_string(),
        })?;
        self.comes_back(&url).await
    }

    async fn examine_media_server(&self, findings: &mut Findings) {
        let source = Source::Memory(Bytes::from_static(WORDS));
        if let Some(shelved) = self.shelve(NOBODY, "doctor.txt", &source).await {
            let outcome = match shelved {
                Ok(url) => self.comes_back(&url).await,
                Err(error) => Err(error.to_string()),
            };
            findings.add("media server", outcome);
        }
    }

    async fn comes_back(&self, url: &str) -> Result<String, String> {
        let origin = fetch::origin_of(url);
        let fetched = self.files.fetcher().fetch(url, WORDS.len() as u64, Inside::Only(url)).await;
        let fetched = fetched.map_err(|error| format!("{url} cannot be fetched: {error}"))?;
        let piece = tokio::task::spawn_blocking(move || fetched.source.piece(0)).await;
        match piece {
            Ok(Ok(piece)) if piece == WORDS => Ok(format!("works: {}", origin.unwrap_or_default())),
            _ => Err(format!("{url} gives something else than was put there")),
        }
    }
}
