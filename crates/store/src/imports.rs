//! Imported files, their rows and what was wrong with them.

use crate::statement::statements;

statements! {}
