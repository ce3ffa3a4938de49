//! Tests of a plugin, in memory and in milliseconds: no server, no database, no file.
//!
//! A [`TestGateway`] runs the plugin as the daemon would, through the very same binary interface,
//! and a [`TestUser`] is somebody who uses it: registers (if it takes several steps, by a
//! [`TestRegistration`]), logs in, sends, searches, runs commands (a [`TestCommand`]). Whatever the
//! plugin does in turn is answered as the daemon would, and seen by the test in the order in which
//! it happened. Nothing is timed: whoever waits for something goes on as soon as it is there, and
//! fails, saying what came instead, when it is not there after [`PATIENCE`].
//!
//! Groups: [`TestUser::fill_rooms`] and [`TestUser::join`] do what the daemon does after a login
//! and when a client enters; [`TestUser::room`] and [`TestUser::participants`] are what the plugin
//! told since, and [`TestUser::text_in`] what is said there.
//!
//! Needs the feature `testkit`, so it goes into `[dev-dependencies]`.
//!
//! ```
//! use plugin_api::{prelude::*, testkit::TestGateway};
//!
//! struct Parrot;
//! struct Cage { host: Host }
//!
//! impl Gateway for Parrot {
//!     type Session = Cage;
//!     fn info() -> Info { Info::new("parrot", "Parrot") }
//!     fn new(_: Start, _: GatewayHost) -> Result<Self> { Ok(Parrot) }
//!     async fn connect(&self, _: User, host: Host) -> Result<Cage> { Ok(Cage { host }) }
//!     async fn validate(&self, _: String, _: Form, _: u32) -> Result<Option<Data>> { Ok(None) }
//! }
//!
//! impl Session for Cage {
//!     async fn login(&self) -> Result<Option<String>> { Ok(Some("in its cage".into())) }
//!     async fn on_text(&self, chat: Chat, message: UserText) -> Result<Option<MessageId>> {
//!         self.host.contact(chat.id).send_text(Text::new(message.body)).await?;
//!         Ok(None)
//!     }
//! }
//!
//! # #[tokio::main] async fn main() {
//! let gateway = TestGateway::start::<Parrot>().await.unwrap();
//! let mut juliet = gateway.register("juliet@example.org", [("username", "j"), ("password", "p")]).await.unwrap();
//! assert_eq!(juliet.login().await.unwrap().as_deref(), Some("in its cage"));
//! juliet.say(Chat::contact("polly"), "hello").await.unwrap();
//! assert_eq!(juliet.text_from("polly").await.body, "hello");
//! # }
//! ```

mod command;
mod fake_host;
mod form;
mod gateway;
mod recorder;
mod registration;
mod room;
mod state;
mod user;

pub use command::TestCommand;
pub use gateway::TestGateway;
pub use recorder::PATIENCE;
pub use registration::TestRegistration;
pub use user::TestUser;
