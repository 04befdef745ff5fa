//! Migrations come in pairs of the same name, and both engines end with the same tables and columns.

use std::collections::BTreeMap;

use super::tree::{Finding, Text, Tree};

pub(super) const SQLITE: &str = "migrations/sqlite/";
const POSTGRES: &str = "migrations/postgres/";
/// Words that begin a line of a table without naming a column.
const NO_COLUMN: [&str; 6] = ["PRIMARY", "FOREIGN", "UNIQUE", "CHECK", "CONSTRAINT", "EXCLUDE"];

/// Columns by table, each with the words after its name.
pub(super) type Schema = BTreeMap<String, Columns>;
type Columns = BTreeMap<String, String>;

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (from, to) in [(SQLITE, POSTGRES), (POSTGRES, SQLITE)] {
        for file in tree.within(from, ".sql") {
            let twin = file.path.replacen(from, to, 1);
            if tree.file(&twin).is_none() {
                findings.push(file.finding(1, format!("has no twin {twin}")));
            }
        }
    }
    let (sqlite, postgres) = (schema(tree, SQLITE), schema(tree, POSTGRES));
    findings.extend(lacking(tree, SQLITE, &postgres, &sqlite));
    findings.extend(lacking(tree, POSTGRES, &sqlite, &postgres));
    findings
}

/// What `wanted` has and `found`, the schema of `folder`, has not.
fn lacking(tree: &Tree, folder: &str, wanted: &Schema, found: &Schema) -> Vec<Finding> {
    let Some(newest) = tree.within(folder, ".sql").last() else { return vec![] };
    let mut findings = Vec::new();
    for (table, columns) in wanted {
        let Some(there) = found.get(table) else {
            findings.push(newest.finding(1, format!("the table {table} exists on the other engine only")));
            continue;
        };
        for column in columns.keys().filter(|column| !there.contains_key(*column)) {
            findings.push(newest.finding(1, format!("{table}.{column} exists on the other engine only")));
        }
    }
    findings
}

/// Tables after all migrations of `folder`, as far as their text tells.
pub(super) fn schema(tree: &Tree, folder: &str) -> Schema {
    let mut schema = Schema::new();
    for statement in tree.within(folder, ".sql").flat_map(statements) {
        apply(&mut schema, &statement);
    }
    schema
}

/// Comments left out. Triggers and blocks fall to pieces at their semicolons, and none of the pieces looks like a table.
fn statements(file: &Text) -> Vec<String> {
    let lines = file.text.lines().map(|line| line.split("--").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n").split(';').map(|statement| statement.trim().to_owned()).collect()
}

fn apply(schema: &mut Schema, statement: &str) {
    let words: Vec<&str> =
        statement.split(|c: char| c.is_whitespace() || c == '(').filter(|word| !word.is_empty()).collect();
    match words.as_slice() {
        ["CREATE", "TABLE", "IF", "NOT", "EXISTS", table, ..] | ["CREATE", "TABLE", table, ..] => {
            schema.insert((*table).to_owned(), columns(statement));
        }
        ["ALTER", "TABLE", table, "ADD", "COLUMN", column, rest @ ..] => {
            schema.entry((*table).to_owned()).or_default().insert((*column).to_owned(), rest.join(" "));
        }
        ["ALTER", "TABLE", table, "DROP", "COLUMN", column, ..] => {
            schema.entry((*table).to_owned()).or_default().remove(*column);
        }
        ["ALTER", "TABLE", table, "RENAME", "TO", name, ..] => {
            let columns = schema.remove(*table).unwrap_or_default();
            schema.insert((*name).to_owned(), columns);
        }
        ["DROP", "TABLE", table, ..] => drop(schema.remove(*table)),
        _ => {}
    }
}

/// First words between the outer parentheses, at their commas.
fn columns(statement: &str) -> Columns {
    let Some((_head, body)) = statement.split_once('(') else { return Columns::new() };
    let mut depth = 0_usize;
    let mut parts = vec![String::new()];
    for c in body.chars() {
        match c {
            '(' => depth += 1,
            ')' if depth == 0 => break,
            ')' => depth -= 1,
            ',' if depth == 0 => parts.push(String::new()),
            c => parts.last_mut().into_iter().for_each(|part| part.push(c)),
        }
    }
    let words = parts.iter().filter_map(|part| part.trim().split_once(char::is_whitespace));
    words.filter(|(name, _)| !NO_COLUMN.contains(name)).map(|(name, rest)| (name.to_owned(), rest.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whys(files: &[(&str, &str)]) -> Vec<String> {
        check(&Tree::of(files)).into_iter().map(|finding| finding.why).collect()
    }

    #[test]
    fn a_migration_without_its_twin_is_caught() {
        assert_eq!(whys(&[("migrations/sqlite/0001_a.sql", "")]), ["has no twin migrations/postgres/0001_a.sql"]);
    }

    #[test]
    fn engines_that_drift_apart_are_caught() {
        let sqlite =
            "CREATE TABLE a (\n id BLOB, -- note, here\n b TEXT CHECK (b IN ('x', 'y')),\n PRIMARY KEY (id, b)\n);";
        let postgres = "CREATE TABLE a (id UUID PRIMARY KEY);\nALTER TABLE a ADD COLUMN c TEXT;";
        let found = whys(&[("migrations/postgres/0001_a.sql", postgres), ("migrations/sqlite/0001_a.sql", sqlite)]);
        assert_eq!(found, ["a.c exists on the other engine only", "a.b exists on the other engine only"]);
    }
}
