//! Changes that depend on what is there: about bans, invitations, applicants and files. They are few, so they are not merged but
//! done one by one in the order of their submission. One that finds nothing to change refuses its whole entry: nobody is
//! registered with an invitation whose last use is gone.

use std::sync::Arc;

use super::Write;
use crate::model::access::Ban;
use crate::store::applicant::MOST_WAITING;
use crate::store::engine::Value;
use crate::store::file;
use crate::store::{ApplicantState, Invitation, StoreError};

/// One such change.
#[derive(Debug)]
pub(super) struct Step {
    /// With `$1, $2…` in order, each once.
    pub(super) sql: &'static str,
    pub(super) values: Vec<Value>,
    /// What it means when no row was changed, if that is an error.
    pub(super) refusal: Option<StoreError>,
}

impl Step {
    fn new(sql: &'static str, values: Vec<Value>) -> Step {
        Step { sql, values, refusal: None }
    }

    fn or(self, refusal: StoreError) -> Step {
        Step { refusal: Some(refusal), ..self }
    }
}

/// The steps of a change; none for most kinds.
pub(super) fn steps(write: &Write) -> Vec<Step> {
    match write {
        Write::BanAdd(ban) => vec![ban_add(ban)],
        Write::BanRemove(subject) => {
            vec![Step::new("DELETE FROM bans WHERE subject = $1", vec![Value::text(subject.as_str())])]
        }
        Write::InvitationAdd(invitation) => {
            // The table holds no more than what is still worth something, and what went since.
            let expired = "DELETE FROM invitations WHERE uses_left = 0 OR expires_at <= $1";
            vec![Step::new(expired, vec![Value::Int(invitation.made_at)]), invitation_add(invitation)]
        }
        Write::InvitationRedeem { token, at } => {
            let sql = "UPDATE invitations SET uses_left = uses_left - 1 \
                       WHERE token = $1 AND expires_at > $2 AND uses_left > 0";
            let values = vec![Value::Text(Arc::clone(&token.0)), Value::Int(*at)];
            vec![Step::new(sql, values).or(StoreError::NotRedeemable)]
        }
        Write::InvitationRemove(token) => {
            let values = vec![Value::Text(Arc::clone(&token.0))];
            vec![Step::new("DELETE FROM invitations WHERE token = $1", values)]
        }
        Write::ApplicantAdd { jid, full, at } => {
            // Whoever asks again keeps their place and what was decided.
            let sql = "INSERT INTO applicants (jid, asked_at, asked_from, state) SELECT $1, $2, $3, 'waiting' \
                       WHERE EXISTS (SELECT 1 FROM applicants WHERE jid = $4) \
                       OR (SELECT COUNT(*) FROM applicants WHERE state = 'waiting') < $5 \
                       ON CONFLICT (jid) DO UPDATE SET asked_from = excluded.asked_from";
            let own = || Value::text(jid.as_str());
            let values = vec![
                own(),
                Value::Int(*at),
                Value::text(full.as_str()),
                own(),
                Value::Int(MOST_WAITING.into()),
            ];
            vec![Step::new(sql, values).or(StoreError::TooManyApplicants)]
        }
        Write::ApplicantDecide(jid, state) => {
            let values = vec![Value::text(state.word()), Value::text(jid.as_str())];
            vec![
                Step::new("UPDATE applicants SET state = $1 WHERE jid = $2", values)
                    .or(StoreError::NoSuchApplicant),
            ]
        }
        Write::ApplicantConsume(jid) => {
            let values = vec![Value::text(jid.as_str()), Value::text(ApplicantState::Approved.word())];
            vec![
                Step::new("DELETE FROM applicants WHERE jid = $1 AND state = $2", values)
                    .or(StoreError::NotApproved),
            ]
        }
        Write::File { file, now } => {
            let old = Step::new("DELETE FROM files WHERE good_until <= $1", vec![Value::Int(*now)]);
            vec![old, Step::new(file::FILE_ADD, file::values(file))]
        }
        Write::ApplicantRemove(jid) => {
            vec![Step::new("DELETE FROM applicants WHERE jid = $1", vec![Value::text(jid.as_str())])]
        }
        _ => Vec::new(),
    }
}

fn ban_add(ban: &Ban) -> Step {
    let sql = "INSERT INTO bans (subject, reason, made_by, at) VALUES ($1, $2, $3, $4) ON CONFLICT (subject) \
               DO UPDATE SET reason = excluded.reason, made_by = excluded.made_by, at = excluded.at";
    let values = vec![
        Value::text(ban.subject.as_str()),
        Value::text(&ban.reason),
        Value::text(ban.by.as_str()),
        Value::Int(ban.at),
    ];
    Step::new(sql, values)
}

fn invitation_add(invitation: &Invitation) -> Step {
    let sql = "INSERT INTO invitations (token, made_by, made_at, expires_at, uses_left, note) \
               VALUES ($1, $2, $3, $4, $5, $6)";
    let values = vec![
        Value::Text(Arc::clone(&invitation.token.0)),
        Value::text(invitation.made_by.as_str()),
        Value::Int(invitation.made_at),
        Value::Int(invitation.expires_at),
        Value::Int(invitation.uses_left.into()),
        Value::text(&invitation.note),
    ];
    Step::new(sql, values)
}
