//! XEP-0363: HTTP File Upload, asking for a place. Not done: purposes (section 5.1), since nobody
//! offers them yet.

use minidom::Element;

use super::{disco::Info, forms::Form, ns, xml::Xml};

/// The headers that a server may have sent along with a file (section 5); any other is ignored.
const HEADERS: [&str; 3] = ["Authorization", "Cookie", "Expires"];
/// Longest HTTP header that is accepted from an upload service, in bytes; no real one is longer.
const MAX_HEADER: usize = 8 << 10;
/// Servers and clients take no longer addresses, bytes. One stands in a message several times.
const MAX_URL: usize = 4 << 10;
/// Cookies for a load balancer or two; more is not meant well.
const MAX_HEADERS: usize = 16;

/// An upload service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Address of the service.
    pub jid: String,
    /// Larger files are not taken, bytes.
    pub max_size: Option<u64>,
}

impl Service {
    /// The service that says that it is one (section 4).
    #[must_use]
    pub fn of(jid: &str, info: &Info) -> Option<Self> {
        let form = |form: &&Form| form.form_type() == Some(ns::HTTP_UPLOAD);
        info.has_feature(ns::HTTP_UPLOAD).then(|| Service {
            jid: jid.to_owned(),
            max_size: info
                .forms
                .iter()
                .find(form)
                .and_then(|form| form.value("max-file-size")?.trim().parse().ok()),
        })
    }
}

/// Writes the request for a slot, the payload of an iq of type `get`.
pub fn write_request(xml: &mut Xml, name: &str, size: u64, content_type: &str) {
    xml.open_ns("request", ns::HTTP_UPLOAD)
        .attr("filename", name)
        .attr("size", &size.to_string())
        .attr("content-type", content_type)
        .close();
}

/// A place for one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// Address that the file is uploaded to (PUT).
    pub put: String,
    /// Headers that the HTTP server requires with the upload.
    pub headers: Vec<(String, String)>,
    /// Address that the file can be fetched from afterwards (GET).
    pub get: String,
}

impl Slot {
    /// Reads the payload of the result; `None` when it is no slot, or one for something else than
    /// the web.
    #[must_use]
    pub fn parse(slot: &Element) -> Option<Self> {
        if !slot.is("slot", ns::HTTP_UPLOAD) {
            return None;
        }
        let put = slot.get_child("put", ns::HTTP_UPLOAD)?;
        let url = |e: &Element| e.attr("url").filter(|url| is_web(url)).map(str::to_owned);
        let headers = put.children().filter(|c| c.is("header", ns::HTTP_UPLOAD)).filter_map(header);
        Some(Slot {
            put: url(put)?,
            headers: headers.take(MAX_HEADERS).collect(),
            get: url(slot.get_child("get", ns::HTTP_UPLOAD)?)?,
        })
    }
}

fn is_web(url: &str) -> bool {
    (url.starts_with("https://") || url.starts_with("http://")) && url.len() <= MAX_URL
}

