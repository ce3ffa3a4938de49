//! The testkit on a plugin whose users register in several steps, search, run commands and have
//! preferences.

use plugin_api::{
    prelude::*,
    testkit::{TestGateway, TestUser},
};
use std::sync::Mutex;

struct Museum {
    host: GatewayHost,
}

struct Visitor {
    host: Host,
    preferences: Mutex<Form>,
}

fn flow(kind: RegistrationType) -> RegistrationFlow {
    RegistrationFlow { kind, ..RegistrationFlow::default() }
}

impl Gateway for Museum {
    type Session = Visitor;

    fn info() -> Info {
        let code = RegistrationFlow {
            fields: vec![Field::text("name", "Name").required()],
            ..flow(RegistrationType::TwoFactorCode)
        };
        let stranger = CommandAccess::NonUser;
        Info {
            alternative_registrations: vec![code, flow(RegistrationType::QrCode)],
            search_fields: vec![Field::text("name", "Name").required()],
            preferences: vec![Field::boolean("loud", "Speak up", false), Field::text("room", "Room")],
            commands: vec![
                Command::new("ticket", "Buy a ticket", "How to get in").access(stranger),
                Command::new("paint", "Paint", "Changes a painting").target(CommandTarget::Contact),
                Command::new("guide", "Guide", "Shows a code to scan"),
            ],
            ..Info::new("museum", "Museum").registration_fields(Vec::new())
        }
    }

    fn new(_: Start, host: GatewayHost) -> Result<Self> {
        Ok(Museum { host })
    }

    async fn connect(&self, user: User, host: Host) -> Result<Visitor> {
        Ok(Visitor { host, preferences: Mutex::new(user.preferences) })
    }

    async fn validate(&self, _: String, form: Form, flow: u32) -> Result<Option<Data>> {
        if flow == 1 && form["name"] == "director" {
            return Err(Error::two_factor_not_required(Data::from([("door".into(), "staff".into())])));
        }
        Ok(None)
    }

    async fn validate_two_factor_code(&self, user: User, code: String) -> Result<Option<Data>> {
        assert!(user.data.contains_key("name"), "what the form had");
        match code.as_str() {
            "42" => Ok(Some(Data::from([("door".into(), "main".into())]))),
            _ => Err(Error::credentials("Wrong code.")),
        }
    }

    async fn get_qr_text(&self, user: User) -> Result<String> {
        let host = self.host.clone();
        self.host.spawn(async move {
            host.refresh_qr(user.jid.clone(), "second".into()).await.unwrap();
            let confirmed = QrOutcome::confirmed(Data::from([("door".into(), "side".into())]));
            host.confirm_qr(user.jid.clone(), confirmed).await.unwrap();
            let again = host.confirm_qr(user.jid, QrOutcome::failed("twice")).await;
            assert_eq!(again.unwrap_err().condition, Condition::ItemNotFound);
            host.send_message("done".into(), String::new());
        });
        Ok("first".into())
    }

    async fn on_command(&self, call: CommandCall) -> Result<CommandReply> {
        Ok(CommandReply::text(format!("{} buys {}", call.by, call.arguments.join("+"))))
    }
}

impl Session for Visitor {
    async fn on_search(&self, form: Form) -> Result<Option<SearchResult>> {
        let columns = vec![Field::addresses("jid", "Address"), Field::text("name", "Name")];
        Ok(Some(Table::new("Found", columns).row(["mona", &form["name"]])))
    }

    async fn on_preferences(&self, previous: Form, new: Form) -> Result<()> {
        assert_eq!(previous, *self.preferences.lock().unwrap());
        *self.preferences.lock().unwrap() = new;
        Ok(())
    }

    async fn on_command(&self, call: CommandCall) -> Result<CommandReply> {
        if call.node == "guide" {
            let address = self.host.send_qr("guide".into()).await?;
            let floor = self.host.ask("Which floor?").await?;
            return Ok(CommandReply::text(format!("{} {floor}", address.unwrap_or_default())));
        }
        let painting = call.on.clone().unwrap_or_default().id;
        Ok(match (&call.form, call.state.as_deref()) {
            (None, _) => {
                let colour = Field::text("colour", "Colour").required();
                CommandReply::form("Paint", painting, vec![colour]).state("colour")
            }
            (Some(form), Some("colour")) if form["colour"] == "beige" => {
                return Err(Error::new(Condition::NotAcceptable, "Not beige."));
            }
            (Some(form), Some("colour")) => {
                CommandReply::confirm(format!("Paint {painting} {}?", form["colour"])).state("sure")
            }
            _ if call.confirmed() => CommandReply::default(),
            _ => return Err(Error::internal("answered in the wrong order")),
        })
    }
}

