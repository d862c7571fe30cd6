//! The folder with the files that the program reads. It is gone when `exec` ends.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::platform;

/// The beginning of its name.
pub(super) const NAME: &str = "nicepay-sim-exec-";

/// A folder of our own, deleted with this value.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// A new folder below `parent`, to which only this user can write. Others can read it: a server such as php-fpm reads
    /// its files as another user than the one who starts it. There is no secret in it.
    pub(super) fn create(parent: &Path) -> io::Result<Self> {
        let mut number = 0_u32;
        loop {
            let path = parent.join(format!("{NAME}{}-{number}", std::process::id()));
            match platform::create_new_folder(&path) {
                Ok(()) => return Ok(Self { path }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < 1_000 => number += 1,
                Err(error) => return Err(error),
            }
        }
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Creates a folder in it, and returns its path.
    pub(super) fn create_folder(&self, name: &str) -> io::Result<PathBuf> {
        let path = self.path.join(name);
        platform::create_new_folder(&path)?;
        Ok(path)
    }

    /// Writes a file, and returns its path.
    pub(super) fn write(&self, name: &str, content: &[u8]) -> io::Result<PathBuf> {
        let path = self.path.join(name);
        platform::create_new_file(&path)?.write_all(content)?;
        Ok(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.path) {
            tracing::warn!(%error, folder = %self.path.display(), "the folder could not be deleted");
        }
    }
}

/// Whether a path is in the folder of this or another `exec`.
pub(super) fn is_ours(path: &str) -> bool {
    path.split(['/', '\\']).any(|part| part.starts_with(NAME))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_owner_can_write_to_it_and_it_is_gone_at_the_end() {
        let folder = Folder::create(&std::env::temp_dir()).unwrap();
        let other = Folder::create(&std::env::temp_dir()).unwrap();
        assert_ne!(folder.path(), other.path());
        let file = folder.write("a", b"text").unwrap();
        assert!(is_ours(file.to_str().unwrap()) && !is_ours("/tmp/nicepay/a"));
        #[cfg(unix)]
        for path in [folder.path(), &file] {
            let permissions = std::fs::metadata(path).unwrap().permissions();
            assert_eq!(std::os::unix::fs::PermissionsExt::mode(&permissions) & 0o022, 0, "{}", path.display());
        }
        let path = folder.path().to_owned();
        drop(folder);
        assert!(!path.exists());
    }
}
