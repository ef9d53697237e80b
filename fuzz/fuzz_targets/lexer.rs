//! Any bytes: tokens in order, inside the text, and the end is reached; nothing leaks.
#![no_main]

use libfuzzer_sys::fuzz_target;
use slowlog_event::Dialect;
use slowlog_lex::{Lexer, TokenKind, redact, split_statements};

fuzz_target!(|sql: &[u8]| {
    for dialect in [Dialect::Postgres, Dialect::MySql] {
        let mut lexer = Lexer::new(sql, dialect);
        let mut end = 0;
        loop {
            let token = lexer.next_token();
            assert!(token.start >= end && token.end <= sql.len());
            if token.kind == TokenKind::Eof {
                assert_eq!(token.start, sql.len());
                break;
            }
            assert!(token.end > token.start);
            if token.kind == TokenKind::String {
                assert!(lexer.string_body(&token).len() < token.end - token.start);
            }
            end = token.end;
        }
        for statement in split_statements(sql, dialect) {
            assert!(!statement.is_empty());
        }
        let mut once = Vec::new();
        redact(sql, dialect, &mut once);
    }
});
