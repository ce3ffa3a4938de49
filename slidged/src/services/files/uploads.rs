//! Uploads of files to where users' clients can fetch them (XEP-0363): the service, the slot, and
//! the upload.

use crate::media::facts::Facts;
use crate::media::reach::Trusted;
use crate::media::slots::SlotShape;
use crate::media::source::Source;
use crate::media::upload::NamedBy;
use crate::media::upload::Target;
use crate::media::upload::Uploader;
use crate::model::cut;
use crate::services::Privilege;
use crate::services::address::Address;
use crate::services::files::error::UploadError;
use crate::services::privileges::PrivilegeTable;
use crate::services::uplink::Uplink;
use crate::xmpp::Xml;
use crate::xmpp::disco;
use crate::xmpp::disco::Info;
use crate::xmpp::link::events::IqError;
use crate::xmpp::link::events::IqType;
use crate::xmpp::ns;
use crate::xmpp::upload;
use crate::xmpp::upload::Service;
use crate::xmpp::upload::Slot;
use futures_util::future::join_all;
use jid::BareJid;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

/// Services that are remembered: one for each domain of users, which the administrator has let in.
const MAX_DOMAINS: usize = 1000;
/// Most items of a server that are asked whether they are an upload service; servers have a
/// handful.
const MAX_ITEMS: usize = 32;
/// Time in which an item has to answer; a slower one counts as missing.
const SAYS: Duration = Duration::from_secs(10);
/// Time after which a domain without a service is asked again: an administrator who adds one tries
/// it at once.
const ASK_AGAIN: Duration = Duration::from_secs(60);
/// Most shapes of our own server's slots that are remembered: services have one, and administrators
/// change it now and then.
const MAX_SHAPES: usize = 4;
/// Longest file name, in bytes: file systems and servers take 255 bytes, and escaping may triple
/// them.
const MAX_NAME: usize = 80;

/// Uploads to HTTP services. A clone shares what is known of these.
#[derive(Clone)]
pub struct Uploads {
    uplink: Uplink,
    privileges: PrivilegeTable,
    address: Address,
    known: Arc<KnownServices>,
}

/// Upload services, as far as they are known.
#[derive(Debug)]
struct KnownServices {
    http: Uploader,
    services: Mutex<HashMap<String, Known>>,
    /// Shapes of the addresses that our own server's service gives out, the newest first.
    home: Mutex<Vec<SlotShape>>,
}

/// Outcome of looking for a service at a domain.
#[derive(Debug)]
struct Known {
    service: Option<Service>,
    /// Connection on which the service was found: a server that was restarted may have another.
    epoch: u64,
    at: Instant,
}

impl KnownServices {
    fn new(trusted: Trusted) -> Self {
        KnownServices { http: Uploader::new(trusted), services: Mutex::default(), home: Mutex::default() }
    }

    fn services(&self) -> MutexGuard<'_, HashMap<String, Known>> {
        self.services.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn home(&self) -> MutexGuard<'_, Vec<SlotShape>> {
        self.home.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers what an address that our own server's service gave out looks like.
    fn seen_at_home(&self, address: &str) {
        let Some(shape) = SlotShape::of(address) else { return };
        let mut home = self.home();
        home.retain(|known| *known != shape);
        home.insert(0, shape);
        home.truncate(MAX_SHAPES);
    }

    fn known(&self, domain: &str, epoch: u64, now: Instant) -> Option<Option<Service>> {
        let services = self.services();
        let known = services.get(domain).filter(|known| known.epoch == epoch)?;
        (known.service.is_some() || now < known.at + ASK_AGAIN).then(|| known.service.clone())
    }

    fn learn(&self, domain: &str, service: Option<Service>, epoch: u64, at: Instant) {
        let mut services = self.services();
        if services.len() >= MAX_DOMAINS && !services.contains_key(domain) {
            services.clear();
        }
        services.insert(domain.to_owned(), Known { service, epoch, at });
    }

    /// Forgets a service that failed, so that the next upload looks for one again.
    fn forget(&self, domain: &str) {
        self.services().remove(domain);
    }
}

impl Uploads {
    pub(in crate::services) fn new(
        trusted: Trusted,
        uplink: Uplink,
        privileges: PrivilegeTable,
        address: Address,
    ) -> Self {
        Uploads { uplink, privileges, address, known: Arc::new(KnownServices::new(trusted)) }
    }

