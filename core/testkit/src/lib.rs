//! TestApp, factories, fake providers, fault proxy, checkers.
