//! Where programs are on the `PATH`.

use std::collections::BTreeSet;
use std::env;
use std::ffi::OsStr;
use std::path::PathBuf;

/// The files that have the name of a program, each once: first the one that runs by its name.
pub(super) fn files(program: &str, path: &OsStr) -> Vec<PathBuf> {
    let name = format!("{program}{}", env::consts::EXE_SUFFIX);
    let mut seen = BTreeSet::new();
    env::split_paths(path)
        // The program is run in another folder.
        .filter_map(|folder| std::path::absolute(folder.join(&name)).ok())
        .filter(|file| file.is_file() && file.canonicalize().is_ok_and(|target| seen.insert(target)))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::cli::exec::folder::Folder;

    #[test]
    fn every_file_is_found_once_in_the_order_of_the_path() {
        let folder = Folder::create(&env::temp_dir()).unwrap();
        let name = format!("tool{}", env::consts::EXE_SUFFIX);
        let folders = ["a", "b", "c"].map(|name| folder.create_folder(name).unwrap());
        fs::create_dir(folders[0].join(&name)).unwrap();
        for at in [2, 1] {
            fs::write(folders[at].join(&name), "").unwrap();
        }
        let [a, b, c] = &folders;
        let nowhere = folder.path().join("nowhere");
        let path = env::join_paths([a, &nowhere, c, b, c]).unwrap();
        assert_eq!(files("tool", &path), [c.join(&name), b.join(&name)]);
        assert_eq!(files("tool", OsStr::new("")), Vec::<PathBuf>::new());
    }
}
