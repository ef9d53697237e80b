//! The logs that are made: libraries, servers and pools, one beside the other.

use crate::engine::Engine;

use super::pool::{Order, Protocol};
use super::request::{Comments, Habits, Hold, Transactions};
use super::style::Style;

/// An application as it runs somewhere.
#[derive(Debug, Clone, Copy)]
pub(super) struct Variant {
    pub(super) name: &'static str,
    pub(super) engine: Engine,
    pub(super) style: Style,
    pub(super) protocol: Protocol,
    /// `log_line_prefix`; nothing for MariaDB.
    pub(super) prefix: &'static str,
    pub(super) order: Order,
    pub(super) habits: Habits,
}

/// The prefix of Debian's packages: no session, no transaction.
const DEBIAN: &str = "%m [%p] %q%u@%d ";
/// Of Amazon's service: whole seconds.
const AMAZON: &str = "%t:%r:%u@%d:[%p]:";
/// As pgBadger's manual asks for: whole seconds.
const PGBADGER: &str = "%t [%p]: user=%u,db=%d,app=%a,client=%h ";
/// With all that helps.
const FULL: &str = "%m [%p] %q%u@%d app=%a sid=%c vxid=%v ";

/// A connection for each request, which waits a little between statements and between requests.
const USUAL: Habits = Habits {
    hold: Hold::Request,
    transactions: Transactions::Asked,
    comments: Comments::None,
    work_us: 700,
    rest_us: 2000,
    hot: 0,
};
/// A pool that hands out a connection per transaction.
const POOLED: Habits = Habits { hold: Hold::Transaction, ..USUAL };

const fn postgres(
    name: &'static str,
    style: Style,
    protocol: Protocol,
    prefix: &'static str,
    habits: Habits,
) -> Variant {
    let order = Order::Last;
    Variant { name, engine: Engine::Postgres, style, protocol, prefix, order, habits }
}

const fn mariadb(name: &'static str, style: Style, habits: Habits) -> Variant {
    Variant {
        name,
        engine: Engine::Mysql,
        style,
        protocol: Protocol::Simple,
        prefix: "",
        order: Order::Last,
        habits,
    }
}

/// All of them.
pub(super) const VARIANTS: &[Variant] = &[
    postgres("pg-django", Style::Django, Protocol::Simple, DEBIAN, USUAL),
    postgres(
        "pg-rails",
        Style::Rails,
        Protocol::Named,
        DEBIAN,
        Habits { comments: Comments::Route, ..USUAL },
    ),
    postgres(
        "pg-hibernate",
        Style::Hibernate,
        Protocol::Named,
        PGBADGER,
        Habits { transactions: Transactions::Requests, ..USUAL },
    ),
    postgres(
        "pg-sqlalchemy",
        Style::SqlAlchemy,
        Protocol::Simple,
        AMAZON,
        Habits { transactions: Transactions::Requests, ..USUAL },
    ),
    postgres("pg-prisma", Style::Prisma, Protocol::Unnamed, FULL, Habits { rest_us: 0, ..USUAL }),
    postgres("pg-prisma-amazon", Style::Prisma, Protocol::Unnamed, AMAZON, USUAL),
    postgres(
        "pg-rows-in-transactions",
        Style::Rails,
        Protocol::Unnamed,
        FULL,
        Habits { transactions: Transactions::Turns, ..USUAL },
    ),
    postgres("pg-hot", Style::Django, Protocol::Simple, DEBIAN, Habits { hot: 60, ..USUAL }),
    mariadb("my-laravel", Style::Laravel, USUAL),
    mariadb(
        "my-hibernate",
        Style::Hibernate,
        Habits { transactions: Transactions::Requests, ..USUAL },
    ),
    mariadb("my-rails", Style::Rails, Habits { comments: Comments::Marginalia, ..USUAL }),
    mariadb("my-hot", Style::Laravel, Habits { hot: 60, ..USUAL }),
    postgres("pg-pool-last", Style::Django, Protocol::Simple, DEBIAN, POOLED),
    Variant {
        order: Order::Any,
        ..postgres("pg-pool-any", Style::Rails, Protocol::Unnamed, DEBIAN, POOLED)
    },
    Variant {
        order: Order::Any,
        ..postgres(
            "pg-pool-statements",
            Style::Prisma,
            Protocol::Unnamed,
            FULL,
            Habits { transactions: Transactions::Never, ..POOLED },
        )
    },
    Variant {
        order: Order::Any,
        ..postgres(
            "pg-pool-rows",
            Style::Rails,
            Protocol::Unnamed,
            DEBIAN,
            Habits { transactions: Transactions::Turns, ..POOLED },
        )
    },
    Variant {
        order: Order::Any,
        ..postgres(
            "pg-pool-requests",
            Style::SqlAlchemy,
            Protocol::Simple,
            DEBIAN,
            Habits { transactions: Transactions::Requests, ..POOLED },
        )
    },
    Variant {
        order: Order::Any,
        ..postgres(
            "pg-pool-traced",
            Style::Prisma,
            Protocol::Unnamed,
            DEBIAN,
            Habits { comments: Comments::Trace, ..POOLED },
        )
    },
    Variant { order: Order::Any, ..mariadb("my-pool-any", Style::Laravel, POOLED) },
];
