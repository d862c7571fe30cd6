//! Finds merchantKeys in texts and masks them: all keys in one pass over the text.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use aho_corasick::{AhoCorasick, Input, MatchKind};

use super::key_spellings::spellings;
use super::merchant::MerchantKey;

/// Replaces a key in texts.
const MASK: &str = "***";
/// A beginning of a key this long is masked too: it is no coincidence. Shorter keys are matched whole.
const MIN_PREFIX_CHARS: usize = 24;
/// Before the sign of a cut, a beginning of a key this long is masked.
const MIN_CUT_CHARS: usize = 8;
/// The sign of a cut.
const CUT: char = '…';
/// The automaton looks for the beginnings of the spellings only, which keeps it small.
const MAX_HEAD_BYTES: usize = 8;

/// Finds the keys of a set.
#[derive(Debug)]
pub struct KeyFinder {
    heads: AhoCorasick,
    /// Sorted.
    spellings: Vec<Arc<str>>,
    /// The length of the longest one.
    longest: usize,
}

impl KeyFinder {
    /// Finds these keys.
    pub fn new<'k>(keys: impl IntoIterator<Item = &'k MerchantKey>) -> Self {
        Self::with_all(keys, [])
    }

    /// Finds these keys, and those that the others find.
    pub fn with_all<'k>(
        keys: impl IntoIterator<Item = &'k MerchantKey>,
        others: impl IntoIterator<Item = Arc<Self>>,
    ) -> Self {
        let mut all: Vec<Arc<str>> = keys.into_iter().flat_map(|key| spellings(key.expose())).map(Arc::from).collect();
        all.extend(others.into_iter().flat_map(|other| other.spellings.clone()));
        // Several sorted lists are merged fast.
        all.sort();
        all.dedup();
        let mut heads: Vec<_> = all.iter().map(|text| &text[..floor(text, MAX_HEAD_BYTES)]).collect();
        heads.dedup();
        let heads = match AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(heads) {
            Ok(heads) => heads,
            Err(error) => unreachable!("so many keys do not fit into memory: {error}"),
        };
        let longest = all.iter().map(|text| text.len()).max().unwrap_or(0);
        Self { heads, spellings: all, longest }
    }

    /// The first key at or after `from`.
    fn find(&self, text: &str, mut from: usize) -> Option<Range<usize>> {
        loop {
            let at = self.heads.find(Input::new(text).span(from..text.len()))?.start();
            if let Some(length) = self.match_len(&text[at..]) {
                return Some(at..at + length);
            }
            from = at + 1;
        }
    }

    /// How much of the beginning of a text is a key, or the beginning of one.
    fn match_len(&self, text: &str) -> Option<usize> {
        let next = self.spellings.partition_point(|spelling| **spelling <= *text);
        let neighbours = &self.spellings[next.saturating_sub(1)..self.spellings.len().min(next + 1)];
        // Of a sorted list, a neighbour has most in common.
        let common = neighbours.iter().map(|spelling| common_prefix(spelling, text)).max().unwrap_or(0);
        let is_long = text[..common].chars().nth(MIN_PREFIX_CHARS - 1).is_some();
        // A part does not end inside an escape.
        let part = is_long.then(|| text[..common].trim_end_matches('\\').len());
        self.whole_len(&text[..common]).max(part)
    }

    /// The length of the longest spelling with which a text begins.
    fn whole_len(&self, mut text: &str) -> Option<usize> {
        while !text.is_empty() {
            let next = self.spellings.partition_point(|spelling| **spelling <= *text);
            let last = self.spellings.get(next.checked_sub(1)?)?;
            if text.starts_with(&**last) {
                return Some(last.len());
            }
            // Whatever is shorter begins both texts.
            text = &text[..common_prefix(last, text)];
        }
        None
    }

    /// Where a key begins that was cut at the end of a text.
    fn find_cut(&self, text: &str) -> Option<usize> {
        let from = floor(text, text.len().saturating_sub(self.longest));
        text[from..].char_indices().map(|(at, _)| from + at).find(|at| {
            let part = &text[*at..];
            let next = self.spellings.partition_point(|spelling| **spelling < *part);
            part.chars().nth(MIN_CUT_CHARS - 1).is_some()
                && self.spellings.get(next).is_some_and(|spelling| spelling.starts_with(part))
        })
    }
}

