//! XEP-0313: Message Archive Management, for the archives of rooms. Not done: preferences, archives
//! of other entities.

use minidom::Element;
use time::OffsetDateTime;

use super::{
    datetime,
    error::{Condition, StanzaError},
    forms::{Field, FieldType, Form, FormType},
    ns, rsm,
    xml::Xml,
};

/// Most ids in one query.
const MAX_IDS: usize = 100;

/// Query of an archive.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    /// Id of the query, which its results carry.
    pub id: Option<String>,
    /// Only messages of this address.
    pub with: Option<String>,
    /// Only messages of this time or later.
    pub start: Option<OffsetDateTime>,
    /// Only messages of this time or earlier.
    pub end: Option<OffsetDateTime>,
    /// Only messages behind the one of this id.
    pub after_id: Option<String>,
    /// Only messages before the one of this id.
    pub before_id: Option<String>,
    /// Only the messages of these ids, if any are given.
    pub ids: Vec<String>,
    /// Page of the result; `None` for the first.
    pub page: Option<rsm::Request>,
    /// Whether the messages of the page are wanted in reverse order.
    pub flip: bool,
}

impl Query {
    /// Reads a `<query/>`.
    ///
    /// # Errors
    ///
    /// `feature-not-implemented` for a filter that is not known (section 4.1), `bad-request` for a
    /// value that is none, `resource-constraint` for too many ids.
    pub fn parse(query: &Element) -> Result<Self, StanzaError> {
        let mut parsed = Query {
            id: query.attr("queryid").map(str::to_owned),
            page: rsm::Request::find(query).map_err(StanzaError::new)?,
            flip: query.has_child("flip-page", ns::MAM),
            ..Query::default()
        };
        let form = Form::find(query);
        for field in form.iter().flat_map(|form| &form.fields) {
            let value = || field.values.first().cloned().filter(|value| !value.is_empty());
            let time = || match value() {
                Some(text) => datetime::parse(&text).map(Some).ok_or(Condition::BadRequest),
                None => Ok(None),
            };
            match field.var.as_str() {
                // All messages of a room are those of a room.
                "FORM_TYPE" | "include-groupchat" => {}
                "with" => parsed.with = value(),
                "start" => parsed.start = time().map_err(StanzaError::new)?,
                "end" => parsed.end = time().map_err(StanzaError::new)?,
                "after-id" => parsed.after_id = value(),
                "before-id" => parsed.before_id = value(),
                "ids" if field.values.len() > MAX_IDS => {
                    return Err(StanzaError::new(Condition::ResourceConstraint));
                }
                "ids" => parsed.ids.clone_from(&field.values),
                _ => return Err(StanzaError::new(Condition::FeatureNotImplemented)),
            }
        }
        Ok(parsed)
    }
}

/// Writes the form of the filters that a query may have (section 4.1.5).
pub fn write_form(xml: &mut Xml) {
    let mut form = Form::new(FormType::Form);
    let field = |var, type_| Field::new(var, type_);
    form.fields = vec![
        Field::form_type(ns::MAM),
        field("with", FieldType::JidSingle),
        field("start", FieldType::TextSingle),
        field("end", FieldType::TextSingle),
        field("before-id", FieldType::TextSingle),
        field("after-id", FieldType::TextSingle),
        field("ids", FieldType::ListMulti),
        field("include-groupchat", FieldType::Boolean),
    ];
    xml.open_ns("query", ns::MAM);
    form.write(xml);
    xml.close();
}

/// Writes the ids and times of the oldest and the newest message (section 4.5); nothing in it for
/// an empty archive.
pub fn write_metadata(xml: &mut Xml, ends: Option<[(&str, OffsetDateTime); 2]>) {
    xml.open_ns("metadata", ns::MAM);
    for (name, (id, at)) in ["start", "end"].into_iter().zip(ends.into_iter().flatten()) {
        xml.open(name).attr("id", id).attr("timestamp", &datetime::format(at)).close();
    }
    xml.close();
}

