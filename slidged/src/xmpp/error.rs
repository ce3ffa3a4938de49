//! RFC 6120 section 8.3: stanza errors.

use minidom::Element;

use super::{ns, pieces, xml::Xml};

/// Longer than anybody reads of what went wrong. Bytes as XML.
const MAX_TEXT: usize = 16 << 10;

/// Reaction that the sender may have (RFC 6120 section 8.3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorType {
    /// Retry after providing credentials.
    Auth,
    /// The request is not to be retried.
    Cancel,
    /// Proceed, it was only a warning.
    Continue,
    /// Retry after changing the data.
    Modify,
    /// Retry after waiting.
    Wait,
}

impl ErrorType {
    /// The value of the attribute `type`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            ErrorType::Auth => "auth",
            ErrorType::Cancel => "cancel",
            ErrorType::Continue => "continue",
            ErrorType::Modify => "modify",
            ErrorType::Wait => "wait",
        }
    }

    fn parse(value: &str) -> Option<Self> {
        [ErrorType::Auth, ErrorType::Cancel, ErrorType::Continue, ErrorType::Modify, ErrorType::Wait]
            .into_iter()
            .find(|t| t.as_str() == value)
    }
}

macro_rules! conditions {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $type_:ident;)*) => {
        /// A defined condition (RFC 6120 section 8.3.3).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Condition { $($(#[$doc])* $variant,)* }

        impl Condition {
            /// Every condition there is.
            pub const ALL: &[Condition] = &[$(Condition::$variant,)*];

            /// The element's name.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Condition::$variant => $name,)* }
            }

            /// The type that goes with it unless somebody knows better.
            #[must_use]
            pub fn default_type(self) -> ErrorType {
                match self { $(Condition::$variant => ErrorType::$type_,)* }
            }

            /// The condition of that name.
            #[must_use]
            pub fn parse(name: &str) -> Option<Self> {
                match name { $($name => Some(Condition::$variant),)* _ => None }
            }
        }
    };
}

conditions! {
    /// Malformed or not understood.
    BadRequest = "bad-request", Modify;
    /// An entity of that name or address exists already.
    Conflict = "conflict", Cancel;
    /// Understood, but not supported.
    FeatureNotImplemented = "feature-not-implemented", Cancel;
    /// The sender is not allowed to do it.
    Forbidden = "forbidden", Auth;
    /// Moved away for good.
    Gone = "gone", Cancel;
    /// A fault of ours. The RFC says `cancel`; clients offer to send again only at `wait`, which is
    /// what is true of most of our faults.
    InternalServerError = "internal-server-error", Wait;
    /// The addressed item does not exist.
    ItemNotFound = "item-not-found", Cancel;
    /// An address that is none.
    JidMalformed = "jid-malformed", Modify;
    /// Understood, and refused by our rules.
    NotAcceptable = "not-acceptable", Modify;
    /// The action is not allowed to anybody.
    NotAllowed = "not-allowed", Cancel;
    /// Credentials are wrong or missing.
    NotAuthorized = "not-authorized", Auth;
    /// Breaks a local policy, for example too large.
    PolicyViolation = "policy-violation", Modify;
    /// The recipient exists, but is not available now.
    RecipientUnavailable = "recipient-unavailable", Wait;
    /// Ask elsewhere.
    Redirect = "redirect", Modify;
    /// Register first.
    RegistrationRequired = "registration-required", Auth;
    /// The server of the address does not exist.
    RemoteServerNotFound = "remote-server-not-found", Cancel;
    /// The server of the address does not answer.
    RemoteServerTimeout = "remote-server-timeout", Wait;
    /// Too busy, or full.
    ResourceConstraint = "resource-constraint", Wait;
    /// No service answers at this address.
    ServiceUnavailable = "service-unavailable", Cancel;
    /// Subscribe first.
    SubscriptionRequired = "subscription-required", Auth;
    /// None of the others; an application condition says more.
    UndefinedCondition = "undefined-condition", Cancel;
    /// Out of order.
    UnexpectedRequest = "unexpected-request", Wait;
}

/// A stanza error, to send or as received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StanzaError {
    /// Error type.
    pub type_: ErrorType,
    /// Defined condition.
    pub condition: Condition,
    /// Text for people.
    pub text: Option<String>,
    /// A more specific condition of a protocol: element name and namespace, for example
    /// `bad-sessionid` of XEP-0050.
    pub application: Option<(String, String)>,
}

impl StanzaError {
    /// An error of the condition's own type, without text.
    #[must_use]
    pub fn new(condition: Condition) -> Self {
        StanzaError { type_: condition.default_type(), condition, text: None, application: None }
    }

    /// An error of the condition's own type with a text for people. The text must not carry
    /// internals.
    #[must_use]
    pub fn with_text(condition: Condition, text: impl Into<String>) -> Self {
        StanzaError { text: Some(text.into()), ..StanzaError::new(condition) }
    }

