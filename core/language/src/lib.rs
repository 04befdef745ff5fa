//! Pure language: what a customer meant, and how to say dates, prices and lists in each language. No I/O.
