//! The bundle of roots, as PEM: those that the program trusted before, and the CA of this run.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Environment, Setup};
use crate::cli::exec::folder::Folder;

/// The comment above our certificate, by which an `exec` inside this one finds it.
const MARK: &str = "# nicepay-sim exec: the CA of this run";
const END: &str = "-----END CERTIFICATE-----";

/// Each variable, and those that the same programs read when it is not set.
const VARIABLES: [(&str, &[&str]); 3] = [
    ("SSL_CERT_FILE", &["SSL_CERT_FILE"]),
    ("CURL_CA_BUNDLE", &["CURL_CA_BUNDLE", "SSL_CERT_FILE"]),
    ("REQUESTS_CA_BUNDLE", &["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"]),
];

/// Sets the variables, and returns the bundle for programs that read none of them.
pub(super) fn set(setup: &Setup<'_>, folder: &Folder, environment: &mut Environment) -> io::Result<PathBuf> {
    let mut bundles = Bundles { setup, folder, written: Vec::new() };
    for (name, sources) in VARIABLES {
        let source = sources.iter().find_map(|source| setup.inherited.get(source));
        let path = bundles.with(source, name, environment)?;
        environment.set(name, path);
    }
    // NODE_EXTRA_CA_CERTS adds to the roots of Node, so there it is our CA, and what was added before.
    let extra = match setup.inherited.get("NODE_EXTRA_CA_CERTS") {
        None => folder.write("ca.pem", with_ours("", setup.ca_pem).as_bytes())?,
        source => bundles.with(source, "NODE_EXTRA_CA_CERTS", environment)?,
    };
    environment.set("NODE_EXTRA_CA_CERTS", extra);
    bundles.with(setup.inherited.get("SSL_CERT_FILE"), "SSL_CERT_FILE", &mut Environment::default())
}

/// The bundles that are written, one for each file that was named before.
struct Bundles<'a> {
    setup: &'a Setup<'a>,
    folder: &'a Folder,
    written: Vec<(Option<String>, PathBuf)>,
}

impl Bundles<'_> {
    /// The bundle of `source`, or of the system's roots where there is none or it cannot be read.
    fn with(&mut self, source: Option<&str>, variable: &str, environment: &mut Environment) -> io::Result<PathBuf> {
        let read = source.map(|path| (path, read(Path::new(path))));
        let (key, roots) = match &read {
            Some((path, Ok(text))) => (Some((*path).to_owned()), text.as_str()),
            Some((path, Err(error))) => {
                environment.note(format!("{variable}: {path} cannot be read ({error}); the system's roots are used"));
                (None, self.setup.system_roots)
            }
            None => (None, self.setup.system_roots),
        };
        if let Some((_, path)) = self.written.iter().find(|(known, _)| *known == key) {
            return Ok(path.clone());
        }
        let name = format!("bundle-{}.pem", self.written.len() + 1);
        let path = self.folder.write(&name, with_ours(roots, self.setup.ca_pem).as_bytes())?;
        self.written.push((key, path.clone()));
        Ok(path)
    }
}

/// The certificates of a file, or of all files of a folder.
fn read(path: &Path) -> io::Result<String> {
    if !path.is_dir() {
        return certificates(&fs::read(path)?);
    }
    let mut files = fs::read_dir(path)?.collect::<io::Result<Vec<_>>>()?;
    files.sort_by_key(fs::DirEntry::file_name);
    // A folder of roots has the same certificates under two names; not all files are certificates.
    let mut all: Vec<String> = Vec::new();
    for file in files.iter().map(fs::DirEntry::path).filter(|file| file.is_file()) {
        let Ok(text) = fs::read(file).and_then(|bytes| certificates(&bytes)) else { continue };
        if !all.contains(&text) {
            all.push(text);
        }
    }
    Ok(all.concat())
}

/// The certificates of a PEM file, with their comments, but not what else is in it: some people keep a key there.
fn certificates(bytes: &[u8]) -> io::Result<String> {
    let text = String::from_utf8_lossy(bytes);
    let mut kept = String::new();
    let mut inside: Option<bool> = None;
    for line in text.lines() {
        if let Some(label) = line.trim().strip_prefix("-----BEGIN ") {
            inside = Some(label.contains("CERTIFICATE"));
        }
        if inside.unwrap_or(line.starts_with('#')) {
            kept.extend([line.trim_end(), "\n"]);
        }
        if line.trim().starts_with("-----END ") {
            inside = None;
        }
    }
    if kept.contains(END) { Ok(kept) } else { Err(io::Error::new(io::ErrorKind::InvalidData, "no certificate in PEM")) }
}

/// The roots and our CA; that of an `exec` around this one is taken out.
fn with_ours(roots: &str, ca_pem: &str) -> String {
    let mut text = roots.to_owned();
    while let Some(from) = text.find(MARK) {
        let to = text[from..].find(END).map_or(text.len(), |at| from + at + END.len());
        text.replace_range(from..to, "");
    }
    let text = text.trim_end();
    let line = if text.is_empty() { "" } else { "\n" };
    format!("{text}{line}{MARK}\n{}\n", ca_pem.trim())
}

/// The certificates of a PEM text, as DER.
pub(super) fn ders(pem: &str) -> Vec<Vec<u8>> {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject as _;
    CertificateDer::pem_slice_iter(pem.as_bytes()).filter_map(Result::ok).map(|der| der.to_vec()).collect()
}

/// The roots that this system trusts, as PEM. Those that its library cannot read are left out.
pub(in crate::cli::exec) fn system_roots() -> String {
    rustls_native_certs::load_native_certs().certs.iter().map(|der| pem(der)).collect()
}

fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut pem = "-----BEGIN CERTIFICATE-----\n".to_owned();
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        pem.extend([line, "\n"]);
        rest = after;
    }
    pem.extend([END, "\n"]);
    pem
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "-----BEGIN CERTIFICATE-----\nT1VSUw==\n-----END CERTIFICATE-----\n";
    const ROOT: &str = "-----BEGIN CERTIFICATE-----\nUk9PVA==\n-----END CERTIFICATE-----\n";

    #[test]
    fn ours_is_added_once_and_that_of_an_outer_exec_is_taken_out() {
        let outer = with_ours(ROOT, &OURS.replace("T1VSUw==", "T1VURVI="));
        let inner = with_ours(&outer, OURS);
        assert_eq!(inner, with_ours(ROOT, OURS));
        assert_eq!(ders(&inner), [b"ROOT".to_vec(), b"OURS".to_vec()]);
        assert_eq!(with_ours("", OURS), format!("{MARK}\n{OURS}"));
    }

    #[test]
    fn a_private_key_is_not_copied() {
        let file = format!("-----BEGIN PRIVATE KEY-----\nU0VDUkVU\n-----END PRIVATE KEY-----\n# root\n{ROOT}");
        assert_eq!(certificates(file.as_bytes()).unwrap(), format!("# root\n{ROOT}"));
        assert!(certificates(b"nothing").is_err());
    }

    #[test]
    fn a_certificate_is_written_in_lines() {
        let der = vec![7; 100];
        let pem = pem(&der);
        assert_eq!(ders(&pem), [der]);
        assert!(pem.lines().all(|line| line.len() <= 64), "{pem}");
    }
}