/// Masks keys in texts.
#[derive(Clone, Debug, Default)]
pub struct KeyMask {
    finders: Arc<[Arc<KeyFinder>]>,
}

impl KeyMask {
    /// How far a key can reach beyond the place where a text is cut. No spelling is longer: 255 bytes, each written as six.
    pub const LOOKAHEAD: usize = 1_536;

    /// Masks what these find.
    pub fn new(finders: impl IntoIterator<Item = Arc<KeyFinder>>) -> Self {
        Self { finders: finders.into_iter().collect() }
    }

    /// Masks these keys.
    pub fn of<'k>(keys: impl IntoIterator<Item = &'k MerchantKey>) -> Self {
        Self::new([Arc::new(KeyFinder::new(keys))])
    }

    /// The text with every key masked: in every spelling, without its first character, and the beginning of one that is
    /// long or stands before the sign of a cut.
    pub fn masked<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let masked = self.mask(text, text.len()).map_or(Cow::Borrowed(text), Cow::Owned);
        match self.mask_cuts(&masked) {
            Some(masked) => Cow::Owned(masked),
            None => masked,
        }
    }

    /// The first `max` bytes of a text, masked before it is cut. `text` should be longer by
    /// [`KeyMask::LOOKAHEAD`] bytes where there is more of it.
    pub fn masked_upto<'t>(&self, text: &'t str, max: usize) -> Cow<'t, str> {
        let end = floor(text, max);
        self.mask(text, end).map_or(Cow::Borrowed(&text[..end]), Cow::Owned)
    }

    /// The first `end` bytes with whole keys masked; none where there is no key.
    fn mask(&self, text: &str, end: usize) -> Option<String> {
        let mut next: Vec<_> = self.finders.iter().map(|finder| finder.find(text, 0)).collect();
        let (mut masked, mut done) = (String::new(), 0);
        // The first one, and of those that begin there the longest.
        while let Some(found) = next.iter().flatten().min_by_key(|found| (found.start, usize::MAX - found.end)).cloned()
            && found.start < end
        {
            let before = &text[done..found.start];
            // It does not begin inside an escape: the backslash before it goes too.
            let escaped = (before.len() - before.trim_end_matches('\\').len()) % 2;
            masked.push_str(&before[..before.len() - escaped]);
            masked.push_str(MASK);
            done = found.end;
            for (finder, next) in self.finders.iter().zip(&mut next) {
                if next.as_ref().is_some_and(|next| next.start < done) {
                    *next = finder.find(text, done);
                }
            }
        }
        (done > 0).then(|| masked + &text[done.min(end)..end])
    }

    /// Masks the beginnings of keys that stand before the sign of a cut; none where there are none.
    fn mask_cuts(&self, text: &str) -> Option<String> {
        if !text.contains(CUT) {
            return None;
        }
        let mut masked = String::new();
        let mut has_found = false;
        for piece in text.split_inclusive(CUT) {
            let before = piece.strip_suffix(CUT);
            let cut = before.and_then(|before| self.finders.iter().filter_map(|finder| finder.find_cut(before)).min());
            match cut {
                Some(at) => {
                    has_found = true;
                    masked.extend([&piece[..at], MASK]);
                    masked.push(CUT);
                }
                None => masked.push_str(piece),
            }
        }
        has_found.then_some(masked)
    }
}

