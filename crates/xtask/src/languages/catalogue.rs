//! Catalogues of GNU gettext.
//! <https://www.gnu.org/software/gettext/manual/html_node/MO-Files.html>

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};

/// The messages of a program in one language.
#[derive(Debug)]
pub(super) struct Catalogue {
    /// As in the name of a locale: `de`, `zh_CN`.
    pub(super) language: String,
    messages: BTreeMap<String, String>,
}

impl Catalogue {
    pub(super) fn parse(language: String, bytes: &[u8]) -> Result<Self> {
        let word = |at: usize| -> Result<usize> {
            let word = bytes.get(at..at + 4).context("the catalogue is cut")?;
            Ok(u32::from_le_bytes(word.try_into()?) as usize)
        };
        ensure!(word(0)? == 0x9504_12de, "no catalogue of this byte order");
        let text = |table: usize, number: usize| -> Result<String> {
            let (len, start) = (word(table + 8 * number)?, word(table + 8 * number + 4)?);
            let text = bytes.get(start..start + len).context("the catalogue is cut")?;
            Ok(String::from_utf8(text.to_vec())?)
        };
        let (originals, translations) = (word(12)?, word(16)?);
        let messages = (0..word(8)?)
            .map(|number| Ok((text(originals, number)?, text(translations, number)?)))
            .collect::<Result<_>>()?;
        Ok(Self { language, messages })
    }

    /// The translation of a message, if it is another text.
    pub(super) fn get(&self, message: &str) -> Option<&str> {
        self.messages.get(message).map(String::as_str).filter(|text| *text != message)
    }

    /// The messages that begin so, with their translations.
    pub(super) fn beginning<'a>(
        &'a self,
        start: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.messages
            .range(start.to_owned()..)
            .take_while(move |(message, _)| message.starts_with(start))
            .map(|(message, text)| (message.as_str(), text.as_str()))
    }
}
