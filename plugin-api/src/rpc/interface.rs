//! Declaration of interfaces: the macro `interface!`.

/// Declares the operations of an interface once, for both sides. Arguments and answers travel as
/// maps by name, so that either side may be older than the other: a new argument has to be an
/// `Option` or carry `#[serde(default)]`.
///
/// A **served** interface is what the daemon calls and a plugin implements: a trait with a default
/// for every request, the remote that the daemon holds, and the server between them.
///
/// ```text
/// interface! {
///     /// A user's connection.
///     pub trait Session, remote RemoteSession, server SessionServer;
///     // Optional: more items of the trait.
///     local { fn new() -> Self where Self: Sized; }
///     // Optional: what serves `Remote::open`, as
///     // async fn connect<G: Gateway>(gateway: &G, user: User, host: PeerBox, executor: Executor) -> Result<PeerBox>
///     opens connect;
///     requests {
///         /// Without a default of its own it answers feature-not-implemented.
///         fn login() -> Option<String>;
///         fn validate(form: Form, #[serde(default)] language: String) -> Option<Form> = Ok(None);
///     }
/// }
/// ```
///
/// A **handled** interface is what a plugin calls and the daemon implements: the remote that the
/// plugin holds, and for the daemon enums to match on, whose requests bring the
/// [`Reply`](crate::rpc::Reply) to answer them with.
///
/// ```text
/// interface! {
///     /// The daemon.
///     pub enum HostRequest, remote RemoteHost;
///     // The remote gives an `Answer`: dropping it takes the question back.
///     requests { Input: fn input(text: String) -> String; }
///     // The remote gives a `Sending`: dropping it takes nothing back.
///     sends { SendText: fn send_text(to: String, body: String); }
///     // Nobody answers.
///     events HostEvent { Composing: fn composing(from: String); }
/// }
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! interface {
    (
        $(#[$meta:meta])*
        $vis:vis trait $Api:ident, remote $Remote:ident, server $Server:ident;
        $(local { $($local:tt)* })?
        $(opens $open:path;)?
        requests { $(
            $(#[$rmeta:meta])*
            fn $request:ident($($(#[$ameta:meta])* $rarg:ident: $rty:ty),* $(,)?)
                $(-> $reply:ty)? $(= $default:expr)?;
        )* }
    ) => {
        $(#[$meta])*
        $vis trait $Api: Send + Sync + 'static {
            $($($local)*)?
            $(
                $(#[$rmeta])*
                #[allow(clippy::too_many_arguments, unused_variables)]
                fn $request(&self, $($rarg: $rty),*)
                    -> impl ::std::future::Future<
                        Output = $crate::Result<$crate::interface!(@or_unit $($reply)?)>,
                    > + Send
                {
                    async move { $crate::interface!(@default $request $($default)?) }
                }
            )*
        }

        #[doc = concat!("A [`", stringify!($Api), "`] in a plugin, as the daemon sees it.")]
        #[derive(Clone)]
        $vis struct $Remote(pub(crate) $crate::rpc::Remote);

        #[doc = concat!("Makes a [`", stringify!($Api), "`] callable.")]
        $vis struct $Server<T>($vis T);

        const _: () = {
            $(
                #[allow(non_camel_case_types)]
                #[derive(::serde::Serialize, ::serde::Deserialize)]
                struct $request { $($(#[$ameta])* $rarg: $rty),* }
            )*

            impl $Remote {
                /// Returns this object with another time limit for its answers.
                #[must_use]
                pub fn within(&self, limit: ::std::time::Duration) -> Self {
                    Self(self.0.within(limit))
                }
                $(
                    $(#[$rmeta])*
                    #[allow(clippy::too_many_arguments)]
                    pub fn $request(&self, $($rarg: $rty),*)
                        -> $crate::rpc::Answer<$crate::interface!(@or_unit $($reply)?)>
                    {
                        self.0.call(stringify!($request), &$request { $($rarg),* })
                    }
                )*
            }

            impl<T: $Api> $crate::rpc::Serve for $Server<T> {
                #[allow(unused_variables)]
                fn call(
                    self: ::std::sync::Arc<Self>,
                    operation: &str,
                    arguments: $crate::rpc::Arguments,
                ) -> $crate::rpc::BoxFuture<$crate::Result<Vec<u8>>> {
                    match operation {
                        $(stringify!($request) => Box::pin(async move {
                            let $request { $($rarg),* } = $crate::rpc::decode(&arguments)?;
                            $crate::rpc::encode(&self.0.$request($($rarg),*).await?)
                        }),)*
                        _ => {
                            let error = $crate::Error::unsupported(operation);
                            Box::pin(async move { Err(error) })
                        }
                    }
                }

                $(
                    fn open(
                        self: ::std::sync::Arc<Self>,
                        arguments: $crate::rpc::Arguments,
                        other: $crate::ffi::PeerBox,
                        executor: $crate::rpc::Executor,
                    ) -> $crate::rpc::BoxFuture<$crate::Result<$crate::ffi::PeerBox>> {
                        Box::pin(async move {
                            let arguments = $crate::rpc::decode(&arguments)?;
                            $open(&self.0, arguments, other, executor).await
                        })
                    }
                )?
            }
        };
    };

    (
        $(#[$meta:meta])*
        $vis:vis enum $Request:ident, remote $Remote:ident;
        $(requests { $(
            $(#[$rmeta:meta])*
            $Rname:ident: fn $request:ident($($(#[$rameta:meta])* $rarg:ident: $rty:ty),* $(,)?)
                $(-> $rreply:ty)?;
        )* })?
        $(sends { $(
            $(#[$smeta:meta])*
            $Sname:ident: fn $send:ident($($(#[$sameta:meta])* $sarg:ident: $sty:ty),* $(,)?)
                $(-> $sreply:ty)?;
        )* })?
        $(events $Event:ident { $(
            $(#[$emeta:meta])*
            $Ename:ident: fn $event:ident($($(#[$eameta:meta])* $earg:ident: $ety:ty),* $(,)?);
        )* })?
    ) => {
        $(#[$meta])*
        ///
        /// Requests of a plugin, to be answered through the `reply` in it. Its variants
        /// differ much in size: a queue of them that is mostly empty should hold them boxed.
        #[allow(missing_docs, clippy::large_enum_variant)]
        $vis enum $Request {
            $($($(#[$rmeta])* $Rname {
                $($rarg: $rty,)*
                reply: $crate::rpc::Reply<$crate::interface!(@or_unit $($rreply)?)>,
            },)*)?
            $($($(#[$smeta])* $Sname {
                $($sarg: $sty,)*
                reply: $crate::rpc::Reply<$crate::interface!(@or_unit $($sreply)?)>,
            },)*)?
        }

        $(
        /// Events of a plugin that nobody answers.
        #[allow(missing_docs)]
        $vis enum $Event {
            $($(#[$emeta])* $Ename { $($earg: $ety,)* },)*
        }
        )?

        $(#[$meta])*
        /// The object as a plugin sees it.
        #[doc(hidden)]
        #[derive(Clone)]
        $vis struct $Remote(pub(crate) $crate::rpc::Remote);

        const _: () = {
            $($(
                #[allow(non_camel_case_types)]
                #[derive(::serde::Serialize, ::serde::Deserialize)]
                struct $request { $($(#[$rameta])* $rarg: $rty),* }
            )*)?
            $($(
                #[allow(non_camel_case_types)]
                #[derive(::serde::Serialize, ::serde::Deserialize)]
                struct $send { $($(#[$sameta])* $sarg: $sty),* }
            )*)?
            $($(
                #[allow(non_camel_case_types)]
                #[derive(::serde::Serialize, ::serde::Deserialize)]
                struct $event { $($(#[$eameta])* $earg: $ety),* }
            )*)?

            /// Formats only the operation: what people write to each other does not belong into
            /// logs.
            impl ::std::fmt::Debug for $Request {
                fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                    f.write_str(self.operation())
                }
            }

            impl $Request {
                /// Reads a request. The second half is what the plugin waits for.
                ///
                /// # Errors
                ///
                /// `feature-not-implemented` for one that is newer than this, `bad-request` for
                /// garbage.
                pub fn decode(
                    operation: &str,
                    arguments: &[u8],
                ) -> $crate::Result<(Self, $crate::rpc::Pending)> {
                    match operation {
                        $($(stringify!($request) => {
                            let $request { $($rarg),* } = $crate::rpc::decode(arguments)?;
                            let (reply, pending) = $crate::rpc::Reply::new();
                            Ok((Self::$Rname { $($rarg,)* reply }, pending))
                        })*)?
                        $($(stringify!($send) => {
                            let $send { $($sarg),* } = $crate::rpc::decode(arguments)?;
                            let (reply, pending) = $crate::rpc::Reply::new();
                            Ok((Self::$Sname { $($sarg,)* reply }, pending))
                        })*)?
                        _ => Err($crate::Error::unsupported(operation)),
                    }
                }

                /// The operation's name, for logs.
                pub fn operation(&self) -> &'static str {
                    match self {
                        $($(Self::$Rname { .. } => stringify!($request),)*)?
                        $($(Self::$Sname { .. } => stringify!($send),)*)?
                    }
                }

                /// Answers with an error, whatever was asked.
                pub fn refuse(self, error: $crate::Error) {
                    match self {
                        $($(Self::$Rname { reply, .. } => reply.send(Err(error)),)*)?
                        $($(Self::$Sname { reply, .. } => reply.send(Err(error)),)*)?
                    }
                }
            }

            $(
            /// Formats only the operation: what people write to each other does not belong into
            /// logs.
            impl ::std::fmt::Debug for $Event {
                fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                    f.write_str(self.operation())
                }
            }

            impl $Event {
                /// Reads an event.
                ///
                /// # Errors
                ///
                /// `feature-not-implemented` for one that is newer than this, `bad-request` for
                /// garbage.
                pub fn decode(operation: &str, arguments: &[u8]) -> $crate::Result<Self> {
                    match operation {
                        $(stringify!($event) => {
                            let $event { $($earg),* } = $crate::rpc::decode(arguments)?;
                            Ok(Self::$Ename { $($earg),* })
                        })*
                        _ => Err($crate::Error::unsupported(operation)),
                    }
                }

                /// The operation's name, for logs.
                pub fn operation(&self) -> &'static str {
                    match self {
                        $(Self::$Ename { .. } => stringify!($event),)*
                    }
                }
            }
            )?

            #[allow(clippy::too_many_arguments)]
            impl $Remote {
                $($(
                    $(#[$rmeta])*
                    pub fn $request(&self, $($rarg: $rty),*)
                        -> $crate::rpc::Answer<$crate::interface!(@or_unit $($rreply)?)>
                    {
                        self.0.call(stringify!($request), &$request { $($rarg),* })
                    }
                )*)?
                $($(
                    $(#[$smeta])*
                    pub fn $send(&self, $($sarg: $sty),*)
                        -> $crate::rpc::Sending<$crate::interface!(@or_unit $($sreply)?)>
                    {
                        self.0.send(stringify!($send), &$send { $($sarg),* })
                    }
                )*)?
                $($(
                    $(#[$emeta])*
                    pub fn $event(&self, $($earg: $ety),*) {
                        self.0.cast(stringify!($event), &$event { $($earg),* });
                    }
                )*)?
            }
        };
    };

    (@or_unit) => { () };
    (@or_unit $type:ty) => { $type };
    (@default $request:ident) => { Err($crate::Error::unsupported(stringify!($request))) };
    (@default $request:ident $default:expr) => { $default };
}
