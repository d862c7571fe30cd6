//! The bytes of recorded exchanges, in a ring buffer: new bytes overwrite the oldest.
//!
//! Thousands of requests are recorded each second. Allocating and freeing memory for each would cost more than the rest
//! of recording.

/// A bounded sequence of bytes. Each has a number: its position among all that were ever written.
#[derive(Debug)]
pub(super) struct Ring {
    /// All but the last are full; they grow until `max` is reached.
    chunks: Vec<Box<[u8]>>,
    max: u64,
    end: u64,
    /// The end when all bytes were removed last.
    cleared_at: u64,
    /// A reused buffer that joins small parts.
    buffer: Vec<u8>,
}

const CHUNK_SIZE: u64 = 256 * 1024;

fn index(n: u64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

impl Ring {
    /// Keeps at least the last `max` bytes, rounded up to whole chunks.
    pub(super) fn new(max: usize) -> Self {
        let max = u64::try_from(max).unwrap_or(u64::MAX).div_ceil(CHUNK_SIZE).max(1) * CHUNK_SIZE;
        Self { chunks: Vec::new(), max, end: 0, cleared_at: 0, buffer: Vec::new() }
    }

    /// The number of the next byte.
    pub(super) fn end(&self) -> u64 {
        self.end
    }

    /// The number of the first byte that is still stored.
    pub(super) fn begin(&self) -> u64 {
        self.end.saturating_sub(self.max).max(self.cleared_at)
    }

    /// How many bytes it takes in memory.
    pub(super) fn memory_size(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.len()).sum()
    }

    /// Removes all bytes. The numbers go on, from the beginning of a chunk.
    pub(super) fn clear(&mut self) {
        let end = self.end.next_multiple_of(self.max);
        (self.chunks, self.buffer, self.end, self.cleared_at) = (Vec::new(), Vec::new(), end, end);
    }

    /// Appends bytes; overwrites the oldest when it is full.
    pub(super) fn push(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let position = self.end % self.max;
            let (chunk, offset) = (index(position / CHUNK_SIZE), index(position % CHUNK_SIZE));
            if chunk == self.chunks.len() {
                self.chunks.push(vec![0; index(CHUNK_SIZE)].into_boxed_slice());
            }
            let room = &mut self.chunks[chunk][offset..];
            let count = bytes.len().min(room.len());
            room[..count].copy_from_slice(&bytes[..count]);
            bytes = &bytes[count..];
            self.end += count as u64;
        }
    }

    /// Appends what `fill` writes; returns how many bytes. Joining small parts first is cheaper than pushing them one by
    /// one.
    pub(super) fn push_joined(&mut self, fill: impl FnOnce(&mut Vec<u8>)) -> usize {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        fill(&mut buffer);
        self.push(&buffer);
        let length = buffer.len();
        self.buffer = buffer;
        length
    }

    /// A copy of `length` bytes from number `start`; none where some of them were overwritten.
    pub(super) fn get(&self, start: u64, length: u32) -> Option<Vec<u8>> {
        let length = u64::from(length);
        if start < self.begin() || start + length > self.end {
            return None;
        }
        let mut out = Vec::with_capacity(index(length));
        let mut at = start;
        while at < start + length {
            let position = at % self.max;
            let chunk = &self.chunks[index(position / CHUNK_SIZE)][index(position % CHUNK_SIZE)..];
            let count = index(start + length - at).min(chunk.len());
            out.extend_from_slice(&chunk[..count]);
            at += count as u64;
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
        fn returns_the_bytes_that_are_still_stored(parts in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..200_000), 1..12)) {
            let mut ring = Ring::new(usize::try_from(2 * CHUNK_SIZE).unwrap());
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
