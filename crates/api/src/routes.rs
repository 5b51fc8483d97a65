//! The one list of routes. What [`openapi`] documents is registered by the same macro that routes
//! it, so the two can't differ.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{any, get, post, put};
use hezuo_app::MAX_PICTURE;
use hezuo_app::imports::MAX_FILE;
use hezuo_app::people::MAX_LIST;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{InfoBuilder, OpenApi, OpenApiBuilder};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use crate::state::ApiState;
use crate::{
    accounts, answers, apart, approvals, boards, cases, devices, directory, entrusted, envelopes,
    even, federation, feed, files, guard, health, imports, intake, labels, live, matrix, notices,
    oversight, own_data, people, places, projects, public, reports, rewards, scim, session, start,
    tallies, teams, tlog,
};

/// A form may carry three pictures as a phone takes them.
const FORM_LIMIT: usize = 3 * MAX_PICTURE + 64 * 1024;

fn api() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        // Who calls
        .routes(routes!(
            session::create_session,
            session::find_session,
            session::delete_session
        ))
        .routes(routes!(session::redeem_invitation))
        .routes(routes!(start::create_first_administrator))
        .routes(routes!(
            federation::list_providers,
            federation::finish_sign_in
        ))
        .routes(routes!(federation::begin_sign_in))
        .routes(routes!(approvals::begin_approval))
        .routes(routes!(approvals::take_approval))
        .routes(routes!(approvals::find_approval))
        .routes(routes!(approvals::settle_approval))
        // Without an account
        .routes(routes!(reports::create_report))
        .routes(routes!(
            reports::add_report_attachment,
            reports::add_report_attachment_part
        ))
        .routes(routes!(reports::find_report))
        .routes(routes!(reports::give_verdict))
        .routes(routes!(reports::reply_to_team))
        .routes(routes!(reports::take_pay_code))
        // Cases
        .routes(routes!(cases::list_cases))
        .routes(routes!(cases::export_cases))
        .routes(routes!(cases::find_case))
        .routes(routes!(cases::act_on_case))
        .routes(routes!(
            cases::add_case_attachment,
            cases::add_case_attachment_part,
            cases::find_case_attachment
        ))
        // Answering everybody
        .routes(routes!(answers::find_suggestions))
        .routes(routes!(answers::find_messages, answers::ask_reporter))
        .routes(routes!(answers::list_replies))
        // What is kept apart from the team
        .routes(routes!(apart::list_apart))
        .routes(routes!(apart::list_apart_waiting))
        .routes(routes!(apart::find_apart))
        .routes(routes!(apart::ask_apart))
        .routes(routes!(apart::end_apart))
        .routes(routes!(apart::find_apart_attachment))
        .routes(routes!(intake::find_intake))
        .routes(routes!(intake::release_intake))
        .routes(routes!(matrix::find_risk_matrix))
        .routes(routes!(boards::find_board))
        .routes(routes!(tallies::find_summary))
        // Notices and alarms
        .routes(routes!(notices::list_alarms))
        .routes(routes!(notices::answer_alarm))
        .routes(routes!(notices::list_notices))
        .routes(routes!(notices::read_notices))
        .routes(routes!(notices::find_rhythm, notices::update_rhythm))
        .routes(routes!(
            notices::channels::list_channels,
            notices::channels::create_channel
        ))
        .routes(routes!(
            notices::channels::update_channel,
            notices::channels::delete_channel
        ))
        .routes(routes!(notices::channels::test_channel))
        .routes(routes!(
            notices::mail::find_own_mail,
            notices::mail::update_own_mail
        ))
        .routes(routes!(notices::mail::test_own_mail))
        // Teams and their meetings
        .routes(routes!(teams::list_teams, teams::create_team))
        .routes(routes!(teams::update_team))
        .routes(routes!(teams::save_team_member, teams::end_team_member))
        .routes(routes!(teams::find_agenda))
        .routes(routes!(teams::list_meetings, teams::begin_meeting))
        .routes(routes!(teams::find_meeting, teams::update_meeting))
        .routes(routes!(teams::mark_attendance))
        .routes(routes!(teams::decide_in_meeting))
        .routes(routes!(teams::close_meeting))
        .routes(routes!(teams::post_minutes))
        .routes(routes!(teams::export_minutes))
        .routes(routes!(teams::record_ideas))
        // The first steps
        .routes(routes!(start::find_start))
        .routes(routes!(start::update_enterprise))
        .routes(routes!(start::hang_labels))
        // Improvement projects
        .routes(routes!(projects::list_projects, projects::propose_project))
        .routes(routes!(projects::find_project_counts))
        .routes(routes!(projects::export_projects))
        .routes(routes!(projects::find_project))
        .routes(routes!(projects::act_on_project))
        .routes(routes!(projects::copy_project))
        .routes(routes!(
            projects::add_project_picture,
            projects::find_project_picture
        ))
        .routes(routes!(projects::list_case_projects))
        // Rewards
        .routes(routes!(rewards::list_rewards))
        .routes(routes!(rewards::list_waiting_rewards))
        .routes(routes!(rewards::find_reward_sums))
        .routes(routes!(rewards::export_rewards))
        .routes(routes!(rewards::find_case_reward, rewards::decide_reward))
        .routes(routes!(rewards::pay_reward))
        .routes(routes!(rewards::withdraw_reward))
        .routes(routes!(rewards::print_reward_slip))
        .routes(routes!(rewards::find_pay_code))
        .routes(routes!(rewards::pay_pay_code))
        // Places
        .routes(routes!(places::find_places))
        .routes(routes!(places::update_settings))
        .routes(routes!(places::create_site))
        .routes(routes!(places::update_site))
        .routes(routes!(places::create_area))
        .routes(routes!(places::update_area))
        .routes(routes!(places::attest_heads))
        .routes(routes!(labels::print_labels))
        // People
        .routes(routes!(people::list_persons, people::create_person))
        .routes(routes!(people::update_person))
        .routes(
            routes!(people::roll::import_persons)
                .layer(DefaultBodyLimit::max(MAX_LIST + 64 * 1024)),
        )
        .routes(routes!(people::list_users, people::create_user))
        .routes(routes!(people::reset_user))
        .routes(routes!(accounts::own::find_own_account))
        .routes(routes!(accounts::own::change_own_password))
        .routes(routes!(own_data::take_own_data))
        .routes(routes!(accounts::own::end_other_sessions))
        .routes(routes!(accounts::own::end_own_session))
        .routes(routes!(accounts::second_factor::take_second_step))
        .routes(routes!(
            accounts::second_factor::find_second_factor,
            accounts::second_factor::begin_second_factor
        ))
        .routes(routes!(accounts::second_factor::confirm_second_factor))
        .routes(routes!(accounts::second_factor::renew_recovery_codes))
        .routes(routes!(accounts::second_factor::remove_second_factor))
        .routes(routes!(accounts::second_factor::reset_second_factor))
        .routes(routes!(accounts::passkeys::begin_passkey_session))
        .routes(routes!(accounts::passkeys::create_passkey_session))
        .routes(routes!(
            accounts::passkeys::list_passkeys,
            accounts::passkeys::add_passkey
        ))
        .routes(routes!(accounts::passkeys::begin_passkey))
        .routes(routes!(accounts::passkeys::remove_passkey))
        .routes(routes!(
            accounts::passkeys::find_proof_ways,
            accounts::passkeys::give_proof
        ))
        .routes(routes!(people::end_sessions_of_user))
        .routes(routes!(accounts::list_account_changes))
        .routes(routes!(accounts::agree_to_account_change))
        .routes(routes!(accounts::refuse_account_change))
        .routes(routes!(accounts::carry_out_account_change))
        .routes(routes!(accounts::list_account_events))
        .routes(routes!(
            devices::list_device_keys,
            devices::create_device_key
        ))
        .routes(routes!(devices::end_device_key))
        .routes(routes!(entrusted::list_looks))
        .routes(routes!(people::disable_user))
        .routes(routes!(people::enable_user))
        .routes(routes!(people::update_roles))
        // The directory
        .routes(routes!(
            directory::list_enterprises,
            directory::create_enterprise
        ))
        .routes(routes!(directory::list_regions))
        // Many factories
        .routes(routes!(oversight::find_region_board))
        .routes(routes!(oversight::list_factories))
        .routes(routes!(oversight::cases::list_cases_across))
        // Directories of people
        .routes(routes!(scim::about::find_service))
        .routes(routes!(scim::about::list_resource_types))
        .routes(routes!(scim::about::find_resource_type))
        .routes(routes!(scim::about::list_schemas))
        .routes(routes!(scim::about::find_schema))
        .routes(routes!(scim::users::list_users, scim::users::create_user))
        .routes(routes!(
            scim::users::find_user,
            scim::users::replace_user,
            scim::users::patch_user,
            scim::users::delete_user
        ))
        .routes(routes!(
            scim::groups::list_groups,
            scim::groups::create_group
        ))
        .routes(routes!(
            scim::groups::find_group,
            scim::groups::replace_group,
            scim::groups::patch_group,
            scim::groups::delete_group
        ))
        // Analysts
        .routes(routes!(feed::find_feed))
        .routes(routes!(feed::find_feed_metadata))
        .routes(routes!(feed::list_feed_cases))
        .routes(routes!(feed::count_feed_cases))
        .routes(routes!(feed::list_feed_steps))
        .routes(routes!(feed::list_feed_tallies))
        .routes(routes!(feed::list_feed_projects))
        // The server
        .routes(routes!(health::find_health))
        // Registers
        .routes(
            routes!(imports::list_imports, imports::create_import)
                .layer(DefaultBodyLimit::max(MAX_FILE + 64 * 1024)),
        )
        .routes(routes!(imports::find_import))
        .routes(routes!(imports::update_import_mapping))
        .routes(routes!(imports::run_import))
        .routes(routes!(imports::list_import_errors))
        .routes(routes!(imports::list_import_counts))
}

