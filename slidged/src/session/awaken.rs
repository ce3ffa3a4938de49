//! Before a session: what the store has of the user is read, so that there is no session that does not know it.

use super::{Asked, Event, Report, backlog::Backlog, own_avatar, patience, repeats, supervise::Supervisor};
use crate::say;
use crate::services::Account;
use crate::store::{self, Entry, Lane, Store, StoreError, UserId};
use crate::xmpp::Condition;
use std::{collections::HashMap, pin::pin, sync::Arc};

/// What the store has of a user. Nobody writes it while there is no session, so what is read one after the other belongs together.
pub(super) struct State {
    pub(super) contacts: Vec<store::Contact>,
    /// What tells the cards of contacts apart.
    pub(super) cards: HashMap<Arc<str>, i64>,
    pub(super) rooms: Vec<store::Room>,
    /// The picture of the user that the network has, by its hash.
    pub(super) own_avatar: Option<String>,
    /// What clients of the user sent last, oldest first.
    pub(super) recent: Vec<store::MessageIds>,
    /// What was under way.
    pub(super) pending: Vec<store::Pending>,
}

impl State {
    async fn read(store: &Store, user: UserId) -> Result<State, StoreError> {
        let mut recent = store.messages(user).recent_from_user(repeats::REMEMBERED).await?;
        recent.reverse();
        Ok(State {
            contacts: store.contacts(user).all().await?,
            cards: store.cards(user).hashes().await?.into_iter().collect(),
            rooms: store.rooms(user).all().await?,
            own_avatar: own_avatar::given(store, user).await?,
            recent,
            pending: store.pending().of(user).await?,
        })
    }
}

impl Supervisor {
    /// Reads the user's state, however long that takes. What comes meanwhile waits, and is answered when it waits too long. `None` when
    /// there is to be no session any more.
    pub(super) async fn awaken(&mut self, user: &Account, first: &mut Backlog) -> Option<State> {
        let services = self.services.clone();
        let (journal, id) = (services.journal.of(Lane::of(user.id)), user.id);
        let mut read = pin!(async {
            // A session before this one may have submitted something that is still to be written.
            journal.submit(Entry::default()).await.ok()?;
            let services = &services;
            let state = patience::read(|| async move {
                // Never closed.
                let _turn = services.readings.acquire().await;
                State::read(&services.store, id).await
            });
            Some(state.await)
        });
        loop {
            tokio::select! {
                biased;
                state = &mut read => return state,
                () = first.too_old() => self.answer_too_old(first),
                event = self.events.recv(), if first.has_room() => match event {
                    Some(Event::Stop) | None => return None,
                    Some(Event::Asked(Asked::Report(answer))) => {
                        let status = say!(self.services.languages.of(&self.jid), "connecting");
                        // Whoever asked may have gone.
                        let _ = answer.send(Report { status, ..Report::default() });
                    }
                    Some(event) => first.push(event),
                },
            }
        }
    }

    /// What the user has waited for too long is refused in words.
    fn answer_too_old(&self, first: &mut Backlog) {
        let text = say!(self.services.languages.of(&self.jid), "message-not-stored");
        for stanza in first.take_too_old() {
            self.services.refusals.refuse(&stanza, Condition::ResourceConstraint, &text);
        }
    }
}
