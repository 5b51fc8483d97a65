//! What is held about somebody, as he takes it home: its parts, what stands in each, and how long it is
//! kept. Nothing that was reported is among it, whoever said it and however: a report belongs to its report
//! code, and whoever stands beside the owner of an account must learn from this file nothing about reports.

use crate::retention::What;

/// What stands in a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// As somebody wrote it.
    Text,
    /// One of the platform's own words, by the family of texts in which it has its own.
    Word(&'static str),
    /// A local day.
    Day,
    /// An instant of which the day is told.
    DayOf,
    /// An instant.
    At,
    /// A number.
    Number,
    /// Yes or no.
    Yes,
    /// An amount in the smallest unit of its currency.
    Minor,
    /// A case, by the reference that people say aloud.
    Case,
    /// A mail address, which is kept sealed.
    Mail,
}

/// One thing that is told in each row of a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its key, which stays.
    pub key: &'static str,
    /// What stands in it.
    pub kind: Kind,
}

/// How long something is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// As long as there is the account.
    Account,
    /// Until it ends by itself, or the owner ends it.
    Ends,
    /// For 90 days.
    Quarter,
    /// As long as the rule file says of this sort.
    Rule(What),
    /// For good: it is part of what the factory must be able to show.
    Record,
}

impl Kept {
    /// The word under which it is explained.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Ends => "ends",
            Self::Quarter => "quarter",
            Self::Rule(_) => "rule",
            Self::Record => "record",
        }
    }
}

macro_rules! sections {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $kept:expr, $from:literal, $who:literal,
        [$($key:literal: $kind:expr),* $(,)?];)*) => {
        /// One part of what is held about somebody.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Section {
            $($(#[$doc])* $name,)*
        }

        impl Section {
            /// All of them, in the order of the file.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its key, which stays.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// How long it is kept.
            pub fn kept(self) -> Kept {
                match self { $(Self::$name => $kept,)* }
            }

            /// The word under which it is explained where it comes from.
            pub fn from(self) -> &'static str {
                match self { $(Self::$name => $from,)* }
            }

            /// The word under which it is explained who else may read it.
            pub fn who(self) -> &'static str {
                match self { $(Self::$name => $who,)* }
            }

            /// What is told in each of its rows.
            pub fn fields(self) -> &'static [Field] {
                match self { $(Self::$name => &[$(Field { key: $key, kind: $kind },)*],)* }
            }
        }
    };
}

use Kind::{At, Case, Day, DayOf, Mail, Minor, Number, Text, Word, Yes};

