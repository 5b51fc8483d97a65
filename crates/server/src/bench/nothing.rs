//! An endpoint that takes what a report takes and stores nothing: what HTTP alone costs.

use std::net::SocketAddr;

use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::routing::{post, put};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::Result;
use crate::admin::say;

async fn report(Json(_): Json<Value>) -> (StatusCode, Json<Value>) {
    (StatusCode::CREATED, Json(json!({ "received": true })))
}

async fn attachment(_: Bytes) -> StatusCode {
    StatusCode::NO_CONTENT
}

pub(super) async fn serve(listen: SocketAddr) -> Result<()> {
    let router = Router::new()
        .route("/api/v1/reports", post(report))
        .route("/api/v1/reports/attachments/{name}", put(attachment))
        .layer(DefaultBodyLimit::max(hezuo_app::MAX_PICTURE));
    let listener = TcpListener::bind(listen).await?;
    say(&format!(
        "Nothing listens on http://{}",
        listener.local_addr()?
    ));
    Ok(axum::serve(listener, router).await?)
}