    /// Uploads a file for the user: in their name where their server allows it, so that it counts
    /// for their quota, else as the gateway. Returns the address to fetch it from.
    ///
    /// # Errors
    ///
    /// When there is no service, or it does not take the file.
    pub(in crate::services) async fn upload(
        &self,
        user: &BareJid,
        name: &str,
        facts: &Facts,
        file: &Source,
    ) -> Result<String, UploadError> {
        let domain = user.domain().as_str();
        let Service { jid, max_size } = self
            .upload_service(domain, Some(user))
            .await?
            .ok_or_else(|| UploadError::NoService(domain.to_owned()))?;
        if let Some(most) = max_size.filter(|most| file.size() > *most) {
            return Err(UploadError::TooLarge(jid, most));
        }
        let done = self.upload_to(user, &jid, (name, &facts.content_type), file).await;
        if done.is_err() {
            self.known.forget(domain);
        }
        done
    }

    async fn upload_to(
        &self,
        user: &BareJid,
        service: &str,
        (name, content_type): (&str, &str),
        file: &Source,
    ) -> Result<String, UploadError> {
        let as_user = self.privileges.may_ask(user, ns::HTTP_UPLOAD).can_get();
        self.put_as(as_user, user, service, (name, content_type), file).await
    }

    /// Puts a file into a slot that is requested in the user's name, or as the gateway.
    pub(in crate::services) async fn put_as(
        &self,
        as_user: bool,
        user: &BareJid,
        service: &str,
        (name, content_type): (&str, &str),
        file: &Source,
    ) -> Result<String, UploadError> {
        let slot = self.slot(as_user, user, service, (name, file.size(), content_type)).await?;
        let home = self.address.is_home(user.domain().as_str());
        let named_by = if home { NamedBy::OwnServer } else { NamedBy::Stranger };
        let target = Target { url: &slot.put, headers: &slot.headers, named_by };
        self.known.http.put(target, content_type, file).await?;
        Ok(slot.get)
    }

    async fn slot(
        &self,
        as_user: bool,
        user: &BareJid,
        service: &str,
        (name, size, content_type): (&str, u64, &str),
    ) -> Result<Slot, UploadError> {
        let request = |xml: &mut Xml| upload::write_request(xml, name, size, content_type);
        let answer = if as_user {
            self.privileges.ask_as(user, IqType::Get, service, request).await
        } else {
            self.uplink.get(service, request).await
        };
        let answer = answer.map_err(|error| UploadError::Refused(service.to_owned(), error))?;
        let slot = answer.as_ref().and_then(Slot::parse);
        let slot = slot.ok_or_else(|| UploadError::NoSlot(service.to_owned()))?;
        if self.address.is_home(user.domain().as_str()) {
            self.known.seen_at_home(&slot.get);
        }
        Ok(slot)
    }

    /// Returns the shapes of addresses of our own server's upload service, which may not be public;
    /// none for users of other servers. Where none is known, one slot is requested that nothing is
    /// put into.
    pub(crate) async fn slots_at_home(&self, user: &BareJid) -> Vec<SlotShape> {
        if !self.address.is_home(user.domain().as_str()) {
            return Vec::new();
        }
        if self.known.home().is_empty() {
            let service = self.upload_service(user.domain().as_str(), Some(user)).await;
            if let Ok(Some(service)) = service {
                let as_user = self.privileges.may_ask(user, ns::HTTP_UPLOAD).can_get();
                // The address of the slot is noted there.
                drop(self.slot(as_user, user, &service.jid, ("empty", 1, "text/plain")).await);
            }
        }
        self.known.home().clone()
    }

    /// Returns the upload service for the users of a domain, `user` among them. Servers are asked
    /// once for each connection to our server.
    pub(in crate::services) async fn upload_service(
        &self,
        domain: &str,
        user: Option<&BareJid>,
    ) -> Result<Option<Service>, UploadError> {
        let epoch = self.privileges.epoch();
        if let Some(known) = self.known.known(domain, epoch, Instant::now()) {
            return Ok(known);
        }
        let service = self.find_service(domain, user).await?;
        tracing::debug!(domain, ?service, "looked for an upload service");
        self.known.learn(domain, service.clone(), epoch, Instant::now());
        Ok(service)
    }

