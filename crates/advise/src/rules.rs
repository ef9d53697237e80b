//! Rewrites: one rule a file, one page of docs each.

use crate::advice::RewriteAdvice;
use crate::facts::Facts;
use crate::workload::Statement;

/// A rule of the catalogue.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// The same word in file, page and tests.
    pub id: &'static str,
    /// What it finds.
    pub title: &'static str,
    /// Its page, in Markdown.
    pub page: &'static str,
}

/// All rules, by id.
pub fn rules() -> &'static [Rule] {
    &[]
}

pub(crate) fn rewrites(_: &Facts<'_>, _: &[Statement<'_>]) -> Vec<RewriteAdvice> {
    Vec::new()
}
