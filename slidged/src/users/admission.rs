//! Admission to the gateway: the configuration's lists, bans, invitations, and approval by
//! administrators.

use crate::language::Language;
use crate::model::access::{Ban, Bans, Decision};
use crate::model::caller::Caller;
use crate::model::clock::now;
use crate::model::lock::{read, write};
use crate::say;
use crate::services::{Services, store_failed};
use crate::store::{ApplicantState, Entry, Page, StoreError, TokenHash, Write};
use crate::xmpp::{Condition, StanzaError};
use jid::{BareJid, Jid};
use plugin_api::Field;
use std::sync::{Arc, RwLock};

/// Field for the token of an invitation.
pub(crate) const INVITATION: &str = "invitation";
/// Most bans that are read at the start; more belong into the configuration of the server.
const MAX_BANS: u32 = 100_000;

/// Condition that a caller has to meet before they can register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Door {
    /// No condition.
    Open,
    /// An invitation, by its token.
    Invitation,
    /// A decision of an administrator; the text tells the user to wait for it.
    Waiting(String),
}

/// Rules about who may register.
pub struct Admission {
    services: Arc<Services>,
    bans: RwLock<Bans>,
}

/// The text for somebody who is banned.
fn banned(reason: &str, language: Language) -> String {
    match reason {
        "" => say!(language, "banned"),
        reason => say!(language, "banned-reason", reason = reason),
    }
}

impl Admission {
    /// Creates an admission without bans; see [`read_bans`](Self::read_bans).
    #[must_use]
    pub fn new(services: Arc<Services>) -> Self {
        Admission { services, bans: RwLock::default() }
    }

    /// Tells whether the gateway serves a caller at all.
    ///
    /// # Errors
    ///
    /// The condition and the text of the refusal.
    pub(crate) fn may_register(&self, from: &Jid, language: Language) -> Result<(), (Condition, String)> {
        let bare = from.to_bare();
        if self.services.index.is_registered(&bare) {
            return Ok(());
        }
        match self.decide(&bare) {
            Decision::NotServed => Err((Condition::NotAllowed, say!(language, "not-served"))),
            Decision::Banned(reason) => Err((Condition::NotAllowed, banned(&reason, language))),
            _ => Ok(()),
        }
    }

    fn decide(&self, bare: &BareJid) -> Decision {
        self.services.policy.policy().decide(bare, &read(&self.bans), false)
    }

    /// Returns the condition that a caller has to meet before they can register. If that is an
    /// administrator's approval, this call asks for it.
    ///
    /// # Errors
    ///
    /// When the caller cannot register.
    pub(crate) async fn door(&self, caller: &Caller) -> Result<Door, StanzaError> {
        let (bare, language) = (caller.bare(), caller.language);
        let refused = |id: &str| Err(StanzaError::with_text(Condition::NotAllowed, language.text(id, &[])));
        if self.services.index.is_registered(&bare) {
            return Ok(Door::Open);
        }
        match self.decide(&bare) {
            Decision::Allowed => Ok(Door::Open),
            Decision::NeedsInvitation => Ok(Door::Invitation),
            Decision::Closed => refused("register-closed"),
            Decision::NotServed => refused("not-served"),
            Decision::Banned(reason) => {
                Err(StanzaError::with_text(Condition::NotAllowed, banned(&reason, language)))
            }
            Decision::NeedsApproval => match self.application(&bare).await? {
                Some(ApplicantState::Approved) => Ok(Door::Open),
                Some(ApplicantState::Waiting) => Ok(Door::Waiting(say!(language, "register-waiting"))),
                Some(ApplicantState::Refused) => refused("register-refused"),
                None => self.apply(caller).await,
            },
        }
    }

    async fn application(&self, bare: &BareJid) -> Result<Option<ApplicantState>, StanzaError> {
        let applicant =
            self.services.store.applicants().get(bare).await.map_err(|error| store_failed(&error))?;
        Ok(applicant.map(|applicant| applicant.state))
    }