/// Writes the end of a page. `stable` tells that messages do not change their places.
pub fn write_fin(
    xml: &mut Xml,
    complete: bool,
    stable: bool,
    (ends, index, count): (Option<(&str, &str)>, Option<u64>, Option<u64>),
) {
    xml.open_ns("fin", ns::MAM);
    if complete {
        xml.attr("complete", "true");
    }
    if !stable {
        xml.attr("stable", "false");
    }
    rsm::write_set(xml, ends, index, count);
    xml.close();
}

/// Writes a result: the message of that id and time, which `message` writes in [`ns::CLIENT`].
pub fn write_result(
    xml: &mut Xml,
    query: Option<&str>,
    (id, at): (&str, OffsetDateTime),
    message: impl FnOnce(&mut Xml),
) {
    xml.open_ns("result", ns::MAM).attr("id", id).attr_opt("queryid", query);
    xml.open_ns("forwarded", ns::FORWARD);
    xml.open_ns("delay", ns::DELAY).attr("stamp", &datetime::format(at)).close();
    message(xml);
    xml.close().close();
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    fn query(fields: &str, more: &str) -> Result<Query, Condition> {
        let query = format!(
            "<query xmlns='urn:xmpp:mam:2' queryid='q'><x xmlns='jabber:x:data' type='submit'>\
             <field var='FORM_TYPE'><value>urn:xmpp:mam:2</value></field>{fields}</x>{more}</query>"
        );
        Query::parse(&query.parse().unwrap()).map_err(|error| error.condition)
    }

    #[test]
    fn filters_are_read_and_what_is_not_known_is_refused() {
        let read = query(
            "<field var='with'><value>r@gw/a</value></field><field var='start'><value>2026-01-01T00:00:00Z</value></field>\
             <field var='ids'><value>1</value><value>2</value></field><field var='include-groupchat'><value>true</value></field>",
            "<flip-page/><set xmlns='http://jabber.org/protocol/rsm'><max>5</max><before/></set>",
        )
        .unwrap();
        assert_eq!(
            read,
            Query {
                id: Some("q".into()),
                with: Some("r@gw/a".into()),
                start: Some(datetime!(2026-01-01 0:00 UTC)),
                ids: vec!["1".into(), "2".into()],
                page: Some(rsm::Request { max: Some(5), place: rsm::Place::Last }),
                flip: true,
                ..Query::default()
            }
        );
        let field = |var: &str, value: &str| format!("<field var='{var}'><value>{value}</value></field>");
        assert_eq!(query(&field("start", "yesterday"), ""), Err(Condition::BadRequest));
        assert_eq!(query(&field("withtext", "tea"), ""), Err(Condition::FeatureNotImplemented));
        let many = "<value>1</value>".repeat(101);
        assert_eq!(
            query(&format!("<field var='ids'>{many}</field>"), ""),
            Err(Condition::ResourceConstraint)
        );
    }

    #[test]
    fn results_and_their_end_have_the_shape_of_the_xep() {
        let mut xml = Xml::new();
        let at = datetime!(2026-01-01 0:00 UTC);
        write_result(&mut xml, Some("q"), ("7", at), |xml| {
            xml.leaf("message", ns::CLIENT);
        });
        assert_eq!(
            xml.finish(),
            "<result xmlns='urn:xmpp:mam:2' id='7' queryid='q'><forwarded xmlns='urn:xmpp:forward:0'>\
             <delay xmlns='urn:xmpp:delay' stamp='2026-01-01T00:00:00.000Z'/><message xmlns='jabber:client'/></forwarded></result>"
        );
        let mut xml = Xml::new();
        write_fin(&mut xml, true, false, (None, None, None));
        assert_eq!(
            xml.finish(),
            "<fin xmlns='urn:xmpp:mam:2' complete='true' stable='false'><set xmlns='http://jabber.org/protocol/rsm'/></fin>"
        );
        let mut xml = Xml::new();
        write_metadata(&mut xml, Some([("1", at), ("2", at)]));
        write_metadata(&mut xml, None);
        assert_eq!(
            xml.finish(),
            "<metadata xmlns='urn:xmpp:mam:2'><start id='1' timestamp='2026-01-01T00:00:00.000Z'/>\
             <end id='2' timestamp='2026-01-01T00:00:00.000Z'/></metadata><metadata xmlns='urn:xmpp:mam:2'/>"
        );
    }
}
