//! What the operating system trusts.
//!
//! | where | what's read |
//! |---|---|
//! | anywhere, if one of them is set | the file that `SSL_CERT_FILE` names, and the folders of `SSL_CERT_DIR` |
//! | Linux, BSD and their kin | the first of the usual files that's there, and the usual folders |
//! | Windows, macOS | the system's own store, by the crate rustls-native-certs: with the feature `native-roots` |
//!
//! These are the places of OpenSSL, and of the crates rustls-native-certs and openssl-probe, so that programs on one
//! machine agree on whom they trust. The feature is needed where there's no file to be read, and changes nothing
//! elsewhere.
//!
//! In files and folders, certificates that can't be read are passed over, and so are files that aren't PEM.

use std::env;
use std::ffi::OsStr;
use std::format;
use std::fs;
use std::path::{Path, PathBuf};
use std::string::ToString;
use std::vec::Vec;

use super::store::{TrustStore, file_error, read};
use super::{Error, Result};

/// Whether the system keeps its roots elsewhere than in files.
const HAS_ITS_OWN: bool = cfg!(any(windows, target_os = "macos"));

/// Bundles, of Linux first: Debian, Fedora (two generations), openSUSE, Alpine (with OpenBSD), and smaller ones.
const FILES: [&str; 15] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/ssl/cert.pem",
    "/opt/etc/ssl/certs/ca-certificates.crt",
    "/etc/ssl/certs/cacert.pem",
    "/usr/local/etc/ssl/cert.pem",
    "/usr/local/share/certs/ca-root-nss.crt",
    "/etc/openssl/certs/ca-certificates.crt",
    "/etc/certs/ca-certificates.crt",
    "/etc/ssl/cacert.pem",
    "/data/data/com.termux/files/usr/etc/tls/cert.pem",
    "/boot/system/data/ssl/CARootCertificates.pem",
];

/// Folders with a file for each.
#[cfg(target_os = "linux")]
const FOLDERS: [&str; 3] = ["/etc/ssl/certs", "/etc/pki/tls/certs", "/etc/security/certificates"];
#[cfg(not(target_os = "linux"))]
const FOLDERS: [&str; 5] =
    ["/etc/ssl/certs", "/usr/local/share/certs", "/etc/certs/CA", "/etc/openssl/certs", "/var/ssl/certs"];

pub(super) fn native() -> Result<TrustStore> {
    let (file, folders) = (env::var_os("SSL_CERT_FILE"), env::var_os("SSL_CERT_DIR"));
    let folders = folders.as_deref().map(folders_of).unwrap_or_default();
    if file.is_some() || !folders.is_empty() {
        return of_files(file.as_deref().map(Path::new), &folders);
    }
    if HAS_ITS_OWN {
        return of_system();
    }
    let file = FILES.iter().map(Path::new).find(|path| path.exists());
    let folders: Vec<_> = FOLDERS.iter().map(PathBuf::from).filter(|path| path.exists()).collect();
    if file.is_none() && folders.is_empty() {
        let problem = &"there are no trusted certificates in the usual places";
        return Err(file_error(FILES[0].as_ref(), problem));
    }
    of_files(file, &folders)
}

/// Whether a file is one of the usual ones, or in one of the usual folders.
pub(super) fn is_of_system(path: &Path) -> bool {
    let Ok(path) = fs::canonicalize(path) else { return false };
    let is_same = |other: &Path| fs::canonicalize(other).is_ok_and(|other| other == path);
    let is_in = |folder: &Path| fs::canonicalize(folder).is_ok_and(|folder| path.parent() == Some(&folder));
    FILES.iter().any(|file| is_same(file.as_ref())) || FOLDERS.iter().any(|folder| is_in(folder.as_ref()))
}

/// The folders of a list, as the system writes lists.
fn folders_of(list: &OsStr) -> Vec<PathBuf> {
    env::split_paths(list).filter(|path| !path.as_os_str().is_empty()).collect()
}

/// What's in a file and in the files of folders: whatever can be read of it.
///
/// # Errors
/// The first problem, if that's nothing.
fn of_files(file: Option<&Path>, folders: &[PathBuf]) -> Result<TrustStore> {
    let (mut store, mut problem) = (TrustStore::new(), None);
    if let Some(path) = file {
        add_file(&mut store, &mut problem, path);
    }
    for folder in folders {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => {
                problem.get_or_insert_with(|| file_error(folder, &error));
                continue;
            }
        };
        let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        // The same order each time.
        paths.sort_unstable();
        for path in paths.iter().filter(|path| path.is_file()) {
            add_file(&mut store, &mut problem, path);
        }
    }
    if !store.is_empty() {
        return Ok(store);
    }
    let place = file.or(folders.first().map(PathBuf::as_path)).unwrap_or(FILES[0].as_ref());
    Err(problem.unwrap_or_else(|| file_error(place, &"no certificates are in it")))
}