/// The last border between characters at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// How many bytes two texts have in common at their beginning.
fn common_prefix(a: &str, b: &str) -> usize {
    let same = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    floor(a, same)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: &str = "33F49GnCMS1mFYlGXisbUDzVf2ATWCl9k3R++d5hDd3Frmuos/XLx8XhXpe+LDYA==";

    fn mask_of(keys: &[&str]) -> KeyMask {
        let keys: Vec<_> = keys.iter().map(|key| MerchantKey::new(key).unwrap()).collect();
        KeyMask::of(&keys)
    }

    fn masked(key: &str, text: &str) -> String {
        mask_of(&[key]).masked(text).into_owned()
    }

    #[test]
    fn a_key_is_masked_however_it_is_spelled_and_where_it_was_cut() {
        for spelled in [
            KEY.to_owned(),
            KEY[1..].to_owned(),
            KEY.replace('+', "%2b").replace('/', "%2f").replace('=', "%3d"),
            KEY[1..].replace('+', "%2B").replace('/', "%2F").replace('=', "%3D"),
            KEY.replace('+', "\\u002B").replace('=', "\\u003d"),
            KEY.replace('+', "%2B"),
            KEY[..40].to_owned(),
        ] {
            let masked = masked(KEY, &format!("before {spelled} after"));
            assert!(masked.starts_with("before ***") && masked.ends_with(" after"), "{masked}");
            assert!(!masked.contains("3F49GnCMS1m") && !masked.contains("d5hDd3Frmuos"), "{masked}");
        }
        let short = "33F49GnCMS1mFYlGXisbUDz is too short to match";
        assert_eq!(masked(KEY, short), short);
        let signs = "ab/cd+ef/gh.ij-kl/mn+op.qr-st/uv+wx";
        assert_eq!(masked(signs, "got \"ab/cd+ef/gh.ij-kl/mn+op.q\u{2026}\" and more"), "got \"***\u{2026}\" and more");
        assert_eq!(masked(signs, "ab/cd+ef/gh.ij-kl/mn+op.qab/cd+ef/gh.ij-kl/mn+op.qr-st/uv+wx!"), "******!");
        let odd = "ab&cd<\"ij'/kl";
        for spelled in [odd, "ab&#38;cd&#60;&#34;ij&#39;/kl", "ab&cd<\\\"ij'/kl", "ab&#38;cd&#60;\\&#34;ij&#39;/kl"] {
            assert_eq!(masked(odd, spelled), "***", "{spelled}");
        }
        assert_eq!(masked("my secret key", "key=my+secret+key&a=b"), "key=***&a=b");
        // As System.Text.Json and PHP's JSON_HEX_TAG write it.
        for spelled in [r"ab\u0026cd\u003C\u0022ij\u0027/kl", r"ab\u0026cd\u003c\u0022ij\u0027/kl"] {
            assert_eq!(masked(odd, spelled), "***", "{spelled}");
        }
        assert_eq!(masked(KEY, &KEY.replace('+', "\\u002B")), "***");
    }

    #[test]
    fn a_key_of_eight_characters_is_masked() {
        for (text, expected) in [
            ("a 12345678 b", "a *** b"),
            ("a 2345678 b", "a *** b"),
            ("a 1234567 b", "a 1234567 b"),
            ("Basic U0hPUDoxMjM0NTY3OA==", "Basic U0hPUDo***A=="),
        ] {
            assert_eq!(masked("12345678", text), expected);
        }
    }

    #[test]
    fn before_the_sign_of_a_cut_eight_characters_are_enough() {
        for (text, expected) in [
            ("\"xx33F49GnC…\" (90 characters)", "\"xx***…\" (90 characters)"),
            ("\"xx33F49Gn…\"", "\"xx33F49Gn…\""),
            ("3F49GnCM… and 33F49GnCMS1… and …", "***… and ***… and …"),
            ("33F49GnCM and no cut", "33F49GnCM and no cut"),
        ] {
            assert_eq!(masked(KEY, text), expected);
        }
    }

    #[test]
    fn a_text_is_masked_before_it_is_cut() {
        let mask = mask_of(&[KEY]);
        let text = format!("{KEY} {KEY} and {KEY}");
        assert_eq!(mask.masked_upto(&text, text.len()), "*** *** and ***");
        for max in 0..text.len() {
            let cut = mask.masked_upto(&text, max);
            let whole = "*** *** and ***";
            assert!(whole.starts_with(&*cut) && cut.len() <= max.max(3), "{max}: {cut}");
        }
        assert_eq!(mask.masked_upto("aéb", 2), "a", "not inside a character");
    }

    #[test]
    fn what_only_looks_like_a_key_is_left_alone() {
        for (key, text) in [
            ("integration-test-key", "integration-test-17"),
            ("RegistrationKey1", "/nicepay/direct/v2/registrationkey"),
            ("\u{43a}\u{43b}\u{44e}\u{447}-123", "%D0%BA%D0%BB%D0%B0%D1%81%D1%81"),
        ] {
            assert_eq!(masked(key, text), text, "{key}");
        }
    }

    #[test]
    fn of_keys_that_begin_alike_each_is_masked_whole() {
        let mask = mask_of(&["abcdefgh", "abcdefghijkl", "abcdefghijklmnopqrstuvwxyz", "bcdefghijk"]);
        for (text, expected) in [
            ("abcdefgh!", "***!"),
            ("abcdefghij!", "***ij!"),
            ("abcdefghijklm!", "***m!"),
            ("abcdefghijklmnopqrstuvwxy!", "***!"),
            ("bcdefghijk!", "***!"),
            ("cdefghijk!", "***!"),
        ] {
            assert_eq!(mask.masked(text), expected);
        }
    }

    #[test]
    fn a_long_text_full_of_keys_is_gone_through_once() {
        let text = format!("{}, ", &KEY[..50]).repeat(20_000);
        assert_eq!(masked(KEY, &text), "***, ".repeat(20_000));
        assert_eq!(masked(KEY, &"33F49GnCM…".repeat(5_000)), "***…".repeat(5_000));
        assert_eq!(masked(&format!("{}b", "a".repeat(20)), &"a".repeat(50_000)), "a".repeat(50_000));
    }

    proptest! {
        /// Several finders mask what one finder of all keys masks.
        #[test]
        fn keys_can_be_found_by_several_finders(
            keys in proptest::collection::vec("[ab]{8,30}", 1..6),
            split in 0_usize..6,
            text in "[abc…]{0,60}",
        ) {
            let keys: Vec<_> = keys.iter().map(|key| MerchantKey::new(key).unwrap()).collect();
            let (some, others) = keys.split_at(split.min(keys.len()));
            let split = KeyMask::new([some, others].map(|keys| Arc::new(KeyFinder::new(keys))));
            prop_assert_eq!(split.masked(&text), KeyMask::of(&keys).masked(&text));
        }

        /// No key is left, and nothing but keys is gone.
        #[test]
        fn a_key_is_masked_wherever_it_stands(before in "[a-z…é]{0,20}", key in "[A-Z/+]{8,60}", after in "[a-z…é]{0,20}") {
            let masked = masked(&key, &format!("{before}{key}{after}"));
            prop_assert_eq!(masked, format!("{before}***{after}"));
        }

        /// Whatever is masked in JSON leaves JSON: nothing that belongs to it is taken away.
        #[test]
        fn what_is_masked_in_json_stays_json(
            key in "[a-c\\\\/&%+]{7,39}[a-c]",
            cut in 0_usize..41,
            before in "[a-c\\\\\"/]{0,4}",
            after in "[a-c\\\\\"/]{0,4}",
        ) {
            let beginning: String = key.chars().take(cut).collect();
            let once = json_string(&format!("{before}{beginning}{after}"));
            let twice = json_string(&format!("{{\"x\":{once}}}"));
            for text in [once, twice] {
                let masked = masked(&key, &text);
                prop_assert!(is_one_json_string(&masked), "{masked}");
            }
        }
    }

    fn json_string(text: &str) -> String {
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    }

    /// Whether quotes and backslashes are where a string of JSON has them.
    fn is_one_json_string(text: &str) -> bool {
        let mut inside = text.strip_prefix('"').unwrap_or_default().chars();
        while let Some(c) = inside.next() {
            match c {
                '"' => return inside.as_str().is_empty(),
                '\\' if !matches!(inside.next(), Some('"' | '\\' | '/')) => return false,
                _ => {}
            }
        }
        false
    }
}
