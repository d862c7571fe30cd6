//! The CA of this user, kept between runs. Only its owner can read the key.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::civil::Date;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::authority::Authority;
use super::error::TlsError;
use crate::platform;

const CERTIFICATE: &str = "ca.pem";
const KEY: &str = "ca-key.pem";
/// An older CA is replaced by a new one.
const MAX_AGE: Duration = Duration::from_secs(365 * 24 * 60 * 60);
/// A certificate is valid from the day before it was made.
const MAX_AHEAD: Duration = Duration::from_secs(24 * 60 * 60);

/// Where the CA is kept where the settings do not say: the user's data folder.
///
/// # Errors
/// [`TlsError::NoFolder`]
pub fn default_folder() -> Result<PathBuf, TlsError> {
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let data = folder("XDG_DATA_HOME").or_else(|| Some(folder("HOME")?.join(".local/share")));
    Ok(data.ok_or(TlsError::NoFolder)?.join("nicepay-sim"))
}

/// The CA in `folder`, and the path of its certificate. It is created where there is none, or where it is older than a year
/// or from the future.
///
/// # Errors
/// [`TlsError`]
pub fn load_or_create(folder: &Path, today: Date) -> Result<(Authority, PathBuf), TlsError> {
    let (certificate, key) = (folder.join(CERTIFICATE), folder.join(KEY));
    let authority = match load(&certificate, &key, today)? {
        Some(authority) => authority,
        None => create(folder, &certificate, &key, today)?,
    };
    Ok((authority, certificate))
}

fn load(certificate: &Path, key: &Path, today: Date) -> Result<Option<Authority>, TlsError> {
    let (Some(pem), Some(key_pem)) = (read(certificate)?, read(key)?) else { return Ok(None) };
    let modified = fs::metadata(certificate).and_then(|metadata| metadata.modified());
    let is_out_of_date = modified.is_ok_and(|at| match at.elapsed() {
        Ok(age) => age > MAX_AGE,
        // It was made while the machine's clock was ahead, and is not valid yet.
        Err(ahead) => ahead.duration() > MAX_AHEAD,
    });
    if is_out_of_date {
        return Ok(None);
    }
    let content = |path: &Path, detail: String| TlsError::Content { path: path.to_owned(), detail };
    let der = CertificateDer::from_pem_slice(pem.as_bytes())
        .map_err(|error| content(certificate, format!("is no certificate ({error}); delete it to get a new CA")))?;
    Authority::from_parts(pem, der, &key_pem, today)
        .map(Some)
        .map_err(|error| content(key, format!("is no private key ({error}); delete it to get a new CA")))
}

/// A file's text; none where it is not there.
fn read(path: &Path) -> Result<Option<String>, TlsError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(TlsError::File { path: path.to_owned(), error }),
    }
}

fn create(folder: &Path, certificate: &Path, key: &Path, today: Date) -> Result<Authority, TlsError> {
    let authority = Authority::new(today)?;
    let file = |path: &Path, error| TlsError::File { path: path.to_owned(), error };
    fs::create_dir_all(folder).map_err(|error| file(folder, error))?;
    // The key first: without it, the certificate is useless.
    replace(key, authority.key_pem().as_bytes(), platform::create_private_file).map_err(|error| file(key, error))?;
    // Another user trusts the certificate: in a container next to this one, for example.
    replace(certificate, authority.pem().as_bytes(), |path| File::create(path))
        .map_err(|error| file(certificate, error))?;
    Ok(authority)
}

/// Writes a file in one step.
fn replace(path: &Path, content: &[u8], create: impl Fn(&Path) -> io::Result<File>) -> io::Result<()> {
    let new = path.with_extension(format!("{}.new", std::process::id()));
    let written = create(&new).and_then(|mut file| {
        file.write_all(content)?;
        file.sync_all()
    });
    let replaced = written.and_then(|()| fs::rename(&new, path));
    if replaced.is_err() {
        // The error that matters is the first.
        let _ = fs::remove_file(&new);
    }
    replaced
}
