//! What an owner may set, one rule at a time.
