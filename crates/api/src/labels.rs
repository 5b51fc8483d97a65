//! The label sheet: one signed code for each area and machine, to print and hang up.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::Response;
use fast_qr::convert::Builder;
use fast_qr::convert::svg::SvgBuilder;
use fast_qr::{ECL, QRBuilder};
use hezuo_app::{Error, places};

use crate::caller::Inside;
use crate::guard;
use crate::html;
use crate::pages::{Locale, Texts};
use crate::problem::{ProblemBody, Result};
use crate::state::{ApiState, Channel};

struct Label {
    name: String,
    around: String,
    is_machine: bool,
    path: String,
    svg: String,
}

#[derive(Template)]
#[template(path = "labels.html")]
struct LabelsPage<'a> {
    locale: Locale,
    texts: &'static Texts,
    enterprise: &'a str,
    host: &'a str,
    labels: Vec<Label>,
}

/// The address of this server as a phone in the factory reaches it, or that of its intake.
pub(crate) fn base_url(state: &ApiState, headers: &HeaderMap) -> String {
    // The first step of somebody who may choose to be anonymous must not lead to the factory.
    if let Channel::Open(Some(intake)) = &state.settings.channel {
        return intake.clone();
    }
    if let Some(url) = &state.settings.public_url {
        return url.trim_end_matches('/').to_owned();
    }
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or("localhost");
    let scheme = if state.settings.secure {
        "https"
    } else {
        "http"
    };
    format!("{scheme}://{host}")
}

/// A page of labels, ready to print.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/labels", tag = "places",
    security(("session" = [])), params(("enterprise" = Uuid, Path)),
    responses((status = 200, body = String, content_type = "text/html"),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn print_labels(
    State(state): State<ApiState>,
    Inside(access): Inside,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response> {
    let found = places::places(&state.app, &access).await?;
    let base = base_url(&state, &headers);
    let mut labels = Vec::with_capacity(found.areas.len());
    for area in &found.areas {
        let path = places::report_path(&state.app, &access.enterprise.short_code, Some(&area.code));
        let around = found
            .areas
            .iter()
            .find(|it| Some(it.id.0) == area.parent_id)
            .map(|it| it.name.clone())
            .or_else(|| {
                found
                    .sites
                    .iter()
                    .find(|it| it.id == area.site_id)
                    .map(|it| it.name.clone())
            })
            .unwrap_or_default();
        let code = QRBuilder::new(format!("{base}{path}"))
            .ecl(ECL::M)
            .build()
            .or(Err(Error::Internal(
                "a wall code could not be drawn".into(),
            )))?;
        labels.push(Label {
            name: area.name.clone(),
            around,
            is_machine: area.kind == "machine",
            svg: SvgBuilder::default().margin(2).to_str(&code),
            path,
        });
    }
    let locale = guard::locale(&uri, &headers);
    let host = base
        .split_once("://")
        .map_or(base.as_str(), |(_, host)| host);
    let page = LabelsPage {
        locale,
        texts: Texts::of_locale(locale),
        enterprise: &access.enterprise.name,
        host,
        labels,
    };
    html::page(StatusCode::OK, &page)
}

/// The style of the label sheet.
pub(crate) async fn labels_style() -> Response {
    html::style(include_str!("../templates/labels.css"))
}
