//! XEP-0059: Result Set Management. Not done: pages by index (section 2.6).

use minidom::Element;

use super::{
    error::{Condition, StanzaError},
    ns,
    xml::Xml,
};

/// Page that a client asks for; the default is the first one, of any size.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Request {
    /// Most items of the page; 0 asks for their number only.
    pub max: Option<u32>,
    /// Id of the item that the page follows.
    pub after: Option<String>,
    /// Id of the item that follows the page; empty for the last page.
    pub before: Option<String>,
}

impl Request {
    /// Reads the `<set/>` in a query; the default when there is none.
    ///
    /// # Errors
    ///
    /// `bad-request` for a size that is no number, `feature-not-implemented` for a page by index.
    pub fn parse(query: &Element) -> Result<Self, StanzaError> {
        let Some(set) = query.get_child("set", ns::RSM) else { return Ok(Request::default()) };
        if set.has_child("index", ns::RSM) {
            return Err(StanzaError::new(Condition::FeatureNotImplemented));
        }
        let text = |name| set.get_child(name, ns::RSM).map(Element::text);
        let max = text("max").map(|max| max.trim().parse());
        let max = max.transpose().map_err(|_| StanzaError::new(Condition::BadRequest))?;
        Ok(Request { max, after: text("after").filter(|id| !id.is_empty()), before: text("before") })
    }

    /// Whether the client pages from the end.
    #[must_use]
    pub fn is_backward(&self) -> bool {
        self.before.is_some()
    }
}

/// Page that answers a request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Response<'a> {
    /// Ids of the first and the last item; `None` for an empty page.
    pub ends: Option<(&'a str, &'a str)>,
    /// Place of the first item in the whole result, from 0.
    pub index: Option<u64>,
    /// Number of items in the whole result.
    pub count: Option<u64>,
}

impl Response<'_> {
    /// Writes `<set/>`.
    pub fn write(&self, xml: &mut Xml) {
        xml.open_ns("set", ns::RSM);
        if let Some((first, last)) = self.ends {
            let index = self.index.map(|index| index.to_string());
            xml.open("first").attr_opt("index", index.as_deref()).text(first).close();
            xml.text_child("last", last);
        }
        if let Some(count) = self.count {
            xml.text_child("count", &count.to_string());
        }
        xml.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(set: &str) -> Result<Request, Condition> {
        let set = format!("<query xmlns='q'><set xmlns='{}'>{set}</set></query>", ns::RSM);
        Request::parse(&set.parse().unwrap()).map_err(|error| error.condition)
    }

    #[test]
    fn pages_are_asked_for_by_what_is_before_or_behind_them() {
        let (max, some) = (Some(10), |id: &str| Some(id.to_owned()));
        for (set, expected) in [
            ("<max>10</max>", Request { max, ..Request::default() }),
            ("<max> 10 </max><after>a</after>", Request { max, after: some("a"), before: None }),
            ("<max>10</max><before/>", Request { max, after: None, before: some("") }),
            ("<before>b</before>", Request { max: None, after: None, before: some("b") }),
            ("<max>10</max><after/>", Request { max, ..Request::default() }),
        ] {
            assert_eq!(request(set), Ok(expected), "{set}");
        }
        assert_eq!(Request::parse(&"<query xmlns='q'/>".parse().unwrap()).unwrap(), Request::default());
        assert_eq!(request("<max>ten</max>"), Err(Condition::BadRequest));
        assert_eq!(request("<max>10</max><index>5</index>"), Err(Condition::FeatureNotImplemented));
    }

    #[test]
    fn a_page_says_where_it_is() {
        let written = |response: Response<'_>| {
            let mut xml = Xml::new();
            response.write(&mut xml);
            String::from_utf8_lossy(&xml.finish()).into_owned()
        };
        assert_eq!(
            written(Response { ends: Some(("a", "b")), index: Some(0), count: Some(2) }),
            format!(
                "<set xmlns='{}'><first index='0'>a</first><last>b</last><count>2</count></set>",
                ns::RSM
            )
        );
        assert_eq!(written(Response::default()), format!("<set xmlns='{}'/>", ns::RSM));
    }
}