/// The OpenAPI document, as committed in `docs/openapi.json`.
pub fn openapi() -> OpenApi {
    let (_, mut document) = api().split_for_parts();
    document.info = InfoBuilder::new()
        .title("Hezuo")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Workplace cooperation and work safety for small and medium factories.",
        ))
        .build();
    let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new("hezuo")));
    let components = document.components.get_or_insert_default();
    components.add_security_scheme("session", cookie);
    let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    components.add_security_scheme("device_key", bearer);
    let basic = SecurityScheme::Http(Http::new(HttpAuthScheme::Basic));
    components.add_security_scheme("device_key_as_password", basic);
    OpenApiBuilder::from(document).build()
}

/// Everything that an intake answers: the report page, what it loads, what a worker without an
/// account sends, and the envelopes for the servers that hold a key. There is nothing to log in to.
pub fn intake_router(state: ApiState) -> Router {
    let pages = Router::new()
        .route("/r", get(public::code_page))
        .route(
            "/r/{code}",
            get(public::report_page).post(public::send_form),
        )
        .layer(DefaultBodyLimit::max(FORM_LIMIT))
        .route("/r/{code}/promise", get(public::promise_page))
        .route("/f", get(public::follow_page).post(public::follow_form))
        .route("/report/{file}", get(files::serve))
        .route("/healthz", get(health::find_pulse));
    let reports = Router::new()
        .route("/api/v1/proof", get(envelopes::find_challenge))
        .route("/api/v1/reports", post(reports::create_report))
        .route(
            "/api/v1/reports/attachments/{name}",
            put(reports::add_report_attachment).patch(reports::add_report_attachment_part),
        )
        .route("/api/v1/follow-up", post(reports::find_report))
        .route("/api/v1/follow-up/verdict", post(reports::give_verdict))
        .route("/api/v1/follow-up/messages", post(reports::reply_to_team))
        .route("/api/v1/follow-up/pay-code", post(reports::take_pay_code))
        .layer(DefaultBodyLimit::max(MAX_PICTURE + 1024));
    let servers = Router::new()
        .route("/intake/v1/announce", post(envelopes::announce))
        .route("/intake/v1/take", post(envelopes::take))
        .route("/intake/v1/confirm", post(envelopes::confirm))
        .route("/intake/v1/settle", post(envelopes::settle))
        .layer(DefaultBodyLimit::max(envelopes::MAX_ANNOUNCEMENT));
    pages
        .merge(reports)
        .merge(servers)
        .layer(middleware::from_fn(envelopes::keep_nothing))
        .layer(middleware::from_fn_with_state(state.clone(), guard::around))
        .layer(middleware::from_fn(even::fill_up))
        .layer(even::packing())
        .with_state(state)
}

