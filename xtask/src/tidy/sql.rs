//! Queries: each that touches a tenant's table names `tenant_id`, none is put together at run time, and none makes SQLite
//! plan it anew each time.

use std::collections::BTreeSet;

use super::{
    migrations,
    rust::{Piece, Source},
    tree::{Finding, Text, Tree},
};

/// Words after which a query names a table.
const BEFORE_TABLE: [&str; 4] = ["from", "into", "update", "join"];
/// Functions that take a query.
const QUERIES: [&str; 6] = ["query(", "query_as(", "query_scalar(", "query_with(", "raw_sql(", "query_as_with("];
/// The one place that writes what no parameter can carry: transaction settings, from a UUID's digits.
const SETS_TENANT: &str = "core/store/src/engine.rs";

/// The second wall (row-level security) stands on one engine only, so every text must have the first.
pub(crate) fn check_tenants(tree: &Tree) -> Vec<Finding> {
    let tables: BTreeSet<String> = tenant_tables(tree);
    let mut findings = Vec::new();
    for file in tree.within("core/", ".rs").filter(|file| !file.is_test()) {
        for (line, text) in texts(file.source()) {
            let named = named_tables(&text);
            if let Some(table) = named.iter().find(|name| tables.contains(*name))
                && !text.contains("tenant_id")
            {
                findings.push(file.finding(line, format!("a query of {table} does not name tenant_id")));
            }
        }
    }
    findings
}

/// Tables whose every row belongs to a tenant. A session may be a platform admin's; it is found by its secret alone.
fn tenant_tables(tree: &Tree) -> BTreeSet<String> {
    let owned = |definition: &String| definition.contains("NOT NULL") || definition.contains("PRIMARY KEY");
    let schema = migrations::schema(tree, migrations::SQLITE).into_iter();
    schema.filter(|(_, columns)| columns.get("tenant_id").is_some_and(owned)).map(|(table, _)| table).collect()
}

pub(crate) fn check_fixed(tree: &Tree) -> Vec<Finding> {
    let store = tree.within("core/", ".rs").filter(|file| !file.is_test());
    store.flat_map(check_fixed_in).collect()
}

fn check_fixed_in(file: &Text) -> Vec<Finding> {
    let source = file.source();
    let mut findings = Vec::new();
    for query in QUERIES {
        for (place, _) in source.code.match_indices(query) {
            let open = place + query.len();
            if source.line_at(place) <= source.shipped_lines && arguments(source, open).contains("format!") {
                findings.push(file.finding(source.line_at(place), "a query must be a constant: bind its values"));
            }
        }
    }
    if file.path != SETS_TENANT {
        for (number, line) in source.shipped().filter(|(_, line)| line.contains("AssertSqlSafe")) {
            let why =
                format!("AssertSqlSafe hides a query from review ({}): only {SETS_TENANT} may use it", line.trim());
            findings.push(file.finding(number, why));
        }
    }
    findings
}

/// Since 3.48 SQLite plans by the value of a bound LIMIT, and makes the statement anew whenever one is bound, even the
/// same: 0.3 ms instead of 0.02 for a claim. An expression it does not look into.
pub(crate) fn check_limits(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.within("core/", ".rs").filter(|file| !file.is_test()) {
        // Also ends of queries, which a macro puts behind their beginning.
        let source = file.source();
        let shipped = source.strings.iter().filter(|piece| piece.line <= source.shipped_lines);
        for piece in shipped.filter(|piece| piece.text.contains("LIMIT $")) {
            findings.push(file.finding(piece.line, "SQLite makes this query anew each time: write `LIMIT +$n`"));
        }
    }
    findings
}

/// What stands between the parenthesis before `open` and its partner.
fn arguments(source: &Source, open: usize) -> &str {
    let mut depth = 1_usize;
    let rest = source.between(open, source.code.len());
    let end = rest.char_indices().find(|(_, c)| {
        depth = match c {
            '(' => depth + 1,
            ')' => depth - 1,
            _ => depth,
        };
        depth == 0
    });
    source.between(open, open + end.map_or(rest.len(), |(index, _)| index))
}

