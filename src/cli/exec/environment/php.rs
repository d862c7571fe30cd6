//! PHP: an ini file in a folder that is read last.

use std::ffi::OsString;
use std::io;
use std::path::Path;

use super::{Environment, Setup};
use crate::cli::exec::folder::{self, Folder};
use crate::endpoints::HOSTS;

const VARIABLE: &str = "PHP_INI_SCAN_DIR";
#[cfg(unix)]
const SEPARATOR: char = ':';
#[cfg(not(unix))]
const SEPARATOR: char = ';';
const PREPEND: &str = include_str!("php_prepend.php");

pub(super) fn set(setup: &Setup<'_>, bundle: &Path, folder: &Folder, environment: &mut Environment) -> io::Result<()> {
    let ini = folder.create_folder("php")?;
    let prepend = folder.write("php/prepend.php", prepend(bundle, environment).as_bytes())?;
    let (bundle, prepend) = (bundle.display(), prepend.display());
    let text =
        format!("curl.cainfo = \"{bundle}\"\nopenssl.cafile = \"{bundle}\"\nauto_prepend_file = \"{prepend}\"\n");
    folder.write("php/zz-nicepay-sim.ini", text.as_bytes())?;
    environment.set(VARIABLE, scan_dir(setup.inherited.raw(VARIABLE), &ini.display().to_string()));
    Ok(())
}

/// The folders that are read. An empty one stands for the built-in folder, in which distributions keep the extensions; a
/// variable that is empty means that none is read.
fn scan_dir(before: Option<&str>, ours: &str) -> String {
    let folders =
        before.map_or(vec![""], |before| before.split(SEPARATOR).filter(|one| !folder::is_ours(one)).collect());
    match folders.as_slice() {
        [""] if before == Some("") => ours.to_owned(),
        folders => folders.iter().copied().chain([ours]).collect::<Vec<_>>().join(&SEPARATOR.to_string()),
    }
}

/// The file that PHP runs before each script.
fn prepend(bundle: &Path, environment: &Environment) -> String {
    let names = ["HTTPS_PROXY", "https_proxy", "http_proxy", "NO_PROXY", "no_proxy", "SSL_CERT_FILE"];
    let is_shown = |name: &str| names.contains(&name);
    let variables = environment.variables.iter().filter(|(name, _)| is_shown(name));
    let entries: Vec<_> =
        variables.map(|(name, value)| format!("{} => {}", literal(name), literal(&text(value)))).collect();
    let hosts: Vec<_> = HOSTS.iter().map(|host| literal(host)).collect();
    PREPEND
        .replace("NICEPAY_SIM_BUNDLE", &literal(&bundle.display().to_string()))
        .replace("NICEPAY_SIM_HOSTS", &format!("[{}]", hosts.join(", ")))
        .replace("NICEPAY_SIM_VARIABLES", &format!("[{}]", entries.join(", ")))
}

fn text(value: &OsString) -> String {
    value.to_string_lossy().into_owned()
}

/// A text of PHP.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folders_that_were_read_are_still_read() {
        let ours = "/tmp/nicepay-sim-exec-2-0/php";
        for (before, after) in [
            (None, format!(":{ours}")),
            (Some(""), ours.to_owned()),
            (Some("/etc/mine"), format!("/etc/mine:{ours}")),
            (Some(":/etc/mine"), format!(":/etc/mine:{ours}")),
            (Some(":/tmp/nicepay-sim-exec-1-0/php"), format!(":{ours}")),
            (Some("/tmp/nicepay-sim-exec-1-0/php"), ours.to_owned()),
        ] {
            assert_eq!(scan_dir(before, ours), after, "{before:?}");
        }
    }

    #[test]
    fn a_quote_does_not_end_a_text() {
        assert_eq!(literal(r"it's a \"), r"'it\'s a \\'");
    }
}
