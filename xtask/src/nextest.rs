//! Reads how many tests passed and failed from what the test runners print.

use anyhow::{Context, Result, ensure};

use crate::steps::Counts;

/// nextest's `Summary [ 1.2s] 10 tests run: 9 passed (1 slow), 1 failed, 0 skipped`, or every `test result:` of
/// `cargo test`, the totals of `node --test`, or those of our chaos harness.
pub(crate) fn counts(said: &str) -> Result<Counts> {
    let said = without_colours(said);
    if let Some(summary) = said.lines().rev().find(|line| line.trim_start().starts_with("Summary [")) {
        let failed = number_before(summary, " failed") + number_before(summary, " timed out");
        return Ok(Counts { passed: number_before(summary, " passed"), failed });
    }
    let mut sum = Counts::default();
    let mut seen = false;
    for line in said.lines() {
        if line.starts_with("test result:") {
            seen = true;
            sum += Counts { passed: number_before(line, " passed"), failed: number_before(line, " failed") };
        }
        // Our own: `9 passed, 1 failed`.
        if let Some((passed, failed)) = line.strip_suffix(" failed").and_then(|line| line.split_once(" passed, "))
            && let (Ok(passed), Ok(failed)) = (passed.parse(), failed.parse())
        {
            seen = true;
            sum += Counts { passed, failed };
        }
        let word = line.trim_start_matches(['#', 'ℹ', ' ']);
        for (name, passed) in [("pass ", true), ("fail ", false), ("cancelled ", false)] {
            if let Some(number) = word.strip_prefix(name).and_then(|rest| rest.trim().parse().ok()) {
                seen = true;
                sum += if passed { Counts { passed: number, failed: 0 } } else { Counts { passed: 0, failed: number } };
            }
        }
    }
    seen.then_some(sum).context("the test runner printed no summary")
}

/// What a runner said, its exit and its numbers in agreement.
pub(crate) fn judged((succeeded, said): (bool, String)) -> Result<Counts> {
    let counts = counts(&said)?;
    ensure!(succeeded || counts.failed > 0, "the test runner failed though no test did");
    Ok(counts)
}

fn number_before(line: &str, word: &str) -> u64 {
    let Some((before, _after)) = line.split_once(word) else { return 0 };
    before.rsplit(|c: char| !c.is_ascii_digit()).next().and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

fn without_colours(said: &str) -> String {
    let mut plain = String::with_capacity(said.len());
    let mut chars = said.chars();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            chars.by_ref().find(char::is_ascii_alphabetic);
        } else {
            plain.push(c);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(said: &str, passed: u64, failed: u64) {
        assert_eq!(counts(said).unwrap(), Counts { passed, failed }, "{said}");
    }

    #[test]
    fn each_runners_summary_is_read() {
        check(
            "\u{1b}[32m     Summary\u{1b}[0m [   1.5s] 12 tests run: 10 passed (1 slow), 2 failed, 3 skipped\n",
            10,
            2,
        );
        check("     Summary [   1.5s] 3 tests run: 1 passed, 1 failed, 1 timed out, 0 skipped\n", 1, 2);
        check("     Summary [   1.5s] 1 test run: 1 passed, 0 skipped\n", 1, 0);
        check(
            "test result: ok. 4 passed; 0 failed; 0 ignored\ntest result: FAILED. 1 passed; 2 failed; 0 ignored\n",
            5,
            2,
        );
        check("ℹ tests 3\nℹ pass 2\nℹ fail 1\nℹ cancelled 0\n", 2, 1);
        check("seed 4: I2: lost\n3 passed, 1 failed\n", 3, 1);
        check("# tests 3\n# pass 3\n# fail 0\n", 3, 0);
    }

    #[test]
    fn silence_is_not_success() {
        assert!(counts("error: could not compile").is_err());
        assert!(judged((false, "ℹ pass 2\nℹ fail 0\n".to_owned())).is_err());
    }
}
