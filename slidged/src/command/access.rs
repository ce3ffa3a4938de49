//! Permission to run a command, by the caller's standing.

use plugin_api::CommandAccess;

/// Standing of a caller with the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    /// Whether the caller is registered with the gateway.
    pub registered: bool,
    /// Whether the caller's session is connected to the network.
    pub connected: bool,
    /// Whether the caller is an administrator.
    pub admin: bool,
}

/// Reason for a refusal: the id of a text of the catalogue.
pub type Denied = &'static str;

/// Tells whether a caller of this standing may run a command of this access.
///
/// # Errors
///
/// The id of a text that says what is missing.
pub fn check(access: CommandAccess, standing: Standing) -> Result<(), Denied> {
    let Standing { registered, connected, admin } = standing;
    match access {
        CommandAccess::Any => Ok(()),
        CommandAccess::AdminOnly if admin => Ok(()),
        CommandAccess::AdminOnly => Err("denied-admin-only"),
        CommandAccess::NonUser if !registered => Ok(()),
        CommandAccess::NonUser => Err("denied-registered-already"),
        CommandAccess::User if registered => Ok(()),
        CommandAccess::UserLogged if registered && connected => Ok(()),
        CommandAccess::UserNonLogged if registered && !connected => Ok(()),
        CommandAccess::UserLogged if registered => Err("denied-not-connected"),
        CommandAccess::UserNonLogged if registered => Err("denied-connected-already"),
        CommandAccess::User | CommandAccess::UserLogged | CommandAccess::UserNonLogged => {
            Err("denied-not-registered")
        }
        // A newer plugin API has an access that this daemon does not know: only administrators get
        // in.
        CommandAccess::Unknown => Err("denied-admin-only"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use CommandAccess::{AdminOnly, Any, NonUser, Unknown, User, UserLogged, UserNonLogged};

    #[test]
    fn everybody_may_run_what_is_for_them() {
        let stranger = Standing::default();
        let user = Standing { registered: true, ..stranger };
        let connected = Standing { connected: true, ..user };
        let admin = Standing { admin: true, ..stranger };
        for (standing, allowed) in [
            (stranger, vec![NonUser, Any]),
            (user, vec![User, UserNonLogged, Any]),
            (connected, vec![User, UserLogged, Any]),
            (admin, vec![AdminOnly, NonUser, Any]),
        ] {
            for access in [AdminOnly, User, UserLogged, UserNonLogged, NonUser, Any, Unknown] {
                let may = check(access, standing).is_ok();
                assert_eq!(may, allowed.contains(&access), "{access:?} for {standing:?}");
            }
        }
    }
}
