//! Events of the network, which are reported to the daemon in order and acknowledged once the
//! daemon has them.

mod rooms;

use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use plugin_api::prelude::*;
use tokio::sync::watch;

use super::connection::ConnectionState;
use super::errors::{class, explain};
use super::preferences::Preferences;
use super::{contacts, convert, files, rooms as groups};
use crate::client::{Client, Ticket, Update, Updates};
use crate::protocol::person::Whois;
use crate::protocol::{self, Event, Relation};

/// Task that reports everything that happens to the daemon until the client stops.
pub(super) struct EventForwarder {
    pub(super) me: String,
    pub(super) host: Host,
    pub(super) client: Client,
    pub(super) connection: watch::Sender<ConnectionState>,
    pub(super) preferences: watch::Receiver<Preferences>,
    /// Reports that the daemon has not confirmed yet; never more than the server's window.
    pub(super) under_way: FuturesUnordered<BoxFuture<'static, (Option<Ticket>, Result<()>)>>,
    /// Number of the event that the daemon failed at last, and how often it did.
    pub(super) failing: (u64, u32),
}

/// Most failures of the daemon at one event for a reason that need not pass. Beyond that, the event
/// is given up, so that the others do not wait for ever.
const FAILURES: u32 = 10;

impl EventForwarder {
    /// Runs until the client stops.
    pub(super) async fn run(mut self, mut updates: Updates) {
        loop {
            tokio::select! {
                Some((ticket, told)) = self.under_way.next(), if !self.under_way.is_empty() => self.settle(ticket, told),
                update = updates.recv() => match update {
                    Some(Update::Event(ticket, event)) => {
                        if let Some(told) = self.tell(event) {
                            self.under_way.push(async move { (ticket, told.await) }.boxed());
                        } else if let Some(ticket) = ticket {
                            self.client.done(ticket);
                        }
                    }
                    Some(Update::Up(welcome)) => self.up(welcome),
                    Some(Update::Down(error)) => self.down(error),
                    None => return,
                },
            }
        }
    }

    /// Acknowledges an event that is safe, or that the daemon will never take. Otherwise the
    /// connection is closed, so that the event comes again.
    fn settle(&mut self, ticket: Option<Ticket>, told: Result<()>) {
        if let Err(error) = told {
            if let Some(ticket) = ticket
                && self.may_pass(ticket, &error)
            {
                tracing::warn!(%error, "the gateway could not take an event; it will come again");
                if let Ok(connection) = self.client.connection() {
                    connection.close();
                }
                return;
            }
            tracing::debug!(%error, "the gateway has no use for an event");
            if error.condition == Condition::PolicyViolation {
                let why = error.user_text();
                self.host.send_gateway_message(format!("A message could not be shown here. {why}"));
            }
        }
        if let Some(ticket) = ticket {
            self.client.done(ticket);
        }
    }

    /// Tells whether the daemon may take an event later that it did not take now.
    fn may_pass(&mut self, ticket: Ticket, error: &Error) -> bool {
        match error.condition {
            // No room, no time, no session: these are the daemon's troubles, not the event's.
            Condition::ResourceConstraint
            | Condition::RemoteServerTimeout
            | Condition::ServiceUnavailable => true,
            Condition::InternalServerError | Condition::UndefinedCondition => {
                let (seq, count) = self.failing;
                self.failing = (ticket.seq(), if seq == ticket.seq() { count + 1 } else { 1 });
                if self.failing.1 >= FAILURES {
                    tracing::error!(%error, "an event is given up that the gateway failed at again and again");
                }
                self.failing.1 < FAILURES
            }
            _ => false,
        }
    }

    /// Looks up everything that the network reports only to connected devices, after each login.
    fn up(&mut self, welcome: protocol::Welcome) {
        let (client, host) = (self.client.clone(), self.host.clone());
        if welcome.lost > 0 {
            tracing::warn!(
                lost = welcome.lost,
                "the network dropped events of a device that was away for long"
            );
        }
        let lost = welcome.lost;
        self.connection.send_replace(ConnectionState::Up(welcome));
        let status = format!("Connected as {}", self.me);
        let told = async move {
            let contacts = contacts::list(&client).await.map_err(explain)?;
            host.set_contacts(contacts.into_iter().map(|(_, info)| info).collect()).await?;
            if lost > 0 {
                groups::again(&client, &host).await?;
            }
            host.connected(status).await
        };
        self.under_way.push(async move { (None, told.await) }.boxed());
    }

