//! Texts as they stand between quotes: with quotes, comments and more than ASCII in them.

use crate::engine::Engine;

pub(super) struct Literals {
    /// Values of columns.
    pub(super) texts: &'static [&'static str],
    /// What people write, longer.
    pub(super) notes: &'static [&'static str],
}

pub(super) fn literals(engine: Engine) -> &'static Literals {
    match engine {
        Engine::Postgres => &POSTGRES,
        Engine::Mysql => &MYSQL,
    }
}

const POSTGRES: Literals = Literals {
    texts: &[
        "open",
        "paid",
        "O''Brien",
        "cancelled",
        "Zürich",
        "pending review",
        "it''s ''quoted''",
        "EUR",
        "東京",
        "shipped",
        "a, b; c",
        "München – Süd",
        "50% off",
        "x@example.org",
        "café",
        "draft",
    ],
    notes: &[
        "delivered to the neighbour, who wasn''t asked",
        "Größe geändert; siehe Beleg -- kein Kommentar",
        "customer called twice /* not a comment */ and will call again",
        "ok",
    ],
};

/// Right within single and within double quotes.
const MYSQL: Literals = Literals {
    texts: &[
        "open",
        "paid",
        r"O\'Brien",
        "cancelled",
        "Zürich",
        "pending review",
        r#"it\'s \"quoted\""#,
        "EUR",
        "東京",
        "it''s due",
        "a, b; c",
        "ticket #42",
        "50% off",
        r"C:\\reports\\",
        "café",
        "draft",
    ],
    notes: &[
        r"delivered to the neighbour, who wasn\'t asked",
        r"Größe geändert;\nsiehe Beleg -- kein Kommentar",
        "customer called twice /* not a comment */ and will call again",
        "# of parcels: 3",
    ],
};
