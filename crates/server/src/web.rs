//! The built web app inside the binary.

use std::borrow::Cow;

use hezuo_api::Files;
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../web/dist"]
#[allow_missing = true]
struct Dist;

/// The files of `web/dist`. A debug build reads them from the folder as they are.
pub struct WebApp;

impl Files for WebApp {
    fn get(&self, path: &str) -> Option<Cow<'static, [u8]>> {
        Dist::get(path).map(|file| file.data)
    }
}
