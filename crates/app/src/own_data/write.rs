//! The two texts of the file, written side by side from the same rows: what one shows the other has.

use std::io::{Cursor, Write};

use hezuo_domain::own_data::{LEFT_OUT, Section};
use hezuo_domain::time::Instant;
use hezuo_packs::Retention;
use hezuo_reports::{Page, Shown};
use hezuo_store::own_data::Line;
use serde_json::{Map, Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::tell::Teller;
use crate::{Error, Result};

/// The page to read.
const PAGE: &str = "my-data.html";

/// The same for machines.
const DATA: &str = "data.json";

/// What a failed archive means: memory, or a mistake of ours.
pub(super) fn broken(error: impl std::fmt::Display) -> Error {
    Error::Internal(format!("the archive of somebody's data: {error}"))
}

/// One text, packed as it grows: what is held in memory is a tenth of it.
struct Packed(ZipWriter<Cursor<Vec<u8>>>);

impl Packed {
    fn new(name: &str) -> Result<Self> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file(name, SimpleFileOptions::default())
            .map_err(broken)?;
        Ok(Self(zip))
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.0.write_all(bytes).map_err(broken)
    }

    /// An archive with nothing else in it.
    fn finish(self) -> Result<Vec<u8>> {
        Ok(self.0.finish().map_err(broken)?.into_inner())
    }
}

/// Writes both texts.
pub(super) struct Writer<'a> {
    teller: &'a Teller<'a>,
    rules: Retention,
    page: Page,
    html: Packed,
    json: Packed,
    /// Of the section that is written, how many rows it has.
    count: usize,
    is_first: bool,
}

impl<'a> Writer<'a> {
    pub(super) fn new(teller: &'a Teller<'a>, home: &str, now: Instant) -> Result<Self> {
        let title = teller.word("title").replace("{name}", home);
        let mut page = Page::new(&teller.word("language"), &title);
        page.paragraph(&teller.word("made").replace("{at}", &now.to_string()));
        for key in ["what", "apart_from", "rights", "careful"] {
            page.paragraph(&teller.word(key));
        }
        let rules = hezuo_packs::retention().map_err(broken)?;
        let head = json!({"format": "hezuo.own-data", "version": 1, "made_at": now,
            "language": teller.word("language"), "enterprise": home,
            "retention_rule": format!("{}@{}", rules.header.id, rules.header.version)});
        let mut head = head.to_string();
        // The sections follow, one after the other.
        head.pop();
        head.push_str(",\"sections\":{");
        let mut json = Packed::new(DATA)?;
        json.put(head.as_bytes())?;
        Ok(Self {
            teller,
            rules,
            page,
            html: Packed::new(PAGE)?,
            json,
            count: 0,
            is_first: true,
        })
    }

    pub(super) fn begin(&mut self, section: Section) -> Result<()> {
        let it = self.teller.explain(section, &self.rules)?;
        let key = section.as_str();
        self.page.begin_section(key, &it.title);
        self.page.paragraph(&it.why);
        let about = json!({"title": it.title, "purpose": it.why, "source": it.from,
            "kept": {"rule": section.kept().as_str(), "months": it.months, "text": it.kept},
            "recipients": it.who});
        let mut about = about.to_string();
        about.pop();
        let comma = if self.is_first { "" } else { "," };
        self.json
            .put(format!("{comma}\"{key}\":{about},\"rows\":[").as_bytes())?;
        (self.count, self.is_first) = (0, false);
        self.move_page()
    }

    pub(super) fn rows(&mut self, section: Section, lines: &[Line]) -> Result<()> {
        let fields = section.fields();
        for Line(values) in lines {
            if values.len() != fields.len() {
                return Err(broken(format!("{section:?} has other columns than fields")));
            }
            let mut members = Map::with_capacity(fields.len());
            let mut cells: Vec<Shown> = Vec::with_capacity(fields.len());
            for (field, held) in fields.iter().zip(values) {
                let (value, shown) = self.teller.tell(section, *field, held)?;
                members.insert(field.key.to_owned(), value);
                cells.push(shown);
            }
            if self.count == 0 {
                self.begin_table(section)?;
            } else {
                self.json.put(b",")?;
            }
            self.json
                .put(Value::Object(members).to_string().as_bytes())?;
            self.page.row(&cells);
            self.count += 1;
        }
        self.move_page()
    }

    /// What there is, is explained; of what there is not, its name says enough.
    fn begin_table(&mut self, section: Section) -> Result<()> {
        let it = self.teller.explain(section, &self.rules)?;
        let fact = |name: &str, text: String| (self.teller.word(name), text);
        self.page.facts(&[
            fact("from.label", it.from),
            fact("kept.label", it.kept),
            fact("who.label", it.who),
        ]);
        let fields = section.fields().iter();
        let headers = fields.map(|field| self.teller.word(&format!("field.{}", field.key)));
        let headers: Vec<String> = headers.collect();
        self.page.begin_table(&headers);
        Ok(())
    }

    pub(super) fn end(&mut self) -> Result<()> {
        if self.count == 0 {
            self.page.none(&self.teller.word("none"));
        } else {
            self.page.end_table();
        }
        self.page.end_section();
        self.json.put(b"]}")?;
        self.move_page()
    }

    fn move_page(&mut self) -> Result<()> {
        let piece = self.page.take();
        self.html.put(&piece)
    }

    /// Both texts, each an archive of its own.
    pub(super) fn finish(mut self) -> Result<[Vec<u8>; 2]> {
        self.page
            .begin_section("left_out", &self.teller.word("left_out.title"));
        let mut left_out = Map::new();
        for key in LEFT_OUT {
            let text = self.teller.word(&format!("left_out.{key}"));
            self.page.paragraph(&text);
            left_out.insert((*key).to_owned(), json!(text));
        }
        self.page.end_section();
        self.move_page()?;
        let tail = format!("}},\"left_out\":{}}}\n", Value::Object(left_out));
        self.json.put(tail.as_bytes())?;
        self.html.put(&self.page.finish())?;
        Ok([self.html.finish()?, self.json.finish()?])
    }
}
