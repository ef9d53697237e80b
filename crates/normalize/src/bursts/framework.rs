//! Which library wrote a statement, by its habits, and its word for what to do.
//!
//! A hint and no more: the habits are those of the generated SQL and of the tags that the libraries
//! add, and people imitate them.

use super::rewrite::Rewrite;

/// A library that writes SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Framework {
    Rails,
    Django,
    SqlAlchemy,
    Hibernate,
    Laravel,
    Prisma,
}

impl Framework {
    /// By the text of one statement.
    pub(crate) fn of(text: &[u8]) -> Option<Self> {
        const LONGEST: usize = 4096;
        let text = String::from_utf8_lossy(&text[..text.len().min(LONGEST)]);
        let text = text.replace('`', "\"");
        let has = |part: &str| text.contains(part);
        let tag = |name: &str| has("/*") && has(name);
        if tag("django") || has("AS \"__count\"") || has("SELECT 1 AS \"a\"") {
            return Some(Self::Django);
        }
        if tag("controller") || has("SELECT 1 AS one") || has("\".* FROM \"") {
            return Some(Self::Rails);
        }
        if has("\"public\".\"") {
            return Some(Self::Prisma);
        }
        if has("select * from \"") && has("\" is not null")
            || has("select * from \"") && has("\".\"")
        {
            return Some(Self::Laravel);
        }
        if alias_of_hibernate(&text) {
            return Some(Self::Hibernate);
        }
        if names_columns_by_table(&text) {
            return Some(Self::SqlAlchemy);
        }
        // `"app_model"."id"`, each column with its table.
        let begins = text
            .trim_start()
            .strip_prefix("SELECT \"")
            .or_else(|| text.trim_start().strip_prefix("UPDATE \"").filter(|_| has("\".\"")));
        begins.filter(|rest| rest.contains("\".\"")).map(|_| Self::Django)
    }

    /// What the library calls the way out. `forward`: the child is looked up by its own id.
    pub(crate) fn hint(self, rewrite: Rewrite, forward: bool) -> &'static str {
        use Rewrite::{
            Aggregate, Batch, Delete, Exists, First, Insert, Keys, Reuse, Top, Update, Upsert,
        };
        match (self, rewrite) {
            (Self::Rails, Batch | Keys | Exists) => "Rails: includes, preload or eager_load",
            (Self::Rails, Aggregate) => "Rails: counter_cache, or group(…).count",
            (Self::Rails, First | Top) => {
                "Rails: a has_one association with its own order, preloaded"
            }
            (Self::Rails, Insert | Upsert) => "Rails: insert_all or upsert_all",
            (Self::Rails, Update | Delete) => "Rails: update_all or delete_all",
            (Self::Rails, Reuse) => "Rails: memoize with ||=, or Rails.cache.fetch",
            (Self::Django, Batch | Keys) if forward => "Django: select_related",
            (Self::Django, Batch | Keys) => "Django: prefetch_related",
            (Self::Django, Aggregate) => "Django: annotate(Count(…))",
            (Self::Django, Exists) => "Django: annotate(Exists(…))",
            (Self::Django, First | Top) => "Django: Subquery or Prefetch with an ordered queryset",
            (Self::Django, Insert | Upsert) => {
                "Django: bulk_create, with update_conflicts to upsert"
            }
            (Self::Django, Update | Delete) => "Django: bulk_update, or filter(…).update or delete",
            (Self::Django, Reuse) => "Django: cached_property, or the cache framework",
            (Self::SqlAlchemy, Batch | Keys | Exists) => "SQLAlchemy: selectinload or joinedload",
            (Self::SqlAlchemy, Aggregate) => "SQLAlchemy: a column_property, or group_by",
            (Self::SqlAlchemy, First | Top) => "SQLAlchemy: a lateral subquery with contains_eager",
            (Self::SqlAlchemy, Insert | Upsert | Update | Delete) => {
                "SQLAlchemy: session.execute(insert(…), [rows]), or update and delete in bulk"
            }
            (Self::SqlAlchemy, Reuse) => "SQLAlchemy: session.get, which keeps what it has loaded",
            (Self::Hibernate, Batch | Keys | Exists | First | Top) => {
                "Hibernate: JOIN FETCH, @EntityGraph or @BatchSize"
            }
            (Self::Hibernate, Aggregate) => "Hibernate: @Formula, or a query with group by",
            (Self::Hibernate, Insert | Upsert | Update | Delete) => {
                "Hibernate: hibernate.jdbc.batch_size with order_inserts and order_updates"
            }
            (Self::Hibernate, Reuse) => "Hibernate: the second-level cache",
            (Self::Laravel, Batch | Keys | First | Top) => "Laravel: with(…), or load(…)",
            (Self::Laravel, Aggregate | Exists) => "Laravel: withCount or withExists",
            (Self::Laravel, Insert | Upsert) => "Laravel: insert([…]) or upsert([…], …)",
            (Self::Laravel, Update | Delete) => "Laravel: whereIn(…)->update or delete",
            (Self::Laravel, Reuse) => "Laravel: Cache::remember, or once()",
            (Self::Prisma, Batch | Keys | First | Top | Exists) => {
                "Prisma: include, or findMany with in"
            }
            (Self::Prisma, Aggregate) => "Prisma: _count in include or select",
            (Self::Prisma, Insert | Upsert | Update | Delete) => {
                "Prisma: createMany, updateMany or deleteMany"
            }
            (Self::Prisma, Reuse) => "Prisma: keep the result, or a dataloader",
        }
    }
}

