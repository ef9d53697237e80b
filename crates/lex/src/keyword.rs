//! The words that have a meaning to the lexer or to the normaliser.

use std::fmt;

/// A word of the keyword table, or [`Keyword::NONE`] for any other word.
///
/// The table holds the reserved words of PostgreSQL, those of MySQL that people use as names, and
/// the words that some rule of normalisation asks for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Keyword(u8);

/// An operand may follow: a sign is unary here, `NULL` is a value.
const OPERAND: u8 = 1;
/// Reserved somewhere: as a name it needs its quotes.
const RESERVED: u8 = 2;
/// Written like a function: an opening parenthesis follows without a blank.
const FUNCTION: u8 = 4;
/// An optimizer hint may follow.
const VERB: u8 = 8;
/// Ends the list of tables of a `FROM`.
const ENDS_FROM: u8 = 16;
/// Stands for a value where an operand is expected.
const VALUE: u8 = 32;

macro_rules! keywords {
    ($($name:ident $text:literal $flags:expr;)*) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        #[allow(dead_code)]
        #[repr(u8)]
        enum Id { NONE, $($name),* }

        #[allow(missing_docs)]
        impl Keyword {
            $(pub const $name: Self = Self(Id::$name as u8);)*
        }

        const TEXTS: [&str; COUNT] = ["", $($text),*];
        static FLAGS: [u8; 256] = {
            let list = [0u8, $($flags),*];
            let mut table = [0; 256];
            let mut id = 0;
            while id < list.len() {
                table[id] = list[id];
                id += 1;
            }
            table
        };
        const COUNT: usize = [0u8, $($flags),*].len();
    };
}

