//! Words for what the server writes into files: the same as on the screens, and headers.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::Value;

use crate::pages::Locale;

type Texts = LazyLock<BTreeMap<String, String>>;

static ZH_CN: Texts = Texts::new(|| {
    read([
        include_str!("../../../web/src/texts/shared.zh-CN.json"),
        include_str!("../../../web/src/texts/teams.zh-CN.json"),
        include_str!("../../../web/src/texts/exports.zh-CN.json"),
        include_str!("../../../web/src/texts/projects.zh-CN.json"),
        include_str!("../../../web/src/texts/own_data.zh-CN.json"),
    ])
});
static EN: Texts = Texts::new(|| {
    read([
        include_str!("../../../web/src/texts/shared.en.json"),
        include_str!("../../../web/src/texts/teams.en.json"),
        include_str!("../../../web/src/texts/exports.en.json"),
        include_str!("../../../web/src/texts/projects.en.json"),
        include_str!("../../../web/src/texts/own_data.en.json"),
    ])
});

/// Files that cannot be read give no texts, which a test notices: they are compiled in.
fn read(files: [&str; 5]) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    for file in files {
        flatten(
            "",
            serde_json::from_str(file).unwrap_or_default(),
            &mut texts,
        );
    }
    texts
}

fn flatten(path: &str, value: Value, texts: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let path = if path.is_empty() {
                    name
                } else {
                    format!("{path}.{name}")
                };
                flatten(&path, member, texts);
            }
        }
        Value::String(text) => {
            texts.insert(path.to_owned(), text);
        }
        _ => {}
    }
}

/// The text of a key such as `state.planned`. A missing one shows its key, so that it is seen and
/// no export fails over it.
pub(crate) fn word(locale: Locale, key: &str) -> String {
    let texts = match locale {
        Locale::ZhCn => &ZH_CN,
        Locale::En => &EN,
    };
    texts.get(key).map_or(key, String::as_str).to_owned()
}

/// The text of a key for a message that leaves the platform, in the language of its channel.
pub fn message_word(locale: &str, key: &str) -> String {
    let locale = if locale == "en" {
        Locale::En
    } else {
        Locale::ZhCn
    };
    word(locale, key)
}

#[cfg(test)]
mod tests {
    use hezuo_domain::cases::{Category, Finder, Kind, Legal, State, Voice};
    use hezuo_domain::projects::{State as ProjectState, Theme};

    use super::*;

    #[test]
    fn every_word_of_a_case_has_its_text_in_both_languages() {
        let families: [(&str, Vec<&str>); 7] = [
            ("kind", Kind::ALL.iter().map(|it| it.as_str()).collect()),
            (
                "category",
                Category::ALL.iter().map(|it| it.as_str()).collect(),
            ),
            ("finder", Finder::ALL.iter().map(|it| it.as_str()).collect()),
            ("voice", Voice::ALL.iter().map(|it| it.as_str()).collect()),
            ("state", State::ALL.iter().map(|it| it.as_str()).collect()),
            ("legal", Legal::ALL.iter().map(|it| it.as_str()).collect()),
            ("level", vec!["1", "2", "3", "4"]),
        ];
        for (family, members) in families {
            for member in members {
                let key = format!("{family}.{member}");
                for locale in [Locale::ZhCn, Locale::En] {
                    assert_ne!(word(locale, &key), key);
                }
            }
        }
        let states = ProjectState::ALL
            .iter()
            .map(|it| format!("project_state.{}", it.as_str()));
        let themes = Theme::ALL
            .iter()
            .map(|it| format!("project_theme.{}", it.as_str()));
        for key in states.chain(themes) {
            for locale in [Locale::ZhCn, Locale::En] {
                assert_ne!(word(locale, &key), key);
            }
        }
        let of_messages = [
            "notice.danger_1",
            "notice.danger_2",
            "notice.danger_3",
            "alarm.nowhere",
        ];
        for key in of_messages.iter().chain(&["message.due", "message.test"]) {
            assert_ne!(message_word("zh-CN", key), *key);
            assert_ne!(message_word("en", key), message_word("zh-CN", key));
        }
        assert_eq!(word(Locale::En, "no.such.text"), "no.such.text");
    }

    #[test]
    fn what_somebody_takes_home_is_explained_in_both_languages() {
        use hezuo_domain::accounts::{Act, Phase, State};
        use hezuo_domain::entrusted::Act as Look;
        use hezuo_domain::own_data::{Kind, LEFT_OUT, Section};

        let mut keys: Vec<String> = Vec::new();
        let mut add = |family: &str, word: &str| keys.push(format!("own_data.{family}.{word}"));
        for section in Section::ALL {
            add("section", &format!("{}.title", section.as_str()));
            add("section", &format!("{}.why", section.as_str()));
            add("from", section.from());
            add("who", section.who());
            add("kept", section.kept().as_str());
            for field in section.fields() {
                add("field", field.key);
                if let Kind::Word(family) = field.kind {
                    let is_there = ZH_CN.keys().any(|it| it.starts_with(&format!("{family}.")));
                    assert!(is_there, "{family} is no family of texts");
                }
            }
        }
        let looks = Look::ALL.iter().filter(|it| it.is_told_to_factory());
        let families: [(&str, Vec<&str>); 5] = [
            ("left_out", LEFT_OUT.to_vec()),
            ("act", Act::ALL.iter().map(|it| it.as_str()).collect()),
            ("phase", Phase::ALL.iter().map(|it| it.as_str()).collect()),
            ("change", State::ALL.iter().map(|it| it.as_str()).collect()),
            ("look", looks.map(|it| it.as_str()).collect()),
        ];
        for (family, members) in families {
            for member in members {
                add(family, member);
            }
        }
        for key in keys {
            for locale in [Locale::ZhCn, Locale::En] {
                assert_ne!(word(locale, &key), key);
            }
        }
    }
}
