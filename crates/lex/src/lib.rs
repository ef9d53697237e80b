//! A token lexer for PostgreSQL and MySQL statements that accepts any bytes and never fails.
//!
//! A statement of a log may be cut off, may hold invalid UTF-8 and may be no SQL at all; still it
//! needs tokens, quickly and always the same. [`Lexer`] gives one a call, without an allocation,
//! in time that grows with the length of the text alone.
//!
//! ```
//! use slowlog_event::Dialect;
//! use slowlog_lex::{Lexer, TokenKind};
//!
//! let mut lexer = Lexer::new(b"select a-1 from t", Dialect::MySql);
//! let mut numbers = 0;
//! loop {
//!     match lexer.next_token().kind {
//!         TokenKind::Eof => break,
//!         TokenKind::Number => numbers += 1,
//!         _ => {}
//!     }
//! }
//! assert_eq!(numbers, 1);
//! ```

mod chunk;
mod class;
mod enclosure;
mod keyword;
mod lexer;
mod literal;
mod number;
mod operator;
mod redact;
mod statements;
#[cfg(test)]
mod tests;
mod token;
mod unpaired;

pub use chunk::begins_with;
pub use enclosure::{Enclosure, Within, mysql_enclosure};
pub use keyword::Keyword;
pub use lexer::Lexer;
pub use literal::{comment_end, number_end, number_literal, string_end, string_literal};
pub use redact::{mask, redact};
pub use statements::split_statements;
pub use token::{Token, TokenKind};
pub use unpaired::unpaired_quote;
