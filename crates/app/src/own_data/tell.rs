//! A stored value as it is told: for machines, and for people in their language.

use hezuo_domain::cases::reference;
use hezuo_domain::ids::{CaseId, UserId};
use hezuo_domain::own_data::{Field, Kept, Kind, Section};
use hezuo_domain::time::{Day, Instant, Zone};
use hezuo_packs::Retention;
use hezuo_reports::Shown;
use hezuo_store::own_data::Held;
use serde_json::{Value, json};

use crate::cases::export::Words;
use crate::{App, Caller, Error, Result};

/// What is to be known about a section: its key, and in words.
pub(super) struct Explained {
    pub(super) title: String,
    pub(super) why: String,
    pub(super) from: String,
    pub(super) kept: String,
    /// Of what a rule file says, how many months.
    pub(super) months: Option<i64>,
    pub(super) who: String,
}

/// Tells values to one owner.
pub(super) struct Teller<'a> {
    app: &'a App,
    user: UserId,
    zone: Zone,
    words: Words<'a>,
}

impl<'a> Teller<'a> {
    pub(super) fn new(app: &'a App, caller: &Caller, zone: Zone, words: Words<'a>) -> Self {
        Self {
            app,
            user: caller.user,
            zone,
            words,
        }
    }

    /// A text of the file itself.
    pub(super) fn word(&self, key: &str) -> String {
        (self.words)(&format!("own_data.{key}"))
    }

    /// One of the platform's words; one that has no text of its own stands as it is.
    fn own_word(&self, family: &str, word: &str) -> String {
        let key = format!("{family}.{word}");
        let text = (self.words)(&key);
        if text == key { word.to_owned() } else { text }
    }

    pub(super) fn explain(&self, section: Section, rules: &Retention) -> Result<Explained> {
        let key = section.as_str();
        let kept = section.kept();
        let months = match kept {
            Kept::Rule(what) => {
                let keep = rules.keep.iter().find(|it| it.what == what);
                let keep = keep.ok_or_else(|| Error::Internal(format!("no rule for {key}")))?;
                Some(keep.months)
            }
            _ => None,
        };
        let text = self.word(&format!("kept.{}", kept.as_str()));
        let number = months.map(|it| it.to_string()).unwrap_or_default();
        Ok(Explained {
            title: self.word(&format!("section.{key}.title")),
            why: self.word(&format!("section.{key}.why")),
            from: self.word(&format!("from.{}", section.from())),
            kept: text.replace("{months}", &number),
            months,
            who: self.word(&format!("who.{}", section.who())),
        })
    }

    /// A value for machines, and for people; nothing where nothing is stored.
    pub(super) fn tell(
        &self,
        section: Section,
        field: Field,
        held: &Held,
    ) -> Result<(Value, Shown)> {
        let (value, text) = match (field.kind, held) {
            (_, Held::Nothing) => (Value::Null, String::new()),
            (Kind::Text, Held::Text(text))
                if section == Section::Pictures && field.key == "file" =>
            {
                return Ok((json!(text), Shown::File(text.clone())));
            }
            (Kind::Text, Held::Text(text)) => (json!(text), text.clone()),
            (Kind::Word(family), Held::Text(word)) => (json!(word), self.own_word(family, word)),
            (Kind::Day, Held::Number(day)) => plain(&Day(*day).to_string()),
            (Kind::DayOf, Held::Number(at)) => plain(&self.zone.day(Instant(*at)).to_string()),
            (Kind::At, Held::Number(at)) => plain(&Instant(*at).to_string()),
            (Kind::Number, Held::Number(number)) => (json!(number), number.to_string()),
            (Kind::Yes, Held::Number(truth)) => {
                let is_so = *truth != 0;
                (json!(is_so), self.word(if is_so { "yes" } else { "no" }))
            }
            (Kind::Minor, Held::Number(minor)) => {
                let text = format!("{}.{:02}", minor / 100, minor % 100);
                (json!(minor), text)
            }
            (Kind::Case, held) => plain(&reference(CaseId(held.id()?))),
            (Kind::Mail, Held::Bytes(sealed)) => {
                let address = self.app.keys.open_mail(self.user, sealed);
                (json!(address), address.unwrap_or_default())
            }
            (_, held) => {
                let (key, section) = (field.key, section.as_str());
                let message = format!("{section}.{key} is no {:?}: {held:?}", field.kind);
                return Err(Error::Internal(message));
            }
        };
        Ok((value, Shown::Text(text)))
    }
}

fn plain(text: &str) -> (Value, String) {
    (json!(text), text.to_owned())
}
