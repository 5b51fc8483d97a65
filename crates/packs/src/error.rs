/// Why a rule file cannot be used; always names the file, and the field where there is one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PackError {
    /// The file is not well-formed, or a field is missing, unknown or of another type.
    #[error("{file} cannot be read: {problem}")]
    Syntax {
        /// The file, as a path below `packs/`.
        file: String,
        /// What the reader says, with line and field.
        problem: String,
    },
    /// A field has a value that makes no rule.
    #[error("{file}, field {field}: {problem}")]
    Field {
        /// The file, as a path below `packs/`.
        file: String,
        /// The field, as `table.field` or `table[index].field`.
        field: String,
        /// What is wrong, as a clause in English for the operator's log.
        problem: String,
    },
    /// A value was asked for that the rule does not know.
    #[error("{pack} knows no {field} {value}")]
    Unknown {
        /// The id of the pack.
        pack: String,
        /// The scale that was asked.
        field: &'static str,
        /// The value that was asked for.
        value: u8,
    },
}

impl PackError {
    pub(crate) fn field(file: &str, field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Field {
            file: file.to_owned(),
            field: field.into(),
            problem: problem.into(),
        }
    }
}

/// Reads TOML into a raw form whose fields are then checked one by one.
pub(crate) fn from_toml<T: serde::de::DeserializeOwned>(
    file: &str,
    text: &str,
) -> Result<T, PackError> {
    toml::from_str(text).map_err(|error| PackError::Syntax {
        file: file.to_owned(),
        problem: error.to_string(),
    })
}

/// Requires a text that says something.
pub(crate) fn filled(file: &str, field: &str, text: &str) -> Result<(), PackError> {
    if text.trim().is_empty() {
        return Err(PackError::field(file, field, "must not be empty"));
    }
    Ok(())
}
