//! Export of a plugin from its library.

/// Exports a gateway as the plugin that this shared library is. Once in a library, anywhere.
///
/// Exports what is made by `api::Exported<Gateway>`, the [`Entry`](crate::ffi::Entry) of a
/// gateway.
#[macro_export]
macro_rules! export_plugin {
    ($gateway:ty) => {
        $crate::export_entry!($crate::api::Exported<$gateway>);
    };
}

/// Exports an [`Entry`](crate::ffi::Entry), for plugins that speak messages of their own.
#[doc(hidden)]
#[macro_export]
macro_rules! export_entry {
    ($entry:ty) => {
        #[allow(unsafe_code)]
        const _: () = {
            // SAFETY: the names belong to slidged, and a second one of them would not link.
            #[unsafe(no_mangle)]
            pub static SLIDGED_PLUGIN: $crate::ffi::Handshake = $crate::ffi::Handshake::new(
                env!("CARGO_PKG_NAME"),
                env!("CARGO_PKG_VERSION"),
                cfg!(panic = "unwind"),
            );
            // SAFETY: as above.
            #[unsafe(no_mangle)]
            pub static SLIDGED_PLUGIN_ROOT: $crate::ffi::LibHeader = $crate::ffi::header::<$entry>();
        };
    };
}
