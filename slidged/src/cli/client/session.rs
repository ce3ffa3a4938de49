//! A client that is logged in: it asks, and waits for what it should be told.

use super::connect::Stream;
use crate::xmpp::{Condition, StanzaError};
use data_encoding::HEXLOWER;
use futures_util::{SinkExt, StreamExt};
use jid::Jid;
use minidom::Element;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use tokio_xmpp::{
    Stanza,
    parsers::{iq::Iq, presence::Presence},
    xmlstream::{FallibleStreamElement, StreamElementError, XmppStreamElement},
};

/// Time for an answer: another server may be asked.
const PATIENCE: Duration = Duration::from_secs(15);
/// Time for what the server tells by itself.
const SOON: Duration = Duration::from_secs(5);
/// Maximum number of stanzas that are kept for later: more than a user's account is sent at a
/// login.
const MOST: usize = 1000;

/// Reason why a request has no result.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unanswered {
    #[error(transparent)]
    Refused(#[from] StanzaError),
    #[error("no answer within {} seconds", PATIENCE.as_secs())]
    Silent,
    #[error("the connection broke: {0}")]
    Broken(String),
}

impl Unanswered {
    pub(super) fn is(&self, condition: Condition) -> bool {
        matches!(self, Unanswered::Refused(error) if error.condition == condition)
    }
}

/// Logged in.
pub(super) struct Session {
    stream: Stream,
    /// Prefix of our ids that nobody else can guess.
    prefix: String,
    asked: u32,
    kept: Vec<Element>,
}

impl Session {
    pub(super) fn new(stream: Stream) -> Result<Self, String> {
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|error| error.to_string())?;
        Ok(Self { stream, prefix: HEXLOWER.encode(&random), asked: 0, kept: Vec::new() })
    }

    /// Asks for something; without an address, our own account.
    pub(super) async fn get(
        &mut self,
        to: Option<&Jid>,
        payload: Element,
    ) -> Result<Option<Element>, Unanswered> {
        let id = self.id();
        self.ask(Iq::Get { from: None, to: to.cloned(), id: id.clone(), payload }, &id).await
    }

    /// Asks to change something.
    pub(super) async fn set(
        &mut self,
        to: Option<&Jid>,
        payload: Element,
    ) -> Result<Option<Element>, Unanswered> {
        let id = self.id();
        self.ask(Iq::Set { from: None, to: to.cloned(), id: id.clone(), payload }, &id).await
    }

    fn id(&mut self) -> String {
        self.asked += 1;
        format!("{}-{}", self.prefix, self.asked)
    }

    async fn ask(&mut self, iq: Iq, id: &str) -> Result<Option<Element>, Unanswered> {
        self.send(iq.into()).await?;
        let until = Instant::now() + PATIENCE;
        loop {
            match self.next(until).await? {
                None => return Err(Unanswered::Silent),
                Some(Received::Stanza(Stanza::Iq(Iq::Result { id: of, payload, .. }))) if of == id => {
                    return Ok(payload);
                }
                Some(Received::Stanza(Stanza::Iq(Iq::Error { id: of, error, .. }))) if of == id => {
                    return Err(StanzaError::parse(&error.into()).into());
                }
                Some(Received::Unreadable(of)) if of == id => {
                    let text = "an answer that cannot be read";
                    return Err(StanzaError::with_text(Condition::BadRequest, text).into());
                }
                Some(Received::Stanza(stanza)) => self.keep(stanza).await?,
                Some(Received::Unreadable(_)) => {}
            }
        }
    }

    /// Waits for a stanza that was not asked for; those that came already count.
    pub(super) async fn is_told(&mut self, fits: impl Fn(&Element) -> bool) -> Result<bool, Unanswered> {
        let until = Instant::now() + SOON;
        loop {
            if self.kept.iter().any(&fits) {
                return Ok(true);
            }
            match self.next(until).await? {
                None => return Ok(false),
                Some(Received::Stanza(stanza)) => self.keep(stanza).await?,
                Some(Received::Unreadable(_)) => {}
            }
        }
    }

    /// Announces us, since ejabberd copies messages to clients that are available only. What waits
    /// for the user is for other clients, and is not given to one with a negative priority (RFC
    /// 6121 section 8.5.2.2).
    pub(super) async fn be_available(&mut self) -> Result<(), Unanswered> {
        let presence = Presence::available().with_priority(-1);
        self.send(presence.into()).await
    }

    /// Ends the stream in good order.
    pub(super) async fn end(mut self) {
        // It is over either way.
        let closing = SinkExt::<&XmppStreamElement>::close(&mut self.stream);
        let _ = timeout_at(Instant::now() + SOON, closing).await;
    }

    /// Keeps it for later, and answers what has to be answered: roster pushes are taken, and
    /// nothing else is done here.
    async fn keep(&mut self, stanza: Stanza) -> Result<(), Unanswered> {
        let answer = match &stanza {
            Stanza::Iq(Iq::Set { from, id, payload, .. }) if payload.is("query", crate::xmpp::ns::ROSTER) => {
                Some(Iq::Result { from: None, to: from.clone(), id: id.clone(), payload: None })
            }
            Stanza::Iq(Iq::Get { from, id, .. } | Iq::Set { from, id, .. }) => Some(Iq::Error {
                from: None,
                to: from.clone(),
                id: id.clone(),
                error: unavailable(),
                payload: None,
            }),
            _ => None,
        };
        if let Some(answer) = answer {
            self.send(answer.into()).await?;
        }
        if self.kept.len() < MOST {
            self.kept.push(match stanza {
                Stanza::Iq(iq) => iq.into(),
                Stanza::Message(message) => message.into(),
                Stanza::Presence(presence) => presence.into(),
            });
        }
        Ok(())
    }

    async fn send(&mut self, stanza: Stanza) -> Result<(), Unanswered> {
        let sent = self.stream.send(&XmppStreamElement::Stanza(stanza)).await;
        sent.map_err(|error| Unanswered::Broken(error.to_string()))
    }

    /// The next stanza; none if none comes until then.
    async fn next(&mut self, until: Instant) -> Result<Option<Received>, Unanswered> {
        loop {
            let Ok(received) = timeout_at(until, self.stream.next()).await else { return Ok(None) };
            match received {
                Some(Ok(FallibleStreamElement::Ok(XmppStreamElement::Stanza(stanza)))) => {
                    return Ok(Some(Received::Stanza(stanza)));
                }
                Some(Ok(FallibleStreamElement::Ok(XmppStreamElement::StreamError(error)))) => {
                    return Err(Unanswered::Broken(error.to_string()));
                }
                Some(Ok(FallibleStreamElement::Err(StreamElementError::InvalidStanza {
                    header, ..
                }))) => {
                    return Ok(Some(Received::Unreadable(header.id.unwrap_or_default())));
                }
                Some(Ok(_)) | Some(Err(tokio_xmpp::xmlstream::ReadError::SoftTimeout)) => {}
                Some(Err(error)) => return Err(Unanswered::Broken(error.to_string())),
                None => return Err(Unanswered::Broken("it was closed".to_owned())),
            }
        }
    }
}

#[expect(clippy::large_enum_variant, reason = "one at a time")]
enum Received {
    Stanza(Stanza),
    /// The answer under that id cannot be read.
    Unreadable(String),
}

fn unavailable() -> tokio_xmpp::parsers::stanza_error::StanzaError {
    use tokio_xmpp::parsers::stanza_error::{DefinedCondition, ErrorType, StanzaError};
    StanzaError::new(
        ErrorType::Cancel,
        DefinedCondition::ServiceUnavailable,
        "en",
        "this is a doctor's client",
    )
}
