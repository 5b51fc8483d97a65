//! A list of people from outside against the register: who is new, who has changed, and which
//! rows can't be used. Read twice, the same list changes nothing the second time.

use std::collections::HashMap;

use crate::ids::{AreaId, PersonId};
use crate::problem::Code;

/// What a column of the list stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// The person's name.
    Name,
    /// The number in the factory.
    StaffNumber,
    /// The post.
    Position,
    /// Where the person works.
    Area,
}

impl Column {
    /// The word that clients see.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::StaffNumber => "staff_number",
            Self::Position => "position",
            Self::Area => "area",
        }
    }

    /// What a heading stands for, in the layouts that factories have.
    pub fn of_heading(heading: &str) -> Option<Self> {
        let plain: String = heading
            .chars()
            .filter(|it| it.is_alphanumeric())
            .collect::<String>()
            .to_lowercase();
        let has = |signs: &[&str]| signs.iter().any(|sign| plain.contains(sign));
        if has(&[
            "身份证",
            "idcard",
            "电话",
            "手机",
            "phone",
            "mobile",
            "序号",
        ]) {
            // Private, or a mere line number.
            None
        } else if has(&[
            "工号",
            "编号",
            "员工号",
            "职工号",
            "number",
            "staffno",
            "staffid",
        ]) || matches!(plain.as_str(), "id" | "employeeid" | "employeeno")
        {
            Some(Self::StaffNumber)
        } else if has(&[
            "部门",
            "车间",
            "区域",
            "班组",
            "工段",
            "area",
            "department",
            "workshop",
        ]) || plain == "section"
        {
            Some(Self::Area)
        } else if has(&[
            "岗位", "职务", "职位", "工种", "position", "post", "job", "title",
        ]) {
            Some(Self::Position)
        } else if has(&["姓名", "名字", "name"]) || plain == "员工" || plain == "人员" {
            Some(Self::Name)
        } else {
            None
        }
    }
}

/// Somebody who stands in the register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Who.
    pub id: PersonId,
    /// The name.
    pub name: String,
    /// The number in the factory.
    pub staff_number: Option<String>,
    /// The post.
    pub position: String,
    /// Where the person works.
    pub area: Option<AreaId>,
    /// Still there.
    pub active: bool,
}

/// A row of the list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// As a spreadsheet shows it.
    pub number: i64,
    /// The name.
    pub name: String,
    /// The number in the factory; empty where there is none.
    pub staff_number: String,
    /// The post; empty where the list does not say.
    pub position: String,
    /// Where the person works, by name; empty where the list does not say.
    pub area: String,
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Which row.
    pub row: i64,
    /// Which of its values.
    pub column: Column,
    /// Why.
    pub code: Code,
    /// The value.
    pub value: String,
}

/// What a list would change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// People to be added, without an id yet.
    pub added: Vec<Known>,
    /// People of the register as they will be.
    pub changed: Vec<Known>,
    /// Rows that say what the register says.
    pub known: usize,
    /// Rows that can't be used.
    pub faults: Vec<Fault>,
    /// Names of areas that the factory does not have, each once.
    pub unknown_areas: Vec<String>,
}

/// Longest name or post.
const LONGEST: usize = 80;

/// Longest staff number.
const LONGEST_NUMBER: usize = 40;

/// Compares a list with the register. The staff number tells who somebody is; without one the
/// name does, as long as it stands for one person.
pub fn plan(register: &[Known], areas: &[(AreaId, String)], rows: &[Row]) -> Plan {
    let mut plan = Plan::default();
    // The people as they will be; the first ones are those of the register.
    let mut people: Vec<Known> = register.to_vec();
    let mut named_by: HashMap<usize, i64> = HashMap::new();
    for row in rows {
        match read(row, areas, &people, &named_by) {
            Ok((at, person)) => {
                let at = at.unwrap_or(people.len());
                if at == people.len() {
                    people.push(person);
                } else if people[at] == person {
                    plan.known += usize::from(at < register.len());
                } else {
                    people[at] = person;
                }
                named_by.insert(at, row.number);
            }
            Err(fault) => {
                if fault.column == Column::Area && !plan.unknown_areas.contains(&fault.value) {
                    plan.unknown_areas.push(fault.value.clone());
                }
                plan.faults.push(fault);
            }
        }
    }
    plan.added = people.split_off(register.len());
    let pairs = people.into_iter().zip(register);
    plan.changed = pairs
        .filter(|(now, before)| now != *before)
        .map(|(now, _)| now)
        .collect();
    plan
}

