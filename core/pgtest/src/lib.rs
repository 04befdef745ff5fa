//! A throwaway PostgreSQL for tests: its own cluster on a socket, one database per test.
