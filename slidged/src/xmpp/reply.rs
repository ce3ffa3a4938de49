//! Answers to stanzas: results and errors, with the addresses turned round (RFC 6120 sections 8.2.3
//! and 8.3).

use bytes::Bytes;

use super::{
    error::{Condition, StanzaError},
    stanza::{Kind, Stanza},
    xml::Xml,
};

/// Opens the answer to a stanza in `xml`: addresses turned round, same id.
fn open(xml: &mut Xml, stanza: &Stanza, type_: &str) {
    xml.open(stanza.kind.as_str())
        .attr_opt("from", stanza.addressed())
        .attr_opt("to", stanza.from.as_ref().map(jid::Jid::as_str))
        .attr_opt("id", stanza.id.as_deref())
        .attr("type", type_);
}

/// The result of an iq; `payload` writes what is in it.
pub fn result(iq: &Stanza, payload: impl FnOnce(&mut Xml)) -> Bytes {
    let mut xml = Xml::new();
    open(&mut xml, iq, "result");
    payload(&mut xml);
    xml.finish()
}

/// The result of an iq, without a payload.
#[must_use]
pub fn empty(iq: &Stanza) -> Bytes {
    result(iq, |_| ())
}

/// The error for what does not exist. Empty when the iq must not be answered.
#[must_use]
pub fn not_found(iq: &Stanza) -> Bytes {
    error(iq, &StanzaError::new(Condition::ItemNotFound)).unwrap_or_default()
}

/// The error for what is not understood. Empty when the iq must not be answered.
#[must_use]
pub fn not_implemented(iq: &Stanza) -> Bytes {
    error(iq, &StanzaError::new(Condition::FeatureNotImplemented)).unwrap_or_default()
}

/// The error that answers a stanza, without what was in it. `None` when it must not be answered: an
/// error, an iq result, or something without a sender.
#[must_use]
pub fn error(stanza: &Stanza, error: &StanzaError) -> Option<Bytes> {
    error_with(stanza, error, false, None)
}

/// Builds an error with `by`, for addresses at which others could answer, too.
#[must_use]
pub fn error_by(stanza: &Stanza, error: &StanzaError, by: &str) -> Option<Bytes> {
    error_with(stanza, error, false, Some(by))
}

/// Builds an error like [`error`], with the original payload in front (RFC 6120 section 8.3.1
/// leaves the choice).
#[must_use]
pub fn error_keeping_payload(stanza: &Stanza, error: &StanzaError) -> Option<Bytes> {
    error_with(stanza, error, true, None)
}

fn error_with(stanza: &Stanza, error: &StanzaError, keep: bool, by: Option<&str>) -> Option<Bytes> {
    if stanza.is_error()
        || (stanza.kind == Kind::Iq && stanza.type_str() == "result")
        || stanza.from.is_none()
    {
        return None;
    }
    let mut xml = Xml::new();
    open(&mut xml, stanza, "error");
    if keep {
        for payload in &stanza.payloads {
            xml.element(payload);
        }
    }
    error.write_by(&mut xml, by);
    Some(xml.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xmpp::ns;

    fn iq(type_: &str) -> Stanza {
        Stanza {
            from: Some("a@b/c".parse().unwrap()),
            to: Some("gw".parse().unwrap()),
            id: Some("1".into()),
            type_: Some(type_.into()),
            payloads: vec![minidom::Element::bare("ping", ns::PING)],
            ..Stanza::new(Kind::Iq)
        }
    }

    #[test]
    fn a_result_goes_back_to_the_sender() {
        assert_eq!(result(&iq("get"), |_| ()), "<iq from='gw' to='a@b/c' id='1' type='result'/>");
    }

    #[test]
    fn an_error_may_keep_the_payload() {
        let e = StanzaError::new(Condition::ServiceUnavailable);
        let tail = "<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>";
        assert_eq!(
            error(&iq("get"), &e).unwrap(),
            format!("<iq from='gw' to='a@b/c' id='1' type='error'>{tail}")
        );
        assert_eq!(
            error_keeping_payload(&iq("get"), &e).unwrap(),
            format!("<iq from='gw' to='a@b/c' id='1' type='error'><ping xmlns='urn:xmpp:ping'/>{tail}")
        );
    }

    #[test]
    fn r1_errors_and_results_are_never_answered() {
        let e = StanzaError::new(Condition::ServiceUnavailable);
        for type_ in ["error", "result"] {
            assert_eq!(error(&iq(type_), &e), None);
        }
        assert_eq!(error(&Stanza { from: None, ..iq("get") }, &e), None);
    }
}
