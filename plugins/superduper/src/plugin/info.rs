//! Description of the plugin and its network.

use plugin_api::prelude::*;

use super::{commands, preferences, search};

/// Default address of `superduperd`.
pub const SERVER: &str = "127.0.0.1:5380";

// Answers of registration forms, which are also the keys of the stored data.
pub(super) const USER: &str = "username";
pub(super) const PASSWORD: &str = "password";
pub(super) const CODE: &str = "code";
/// Stored instead of the password where that is not enough (a code is good for one login only) or
/// not known.
pub(super) const TOKEN: &str = "token";

// Numbers of the ways to register.
pub(super) const AT_ONCE: u32 = 0;
pub(super) const BY_CODE: u32 = 1;
pub(super) const BY_QR: u32 = 2;
pub(super) const BY_TOKEN: u32 = 3;

/// Picture of the gateway, an original drawing: two speech balloons.
const AVATAR: &[u8] = include_bytes!("avatar.png");

pub(super) fn info() -> Info {
    let code = Field::text(CODE, "Code, if your account has a second factor");
    let avatar = Avatar { id: Some("1".into()), data: Some(Blob(AVATAR.into())), ..Avatar::none() };
    Info {
        component_avatar: Some(avatar),
        registration: RegistrationFlow {
            fields: account().into_iter().chain([code]).collect(),
            instructions: "Log in with your superduper account.".into(),
            ..RegistrationFlow::default()
        },
        alternative_registrations: vec![by_code(), by_qr(), by_token()],
        search_fields: search::fields(),
        search_title: "Find people on superduper".into(),
        search_instructions: "Enter a part of a name, a user name, a phone number or a mail address.".into(),
        preferences: preferences::fields(),
        commands: commands::all(),
        idempotent_send: true,
        groups: true,
        room_features: Features {
            correction: true,
            reaction: true,
            retraction: true,
            upload: true,
            replies: true,
            avatar: true,
            formatting: true,
            subject: true,
            description: true,
            ..Features::messages()
        },
        contact_features: Features {
            correction: true,
            reaction: true,
            retraction: true,
            upload: true,
            replies: true,
            avatar: true,
            blocking: true,
            formatting: true,
            ..Features::messages()
        },
        options: vec![Field::text("server", "host:port of superduperd").value(SERVER)],
        ..Info::new("superduper", "Superduper")
    }
}

fn account() -> Vec<Field> {
    vec![
        Field::text(USER, "User name on superduper").required(),
        Field::private(PASSWORD, "Password").required(),
    ]
}

fn by_code() -> RegistrationFlow {
    RegistrationFlow {
        kind: RegistrationType::TwoFactorCode,
        fields: account(),
        title: "Password, then code".into(),
        instructions:
            "Log in with your superduper account. If it has a second factor, you are asked for its code next."
                .into(),
        two_factor_title: "Second factor".into(),
        two_factor_instructions: "Enter the code of your superduper account.".into(),
        ..RegistrationFlow::default()
    }
}

fn by_qr() -> RegistrationFlow {
    RegistrationFlow {
        kind: RegistrationType::QrCode,
        title: "QR code".into(),
        instructions: "You will need a device that is logged in to superduper, to scan a code.".into(),
        qr_instructions:
            "Scan this code with a device that is logged in to superduper. It changes now and then.".into(),
        ..RegistrationFlow::default()
    }
}

fn by_token() -> RegistrationFlow {
    RegistrationFlow {
        fields: vec![Field::private(TOKEN, "Login token").required()],
        title: "Token".into(),
        instructions: "Enter the login token that another device has made for this one.".into(),
        ..RegistrationFlow::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ways_to_register_have_their_numbers() {
        let info = info();
        let flows: Vec<_> =
            std::iter::once(&info.registration).chain(&info.alternative_registrations).collect();
        let kind = |number: u32| (flows[number as usize].kind, flows[number as usize].title.as_str());
        assert_eq!(kind(AT_ONCE), (RegistrationType::SingleStepForm, ""));
        assert_eq!(kind(BY_CODE), (RegistrationType::TwoFactorCode, "Password, then code"));
        assert_eq!(kind(BY_QR), (RegistrationType::QrCode, "QR code"));
        assert_eq!(kind(BY_TOKEN), (RegistrationType::SingleStepForm, "Token"));
    }

    #[test]
    fn the_avatar_is_a_small_picture() {
        let avatar =
            info().component_avatar.and_then(|avatar| avatar.data).map(|data| data.0).unwrap_or_default();
        assert!(avatar.starts_with(b"\x89PNG\r\n") && avatar.len() < 5_000, "{} bytes", avatar.len());
    }
}
