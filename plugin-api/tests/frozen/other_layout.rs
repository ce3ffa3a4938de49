//! A plugin that says it fits, but whose root is laid out differently.

// Nobody uses it: it is refused.
#![allow(dead_code)]

use abi_stable::{
    StableAbi,
    library::{CheckTypeLayout, LibHeader, RootModule, RootModuleResult},
    marker_type::ErasedPrefix,
    prefix_type::{PrefixRefTrait, PrefixTypeTrait},
    sabi_types::VersionStrings,
    std_types::{ROk, RStr},
};
use plugin_api::ffi::Handshake;

#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = RootRef)))]
#[sabi(missing_field(option))]
struct Root {
    /// A field that should be a function.
    info: RStr<'static>,
    #[sabi(last_prefix_field)]
    start: extern "C" fn() -> u32,
}

impl RootModule for RootRef {
    abi_stable::declare_root_module_statics! {RootRef}
    const BASE_NAME: &'static str = "slidged_plugin";
    const NAME: &'static str = "slidged plugin";
    const VERSION_STRINGS: VersionStrings = VersionStrings::new("1.0.0");
}

extern "C" fn start() -> u32 {
    0
}

extern "C" fn construct() -> RootModuleResult {
    let root = Root { info: RStr::from_str(""), start }.leak_into_prefix();
    // SAFETY: the erased type is that of the header below.
    ROk(unsafe { root.to_prefix_ref().cast::<ErasedPrefix>() })
}

#[unsafe(no_mangle)]
pub static SLIDGED_PLUGIN: Handshake = Handshake::new("other-layout", "0", true);

#[unsafe(no_mangle)]
pub static SLIDGED_PLUGIN_ROOT: LibHeader =
    // SAFETY: `construct` returns an erased `RootRef`.
    unsafe { LibHeader::from_constructor::<RootRef>(construct, CheckTypeLayout::Yes) };