keywords! {
    ALL "all" OPERAND | RESERVED;
    ALTER "alter" RESERVED;
    ANALYSE "analyse" RESERVED;
    ANALYZE "analyze" RESERVED;
    AND "and" OPERAND | RESERVED;
    ANY "any" OPERAND | RESERVED;
    ARRAY "array" OPERAND | RESERVED | FUNCTION;
    AS "as" OPERAND | RESERVED;
    ASC "asc" RESERVED;
    ASYMMETRIC "asymmetric" OPERAND | RESERVED;
    AUTHORIZATION "authorization" RESERVED;
    BEGIN "begin" 0;
    BETWEEN "between" OPERAND | RESERVED;
    BINARY "binary" OPERAND | RESERVED;
    BOTH "both" OPERAND | RESERVED;
    BY "by" OPERAND | RESERVED;
    CALL "call" RESERVED;
    CASE "case" OPERAND | RESERVED;
    CAST "cast" RESERVED | FUNCTION;
    CHANGE "change" RESERVED;
    CHECK "check" RESERVED;
    CLOSE "close" 0;
    COLLATE "collate" OPERAND | RESERVED;
    COLLATION "collation" RESERVED;
    COLUMN "column" RESERVED;
    COMMIT "commit" 0;
    CONCURRENTLY "concurrently" RESERVED;
    CONDITION "condition" RESERVED;
    CONSTRAINT "constraint" RESERVED;
    COPY "copy" 0;
    CREATE "create" RESERVED;
    CROSS "cross" RESERVED;
    CURRENT_DATE "current_date" RESERVED;
    CURRENT_ROLE "current_role" RESERVED;
    CURRENT_SCHEMA "current_schema" RESERVED | FUNCTION;
    CURRENT_TIME "current_time" RESERVED | FUNCTION;
    CURRENT_USER "current_user" RESERVED | FUNCTION;
    DATABASE "database" RESERVED | FUNCTION;
    DATABASES "databases" RESERVED;
    DEALLOCATE "deallocate" 0;
    DECLARE "declare" RESERVED;
    DEFAULT "default" RESERVED | VALUE;
    DEFERRABLE "deferrable" RESERVED;
    DELETE "delete" RESERVED | VERB;
    DESC "desc" RESERVED;
    DESCRIBE "describe" RESERVED;
    DISTINCT "distinct" OPERAND | RESERVED;
    DIV "div" OPERAND | RESERVED;
    DO "do" RESERVED;
    DROP "drop" RESERVED;
    DUPLICATE "duplicate" 0;
    ELSE "else" OPERAND | RESERVED;
    END "end" RESERVED;
    ESCAPE "escape" OPERAND | RESERVED;
    EXCEPT "except" RESERVED | ENDS_FROM;
    EXECUTE "execute" 0;
    EXISTS "exists" OPERAND | RESERVED;
    EXPLAIN "explain" RESERVED;
    FALSE "false" RESERVED | VALUE;
    FETCH "fetch" RESERVED | ENDS_FROM;
    FOR "for" OPERAND | RESERVED | ENDS_FROM;
    FORCE "force" RESERVED;
    FOREIGN "foreign" RESERVED;
    FREEZE "freeze" RESERVED;
    FROM "from" OPERAND | RESERVED;
    FULL "full" RESERVED;
    FULLTEXT "fulltext" RESERVED;
    FUNCTION "function" RESERVED;
    GENERATED "generated" RESERVED;
    GRANT "grant" RESERVED;
    GROUP "group" RESERVED | ENDS_FROM;
    GROUPING "grouping" RESERVED | FUNCTION;
    GROUPS "groups" RESERVED;
    HAVING "having" OPERAND | RESERVED | ENDS_FROM;
    IF "if" RESERVED | FUNCTION;
    IGNORE "ignore" RESERVED;
    ILIKE "ilike" OPERAND | RESERVED;
    IN "in" OPERAND | RESERVED;
    INDEX "index" RESERVED;
    INITIALLY "initially" RESERVED;
    INNER "inner" RESERVED;
    INSERT "insert" RESERVED | FUNCTION | VERB;
    INTERSECT "intersect" RESERVED | ENDS_FROM;
    INTERVAL "interval" OPERAND | RESERVED;
    INTO "into" OPERAND | RESERVED;
    IS "is" OPERAND | RESERVED;
    ISNULL "isnull" RESERVED | FUNCTION;
    JOIN "join" OPERAND | RESERVED;
    KEY "key" RESERVED;
    KEYS "keys" RESERVED;
    LAG "lag" RESERVED | FUNCTION;
    LATERAL "lateral" OPERAND | RESERVED;
    LEAD "lead" RESERVED | FUNCTION;
    LEADING "leading" OPERAND | RESERVED;
    LEFT "left" RESERVED | FUNCTION;
    LIKE "like" OPERAND | RESERVED;
    LIMIT "limit" OPERAND | RESERVED | ENDS_FROM;
    LINES "lines" RESERVED;
    LISTEN "listen" 0;
    LOAD "load" RESERVED;
    LOCALTIME "localtime" RESERVED | FUNCTION;
    LOCALTIMESTAMP "localtimestamp" RESERVED | FUNCTION;
    LOCK "lock" RESERVED;
    LOOP "loop" RESERVED;
    MATCH "match" RESERVED;
    MERGE "merge" VERB;
    MOD "mod" RESERVED | FUNCTION;
    MOVE "move" 0;
    NATURAL "natural" RESERVED;
    NOT "not" OPERAND | RESERVED;
    NOTIFY "notify" 0;
    NOTNULL "notnull" RESERVED;
    NULL "null" RESERVED | VALUE;
    NULLS "nulls" 0;
    OF "of" OPERAND | RESERVED;
    OFFSET "offset" OPERAND | RESERVED | ENDS_FROM;
    ON "on" OPERAND | RESERVED;
    ONLY "only" RESERVED;
    OPTION "option" RESERVED;
    OR "or" OPERAND | RESERVED;
    ORDER "order" RESERVED | ENDS_FROM;
    OUT "out" RESERVED;
    OUTER "outer" RESERVED;
    OVER "over" RESERVED;
    OVERLAPS "overlaps" OPERAND | RESERVED;
    PARTITION "partition" RESERVED;
    PLACING "placing" OPERAND | RESERVED;
    PREPARE "prepare" 0;
    PRIMARY "primary" RESERVED;
    PROCEDURE "procedure" RESERVED;
    RANGE "range" RESERVED;
    RANK "rank" RESERVED | FUNCTION;
    READ "read" RESERVED;
    RECURSIVE "recursive" RESERVED;
    REFERENCES "references" RESERVED;
    REGEXP "regexp" OPERAND | RESERVED;
    RELEASE "release" RESERVED;
    RENAME "rename" RESERVED;
    REPEAT "repeat" RESERVED | FUNCTION;
    REPLACE "replace" RESERVED | FUNCTION | VERB;
    REQUIRE "require" RESERVED;
    RETURN "return" OPERAND | RESERVED;
    RETURNING "returning" OPERAND | RESERVED | ENDS_FROM;
    REVOKE "revoke" RESERVED;
    RIGHT "right" RESERVED | FUNCTION;
    RLIKE "rlike" OPERAND | RESERVED;
    ROLLBACK "rollback" 0;
    ROW "row" RESERVED | FUNCTION;
    ROWS "rows" RESERVED;
    SAVEPOINT "savepoint" 0;
    SCHEMA "schema" RESERVED | FUNCTION;
    SCHEMAS "schemas" RESERVED;
    SELECT "select" OPERAND | RESERVED | VERB | ENDS_FROM;
    SEPARATOR "separator" OPERAND | RESERVED;
    SESSION_USER "session_user" RESERVED | FUNCTION;
    SET "set" OPERAND | RESERVED | ENDS_FROM;
    SHOW "show" RESERVED;
    SIGNAL "signal" RESERVED;
    SIMILAR "similar" RESERVED;
    SOME "some" OPERAND | RESERVED;
    SPECIFIC "specific" RESERVED;
    SQL "sql" RESERVED;
    SSL "ssl" RESERVED;
    START "start" 0;
    STARTING "starting" RESERVED;
    STORED "stored" RESERVED;
    STRAIGHT_JOIN "straight_join" OPERAND | RESERVED;
    SYMMETRIC "symmetric" OPERAND | RESERVED;
    SYSTEM "system" RESERVED;
    SYSTEM_USER "system_user" RESERVED | FUNCTION;
    TABLE "table" RESERVED;
    TABLESAMPLE "tablesample" RESERVED;
    THEN "then" OPERAND | RESERVED;
    TO "to" OPERAND | RESERVED;
    TRAILING "trailing" OPERAND | RESERVED;
    TRIGGER "trigger" RESERVED;
    TRUE "true" RESERVED | VALUE;
    TRUNCATE "truncate" FUNCTION;
    UNION "union" RESERVED | ENDS_FROM;
    UNIQUE "unique" RESERVED;
    UNLISTEN "unlisten" 0;
    UPDATE "update" RESERVED | VERB;
    USAGE "usage" RESERVED;
    USE "use" RESERVED;
    USER "user" RESERVED | FUNCTION;
    USING "using" OPERAND | RESERVED;
    VACUUM "vacuum" 0;
    VALUE "value" 0;
    VALUES "values" OPERAND | RESERVED | ENDS_FROM;
    VARCHAR "varchar" RESERVED | FUNCTION;
    VARIADIC "variadic" OPERAND | RESERVED;
    VERBOSE "verbose" RESERVED;
    VIRTUAL "virtual" RESERVED;
    WHEN "when" OPERAND | RESERVED;
    WHERE "where" OPERAND | RESERVED | ENDS_FROM;
    WHILE "while" OPERAND | RESERVED;
    WINDOW "window" RESERVED | ENDS_FROM;
    WITH "with" RESERVED;
    WRITE "write" RESERVED;
    XOR "xor" OPERAND | RESERVED;
}

