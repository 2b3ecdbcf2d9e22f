//! Storey 2: points of elliptic curves: sums, multiples, encodings. No heap, but for sums of many multiples.
