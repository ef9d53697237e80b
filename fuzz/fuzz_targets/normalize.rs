//! Any bytes: normalising twice is normalising once, with and without a memory.
#![no_main]

use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;
use slowlog_event::Dialect;
use slowlog_normalize::Normalizer;

thread_local! {
    static SEEN: RefCell<[Normalizer; 2]> =
        RefCell::new([Normalizer::new(Dialect::Postgres), Normalizer::new(Dialect::MySql)]);
}

fuzz_target!(|sql: &[u8]| {
    for (at, dialect) in [Dialect::Postgres, Dialect::MySql].into_iter().enumerate() {
        let mut new = Normalizer::new(dialect);
        let first = new.normalize(sql);
        SEEN.with_borrow_mut(|seen| {
            // What comes again as it is may be remembered in another way.
            for _ in 0..3 {
                let remembered = seen[at].normalize(sql);
                assert_eq!(remembered.text, first.text);
                assert_eq!(remembered.literals, first.literals);
                assert_eq!(remembered.statements, first.statements);
                assert_eq!(remembered.truncated, first.truncated);
            }
        });
        let once = first.text.to_vec();
        let again = Normalizer::new(dialect).normalize(&once).text.to_vec();
        assert_eq!(String::from_utf8_lossy(&again), String::from_utf8_lossy(&once));
    }
});
