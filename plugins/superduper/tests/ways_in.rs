//! Every way into the network through the plugin, and out again: against a real server, with the
//! daemon of the testkit.

mod common;

use std::time::Duration;

use common::{Device, SOON, network};
use plugin_api::testkit::{TestGateway, TestRegistration, TestUser};
use plugin_api::{Class, Condition, Data, GatewayRequest, RegistrationType, Start};
use superduper::plugin::Superduper;
use superduper::protocol::login::{ApproveQr, CreateAccount, Devices, LinkDevice, SetSecrets};
use superduper::server::{Options, Server};
use tokio::time::timeout;

const ROMEO: &str = "romeo@example.org";
const CODE: u32 = 1;
const QR: u32 = 2;
const TOKEN: u32 = 3;

async fn gateway(server: &Server) -> TestGateway {
    let options = [("server".to_owned(), server.listening().to_string())].into();
    TestGateway::start_with::<Superduper>(Start { options, ..Start::default() }).await.unwrap()
}

fn account<'a>(user: &'a str, password: &'a str) -> [(&'a str, &'a str); 2] {
    [("username", user), ("password", password)]
}

/// An account with a second factor.
async fn protected(server: &Server, user: &str, code: &str) {
    let (connection, _incoming) = common::stranger(server).await;
    let (user, code) = (user.to_owned(), Some(code.to_owned()));
    let account = CreateAccount { user, password: "secret".into(), code, ..CreateAccount::default() };
    connection.ask(account).await.unwrap();
}

async fn logs_in(user: &TestUser, account: &str) {
    assert_eq!(user.login().await.unwrap(), Some(format!("Connected as {account}")));
}

/// The devices of somebody, without the one that is asked.
async fn others(device: &Device) -> Vec<String> {
    let devices = device.ask(Devices {}).await.devices;
    devices.into_iter().filter(|device| !device.this).map(|device| device.device).collect()
}

/// Leaves the gateway, and waits for nothing.
async fn leave(gateway: &TestGateway, user: &TestUser) {
    user.logout().await.unwrap();
    let user = plugin_api::User { jid: ROMEO.into(), data: user.data(), ..plugin_api::User::default() };
    gateway.callbacks().unregister(user).await.unwrap();
}

#[tokio::test]
async fn a_code_is_asked_for_after_the_password_and_a_wrong_one_may_be_followed_by_the_right_one() {
    let server = network().await;
    protected(&server, "romeo", "42").await;
    let gateway = gateway(&server).await;
    let wrong = gateway.begin(ROMEO, CODE, account("romeo", "x")).await.err().unwrap();
    assert_eq!((wrong.condition, wrong.class), (Condition::NotAuthorized, Some(Class::Credentials)));

    let registration = gateway.begin(ROMEO, CODE, account(" romeo", "secret")).await.unwrap();
    assert_eq!(registration.next_step(), RegistrationType::TwoFactorCode);
    assert_eq!(*registration.data(), Data::from([("username".into(), "romeo".into())]), "no secret waits");
    for _ in 0..2 {
        let wrong = registration.enter_code("41").await.err().unwrap();
        assert_eq!(wrong.user_text(), "This code is wrong.");
        assert_ne!(wrong.condition, Condition::Gone, "the step stays open");
    }
    let romeo = registration.enter_code(" 42 ").await.unwrap();
    assert!(romeo.data().contains_key("token") && !romeo.data().contains_key("password"));
    logs_in(&romeo, "romeo").await;
    let over = registration.enter_code("42").await.err().unwrap();
    assert_eq!(
        (over.condition, over.user_text()),
        (Condition::Gone, "This took too long. Please start again.")
    );
    leave(&gateway, &romeo).await;
    let gone = gateway.user(ROMEO, romeo.data()).await.unwrap().login().await.unwrap_err();
    assert_eq!(gone.class, Some(Class::Credentials), "the device went with the registration");
}

#[tokio::test]
async fn an_account_without_a_second_factor_needs_no_code() {
    let server = network().await;
    let phone = Device::new(&server, "romeo").await;
    let gateway = gateway(&server).await;
    let registration = gateway.begin(ROMEO, CODE, account("romeo", "secret")).await.unwrap();
    assert_eq!(registration.next_step(), RegistrationType::SingleStepForm);
    let romeo = registration.finish().await.unwrap();
    assert!(others(&phone).await.is_empty(), "the check leaves no device behind");
    logs_in(&romeo, "romeo").await;
    leave(&gateway, &romeo).await;
    assert!(others(&phone).await.is_empty());
}

#[tokio::test]
async fn a_code_is_good_for_the_password_that_came_before_it_only() {
    let server = network().await;
    protected(&server, "romeo", "42").await;
    let phone = Device::enter_as(
        &server,
        superduper::protocol::Login { code: Some("42".into()), ..common::login("romeo", "phone") },
    )
    .await;
    let gateway = gateway(&server).await;
    let registration = gateway.begin(ROMEO, CODE, account("romeo", "secret")).await.unwrap();
    phone.ask(SetSecrets { old: "secret".into(), password: Some("new".into()), code: None }).await;
    let changed = registration.enter_code("42").await.err().unwrap();
    assert_eq!(changed.condition, Condition::Gone);
    // Whoever begins another way gives up the first.
    let registration = gateway.begin(ROMEO, CODE, account("romeo", "new")).await.unwrap();
    gateway.begin(ROMEO, QR, [("", ""); 0]).await.unwrap();
    assert_eq!(registration.enter_code("42").await.err().unwrap().condition, Condition::Gone);
}

/// Lets the phone scan whatever is shown, until one was in time.
async fn scan(phone: &Device, registration: &mut TestRegistration, first: String) -> TestUser {
    let mut code = first;
    while phone.connection.ask(ApproveQr { code }).await.is_err() {
        code = registration.next_qr_text().await;
    }
    registration.scanned().await.unwrap()
}

