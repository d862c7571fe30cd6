//! Notes: what was accepted here and would not be accepted live.

use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::wire_enum::wire_enum;

wire_enum! {
    /// How sure it is that NICEPAY minds something.
    pub enum Evidence {
        /// The live sandbox was seen to do so.
        SeenLive = "seen live",
        /// NICEPAY's documents say so.
        Documented = "documented",
        /// It is a guess.
        Assumed = "assumed",
        /// NICEPAY does not mind it: it is a limit of this simulator.
        Simulator = "simulator",
    }
}

/// Something about a request that was accepted here, and would not be accepted, or not be used, by NICEPAY.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Note {
    /// The endpoint of the request.
    pub endpoint: &'static str,
    /// The diagnosis; the reference has an entry for each.
    pub slug: &'static str,
    /// The field, its value, the rule, and the section of the protocol.
    pub detail: Box<str>,
    /// How sure it is.
    pub evidence: Evidence,
    /// The result code of the live gateway and of the strict profile; null if the request is accepted there too.
    pub result_cd: Option<&'static str>,
}

/// How many notes of one transaction are kept.
const MAX_NOTES: usize = 32;

/// The notes of a transaction, in order, each once.
#[derive(Clone, Debug, Default)]
pub struct Notes(Vec<Note>);

impl Notes {
    /// Adds a note, unless it is known or there are many.
    pub fn add(&mut self, note: Note) {
        if self.0.len() < MAX_NOTES && !self.0.contains(&note) {
            self.0.push(note);
        }
    }

    /// About how many bytes they take in memory.
    pub fn memory_size(&self) -> usize {
        self.0.iter().map(|note| size_of::<Note>() + note.detail.len()).sum()
    }

    /// All of them.
    pub fn all(&self) -> &[Note] {
        &self.0
    }

    pub(in crate::domain) fn all_mut(&mut self) -> &mut [Note] {
        &mut self.0
    }
}
