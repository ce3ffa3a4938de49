//! A probe of a new connection: whether the server returns what is sent to ourselves.

use crate::xmpp::link::echo::Iqs;
use crate::xmpp::link::echo::LATE;
use crate::xmpp::link::echo::OVERTAKEN;
use crate::xmpp::link::echo::PROBE_AGAIN;
use crate::xmpp::link::requests::Awaited;
use crate::xmpp::link::state::ASK_AGAIN;
use crate::xmpp::link::state::Shared;
use crate::xmpp::link::writer::WeakOutbound;
use crate::xmpp::xml::Xml;
use std::convert::Infallible;
use tokio::time::sleep;
use tokio::time::timeout;

/// Finds out whether the server takes our iqs: a ping, and behind it a message, until the ping
/// comes back or was overtaken too often. Never resolves; to be dropped with the connection.
pub(super) async fn probe(shared: &Shared, epoch: u64, outbound: WeakOutbound) -> Infallible {
    let Shared { echoes, requests, .. } = shared;
    let mut ping = requests.begin(&echoes.to, Awaited::Echo { epoch });
    let mut overtaken = 0;
    loop {
        let mut message = requests.begin(&echoes.to, Awaited::Echo { epoch });
        let mut xml = Xml::new();
        echoes.write_ping(&mut xml, ping.id());
        echoes.write_message(&mut xml, message.id());
        // When the queue is full, the server owes us an echo already, and there is a next time.
        let _ = outbound.try_send(xml.finish());
        let overtaking = async {
            if message.answer().await.is_none() {
                return std::future::pending().await;
            }
            sleep(LATE).await;
        };
        tokio::select! {
            biased;
            came = ping.answer() => {
                if came.is_some() {
                    echoes.iqs.send_replace(Iqs::Taken);
                }
                return std::future::pending().await;
            }
            () = overtaking => overtaken += 1,
            () = sleep(ASK_AGAIN) => {}
        }
        if overtaken >= OVERTAKEN {
            echoes.iqs.send_replace(Iqs::Dropped);
            // Should it come after all, the others were lost.
            if timeout(PROBE_AGAIN, ping.answer()).await.is_ok_and(|came| came.is_some()) {
                echoes.iqs.send_replace(Iqs::Taken);
                return std::future::pending().await;
            }
        }
    }
}
