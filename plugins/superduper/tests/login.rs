//! Every way in, and every way to be refused.

mod common;

use std::time::Duration;

use common::{Device, SOON, login, network, stranger};
use superduper::client::{Connection, Error};
use superduper::protocol::login::{
    ApproveQr, CreateAccount, Devices, ForgetDevice, LinkDevice, LoginToken, Logout, QrLogin, SetSecrets,
};
use superduper::protocol::person::Contacts;
use superduper::protocol::{Ask, Event, Fault, FaultKind, Kind, Login};
use superduper::server::{Options, Seed, Server};
use tokio::time::timeout;

async fn refused<A: Ask>(connection: &Connection, ask: A) -> Kind {
    match connection.ask(ask).await {
        Err(Error::Refused(refusal)) => refusal.kind,
        Err(other) => panic!("not refused: {other:?}"),
        Ok(_) => panic!("not refused"),
    }
}

#[tokio::test]
async fn passwords_and_second_factors_are_checked() {
    let server = network().await;
    let (connection, _incoming) = stranger(&server).await;
    let code = Some("123456".to_owned());
    connection
        .ask(CreateAccount {
            user: "ada".into(),
            password: "secret".into(),
            name: String::new(),
            code: code.clone(),
        })
        .await
        .unwrap();
    assert_eq!(refused(&connection, Contacts::default()).await, Kind::NotLoggedIn);
    assert_eq!(
        refused(&connection, Login { password: "x".into(), ..login("ada", "d") }).await,
        Kind::BadCredentials
    );
    assert_eq!(refused(&connection, login("nobody", "d")).await, Kind::BadCredentials);
    assert_eq!(refused(&connection, login("ada", "d")).await, Kind::CodeRequired);
    assert_eq!(
        refused(&connection, Login { code: Some("0".into()), ..login("ada", "d") }).await,
        Kind::BadCode
    );
    let welcome = connection.ask(Login { code, ..login("ada", "d") }).await.unwrap();
    assert_eq!((welcome.user.as_str(), welcome.device.as_str(), welcome.next), ("ada", "d", 1));
    assert_eq!(welcome.http, server.http().to_string());
    assert_eq!(refused(&connection, login("ada", "d")).await, Kind::Conflict, "one login a connection");
}

#[tokio::test]
async fn a_token_opens_the_same_device_until_it_logs_out() {
    let server = network().await;
    let token = Device::new(&server, "ada").await.welcome.token.clone();
    let (connection, _incoming) = stranger(&server).await;
    let again = connection.ask(LoginToken { token: token.clone(), window: None }).await.unwrap();
    assert_eq!((again.user.as_str(), again.device.as_str(), &again.token), ("ada", "phone", &token));
    connection.ask(Logout {}).await.unwrap();
    let Error::Closed(Some(reason)) = connection.closed().await else { panic!("no goodbye") };
    assert_eq!(reason, "logged_out");
    let (connection, _incoming) = stranger(&server).await;
    assert_eq!(refused(&connection, LoginToken { token, window: None }).await, Kind::NotLoggedIn);
}

#[tokio::test]
async fn a_qr_code_is_refreshed_and_approved_by_a_device_that_is_in() {
    let options = Options { qr_refresh: Duration::from_millis(30), ..Options::default() };
    let server = Server::start(options).await.unwrap();
    let phone = Device::new(&server, "ada").await;
    let (connection, mut incoming) = stranger(&server).await;
    let first = connection.ask(QrLogin { device: "desk".into() }).await.unwrap();
    // Approves whatever is shown until one was in time: a code lives for 30 ms here.
    let confirmed = timeout(SOON, async {
        loop {
            match incoming.recv().await.expect("the connection is over").event {
                Event::QrCode { code, .. } => {
                    assert_ne!(code, first.code);
                    let _ = phone.connection.ask(ApproveQr { code }).await;
                }
                Event::QrConfirmed { user, token } => return (user, token),
                other => panic!("{other:?}"),
            }
        }
    });
    let (user, token) = confirmed.await.unwrap();
    assert_eq!(user, "ada");
    assert_eq!(phone.refused(ApproveQr { code: first.code }).await, Kind::NotFound, "refreshed long ago");
    let welcome = connection.ask(LoginToken { token, window: None }).await.unwrap();
    assert_eq!((welcome.user.as_str(), welcome.device.as_str()), ("ada", "desk"));
}

