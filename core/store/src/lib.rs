//! Everything Frontdesk keeps: SQLite and PostgreSQL behind one tenant transaction. Sole owner of sqlx.
