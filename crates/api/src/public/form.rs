//! The report form as a browser without a script sends it.

use axum::extract::Multipart;
use axum::extract::multipart::MultipartError;
use hezuo_domain::Code;
use hezuo_domain::apart::Reader;
use hezuo_domain::cases::{Category, Finder, Voice};
use hezuo_domain::commitment::{Hash, digest};
use hezuo_domain::report_code::{FormSeed, ReportCode};
use hezuo_domain::reports::Report;

use crate::pages::Filled;
use crate::problem::Result;

/// What was filled in, and the pictures with it.
pub(super) struct Filling {
    pub(super) filled: Filled,
    pub(super) pictures: Vec<Vec<u8>>,
    /// What the page gave along; one that is no seed is as none.
    pub(super) seed: Option<FormSeed>,
    /// Over the code on the wall and every part but the seed, in their order.
    content: Hash,
}

/// Most pictures of one form.
const MAX_PICTURES: usize = 3;

fn problem(error: &MultipartError) -> Code {
    if error.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
        Code::UploadTooLarge
    } else {
        Code::InputInvalid
    }
}

/// Reads the parts; fields that we do not know are dropped.
pub(super) async fn read(wall_code: &str, mut multipart: Multipart) -> Result<Filling> {
    let mut filling = Filling {
        filled: Filled::default(),
        pictures: Vec::new(),
        seed: None,
        content: digest(wall_code.to_ascii_uppercase().as_bytes()),
    };
    while let Some(field) = multipart
        .next_field()
        .await
        .map_err(|error| problem(&error))?
    {
        let name = field.name().unwrap_or_default().to_owned();
        let bytes = field.bytes().await.map_err(|error| problem(&error))?;
        if name == "seed" {
            filling.seed = str::from_utf8(&bytes).ok().and_then(FormSeed::parse);
            continue;
        }
        let part = [filling.content, digest(name.as_bytes()), digest(&bytes)];
        filling.content = digest(part.as_flattened());
        if name == "picture" {
            // A browser sends an empty part for a file that was not chosen.
            if !bytes.is_empty() && filling.pictures.len() < MAX_PICTURES {
                filling.pictures.push(bytes.to_vec());
            }
            continue;
        }
        let text = String::from_utf8(bytes.to_vec()).or(Err(Code::InputInvalid.at(&name)))?;
        let filled = &mut filling.filled;
        match name.as_str() {
            "category" => filled.category = text,
            "text" => filled.text = text,
            "voice" => filled.voice = text,
            "name" => filled.name = text,
            "finder" => filled.finder = text,
            "reader" => filled.reader = text,
            "danger" => filled.danger = true,
            "name_machine" => filled.name_machine = true,
            _ => {}
        }
    }
    Ok(filling)
}

impl Filling {
    /// The code of the report in it.
    pub(super) fn code(&self, seed: &FormSeed) -> ReportCode {
        seed.code(&self.content)
    }

    /// The report in it.
    pub(super) fn report(&self) -> Result<Report> {
        let filled = &self.filled;
        let finder = Some(filled.finder.as_str()).filter(|it| !it.is_empty());
        Ok(Report {
            category: Category::parse(&filled.category).ok_or(Code::ReportEmpty.at("category"))?,
            text: filled.text.clone(),
            voice: Voice::parse(&filled.voice).ok_or(Code::InputInvalid.at("voice"))?,
            name: Some(filled.name.clone()),
            finder: finder
                .map(|word| Finder::parse(word).ok_or(Code::InputInvalid.at("finder")))
                .transpose()?,
            danger: filled.danger,
            name_machine: filled.name_machine,
            reader: match filled.reader.as_str() {
                "" => Reader::Team,
                word => Reader::parse(word).ok_or(Code::InputInvalid.at("reader"))?,
            },
            attachments: Vec::new(),
        }
        .check()?)
    }
}
