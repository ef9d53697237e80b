//! Which keywords the normaliser has a rule for.

use slowlog_lex::Keyword;

/// What a keyword does to the state of the pass, beyond what its flags say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Rule {
    None,
    Value,
    Select,
    Change,
    With,
    Values,
    MySqlValue,
    Table,
    From,
    Join,
    Into,
    Update,
    Using,
    KeepTable,
    Union,
    EndOfArm,
    Limit,
    Nulls,
    Asc,
    Inner,
    Outer,
    AnyOf,
    Row,
    Duplicate,
}

/// The rule of each keyword by its index.
pub(crate) static RULES: [Rule; 256] = rules();

const fn rules() -> [Rule; 256] {
    let list = [
        (Keyword::NULL, Rule::Value),
        (Keyword::TRUE, Rule::Value),
        (Keyword::FALSE, Rule::Value),
        (Keyword::DEFAULT, Rule::Value),
        (Keyword::SELECT, Rule::Select),
        (Keyword::INSERT, Rule::Change),
        (Keyword::REPLACE, Rule::Change),
        (Keyword::DELETE, Rule::Change),
        (Keyword::MERGE, Rule::Change),
        (Keyword::WITH, Rule::With),
        (Keyword::VALUES, Rule::Values),
        (Keyword::VALUE, Rule::MySqlValue),
        (Keyword::TABLE, Rule::Table),
        (Keyword::FROM, Rule::From),
        (Keyword::JOIN, Rule::Join),
        (Keyword::STRAIGHT_JOIN, Rule::Join),
        (Keyword::INTO, Rule::Into),
        (Keyword::UPDATE, Rule::Update),
        (Keyword::USING, Rule::Using),
        (Keyword::IF, Rule::KeepTable),
        (Keyword::NOT, Rule::KeepTable),
        (Keyword::EXISTS, Rule::KeepTable),
        (Keyword::ONLY, Rule::KeepTable),
        (Keyword::LATERAL, Rule::KeepTable),
        (Keyword::CONCURRENTLY, Rule::KeepTable),
        (Keyword::UNION, Rule::Union),
        (Keyword::INTERSECT, Rule::Union),
        (Keyword::EXCEPT, Rule::Union),
        (Keyword::ORDER, Rule::EndOfArm),
        (Keyword::OFFSET, Rule::EndOfArm),
        (Keyword::FETCH, Rule::EndOfArm),
        (Keyword::FOR, Rule::EndOfArm),
        (Keyword::LIMIT, Rule::Limit),
        (Keyword::NULLS, Rule::Nulls),
        (Keyword::ASC, Rule::Asc),
        (Keyword::INNER, Rule::Inner),
        (Keyword::OUTER, Rule::Outer),
        (Keyword::ANY, Rule::AnyOf),
        (Keyword::SOME, Rule::AnyOf),
        (Keyword::ALL, Rule::AnyOf),
        (Keyword::ROW, Rule::Row),
        (Keyword::DUPLICATE, Rule::Duplicate),
    ];
    let mut rules = [Rule::None; 256];
    let mut at = 0;
    while at < list.len() {
        rules[list[at].0.index()] = list[at].1;
        at += 1;
    }
    rules
}
