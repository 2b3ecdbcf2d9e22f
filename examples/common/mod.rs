//! What the examples with key files share: how they end, how they ask for a password, and how they write
//! commands to be copied.

use std::error::Error;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

#[cfg(feature = "encryption")]
use zeroize::Zeroizing;

/// An end of the program before its work is done.
pub(crate) enum Stop {
    /// The command line can't be followed: exit code 2, with the usage.
    Usage(String),
    /// It can, and something else is wrong: exit code 1.
    Failed(String),
    /// The reader of the output has seen enough (`keygen | head`).
    Closed,
}

impl Stop {
    /// What's wrong with a file.
    pub(crate) fn file(path: &Path, error: impl Error) -> Self {
        Self::Failed(format!("{}: {error}", path.display()))
    }
}

impl<E: Error + 'static> From<E> for Stop {
    fn from(error: E) -> Self {
        match (&error as &dyn Error).downcast_ref::<io::Error>() {
            Some(io) if io.kind() == io::ErrorKind::BrokenPipe => Self::Closed,
            _ => Self::Failed(error.to_string()),
        }
    }
}

/// The exit code, after saying why it isn't 0.
pub(crate) fn end(outcome: Result<(), Stop>, usage: &str) -> ExitCode {
    match outcome {
        Ok(()) | Err(Stop::Closed) => ExitCode::SUCCESS,
        Err(Stop::Failed(text)) => {
            let _ = writeln!(io::stderr(), "error: {text}");
            ExitCode::FAILURE
        }
        Err(Stop::Usage(text)) => {
            let _ = writeln!(io::stderr(), "error: {text}\n\n{usage}");
            ExitCode::from(2)
        }
    }
}

/// A path as a word of a shell command: in quotes where the shell would read something else.
pub(crate) fn shell_word(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+:@%,\\".contains(c);
    // What begins with a dash would be an option.
    let text = if text.starts_with('-') { format!("./{text}") } else { text };
    if text.chars().all(is_plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

/// A password: typed without echo, or, where standard input isn't a terminal, its first line.
///
/// `prompts` has a line for each time that it's to be typed; a pipe makes no slips, and is read once.
#[cfg(feature = "encryption")]
pub(crate) fn password(prompts: &[&str]) -> Result<Zeroizing<Vec<u8>>, Stop> {
    use std::io::{BufRead, IsTerminal};

    let password = if io::stdin().is_terminal() {
        let mut typed = Vec::new();
        for prompt in prompts {
            typed.push(Zeroizing::new(rpassword::prompt_password(prompt)?.into_bytes()));
        }
        if typed.windows(2).any(|pair| pair[0] != pair[1]) {
            return Err(Stop::Failed("the two passwords differ".into()));
        }
        typed.pop().unwrap_or_default()
    } else {
        // Room for any password, so that none is left behind where a smaller buffer was.
        let mut line = Zeroizing::new(Vec::with_capacity(4096));
        io::stdin().lock().read_until(b'\n', &mut line)?;
        for end in [b'\n', b'\r'] {
            if line.last() == Some(&end) {
                line.pop();
            }
        }
        line
    };
    if password.is_empty() { Err(Stop::Failed("the password is empty".into())) } else { Ok(password) }
}