#[tokio::test]
async fn a_qr_code_changes_until_a_device_scans_it() {
    let options = Options { qr_refresh: Duration::from_millis(50), ..Options::default() };
    let server = Server::start(options).await.unwrap();
    let phone = Device::new(&server, "romeo").await;
    let gateway = gateway(&server).await;
    let mut registration = gateway.begin(ROMEO, QR, [("", ""); 0]).await.unwrap();
    assert_eq!(registration.next_step(), RegistrationType::QrCode);
    let first = registration.qr_text().await.unwrap();
    let second = registration.next_qr_text().await;
    assert!(first.starts_with("superduper:") && second.starts_with("superduper:") && first != second);
    let romeo = scan(&phone, &mut registration, second).await;
    assert_eq!(romeo.data()["username"], "romeo");
    logs_in(&romeo, "romeo").await;
    assert_eq!(others(&phone).await.len(), 1);
    leave(&gateway, &romeo).await;
    assert!(others(&phone).await.is_empty());
}

#[tokio::test]
async fn a_qr_code_that_nobody_looks_at_any_more_is_given_up() {
    let options = Options { qr_refresh: Duration::from_millis(30), ..Options::default() };
    let server = Server::start(options).await.unwrap();
    let mut gateway = gateway(&server).await;
    let mut registration = gateway.begin(ROMEO, QR, [("", ""); 0]).await.unwrap();
    registration.qr_text().await.unwrap();
    drop(registration);
    // At most one more is shown, which finds nobody; while a second user's code changes on and on.
    let mut second = gateway.begin("juliet@example.org", QR, [("", ""); 0]).await.unwrap();
    second.qr_text().await.unwrap();
    let (mut of_romeo, mut of_juliet) = (0, 0);
    while of_juliet < 5 {
        let GatewayRequest::RefreshQr { user_jid, .. } = gateway.next().await else {
            panic!("not a new code")
        };
        if user_jid != ROMEO {
            of_juliet += 1;
        } else if of_juliet > 0 {
            of_romeo += 1;
        }
    }
    assert!(of_romeo <= 1, "{of_romeo} more");
}

#[tokio::test]
async fn a_device_that_was_let_in_for_nobody_is_logged_out() {
    let server = network().await;
    let phone = Device::new(&server, "romeo").await;
    let mut gateway = gateway(&server).await;
    let mut registration = gateway.begin(ROMEO, QR, [("", ""); 0]).await.unwrap();
    let code = registration.qr_text().await.unwrap();
    drop(registration);
    phone.ask(ApproveQr { code }).await;
    assert!(matches!(gateway.next().await, GatewayRequest::ConfirmQr { .. }));
    let gone = async { while !others(&phone).await.is_empty() {} };
    timeout(SOON, gone).await.expect("the device of nobody stays");
}

#[tokio::test]
async fn a_network_that_goes_ends_the_qr_code_in_plain_words() {
    let server = network().await;
    let gateway = gateway(&server).await;
    let mut registration = gateway.begin(ROMEO, QR, [("", ""); 0]).await.unwrap();
    registration.qr_text().await.unwrap();
    server.stop().await;
    let error = registration.scanned().await.err().unwrap();
    assert_eq!(error.user_text(), "Superduper cannot be reached.");
    assert!(registration.qr_text().await.is_err(), "there is nothing to show");
}

#[tokio::test]
async fn a_token_that_another_device_made_is_a_way_in() {
    let server = network().await;
    let phone = Device::new(&server, "romeo").await;
    let token = phone.ask(LinkDevice { device: "gateway".into() }).await.token;
    let gateway = gateway(&server).await;
    let wrong = gateway.begin(ROMEO, TOKEN, [("token", "xyz")]).await.err().unwrap();
    assert_eq!(wrong.user_text(), "This token is not valid (any more).");
    let missing = gateway.begin(ROMEO, TOKEN, [("token", "")]).await.err().unwrap();
    assert_eq!(missing.user_text(), "Login token is missing.");
    let romeo = gateway.begin(ROMEO, TOKEN, [("token", &token)]).await.unwrap().finish().await.unwrap();
    logs_in(&romeo, "romeo").await;
    assert_eq!(others(&phone).await, ["gateway"]);
    leave(&gateway, &romeo).await;
    assert!(others(&phone).await.is_empty());
    // Leaving twice is no trouble: nothing is left to clean up.
    leave(&gateway, &romeo).await;
}

#[tokio::test]
async fn new_credentials_are_for_the_same_device() {
    let server = network().await;
    let phone = Device::new(&server, "romeo").await;
    let gateway = gateway(&server).await;
    let romeo = gateway.register(ROMEO, account("romeo", "secret")).await.unwrap();
    logs_in(&romeo, "romeo").await;
    let before = others(&phone).await;
    phone
        .ask(SetSecrets { old: "secret".into(), password: Some("new".into()), code: Some("42".into()) })
        .await;
    let old = gateway.begin(ROMEO, CODE, account("romeo", "secret")).await.err().unwrap();
    assert_eq!(old.condition, Condition::NotAuthorized);
    let registration = gateway.begin(ROMEO, CODE, account("romeo", "new")).await.unwrap();
    logs_in(&registration.enter_code("42").await.unwrap(), "romeo").await;
    assert_eq!(others(&phone).await, before);

    let mut registration = gateway.begin(ROMEO, QR, [("", ""); 0]).await.unwrap();
    let shown = registration.qr_text().await.unwrap();
    logs_in(&scan(&phone, &mut registration, shown).await, "romeo").await;
    assert_eq!(others(&phone).await, before);
}
