//! Who gets in: the configuration's lists, bans, invitations, and administrators who approve.

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

/// The field for an invitation's token.
pub(crate) const INVITATION: &str = "invitation";
/// Bans that are read at the start; more belong into the configuration of the server.
const MAX_BANS: u32 = 100_000;

/// What somebody who wants to register has to do first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Door {
    /// Nothing.
    Open,
    /// Tell an invitation's token.
    Invitation,
    /// Wait; the text says for what.
    Waiting(String),
}

/// Decides who may register.
pub struct Admission {
    services: Arc<Services>,
    bans: RwLock<Bans>,
}

impl Admission {
    /// An admission without bans; see [`read_bans`](Self::read_bans).
    #[must_use]
    pub fn new(services: Arc<Services>) -> Self {
        Admission { services, bans: RwLock::default() }
    }

    /// Whether the gateway talks to them at all.
    ///
    /// # Errors
    ///
    /// Why not.
    pub(crate) fn may_register(&self, from: &Jid, language: Language) -> Result<(), (Condition, String)> {
        let bare = from.to_bare();
        if self.services.index.is_registered(&bare) {
            return Ok(());
        }
        match self.decide(&bare) {
            Decision::NotServed => Err((Condition::NotAllowed, say!(language, "not-served"))),
            Decision::Banned(reason) if reason.is_empty() => {
                Err((Condition::NotAllowed, say!(language, "banned")))
            }
            Decision::Banned(reason) => {
                Err((Condition::NotAllowed, say!(language, "banned-reason", reason = reason)))
            }
            _ => Ok(()),
        }
    }

    fn decide(&self, bare: &BareJid) -> Decision {
        self.services.policy.policy().decide(bare, &read(&self.bans), false)
    }

    /// What they have to do before they can register. Who needs an administrator's approval asks for it hereby.
    ///
    /// # Errors
    ///
    /// When they cannot.
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
            Decision::NotServed | Decision::Banned(_) => refused("not-served"),
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
        // For the answer.
        self.services.languages.note(&caller.bare(), caller.language);
        for admin in &self.services.policy.admins {
            let language = self.services.languages.of(&admin.0);
            let text = say!(language, "admin-somebody-asks", who = caller.bare().to_string());
            self.services.messenger.tell(&admin.0, &text);
        }
        Ok(Door::Waiting(say!(caller.language, "register-asked")))
    }

    /// What lets somebody in, to be written in one entry with the new user: then nobody gets in twice by it. None when nothing is needed.
    ///
    /// # Errors
    ///
    /// When they may not come in.
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

    /// The field for an invitation.
    pub(crate) fn invitation_field(language: Language) -> Field {
        Field::text(INVITATION, say!(language, "invitation")).required()
    }

    /// Reads the bans. To be called before the first stanza comes.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn read_bans(&self) -> Result<(), StoreError> {
        *write(&self.bans) =
            self.services.store.bans().page(Page::first(MAX_BANS)).await?.into_iter().collect();
        Ok(())
    }

    /// Everybody who is banned, the newest first.
    pub(crate) fn bans(&self) -> Vec<Ban> {
        read(&self.bans).newest()
    }

    /// Bans somebody, or everybody of a domain: nobody new registers from there.
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
