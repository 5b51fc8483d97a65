//! The public pages: the report page, the follow-up page and the page that asks for the factory's code.
//!
//! They are rendered here, without a session and without a cookie, so that they work before any script does.

mod assets;
mod data;
mod done;
mod follow;
mod locale;
mod promise;
mod report;
mod texts;

#[cfg(test)]
mod tests;

pub use assets::Assets;
pub use done::{DoneLine, DonePage};
pub use follow::{FollowPage, Message, Reward, Standing};
pub use locale::Locale;
pub use promise::PromisePage;
pub use report::{Anonymous, CodePage, Filled, Place, ReportPage, Sent, SentPage};
pub use texts::Texts;

/// The policy that every page here can live under: nothing inline, nothing from elsewhere.
/// `blob:` shows a picture or plays a clip before it is sent; `data:` shows the report code as a picture to save.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self' blob: data:; media-src blob:; connect-src 'self'; form-action 'self'; base-uri 'none'; \
     frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

/// What every page needs, whatever it shows.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// The language it is written in.
    pub locale: Locale,
    /// Where the browser finds script and style.
    pub assets: &'a Assets,
    /// Whether to say that this is a demo, in which nobody is anonymous.
    pub demo_notice: bool,
}

impl Frame<'_> {
    /// The texts of this page's language.
    fn texts(&self) -> &'static Texts {
        Texts::of_locale(self.locale)
    }
}
