//! Tables of cases: each rule of the fingerprint by its name.

use slowlog_event::Dialect;

use crate::Normalizer;

fn normalize(sql: &str, dialect: Dialect) -> String {
    let mut normalizer = Normalizer::new(dialect);
    let text = normalizer.normalize(sql.as_bytes()).text.to_vec();
    let again = normalizer.normalize(&text).text.to_vec();
    assert_eq!(
        String::from_utf8_lossy(&again),
        String::from_utf8_lossy(&text),
        "a second pass over {sql:?}"
    );
    String::from_utf8_lossy(&text).into_owned()
}

fn check(dialect: Dialect, cases: &[(&str, &str)]) {
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|(sql, expected)| {
            let text = normalize(sql, dialect);
            (text != *expected).then(|| format!("{sql}\n  gives    {text}\n  expected {expected}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn postgres(cases: &[(&str, &str)]) {
    check(Dialect::Postgres, cases);
}

fn mysql(cases: &[(&str, &str)]) {
    check(Dialect::MySql, cases);
}

fn both(cases: &[(&str, &str)]) {
    postgres(cases);
    mysql(cases);
}

#[test]
fn spacing_comes_from_tokens() {
    both(&[
        ("", ""),
        (" ; ;; ", ""),
        (
            "SELECT a.b,COUNT( * )FROM t WHERE id=1 AND x IN(1,2)",
            "select a.b, count(*) from t where id = ? and x in (?)",
        ),
        ("select\t1\r\n", "select ?"),
        ("select a . b from t", "select a.b from t"),
        ("select f ( a , b ) from t", "select f(a, b) from t"),
        ("select a/**/+/* x */b", "select a + b"),
        ("select\0a", "select a"),
        ("select a <> b, a != b", "select a <> b, a <> b"),
        ("select (a)", "select (a)"),
        (
            "select a from t where not(a) and exists(select 1)",
            "select a from t where not (a) and exists (select ?)",
        ),
    ]);
    postgres(&[
        ("select x :: int", "select x::int"),
        ("select (array[1,2])[1]", "select (array[?])[?]"),
        ("select a [1:2]", "select a[? : ?]"),
        ("select a->>'b', c #>> '{x}' from t", "select a ->> ?, c #>> ? from t"),
        ("select a=-1, b*-1, c<=-2", "select a = ?, b * ?, c <= ?"),
        ("select @-1", "select @- ?"),
    ]);
    mysql(&[("select a->>'$.b', c:=1, d<=>2", "select a ->> ?, c := ?, d <=> ?")]);
}

#[test]
fn strings_are_placeholders() {
    both(&[
        ("select 'O''Brien'", "select ?"),
        ("select 'a' 'b'", "select ?"),
        ("select 'a'\n'b', 'c'", "select ?, ?"),
        ("select N'a', X'1f', b'01'", "select ?, ?, ?"),
        ("select ''", "select ?"),
        ("select 'open", "select ?"),
    ]);
    postgres(&[
        (r"select 'C:\temp\', a", "select ?, a"),
        (r"select E'it\'s', a", "select ?, a"),
        (r"select U&'d\0061t', a", "select ?, a"),
        ("select $$it's$$, $x$ $$ $x$, a", "select ?, ?, a"),
        ("select a$1, b$$ from t", "select a$1, b$$ from t"),
        ("select $x$ open", "select ?"),
        (r#"select "a" from t where b = "B""#, r#"select a from t where b = "B""#),
    ]);
    mysql(&[
        (r"select 'it\'s', a", "select ?, a"),
        (r#"select "it\"s", a"#, "select ?, a"),
        (r#"select "a""b", 'c'"#, "select ?, ?"),
        ("select _utf8'a', _latin1 'b', _x", "select ?, ?, _x"),
    ]);
}

#[test]
fn numbers_are_placeholders() {
    both(&[
        ("select 1, 1.5, .5, 5., 1e10, 1E-3, 1.5e+3, 0x1F", "select ?, ?, ?, ?, ?, ?, ?, ?"),
        ("select a-1, a - 1, a -1, a - -1", "select a - ?, a - ?, a - ?, a - ?"),
        ("select -1, (-1), +1, - - 1, a = -1", "select ?, (?), ?, ?, a = ?"),
        ("select col10, sha256(x), int4 from t", "select col10, sha256(x), int4 from t"),
        ("select case when -1 then -2 else -3 end - 4", "select case when ? then ? else ? end - ?"),
        ("select * from t limit -1", "select * from t limit ?"),
        ("select -a, - (1)", "select - a, - (?)"),
    ]);
    postgres(&[
        ("select 1_000, 0b01, 0o7", "select ?, ?, ?"),
        ("select 123abc", "select ? abc"),
        ("select 1..10", "select ?.?"),
    ]);
    mysql(&[
        ("select 123abc, 1_000, 0xzz, 1e5", "select 123abc, 1_000, 0xzz, ?"),
        ("select * from db.2024_orders, db.5", "select * from db.2024_orders, db.?"),
        ("select 1e", "select ?"),
    ]);
}

#[test]
fn value_words_are_placeholders_where_an_operand_is_expected() {
    both(&[
        ("select null, true, false", "select ?, ?, ?"),
        ("insert into t values (1, null, default)", "insert into t values (?)"),
        (
            "select * from t where a is null and b is not null and c is true",
            "select * from t where a is null and b is not null and c is true",
        ),
        (
            "create table t (a int null default 1, b int not null)",
            "create table t(a int null default ?, b int not null)",
        ),
        ("create table t (a int default -1)", "create table t(a int default ?)"),
        (
            "alter table t alter column a set default null",
            "alter table t alter column a set default ?",
        ),
        ("select t.null, a as true", "select t.null, a as true"),
        ("update t set a = null where b = -1", "update t set a = ? where b = ?"),
    ]);
    postgres(&[
        ("select a is distinct from null", "select a is distinct from ?"),
        ("insert into t default values", "insert into t default values"),
    ]);
}

#[test]
fn parameters_are_placeholders() {
    both(&[
        (
            "select * from t where a = ? and b = :name and c = %s and d = %(x)s",
            "select * from t where a = ? and b = ? and c = ? and d = ?",
        ),
        ("select * from t where a=? and b=%s", "select * from t where a = ? and b = ?"),
        ("select a %s from t", "select a % s from t"),
    ]);
    postgres(&[
        ("select $1, $22::int", "select ?, ?::int"),
        ("select j ? 'k', j ?| array['a','b'], j ?& $1", "select j ? ?, j ?| array[?], j ?& ?"),
        ("select j @? 'x', j ?? 'k'", "select j @? ?, j ?? ?"),
        ("select j ? ?", "select j ? ?"),
        ("select j ? 'a' - 1", "select j ? ? - ?"),
        ("select a[1:b]", "select a[? : b]"),
    ]);
    mysql(&[("select @A, @@global.x, @a:=1 from t", "select @a, @@global.x, @a := ? from t")]);
}

#[test]
fn lists_collapse() {
    both(&[
        ("select * from t where a in (1)", "select * from t where a in (?)"),
        ("select * from t where a in (1,-2,'x',null)", "select * from t where a in (?)"),
        ("select * from t where a in ((1,2),(3,4))", "select * from t where a in ((?))"),
        (
            "select * from t where a in (lower('a'),lower('b'))",
            "select * from t where a in (lower(?))",
        ),
        ("select * from t where a in (b, 1, 2, c)", "select * from t where a in (b, ?, c)"),
        ("select * from t where a in (select 1, 2)", "select * from t where a in (select ?, ?)"),
        (
            "select * from t where a in (1, (select 2, 2))",
            "select * from t where a in (?, (select ?, ?))",
        ),
        ("select f(1,2), 1, 2", "select f(?, ?), ?, ?"),
        ("insert into t(a,b) values (1,2),(3,4)", "insert into t(a, b) values (?)"),
        ("insert into t(a,b) values (1,now()),(3,now())", "insert into t(a, b) values (?, now())"),
        (
            "insert into t(a,b) values (1,now()),(3,4),(5,6)",
            "insert into t(a, b) values (?, now()), (?)",
        ),
        ("insert into t values (1),(2) returning a", "insert into t values (?) returning a"),
        ("select * from (values (1,2),(3,4)) as v(a,b)", "select * from (values (?)) as v(a, b)"),
        ("select * from t where a in (values (1),(2))", "select * from t where a in (values (?))"),
        (
            "select * from t where a not in (1,2) and b in (3)",
            "select * from t where a not in (?) and b in (?)",
        ),
        ("call p(1,1)", "call p(?, ?)"),
    ]);
    postgres(&[
        ("select * from t where a in ($1::uuid,$2::uuid)", "select * from t where a in (?::uuid)"),
        (
            "select * from t where a in (cast($1 as date), cast($2 as date))",
            "select * from t where a in (cast(? as date))",
        ),
        ("select * from t where a = any(array[1,2])", "select * from t where a = any(array[?])"),
        (
            "select * from t where a = ANY ('{1,2}'::int[])",
            "select * from t where a = any(?::int[])",
        ),
        ("select array[[1,2],[3,4]]", "select array[[?]]"),
        (
            "insert into t values (1),(2) on conflict (a) do update set b = 1",
            "insert into t values (?) on conflict(a) do update set b = ?",
        ),
    ]);
    mysql(&[
        (
            "insert into t(a) values (1),(2) on duplicate key update a = values(a) + values ( b )",
            "insert into t(a) values (?) on duplicate key update a = values(a) + values(b)",
        ),
        ("insert into t (a) value (1),(2)", "insert into t(a) value (?)"),
        ("replace into t values row(1,2), row(3,4)", "replace into t values row(?)"),
        ("select value(1), `value` from t", "select value(?), value from t"),
    ]);
}

#[test]
fn comments_go_and_hints_stay() {
    both(&[
        ("select 1 -- x", "select ?"),
        ("select /* x */ 1 /* open", "select ?"),
        ("select /*+ Index(t  12) */ a", "select /*+ index(t ?) */ a"),
        ("/*+ SeqScan(t) */ select a", "/*+ seqscan(t) */ select a"),
        ("select a /*+ x */ from t", "select a from t"),
        ("select /*+ */ a", "select a"),
        ("select /*+ Set(x '12') */ a", "select /*+ set(x ?) */ a"),
    ]);
    postgres(&[
        ("select /* a /* b */ c */ 1", "select ?"),
        ("select a #- b --c", "select a #- b"),
        ("select /*+ a /* b */ c */ 1", "select /*+ a b c */ ?"),
        ("select 5--1\n+2", "select ? + ?"),
    ]);
    mysql(&[
        ("select 1 # x", "select ?"),
        ("select 5--1", "select ? - ?"),
        ("select 5-- 1", "select ?"),
        ("select /*!50000 sql_no_cache */ a", "select sql_no_cache a"),
        ("/*!40101 SET NAMES utf8 */", "set names ?"),
        ("select /*M!100100 a */, b */ c", "select a, b * / c"),
    ]);
}

#[test]
fn names_are_canonical() {
    postgres(&[
        (
            r#"select "users", "Users", "order", "a""b", "x y" from "T""#,
            r#"select users, "Users", "order", "a""b", "x y" from "T""#,
        ),
        (r#"select U&"data", U&"d\0061""#, r#"select data, u&"d\0061""#),
        (r#"select "open"#, "select open"),
        (r#"select "Open"#, r#"select "Open""#),
    ]);
    mysql(&[(
        "select `users`, `Users`, `Order`, `a``b` from `T-1`",
        "select users, users, `order`, `a``b` from `t-1`",
    )]);
}

#[test]
fn numbered_tables_fold() {
    both(&[
        ("select * from orders_2024_01", "select * from orders_$_$"),
        (
            "select * from t_1, t_22 x, t_33 where c_44 = 1",
            "select * from t_1, t_$ x, t_$ where c_44 = ?",
        ),
        ("select t_22.c_33 from s_44.t_22", "select t_$.c_33 from s_$.t_$"),
        ("insert into t_22(c_33) select 1", "insert into t_$(c_33) select ?"),
        ("update t_22 set c_33 = 1", "update t_$ set c_33 = ?"),
        (
            "select * from f_22(1) join t_33 using (c_44)",
            "select * from f_22(?) join t_$ using (c_44)",
        ),
        ("select extract(year from c_22) from t", "select extract(year from c_22) from t"),
        ("select a is not distinct from c_22 from t", "select a is not distinct from c_22 from t"),
        ("create table if not exists t_22 (c_33 int)", "create table if not exists t_$(c_33 int)"),
        ("drop table t_22, t_33", "drop table t_$, t_$"),
        (
            "select * from (t_22 join t_33 on a_44 = b_55)",
            "select * from (t_$ join t_$ on a_44 = b_55)",
        ),
        (
            "select * from (select c_11, c_22 from t_33, t_44) x",
            "select * from (select c_11, c_22 from t_$, t_$) x",
        ),
        ("select a from t for update", "select a from t for update"),
        ("select * from tmp_a1b2c3d4e5", "select * from tmp_$"),
    ]);
}

#[test]
fn session_names_are_placeholders() {
    both(&[
        ("SAVEPOINT a12", "savepoint ?"),
        ("savepoint a.b", "savepoint ?"),
        ("savepoint a.[", "savepoint ?.["),
        ("release savepoint a", "release savepoint ?"),
        ("rollback to savepoint a", "rollback to savepoint ?"),
        ("rollback work", "rollback"),
        ("commit work", "commit"),
        ("begin work", "begin"),
        ("begin", "begin"),
        ("prepare q as select 1", "prepare ? as select ?"),
        ("execute q(1,2)", "execute ? (?, ?)"),
        ("deallocate prepare q", "deallocate prepare ?"),
        ("use db", "use ?"),
        ("select a from savepoint", "select a from savepoint"),
    ]);
    postgres(&[
        ("declare c cursor for select 1", "declare ? cursor for select ?"),
        ("fetch forward 10 from c", "fetch forward ? from ?"),
        ("fetch c", "fetch ?"),
        ("close all", "close all"),
        ("close c", "close ?"),
        ("listen c", "listen ?"),
        ("unlisten *", "unlisten ?"),
        ("notify c, 'x'", "notify ?, ?"),
        ("end", "commit"),
        ("explain (analyze) select 1", "explain (analyze) select ?"),
        ("explain analyze execute q(1)", "explain analyze execute ? (?)"),
        ("deallocate all", "deallocate all"),
        ("prepare transaction 'x'", "prepare transaction ?"),
        ("commit prepared 'x'", "commit prepared ?"),
        ("start transaction read only", "start transaction read only"),
    ]);
    mysql(&[("kill 5", "kill ?"), ("xa start 'x'", "xa start ?")]);
}

#[test]
fn settings_keep_their_names() {
    both(&[
        ("SET x = 1", "set x = ?"),
        ("set session x = foo", "set session x = ?"),
        ("set names utf8", "set names ?"),
        (
            "set transaction isolation level serializable",
            "set transaction isolation level serializable",
        ),
    ]);
    postgres(&[
        ("set search_path to a, b, 'c'", "set search_path to ?"),
        ("set local role joe", "set local role ?"),
        ("set time zone 'UTC'", "set time zone ?"),
        ("set a.b = default; select 1", "set a.b = ?; select ?"),
    ]);
    mysql(&[
        ("set @a = 1, @b := (select 1, 2)", "set @a = ?, @b := ?"),
        ("set @@session.x = 'y'", "set @@session.x = ?"),
    ]);
}

#[test]
fn words_that_say_nothing_go() {
    both(&[
        ("select a from t order by a asc, b desc, c asc", "select a from t order by a, b desc, c"),
        ("select a from t order by a asc limit 1", "select a from t order by a limit ?"),
        (
            "select a from (select b from t order by b asc) x",
            "select a from (select b from t order by b) x",
        ),
        ("select 1 from a inner join b left outer join c", "select ? from a join b left join c"),
        ("select 1 from a natural inner join b", "select ? from a natural join b"),
        ("select a from t limit 5, 10", "select a from t limit ? offset ?"),
        ("select a from t limit 5 offset 10", "select a from t limit ? offset ?"),
        ("select asc asc, b", "select asc, b"),
    ]);
    postgres(&[(
        "select a from t order by a asc nulls first",
        "select a from t order by a nulls first",
    )]);
}

#[test]
fn equal_arms_and_statements_collapse() {
    both(&[
        ("select 1", "select ?"),
        ("select 1 union all select 2", "select ? union all select ?"),
        (
            "select 1 union all select 2 union all select 3 order by 1",
            "select ? union all select ? order by ?",
        ),
        (
            "select 1 union all select 2 union select 3",
            "select ? union all select ? union select ?",
        ),
        (
            "select * from (select 1 union all select 2 union all select 3) x",
            "select * from (select ? union all select ?) x",
        ),
        ("select 1; select 2; select a;", "select ?; select a"),
    ]);
}

#[test]
fn cut_texts_join_their_shapes() {
    both(&[
        ("select * from t where a in (1, 2, 3", "select * from t where a in (?)"),
        ("select * from t where a in (1, 2,", "select * from t where a in (?)"),
        ("insert into t values (1, 2), (3, 'x", "insert into t values (?)"),
        ("insert into t values (1, now()), (3, ", "insert into t values (?, now())"),
        ("insert into t values (1, lower('x", "insert into t values (?, lower(?))"),
        ("select a from t whe...", "select a from t …"),
        ("select a from t where b = 'x...", "select a from t where b = ?"),
        ("select a from t where b = 12...", "select a from t where b = ? …"),
        ("select a from t where b in (1, 2...", "select a from t where b in (?) …"),
        ("select 1 /* x...", "select ?"),
        ("...", "…"),
        ("select a . . .", "select a. . ."),
    ]);
}

/// What was seen before must not change how a text is read: `"x"` is a name in PostgreSQL, also
/// where a string once stood.
#[test]
fn a_name_where_a_string_stood() {
    let mut normalizer = Normalizer::new(Dialect::Postgres);
    for (sql, text) in [
        ("select 'x' from t", "select ? from t"),
        ("select \"X\" from t", "select \"X\" from t"),
        ("select 1 from t", "select ? from t"),
        ("select a from t", "select a from t"),
        ("select e'\\'' from t", "select ? from t"),
        ("select $$x$$ from t", "select ? from t"),
        ("select \"x\" from t", "select x from t"),
    ] {
        for _ in 0..2 {
            assert_eq!(normalizer.normalize(sql.as_bytes()).text, text.as_bytes(), "{sql}");
        }
    }
}

#[test]
fn a_list_is_remembered_whatever_its_length() {
    let statement = |numbers: std::ops::Range<u32>| {
        let list: Vec<String> = numbers.map(|number| number.to_string()).collect();
        format!("SELECT a FROM t WHERE id IN ({}) AND b = -7 AND c = 'x'", list.join(", "))
    };
    let mut normalizer = Normalizer::new(Dialect::Postgres);
    normalizer.normalize(statement(1..4).as_bytes());
    for len in [1, 3, 14, 15, 2_000] {
        let again = statement(5..5 + len);
        let again = normalizer.normalize(again.as_bytes());
        assert!(again.repeat.is_some(), "{len}");
        let values: Vec<i64> = again.literals.iter().filter_map(|value| value.as_int()).collect();
        let sent: Vec<i64> = (5..5 + i64::from(len)).chain([-7]).take(16).collect();
        assert_eq!(values, sent);
    }
}

#[test]
fn digits_behind_a_number_may_be_its_own() {
    let mut normalizer = Normalizer::new(Dialect::Postgres);
    for (sql, text) in [
        ("select -0b12 ;", "select ? ?"),
        ("select -0b10 ;", "select ?"),
        ("select -0b13 ;", "select ? ?"),
    ] {
        let normalized = normalizer.normalize(sql.as_bytes());
        assert_eq!(String::from_utf8_lossy(normalized.text), text, "{sql}");
    }
}
