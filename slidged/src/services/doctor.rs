//! Examination of the XMPP servers, for administrators who set a gateway up: each feature is tried
//! out.

use crate::media::fetch;
use crate::media::reach::Inside;
use crate::media::source::Source;
use crate::model::clock::now;
use crate::model::finding::Findings;
use crate::model::finding::Verdict::Fine;
use crate::model::finding::Verdict::Optional;
use crate::model::finding::Verdict::Wrong;
use crate::services::Services;
use crate::services::dropped_iqs;
use crate::services::files::NOBODY;
use crate::services::files::UploadError;
use crate::services::privilege::Privilege;
use crate::xmpp::Condition;
use crate::xmpp::Xml;
use crate::xmpp::entity_time;
use crate::xmpp::link::events::IqError;
use crate::xmpp::link::events::LinkState;
use crate::xmpp::ns;
use bytes::Bytes;
use jid::BareJid;
use std::collections::BTreeSet;
use std::time::Duration;

/// Largest harmless difference between clocks, in milliseconds: a larger one spoils the order of
/// messages and their delay stamps.
const APART: i64 = 5000;
/// Content of the file that is uploaded as a trial.
const WORDS: &[u8] = b"slidged doctor was here\n";
/// Most domains that are examined; administrators of more know what they do.
const MOST: usize = 16;

fn ask_for_features(xml: &mut Xml) {
    xml.leaf("query", ns::DISCO_INFO);
}

fn ask_for_time(xml: &mut Xml) {
    xml.leaf("time", ns::TIME);
}

/// Finding where the server does not tell its time, so that the clocks cannot be compared.
const UNTOLD: &str = "not compared: the server does not tell the time (Prosody: \"time\" in modules_enabled; ejabberd: mod_time: {})";

/// Time after the connection in which servers may advertise privileges: ejabberd does not do it at
/// once.
const LATE: Duration = Duration::from_secs(2);
/// Interval at which the advertised privileges are looked at during that time.
const LOOK: Duration = Duration::from_millis(20);

/// Examines the servers of all users. `asked` is a user to try things for, else a registered one is
/// taken.
pub(crate) async fn examine(services: &Services, asked: Option<&BareJid>) -> Findings {
    Examination(services).run(asked).await
}

/// An examination of the XMPP servers.
struct Examination<'a>(&'a Services);