fn add_file(store: &mut TrustStore, problem: &mut Option<Error>, path: &Path) {
    match read(path) {
        Ok(text) => {
            let (found, errors) = TrustStore::from_pem_lenient(text);
            store.extend(found.certificates().iter().cloned());
            if let Some(error) = errors.into_iter().next() {
                let error = match error {
                    Error::Malformed { part, problem } => {
                        Error::Malformed { part, problem: format!("{problem}, in {}", path.display()) }
                    }
                    error => error,
                };
                problem.get_or_insert(error);
            }
        }
        Err(error) => {
            problem.get_or_insert(error);
        }
    }
}

/// What's in the system's own store.
#[cfg(all(feature = "native-roots", any(unix, windows)))]
fn of_system() -> Result<TrustStore> {
    use super::Certificate;

    let found = rustls_native_certs::load_native_certs();
    let store: TrustStore = found.certs.iter().filter_map(|der| Certificate::from_der(der).ok()).collect();
    if store.is_empty() {
        let problem =
            found.errors.first().map_or("there are no trusted certificates".to_string(), ToString::to_string);
        return Err(system_error(&problem));
    }
    Ok(store)
}

#[cfg(not(all(feature = "native-roots", any(unix, windows))))]
fn of_system() -> Result<TrustStore> {
    Err(system_error("what this one trusts is read with the feature `native-roots`"))
}

fn system_error(problem: &str) -> Error {
    Error::File { path: "the operating system".to_string(), problem: problem.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trust::Certificate;

    const LEAF: &str = include_str!("../../tests/trust/p256.leaf.pem");
    const ROOT: &str = include_str!("../../tests/trust/p256.root.pem");

    #[test]
    fn files_and_folders() {
        let folder = env::temp_dir().join(format!("oneway-native-{}", std::process::id()));
        let roots = folder.join("roots");
        fs::create_dir_all(roots.join("deeper")).unwrap();
        let (bundle, damaged) = (folder.join("bundle.pem"), folder.join("damaged.pem"));
        fs::write(&bundle, format!("{}{ROOT}", ROOT.replacen("MII", "MIA", 1))).unwrap();
        fs::write(&damaged, ROOT.replacen("MII", "MIA", 1)).unwrap();
        fs::write(roots.join("0a1b2c3d.0"), LEAF).unwrap();
        fs::write(roots.join("README"), "what's in here").unwrap();
        fs::write(roots.join("twice.pem"), ROOT).unwrap();
        let certificate = |text| Certificate::from_pem(text).unwrap();
        let (leaf, root) = (certificate(LEAF), certificate(ROOT));

        let store = of_files(Some(&bundle), &[]).unwrap();
        assert_eq!(
            store.certificates(),
            std::slice::from_ref(&root),
            "one that can't be read is passed over"
        );
        let list = env::join_paths([&roots, &folder.join("none")]).unwrap();
        let folders = folders_of(&list);
        assert_eq!(folders.len(), 2);
        let store = of_files(Some(&bundle), &folders).unwrap();
        assert_eq!(
            store.certificates(),
            [root.clone(), leaf.clone()],
            "none twice, and none of deeper folders"
        );
        let store = of_files(Some(&folder.join("none")), &folders).unwrap();
        assert_eq!(store.certificates(), [leaf, root]);

        let error = of_files(Some(&damaged), &[]).unwrap_err();
        assert!(
            matches!(&error, Error::Malformed { problem, .. } if problem.contains("damaged.pem")),
            "{error}"
        );
        assert!(matches!(of_files(Some(&folder.join("none")), &[]).unwrap_err(), Error::File { .. }));
        let empty = [roots.join("deeper")];
        assert!(
            of_files(None, &empty).unwrap_err().to_string().ends_with("deeper: no certificates are in it")
        );
        fs::remove_dir_all(folder).unwrap();
    }

    /// The crate's answer, where it reads files too.
    #[test]
    #[cfg(all(feature = "native-roots", unix, not(target_os = "macos")))]
    fn the_places_are_those_of_rustls_native_certs() {
        use std::collections::BTreeSet;

        let all = |store: Result<TrustStore>| -> BTreeSet<Vec<u8>> {
            let Ok(store) = store else { return BTreeSet::new() };
            store.certificates().iter().map(|certificate| certificate.to_der().to_vec()).collect()
        };
        assert_eq!(all(native()), all(of_system()));
    }
}
