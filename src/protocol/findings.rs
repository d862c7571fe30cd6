//! What NICEPAY minds in a request that could be answered all the same. Only the profile decides whether a finding
//! refuses the request or becomes a note.

use super::code::Code;
use super::refusal::{Diagnosis, Refusal};
use crate::diagnosis::Slug;
use crate::domain::{Evidence, Profile};

/// What is accepted here, and would not be accepted, or not be used, by NICEPAY.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What, and where it is written.
    pub diagnosis: Diagnosis,
    /// How sure that is.
    pub evidence: Evidence,
    /// The code with which the strict profile refuses it; none where it only has no effect.
    pub code: Option<Code>,
}

impl Note {
    /// For a header: like the header of a diagnosis, with the evidence at the end.
    pub fn header(&self) -> String {
        format!("{} [{}]", self.diagnosis.header(), self.evidence)
    }
}

/// The findings about one request.
#[derive(Debug)]
pub struct Findings {
    profile: Profile,
    notes: Vec<Note>,
}

impl Findings {
    /// None so far.
    pub fn new(profile: Profile) -> Self {
        Self { profile, notes: Vec::new() }
    }

    /// Adds something that NICEPAY refuses with `code`.
    ///
    /// # Errors
    /// The refusal, in the strict profile.
    pub fn add(
        &mut self,
        code: Code,
        slug: Slug,
        evidence: Evidence,
        sentence: impl Into<Box<str>>,
    ) -> Result<(), Refusal> {
        self.add_diagnosis(code, evidence, Diagnosis::new(slug, sentence))
    }

    /// Adds a diagnosis for which NICEPAY refuses with `code`.
    ///
    /// # Errors
    /// The refusal, in the strict profile.
    pub fn add_diagnosis(&mut self, code: Code, evidence: Evidence, diagnosis: Diagnosis) -> Result<(), Refusal> {
        match self.profile {
            Profile::Strict => Err(Refusal { code, diagnosis }),
            Profile::Lenient => {
                self.notes.push(Note { diagnosis, evidence, code: Some(code) });
                Ok(())
            }
        }
    }

    /// Adds a note about a request that has been carried out: too late to refuse it.
    pub fn note(&mut self, code: Code, evidence: Evidence, diagnosis: Diagnosis) {
        let code = (self.profile == Profile::Lenient).then_some(code);
        self.notes.push(Note { diagnosis, evidence, code });
    }

    /// Adds something that is not refused, but has no effect, or another than expected.
    pub fn advise(&mut self, slug: Slug, evidence: Evidence, sentence: impl Into<Box<str>>) {
        self.notes.push(Note { diagnosis: Diagnosis::new(slug, sentence), evidence, code: None });
    }

    /// The notes.
    pub fn into_notes(self) -> Vec<Note> {
        self.notes
    }
}
