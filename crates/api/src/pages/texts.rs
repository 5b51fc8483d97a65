//! The texts of the public pages, from the same files that the web apps' translators work in.

use std::{collections::BTreeMap, sync::LazyLock};

use super::Locale;

static ZH_CN: LazyLock<Texts> =
    LazyLock::new(|| Texts::parse(include_str!("../../../../web/src/texts/report.zh-CN.json")));
static EN: LazyLock<Texts> =
    LazyLock::new(|| Texts::parse(include_str!("../../../../web/src/texts/report.en.json")));

/// Those that the script needs begin with this.
const FOR_SCRIPT: &str = "js.";

/// The texts of one language by their keys.
#[derive(Debug)]
pub struct Texts(BTreeMap<String, String>);

impl Texts {
    /// The texts of a language.
    pub fn of_locale(locale: Locale) -> &'static Self {
        match locale {
            Locale::ZhCn => &ZH_CN,
            Locale::En => &EN,
        }
    }

    /// A file that cannot be read gives no texts, which the tests below would notice: the files are compiled in.
    fn parse(json: &str) -> Self {
        Self(serde_json::from_str(json).unwrap_or_default())
    }

    /// A text. A missing one shows its key, so that it is seen and no page fails over it.
    pub fn of<'a>(&'a self, key: &'a str) -> &'a str {
        self.0.get(key).map_or(key, String::as_str)
    }

    /// A text with one value put into its place.
    pub fn with(&self, key: &str, name: &str, value: impl std::fmt::Display) -> String {
        self.of(key)
            .replace(&format!("{{{name}}}"), &value.to_string())
    }

    /// A text whose key has a part that depends on data, as `state.planned`.
    pub fn one_of(&self, family: &str, member: &str) -> String {
        self.of(&format!("{family}.{member}")).to_owned()
    }

    /// The texts that the script needs.
    pub(super) fn for_script(&self) -> BTreeMap<&str, &str> {
        self.0
            .iter()
            .filter_map(|(key, text)| Some((key.strip_prefix(FOR_SCRIPT)?, text.as_str())))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;

    fn keys(locale: Locale) -> BTreeSet<String> {
        Texts::of_locale(locale).0.keys().cloned().collect()
    }

    /// The string literals in the templates' `t.of("…")` and `t.with("…", …)`.
    fn keys_in_templates() -> BTreeSet<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
        let mut found = BTreeSet::new();
        for file in fs::read_dir(folder).unwrap() {
            let source = fs::read_to_string(file.unwrap().path()).unwrap();
            for call in ["t.of(\"", "t.with(\""] {
                for rest in source.split(call).skip(1) {
                    found.insert(rest.split('"').next().unwrap().to_owned());
                }
            }
        }
        found
    }

    #[test]
    fn both_languages_have_the_same_texts() {
        assert!(keys(Locale::ZhCn).len() > 100);
        assert_eq!(keys(Locale::ZhCn), keys(Locale::En));
    }

    #[test]
    fn every_text_that_a_template_asks_for_exists() {
        let asked = keys_in_templates();
        assert!(asked.len() > 50);
        let known = keys(Locale::En);
        let missing: Vec<_> = asked.difference(&known).collect();
        assert_eq!(missing, Vec::<&String>::new());
    }

    #[test]
    fn every_word_of_the_domain_that_a_page_shows_has_its_text() {
        use hezuo_domain::cases::{Category, Finder, State, Voice};
        let families: [(&str, Vec<&str>); 4] = [
            (
                "category",
                Category::ALL.iter().map(|it| it.as_str()).collect(),
            ),
            ("finder", Finder::ALL.iter().map(|it| it.as_str()).collect()),
            ("voice", Voice::ALL.iter().map(|it| it.as_str()).collect()),
            ("state", State::ALL.iter().map(|it| it.as_str()).collect()),
        ];
        let known = keys(Locale::En);
        for (family, members) in families {
            for member in members {
                assert!(
                    known.contains(&format!("{family}.{member}")),
                    "{family}.{member}"
                );
            }
        }
    }

    #[test]
    fn a_value_is_put_into_its_place() {
        let texts = Texts::of_locale(Locale::En);
        assert_eq!(texts.with("danger.call", "phone", 119), "Call 119");
        assert_eq!(texts.of("no.such.text"), "no.such.text");
    }
}
