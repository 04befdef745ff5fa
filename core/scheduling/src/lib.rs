//! Pure scheduling: opening hours, availability, series, waitlist order, prices, fair assignment. No I/O.
