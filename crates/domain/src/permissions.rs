//! Who may do what: a permission, the roles that hold it, and one pure question.

use serde::Serialize;

use crate::people::{Grant, Place, Role};
use crate::places::{PlacePath, RegionCode};

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident = $word:literal: $roles:expr, region: $region:expr;)*) => {
        /// One thing that can be done, as a verb on a noun.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Permission {
            $($(#[$doc])* $name,)*
        }

        impl Permission {
            /// Every permission, in the order of the matrix.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The word that clients see.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// The roles that hold it on an enterprise, a site or an area.
            fn roles(self) -> &'static [Role] {
                match self { $(Self::$name => &$roles,)* }
            }

            /// The roles that hold it over every enterprise of a region.
            fn region_roles(self) -> &'static [Role] {
                match self { $(Self::$name => &$region,)* }
            }
        }
    };
}

use Role::{
    Administrator as Admin, CountyOfficer as County, EitLeader as Leader, EitMember as Member,
    EitSecretary as Secretary, Inspector, Manager, SafetyOfficer as Officer,
    WorkerRepresentative as Representative,
};

permissions! {
    /// Read cases, without who raised them.
    CaseRead = "case_read":
        [Manager, Officer, Representative, Leader, Secretary, Member, Inspector], region: [Inspector];
    /// Answer a new case: accept, decline, refer, merge, grade.
    CaseTriage = "case_triage": [Manager, Officer, Leader, Secretary], region: [];
    /// Type up a voice clip that one may hear.
    CaseTranscribe = "case_transcribe":
        [Manager, Officer, Representative, Leader, Secretary, Member], region: [];
    /// Ask a reporter back, and read the replies.
    CaseAsk = "case_ask": [Officer, Representative, Leader, Secretary], region: [];
    /// Set owner, deadline and the five fulfilments.
    CasePlan = "case_plan": [Manager, Officer, Leader, Secretary], region: [];
    /// Say that it is done.
    CaseFix = "case_fix": [Manager, Officer, Representative, Leader, Secretary, Member], region: [];
    /// Accept somebody else's fix, or send it back.
    CaseVerify = "case_verify":
        [Manager, Officer, Representative, Leader, Secretary, Member], region: [];
    /// Close and reopen.
    CaseClose = "case_close": [Manager, Officer, Leader, Secretary], region: [];
    /// Read the name under a named report.
    ReporterReadNamed = "reporter_read_named":
        [Officer, Representative, Leader, Secretary], region: [];
    /// Read the name under a report made in confidence.
    ReporterReadConfidential = "reporter_read_confidential": [Representative], region: [];
    /// Read reports that are kept apart from the team for oneself.
    ApartRead = "apart_read": [Representative, Inspector], region: [Inspector];
    /// Let waiting anonymous reports out now.
    IntakeRelease = "intake_release": [Officer, Representative, Secretary], region: [];
    /// Write down what somebody else said, in a meeting or on a card.
    CaseRecord = "case_record": [Officer, Representative, Leader, Secretary, Member], region: [];
    /// Answer an alarm by name, and read one's own notices.
    AlarmAnswer = "alarm_answer":
        [Admin, Manager, Officer, Representative, Leader, Secretary, Member], region: [];
    /// Set when alarms go further, quiet hours, and where notices are sent.
    NoticeManage = "notice_manage": [Admin], region: [];
    /// Read the register of improvement teams.
    TeamRead = "team_read":
        [Admin, Manager, Officer, Representative, Leader, Secretary, Member, Inspector],
        region: [Inspector];
    /// Change improvement teams and their members.
    TeamManage = "team_manage": [Admin, Leader, Secretary], region: [];
    /// Run a meeting: attendance, decisions, minutes.
    MeetingRun = "meeting_run": [Officer, Leader, Secretary], region: [];
    /// Read the register of rewards, without who gets them.
    RewardRead = "reward_read":
        [Manager, Officer, Representative, Leader, Secretary], region: [];
    /// Approve, decline and take back rewards.
    RewardApprove = "reward_approve": [Manager, Leader], region: [];
    /// Hand over a reward that is paid by name.
    RewardPay = "reward_pay": [Manager, Officer, Representative], region: [];
    /// Pay out against pay codes, which show an amount and nothing else.
    PayCodePay = "pay_code_pay": [Representative], region: [];
    /// Read improvement projects with their costs and savings.
    ProjectRead = "project_read":
        [Manager, Officer, Representative, Leader, Secretary, Member, Inspector],
        region: [Inspector];
    /// Propose, change, carry out, stop and reopen improvement projects.
    ProjectManage = "project_manage": [Manager, Officer, Leader, Secretary, Member], region: [];
    /// Verify somebody else's project and its saving, or send it back.
    ProjectVerify = "project_verify":
        [Manager, Officer, Representative, Leader, Secretary, Member], region: [];
    /// Read sites, areas and codes.
    PlaceRead = "place_read":
        [Admin, Manager, Officer, Representative, Leader, Secretary, Member, Inspector],
        region: [Inspector];
    /// Add and change sites, areas, codes and settings.
    PlaceManage = "place_manage": [Admin], region: [];
    /// Attest how many people work in an area.
    HeadsAttest = "heads_attest": [Admin, Representative], region: [];
    /// Read the register of persons, to name an owner.
    PersonRead = "person_read":
        [Admin, Manager, Officer, Representative, Leader, Secretary, Member], region: [];
    /// Change the register of persons.
    PersonManage = "person_manage": [Admin], region: [];
    /// See what was done to accounts that may read names, and what waits for a second person.
    AccountWatch = "account_watch": [Admin, Representative], region: [];
    /// Invite, reset and disable users and give roles.
    UserManage = "user_manage": [Admin], region: [];
    /// Import files.
    ImportRun = "import_run": [Admin], region: [];
    /// Read how the server does: version, database, backup, what waits.
    HealthRead = "health_read": [Admin], region: [];
    /// Read sums.
    TallyRead = "tally_read":
        [Admin, Manager, Officer, Representative, Leader, Secretary, Member, Inspector, County],
        region: [Admin, Inspector, County];
    /// Read the directory of enterprises.
    EnterpriseRead = "enterprise_read":
        [Admin, Manager, Officer, Representative, Leader, Secretary, Member, Inspector, County],
        region: [Admin, Inspector, County];
    /// Add enterprises to the directory.
    EnterpriseManage = "enterprise_manage": [], region: [Admin];
}