impl Keyword {
    /// Any word that is not in the table.
    pub const NONE: Self = Self(0);

    /// Finds a word of any case; the table is for whoever has no token at hand.
    pub fn of(word: &[u8]) -> Self {
        if word.len() > 16 {
            return Self::NONE;
        }
        let mut padded = [0; 16];
        padded[..word.len()].copy_from_slice(word);
        let lower = u128::from_le_bytes(padded.map(|byte| byte.to_ascii_lowercase()));
        Self::find(lower as u64, (lower >> 64) as u64)
    }

    /// Finds a word from its lower-case bytes, padded with zeros to two words of eight.
    #[inline]
    pub(crate) fn find(first: u64, second: u64) -> Self {
        let id = SLOTS[slot(first, second, MULTIPLIER)];
        let [a, b] = BYTES[id as usize];
        if (a ^ first) | (b ^ second) == 0 { Self(id) } else { Self::NONE }
    }

    /// The word in lower case; empty for [`Keyword::NONE`].
    pub fn text(self) -> &'static str {
        TEXTS[self.0 as usize]
    }

    /// The number of the word, for tables of 256 rules by keyword.
    #[inline]
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// Does an operand follow, so that a sign after it is unary?
    #[inline]
    pub fn expects_operand(self) -> bool {
        self.has(OPERAND)
    }

    /// Does it need quotes as a name?
    #[inline]
    pub fn is_reserved(self) -> bool {
        self.has(RESERVED)
    }

    /// Is it written like a function, with the parenthesis close to it?
    #[inline]
    pub fn is_function_like(self) -> bool {
        self.has(FUNCTION)
    }

    /// May an optimizer hint follow?
    #[inline]
    pub fn takes_hint(self) -> bool {
        self.has(VERB)
    }

    /// Does it end the list of tables after `FROM`?
    #[inline]
    pub fn ends_from_list(self) -> bool {
        self.has(ENDS_FROM)
    }

    /// Is it a value where an operand is expected: `NULL`, `TRUE`, `FALSE`, `DEFAULT`?
    #[inline]
    pub fn is_value(self) -> bool {
        self.has(VALUE)
    }

    #[inline]
    fn has(self, flag: u8) -> bool {
        FLAGS[self.0 as usize] & flag != 0
    }
}

