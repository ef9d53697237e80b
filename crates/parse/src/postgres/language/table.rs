use super::Language;
pub(super) static LANGUAGES: [Language; 0] = [];
