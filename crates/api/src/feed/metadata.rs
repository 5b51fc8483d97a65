//! What the feed has and what it can't do, as OData describes it (CSDL 4.0). Power BI reads from it what it may
//! leave to the server; what stands there as not offered it does by itself.

use hezuo_domain::feed::{Column, Table, Type};

use super::set_name;

/// The vocabulary of what a service can do.
const CAPABILITIES: &str = "Org.OData.Capabilities.V1";

/// Functions of a service, each with whether there is such a thing.
const OFFERED: [(&str, bool); 6] = [
    ("TopSupported", true),
    ("SkipSupported", false),
    ("BatchSupported", false),
    ("CrossJoinSupported", false),
    ("IndexableByKey", false),
    ("KeyAsSegmentSupported", false),
];

/// Restrictions as records: the term, its property, its value.
const RESTRICTED: [(&str, &str, bool); 6] = [
    ("FilterRestrictions", "Filterable", true),
    ("SortRestrictions", "Sortable", false),
    ("ExpandRestrictions", "Expandable", false),
    ("SearchRestrictions", "Searchable", false),
    ("InsertRestrictions", "Insertable", false),
    ("DeleteRestrictions", "Deletable", false),
];

fn type_name(table: Table) -> &'static str {
    match table {
        Table::Cases => "Case",
        Table::Steps => "Step",
        Table::Tallies => "Tally",
        Table::Projects => "Project",
        Table::Enterprises => "Enterprise",
    }
}

fn edm(kind: Type) -> &'static str {
    match kind {
        Type::Id => "Edm.Guid",
        Type::Text => "Edm.String",
        Type::Integer => "Edm.Int64",
        Type::Day => "Edm.Date",
        Type::Flag => "Edm.Boolean",
    }
}

/// What tells a row from all others of the enterprise.
fn key(table: Table) -> &'static [&'static str] {
    match table {
        Table::Tallies => table.key(),
        _ => &["id"],
    }
}

fn entity_type(table: Table) -> String {
    let one = |name: &&str| format!("<PropertyRef Name=\"{name}\"/>");
    let refs = key(table).iter().map(one).collect::<Vec<_>>().concat();
    let property = |column: &Column| {
        let (name, kind, nullable) = (column.name, edm(column.kind), column.optional);
        format!("<Property Name=\"{name}\" Type=\"{kind}\" Nullable=\"{nullable}\"/>")
    };
    let properties = table
        .columns()
        .iter()
        .map(property)
        .collect::<Vec<_>>()
        .concat();
    let name = type_name(table);
    format!("<EntityType Name=\"{name}\"><Key>{refs}</Key>{properties}</EntityType>")
}

fn entity_set(table: Table) -> String {
    let (name, kind) = (set_name(table), type_name(table));
    let plain = |(term, is_offered): (&str, bool)| {
        format!("<Annotation Term=\"{CAPABILITIES}.{term}\" Bool=\"{is_offered}\"/>")
    };
    let record = |(term, property, is_offered): (&str, &str, bool)| {
        format!(
            "<Annotation Term=\"{CAPABILITIES}.{term}\"><Record><PropertyValue \
             Property=\"{property}\" Bool=\"{is_offered}\"/></Record></Annotation>"
        )
    };
    let countable = ("CountRestrictions", "Countable", table == Table::Cases);
    let plain = OFFERED.map(plain).concat();
    let records = RESTRICTED.into_iter().chain([countable]);
    let records = records.map(record).collect::<Vec<_>>().concat();
    format!("<EntitySet Name=\"{name}\" EntityType=\"Hezuo.{kind}\">{plain}{records}</EntitySet>")
}

/// The document.
pub(super) fn document() -> String {
    let types = Table::OF_ONE.map(entity_type).concat();
    let sets = Table::OF_ONE.map(entity_set).concat();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <edmx:Edmx Version=\"4.0\" xmlns:edmx=\"http://docs.oasis-open.org/odata/ns/edmx\">\
         <edmx:DataServices><Schema Namespace=\"Hezuo\" \
         xmlns=\"http://docs.oasis-open.org/odata/ns/edm\">{types}\
         <EntityContainer Name=\"Feed\">{sets}<Annotation \
         Term=\"{CAPABILITIES}.ConformanceLevel\" \
         EnumMember=\"{CAPABILITIES}.ConformanceLevelType/Minimal\"/><Annotation \
         Term=\"{CAPABILITIES}.FilterFunctions\"><Collection/></Annotation>\
         </EntityContainer></Schema></edmx:DataServices></edmx:Edmx>"
    )
}
