//! What becomes of each column that leads to a person, when somebody takes home what is held about him.
//! A test reads the columns of the migrated databases and fails where one is missing here.

use hezuo_domain::own_data::Section;

/// What becomes of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// This section is found by it, or tells it.
    In(Section),
    /// The same is told in this section already, for the reason given.
    Same(Section, &'static str),
    /// It is not taken home.
    Out(LeftOut),
}

/// Why a column is not taken home: not a person's own data, because of this.
pub type LeftOut = &'static str;

/// Columns of ids, by name, that name a thing and never a person.
pub const THINGS: &[&str] = &[
    "id",
    "enterprise_id",
    "site_id",
    "area_id",
    "parent_id",
    "case_id",
    "merged_into",
    "report_id",
    "event_id",
    "import_id",
    "team_id",
    "meeting_id",
    "project_id",
    "origin_id",
    "group_id",
    "server_id",
    "after_id",
];

use Fate::{In, Out, Same};
use Section as S;

const VOICE: LeftOut =
    "who reported, as somebody wrote it: a report is opened by its code and tied to no account";
const PART: LeftOut = "on which days who took part, also by speaking in confidence: the days would tell that he spoke";
const APART: LeftOut = "what is kept apart is between its reader and its reporter";
const GUEST: LeftOut = "somebody from outside, as the minutes name him, who has no account";
const WORD: LeftOut = "a word for a sort, which is the same for many";

/// Every column that leads to a person, and what becomes of it.
pub const COLUMNS: &[(&str, &str, Fate)] = &[
    (
        "account_change",
        "asked_by",
        Same(S::AccountActs, "asking is an act"),
    ),
    (
        "account_change",
        "decided_by",
        Same(S::AccountActs, "agreeing is an act"),
    ),
    ("account_change", "subject_user_id", In(S::AccountChanges)),
    ("account_event", "actor_user_id", In(S::AccountActs)),
    ("account_event", "subject_user_id", In(S::AccountEvents)),
    ("apart_message", "author", Out(APART)),
    ("apart_message", "sealed", Out(APART)),
    ("app_user", "id", In(S::Account)),
    ("app_user", "login", In(S::Account)),
    ("app_user", "person_id", In(S::Account)),
    ("approval", "user_id", In(S::Approvals)),
    ("area", "heads_by", In(S::Office)),
    ("attendance", "guest_kind", Out(WORD)),
    ("attendance", "guest_name", Out(GUEST)),
    ("attendance", "person_id", In(S::Meetings)),
    ("case_event", "actor_kind", Out(WORD)),
    ("case_event", "actor_user_id", In(S::CaseActs)),
    ("case_message", "user_id", In(S::Messages)),
    ("case_reporter", "sealed", Out(VOICE)),
    (
        "cases",
        "alarm_user_id",
        Same(S::CaseActs, "answering an alarm is an act"),
    ),
    (
        "cases",
        "fixer_user_id",
        Same(S::CaseActs, "finishing is an act"),
    ),
    ("cases", "owner_id", In(S::CasesOwned)),
    ("device_key", "made_by", In(S::DeviceKeys)),
    ("edition", "found_by_workers", Out("a number of hazards")),
    ("enterprise_setting", "confidant_user_id", In(S::Office)),
    ("enterprise_setting", "labels_by", In(S::Office)),
    (
        "entrusted_event",
        "actor",
        Same(S::Looks, "the name of who looked, beside the id"),
    ),
    ("entrusted_event", "actor_user_id", In(S::Looks)),
    (
        "entrusted_event",
        "subject_id",
        Out("the case or the factory that was looked at"),
    ),
    ("invitation", "user_id", In(S::Invitations)),
    ("login_day", "user_id", In(S::SignIns)),
    ("login_identity", "subject", In(S::SignInMeans)),
    ("login_identity", "user_id", In(S::SignInMeans)),
    (
        "login_name",
        "login",
        Same(S::Account, "the login stands with the account"),
    ),
    (
        "login_name",
        "user_id",
        Same(S::Account, "the login stands with the account"),
    ),
    ("login_session", "user_id", In(S::Sessions)),
    ("meeting", "chair_id", In(S::Meetings)),
    ("meeting", "closed_by", In(S::Meetings)),
    ("meeting", "opened_by", In(S::Meetings)),
    ("meeting", "posted_by", In(S::Meetings)),
    ("meeting", "secretary_id", In(S::Meetings)),
    ("notice", "user_id", In(S::Notices)),
    ("notice_channel", "changed_by", In(S::Office)),
    ("notice_mail", "user_id", In(S::Mail)),
    ("notice_setting", "changed_by", In(S::Office)),
    ("participation", "person_key", Out(PART)),
    ("passkey", "user_id", In(S::SignInMeans)),
    (
        "pay_code",
        "paid_by",
        Out("on which day somebody came for a reward without a name is told to nobody"),
    ),
    ("person", "id", In(S::Account)),
    ("person", "staff_number", In(S::Account)),
    ("project", "owner_id", In(S::Projects)),
    ("project", "proposed_by", In(S::Projects)),
    ("project", "verified_by", In(S::Projects)),
    ("project_event", "user_id", In(S::ProjectActs)),
    ("project_picture", "added_by", In(S::Pictures)),
    ("project_saving", "entered_by", In(S::Savings)),
    ("recovery_code", "user_id", In(S::SignInMeans)),
    ("reward", "decided_by", In(S::RewardActs)),
    ("reward", "paid_by", In(S::RewardActs)),
    ("reward", "shares", Out(VOICE)),
    ("reward", "withdrawn_by", In(S::RewardActs)),
    ("role_grant", "user_id", In(S::Roles)),
    (
        "round_claim",
        "holder",
        Out("a process of the server, made anew at each start"),
    ),
    ("scim_member", "user_id", In(S::Directory)),
    ("scim_user", "user_id", In(S::Directory)),
    ("second_factor", "user_id", In(S::SignInMeans)),
    ("team_member", "changed_by", In(S::Office)),
    ("team_member", "person_id", In(S::Teams)),
];
