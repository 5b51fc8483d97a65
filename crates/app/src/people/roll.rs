//! A list of people as the factory has it in a spreadsheet: tried first, then taken over.

use hezuo_domain::Code;
use hezuo_domain::ids::{AreaId, PersonId};
use hezuo_domain::people::roll::{Column, Fault, Known, Plan, Row, plan};
use hezuo_domain::permissions::Permission;
use hezuo_store::people::{self as rows, Person};
use hezuo_store::places;

use crate::imports::table::{Broken, Table};
use crate::{Access, App, Result};

/// Largest list.
pub const MAX_LIST: usize = 4 * 1024 * 1024;

/// Most rows of one list.
const MAX_ROWS: usize = 20_000;

/// What a list says, and what became of it.
#[derive(Debug, Clone)]
pub struct Roll {
    /// Its columns, and what each stands for.
    pub columns: Vec<(String, Option<Column>)>,
    /// Rows below the heading.
    pub rows: usize,
    /// What it changes, or has changed.
    pub plan: Plan,
}

/// Reads a list, and takes it over unless it is only tried. Rows that can't be used are left out
/// and named; the others are saved together.
///
/// # Errors
/// `forbidden`, `import.unreadable`, `import.mapping` for a list without names,
/// `upload.too_large`.
pub async fn take_list(app: &App, access: &Access, bytes: Vec<u8>, is_trial: bool) -> Result<Roll> {
    access.require(Permission::PersonManage)?;
    if bytes.len() > MAX_LIST {
        return Err(Code::UploadTooLarge.into());
    }
    let table = tokio::task::spawn_blocking(move || Table::read(&bytes)).await??;
    if table.rows.len() > MAX_ROWS {
        return Err(Code::UploadTooLarge.into());
    }
    let columns = columns(&table.header);
    if !columns.iter().any(|(_, of)| *of == Some(Column::Name)) {
        return Err(Code::ImportMapping.at("name").into());
    }
    let (read, broken) = read(&table, &columns);

    let mut tx = if is_trial {
        app.db.read(&access.scope()).await?
    } else {
        app.db.write(&access.scope()).await?
    };
    let register: Vec<Known> = rows::persons(&mut tx)
        .await?
        .into_iter()
        .map(known)
        .collect();
    let areas: Vec<(AreaId, String)> = places::areas(&mut tx)
        .await?
        .into_iter()
        .map(|area| (area.id, area.name))
        .collect();
    let mut plan = plan(&register, &areas, &read);
    plan.faults.extend(broken);
    plan.faults.sort_by_key(|fault| fault.row);
    for person in &mut plan.added {
        person.id = PersonId::random(app.random.as_ref());
    }
    if !is_trial {
        let saved = plan.added.iter().chain(&plan.changed);
        let saved: Vec<_> = saved
            .map(|it| (access.enterprise.id, person(it.clone())))
            .collect();
        rows::save_persons(&mut tx, &saved).await?;
        tx.commit().await?;
    }
    Ok(Roll {
        columns,
        rows: table.rows.len(),
        plan,
    })
}

/// What each column stands for; of two for the same thing the first counts.
fn columns(header: &[String]) -> Vec<(String, Option<Column>)> {
    let mut taken: Vec<Column> = Vec::new();
    let mut of = |heading: &String| {
        let column = Column::of_heading(heading).filter(|it| !taken.contains(it));
        taken.extend(column);
        (heading.clone(), column)
    };
    header.iter().map(&mut of).collect()
}

fn read(table: &Table, columns: &[(String, Option<Column>)]) -> (Vec<Row>, Vec<Fault>) {
    let (mut read, mut broken) = (Vec::new(), Vec::new());
    for line in &table.rows {
        let cells = match &line.cells {
            Ok(cells) => cells,
            Err(how) => {
                let code = match how {
                    Broken::Encoding => Code::RowEncoding,
                    Broken::Columns(_) => Code::RowColumns,
                };
                broken.push(Fault {
                    row: line.number,
                    column: Column::Name,
                    code,
                    value: String::new(),
                });
                continue;
            }
        };
        let mut row = Row {
            number: line.number,
            ..Row::default()
        };
        for (cell, (_, column)) in cells.iter().zip(columns) {
            let field = match column {
                Some(Column::Name) => &mut row.name,
                Some(Column::StaffNumber) => &mut row.staff_number,
                Some(Column::Position) => &mut row.position,
                Some(Column::Area) => &mut row.area,
                None => continue,
            };
            cell.trim().clone_into(field);
        }
        read.push(row);
    }
    (read, broken)
}

fn known(person: Person) -> Known {
    Known {
        id: person.id,
        name: person.name,
        staff_number: person.staff_number,
        position: person.position,
        area: person.area_id.map(AreaId),
        active: person.active,
    }
}

fn person(known: Known) -> Person {
    Person {
        id: known.id,
        name: known.name,
        staff_number: known.staff_number,
        position: known.position,
        area_id: known.area.map(|area| area.0),
        active: known.active,
    }
}