#[tokio::test]
async fn changed_secrets_log_the_other_devices_out() {
    let server = network().await;
    let phone = Device::new(&server, "ada").await;
    let tablet = Device::enter(&server, "ada", "tablet").await;
    let change =
        |old: &str| SetSecrets { old: old.into(), password: Some("new".into()), code: Some("42".into()) };
    assert_eq!(phone.refused(change("wrong")).await, Kind::BadCredentials);
    phone.ask(change("secret")).await;
    assert!(
        matches!(tablet.connection.closed().await, Error::Closed(Some(reason)) if reason == "logged_out")
    );
    let (connection, _incoming) = stranger(&server).await;
    assert_eq!(refused(&connection, login("ada", "d")).await, Kind::BadCredentials);
    let new = Login { password: "new".into(), ..login("ada", "d") };
    assert_eq!(refused(&connection, new).await, Kind::CodeRequired);
}

#[tokio::test]
async fn a_device_lists_links_and_forgets_the_others() {
    let server = network().await;
    let phone = Device::new(&server, "ada").await;
    let link = || LinkDevice { device: "desk".into() };
    let token = phone.ask(link()).await.token;
    assert_eq!(phone.refused(link()).await, Kind::Conflict, "it would throw the first one out");
    common::create(&server, "bob").await;
    Device::enter(&server, "bob", "phone").await.write(&common::user("ada"), "hi").await;
    let list = phone.ask(Devices {}).await.devices;
    let states: Vec<_> = list.iter().map(|d| (d.device.as_str(), d.connected, d.this, d.waiting)).collect();
    assert_eq!(states, [("desk", false, false, 1), ("phone", true, true, 1)]);

    let (desk, _incoming) = stranger(&server).await;
    let welcome = desk.ask(LoginToken { token: token.clone(), window: None }).await.unwrap();
    assert_eq!((welcome.user.as_str(), welcome.device.as_str()), ("ada", "desk"));
    let forget = |device: &str| ForgetDevice { device: device.into() };
    assert_eq!(phone.refused(forget("phone")).await, Kind::Conflict);
    assert_eq!(phone.refused(forget("tablet")).await, Kind::NotFound);
    phone.ask(forget("desk")).await;
    assert!(matches!(desk.closed().await, Error::Closed(Some(reason)) if reason == "logged_out"));
    let (desk, _incoming) = stranger(&server).await;
    assert_eq!(refused(&desk, LoginToken { token, window: None }).await, Kind::NotLoggedIn);
    assert_eq!(refused(&desk, Devices {}).await, Kind::NotLoggedIn);
}

#[tokio::test]
async fn guessing_is_slowed_down_for_the_account_that_is_guessed_at() {
    let server = network().await;
    common::create(&server, "ada").await;
    common::create(&server, "bob").await;
    let (connection, _incoming) = stranger(&server).await;
    for _ in 0..10 {
        let wrong = Login { password: "x".into(), ..login("ada", "d") };
        assert_eq!(refused(&connection, wrong).await, Kind::BadCredentials);
    }
    assert_eq!(refused(&connection, login("ada", "d")).await, Kind::Throttled);
    connection.ask(login("bob", "d")).await.unwrap();
}

#[tokio::test]
async fn a_login_is_refused_on_demand_in_the_demanded_way() {
    let server = network().await;
    common::create(&server, "ada").await;
    let (connection, _incoming) = stranger(&server).await;
    for refusal in [Kind::BadCredentials, Kind::Unavailable, Kind::Throttled] {
        let fault = FaultKind::RefuseLogin;
        let rule =
            Fault { fault, user: Some("ada".into()), refusal: Some(refusal), ms: 9, ..Fault::default() };
        connection.ask(rule).await.unwrap();
        assert_eq!(refused(&connection, login("ada", "d")).await, refusal);
    }
    connection.ask(login("ada", "d")).await.unwrap();
}

#[tokio::test]
async fn a_closed_server_has_the_accounts_of_its_seed_and_no_others() {
    let seed: Seed = serde_json::from_str(
        r#"{"accounts":[{"user":"ada","password":"secret","name":"Ada","friends":["bob"]},{"user":"bob","password":"x"}],
            "groups":[{"id":"tea","name":"Tea","owner":"ada","members":["bob"]}]}"#,
    )
    .unwrap();
    let server = Server::start(Options { seed, closed: true, ..Options::default() }).await.unwrap();
    let ada = Device::enter(&server, "ada", "phone").await;
    assert_eq!(ada.ask(Contacts::default()).await.contacts[0].user, "bob");
    assert_eq!(ada.ask(superduper::protocol::group::ListGroups::default()).await.groups[0].members, 2);
    let create = CreateAccount { user: "eve".into(), password: "x".into(), ..CreateAccount::default() };
    assert_eq!(ada.refused(create).await, Kind::Forbidden);
}

#[tokio::test]
async fn a_server_listens_on_the_loopback_only() {
    let options = Options { listen: ([0, 0, 0, 0], 0).into(), ..Options::default() };
    assert!(Server::start(options).await.is_err());
}