/// Aliases such as `book0_.id` (Hibernate 5) and `b1_0.id` (Hibernate 6).
fn alias_of_hibernate(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '.')).any(|word| {
        let Some((alias, _)) = word.split_once('.') else { return false };
        let five = alias.strip_suffix('_').is_some_and(|stem| {
            stem.ends_with(|c: char| c.is_ascii_digit())
                && stem.starts_with(|c: char| c.is_ascii_lowercase())
        });
        let six = alias.split_once('_').is_some_and(|(stem, number)| {
            !number.is_empty()
                && number.bytes().all(|byte| byte.is_ascii_digit())
                && stem.len() > 1
                && stem.ends_with(|c: char| c.is_ascii_digit())
                && stem.chars().filter(char::is_ascii_digit).count() <= 2
                && stem.trim_end_matches(|c: char| c.is_ascii_digit()).len() <= 3
        });
        five || six
    })
}

/// `users.id AS users_id`.
fn names_columns_by_table(text: &str) -> bool {
    let mut words = text.split([' ', ',', '\n']).filter(|word| !word.is_empty());
    let mut before = ["", ""];
    words.any(|word| {
        let [column, middle] = before;
        before = [middle, word];
        middle == "AS" && column.contains('.') && column.replace('.', "_") == word
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_have_habits() {
        for (text, framework) in [
            (
                r#"SELECT "shop_author"."id", "shop_author"."name" FROM "shop_author" WHERE "shop_author"."id" = 1 LIMIT 21"#,
                Some(Framework::Django),
            ),
            (r#"SELECT COUNT(*) AS "__count" FROM "t""#, Some(Framework::Django)),
            (
                r#"SELECT "books".* FROM "books" WHERE "books"."author_id" = $1"#,
                Some(Framework::Rails),
            ),
            (
                "SELECT `books`.* FROM `books` WHERE `books`.`id` = 1 LIMIT 1",
                Some(Framework::Rails),
            ),
            (
                "select b1_0.id,b1_0.title from book b1_0 where b1_0.author_id=?",
                Some(Framework::Hibernate),
            ),
            (
                "select book0_.id as id1_0_ from book book0_ where book0_.author_id=?",
                Some(Framework::Hibernate),
            ),
            (
                "SELECT users.id AS users_id, users.name AS users_name \nFROM users",
                Some(Framework::SqlAlchemy),
            ),
            (
                "select * from `posts` where `posts`.`user_id` = 1 and `posts`.`user_id` is not null",
                Some(Framework::Laravel),
            ),
            (r#"SELECT "public"."Post"."id" FROM "public"."Post""#, Some(Framework::Prisma)),
            ("select id, name from author where id = 7", None),
            ("SELECT t1.a FROM t1 JOIN t_2 ON t1.a = t_2.a", None),
        ] {
            assert_eq!(Framework::of(text.as_bytes()), framework, "{text}");
        }
    }
}
