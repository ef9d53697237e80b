//! Words in one text, for what is kept of every fingerprint: a word by itself takes three times the
//! room of its letters.

/// Words in a row.
#[derive(Debug, Clone, Default)]
pub(crate) struct Words(Box<str>);

/// Stands behind each word; no server takes it in a name.
const END: char = '\0';

impl Words {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.split_terminator(END)
    }
}

impl<'w> FromIterator<&'w str> for Words {
    fn from_iter<I: IntoIterator<Item = &'w str>>(words: I) -> Self {
        let mut text = String::new();
        for word in words {
            word.split(END).for_each(|part| text.push_str(part));
            text.push(END);
        }
        Self(text.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_apart_and_keep_their_places() {
        for words in [&[][..], &[""], &["a"], &["", "a", "", "ab"], &["orders", "id", ""]] {
            let kept: Words = words.iter().copied().collect();
            assert_eq!(kept.iter().collect::<Vec<_>>(), words);
        }
        let odd: Words = ["a\0b", "c"].into_iter().collect();
        assert_eq!(odd.iter().collect::<Vec<_>>(), ["ab", "c"]);
    }
}
