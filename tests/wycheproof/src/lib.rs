//! Project Wycheproof against oneway: everything is in `tests/`.
