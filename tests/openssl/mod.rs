//! The `openssl` command, for tests that talk to it: a folder for the files, removed at the end.
#![allow(dead_code, reason = "each test takes what it needs")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs, process};

/// OpenSSL in a folder of its own: the names of files in its arguments are names in there.
pub(crate) struct OpenSsl {
    folder: PathBuf,
}

impl OpenSsl {
    /// The command in a new folder; `None` where there's no OpenSSL 3 or later, which fails in CI.
    pub(crate) fn new() -> Option<Self> {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        if !is_there() {
            assert!(env::var_os("CI").is_none(), "the command `openssl`, version 3 or later, is missing");
            eprintln!("skipped: there's no command `openssl`, version 3 or later");
            return None;
        }
        let name = format!("oneway-{}-{}", process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = env::temp_dir().join(name);
        fs::create_dir(&folder).unwrap();
        Some(Self { folder })
    }

    /// Runs the command with arguments between spaces; what it prints.
    ///
    /// # Panics
    /// If it fails, with what it says.
    pub(crate) fn run(&self, arguments: &str) -> Vec<u8> {
        let output = self.output(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "openssl {arguments}: {}\n{said}", output.status);
        output.stdout
    }

    /// What `openssl verify` thinks: the number of its first error, if there's one.
    ///
    /// # Panics
    /// If it fails without a number: then the arguments are wrong.
    pub(crate) fn verify(&self, arguments: &str) -> Result<(), u32> {
        let output = self.output(&format!("verify {arguments}"));
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let number =
            said.lines().find_map(|line| line.strip_prefix("error ")?.split(' ').next()?.parse().ok());
        Err(number.unwrap_or_else(|| panic!("openssl verify {arguments}: {}\n{said}", output.status)))
    }

    /// Whether the command succeeds: for what has to be refused.
    pub(crate) fn accepts(&self, arguments: &str) -> bool {
        self.output(arguments).status.success()
    }

    /// Where the files are, for other commands.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.folder.join(name), bytes).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.folder.join(name)).unwrap()
    }

    fn output(&self, arguments: &str) -> Output {
        let mut command = Command::new("openssl");
        command.args(arguments.split_whitespace()).current_dir(&self.folder).output().unwrap()
    }
}

impl Drop for OpenSsl {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Whether the command is OpenSSL (`LibreSSL` and others answer to the same name), version 3 or later.
fn is_there() -> bool {
    static IS_THERE: OnceLock<bool> = OnceLock::new();
    *IS_THERE.get_or_init(|| {
        let Ok(output) = Command::new("openssl").arg("version").output() else { return false };
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let version = text.strip_prefix("OpenSSL ").and_then(|rest| rest.split('.').next());
        version.and_then(|major| major.parse::<u32>().ok()).is_some_and(|major| major >= 3)
    })
}
