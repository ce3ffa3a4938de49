//! A plugin that misbehaves on demand; exists for tests.
//!
//! What it does is asked for in three ways:
//!
//! * `[plugin.options]` `start`: `panic`, `block`, or an error of any other text, instead of
//!   starting;
//! * the registration form of a user: `connect`, `login` and `drop`; a value that begins with
//!   `password` is not kept;
//! * the texts that a user sends (see `session`); any other text is said back.

#![allow(clippy::disallowed_methods, reason = "it exists to misbehave")]

mod garbage;
mod session;

use plugin_api::prelude::*;
use session::StressSession;
use std::{future::pending, time::Duration};
use zeroize::Zeroize as _;

struct Stress;

/// One pixel, and not in the format that the daemon shows.
fn picture() -> Avatar {
    let gif = b"GIF89a\x01\0\x01\0\x80\0\0\xff\0\0\0\0\xff,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";
    Avatar { data: Some(Blob(gif.to_vec())), ..Avatar::none() }
}

impl Gateway for Stress {
    type Session = StressSession;

    fn info() -> Info {
        let info = Info { component_avatar: Some(picture()), ..Info::new("stress", "Stress") };
        let info = info.registration_fields(vec![
            Field::text("connect", "When connecting: error, panic, never"),
            Field::text("login", "When logging in: credentials, network, rate-limit, error, panic, never"),
            Field::text("drop", "When dropped: panic, block"),
        ]);
        // More than one, as networks have that are asked for more than a name.
        let search_fields = [("first", "First name"), ("last", "Last name"), ("email", "Mail")]
            .map(|(var, label)| Field::text(var, label));
        // A network that can do little: one reaction, of a few, and what was sent stays as it is.
        let contact_features =
            Features { reaction: true, reactions_single_emoji: true, ..Features::messages() };
        let start = Field::text("start", "Instead of starting: panic, block, or an error of any other text");
        Info {
            search_fields: search_fields.into(),
            contact_features,
            mark_all_messages: true,
            options: vec![start],
            ..info
        }
    }

    fn new(start: Start, _: GatewayHost) -> Result<Self> {
        match start.options.get("start").map(String::as_str) {
            None | Some("") => Ok(Stress),
            Some("panic") => panic!("in Gateway::new"),
            Some("block") => {
                std::thread::sleep(Duration::from_secs(3600));
                Ok(Stress)
            }
            Some(other) => Err(Error::internal(other)),
        }
    }

    async fn connect(&self, user: User, host: Host) -> Result<StressSession> {
        match user.data.get("connect").map(String::as_str) {
            Some("panic") => panic!("in connect"),
            Some("never") => pending().await,
            Some("error") => Err(Error::internal("in connect, as asked")),
            _ => Ok(StressSession::new(user, host)),
        }
    }

    async fn validate(&self, _: String, mut form: Form, _: u32) -> Result<Option<Data>> {
        // As a network that gives a token for a password: nothing is kept of it.
        for secret in form.values_mut().filter(|value| value.starts_with("password ")) {
            secret.zeroize();
        }
        Ok(Some(form))
    }
}

plugin_api::export_entry!(garbage::Entry<Exported<Stress>>);