/// Line ends are stripped before anything else (section 5), so that a header cannot smuggle in
/// another.
fn header(header: &Element) -> Option<(String, String)> {
    let one_line = |text: &str| text.replace(['\r', '\n'], "");
    let name = one_line(header.attr("name")?);
    let name = HEADERS.into_iter().find(|known| known.eq_ignore_ascii_case(name.trim()))?;
    let value = one_line(&header.text());
    (value.len() <= MAX_HEADER).then(|| (name.to_owned(), value.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(inner: &str) -> Option<Slot> {
        Slot::parse(&format!("<slot xmlns='urn:xmpp:http:upload:0'>{inner}</slot>").parse().unwrap())
    }

    fn info(inner: &str) -> Info {
        let query = format!("<query xmlns='http://jabber.org/protocol/disco#info'>{inner}</query>");
        Info::parse(&query.parse().unwrap()).unwrap()
    }

    const FEATURE: &str = "<identity category='store' type='file' name='HTTP File Upload'/><feature var='urn:xmpp:http:upload:0'/>";

    #[test]
    fn a_service_tells_its_limit() {
        let form = |kind: &str, value: &str| {
            info(&format!(
                "{FEATURE}<x type='result' xmlns='jabber:x:data'><field var='FORM_TYPE' type='hidden'><value>{kind}</value></field><field var='max-file-size'><value>{value}</value></field></x>"
            ))
        };
        let limit = |info: &Info| Service::of("upload.montague.tld", info).unwrap().max_size;
        assert_eq!(limit(&form(ns::HTTP_UPLOAD, "5242880")), Some(5_242_880));
        assert_eq!(limit(&form("urn:other", "5")), None);
        for nonsense in ["", "-1", "5 MB", "99999999999999999999999"] {
            assert_eq!(limit(&form(ns::HTTP_UPLOAD, nonsense)), None, "{nonsense}");
        }
        assert_eq!(limit(&info(FEATURE)), None);
        assert_eq!(Service::of("a", &info("<feature var='urn:xmpp:http:upload'/>")), None);
    }

    #[test]
    fn the_request_of_the_xep() {
        let mut xml = Xml::new();
        write_request(&mut xml, "très cool.jpg", 23_456, "image/jpeg");
        assert_eq!(
            xml.finish(),
            "<request xmlns='urn:xmpp:http:upload:0' filename='très cool.jpg' size='23456' content-type='image/jpeg'/>"
        );
    }

    #[test]
    fn the_slot_of_the_xep() {
        let found = slot(
            "<put url='https://upload.montague.tld/4a771ac1-f0b2-4a4a-9700-f2a26fa2bb67/tr%C3%A8s%20cool.jpg'>
               <header name='Authorization'>Basic Base64String==</header><header name='Cookie'>foo=bar; user=romeo</header>
             </put><get url='https://download.montague.tld/4a771ac1-f0b2-4a4a-9700-f2a26fa2bb67/tr%C3%A8s%20cool.jpg' />",
        )
        .unwrap();
        assert!(found.put.starts_with("https://upload.") && found.get.starts_with("https://download."));
        assert_eq!(
            found.headers,
            [
                ("Authorization".to_owned(), "Basic Base64String==".to_owned()),
                ("Cookie".to_owned(), "foo=bar; user=romeo".to_owned())
            ]
        );
    }

    #[test]
    fn only_three_headers_are_allowed_and_each_is_one_line() {
        let found = slot(
            "<put url='https://a'><header name='Host'>evil</header><header name='content-length'>0</header><header/>
             <header name='exp&#10;ires'>Thu,&#13;&#10;X-Evil: 1</header><header name='Cookie&#10;X: y'>z</header><header xmlns='urn:other' name='Cookie'>no</header></put><get url='https://b'/>",
        )
        .unwrap();
        assert_eq!(found.headers, [("Expires".to_owned(), "Thu,X-Evil: 1".to_owned())]);
        let many = "<header name='Cookie'>a</header>".repeat(100);
        let long = format!("<header name='Cookie'>{}</header>", "x".repeat(MAX_HEADER + 1));
        let bounded =
            slot(&format!("<put url='https://a'>{long}{many}</put><get url='https://b'/>")).unwrap();
        assert_eq!(bounded.headers.len(), MAX_HEADERS);
    }

    #[test]
    fn what_is_no_slot_is_none() {
        for inner in [
            "",
            "<put url='https://a'/>",
            "<get url='https://a'/>",
            "<put/><get url='https://a'/>",
            "<put url='https://a'/><get/>",
            "<put url='file:///etc/passwd'/><get url='https://a'/>",
            "<put url='https://a'/><get url='javascript:alert(1)'/>",
            "<put xmlns='urn:other' url='https://a'/><get url='https://a'/>",
        ] {
            assert_eq!(slot(inner), None, "{inner}");
        }
        let long = format!("<put url='https://a'/><get url='https://{}'/>", "a".repeat(MAX_URL));
        assert_eq!(slot(&long), None);
        assert_eq!(Slot::parse(&Element::bare("slot", "urn:other")), None);
    }
}