async fn visitor() -> TestUser {
    let gateway = TestGateway::start::<Museum>().await.unwrap();
    gateway.user("juliet@example.org", Data::new()).await.unwrap()
}

#[tokio::test]
async fn a_wrong_code_leaves_the_step_open() {
    let gateway = TestGateway::start::<Museum>().await.unwrap();
    let missing = gateway.begin("a@b", 1, [("name", "")]).await.err().unwrap();
    assert_eq!(missing.user_text(), "Name is missing.");
    let registration = gateway.begin("a@b", 1, [("name", "guest")]).await.unwrap();
    assert_eq!(registration.next_step(), RegistrationType::TwoFactorCode);
    assert_eq!(registration.finish().await.err().unwrap().condition, Condition::UnexpectedRequest);
    assert_eq!(registration.enter_code("41").await.err().unwrap().user_text(), "Wrong code.");
    let user = registration.enter_code("42").await.unwrap();
    assert_eq!((user.data()["name"].as_str(), user.data()["door"].as_str()), ("guest", "main"));
}

#[tokio::test]
async fn a_registration_may_turn_out_to_need_no_code() {
    let gateway = TestGateway::start::<Museum>().await.unwrap();
    let registration = gateway.begin("a@b", 1, [("name", "director")]).await.unwrap();
    assert_eq!(registration.next_step(), RegistrationType::SingleStepForm);
    let user = registration.finish().await.unwrap();
    assert_eq!(user.data(), Data::from([("door".into(), "staff".into())]));
}

#[tokio::test]
async fn a_qr_code_is_shown_refreshed_and_confirmed_once() {
    let mut gateway = TestGateway::start::<Museum>().await.unwrap();
    let mut registration = gateway.begin("a@b", 2, [("", ""); 0]).await.unwrap();
    assert_eq!(registration.qr_text().await.unwrap(), "first");
    assert_eq!(registration.next_qr_text().await, "second");
    assert_eq!(registration.scanned().await.unwrap().data()["door"], "side");
    // The task that shows it went through to its end.
    while !matches!(gateway.next().await, GatewayRequest::SendMessage { user_jid, .. } if user_jid == "done")
    {
    }
}

#[tokio::test]
async fn users_search_by_the_fields_of_the_network() {
    let juliet = visitor().await;
    let missing = juliet.search([("name", "")]).await.unwrap_err();
    assert_eq!((missing.condition, missing.user_text()), (Condition::NotAcceptable, "Name is missing."));
    let found = juliet.search([("name", "Mona")]).await.unwrap().unwrap();
    assert_eq!(found.items, [Form::from([("jid".into(), "mona".into()), ("name".into(), "Mona".into())])]);
    assert_eq!(found.fields[0].kind, FieldType::JidSingle);
}

#[tokio::test]
async fn preferences_start_with_their_defaults_and_outlive_a_restart() {
    let mut juliet = visitor().await;
    juliet.prefer([("loud", "true")]).await.unwrap();
    juliet.prefer([("room", "3")]).await.unwrap();
    let mut juliet = juliet.restart().await.unwrap();
    // The plugin compares the previous ones with what it was started with.
    juliet.prefer([("room", "4")]).await.unwrap();
}

#[tokio::test]
async fn commands_run_in_steps_for_those_who_may() {
    let juliet = visitor().await;
    let on = || Some(Chat::contact("mona"));
    let elsewhere = juliet.command("paint", None, &[]).await.err().unwrap();
    assert_eq!(elsewhere.condition, Condition::ItemNotFound, "it is for contacts");
    assert_eq!(juliet.command("ticket", None, &[]).await.err().unwrap().condition, Condition::Forbidden);
    let mut command = juliet.command("paint", on(), &[]).await.unwrap();
    assert_eq!(command.form().instructions, "mona");
    assert_eq!(command.submit([("colour", "")]).await.unwrap_err().user_text(), "Colour is missing.");
    assert_eq!(command.submit([("colour", "beige")]).await.unwrap_err().user_text(), "Not beige.");
    command.submit([("colour", "red")]).await.unwrap();
    assert_eq!(command.question(), "Paint mona red?");
    command.confirm().await.unwrap();
    assert_eq!(*command.reply(), CommandReply::default());

    let gateway = TestGateway::start::<Museum>().await.unwrap();
    let ticket = gateway.command("a@b", "ticket", &["two", "adults"]).await.unwrap();
    assert_eq!(ticket.text(), "a@b buys two+adults");
    assert_eq!(gateway.command("a@b", "guide", &[]).await.err().unwrap().condition, Condition::Forbidden);
}

#[tokio::test]
async fn a_command_shows_codes_and_asks_by_chat() {
    let juliet = visitor().await;
    juliet.will_answer("the third");
    let command = juliet.command("guide", None, &[]).await.unwrap();
    assert_eq!(command.text(), "https://qr.invalid/code.png the third");
}