sections! {
    /// The person and the login.
    Account = "account", Kept::Account, "administrator", "colleagues",
        ["enterprise": Text, "login": Text, "name": Text, "staff_number": Text, "position": Text, "area": Text,
        "language": Text, "password_set": Yes, "second_step_since": Day];
    /// What the login may do, and where.
    Roles = "roles", Kept::Account, "administrator", "watchers",
        ["role": Word("role"), "place_kind": Word("own_data.place"), "place": Text];
    /// By what the owner can show who is there; never the secrets themselves.
    SignInMeans = "sign_in_means", Kept::Account, "owner", "administrators",
        ["means": Word("own_data.means"), "name": Text, "since": Day, "last_used": Day, "left": Number];
    /// Where the account is open.
    Sessions = "sessions", Kept::Ends, "server", "owner",
        ["device": Word("own_data.device"), "since": DayOf, "last_used": DayOf, "ends": DayOf,
        "let_in_from_phone": Yes, "second_step": Yes];
    /// How often somebody signed in, and failed to.
    SignIns = "sign_ins", Kept::Quarter, "server", "owner",
        ["day": Day, "device": Word("own_data.device"), "sign_ins": Number, "failures": Number];
    /// Invitations and resets.
    Invitations = "invitations", Kept::Account, "administrator", "administrators",
        ["valid_until": DayOf, "used": DayOf];
    /// Browsers that were or shall be let in from a phone.
    Approvals = "approvals", Kept::Ends, "owner", "owner",
        ["asked": At, "device": Word("own_data.device"), "state": Word("own_data.approval")];
    /// What a directory of the organisation says about the account.
    Directory = "directory", Kept::Account, "directory", "administrators",
        ["what": Word("own_data.directory"), "value": Text];
    /// What was done to the account.
    AccountEvents = "account_events", Kept::Record, "server", "watchers",
        ["day": Day, "act": Word("own_data.act"), "phase": Word("own_data.phase"), "role": Word("role"),
        "by": Text];
    /// Changes of the account that a second person must agree to, and what became of them.
    AccountChanges = "account_changes", Kept::Record, "administrator", "watchers",
        ["asked": Day, "act": Word("own_data.act"), "role": Word("role"), "possible_from": Day,
        "state": Word("own_data.change")];
    /// What the owner did to accounts of others.
    AccountActs = "account_acts", Kept::Record, "server", "watchers",
        ["day": Day, "act": Word("own_data.act"), "phase": Word("own_data.phase"), "role": Word("role")];
    /// What the owner was told.
    Notices = "notices", Kept::Rule(What::Notices), "server", "owner",
        ["day": Day, "kind": Word("own_data.notice"), "case": Case, "step": Number, "due_soon": Number,
        "overdue": Number, "read": Day, "act": Word("own_data.act")];
    /// Where the owner is told by mail.
    Mail = "mail", Kept::Account, "owner", "owner",
        ["address": Mail, "set": Day, "last_sent": Day, "result": Text];
    /// What the owner has to see to.
    CasesOwned = "cases_owned", Kept::Record, "team", "readers",
        ["case": Case, "category": Word("category"), "state": Word("state"), "measure": Text, "due": Day,
        "fixed": Day];
    /// What the owner did with cases.
    CaseActs = "case_acts", Kept::Record, "server", "readers",
        ["day": Day, "act": Word("event"), "case": Case, "enterprise": Text];
    /// When the owner wrote to somebody who reported by name.
    Messages = "messages", Kept::Rule(What::Messages), "owner", "listeners", ["day": Day, "case": Case];
    /// When the owner looked at what not everybody may read.
    Looks = "looks", Kept::Rule(What::Looks), "server", "looked",
        ["day": Day, "act": Word("own_data.look"), "enterprise": Text];
    /// In which improvement teams the owner is or was.
    Teams = "teams", Kept::Record, "team", "readers",
        ["team": Text, "role": Word("team_role"), "side": Word("side"), "sex": Word("sex"), "shift": Text,
        "from": Day, "to": Day];
    /// Meetings to which the owner came or was expected, or that he ran.
    Meetings = "meetings", Kept::Record, "team", "readers",
        ["day": Day, "team": Text, "number": Number, "present": Yes, "role": Word("team_role"),
        "side": Word("side"), "sex": Word("sex"), "chair": Yes, "minutes": Yes, "opened": Yes, "closed": Yes,
        "posted": Yes];
    /// Improvement projects that the owner proposed, carries or verified.
    Projects = "projects", Kept::Record, "team", "readers",
        ["title": Text, "state": Word("project_state"), "proposed": Yes, "carries": Yes, "verified": Yes,
        "proposed_day": Day, "verified_day": Day];
    /// What the owner did with projects.
    ProjectActs = "project_acts", Kept::Record, "server", "readers",
        ["day": Day, "act": Word("project_event"), "title": Text];
    /// Savings that the owner entered.
    Savings = "savings", Kept::Record, "owner", "readers",
        ["day": Day, "title": Text, "stage": Word("own_data.saving"), "amount": Minor, "currency": Text];
    /// Pictures that the owner added to projects.
    Pictures = "pictures", Kept::Record, "owner", "readers",
        ["day": Day, "title": Text, "stage": Word("own_data.picture"), "file": Text, "bytes": Number];
    /// Rewards for others that the owner decided about, or handed over by name.
    RewardActs = "reward_acts", Kept::Record, "owner", "ledger",
        ["case": Case, "state": Word("export.reward_states"), "decided": Yes, "paid": Yes, "taken_back": Yes,
        "decided_day": Day, "amount": Minor, "currency": Text];
    /// Keys for machines that the owner made.
    DeviceKeys = "device_keys", Kept::Record, "owner", "administrators",
        ["name": Text, "scopes": Text, "made": Day, "last_used": Day, "ended": Day];
    /// What else carries the owner's mark because of an office.
    Office = "office", Kept::Record, "server", "administrators",
        ["what": Word("own_data.office"), "name": Text, "day": Day];
}

/// What is not in the file, each with its reason; the same for everybody, whoever asks and whatever there
/// is.
pub const LEFT_OUT: &[&str] = &[
    "reports",
    "apart",
    "others",
    "part",
    "pay_codes",
    "secrets",
    "elsewhere",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_words_and_stand_once() {
        let is_key = |key: &str| {
            !key.is_empty() && key.bytes().all(|it| it.is_ascii_lowercase() || it == b'_')
        };
        let mut sections: Vec<&str> = Section::ALL.iter().map(|it| it.as_str()).collect();
        assert!(sections.iter().all(|it| is_key(it)));
        sections.sort_unstable();
        sections.dedup();
        assert_eq!(sections.len(), Section::ALL.len());
        for section in Section::ALL {
            let mut keys: Vec<&str> = section.fields().iter().map(|it| it.key).collect();
            assert!(keys.iter().all(|it| is_key(it)), "{section:?}");
            keys.sort_unstable();
            keys.dedup();
            assert_eq!(keys.len(), section.fields().len(), "{section:?}");
        }
    }

    #[test]
    fn nothing_that_was_reported_has_a_field() {
        let sorts = [What::Names, What::Words, What::Apart, What::ReportCodes];
        for section in Section::ALL {
            assert!(
                !sorts.iter().any(|it| section.kept() == Kept::Rule(*it)),
                "{section:?}"
            );
        }
    }
}