impl Examination<'_> {
    /// Examines the servers of all users. `asked` is a user to try things for, else a registered
    /// one is taken.
    async fn run(&self, asked: Option<&BareJid>) -> Findings {
        let down = match &*self.0.uplink.link().state().borrow() {
            LinkState::Down(why) => Some(why.to_string()),
            LinkState::Up(_) => None,
        };
        if let Some(why) = down {
            return Findings::wrong("server", format!("the gateway is not connected: {why}"));
        }
        let mut findings = Findings::default();
        let mut domains: BTreeSet<String> =
            self.0.address.domain().split_once('.').map(|(_, home)| home.to_owned()).into_iter().collect();
        let registered: Vec<BareJid> = self.0.index.users();
        domains.extend(registered.iter().chain(asked).map(|jid| jid.domain().to_string()));
        let told = async {
            while domains.iter().take(MOST).any(|domain| self.0.privileges.of(domain).is_none()) {
                tokio::time::sleep(LOOK).await;
            }
        };
        // A server that advertises nothing grants nothing.
        let _ = tokio::time::timeout(LATE, told).await;
        findings.outcome("requests of the gateway", dropped_iqs::examine(self.0).await);
        for domain in domains.iter().take(MOST) {
            let of_domain = |jid: &&BareJid| jid.domain().as_str() == domain;
            let user = asked.filter(of_domain).or(registered.iter().find(of_domain));
            self.examine_server(domain, user, &mut findings).await;
        }
        self.examine_media_server(&mut findings).await;
        findings
    }

    async fn examine_server(&self, domain: &str, user: Option<&BareJid>, findings: &mut Findings) {
        if let Err(error) = self.reach(domain).await {
            let why = format!("no such server is reached from here: {error}");
            return findings.add(format!("{domain}: server"), Wrong, why);
        }
        self.examine_clock(domain, findings).await;
        let mut missing = false;
        for privilege in Privilege::ALL {
            let what = format!("{domain}: privilege {}", privilege.name());
            if self.0.privileges.has(domain, privilege) {
                findings.add(what, Fine, "granted");
            } else {
                missing = true;
                findings.add(what, Optional, privilege.without());
            }
        }
        if missing {
            findings.mend(&self.0.privileges.lines(domain));
        }
        self.examine_uploads(domain, user, findings).await;
    }

    /// Checks that there is such a server, which each proves by answering disco#info.
    async fn reach(&self, domain: &str) -> Result<(), IqError> {
        // A server that advertises privileges exists.
        if self.0.privileges.of(domain).is_some() {
            return Ok(());
        }
        match self.0.uplink.get(domain, ask_for_features).await {
            Ok(_) | Err(IqError::Dropped) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn examine_clock(&self, domain: &str, findings: &mut Findings) {
        let (what, before) = (format!("{domain}: clock"), now());
        let answer = match self.0.uplink.get(domain, ask_for_time).await {
            Err(IqError::Dropped) => {
                return findings.add(what, Optional, "not compared: the server drops the question");
            }
            // XEP-0202 is optional.
            Err(IqError::Stanza(_)) => None,
            Err(error) => return findings.add(what, Wrong, format!("the server does not answer: {error}")),
            Ok(answer) => answer,
        };
        let Some(told) = answer.as_ref().and_then(entity_time::parse) else {
            return findings.add(what, Optional, UNTOLD);
        };
        let told = told.unix_timestamp().saturating_mul(1000);
        // The answer has whole seconds, and was made at some time between question and arrival.
        let apart = (told - before.midpoint(now())).abs().saturating_sub(1000).max(0);
        if apart > APART {
            let apart = format!("{} seconds from ours: set both by NTP", apart / 1000);
            return findings.add(what, Wrong, apart);
        }
        findings.add(what, Fine, "the same as ours");
    }

    async fn examine_uploads(&self, domain: &str, user: Option<&BareJid>, findings: &mut Findings) {
        let service = match self.0.uploads.upload_service(domain, user).await {
            Ok(Some(service)) => service,
            Ok(None) => {
                let what = format!("{domain}: upload service");
                if self.0.files.shelf().is_some() {
                    return findings.add(what, Fine, "none: our own media server takes files");
                }
                let mend = format!(
                    "optional, none (XEP-0363): files and QR codes are not shown. Add one (Prosody: Component \"upload.{domain}\" \"http_file_share\"; ejabberd: mod_http_upload), or set listen and url in [media]"
                );
                return findings.add(what, Optional, mend);
            }
            Err(error) => {
                // The dropped iqs are a finding already.
                let dropped = matches!(error, UploadError::Refused(_, IqError::Dropped));
                let verdict = if dropped { Optional } else { Wrong };
                return findings.add(format!("{domain}: upload service"), verdict, error.to_string());
            }
        };
        let most =
            service.max_size.map_or_else(String::new, |most| format!(", files of at most {most} bytes"));
        findings.add(format!("{domain}: upload service"), Fine, format!("{}{most}", service.jid));
        // The gateway asks in its own name here, whoever the file is for.
        let anybody = BareJid::new(domain).ok();
        if let Some(anybody) = user.or(anybody.as_ref()) {
            let outcome = self.try_upload(false, anybody, &service.jid).await;
            findings.outcome(format!("{domain}: upload as the gateway"), outcome);
        }
        if self.0.privileges.has(domain, Privilege::Upload) {
            let what = format!("{domain}: upload as a user");
            match user {
                Some(user) => findings.outcome(what, self.try_upload(true, user, &service.jid).await),
                None => findings.add(what, Optional, "not tried: name a user of that server (--user)"),
            }
        }
    }

    /// Uploads a short text, and fetches it again.
    async fn try_upload(&self, as_user: bool, user: &BareJid, service: &str) -> Result<String, String> {
        let source = Source::Memory(Bytes::from_static(WORDS));
        let url = self.0.uploads.put_as(as_user, user, service, ("doctor.txt", "text/plain"), &source).await;
        let url = url.map_err(|error| match error {
            // COMPAT Prosody 13 takes files of its users only, unless it is told.
            UploadError::Refused(_, IqError::Stanza(stanza)) if stanza.condition == Condition::Forbidden && !as_user => {
                format!(
                    "{service} takes no files of the gateway. Prosody: add http_file_share_access = {{ \"{}\"; \"{}\" }} to the section Component \"{service}\"",
                    user.domain(),
                    self.0.address.domain()
                )
            }
            error => error.to_string(),
        })?;
        self.comes_back(&url).await
    }

    async fn examine_media_server(&self, findings: &mut Findings) {
        let source = Source::Memory(Bytes::from_static(WORDS));
        if let Some(shelved) = self.0.publisher.shelve(NOBODY, "doctor.txt", &source).await {
            let outcome = match shelved {
                Ok(url) => self.comes_back(&url).await,
                Err(error) => Err(error.to_string()),
            };
            findings.outcome("media server", outcome);
        }
    }

    async fn comes_back(&self, url: &str) -> Result<String, String> {
        let origin = fetch::origin_of(url);
        let fetched = self.0.files.fetcher().fetch(url, WORDS.len() as u64, Inside::Only(url)).await;
        let fetched = fetched.map_err(|error| format!("{url} cannot be fetched: {error}"))?;
        let piece = tokio::task::spawn_blocking(move || fetched.source.piece(0)).await;
        match piece {
            Ok(Ok(piece)) if piece == WORDS => Ok(format!("works: {}", origin.unwrap_or_default())),
            _ => Err(format!("{url} gives something else than was put there")),
        }
    }
}