/// String literals of shipped code; those of one expression, as inside of `concat!`, count as one text.
fn texts(source: &Source) -> Vec<(usize, String)> {
    let mut texts: Vec<(usize, String)> = Vec::new();
    let mut before: Option<&Piece> = None;
    for piece in source.strings.iter().filter(|piece| piece.line <= source.shipped_lines) {
        let joined = before.is_some_and(|before| !source.between(before.to, piece.from).contains([';', '{', '}']));
        match texts.last_mut().filter(|_last| joined) {
            Some((_, text)) => {
                text.push(' ');
                text.push_str(&piece.text);
            }
            None => texts.push((piece.line, piece.text.clone())),
        }
        before = Some(piece);
    }
    texts.retain(|(_, text)| is_query(text));
    texts
}

fn is_query(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default();
    ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"].contains(&first)
}

fn named_tables(text: &str) -> Vec<String> {
    let words: Vec<String> = text
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    let pairs = words.iter().zip(words.iter().skip(1));
    pairs.filter(|(before, _)| BEFORE_TABLE.contains(&before.as_str())).map(|(_, table)| table.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: (&str, &str) = (
        "migrations/sqlite/0001_a.sql",
        "CREATE TABLE bookings (\n tenant_id BLOB NOT NULL,\n id BLOB\n);\nCREATE TABLE releases (id BLOB);\nCREATE TABLE sessions (tenant_id BLOB, id BLOB);\n",
    );

    fn tenants(text: &str) -> usize {
        check_tenants(&Tree::of(&[SCHEMA, ("core/store/src/a.rs", text)])).len()
    }

    fn fixed(text: &str) -> usize {
        check_fixed(&Tree::of(&[("core/store/src/a.rs", text)])).len()
    }

    #[test]
    fn a_query_without_its_tenant_is_caught() {
        assert_eq!(tenants("const SQL: &str = \"SELECT id FROM bookings WHERE id = $1\";"), 1);
        assert_eq!(tenants("const SQL: &str = \"DELETE FROM bookings\n WHERE id = $1\";"), 1);
        assert_eq!(tenants("const SQL: &str = \"SELECT 1 FROM releases r JOIN bookings b ON true\";"), 1);
    }

    #[test]
    fn a_query_with_its_tenant_or_of_the_platform_passes() {
        assert_eq!(tenants("const SQL: &str = \"SELECT id FROM bookings WHERE tenant_id = $1\";"), 0);
        assert_eq!(tenants("concat!(\"UPDATE bookings SET a = 1\", $lock, \" RETURNING tenant_id\")"), 0);
        assert_eq!(tenants("const SQL: &str = \"DELETE FROM sessions WHERE id = $1\";"), 0);
        assert_eq!(tenants("const SQL: &str = \"SELECT id FROM releases\"; const NOTE: &str = \"from bookings\";"), 0);
    }

    #[test]
    fn a_bare_limit_is_caught() {
        let limits = |text: &str| check_limits(&Tree::of(&[("core/store/src/a.rs", text)])).len();
        assert_eq!(limits("const SQL: &str = select!(\"AND a > $2 LIMIT $3\");"), 1);
        assert_eq!(limits("const SQL: &str = \"SELECT id FROM releases\n ORDER BY id LIMIT $4\";"), 1);
        assert_eq!(
            limits("const SQL: &str = \"SELECT id FROM releases LIMIT +$4\"; const ONE: &str = \"SELECT 1 LIMIT 1\";"),
            0
        );
    }

    #[test]
    fn a_query_put_together_at_run_time_is_caught() {
        assert_eq!(fixed("sqlx::query(&format!(\"SELECT {column}\"))"), 1);
        assert_eq!(fixed("sqlx::query_as(AssertSqlSafe(sql))"), 1);
        assert_eq!(fixed("sqlx::query(SQL).bind(format!(\"{a}\"))"), 0);
    }
}
