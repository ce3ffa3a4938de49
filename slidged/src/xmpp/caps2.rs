//! XEP-0390: Entity Capabilities 2.0, with SHA-256. Not done: reading those of others, whose
//! clients all have XEP-0115 as well.

use data_encoding::BASE64;
use sha2::{Digest, Sha256};

use super::{disco::Info, forms::Form, ns, xml::Xml};

/// Hash of our disco#info as a presence carries it: SHA-256 in Base64 (section 4.1).
#[must_use]
pub fn hash(info: &Info) -> String {
    let features = info.features.iter().map(|feature| part(feature)).collect();
    let identities = info.identities.iter().map(|i| {
        let (lang, name) = (i.lang.as_deref().unwrap_or(""), i.name.as_deref().unwrap_or(""));
        [&*i.category, &*i.type_, lang, name].map(part).concat() + "\u{1e}"
    });
    let mut forms: Vec<String> =
        info.forms.iter().filter(|form| form.form_type().is_some()).map(form).collect();
    forms.iter_mut().for_each(|form| form.push('\u{1d}'));
    let text =
        [joined(features), joined(identities.collect()), joined(forms)].map(|list| list + "\u{1c}").concat();
    BASE64.encode(&Sha256::digest(text))
}

fn form(form: &Form) -> String {
    let field = |(var, values): (&str, &[String])| {
        part(var) + &joined(values.iter().map(|value| part(value)).collect()) + "\u{1e}"
    };
    joined(form.fields.iter().map(|f| field((&f.var, &f.values))).collect())
}

fn part(text: &str) -> String {
    format!("{text}\u{1f}")
}

/// Sorts the parts by their bytes and joins them.
fn joined(mut parts: Vec<String>) -> String {
    parts.sort_unstable();
    parts.concat()
}

/// The hash that a node asks about (section 4.2), if it is one of these.
#[must_use]
pub fn of_node(node: &str) -> Option<&str> {
    node.strip_prefix(ns::CAPS2)?.strip_prefix("#sha-256.")
}

/// Writes `<c/>`.
pub fn write(xml: &mut Xml, hash: &str) {
    xml.open_ns("c", ns::CAPS2)
        .open_ns("hash", ns::HASHES)
        .attr("algo", "sha-256")
        .text(hash)
        .close()
        .close();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(xml: &str) -> Info {
        let xml = format!("<query xmlns='http://jabber.org/protocol/disco#info'>{xml}</query>");
        Info::parse(&xml.parse().unwrap()).unwrap()
    }

    #[test]
    fn the_simple_example_of_the_xep() {
        let features = "http://jabber.org/protocol/si http://jabber.org/protocol/bytestreams http://jabber.org/protocol/chatstates http://jabber.org/protocol/disco#info http://jabber.org/protocol/disco#items urn:xmpp:ping jabber:iq:time jabber:iq:privacy jabber:iq:version http://jabber.org/protocol/rosterx urn:xmpp:time jabber:x:oob http://jabber.org/protocol/ibb http://jabber.org/protocol/si/profile/file-transfer urn:xmpp:receipts jabber:iq:roster jabber:iq:last";
        let features: String = features.split(' ').map(|var| format!("<feature var='{var}'/>")).collect();
        let i = info(&format!("<identity category='client' name='BombusMod' type='mobile'/>{features}"));
        assert_eq!(hash(&i), "kzBZbkqJ3ADrj7v08reD1qcWUwNGHaidNUgD7nHpiw8=");
    }

    #[test]
    fn the_complex_example_of_the_xep() {
        let i = info(
            "<identity category='client' name='Tkabber' type='pc' xml:lang='en'/><identity category='client' name='Ткаббер' type='pc' xml:lang='ru'/>
             <feature var='games:board'/><feature var='http://jabber.org/protocol/activity'/><feature var='http://jabber.org/protocol/activity+notify'/><feature var='http://jabber.org/protocol/bytestreams'/><feature var='http://jabber.org/protocol/chatstates'/><feature var='http://jabber.org/protocol/commands'/><feature var='http://jabber.org/protocol/disco#info'/><feature var='http://jabber.org/protocol/disco#items'/><feature var='http://jabber.org/protocol/evil'/><feature var='http://jabber.org/protocol/feature-neg'/><feature var='http://jabber.org/protocol/geoloc'/><feature var='http://jabber.org/protocol/geoloc+notify'/><feature var='http://jabber.org/protocol/ibb'/><feature var='http://jabber.org/protocol/iqibb'/><feature var='http://jabber.org/protocol/mood'/><feature var='http://jabber.org/protocol/mood+notify'/><feature var='http://jabber.org/protocol/rosterx'/><feature var='http://jabber.org/protocol/si'/><feature var='http://jabber.org/protocol/si/profile/file-transfer'/><feature var='http://jabber.org/protocol/tune'/><feature var='http://www.facebook.com/xmpp/messages'/><feature var='http://www.xmpp.org/extensions/xep-0084.html#ns-metadata+notify'/><feature var='jabber:iq:avatar'/><feature var='jabber:iq:browse'/><feature var='jabber:iq:dtcp'/><feature var='jabber:iq:filexfer'/><feature var='jabber:iq:ibb'/><feature var='jabber:iq:inband'/><feature var='jabber:iq:jidlink'/><feature var='jabber:iq:last'/><feature var='jabber:iq:oob'/><feature var='jabber:iq:privacy'/><feature var='jabber:iq:roster'/><feature var='jabber:iq:time'/><feature var='jabber:iq:version'/><feature var='jabber:x:data'/><feature var='jabber:x:event'/><feature var='jabber:x:oob'/><feature var='urn:xmpp:avatar:metadata+notify'/><feature var='urn:xmpp:ping'/><feature var='urn:xmpp:receipts'/><feature var='urn:xmpp:time'/>
             <x xmlns='jabber:x:data' type='result'><field type='hidden' var='FORM_TYPE'><value>urn:xmpp:dataforms:softwareinfo</value></field><field var='software'><value>Tkabber</value></field><field var='software_version'><value>0.11.1-svn-20111216-mod (Tcl/Tk 8.6b2)</value></field><field var='os'><value>Windows</value></field><field var='os_version'><value>XP</value></field></x>",
        );
        assert_eq!(hash(&i), "u79ZroNJbdSWhdSp311mddz44oHHPsEBntQ5b1jqBSY=");
    }

    #[test]
    fn a_hash_is_written_and_asked_about() {
        let mut xml = Xml::new();
        write(&mut xml, "h=");
        assert_eq!(
            xml.finish(),
            "<c xmlns='urn:xmpp:caps'><hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>h=</hash></c>"
        );
        assert_eq!(of_node("urn:xmpp:caps#sha-256.h="), Some("h="));
        assert_eq!(of_node("urn:xmpp:caps#sha-1.h="), None);
    }
}