    /// Replaces the error type.
    #[must_use]
    pub fn of_type(mut self, type_: ErrorType) -> Self {
        self.type_ = type_;
        self
    }

    /// Adds an application-specific condition.
    #[must_use]
    pub fn application(mut self, name: &str, namespace: &str) -> Self {
        self.application = Some((name.to_owned(), namespace.to_owned()));
        self
    }

    /// Reads an `<error/>`. Never fails: what is missing or unknown becomes `undefined-condition`,
    /// also the form without a condition and with a numeric `code` from before RFC 3920.
    #[must_use]
    pub fn parse(error: &Element) -> Self {
        let condition = error
            .children()
            .filter(|c| c.has_ns(ns::STANZA_ERRORS))
            .find_map(|c| Condition::parse(c.name()))
            .or_else(|| error.attr("code").and_then(from_code))
            .unwrap_or(Condition::UndefinedCondition);
        let text = error.get_child("text", ns::STANZA_ERRORS).map(Element::text).filter(|t| !t.is_empty());
        let application =
            error.children().find(|c| !c.has_ns(ns::STANZA_ERRORS)).map(|c| (c.name().to_owned(), c.ns()));
        let type_ = error.attr("type").and_then(ErrorType::parse).unwrap_or_else(|| condition.default_type());
        StanzaError { type_, condition, text, application }
    }

    /// Writes `<error/>` into an open stanza.
    pub fn write(&self, xml: &mut Xml) {
        self.write_by(xml, None);
    }

    /// Writes the error with its generator in the attribute `by`.
    pub fn write_by(&self, xml: &mut Xml, by: Option<&str>) {
        xml.open_ns("error", ns::CLIENT)
            .attr("type", self.type_.as_str())
            .attr_opt("by", by)
            .leaf(self.condition.as_str(), ns::STANZA_ERRORS);
        if let Some(text) = &self.text {
            xml.open_ns("text", ns::STANZA_ERRORS).text(&pieces::first(text, MAX_TEXT)).close();
        }
        if let Some((name, namespace)) = &self.application {
            xml.leaf(name, namespace);
        }
        xml.close();
    }
}

impl std::fmt::Display for StanzaError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.type_.as_str(), self.condition.as_str())?;
        if let Some(text) = &self.text {
            write!(f, ": {text}")?;
        }
        Ok(())
    }
}

impl std::error::Error for StanzaError {}

/// XEP-0086, the mapping of the old codes that still means something.
fn from_code(code: &str) -> Option<Condition> {
    Some(match code {
        "400" => Condition::BadRequest,
        "401" => Condition::NotAuthorized,
        "403" => Condition::Forbidden,
        "404" => Condition::ItemNotFound,
        "405" => Condition::NotAllowed,
        "406" => Condition::NotAcceptable,
        "407" => Condition::RegistrationRequired,
        "408" | "504" => Condition::RemoteServerTimeout,
        "409" => Condition::Conflict,
        "500" => Condition::InternalServerError,
        "501" => Condition::FeatureNotImplemented,
        "502" | "503" => Condition::ServiceUnavailable,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_cut_says_so() {
        let mut xml = Xml::new();
        StanzaError::with_text(Condition::BadRequest, "<".repeat(MAX_TEXT)).write(&mut xml);
        let xml = xml.finish();
        let xml = std::str::from_utf8(&xml).unwrap();
        assert!(xml.contains("&lt;…</text>") && xml.len() < MAX_TEXT + 200, "{}", xml.len());
    }

    fn parse(xml: &str) -> StanzaError {
        StanzaError::parse(&xml.parse().unwrap())
    }

    #[test]
    fn every_condition_survives_the_wire() {
        for &condition in Condition::ALL {
            let error = StanzaError::with_text(condition, "a < b").application("bad-action", ns::COMMANDS);
            let mut xml = Xml::new();
            xml.open_ns("iq", "urn:outer").with(|x| error.write(x));
            let tree: Element = std::str::from_utf8(&xml.finish()).unwrap().parse().unwrap();
            assert_eq!(StanzaError::parse(tree.get_child("error", ns::CLIENT).unwrap()), error);
        }
    }

    #[test]
    fn the_form_before_rfc_3920_is_understood() {
        assert_eq!(
            parse("<error xmlns='jabber:client' code='404'>Not Found</error>"),
            StanzaError::new(Condition::ItemNotFound)
        );
    }

    #[test]
    fn nonsense_is_an_undefined_condition() {
        for xml in [
            "<error xmlns='jabber:client'/>",
            "<error xmlns='jabber:client' type='bogus' code='999'><nope xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>",
            "<x xmlns='y'>text</x>",
        ] {
            assert_eq!(parse(xml).condition, Condition::UndefinedCondition, "{xml}");
        }
    }
}
