//! One report, many faces.
//!
//! A [`Report`] ranks what a digest says; [`render_text`] writes it for a terminal, [`render_json`]
//! for programs (schema `slowlog.report/1`). Texts from the log are untrusted: on a terminal,
//! control characters are made visible ([`visible`]).
//!
//! ```
//! use slowlog_digest::{Completeness, Digest};
//! use slowlog_report::{Report, Settings, render_json};
//!
//! let (digest, completeness) = (Digest::default(), Completeness::default());
//! let report = Report::new(&digest, &[], &completeness, Settings::default());
//! let mut json = Vec::new();
//! render_json(&report, &mut json)?;
//! assert!(json.starts_with(b"{\n  \"schema\": \"slowlog.report/1\""));
//! # Ok::<(), std::io::Error>(())
//! ```

mod advice;
mod advice_face;
mod doctor;
mod happenings;
mod json;
mod model;
mod n_plus_one;
mod seen;
mod table;
mod terminal;
mod units;
mod untimed;
mod visible;

pub use advice_face::{render_advice_json, render_advice_sql, render_advice_text};
pub use doctor::{render_doctor_json, render_doctor_text};
pub use json::render_json;
pub use model::{Report, Row, Settings, Sort};
pub use n_plus_one::{render_bursts, render_n_plus_one_json, render_n_plus_one_text};
pub use terminal::render_text;
pub use visible::visible;
