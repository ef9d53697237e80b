//! Statements as an application sends them, with gaps for names and values.

use crate::engine::Engine;

/// `%t` the table, letters behind it being part of its name, `%c` a column, `%=` the same column
/// again, `%n` a number, `%s` a text, `%d` an instant, `%i` and `%j` lists of numbers and texts,
/// `%r` rows for VALUES, `~` a line break where the shape has any, else a blank.
pub(super) fn templates(engine: Engine) -> &'static [&'static str] {
    match engine {
        Engine::Postgres => &POSTGRES,
        Engine::Mysql => &MYSQL,
    }
}

const POSTGRES: [&str; 8] = [
    "SELECT a.id, a.%c, a.%c, a.created_at,~a.updated_at, a.lock_version~FROM %t a~WHERE a.tenant_id = %n~AND a.%c = %s \
     AND a.deleted_at IS NULL~ORDER BY a.created_at DESC, a.id LIMIT %n",
    "SELECT a.id, a.%c, a.%c, a.amount, d.position, d.%c~FROM %t a~JOIN %t_rows d ON d.parent_id = a.id~\
     WHERE a.id IN (%i)~AND d.created_at >= %d~ORDER BY d.position, a.id",
    "UPDATE %t~SET %c = %s, %c = %n,~lock_version = lock_version + 1, updated_at = %d~\
     WHERE id = %n AND tenant_id = %n~AND %c <> %s RETURNING id, lock_version",
    "INSERT INTO %t~(tenant_id, %c, %c, note, created_at)~VALUES %r~ON CONFLICT DO NOTHING~RETURNING id, created_at",
    "SELECT date_trunc('day', a.created_at) AS day,~count(*) AS n, sum(a.amount) AS total~FROM %t a~\
     WHERE a.created_at >= %d~AND a.%c IN (%j)~GROUP BY day ORDER BY day",
    "WITH recent AS (~SELECT id, %c FROM %t~WHERE created_at > %d ORDER BY id DESC LIMIT %n)~\
     SELECT r.id, r.%=, count(d.id) AS n~FROM recent r JOIN %t_rows d ON d.parent_id = r.id~\
     GROUP BY r.id, r.%= HAVING count(d.id) > %n",
    "DELETE FROM %t~WHERE tenant_id = %n AND %c = %s~AND created_at < %d~\
     AND NOT EXISTS (~SELECT 1 FROM %t_old h~WHERE h.parent_id = %t.id AND h.%c = %s)",
    "SELECT a.id, a.%c, coalesce(a.%c, %s) AS label, a.amount~FROM %t a~WHERE a.%c ILIKE %s~\
     AND (a.amount > %n OR a.%c = %s)~AND a.id IN (%i)~LIMIT %n",
];

/// Some short ones more than PostgreSQL's, as object-relational mappers send them all day.
const MYSQL: [&str; 11] = [
    "SELECT a.id, a.%c, a.%c, a.created_at,~a.updated_at, a.lock_version~FROM %t a~WHERE a.tenant_id = %n~AND a.%c = %s \
     AND a.deleted_at IS NULL~ORDER BY a.created_at DESC, a.id LIMIT %n, %n",
    "SELECT %t.* FROM %t~WHERE %t.tenant_id = %n AND %t.%c = %s LIMIT 1",
    "SELECT a.id, a.%c, a.%c, a.amount, d.position, d.%c~FROM %t a~INNER JOIN %t_rows d ON d.parent_id = a.id~\
     WHERE a.id IN (%i)~AND d.created_at >= %d~ORDER BY d.position, a.id",
    "UPDATE %t~SET %c = %s, %c = %n,~lock_version = lock_version + 1, updated_at = %d~\
     WHERE id = %n AND tenant_id = %n",
    "INSERT INTO %t~(tenant_id, %c, %c, note, created_at)~VALUES %r~ON DUPLICATE KEY UPDATE %= = VALUES(%=)",
    "SELECT DATE(a.created_at) AS day,~COUNT(*) AS n, SUM(a.amount) AS total~FROM %t a FORCE INDEX (ix_created)~\
     WHERE a.created_at >= %d~AND a.%c IN (%j)~GROUP BY day ORDER BY NULL",
    "SELECT %t.id, %t.%c, %t_rows.%c AS label~FROM %t~\
     LEFT OUTER JOIN %t_rows ON %t_rows.parent_id = %t.id~WHERE %t_rows.%c IN (%j)~AND %t.updated_at > %d",
    "DELETE FROM %t~WHERE tenant_id = %n AND %c = %s~AND created_at < %d~LIMIT %n",
    "SELECT SQL_CALC_FOUND_ROWS a.id, a.%c,~IFNULL(a.%c, %s) AS label, a.amount~FROM %t a~WHERE a.%c LIKE %s~\
     AND (a.amount > %n OR a.%c = %s)~AND a.id NOT IN (SELECT parent_id FROM %t_old~WHERE %c = %s)~LIMIT %n",
    "SELECT COUNT(*) FROM %t WHERE tenant_id = %n AND %c = %s~AND created_at BETWEEN %d AND %d",
    "UPDATE %t SET %c = %s WHERE id = %n",
];