/// Whether a role holds this on an enterprise, a site or an area.
pub fn holds(role: Role, permission: Permission) -> bool {
    permission.roles().contains(&role)
}

/// Whether these grants allow this at this place.
pub fn can(grants: &[Grant], permission: Permission, path: &PlacePath) -> bool {
    grants.iter().any(|grant| {
        let holders = match grant.place {
            Place::Region(_) => permission.region_roles(),
            _ => permission.roles(),
        };
        holders.contains(&grant.role) && grant.place.covers(path)
    })
}

/// Whether these grants allow this at any place in a region, whatever the enterprise.
pub fn can_in_region(grants: &[Grant], permission: Permission) -> bool {
    grants.iter().any(|grant| {
        matches!(grant.place, Place::Region(_)) && permission.region_roles().contains(&grant.role)
    })
}

/// Whether these grants allow this over a whole region.
pub fn can_over(grants: &[Grant], permission: Permission, region: &RegionCode) -> bool {
    grants.iter().any(|grant| match &grant.place {
        Place::Region(held) => {
            permission.region_roles().contains(&grant.role) && held.contains(region)
        }
        _ => false,
    })
}

/// Whether these grants allow this anywhere in their holder's home enterprise: in all of it, on one
/// site or in one area.
pub fn can_somewhere(grants: &[Grant], permission: Permission, home: &PlacePath) -> bool {
    can(grants, permission, home)
        || grants.iter().any(|grant| {
            // Sites and areas belong to the home: roles on them are given nowhere else.
            matches!(grant.place, Place::Site(_) | Place::Area(_))
                && permission.roles().contains(&grant.role)
        })
}

/// Everything that these grants allow at a place.
pub fn permissions_at(grants: &[Grant], path: &PlacePath) -> Vec<Permission> {
    Permission::ALL
        .iter()
        .copied()
        .filter(|permission| can(grants, *permission, path))
        .collect()
}