    /// Finds the first upload service among the server's items and the server itself.
    async fn find_service(
        &self,
        domain: &str,
        user: Option<&BareJid>,
    ) -> Result<Option<Service>, UploadError> {
        let items = self
            .privileges
            .get_as_either(user, domain, ns::DISCO_ITEMS, |xml| query(xml, ns::DISCO_ITEMS))
            .await;
        let items = match items {
            // Iqs are dropped, so nothing can be found out, but users may have files there: at the
            // address that both servers choose by default.
            Err(IqError::Dropped) if self.privileges.has(domain, Privilege::Upload) => {
                return Ok(Some(Service { jid: format!("upload.{domain}"), max_size: None }));
            }
            items => items.map_err(|error| UploadError::Refused(domain.to_owned(), error))?,
        };
        let items = items.as_ref().and_then(disco::parse_items).unwrap_or_default();
        let items = items.into_iter().filter(|item| item.node.is_none()).map(|item| item.jid);
        let asked =
            items.take(MAX_ITEMS).chain([domain.to_owned()]).filter(|jid| jid != self.address.domain());
        let answers = asked.map(|jid| async move {
            let info =
                self.privileges.get_as_either(user, &jid, ns::DISCO_INFO, |xml| query(xml, ns::DISCO_INFO));
            let info = tokio::time::timeout(SAYS, info).await.ok()?.ok()??;
            Service::of(&jid, &Info::parse(&info)?)
        });
        Ok(join_all(answers).await.into_iter().flatten().next())
    }
}

fn query(xml: &mut Xml, namespace: &str) {
    xml.leaf("query", namespace);
}

/// Makes a file name that every server takes, and that no client takes for a path.
pub(in crate::services) fn plain_name(name: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ') { c } else { '_' };
    let plain: String = name.trim_start_matches('.').chars().map(plain).collect();
    if plain.is_empty() { "file".to_owned() } else { cut::end_to_bytes(plain, MAX_NAME).into_owned() }
}

#[cfg(test)]
mod tests {
    use crate::services::files::uploads::*;

    #[test]
    fn names_become_plain() {
        for (name, plain) in [
            ("qr.png", "qr.png"),
            ("../../etc/passwd", "_.._etc_passwd"),
            ("a/b\\c\0\u{202e}.png", "a_b_c__.png"),
            ("été 2023.jpg", "été 2023.jpg"),
            ("", "file"),
            ("...", "file"),
        ] {
            assert_eq!(plain_name(name), plain);
        }
        let long = plain_name(&format!("{}.png", "€ü".repeat(200)));
        assert!(long.len() <= MAX_NAME && long.ends_with("_ü.png") && long.starts_with('…'), "{long}");
        // As much as a plugin may hand over, and on the thread that all else is done on.
        let since = Instant::now();
        assert!(plain_name(&"n".repeat(4 << 20)).len() <= MAX_NAME);
        assert!(since.elapsed() < Duration::from_secs(5), "{:?}", since.elapsed());
    }

    #[test]
    fn a_service_is_known_until_the_connection_or_it_fails() {
        let (uploads, start) = (KnownServices::new(Trusted::default()), Instant::now());
        let service = Some(Service { jid: "upload.a".into(), max_size: None });
        assert_eq!(uploads.known("a", 1, start), None);
        uploads.learn("a", service.clone(), 1, start);
        assert_eq!(uploads.known("a", 1, start + ASK_AGAIN * 1000), Some(service));
        assert_eq!(uploads.known("a", 2, start), None, "another connection");
        uploads.forget("a");
        assert_eq!(uploads.known("a", 1, start), None);

        uploads.learn("b", None, 1, start);
        assert_eq!(uploads.known("b", 1, start), Some(None));
        assert_eq!(uploads.known("b", 1, start + ASK_AGAIN), None, "an administrator may have added one");
    }

    #[test]
    fn what_is_known_is_bounded() {
        let (uploads, start) = (KnownServices::new(Trusted::default()), Instant::now());
        for n in 0..3 * MAX_DOMAINS {
            uploads.learn(&n.to_string(), None, 1, start);
        }
        assert!(uploads.services().len() <= MAX_DOMAINS);
        for n in 0..3 * MAX_SHAPES {
            uploads.seen_at_home(&format!("https://host{n}/Jh3kQ2wl0aPqZ9xYb7TgKd/x"));
        }
        assert_eq!(uploads.home().len(), MAX_SHAPES);
    }
}
