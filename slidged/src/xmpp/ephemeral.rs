//! XEP-0466: Ephemeral Messages. Only told: nothing of ours forgets a message before its time.

use super::{ns, xml::Xml};

/// Writes how many seconds after it was read a message disappears.
pub fn write(xml: &mut Xml, seconds: u32) {
    xml.open_ns("ephemeral", ns::EPHEMERAL).attr("timer", &seconds.to_string()).close();
}
