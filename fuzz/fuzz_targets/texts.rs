//! Texts that people write: names of certificates (RFC 4514), times, and the names that servers and mailboxes are asked
//! for. Nothing panics, and what's read is printed and read again as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oneway::trust::{DistinguishedName, Purpose, Request, Time};

fuzz_target!(|text: &str| {
    if let Ok(name) = text.parse::<DistinguishedName>() {
        let printed = name.to_string();
        assert!(!printed.contains(char::is_control), "{printed:?}");
        // What a name of nothing is printed as isn't one; and escapes may make a text too long to be read.
        if printed != "(no name)" && printed.len() <= 1 << 14 {
            assert_eq!(printed.parse::<DistinguishedName>().unwrap(), name);
        }
    }
    if let Ok(time) = text.parse::<Time>() {
        assert_eq!(time.to_string().parse::<Time>().unwrap(), time);
    }
    for purpose in [Purpose::server(text), Purpose::mail(text)] {
        if let Err(error) = purpose {
            assert!(!error.to_string().contains(char::is_control), "{error:?}");
        }
    }
    let _ = Request::builder(text).dns(text).mail(text);
});