/// The matrix role × permission as text, compared with `docs/permissions.txt` by a test:
/// `E` on an enterprise, `R` over a region.
pub fn matrix() -> String {
    let row = |permission: &Permission| {
        let cell = |role: Role| {
            let on_enterprise = if permission.roles().contains(&role) {
                "E"
            } else {
                "-"
            };
            let over_region = if permission.region_roles().contains(&role) {
                "R"
            } else {
                "-"
            };
            format!("{}:{on_enterprise}{over_region}", role.as_str())
        };
        let cells: Vec<String> = Role::ALL.into_iter().map(cell).collect();
        format!("{:<28}{}", permission.as_str(), cells.join(" "))
    };
    let rows: Vec<String> = Permission::ALL.iter().map(row).collect();
    format!(
        "# E = on an enterprise, R = over a region\n{}\n",
        rows.join("\n")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{AreaId, EnterpriseId, SiteId};
    use proptest::prelude::*;
    use uuid::Uuid;

    fn path() -> PlacePath {
        PlacePath {
            enterprise: EnterpriseId(Uuid::from_u128(1)),
            region: "330503".parse().ok(),
            site: Some(SiteId(Uuid::from_u128(2))),
            area: Some(AreaId(Uuid::from_u128(3))),
        }
    }

    fn place() -> impl Strategy<Value = Place> {
        prop_oneof![
            (1..4u128).prop_map(|id| Place::Enterprise(EnterpriseId(Uuid::from_u128(id)))),
            (1..4u128).prop_map(|id| Place::Site(SiteId(Uuid::from_u128(id)))),
            (1..4u128).prop_map(|id| Place::Area(AreaId(Uuid::from_u128(id)))),
            prop_oneof![
                Just("330000"),
                Just("330500"),
                Just("330503"),
                Just("330521")
            ]
            .prop_map(|code| Place::Region(code.parse().unwrap())),
        ]
    }

    fn grants() -> impl Strategy<Value = Vec<Grant>> {
        let role = (0..Role::ALL.len()).prop_map(|at| Role::ALL[at]);
        let grant = (role, place()).prop_map(|(role, place)| Grant { role, place });
        proptest::collection::vec(grant, 0..4)
    }

    proptest! {
        #[test]
        fn the_answer_equals_a_naive_walk(grants in grants(), at in 0..Permission::ALL.len()) {
            let permission = Permission::ALL[at];
            let path = path();
            let mut naive = false;
            for grant in &grants {
                let (on_place, region) = match &grant.place {
                    Place::Enterprise(id) => (id.0 == Uuid::from_u128(1), false),
                    Place::Site(id) => (id.0 == Uuid::from_u128(2), false),
                    Place::Area(id) => (id.0 == Uuid::from_u128(3), false),
                    Place::Region(code) => (["330000", "330500", "330503"].contains(&code.as_str()), true),
                };
                let roles = if region { permission.region_roles() } else { permission.roles() };
                naive |= on_place && roles.contains(&grant.role);
            }
            prop_assert_eq!(can(&grants, permission, &path), naive);
        }

        #[test]
        fn another_grant_never_takes_a_permission_away(mut grants in grants(), more in grants()) {
            let before = permissions_at(&grants, &path());
            grants.extend(more);
            let after = permissions_at(&grants, &path());
            prop_assert!(before.iter().all(|permission| after.contains(permission)));
        }
    }

    #[test]
    fn a_role_on_one_area_is_a_role_somewhere() {
        let home = PlacePath::enterprise(path().enterprise, None);
        let grants = [Grant {
            role: Officer,
            place: Place::Area(AreaId(Uuid::from_u128(3))),
        }];
        assert!(can_somewhere(&grants, Permission::CaseTriage, &home));
        assert!(!can(&grants, Permission::CaseTriage, &home));
        assert!(!can_somewhere(&grants, Permission::UserManage, &home));
    }

    #[test]
    fn a_region_is_held_with_everything_in_it_and_nothing_around() {
        let region = |code: &str| -> RegionCode { code.parse().unwrap() };
        let held = |role, place| [Grant { role, place }];
        let county = held(County, Place::Region(region("330503")));
        let over = |grants: &[Grant], code| can_over(grants, Permission::TallyRead, &region(code));
        assert!(over(&county, "330503") && over(&county, "330503101"));
        assert!(!over(&county, "330500") && !over(&county, "330521"));
        let factory = held(County, Place::Enterprise(path().enterprise));
        assert!(!over(&factory, "330503"));
    }

    #[test]
    fn an_inspector_never_reads_a_name() {
        let grants = [Grant {
            role: Inspector,
            place: Place::Region("330500".parse().unwrap()),
        }];
        let held = permissions_at(&grants, &path());
        assert!(held.contains(&Permission::CaseRead));
        assert!(!held.contains(&Permission::ReporterReadNamed));
        assert!(!held.contains(&Permission::ReporterReadConfidential));
    }
}
