//! Our listing against git's own, over generated repositories: ignore rules of every shape, tracked and deleted
//! files, every version of the index.

use std::collections::BTreeSet;
use std::fs;

use engine_model::Tree;

use super::{Folder, names};

/// Cases in one repository, each a directory with files and rules of its own: git is slow to start.
const CASES: usize = 40;

/// A small generator of numbers with a fixed seed: a failure can be repeated.
pub(super) struct Numbers(pub(super) u64);

impl Numbers {
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap() % bound
    }

    pub(super) fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    pub(super) fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    fn pattern(&mut self) -> String {
        const PIECES: &[&str] = &[
            "a",
            "b",
            "ab",
            "foo",
            ".log",
            "*",
            "*",
            "*",
            "**",
            "**",
            "***",
            "?",
            "/",
            "/",
            "/",
            "[ab]",
            "[!a]",
            "[^b-f]",
            "[a-]",
            "[]a]",
            "[[:alpha:]]",
            "[[:x]",
            "[a",
            "\\",
            "\\*",
            "\\a",
            " ",
            "#",
            "!",
            "é",
            "x y",
            "-",
            "[\\]-a]",
            "[[:digit:]b]",
            "[!/]",
            "**/",
            "/**",
            "/**/",
            "*/",
            "\t",
        ];
        let mut pattern = String::from(if self.one_in(4) { "!" } else { "" });
        pattern.push_str(if self.one_in(5) { "/" } else { "" });
        for _ in 0..=self.below(4) {
            pattern.push_str(self.pick(PIECES));
        }
        pattern.push_str(self.pick(&["", "", "", "", "/", " ", "\\ ", "\r", "/**"]));
        pattern
    }

    pub(super) fn path(&mut self) -> String {
        const PARTS: &[&str] = &[
            "a", "b", "ab", "foo", "a.log", "foo.log", "x y", "#a", "!b", "é", "[", "a ", "*", "a\\b", "-", "abc", "ba",
        ];
        let parts: Vec<&str> = (0..=self.below(4)).map(|_| self.pick(PARTS)).collect();
        parts.join("/")
    }

    fn rules(&mut self) -> String {
        let bom = if self.one_in(9) { "\u{feff}" } else { "" };
        let lines: Vec<String> = (0..=self.below(4)).map(|_| self.pattern()).collect();
        format!("{bom}{}{}", lines.join("\n"), self.pick(&["", "\n", "\r\n", "\n\n#\n"]))
    }
}

/// Writes a file unless a directory or a file is in the way.
pub(super) fn write(folder: &Folder, path: &str, text: &str) {
    let path = folder.at(path);
    if fs::create_dir_all(path.parent().unwrap()).is_ok() && !path.is_dir() {
        fs::write(path, text).unwrap();
    }
}

/// Fills a repository and compares.
fn compare(folder: &Folder, numbers: &mut Numbers) {
    if numbers.one_in(2) {
        write(folder, ".git/info/exclude", &numbers.rules());
    }
    if numbers.one_in(2) {
        // Not so wide that every case would be hidden.
        write(folder, ".gitignore", &format!("{}\n!/c*/\n", numbers.rules()));
    }
    let mut tracked = String::new();
    for case in 0..CASES {
        let base = format!("c{case}");
        for _ in 0..10 {
            let path = format!("{base}/{}", numbers.path());
            write(folder, &path, "");
            if numbers.one_in(4) && folder.at(&path).is_file() {
                tracked.push_str(&path);
                tracked.push('\0');
            }
        }
        write(folder, &format!("{base}/.gitignore"), &numbers.rules());
        if numbers.one_in(2) {
            let path = format!("{base}/{}/.gitignore", numbers.path());
            write(folder, &path, &numbers.rules());
        }
    }
    write(folder, ".git/tracked", &tracked);
    folder.git(&["--literal-pathspecs", "add", "--force", "--pathspec-from-file=.git/tracked", "--pathspec-file-nul"]);
    for path in tracked.split_terminator('\0') {
        if numbers.one_in(5) {
            fs::remove_file(folder.at(path)).ok();
        }
    }
    let stdout = folder.git(&["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let expected: BTreeSet<String> = String::from_utf8(stdout)
        .unwrap()
        .split_terminator('\0')
        .filter(|path| fs::symlink_metadata(folder.at(path)).is_ok_and(|found| found.is_file()))
        .map(str::to_owned)
        .collect();
    let listing = folder.tree().list().unwrap();
    let ours: BTreeSet<String> = names(&listing).into_iter().map(str::to_owned).collect();
    let wrong: Vec<String> = expected
        .symmetric_difference(&ours)
        .map(|path| {
            let case = path.split('/').next().unwrap();
            let rules = fs::File::options().read(true).open(folder.at(case).join(".gitignore"));
            let text = rules.and_then(std::io::read_to_string).unwrap_or_default();
            format!("{} has {path:?}; rules {text:?}", if ours.contains(path) { "ours" } else { "git" })
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(expected.len() > CASES, "too little is left to compare: {}", expected.len());
}

#[test]
fn the_listing_is_git_s_own() {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    for round in 0..12 {
        let options: &[&str] = if round % 4 == 3 { &["--object-format=sha256"] } else { &[] };
        let Some(folder) = Folder::repository(options) else { return };
        match round % 4 {
            1 => drop(folder.git(&["config", "index.version", "4"])),
            2 => drop(folder.git(&["config", "core.splitIndex", "true"])),
            _ => {}
        }
        compare(&folder, &mut numbers);
    }
}

#[test]
fn a_split_index_is_joined() {
    let Some(folder) = Folder::repository(&[]) else { return };
    let all: Vec<String> = (0..200).map(|number| format!("f{number:03}")).collect();
    // Files as young as the index would be written into it again.
    let old = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
    for name in &all {
        folder.write(name, "");
        fs::File::options().write(true).open(folder.at(name)).unwrap().set_modified(old).unwrap();
    }
    folder.git(&["add", "--all"]);
    folder.git(&["update-index", "--split-index"]);
    folder.git(&["config", "splitIndex.maxPercentChange", "100"]);
    // Everything tracked is hidden, so that what the index says shows.
    folder.write(".gitignore", "*\n").write("new", "").mode("f007", 0o755);
    folder.git(&["rm", "--quiet", "--cached", "f003", "f150"]);
    folder.git(&["add", "--force", "new", "f007"]);
    let own = fs::metadata(folder.at(".git/index")).unwrap().len();
    assert!(own < 2000, "the index is not split: {own} bytes");
    let listing = folder.tree().list().unwrap();
    let mut expected: Vec<&str> =
        all.iter().map(String::as_str).filter(|name| !["f003", "f150"].contains(name)).collect();
    expected.push("new");
    assert_eq!(names(&listing), expected);
    assert!(listing.files.iter().all(|file| file.executable == (file.path.as_str() == "f007")));
}
