//! How many bytes of statements a thread normalises in a second.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use slowlog_event::Dialect;
use slowlog_normalize::Normalizer;

/// Twelve shapes of an online shop, as an ORM writes them; `{n}` and `{s}` are literals.
const SHAPES: [&str; 12] = [
    "SELECT orders.id, orders.customer_id, orders.status, orders.total, orders.created_at FROM orders WHERE orders.customer_id = {n} AND orders.status = '{s}' AND orders.created_at >= '2024-0{d}-01 00:00:00' ORDER BY orders.created_at DESC LIMIT 20 OFFSET {n}",
    "SELECT c.id, c.email, c.first_name, c.last_name FROM customers c INNER JOIN addresses a ON a.customer_id = c.id WHERE a.country_code = '{s}' AND c.deleted_at IS NULL AND lower(c.email) = lower('{s}') AND a.is_primary = TRUE",
    "INSERT INTO order_items (order_id, product_id, quantity, unit_price, discount, note, created_at) VALUES ({n}, {n}, 2, 19.99, 0, '{s}', '2024-0{d}-11 10:11:12.123456'), ({n}, {n}, 1, 5.50, 0, NULL, '2024-0{d}-11 10:11:12.123456')",
    "UPDATE products SET stock = stock - {n}, updated_at = '2024-0{d}-11 10:11:12', updated_by = {n} WHERE id = {n} AND stock >= {n} AND warehouse_id IN ({n}, {n}, {n}, {n})",
    "SELECT count(*) AS total, sum(oi.quantity * oi.unit_price) AS revenue FROM order_items oi JOIN products p ON p.id = oi.product_id WHERE p.category_id IN ({n}, {n}, {n}, {n}, {n}, {n}, {n}) AND oi.created_at BETWEEN '2024-0{d}-01' AND '2024-0{d}-28' GROUP BY p.category_id HAVING sum(oi.quantity) > {n}",
    "DELETE FROM sessions WHERE user_id = {n} AND token = '{s}-{n}-{s}' AND expires_at < '2024-0{d}-11 10:11:12'",
    "SELECT id, payload FROM jobs WHERE queue = '{s}' AND run_at <= '2024-0{d}-11 10:11:12' AND locked_at IS NULL ORDER BY priority ASC, id ASC LIMIT 1 FOR UPDATE",
    "SELECT \"users\".* FROM \"users\" WHERE \"users\".\"id\" = {n} AND \"users\".\"tenant_id\" = {n} LIMIT 1",
    "UPDATE accounts SET balance = balance + {n}.25 WHERE id = {n}",
    "SELECT u.id, u.name, (SELECT max(l.created_at) FROM logins l WHERE l.user_id = u.id) AS last_login, CASE WHEN u.score > {n} THEN 'gold' WHEN u.score > {n} THEN 'silver' ELSE '{s}' END AS tier FROM users u LEFT OUTER JOIN teams t ON t.id = u.team_id WHERE u.tenant_id = {n} AND u.name LIKE '{s}%' ORDER BY u.name",
    "INSERT INTO audit_log_2024_0{d} (actor_id, action, object_type, object_id, detail, ip) VALUES ({n}, '{s}', 'order', {n}, '{s} it''s changed {s} to {s}', '10.0.{d}.7')",
    "/* controller=orders,action=show */ SELECT s.id, s.sku, s.title, s.price_cents, s.currency, s.image_url FROM skus s WHERE s.product_id = {n} AND s.active AND s.price_cents BETWEEN {n} AND {n}",
];

fn statements() -> Vec<String> {
    let mut seed = 42u64;
    let mut next = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        seed >> 33
    };
    let words = ["paid", "DE", "jane.doe@example.com", "pending_review", "default", "x"];
    (0..4096)
        .map(|_| {
            let mut rest = SHAPES[next() as usize % SHAPES.len()];
            let mut text = String::new();
            while let Some(at) = rest.find('{') {
                text.push_str(&rest[..at]);
                match rest.as_bytes()[at + 1] {
                    b'n' => text.push_str(&(next() % 10u64.pow(next() as u32 % 8)).to_string()),
                    b'd' => text.push_str(&(next() % 9 + 1).to_string()),
                    _ => text.push_str(words[next() as usize % words.len()]),
                }
                rest = &rest[at + 3..];
            }
            text + rest
        })
        .collect()
}

fn bench(c: &mut Criterion) {
    let seen = statements();
    // Each under a name of its own: nothing is remembered from one to the next.
    let new: Vec<String> = seen
        .iter()
        .enumerate()
        .map(|(number, sql)| format!("WITH u{number} AS (SELECT 1) {sql}"))
        .collect();
    for (name, statements, shapes) in [("seen", &seen, SHAPES.len()), ("new", &new, new.len())] {
        let bytes: usize = statements.iter().map(String::len).sum();
        let mut group = c.benchmark_group(name);
        group.throughput(Throughput::Bytes(bytes as u64));
        for dialect in [Dialect::Postgres, Dialect::MySql] {
            let mut normalizer = Normalizer::new(dialect);
            let mut texts: Vec<Vec<u8>> = statements
                .iter()
                .map(|sql| normalizer.normalize(sql.as_bytes()).text.to_vec())
                .collect();
            texts.sort();
            texts.dedup();
            // As MySQL the quoted names are strings, yet each shape stays one.
            assert_eq!(texts.len(), shapes, "{name} {dialect:?}");
            group.bench_function(format!("{dialect:?}"), |b| {
                b.iter(|| {
                    let mut total = 0;
                    for sql in statements {
                        total += black_box(normalizer.normalize(sql.as_bytes())).text.len();
                    }
                    total
                });
            });
        }
        group.finish();
    }
}

criterion_group!(benches, bench);
criterion_main!(benches);
