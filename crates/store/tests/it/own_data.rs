//! Whatever leads to a person is taken home by that person, or named with the reason why not. The columns come
//! from the migrated databases themselves, so that a new table can't be forgotten.

use hezuo_domain::own_data::Section;
use hezuo_store::on_both_databases;
use hezuo_store::own_data::{COLUMNS, Fate, THINGS, statement_of};
use hezuo_store::testing::FoundColumn;

/// Parts of the names of columns that are about somebody, whatever their type.
const ABOUT_SOMEBODY: &[&str] = &[
    "user", "person", "author", "actor", "login", "guest", "subject", "by", "owner", "staff",
    "reporter", "worker", "phone", "mail", "email",
];

/// What a part of the name takes for somebody's and is the whole enterprise's.
const NOBODYS: &[(&str, &str)] = &[
    ("enterprise_setting", "emergency_phone"),
    ("standing", "found_by_workers"),
];

fn leads_to_person(it: &FoundColumn) -> bool {
    let is_named_so = it
        .column
        .split('_')
        .any(|part| ABOUT_SOMEBODY.contains(&part));
    let is_nobodys = NOBODYS.contains(&(it.table.as_str(), it.column.as_str()));
    let is_unknown_id = it.is_id && !THINGS.contains(&it.column.as_str());
    it.points_at_person || is_unknown_id || is_named_so && !is_nobodys
}

/// The columns of which nobody has said what becomes of them.
fn forgotten(found: &[FoundColumn]) -> Vec<String> {
    let is_told = |it: &FoundColumn| {
        COLUMNS
            .iter()
            .any(|(table, column, _)| (*table, *column) == (&*it.table, &*it.column))
    };
    let forgotten = found
        .iter()
        .filter(|it| leads_to_person(it) && !is_told(it));
    forgotten
        .map(|it| format!("{}.{}", it.table, it.column))
        .collect()
}

on_both_databases! {
    async fn what_leads_to_a_person_is_taken_home_or_has_a_reason(fresh) {
        let found = fresh.columns().await;
        assert_eq!(forgotten(&found), Vec::<String>::new());
        for (table, column, _) in COLUMNS {
            let is_there = found.iter().any(|it| it.table == *table && it.column == *column);
            assert!(is_there, "{table}.{column} is no column any more");
        }
        for thing in THINGS {
            assert!(found.iter().any(|it| it.is_id && it.column == *thing), "no {thing} is an id");
        }
    }

    async fn a_planted_table_is_caught(fresh) {
        fresh.plant("CREATE TABLE planted_note (enterprise_id UUID NOT NULL, id UUID NOT NULL,
            keeper UUID, case_id UUID, read_by TEXT, words TEXT NOT NULL, PRIMARY KEY (enterprise_id, id))").await;
        fresh.plant("CREATE TABLE planted_link (enterprise_id UUID NOT NULL, case_id UUID NOT NULL,
            PRIMARY KEY (enterprise_id, case_id),
            FOREIGN KEY (enterprise_id, case_id) REFERENCES person (enterprise_id, id))").await;
        let wanted = ["planted_link.case_id", "planted_note.keeper", "planted_note.read_by"];
        assert_eq!(forgotten(&fresh.columns().await), wanted);
    }
}

/// The words of a statement.
fn words(section: Section) -> Vec<&'static str> {
    let sql = statement_of(section).sql;
    sql.split(|it: char| !(it.is_alphanumeric() || it == '_'))
        .collect()
}

#[test]
fn what_is_said_to_be_taken_home_is_read() {
    for (table, column, fate) in COLUMNS {
        let section = match fate {
            Fate::In(section) => section,
            Fate::Same(section, why) => {
                assert!(why.split(' ').count() > 3, "{table}.{column} has no reason");
                section
            }
            Fate::Out(why) => {
                assert!(why.split(' ').count() > 3, "{table}.{column} has no reason");
                continue;
            }
        };
        let words = words(*section);
        let is_read = words.contains(table) && words.contains(column);
        assert!(
            is_read || !matches!(fate, Fate::In(_)),
            "{section:?} does not read {table}.{column}"
        );
    }
    for section in Section::ALL {
        let is_found = COLUMNS
            .iter()
            .any(|(_, _, fate)| *fate == Fate::In(*section));
        assert!(is_found, "{section:?} is found by no column");
    }
}

#[test]
fn no_statement_reads_what_was_reported() {
    let sealed = [
        "case_reporter",
        "intake_report",
        "intake_attachment",
        "case_attachment",
        "apart_message",
        "report_code",
        "participation",
        "pay_code",
        "case_field",
        "case_relay",
        "shares",
        "payload",
        "nonce",
        "text",
        "finder",
        "subject_id",
        "key_hash",
        "code_hash",
        "sealed_secret",
    ];
    for section in Section::ALL {
        for word in words(*section) {
            assert!(!sealed.contains(&word), "{section:?} reads {word}");
        }
    }
}
