//! What a request wants of a table: the options of OData that are offered, and a refusal of all others. An
//! option that were passed over would give more or other rows than were asked for.

use hezuo_app::Error;
use hezuo_app::feed as app;
use hezuo_domain::Code;
use hezuo_domain::feed::{Filter, Table, read_token};
use utoipa::IntoParams;

/// Options as they came.
pub(super) type Options = Vec<(String, String)>;

/// The options, for the document.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "only the document reads it: the options are read one by one"
)]
pub(crate) struct FeedQuery {
    /// Comparisons of columns with values by eq, ne, gt, ge, lt and le, joined by and.
    #[param(rename = "$filter")]
    filter: Option<String>,
    /// These columns alone.
    #[param(rename = "$select")]
    select: Option<String>,
    /// So many rows at most.
    #[param(rename = "$top")]
    top: Option<u64>,
    /// Where to go on: from the link of the page before.
    #[param(rename = "$skiptoken")]
    skiptoken: Option<String>,
    /// Whether to say how many there are: of cases, and within days alone.
    #[param(rename = "$count")]
    count: Option<bool>,
}

/// What is wanted.
#[derive(Debug)]
pub(super) struct Asked {
    /// Which rows.
    pub(super) rows: app::Asked,
    /// Which columns, by their places.
    pub(super) columns: Vec<usize>,
    /// Whether they are to be counted.
    pub(super) counted: bool,
    is_selected: bool,
}

impl Asked {
    /// Reads the options. What has no dollar in front is for somebody else, such as the language.
    pub(super) fn read(table: Table, options: &Options) -> Result<Self, Error> {
        let mut asked = Self {
            rows: app::Asked {
                table,
                filter: Filter::default(),
                after: None,
                top: None,
                page: None,
            },
            columns: (0..table.columns().len()).collect(),
            counted: false,
            is_selected: false,
        };
        for (at, (name, value)) in options.iter().enumerate() {
            if !name.starts_with('$') {
                continue;
            }
            let refused = || Code::FeedOption.at(name.as_str());
            if options[..at].iter().any(|(before, _)| before == name) {
                return Err(refused().into());
            }
            match name.as_str() {
                "$filter" => asked.rows.filter = Filter::parse(table, value)?,
                "$select" => asked.select(value)?,
                "$top" => asked.rows.top = Some(value.parse().or(Err(refused()))?),
                "$skiptoken" => asked.rows.after = Some(read_token(table, value)?),
                "$count" => asked.counted = value.parse().or(Err(refused()))?,
                "$format" if value.contains("json") => {}
                _ => return Err(refused().into()),
            }
        }
        Ok(asked)
    }

    fn select(&mut self, list: &str) -> Result<(), Error> {
        let names: Vec<&str> = list.split(',').map(str::trim).collect();
        if names == ["*"] {
            return Ok(());
        }
        self.columns.clear();
        for name in names {
            let at = self.rows.table.column(name)?;
            if !self.columns.contains(&at) {
                self.columns.push(at);
            }
        }
        self.is_selected = true;
        Ok(())
    }

    /// The columns as the context of an answer names them.
    pub(super) fn selected(&self) -> String {
        if !self.is_selected {
            return String::new();
        }
        let columns = self.rows.table.columns();
        let names: Vec<&str> = self.columns.iter().map(|at| columns[*at].name).collect();
        format!("({})", names.join(","))
    }

    /// The options of the next page, but for where it begins.
    pub(super) fn going_on(&self, options: &Options, taken: usize) -> Options {
        let stay = |(name, _): &&(String, String)| {
            matches!(name.as_str(), "$filter" | "$select" | "$format" | "lang")
        };
        let mut options: Options = options.iter().filter(stay).cloned().collect();
        if let Some(top) = self.rows.top {
            let left = top.saturating_sub(taken);
            options.push(("$top".to_owned(), left.to_string()));
        }
        options
    }
}

/// A text as it may stand in the query of an address.
pub(super) fn encoded(text: &str) -> String {
    let one = |byte: u8| {
        if byte.is_ascii_alphanumeric() || b"-._~,$".contains(&byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    text.bytes().map(one).collect::<Vec<_>>().concat()
}
