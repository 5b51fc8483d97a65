//! The catalogue of everything that can go wrong for a user, each with a stable code.

use std::fmt;

/// What sort of problem it is; HTTP maps each to one status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The input can't be used as it is.
    Invalid,
    /// Nobody is logged in.
    Unauthenticated,
    /// The caller is known but may not do this.
    Forbidden,
    /// It does not exist, or belongs to another tenant.
    NotFound,
    /// It clashes with what is stored.
    Conflict,
    /// It is larger than allowed.
    TooLarge,
    /// Its type is not accepted.
    Unsupported,
    /// Too many attempts.
    Limited,
    /// Try again shortly.
    Busy,
    /// The disk is full.
    Storage,
    /// Our fault; the cause is in the log under the request id.
    Internal,
}

macro_rules! catalogue {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $kind:ident;)*) => {
        /// A stable code for one problem; texts in both languages stand in
        /// `web/src/texts/problems.*.json`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// Every code, for tests that each has its texts.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The code as clients see it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The sort of problem.
            pub fn kind(self) -> Kind {
                match self { $(Self::$name => Kind::$kind,)* }
            }
        }
    };
}

catalogue! {
    /// A field is missing, malformed or out of range.
    InputInvalid = "input.invalid", Invalid;
    /// A required field is empty.
    InputMissing = "input.missing", Invalid;
    /// A text is longer than allowed.
    InputTooLong = "input.too_long", Invalid;
    /// The request's origin is another site.
    OriginForeign = "origin.foreign", Forbidden;
    /// Login name and password do not fit.
    WrongPassword = "session.wrong_password", Unauthenticated;
    /// There is no session, or it has expired.
    SessionExpired = "session.expired", Unauthenticated;
    /// Too many wrong passwords; wait a little.
    LoginLimited = "session.limited", Limited;
    /// Passwords are not accepted over plain http from outside this machine.
    LoginNeedsTls = "session.needs_tls", Forbidden;
    /// The password is too short or absurdly long.
    PasswordWeak = "session.password_weak", Invalid;
    /// The password is among those that are tried first.
    PasswordCommon = "session.password_common", Invalid;
    /// The password holds a name that everybody around knows.
    PasswordNames = "session.password_names", Invalid;
    /// The password was right; now the second factor is asked for, and what came is not it.
    CodeWrong = "session.code_wrong", Invalid;
    /// The two steps of signing in took too long, or the password was changed meanwhile.
    SignInEnded = "session.sign_in_ended", Invalid;
    /// The act is a signature, and its owner has not shown lately who is there.
    StepUp = "session.step_up", Forbidden;
    /// A copy of one's own data was taken several times already; wait a little.
    OwnDataLimited = "own_data.limited", Limited;
    /// The passkey does not fit here, or what it answered is too old.
    PasskeyUnusable = "passkey.unusable", Invalid;
    /// No more passkeys fit into one account.
    PasskeysTooMany = "passkey.too_many", Conflict;
    /// Passkeys need https and a server that has a name.
    PasskeysNotHere = "passkey.not_here", Conflict;
    /// A second factor is set up already.
    SecondFactorOn = "second_factor.on", Conflict;
    /// No second factor is set up, or its set-up was not begun.
    SecondFactorOff = "second_factor.off", Conflict;
    /// The caller's role needs a second step to sign in, and none is set up.
    SecondStepSetUp = "second_step.set_up", Forbidden;
    /// The caller has a second step, and this session was begun without it.
    SecondStepShow = "second_step.show", Forbidden;
    /// No browser waits with this code, or no longer.
    ApprovalUnknown = "approval.unknown", Conflict;
    /// Another number stands on the screen of the browser.
    ApprovalNumber = "approval.number", Invalid;
    /// Whoever was let in from a phone lets nobody else in.
    ApprovalOwnSession = "approval.own_session", Forbidden;
    /// The browser has waited too long, or was let in already.
    ApprovalEnded = "approval.ended", Invalid;
    /// The browser is not let in.
    ApprovalRefused = "approval.refused", Forbidden;
    /// The invitation or reset code is unknown, used or expired.
    InvitationUnusable = "invitation.unusable", NotFound;
    /// There is no such provider to sign in through.
    ProviderUnknown = "sign_in.unknown", NotFound;
    /// The attempt to sign in was not begun in this browser, has ended or was used.
    SignInAgain = "sign_in.again", Invalid;
    /// The provider has refused, or its answer can't be believed.
    SignInRefused = "sign_in.refused", Forbidden;
    /// The provider can't be reached.
    ProviderUnreachable = "sign_in.unreachable", Busy;
    /// Nobody here has the login that the provider names.
    SignInNobody = "sign_in.nobody", Forbidden;
    /// The login is locked.
    SignInLocked = "sign_in.locked", Forbidden;
    /// Somebody else of the provider has this login already.
    SignInTaken = "sign_in.taken", Conflict;
    /// Who reads what is said in confidence signs in with a password that nobody else gives out.
    SignInOwnPassword = "sign_in.own_password", Forbidden;
    /// The provider names no role for this login.
    SignInNoRole = "sign_in.no_role", Forbidden;
    /// The key of a machine is unknown, ended or over.
    KeyUnknown = "device_key.unknown", Unauthenticated;
    /// A directory must not change this: a second person must agree.
    ScimGuarded = "scim.guarded", Forbidden;
    /// A login name does not change.
    ScimImmutable = "scim.immutable", Invalid;
    /// A filter that is not understood.
    ScimFilter = "scim.filter", Invalid;
    /// Another group has this name or gives this role.
    ScimTaken = "scim.taken", Conflict;
    /// A filter of a feed that is not understood.
    FeedFilter = "feed.filter", Invalid;
    /// A feed has no such column.
    FeedColumn = "feed.column", Invalid;
    /// A feed does not offer this option, or not so.
    FeedOption = "feed.option", Invalid;
    /// The place where a page of a feed shall go on is none.
    FeedToken = "feed.token", Invalid;
    /// Rows of a feed are not counted under this filter.
    FeedCount = "feed.count", Invalid;
    /// The link of the first start is unknown, used or expired, or somebody is there already.
    FirstLinkUnusable = "start.unusable", NotFound;
    /// The login name is taken.
    LoginTaken = "user.login_taken", Conflict;
    /// One may not disable oneself or take the last administrator away.
    LastAdministrator = "user.last_administrator", Conflict;
    /// One may give only what one holds.
    RoleNotYours = "user.role_not_yours", Forbidden;
    /// Who reads names must not be a manager or administrator as well.
    RoleConflict = "user.role_conflict", Conflict;
    /// Somebody else must agree to this change, not this caller.
    ChangeNotYours = "account_change.not_yours", Conflict;
    /// The change still waits for a second person.
    ChangeTooEarly = "account_change.too_early", Conflict;
    /// The change was refused or carried out already.
    ChangeEnded = "account_change.ended", Conflict;
    /// The password that shall prove who is there is not that of the caller.
    ProofWrong = "session.proof_wrong", Invalid;
    /// The caller lacks the permission.
    Forbidden = "forbidden", Forbidden;
    /// No such thing for this caller.
    NotFound = "not_found", NotFound;
    /// The same idempotency key came with other content.
    KeyReused = "idempotency.key_reused", Conflict;
    /// The case has moved on since it was read.
    CaseStale = "case.stale", Conflict;
    /// The case's state does not allow this action.
    CaseNotAllowed = "case.not_allowed", Conflict;
    /// Every decision needs a written answer.
    AnswerMissing = "case.answer_missing", Invalid;
    /// The one who fixed it may not verify it.
    SamePerson = "case.same_person", Forbidden;
    /// A hazard's plan lacks one of the five fulfilments.
    FulfilmentMissing = "case.fulfilment_missing", Invalid;
    /// A case can't be merged into itself or into a merged one.
    MergeTarget = "case.merge_target", Conflict;
    /// The alarm is answered, or the case needs none any more.
    AlarmSilent = "alarm.silent", Conflict;
    /// The meeting is over; nothing can be added to it.
    MeetingClosed = "meeting.closed", Conflict;
    /// The meeting is still going on; its minutes can't be posted yet.
    MeetingOpen = "meeting.open", Conflict;
    /// The wall code is unknown or its signature is wrong.
    WallCodeUnknown = "wall_code.unknown", NotFound;
    /// Wrong or unknown report code: the answer is the same.
    ReportCodeUnknown = "report.unknown_code", NotFound;
    /// Another report already has this code.
    ReportCodeTaken = "report.code_taken", Conflict;
    /// Anonymous reports go to another server than this one.
    AnonymousElsewhere = "report.anonymous_elsewhere", Forbidden;
    /// Here only anonymous reports are taken.
    AnonymousOnly = "report.anonymous_only", Invalid;
    /// Too many reports without a proof of work; wait a little.
    ReportsLimited = "report.too_many", Limited;
    /// The key of a server that fetches envelopes is unknown.
    ServerUnknown = "envelope.unknown_server", Unauthenticated;
    /// Neither a picture tile nor a text tells what it is about.
    ReportEmpty = "report.empty", Invalid;
    /// The question "is it fixed?" is not open now.
    VerdictNotAsked = "report.verdict_not_asked", Conflict;
    /// Nobody holds a code by which a question would reach him.
    NobodyListens = "answer.nobody_listens", Conflict;
    /// A report that was kept apart is answered and done with.
    ApartEnded = "apart.ended", Conflict;
    /// Without the reporter's consent a report is handed on in other words only.
    ApartOwnWords = "apart.own_words", Invalid;
    /// The factory's server does not know yet that reports can be kept apart from the team.
    ApartUnknown = "apart.unknown", Conflict;
    /// A conversation has become too long.
    MessagesTooMany = "answer.too_many", Conflict;
    /// The bytes are not a picture that we can read.
    NotAPicture = "upload.not_a_picture", Unsupported;
    /// The bytes are not a voice clip that we can read.
    NotAVoiceClip = "upload.not_a_voice_clip", Unsupported;
    /// The upload is too large.
    UploadTooLarge = "upload.too_large", TooLarge;
    /// There are already enough attachments.
    UploadTooMany = "upload.too_many", Conflict;
    /// A part of an upload, or the whole of it, is not what its hash says.
    UploadDamaged = "upload.damaged", Conflict;
    /// A part of an upload does not follow what has arrived.
    UploadPartMisplaced = "upload.part_misplaced", Conflict;
    /// A part of an upload that is too long, or one in its midst that is too short.
    UploadPartLength = "upload.part_length", Invalid;
    /// Too much lies here unfinished; sent as a whole it is taken.
    UploadNoRoom = "upload.no_room", Storage;
    /// There is no word in what is searched for.
    SearchTooShort = "search.too_short", Invalid;
    /// The table has more rows than a workbook may have here.
    ExportTooLong = "export.too_long", TooLarge;
    /// The credit code has the wrong length or a character that never occurs.
    CreditCodeMalformed = "enterprise.credit_code_malformed", Invalid;
    /// The credit code's check digit differs; a warning only.
    CreditCodeCheck = "enterprise.credit_code_check", Invalid;
    /// The region code is unknown.
    RegionUnknown = "enterprise.region_unknown", Invalid;
    /// The time zone is unknown.
    ZoneUnknown = "enterprise.zone_unknown", Invalid;
    /// Days have been counted in the time zone, so that it can't change any more.
    ZoneFixed = "enterprise.zone_fixed", Conflict;
    /// The file is neither CSV nor XLSX.
    ImportUnreadable = "import.unreadable", Unsupported;
    /// The mapping lacks a required field or names an unknown one.
    ImportMapping = "import.mapping", Invalid;
    /// The import is busy or has not been checked yet.
    ImportState = "import.state", Conflict;
    /// A row has another number of columns than the header.
    RowColumns = "import.row.columns", Invalid;
    /// A row's date can't be read.
    RowDate = "import.row.date", Invalid;
    /// A row lacks a required value.
    RowMissing = "import.row.missing", Invalid;
    /// A row's value is not one of the allowed ones.
    RowValue = "import.row.value", Invalid;
    /// A row's staff number belongs to somebody with another name.
    RowTaken = "import.row.taken", Invalid;
    /// A row's name stands for several people, and no number tells which.
    RowAmbiguous = "import.row.ambiguous", Invalid;
    /// A row's text is not valid UTF-8 or GB 18030.
    RowEncoding = "import.row.encoding", Invalid;
    /// The case or the reward is not in a state that allows this.
    RewardNotAllowed = "reward.not_allowed", Conflict;
    /// This reward needs a reason.
    RewardReasonMissing = "reward.reason_missing", Invalid;
    /// An anonymous reward must be one of the pack's few amounts.
    RewardAmount = "reward.amount", Invalid;
    /// Who approved a reward may not pay it.
    RewardSamePerson = "reward.same_person", Conflict;
    /// This reward is paid by somebody in another role.
    RewardPayer = "reward.payer", Conflict;
    /// There is no reward to take a pay code for.
    RewardNone = "reward.none", NotFound;
    /// Wrong, unknown or used pay code: the answer is the same.
    PayCodeUnknown = "reward.pay_code_unknown", NotFound;
    /// Too many wrong pay codes; wait a little.
    PayCodeLimited = "reward.pay_code_limited", Limited;
    /// The project has moved on since it was read.
    ProjectStale = "project.stale", Conflict;
    /// The project's state does not allow this.
    ProjectNotAllowed = "project.not_allowed", Conflict;
    /// This step needs a few words that say why.
    ProjectReasonMissing = "project.reason_missing", Invalid;
    /// Who owns a project or entered its saving may not verify it.
    ProjectSecondPerson = "project.second_person", Forbidden;
    /// The database is busy; nothing was written.
    Busy = "busy", Busy;
    /// The disk is full; nothing was written.
    StorageFull = "storage.full", Storage;
    /// The disk has a fault; nothing is taken until everything was checked.
    StorageHalted = "storage.halted", Busy;
    /// Our fault.
    Internal = "internal", Internal;
}

impl Code {
    /// A problem with the whole request.
    pub fn problem(self) -> Problem {
        Problem {
            code: self,
            path: None,
        }
    }

    /// A problem with one field.
    pub fn at(self, path: &str) -> Problem {
        Problem {
            code: self,
            path: Some(path.to_owned()),
        }
    }
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        code.problem()
    }
}

/// Something that the user can understand and act on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Problem {
    /// What went wrong.
    pub code: Code,
    /// Which field it concerns, if one.
    pub path: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.path {
            Some(path) => write!(f, "{} at {path}", self.code.as_str()),
            None => f.write_str(self.code.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct() {
        let mut codes: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        codes.sort_unstable();
        let all = codes.len();
        codes.dedup();
        assert_eq!(codes.len(), all);
    }
}
