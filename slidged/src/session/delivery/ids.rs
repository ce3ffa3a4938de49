//! Ids of a message and its thread, as the network knows them.

use crate::model::ids::valid_id;
use crate::session::delivery::Delivery;
use crate::session::delivery::Done;
use crate::session::message::UserMessage;
use plugin_api::Error;
use plugin_api::RemoteSession;
use plugin_api::ThreadId;

impl Delivery {
    /// Replaces the thread of a message by the network's; the first message of a new thread creates
    /// it there (K54).
    pub(in crate::session) async fn resolve_thread(
        &self,
        remote: &RemoteSession,
        message: &mut UserMessage,
    ) -> Result<(), Error> {
        let Some(thread) = message.text.thread.take() else { return Ok(()) };
        let info = &self.services.info;
        if !info.threads {
            return Ok(());
        }
        let whose = (&*self.services, self.user);
        let known = self.threads.to_network(whose, &message.contact, thread.as_str()).await?;
        // Where threads are named by their first message, this message is it: see `thread_made`.
        if known.is_some() || info.message_ids_are_thread_ids {
            message.text.thread = known;
            return Ok(());
        }
        let chat = message.chat();
        let made = match remote.create_thread(chat, thread.as_str().to_owned()).await {
            Err(error) if error == Error::unsupported("create_thread") => thread.clone(),
            made => made?,
        };
        let made = if valid_id(made.as_str()) { made } else { thread.clone() };
        self.threads.note(whose, &message.contact, thread.as_str(), made.as_str());
        message.text.thread = Some(made);
        Ok(())
    }

    /// Notes the network's id of a thread that a message of the user began.
    pub(in crate::session) fn thread_made(
        &self,
        message: &UserMessage,
        begun: Option<&ThreadId>,
        done: &Done,
    ) {
        let info = &self.services.info;
        if info.threads
            && info.message_ids_are_thread_ids
            && message.text.thread.is_none()
            && let (Some(begun), Some(id)) = (begun, &done.id)
        {
            self.threads.note((&self.services, self.user), &message.contact, begun.as_str(), id.as_str());
        }
    }
}
