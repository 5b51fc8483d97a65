//! The matrix by which risks are graded.

use axum::Json;
use axum::extract::State;
use hezuo_domain::permissions::Permission;
use serde::Serialize;
use utoipa::ToSchema;

use crate::caller::Inside;
use crate::problem::{ProblemBody, Result};
use crate::state::ApiState;

/// One step of an axis.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AnchorBody {
    value: u8,
    zh: String,
    en: String,
}

/// One cell.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CellBody {
    likelihood: u8,
    severity: u8,
    /// Likelihood × severity.
    score: u8,
    /// 1 (red) to 4 (blue).
    level: u8,
}

/// What a level is called.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LevelBody {
    level: u8,
    zh: String,
    en: String,
    /// `red`, `orange`, `yellow` or `blue`.
    colour: &'static str,
}

/// A risk matrix from a pack.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MatrixBody {
    pack: String,
    version: String,
    /// Whether the pack was compared with the official text.
    verified: bool,
    source: String,
    likelihood: Vec<AnchorBody>,
    severity: Vec<AnchorBody>,
    cells: Vec<CellBody>,
    levels: Vec<LevelBody>,
}

fn anchors(of: &[hezuo_app::packs::Anchor]) -> Vec<AnchorBody> {
    of.iter()
        .map(|it| AnchorBody {
            value: it.value,
            zh: it.zh.clone(),
            en: it.en.clone(),
        })
        .collect()
}

/// The matrix by which risks are graded here.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/risk-matrix", tag = "cases",
    security(("session" = [])), params(("enterprise" = Uuid, Path)),
    responses((status = 200, body = MatrixBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn find_risk_matrix(
    State(state): State<ApiState>,
    Inside(access): Inside,
) -> Result<Json<MatrixBody>> {
    access.require_somewhere(Permission::CaseRead)?;
    let matrix = &state.app.matrix;
    let cells = matrix.cells().filter_map(|(likelihood, severity)| {
        let graded = matrix.grade(likelihood, severity).ok()?;
        let level = graded.level.number();
        Some(CellBody {
            likelihood,
            severity,
            score: graded.score,
            level,
        })
    });
    let colour =
        |level: u8| ["red", "orange", "yellow", "blue"][usize::from(level.clamp(1, 4) - 1)];
    let levels = matrix.levels.iter().map(|band| LevelBody {
        level: band.level.number(),
        zh: band.zh.clone(),
        en: band.en.clone(),
        colour: colour(band.level.number()),
    });
    Ok(Json(MatrixBody {
        pack: matrix.header.id.clone(),
        version: matrix.header.version.clone(),
        verified: matrix.header.verified,
        source: matrix.header.source.clone(),
        likelihood: anchors(&matrix.likelihood),
        severity: anchors(&matrix.severity),
        cells: cells.collect(),
        levels: levels.collect(),
    }))
}
