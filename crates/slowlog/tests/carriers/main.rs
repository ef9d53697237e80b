//! Logs in carriers: compressed, archived, in another encoding, broken.

mod archives;
mod broken;
mod copies;
mod envelopes;
mod faults;
mod overlaps;
mod same;
mod streams;
mod wrap;
