//! The table of `exec --check`.

/// What became of one client of a runtime.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) runtime: &'static str,
    pub(super) version: String,
    pub(super) client: String,
    pub(super) arrived: &'static str,
    pub(super) how: &'static str,
    pub(super) trusted: &'static str,
    pub(super) advice: String,
}

const HEAD: [&str; 7] = ["RUNTIME", "VERSION", "CLIENT", "ARRIVED", "HOW", "CERTIFICATE TRUSTED", "ADVICE"];

/// The lines of the table.
pub(super) fn lines(rows: &[Row]) -> Vec<String> {
    let cells = rows.iter().map(|row| {
        [row.runtime, &row.version, &row.client, row.arrived, row.how, row.trusted, &row.advice].map(str::to_owned)
    });
    let table: Vec<_> = std::iter::once(HEAD.map(str::to_owned)).chain(cells).collect();
    let widths: Vec<usize> =
        (0..HEAD.len()).map(|at| table.iter().map(|line| line[at].chars().count()).max().unwrap_or(0)).collect();
    let line = |cells: &[String; 7]| {
        let cells: Vec<_> = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        cells.join("  ").trim_end().to_owned()
    };
    table.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let php = Row { runtime: "php", version: "8.2.36".to_owned(), arrived: "yes", ..Row::default() };
        let go = Row { runtime: "go", arrived: "absent", ..Row::default() };
        assert_eq!(
            lines(&[php, go]),
            [
                "RUNTIME  VERSION  CLIENT  ARRIVED  HOW  CERTIFICATE TRUSTED  ADVICE",
                "php      8.2.36           yes",
                "go                        absent",
            ]
        );
    }
}
