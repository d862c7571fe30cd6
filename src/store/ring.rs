//! The bytes of recorded exchanges: written one after another, forgotten from the front, the memory used again.
//!
//! Thousands of requests a second are recorded. Memory that is allocated and freed for each would cost more than all
//! the rest of recording.

/// A bounded run of bytes, addressed by their number among all that were ever written.
#[derive(Debug)]
pub(super) struct Ring {
    /// All but the last are full; grown until `most` is reached.
    chunks: Vec<Box<[u8]>>,
    most: u64,
    end: u64,
    /// Where small parts are put together: used again and again.
    gathered: Vec<u8>,
}

const CHUNK: u64 = 256 * 1024;

fn index(n: u64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

impl Ring {
    /// Keeps at least the last `most` bytes, rounded up to whole chunks.
    pub(super) fn new(most: usize) -> Self {
        let most = u64::try_from(most).unwrap_or(u64::MAX).div_ceil(CHUNK).max(1) * CHUNK;
        Self { chunks: Vec::new(), most, end: 0, gathered: Vec::new() }
    }

    /// The number that the next byte will have.
    pub(super) fn end(&self) -> u64 {
        self.end
    }

    /// The number of the first byte that is still there.
    pub(super) fn begin(&self) -> u64 {
        self.end.saturating_sub(self.most)
    }

    /// Appends bytes, over the oldest where there is no room left.
    pub(super) fn push(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let place = self.end % self.most;
            let (chunk, offset) = (index(place / CHUNK), index(place % CHUNK));
            if chunk == self.chunks.len() {
                self.chunks.push(vec![0; index(CHUNK)].into_boxed_slice());
            }
            let room = &mut self.chunks[chunk][offset..];
            let now = bytes.len().min(room.len());
            room[..now].copy_from_slice(&bytes[..now]);
            bytes = &bytes[now..];
            self.end += now as u64;
        }
    }

    /// Appends at most `most` bytes of what `fill` puts together, and answers how many. Many small parts are cheaper put
    /// together first than pushed one by one.
    pub(super) fn gather(&mut self, most: usize, fill: impl FnOnce(&mut Vec<u8>)) -> usize {
        let mut gathered = std::mem::take(&mut self.gathered);
        gathered.clear();
        fill(&mut gathered);
        gathered.truncate(most);
        self.push(&gathered);
        let length = gathered.len();
        self.gathered = gathered;
        length
    }

    /// Copies out `length` bytes from number `start`; none where some of them are gone.
    pub(super) fn get(&self, start: u64, length: u32) -> Option<Vec<u8>> {
        let length = u64::from(length);
        if start < self.begin() || start + length > self.end {
            return None;
        }
        let mut out = Vec::with_capacity(index(length));
        let mut at = start;
        while at < start + length {
            let place = at % self.most;
            let chunk = &self.chunks[index(place / CHUNK)][index(place % CHUNK)..];
            let now = index(start + length - at).min(chunk.len());
            out.extend_from_slice(&chunk[..now]);
            at += now as u64;
        }
        Some(out)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20))]
        #[test]
        fn gives_back_what_is_still_there(parts in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..200_000), 1..12)) {
            let mut ring = Ring::new(usize::try_from(2 * CHUNK).unwrap());
            let mut all = Vec::new();
            for part in &parts {
                let start = ring.end();
                ring.push(part);
                all.extend_from_slice(part);
                let length = u32::try_from(part.len()).unwrap();
                let kept = ring.get(start, length);
                prop_assert_eq!(kept.as_ref(), Some(part));
            }
            let begin = index(ring.begin());
            let kept = u32::try_from(all.len() - begin).unwrap();
            prop_assert_eq!(ring.get(ring.begin(), kept).unwrap(), &all[begin..]);
            prop_assert_eq!(ring.get(ring.end(), 1), None);
            if begin > 0 {
                prop_assert_eq!(ring.get(ring.begin() - 1, 1), None);
            }
        }
    }
}