    async fn apply(&self, caller: &Caller) -> Result<Door, StanzaError> {
        let write = Write::ApplicantAdd { jid: caller.bare(), full: caller.jid.clone(), at: now() };
        match self.services.journal.commit(Entry { writes: vec![write], ..Entry::default() }).await {
            Ok(_) => {}
            Err(StoreError::TooManyApplicants) => {
                let text = say!(caller.language, "register-too-many-wait");
                return Err(StanzaError::with_text(Condition::ResourceConstraint, text));
            }
            Err(error) => return Err(store_failed(&error)),
        }
        // The administrator's decision is to be told in this language.
        self.services.languages.note(&caller.bare(), caller.language);
        for admin in &self.services.policy.admins {
            let language = self.services.languages.of(&admin.0);
            let text = say!(language, "admin-somebody-asks", who = caller.bare().to_string());
            self.services.messenger.tell(&admin.0, &text);
        }
        Ok(Door::Waiting(say!(caller.language, "register-asked")))
    }

    /// Returns the write that uses up an invitation or an approval, or none if neither is needed.
    /// It belongs into one journal entry with the new user, so that nobody gets in twice by it.
    ///
    /// # Errors
    ///
    /// When the caller may not register.
    pub(crate) async fn grant(
        &self,
        caller: &Caller,
        invitation: Option<&str>,
    ) -> Result<Option<Write>, StanzaError> {
        match self.door(caller).await? {
            Door::Open
                if self.decide(&caller.bare()) == Decision::NeedsApproval
                    && !self.services.index.is_registered(&caller.bare()) =>
            {
                Ok(Some(Write::ApplicantConsume(caller.bare())))
            }
            Door::Open => Ok(None),
            Door::Waiting(text) => Err(StanzaError::with_text(Condition::NotAllowed, text)),
            Door::Invitation => {
                let token = TokenHash::of(invitation.unwrap_or_default());
                let known = self
                    .services
                    .store
                    .invitations()
                    .get(&token)
                    .await
                    .map_err(|error| store_failed(&error))?;
                if known.is_some_and(|known| known.is_redeemable(now())) {
                    return Ok(Some(Write::InvitationRedeem { token, at: now() }));
                }
                let text = say!(caller.language, "invitation-invalid");
                Err(StanzaError::with_text(Condition::NotAcceptable, text))
            }
        }
    }

    /// Returns the field for an invitation.
    pub(crate) fn invitation_field(language: Language) -> Field {
        Field::text(INVITATION, say!(language, "invitation")).required()
    }

    /// Reads the bans; to be called before the first stanza comes.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn read_bans(&self) -> Result<(), StoreError> {
        *write(&self.bans) =
            self.services.store.bans().page(Page::first(MAX_BANS)).await?.into_iter().collect();
        Ok(())
    }

    /// Lists the bans, the newest first.
    pub(crate) fn bans(&self) -> Vec<Ban> {
        read(&self.bans).newest()
    }

    /// Bans an address or a whole domain: nobody new registers from there.
    ///
    /// # Errors
    ///
    /// When the store failed.
    pub(crate) async fn ban(&self, ban: Ban) -> Result<(), StoreError> {
        let add = Write::BanAdd(ban.clone());
        self.services.journal.commit(Entry { writes: vec![add], ..Entry::default() }).await?;
        write(&self.bans).add(ban);
        Ok(())
    }

    /// Lifts a ban; false when there was none.
    ///
    /// # Errors
    ///
    /// When the store failed.
    pub(crate) async fn lift_ban(&self, subject: &BareJid) -> Result<bool, StoreError> {
        let remove = Write::BanRemove(subject.clone());
        self.services.journal.commit(Entry { writes: vec![remove], ..Entry::default() }).await?;
        Ok(write(&self.bans).lift(subject))
    }
}
