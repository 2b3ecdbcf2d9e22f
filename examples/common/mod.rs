//! What the examples share: how they read the command line and how they end, how they show what was refused, how they
//! read key files, write new ones and ask for a password, and how they write commands to be copied.
#![allow(dead_code, reason = "each example uses a part of it")]

use std::error::Error;
use std::ffi::OsString;
use std::fmt::Display;
#[cfg(feature = "pem")]
use std::fs::File;
use std::fs::{self, OpenOptions};
#[cfg(feature = "pem")]
use std::io::Read;
use std::io::{self, Write};
use std::iter::{Peekable, Skip};
use std::path::Path;
use std::process::ExitCode;

#[cfg(feature = "pem")]
use zeroize::Zeroizing;

/// An end of the program before its work is done.
pub(crate) enum Stop {
    /// The command line asks for the usage.
    Help,
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

/// A whole program: its work, then the exit code, after saying why it isn't 0.
pub(crate) fn run(usage: &str, work: impl FnOnce(&mut io::Stdout) -> Result<(), Stop>) -> ExitCode {
    let out = &mut io::stdout();
    let outcome = match work(out) {
        Err(Stop::Help) => writeln!(out, "{usage}").map_err(Stop::from),
        other => other,
    };
    match outcome {
        Ok(()) | Err(Stop::Help | Stop::Closed) => ExitCode::SUCCESS,
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

/// How a story ends: the manual's chapter that belongs to it, and the next example, by cargo's options.
pub(crate) fn next(out: &mut impl Write, chapter: &str, example: &str) -> io::Result<()> {
    writeln!(
        out,
        "To read on: oneway::manual::{chapter} (cargo doc -p oneway --open).
The next example:

  cargo run --release {example}"
    )
}

/// The command line, taken piece by piece. `--help` ends it, and after `--` nothing is an option.
pub(crate) struct Arguments {
    left: Peekable<Skip<std::env::ArgsOs>>,
    options_end: bool,
}

/// A piece of the command line.
pub(crate) struct Argument {
    pub(crate) text: OsString,
    is_option: bool,
}

impl Arguments {
    pub(crate) fn new() -> Self {
        Self { left: std::env::args_os().skip(1).peekable(), options_end: false }
    }

    /// What's to be done: the first word, if it's one of these.
    pub(crate) fn command(&mut self, names: [&'static str; 2]) -> Option<&'static str> {
        let name = names.into_iter().find(|name| self.left.peek().is_some_and(|word| word == name))?;
        self.left.next();
        Some(name)
    }

    pub(crate) fn take(&mut self) -> Result<Option<Argument>, Stop> {
        let Some(text) = self.left.next() else { return Ok(None) };
        if self.options_end {
            return Ok(Some(Argument { text, is_option: false }));
        }
        match text.to_str() {
            Some("--help" | "-h") => Err(Stop::Help),
            Some("--") => {
                self.options_end = true;
                self.take()
            }
            known => {
                let is_option = known.is_some_and(|text| text.starts_with('-') && text != "-");
                Ok(Some(Argument { text, is_option }))
            }
        }
    }

    /// What stands behind an option.
    pub(crate) fn value(&mut self, option: &Argument, what: &str) -> Result<OsString, Stop> {
        self.left.next().ok_or_else(|| Stop::Usage(format!("{} needs {what}", option.text.display())))
    }

    /// The number behind an option.
    pub(crate) fn number(&mut self, option: &Argument) -> Result<usize, Stop> {
        let number = self.left.next().and_then(|text| text.to_str()?.parse().ok());
        number.ok_or_else(|| Stop::Usage(format!("{} needs a number", option.text.display())))
    }

    /// All words, where there are no options.
    pub(crate) fn words(mut self) -> Result<Vec<OsString>, Stop> {
        let mut words = Vec::new();
        while let Some(argument) = self.take()? {
            match argument.option() {
                Some(_) => return Err(argument.unknown()),
                None => words.push(argument.text),
            }
        }
        Ok(words)
    }

    /// Nothing, where there's nothing to be said.
    pub(crate) fn none(mut self) -> Result<(), Stop> {
        self.take()?.map_or(Ok(()), |argument| Err(argument.unknown()))
    }

    /// The only word, as text, or another text where there's none.
    pub(crate) fn message(self, default: &str) -> Result<String, Stop> {
        let usage = |text: &str| Err(Stop::Usage(text.to_owned()));
        let mut words = self.words()?;
        let Some(word) = words.pop() else { return Ok(default.to_owned()) };
        match word.into_string() {
            _ if !words.is_empty() => usage("one message only: put it in quotes"),
            Ok(message) if message.is_empty() => usage("the message is empty"),
            Ok(message) => Ok(message),
            Err(_) => usage("the message isn't UTF-8 text"),
        }
    }
}

impl Argument {
    /// Its name, if it's an option.
    pub(crate) fn option(&self) -> Option<&str> {
        self.text.to_str().filter(|_| self.is_option)
    }

    /// Not what the program takes.
    pub(crate) fn unknown(&self) -> Stop {
        let kind = if self.is_option { "option" } else { "argument" };
        Stop::Usage(format!("unknown {kind} {}", self.text.display()))
    }
}

/// A heading, underlined.
pub(crate) fn heading(out: &mut impl Write, text: &str) -> io::Result<()> {
    writeln!(out, "{text}\n{}\n", "-".repeat(text.len()))
}

/// Says how an attempt failed, and stops if it didn't.
pub(crate) fn refused<T, E: Display>(out: &mut impl Write, attempt: &Result<T, E>) -> Result<(), Stop> {
    match attempt {
        Ok(_) => Err(Stop::Failed("that should not have worked".into())),
        Err(error) => Ok(paragraph(out, &format!("refused: {error}"))?),
    }
}

/// Text in lines of at most 78 characters, as far as its words allow, with two spaces before each.
pub(crate) fn paragraph(out: &mut impl Write, text: &str) -> io::Result<()> {
    let mut line = String::from(" ");
    for word in text.split_whitespace() {
        if line.chars().count() + 1 + word.chars().count() > 78 && line.len() > 1 {
            writeln!(out, "{line}")?;
            line = String::from(" ");
        }
        line.push(' ');
        line.push_str(word);
    }
    writeln!(out, "{line}\n")
}

/// Text without what a terminal would obey, in lines of 74 characters.
pub(crate) fn visible(text: &str) -> String {
    let turns_text = |c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let show = |c: char| {
        if c.is_control() || turns_text(c) { c.escape_default().to_string() } else { c.to_string() }
    };
    let shown: Vec<String> = text.chars().map(show).collect();
    shown.chunks(74).map(<[String]>::concat).collect::<Vec<_>>().join("\n  ")
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).expect("below 16");
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Bytes in hexadecimal: groups of four, eight of them in a line, and two spaces before.
pub(crate) fn write_hex(out: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    for line in bytes.chunks(32) {
        writeln!(out, "  {}", line.chunks(4).map(hex).collect::<Vec<_>>().join(" "))?;
    }
    writeln!(out)
}

/// The private key of a file; a password is asked for where it's needed.
#[cfg(feature = "pem")]
pub(crate) fn private_key(path: &Path) -> Result<oneway::key::PrivateKey, Stop> {
    let text = read_key(path)?;
    let key = oneway::key::PrivateKey::from_pem(&text);
    if key.as_ref().is_err_and(|error| *error == oneway::Error::PasswordNeeded) {
        return encrypted_key(path, &text);
    }
    key.map_err(|e| Stop::file(path, e))
}

#[cfg(feature = "encryption")]
fn encrypted_key(path: &Path, text: &[u8]) -> Result<oneway::key::PrivateKey, Stop> {
    let password = password(&["Password of the private key: "])?;
    oneway::key::PrivateKey::from_encrypted_pem(text, &password).map_err(|e| Stop::file(path, e))
}

#[cfg(all(feature = "pem", not(feature = "encryption")))]
fn encrypted_key(path: &Path, _: &[u8]) -> Result<oneway::key::PrivateKey, Stop> {
    let needed = "is under a password, which needs a feature: cargo run --features encryption ...";
    Err(Stop::Failed(format!("{} {needed}", path.display())))
}

/// The public key of a file.
#[cfg(feature = "pem")]
pub(crate) fn public_key(path: &Path) -> Result<oneway::key::PublicKey, Stop> {
    oneway::key::PublicKey::from_pem(read_key(path)?).map_err(|e| Stop::file(path, e))
}

/// A key's file; one byte more than a key may have is enough to have it refused.
#[cfg(feature = "pem")]
fn read_key(path: &Path) -> Result<Zeroizing<Vec<u8>>, Stop> {
    let most = 64 * 1024 + 1;
    // All the room that's needed, so that no part of a key is left behind in a smaller buffer.
    let mut text = Zeroizing::new(Vec::with_capacity(most + 1));
    let read = File::open(path).and_then(|file| file.take(most as u64).read_to_end(&mut text));
    read.map_err(|e| Stop::file(path, e))?;
    Ok(text)
}

/// Writes a file that wasn't there before; on Unix only its owner may read a private one.
pub(crate) fn write_new(path: &Path, content: &[u8], is_private: bool) -> Result<(), Stop> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if is_private {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    #[cfg(not(unix))]
    let _ = is_private;
    let mut file = options.open(path).map_err(|e| Stop::file(path, e))?;
    file.write_all(content).and_then(|()| file.sync_all()).map_err(|e| {
        let _ = fs::remove_file(path);
        Stop::file(path, e)
    })
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
