//! The headings of a table of features, by which people sort it.

use layers::SortKey;
use maud::{Markup, html};

use crate::http::items::Addresses;
use crate::http::items_order::{CURSOR, SORT_BY};

/// By what a table is sorted, and where it is found sorted otherwise.
#[derive(Clone, Copy)]
pub(super) struct Sorting<'a> {
    pub(super) sort: &'a [SortKey],
    pub(super) addresses: &'a Addresses,
}

impl Sorting<'_> {
    /// Makes the heading of a column that shows some fields; who follows it again turns the order round.
    pub(super) fn heading(self, title: &Markup, fields: &[&str]) -> Markup {
        if fields.is_empty() {
            return html! { th scope="col" { (title) } };
        }
        let order = self.order_of(fields);
        let is_to_descend = order == Some("ascending");
        let sign = if is_to_descend { "-" } else { "" };
        let keys: Vec<_> = fields.iter().map(|name| format!("{sign}{name}")).collect();
        let address = self.addresses.with(&[
            (SORT_BY, Some(keys.join(","))),
            (CURSOR, None),
            ("offset", None),
        ]);
        html! {
            th scope="col" aria-sort=[order] {
                a href=(address) rel="nofollow" { (title) }
                @if let Some(order) = order {
                    span aria-hidden="true" { @if order == "ascending" { " ▲" } @else { " ▼" } }
                }
            }
        }
    }

    /// Returns how the table is sorted by these fields, if it is, as ARIA names it.
    fn order_of(self, fields: &[&str]) -> Option<&'static str> {
        let sorted_by = |descending: bool| {
            let keys = self
                .sort
                .iter()
                .filter(|key| key.is_descending == descending);
            self.sort.len() == fields.len()
                && keys
                    .map(|key| key.field.as_str())
                    .eq(fields.iter().copied())
        };
        match (sorted_by(false), sorted_by(true)) {
            (true, _) => Some("ascending"),
            (_, true) => Some("descending"),
            _ => None,
        }
    }
}