impl fmt::Debug for Keyword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0 == 0 { "none" } else { self.text() })
    }
}

const SLOT_BITS: u32 = 11;
type Slots = [u8; 1 << SLOT_BITS];

static BYTES: [[u64; 2]; 256] = packed_texts();
static SLOTS: Slots = match slots(MULTIPLIER) {
    Some(slots) => slots,
    None => panic!("two keywords share a slot: find another multiplier"),
};

/// Found by trying (`a_new_multiplier`, below): with it no two keywords share a slot, so one look
/// decides whether a word is a keyword.
const MULTIPLIER: u64 = 0x5848_b4ef_0faf_5fc9;

#[inline]
const fn slot(first: u64, second: u64, multiplier: u64) -> usize {
    ((first ^ second.rotate_left(29)).wrapping_mul(multiplier) >> (64 - SLOT_BITS)) as usize
}

const fn packed_texts() -> [[u64; 2]; 256] {
    // No word has these bytes, so an empty slot never matches.
    let mut packed = [[u64::MAX; 2]; 256];
    let mut id = 1;
    while id < COUNT {
        let text = TEXTS[id].as_bytes();
        assert!(text.len() <= 16);
        packed[id] = [0; 2];
        let mut at = 0;
        while at < text.len() {
            packed[id][at / 8] |= (text[at] as u64) << (8 * (at % 8));
            at += 1;
        }
        id += 1;
    }
    packed
}

const fn slots(multiplier: u64) -> Option<Slots> {
    let packed = packed_texts();
    let mut slots = [0; 1 << SLOT_BITS];
    let mut id = 1;
    while id < COUNT {
        let at = slot(packed[id][0], packed[id][1], multiplier);
        if slots[at] != 0 {
            return None;
        }
        slots[at] = id as u8;
        id += 1;
    }
    Some(slots)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_keyword_is_found_in_any_case() {
        for text in &TEXTS[1..] {
            assert_eq!(Keyword::of(text.as_bytes()).text(), *text);
            assert_eq!(Keyword::of(text.to_uppercase().as_bytes()).text(), *text);
        }
        for text in ["", "selec", "selects", "users", "straight_joins_of_many_tables", "\0"] {
            assert_eq!(Keyword::of(text.as_bytes()), Keyword::NONE, "{text}");
        }
    }

    /// After a change of the table this says which multiplier separates all keywords again.
    #[test]
    fn the_multiplier_is_the_first_that_separates_all_keywords() {
        let mut multiplier = 0x9e37_79b9_7f4a_7c15u64;
        while slots(multiplier).is_none() {
            multiplier = multiplier.wrapping_mul(0xd134_2543_de82_ef95).wrapping_add(2);
            multiplier |= 1;
        }
        assert_eq!(MULTIPLIER, multiplier, "MULTIPLIER has to be {multiplier:#x}");
    }
}