    fn down(&mut self, error: crate::client::Error) {
        let class = class(&error).unwrap_or_default();
        let explained = explain(error);
        tracing::info!(error = %explained, "disconnected");
        let state = match class {
            Class::Credentials => LoginState::LoggedOut,
            _ => LoginState::Reconnecting,
        };
        let told = self.host.disconnected(state, class, explained.user_text());
        self.connection.send_replace(ConnectionState::Down);
        self.under_way.push(async move { (None, told.await) }.boxed());
    }

    /// Reports one event; `None` if there is nothing to report. The report is handed over before
    /// this returns, the future only waits for its confirmation.
    fn tell(&self, event: Event) -> Option<BoxFuture<'static, Result<()>>> {
        let http = self.connection.borrow().http();
        Some(match event {
            Event::Message { chat, message } => {
                let from = self.speaker(chat, &message.from);
                let sender = from.sender();
                let (attachments, content) = files::split(&message.content, &http);
                let message = protocol::Message { content, ..message };
                let other = sender.contact.unwrap_or_default();
                let mut text = convert::text(&message, &self.me, other.as_str(), &http);
                if let (Some(reply), Some(room)) = (&mut text.reply_to, sender.room) {
                    reply.author = message.quote.map(|quote| self.member(room, &quote.from).sender());
                }
                if attachments.is_empty() {
                    sent(from.send_text(text))
                } else {
                    sent(from.send_files(attachments, text, false))
                }
            }
            Event::Edited { chat, id, by, content, .. } => {
                let text = convert::said(&content, &self.me, &http);
                sent(self.speaker(chat, &by).correct(id, text))
            }
            Event::Deleted { chat, id, by, author, reason, .. } => {
                // Events that are older than this field have no author.
                let own = author.is_empty() || author == by;
                self.deleted(&chat, &by, id.into(), own, reason)
            }
            Event::Reaction { chat, id, by, emojis, .. } => sent(self.speaker(chat, &by).react(id, emojis)),
            Event::Read { chat, id, by, .. } => sent(self.speaker(chat, &by).displayed(id)),
            Event::Typing { chat, by, activity, .. } if by != self.me => {
                self.speaker(chat, &by).chat_state(convert::chat_state(activity)).boxed()
            }
            Event::Presence { user, presence } if user != self.me => {
                self.host.contact(user).set_presence(convert::presence(presence)).boxed()
            }
            Event::Contact { contact, by, was, text } => self.contact(contact, &by, was, text),
            Event::Profile { user, .. } if user != self.me => self.profile(user),
            // `Delivered`: the gateway's receipts say that the network has a message, so a second
            // one would say nothing.
            other => return self.room_event(other),
        })
    }

    fn contact(
        &self,
        contact: protocol::Contact,
        by: &str,
        was: Relation,
        text: String,
    ) -> BoxFuture<'static, Result<()>> {
        let (relation, mine) = (contact.relation, by == self.me);
        let who = self.host.contact(contact.user.clone());
        let words = (!text.is_empty()).then_some(text);
        if mine && relation == Relation::None && was == Relation::Friend {
            return who.remove().boxed();
        }
        if relation == Relation::Friend && was != Relation::Friend && self.preferences.borrow().announce {
            // Only a courtesy: no confirmation is waited for.
            self.host.send_gateway_message(format!("{} is a new contact.", contact.display_name()));
        }
        // The contact is reported first, so that the request or its answer comes from somebody with
        // a name.
        let known = self.host.set_contacts(vec![contacts::info(contact)]);
        let change = match (was, relation) {
            (Relation::Asked, Relation::Friend) if !mine => Some(who.accept_friend_request(None)),
            (Relation::None, Relation::Asking) => Some(who.send_friend_request(words)),
            (Relation::Asked, Relation::None) if !mine => Some(who.reject_friend_request(None)),
            (Relation::Friend, Relation::None) => Some(who.unsubscribe()),
            _ => None,
        };
        async move {
            known.await?;
            match change {
                Some(change) => change.await,
                None => Ok(()),
            }
        }
        .boxed()
    }

    /// Reports a new profile; the name to show may still be the one that the user gave.
    fn profile(&self, user: String) -> BoxFuture<'static, Result<()>> {
        let (client, host) = (self.client.clone(), self.host.clone());
        async move {
            let contact = client.ask(Whois { user }).await.map_err(explain)?;
            host.set_contacts(vec![contacts::info(contact)]).await
        }
        .boxed()
    }
}

fn sent(sending: Sending<Sent>) -> BoxFuture<'static, Result<()>> {
    async move { sending.await.map(drop) }.boxed()
}
