//! Access to earlier messages.

use super::chat::is_deleted;
use super::outcome::{Actor, Outcome, answer, refuse};
use super::{World, rules};
use crate::protocol::message::{Fetch, History, HistoryPage};
use crate::protocol::{Kind, Message, Refusal, limits};

impl World {
    pub(super) fn fetch(&self, by: &Actor, ask: &Fetch) -> Outcome {
        let key = self.open_chat(by, &ask.chat)?;
        answer(self.messages.get(&key, &ask.id)?)
    }

    pub(super) fn history(&self, by: &Actor, ask: &History) -> Outcome {
        rules::optional(ask.containing.as_ref(), limits::NAME)?;
        let key = self.open_chat(by, &ask.chat)?;
        let Some(conversation) = self.messages.conversation(&key) else {
            return answer(&HistoryPage::default());
        };
        let position = |id: &String| {
            conversation
                .position(id)
                .ok_or_else(|| Refusal::new(Kind::NotFound, "no such message in this history"))
        };
        let start = ask.after.as_ref().map(position).transpose()?.map_or(0, |position| position + 1);
        let end = ask.before.as_ref().map(position).transpose()?.unwrap_or(conversation.messages().len());
        if start > end {
            return refuse(Kind::BadRequest, "`after` is not before `before`");
        }
        let wanted = ask.containing.as_deref().unwrap_or_default().to_lowercase();
        let fits = |message: &&Message| {
            !is_deleted(message)
                && (wanted.is_empty() || message.content.text.to_lowercase().contains(&wanted))
        };
        let limit = ask.limit.map_or(limits::PAGE, |limit| (limit as usize).min(limits::PAGE));
        let range = conversation.messages().range(start..end);
        let (messages, more) = if ask.after.is_some() {
            rules::page(range.filter(fits).cloned(), limit)
        } else {
            let (mut page, more) = rules::page(range.rev().filter(fits).cloned(), limit);
            page.reverse();
            (page, more)
        };
        answer(&HistoryPage { messages, more, read: conversation.read.clone() })
    }
}
