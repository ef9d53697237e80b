//! The SQLSTATE of an error whose entry does not have it.
//!
//! Stderr prints it only with `%e` in the prefix or `log_error_verbosity = verbose`. The server
//! raises each of these texts with one code (`ereport` in its sources, `errcodes.txt`), so the text
//! tells the code. What is not here stays without one.

use memchr::memmem;

/// How a text tells its code.
enum Text {
    Begins(&'static str),
    /// Begins with the first and has the second behind it.
    BeginsAndHas(&'static str, &'static str),
}

use Text::{Begins, BeginsAndHas};

const STATES: [(Text, &[u8; 5]); 31] = [
    (Begins("duplicate key value violates unique constraint "), b"23505"),
    (BeginsAndHas("insert or update on table ", " violates foreign key constraint "), b"23503"),
    (BeginsAndHas("update or delete on table ", " violates foreign key constraint "), b"23503"),
    (BeginsAndHas("null value in column ", " violates not-null constraint"), b"23502"),
    (BeginsAndHas("new row for relation ", " violates check constraint "), b"23514"),
    (Begins("deadlock detected"), b"40P01"),
    (Begins("could not serialize access "), b"40001"),
    (Begins("canceling statement due to lock timeout"), b"55P03"),
    (Begins("could not obtain lock on "), b"55P03"),
    (Begins("canceling statement due to conflict with recovery"), b"40001"),
    (Begins("canceling statement due to "), b"57014"),
    (Begins("terminating connection due to administrator command"), b"57P01"),
    (Begins("terminating connection due to idle-in-transaction timeout"), b"25P03"),
    (Begins("terminating connection due to idle-session timeout"), b"57P05"),
    (Begins("current transaction is aborted, "), b"25P02"),
    (Begins("syntax error at "), b"42601"),
    (BeginsAndHas("relation ", " does not exist"), b"42P01"),
    (BeginsAndHas("column ", " does not exist"), b"42703"),
    (BeginsAndHas("function ", " does not exist"), b"42883"),
    (BeginsAndHas("operator does not exist: ", ""), b"42883"),
    (BeginsAndHas("database ", " does not exist"), b"3D000"),
    (BeginsAndHas("prepared statement ", " does not exist"), b"26000"),
    (BeginsAndHas("prepared statement ", " already exists"), b"42P05"),
    (Begins("permission denied for "), b"42501"),
    (Begins("division by zero"), b"22012"),
    (Begins("invalid input syntax for type "), b"22P02"),
    (Begins("value too long for type "), b"22001"),
    (Begins("password authentication failed for user "), b"28P01"),
    (Begins("no pg_hba.conf entry for "), b"28000"),
    (Begins("sorry, too many clients already"), b"53300"),
    (Begins("remaining connection slots are reserved "), b"53300"),
];

/// The code that a text is raised with.
#[cold]
pub(super) fn state_of(message: &[u8]) -> Option<[u8; 5]> {
    let found = STATES.iter().find(|(text, _)| match text {
        Begins(begin) => message.starts_with(begin.as_bytes()),
        BeginsAndHas(begin, rest) => {
            let behind = message.strip_prefix(begin.as_bytes());
            behind.is_some_and(|behind| memmem::find(behind, rest.as_bytes()).is_some())
        }
    });
    found.map(|(_, state)| **state)
}

#[cfg(test)]
mod tests {
    use super::state_of;

    #[test]
    fn texts_of_the_server() {
        for (message, state) in [
            ("duplicate key value violates unique constraint \"t_pkey\"", Some(b"23505")),
            (
                "insert or update on table \"a\" violates foreign key constraint \"b\"",
                Some(b"23503"),
            ),
            ("canceling statement due to statement timeout", Some(b"57014")),
            ("canceling statement due to lock timeout", Some(b"55P03")),
            ("canceling statement due to conflict with recovery", Some(b"40001")),
            ("relation \"nope\" does not exist at character 15", Some(b"42P01")),
            ("relation \"nope\" is not partitioned", None),
            ("my own words", None),
            ("", None),
        ] {
            assert_eq!(state_of(message.as_bytes()).as_ref(), state, "{message}");
        }
    }
}
