//! Which language a public page is written in.

/// A language that the pages are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Locale {
    /// Simplified Chinese, which is what a worker in China gets unless the browser asks for something else.
    ZhCn,
    /// English.
    En,
}

impl Locale {
    /// The tag for `lang` attributes and for `?lang=`.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::ZhCn => "zh-CN",
            Self::En => "en",
        }
    }

    /// The language that the switch on the page leads to.
    pub const fn other(self) -> Self {
        match self {
            Self::ZhCn => Self::En,
            Self::En => Self::ZhCn,
        }
    }

    /// Chooses by what the person clicked (`?lang=`), else by the browser's `Accept-Language`.
    pub fn choose(asked: Option<&str>, accept_language: Option<&str>) -> Self {
        asked
            .and_then(Self::of_tag)
            .or_else(|| accept_language.and_then(preferred))
            .unwrap_or(Self::ZhCn)
    }

    fn of_tag(tag: &str) -> Option<Self> {
        let language = tag.trim().split(['-', '_']).next()?;
        if language.eq_ignore_ascii_case("zh") {
            Some(Self::ZhCn)
        } else if language.eq_ignore_ascii_case("en") {
            Some(Self::En)
        } else {
            None
        }
    }
}

/// The best known language of an `Accept-Language` header; the first of equals wins.
fn preferred(header: &str) -> Option<Locale> {
    let mut best: Option<(Locale, f32)> = None;
    for part in header.split(',') {
        let mut fields = part.split(';');
        let Some(locale) = fields.next().and_then(Locale::of_tag) else {
            continue;
        };
        let weight = fields
            .find_map(|field| field.trim().strip_prefix("q="))
            .and_then(|q| q.trim().parse().ok())
            .unwrap_or(1.0);
        if weight > best.map_or(0.0, |(_, known)| known) {
            best = Some((locale, weight));
        }
    }
    best.map(|(locale, _)| locale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_clicked_wins_over_the_browser() {
        assert_eq!(
            Locale::choose(Some("en"), Some("zh-CN,zh;q=0.9")),
            Locale::En
        );
        assert_eq!(
            Locale::choose(Some("zh-CN"), Some("en-GB,en;q=0.9")),
            Locale::ZhCn
        );
    }

    #[test]
    fn the_browser_is_asked_by_weight_and_unknown_languages_are_passed_over() {
        assert_eq!(Locale::choose(None, Some("en-GB,en;q=0.9")), Locale::En);
        assert_eq!(
            Locale::choose(None, Some("vi, en;q=0.3, zh-TW;q=0.7")),
            Locale::ZhCn
        );
        assert_eq!(Locale::choose(Some("vi"), Some("fr, en;q=0.2")), Locale::En);
    }

    #[test]
    fn without_a_usable_wish_it_is_chinese() {
        for header in [None, Some(""), Some("vi"), Some("en;q=0"), Some(";;,,q=x")] {
            assert_eq!(Locale::choose(None, header), Locale::ZhCn);
        }
    }
}
