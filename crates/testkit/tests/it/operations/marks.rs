//! What shows that an answer tells of a tenant: the ids of its rows, and a word that stands in whatever
//! it has written.

use std::collections::BTreeSet;
use std::io::{Cursor, Read};

use hezuo_testkit::{Answer, Factory, TestApp};

/// What a tenant writes itself, by table and column, but for what is sealed.
const TEXTS: [(&str, &str); 35] = [
    ("enterprise_setting", "emergency_phone"),
    ("site", "name"),
    ("site", "address"),
    ("area", "name"),
    ("person", "name"),
    ("person", "staff_number"),
    ("person", "position"),
    ("cases", "text"),
    ("cases", "answer"),
    ("cases", "plan_measure"),
    ("cases", "plan_responsibility"),
    ("cases", "plan_contingency"),
    ("cases", "referred_to"),
    ("import_file", "name"),
    ("import_error", "value"),
    ("team", "name"),
    ("team", "place"),
    ("team_member", "shift"),
    ("meeting", "place"),
    ("meeting", "note"),
    ("attendance", "guest_name"),
    ("meeting_item", "note"),
    ("project", "title"),
    ("project", "problem"),
    ("project", "measure"),
    ("project", "stop_reason"),
    ("project_saving", "formula"),
    ("reward", "reason"),
    ("reward", "withdrawn_reason"),
    ("notice_channel", "name"),
    ("device_key", "name"),
    ("scim_user", "external_id"),
    ("scim_group", "name"),
    ("entrusted_event", "actor"),
    ("entrusted_event", "office"),
];

/// What stands in nobody else's rows.
#[derive(Debug)]
pub(crate) struct Marks {
    word: String,
    ids: BTreeSet<String>,
}

impl Marks {
    /// Puts the tenant's word into every text it has, and learns its ids. What is sealed has the word
    /// already: [`super::Targets`] sends it so.
    pub(crate) async fn put(app: &TestApp, factory: &Factory) -> Self {
        let word = &factory.short_code;
        let id = match app.fresh.owner_url {
            None => format!("X'{}'", factory.id.0.simple()),
            Some(_) => format!("'{}'", factory.id),
        };
        let texts = TEXTS.iter().map(|it| (it.0, it.1, "enterprise_id"));
        for (table, column, whose) in texts.chain([("enterprise", "name", "id")]) {
            let mark =
                format!("UPDATE {table} SET {column} = {column} || ' {word}' WHERE {whose} = {id}");
            app.fresh.tamper(&mark).await;
        }
        let own = factory.id.0.simple().to_string();
        let (mut ids, mut of_others) = (BTreeSet::from([own.clone()]), BTreeSet::new());
        for row in app.fresh.dump().await {
            let found = ids_in(&row);
            if found.contains(&own) {
                ids.extend(found);
            } else {
                of_others.extend(found);
            }
        }
        // The directory of enterprises and the bureau's own rows name it too.
        ids.retain(|id| *id == own || !of_others.contains(id));
        Self {
            word: word.to_lowercase(),
            ids,
        }
    }

    /// What of this tenant an answer tells, with some of what stands around it.
    pub(crate) fn told_in(&self, answer: &Answer) -> Option<String> {
        let text = readable(answer).to_lowercase();
        let near = |at: usize| {
            let chars = text.char_indices().map(|(at, _)| at);
            let from = chars.rev().find(|it| *it + 60 <= at).unwrap_or(0);
            text[from..].chars().take(160).collect()
        };
        if let Some(at) = text.find(&self.word) {
            return Some(near(at));
        }
        let told = ids_in(&text);
        self.ids.intersection(&told).next().cloned()
    }

    /// How many ids there are.
    pub(crate) fn ids(&self) -> usize {
        self.ids.len()
    }
}

/// The ids in a text, with dashes or without.
fn ids_in(text: &str) -> BTreeSet<String> {
    let plain = text.replace('-', "").to_lowercase();
    let runs = plain.split(|char: char| !char.is_ascii_hexdigit());
    runs.filter(|run| run.len() == 32)
        .map(str::to_owned)
        .collect()
}

/// An answer's text; of a workbook or an archive, of all that is packed in it.
pub(crate) fn readable(answer: &Answer) -> String {
    let mut text = answer.text();
    if let Ok(mut archive) = zip::ZipArchive::new(Cursor::new(answer.body.clone())) {
        for at in 0..archive.len() {
            let mut bytes = Vec::new();
            let mut file = archive.by_index(at).expect("a file");
            file.read_to_end(&mut bytes).expect("it unpacks");
            text.push_str(&String::from_utf8_lossy(&bytes));
        }
    }
    text
}
