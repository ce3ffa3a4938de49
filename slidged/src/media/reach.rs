//! Addresses that we may be made to talk to: public ones that are not this machine's, those that
//! the administrator trusts, and those that our own server's upload service gave out.

use super::{address, own, slots::SlotShape};
use reqwest::{
    Client, ClientBuilder, Url,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect::Policy,
};
use std::{
    error::Error,
    net::{IpAddr, SocketAddr},
    sync::{Arc, OnceLock},
    time::Duration,
};

/// Time limit for TCP and TLS: more than any server takes that will ever answer.
const CONNECT: Duration = Duration::from_secs(10);
/// Text for logs.
pub const NOT_PUBLIC: &str = "the address is not public, or this machine's own (trusted in [media] names servers that may be used all the same)";

/// The address leads to where only insiders should get.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("{NOT_PUBLIC}")]
pub struct NotPublic;

impl NotPublic {
    /// Tells whether this is the cause of an error.
    #[must_use]
    pub fn caused(error: &(dyn Error + 'static)) -> bool {
        let mut cause = Some(error);
        while let Some(error) = cause {
            if error.is::<NotPublic>() {
                return true;
            }
            cause = error.source();
        }
        false
    }
}

/// Servers that need not be public, as `http://10.0.0.5:8008`: those that the administrator trusts.
#[derive(Debug, Clone, Default)]
pub struct Trusted(Arc<[String]>);

impl Trusted {
    /// Collects the origins.
    #[must_use]
    pub fn new(origins: Vec<String>) -> Self {
        Trusted(origins.into())
    }

    /// Tells whether a URL is on one of the origins.
    #[must_use]
    pub fn has(&self, url: &Url) -> bool {
        origin(url).is_some_and(|origin| self.0.contains(&origin))
    }
}

/// Addresses that may be fetched though they are not public, beside what the administrator trusts.
#[derive(Debug, Clone, Copy)]
pub enum Inside<'a> {
    /// No such address.
    Nothing,
    /// Addresses that our own server's upload service gave out, by their shape.
    Slots(&'a [SlotShape]),
    /// One address.
    Only(&'a str),
}

impl Inside<'_> {
    /// Tells whether a URL is among these addresses.
    #[must_use]
    pub fn has(&self, url: &Url) -> bool {
        match self {
            Inside::Nothing => false,
            Inside::Slots(shapes) => shapes.iter().any(|shape| shape.fits(url)),
            Inside::Only(only) => Url::parse(only).is_ok_and(|only| only == *url),
        }
    }
}

/// HTTP clients, made when they are first needed, with the system's certificates.
#[derive(Debug)]
pub struct Clients {
    /// A server that sends nothing for so long will not any more.
    idle: Option<Duration>,
    public: OnceLock<Client>,
    inside: OnceLock<Client>,
}

impl Clients {
    /// Clients that wait so long for each piece of an answer, or as long as the request says.
    #[must_use]
    pub fn new(idle: Option<Duration>) -> Self {
        Clients { idle, public: OnceLock::new(), inside: OnceLock::new() }
    }

    /// A client for that address. Unless it is one of ours (`inside`), the client connects to
    /// nothing that is not public.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn to(&self, url: &Url, inside: bool) -> Result<&Client, Refused> {
        if !inside && literal(url).is_some_and(|ip| !may_reach(ip)) {
            return Err(NotPublic.into());
        }
        let place = if inside { &self.inside } else { &self.public };
        if let Some(client) = place.get() {
            return Ok(client);
        }
        let client = self.builder(inside).build()?;
        Ok(place.get_or_init(|| client))
    }

    fn builder(&self, inside: bool) -> ClientBuilder {
        let mut builder = Client::builder()
            .redirect(Policy::none())
            .referer(false)
            // A proxy would do the resolving, and get anywhere.
            .no_proxy()
            .connect_timeout(CONNECT)
            .user_agent(concat!("slidged/", env!("CARGO_PKG_VERSION")));
        if let Some(idle) = self.idle {
            builder = builder.read_timeout(idle);
        }
        if inside { builder } else { builder.dns_resolver(Arc::new(PublicOnly)) }
    }
}

/// Reason why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The address is not public.
    #[error(transparent)]
    NotPublic(#[from] NotPublic),
    /// The client could not be built.
    #[error(transparent)]
    Client(#[from] reqwest::Error),
}

/// Scheme, host and port of an address, as servers are compared by.
#[must_use]
pub fn origin(url: &Url) -> Option<String> {
    let origin = url.origin();
    origin.is_tuple().then(|| origin.ascii_serialization())
}

/// The address that needs no resolving: the resolver is not asked for it.
#[must_use]
pub fn literal(url: &Url) -> Option<IpAddr> {
    url.host_str()?.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// Tells whether an address may be reached, whoever names it.
fn may_reach(ip: IpAddr) -> bool {
    address::is_public(ip)
        && !own::is_own(ip)
        && address::embedded(ip).is_none_or(|ip| !own::is_own(ip.into()))
}

/// Resolves names to public addresses. The connection goes to just those, so that a second answer
/// changes nothing.
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| may_reach(address.ip())).collect();
            if public.is_empty() {
                return Err(NotPublic.into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}