/// Everything that the server answers.
pub fn router(state: ApiState) -> Router {
    let (api, _) = api().split_for_parts();
    let pages = Router::new()
        .route("/r", get(public::code_page))
        .route(
            "/r/{code}",
            get(public::report_page).post(public::send_form),
        )
        .layer(DefaultBodyLimit::max(FORM_LIMIT))
        .route("/r/{code}/done", get(public::done_page))
        .route("/r/{code}/promise", get(public::promise_page))
        .route("/f", get(public::follow_page).post(public::follow_form))
        .route("/api/v1/enterprises/{enterprise}/live", get(live::stream))
        .route(
            "/api/v1/enterprises/{enterprise}/odata/",
            get(feed::find_feed),
        )
        .route(
            "/api/v1/enterprises/{enterprise}/odata/{*path}",
            any(feed::not_found),
        )
        .route("/labels.css", get(labels::labels_style))
        .route("/slip.css", get(rewards::slip_style))
        .route("/scim/v2/.search", post(scim::about::search))
        .route("/scim/v2/{*path}", any(scim::about::not_found))
        .route("/tlog/{*path}", get(tlog::find_log_file))
        .route("/healthz", get(health::find_pulse));
    api.layer(DefaultBodyLimit::max(MAX_PICTURE + 1024))
        .merge(pages)
        .fallback(get(files::serve))
        .layer(middleware::from_fn_with_state(state.clone(), guard::around))
        .layer(middleware::from_fn(even::fill_up))
        .layer(even::packing())
        .with_state(state)
}