/// Who a row is about, by the place in the list of people, and what that person will be.
fn read(
    row: &Row,
    areas: &[(AreaId, String)],
    people: &[Known],
    named_by: &HashMap<usize, i64>,
) -> Result<(Option<usize>, Known), Fault> {
    let fault = |column: Column, code: Code, value: &str| Fault {
        row: row.number,
        column,
        code,
        value: value.to_owned(),
    };
    let name = row.name.trim();
    let number = row.staff_number.trim();
    let position = row.position.trim();
    let place = row.area.trim();
    if name.is_empty() {
        return Err(fault(Column::Name, Code::RowMissing, ""));
    }
    for (column, text, longest) in [
        (Column::Name, name, LONGEST),
        (Column::Position, position, LONGEST),
        (Column::StaffNumber, number, LONGEST_NUMBER),
    ] {
        if text.chars().count() > longest {
            let start: String = text.chars().take(longest).collect();
            return Err(fault(column, Code::InputTooLong, &start));
        }
    }
    let area = if place.is_empty() {
        None
    } else {
        let found = areas.iter().find(|(_, known)| known.trim() == place);
        Some(
            found
                .ok_or_else(|| fault(Column::Area, Code::RowValue, place))?
                .0,
        )
    };
    let by_number = people
        .iter()
        .position(|it| !number.is_empty() && it.staff_number.as_deref() == Some(number));
    let at = match by_number {
        Some(at) if people[at].name != name => {
            return Err(fault(Column::StaffNumber, Code::RowTaken, number));
        }
        Some(at) => Some(at),
        None => {
            // With a new number only somebody who has none yet can be meant.
            let is_meant =
                |it: &Known| it.name == name && (number.is_empty() || it.staff_number.is_none());
            let mut meant = (0..people.len()).filter(|at| is_meant(&people[*at]));
            let first = meant.next();
            let is_repeated = first.is_some_and(|at| named_by.contains_key(&at));
            if number.is_empty() && (is_repeated || meant.next().is_some()) {
                return Err(fault(Column::Name, Code::RowAmbiguous, name));
            }
            first.filter(|_| !is_repeated)
        }
    };
    let before = at.map(|at| &people[at]);
    let kept = |text: &str, before: Option<&str>| -> String {
        if text.is_empty() {
            before.unwrap_or_default().to_owned()
        } else {
            text.to_owned()
        }
    };
    let number = kept(number, before.and_then(|it| it.staff_number.as_deref()));
    let person = Known {
        id: before.map_or(PersonId(uuid::Uuid::nil()), |it| it.id),
        name: name.to_owned(),
        staff_number: Some(number).filter(|it| !it.is_empty()),
        position: kept(position, before.map(|it| it.position.as_str())),
        area: area.or(before.and_then(|it| it.area)),
        active: true,
    };
    Ok((at, person))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn row(number: i64, name: &str, staff_number: &str, position: &str, area: &str) -> Row {
        let text = str::to_owned;
        Row {
            number,
            name: text(name),
            staff_number: text(staff_number),
            position: text(position),
            area: text(area),
        }
    }

    fn areas() -> Vec<(AreaId, String)> {
        ["冲压车间", "喷漆房"]
            .into_iter()
            .zip(1..)
            .map(|(name, id)| (AreaId(Uuid::from_u128(id)), name.to_owned()))
            .collect()
    }

    /// The register after a plan, with ids for those who are new.
    fn after(register: &[Known], plan: &Plan) -> Vec<Known> {
        let mut all = register.to_vec();
        for changed in &plan.changed {
            let at = all.iter().position(|it| it.id == changed.id).unwrap();
            all[at] = changed.clone();
        }
        for added in &plan.added {
            let id = PersonId(Uuid::from_u128(all.len() as u128 + 100));
            all.push(Known {
                id,
                ..added.clone()
            });
        }
        all
    }

    #[test]
    fn headings_of_lists_that_people_have() {
        use Column::{Area, Name, Position, StaffNumber};
        for (heading, column) in [
            ("姓名", Some(Name)),
            ("员工姓名", Some(Name)),
            ("工号", Some(StaffNumber)),
            ("员工编号", Some(StaffNumber)),
            ("序号", None),
            ("所在车间", Some(Area)),
            ("部门名称", Some(Area)),
            ("岗位/工种", Some(Position)),
            ("手机号码", None),
            ("身份证号", None),
            ("Name", Some(Name)),
            ("Staff number", Some(StaffNumber)),
            ("Employee ID", Some(StaffNumber)),
            ("No.", None),
            ("Job title", Some(Position)),
            ("Department", Some(Area)),
            ("Birthday", None),
        ] {
            assert_eq!(Column::of_heading(heading), column, "{heading}");
        }
    }

    #[test]
    fn a_second_time_changes_nothing_and_a_correction_changes_one() {
        let rows = [
            row(2, "王伟", "1001", "冲压工", "冲压车间"),
            row(3, "李娜", "", "油漆工", "喷漆房"),
        ];
        let first = plan(&[], &areas(), &rows);
        assert_eq!((first.added.len(), first.faults.len()), (2, 0));
        let register = after(&[], &first);
        let again = plan(&register, &areas(), &rows);
        assert_eq!(
            (again.added.len(), again.changed.len(), again.known),
            (0, 0, 2)
        );
        let moved = [
            row(2, "王伟", "1001", "", "喷漆房"),
            row(3, "李娜", "1002", "", ""),
        ];
        let third = plan(&register, &areas(), &moved);
        assert_eq!((third.added.len(), third.changed.len()), (0, 2));
        assert_eq!(
            third.changed[0].position, "冲压工",
            "an empty cell takes nothing away"
        );
        assert_eq!(third.changed[1].staff_number.as_deref(), Some("1002"));
    }

    #[test]
    fn rows_that_cannot_be_used_are_named() {
        let rows = [
            row(2, " ", "1001", "", ""),
            row(3, "王伟", "1002", "", "食堂"),
            row(4, "王伟", "1003", "", ""),
            row(5, "赵强", "1003", "", ""),
            row(6, "李娜", "", "", ""),
            row(7, "李娜", "", "", ""),
            row(8, "名".repeat(81).as_str(), "", "", ""),
        ];
        let plan = plan(&[], &areas(), &rows);
        let faults: Vec<_> = plan.faults.iter().map(|it| (it.row, it.code)).collect();
        assert_eq!(
            faults,
            [
                (2, Code::RowMissing),
                (3, Code::RowValue),
                (5, Code::RowTaken),
                (7, Code::RowAmbiguous),
                (8, Code::InputTooLong),
            ]
        );
        assert_eq!(plan.unknown_areas, ["食堂"]);
        assert_eq!(plan.added.len(), 2);
    }

    #[test]
    fn two_people_of_one_name_are_told_apart_by_their_numbers() {
        let rows = [row(2, "王伟", "1", "", ""), row(3, "王伟", "2", "", "")];
        let plan = plan(&[], &areas(), &rows);
        assert_eq!((plan.added.len(), plan.faults.len()), (2, 0));
    }

    proptest! {
        #[test]
        fn nobody_is_lost_and_the_second_reading_adds_nobody(
            lines in proptest::collection::vec((0..4_usize, 0..5_usize, 0..3_usize, 0..3_usize), 0..12)
        ) {
            let rows: Vec<Row> = lines
                .iter()
                .zip(2..)
                .map(|((name, number, position, area), at)| {
                    row(
                        at,
                        ["", "王伟", "李娜", "赵强"][*name],
                        ["", "", "1", "2", "3"][*number],
                        ["", "冲压工", "油漆工"][*position],
                        ["", "冲压车间", "食堂"][*area],
                    )
                })
                .collect();
            let first = plan(&[], &areas(), &rows);
            let register = after(&[], &first);
            let mut numbers: Vec<_> = register.iter().filter_map(|it| it.staff_number.clone()).collect();
            numbers.sort();
            let all = numbers.len();
            numbers.dedup();
            prop_assert_eq!(numbers.len(), all, "a number belongs to one person");
            let again = plan(&register, &areas(), &rows);
            prop_assert_eq!(again.added, Vec::new());
        }
    }
}
