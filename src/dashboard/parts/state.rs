//! The states of transactions, bindings, notifications and accounts, in the language of a page.

use crate::page::Lang;

/// The text of a state. On English pages it is the word of the control API.
pub(in crate::dashboard) fn state_text(state: &str, lang: Lang) -> &str {
    let indonesian = match state {
        "registered" => "terdaftar",
        "at-partner" => "di penyedia cicilan",
        "under-review" => "sedang ditinjau",
        "approved" => "disetujui",
        "declined" => "ditolak",
        "abandoned" => "ditinggalkan",
        "expired" => "kedaluwarsa",
        "cancelled" => "dibatalkan",
        "bound" => "terhubung",
        "failed" => "gagal",
        "scheduled" => "dijadwalkan",
        "held" => "ditahan",
        "delivered" => "terkirim",
        "exhausted" => "gagal terkirim",
        "skipped" => "dilewati",
        "active" => "aktif",
        "inactive" => "nonaktif",
        "locked" => "terkunci",
        other => other,
    };
    lang.t(state, indonesian)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::pages::transactions::STAGES;

    #[test]
    fn every_stage_has_a_text_in_both_languages() {
        for stage in STAGES {
            assert_eq!(state_text(stage, Lang::En), stage);
            assert_ne!(state_text(stage, Lang::Id), stage);
        }
    }
}
