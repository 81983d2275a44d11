//! What Ruby makes of plain scalars, told by Ruby itself: GitLab reads pipelines with it.
//!
//! `ruby.tsv` holds a line for each text that is made here: the text, what it is to Psych 4.0.3 of Ruby 3.1.2, and what
//! Ruby prints of it. Where `ruby` is on the path it is asked again, about ten times as many.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};

use engine_formats::yaml::{self, Dialect, ScalarValue};
use engine_model::{FilePath, Kind, NodeId, ScalarStyle, SourceFile};

use crate::random::Random;

const ANSWERS: &str = include_str!("ruby.tsv");

/// Texts that the file has answers for, and that a Ruby at hand is asked about.
const RECORDED: usize = 3_000;
const ASKED: usize = 30_000;

/// One line for each line of its input: what the text is, and what Ruby prints of it. `other` is no plain scalar.
const JUDGE: &str = r##"
STDIN.set_encoding("UTF-8")
STDIN.each_line do |line|
  text = line.chomp
  source = "v: #{text}\n"
  begin
    node = Psych.parse(source).children[0].children[1]
    plain = node.is_a?(Psych::Nodes::Scalar) && node.plain && !node.quoted && node.tag.nil? && node.value == text
    unless plain
      puts "other\t"
      next
    end
    value = Psych.safe_load(source, permitted_classes: [Symbol], permitted_symbols: [], aliases: true)["v"]
    kind = { NilClass => "null", TrueClass => "boolean", FalseClass => "boolean", Integer => "integer",
             Float => "float", String => "string", Symbol => "symbol" }.fetch(value.class)
    puts "#{kind}\t#{value}"
  rescue Psych::DisallowedClass
    puts "date\t"
  rescue Psych::SyntaxError, ArgumentError
    puts "other\t"
  end
end
"##;

/// Texts that look like what Ruby has a word for.
const SHAPES: [&str; 36] = [
    "D",
    "-D",
    "+D",
    "0D",
    "D_D",
    "D,D",
    "D.D",
    ".D",
    "D.",
    "D.De+D",
    "D.De-D",
    "D.DeD",
    "DeD",
    "D:D",
    "D:D:D",
    "D:D:D.D",
    "D:D.D",
    "0xH",
    "0bB",
    "0oD",
    "Y-M-M",
    "Y-M-MTM:M:M",
    "Y-M-M M:M:MZ",
    "Y-M-M M:M:M.D +M:M",
    "W",
    ":W",
    ":D",
    "D_D.D_D",
    "DW",
    "D D",
    "D:D:D:D",
    "D:D.D_D",
    "D:D._D",
    "DDD.D",
    ":'W'W",
    ":\"W\"D\"",
];

const WORDS: [&str; 22] = [
    "yes", "Yes", "YES", "no", "on", "On", "off", "OFF", "true", "True", "false", "tRUE", "null", "Null", "~", ".inf",
    "-.inf", ".NaN", "y", "n", "e", "Infinity",
];

fn made(count: usize) -> Vec<String> {
    let mut random = Random(0x0bad_5ca1_a75e_ed01);
    let mut out: Vec<String> = WORDS.iter().map(|word| (*word).to_owned()).collect();
    while out.len() < count {
        let mut text = String::new();
        for shape in SHAPES[random.below(SHAPES.len())].chars() {
            match shape {
                'D' => (0..random.below(5) + usize::from(random.below(9) > 0))
                    .for_each(|_| text.push(digit(&mut random, 10))),
                'H' => (0..random.below(4)).for_each(|_| text.push(digit(&mut random, 16))),
                'B' => (0..random.below(5)).for_each(|_| text.push(digit(&mut random, 2))),
                'M' => text.push_str(&random.below(70).to_string()),
                'Y' => text.push_str(&(1990 + random.below(60)).to_string()),
                'W' => text.push_str(WORDS[random.below(WORDS.len())]),
                other => text.push(other),
            }
        }
        // Some are no longer what they look like.
        if random.below(4) == 0 && !text.is_empty() {
            let at = random.below(text.len());
            let with = ["_", ",", ".", ":", "-", "+", "0", "9", "e", "x", "T", " ", ""][random.below(13)];
            text.replace_range(at..=at, with);
        }
        if random.below(40) == 0 {
            text.push_str(&"9".repeat(random.below(400)));
        }
        out.push(text.trim().to_owned());
    }
    out.retain(|text| !text.is_empty());
    out.sort();
    out.dedup();
    out
}

fn digit(random: &mut Random, radix: u32) -> char {
    let value = u32::try_from(random.below(usize::try_from(radix).unwrap())).unwrap();
    char::from_digit(value, radix).unwrap()
}

/// The answers of the Ruby at hand; `None` where there is none.
fn asked(texts: &[String]) -> Option<Vec<(String, String)>> {
    let ruby = Command::new("ruby").args(["-rpsych", "-e", JUDGE]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut ruby) = ruby else {
        println!("skipped: no ruby on the path");
        return None;
    };
    let mut input = ruby.stdin.take().unwrap();
    let text = texts.join("\n") + "\n";
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()).unwrap());
    let output = ruby.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success());
    let answers = String::from_utf8(output.stdout).unwrap();
    let answer = |line: &str| line.split_once('\t').map(|(kind, text)| (kind.to_owned(), text.to_owned())).unwrap();
    let answers: Vec<_> = answers.lines().map(answer).collect();
    assert_eq!(answers.len(), texts.len());
    Some(answers)
}

/// What the text is here, as Ruby's answer says it; `None` where it is no plain scalar.
fn ours(text: &str) -> Option<(String, String)> {
    let file = SourceFile::new(FilePath::new("a.yml").unwrap(), format!("v: {text}\n"));
    let document = yaml::parse(&file).document?;
    let root: NodeId = *document.roots().first()?;
    let Kind::Mapping(entries) = document.node(root).kind else { return None };
    let node = entries.first()?.value;
    if matches!(document.node(node).kind, Kind::Null) {
        return Some(("null".to_owned(), String::new()));
    }
    let scalar = document.scalar(node).filter(|scalar| scalar.style == ScalarStyle::Plain && scalar.text == text)?;
    if yaml::is_ruby_date(&scalar, None) {
        return Some(("date".to_owned(), String::new()));
    }
    let printed = yaml::ruby_text(&scalar, None);
    let kind = match yaml::scalar_value(&scalar, None, Dialect::Yaml11) {
        ScalarValue::Null => "null",
        ScalarValue::Boolean(_) => "boolean",
        ScalarValue::Integer(_) => "integer",
        ScalarValue::Float(_) if !text.contains('.') => "integer",
        ScalarValue::Float(_) => "float",
        ScalarValue::String if printed.as_deref() != Some(text) => "symbol",
        ScalarValue::String => "string",
    };
    Some((kind.to_owned(), printed.map_or_else(|| "?".to_owned(), std::borrow::Cow::into_owned)))
}

fn compare(texts: &[String], answers: &[(String, String)]) {
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    let mut differ = Vec::new();
    for (text, theirs) in texts.iter().zip(answers).filter(|(_, (kind, _))| kind != "other") {
        *kinds.entry(&theirs.0).or_default() += 1;
        let found = ours(text);
        // Large numbers that are not written in plain digits are numbers, and nobody prints them.
        let large = |(kind, printed): &(String, String)| printed == "?" && *kind == theirs.0 && text.len() > 17;
        if found.as_ref() != Some(theirs) && !found.as_ref().is_some_and(large) {
            differ.push(format!("{text:?}: ours {found:?}, theirs {theirs:?}"));
        }
    }
    let shown: Vec<&String> = differ.iter().take(20).collect();
    assert!(differ.is_empty(), "{} differ: {shown:#?}", differ.len());
    for kind in ["null", "boolean", "integer", "float", "string", "symbol", "date"] {
        assert!(kinds.get(kind).is_some_and(|count| *count >= 3), "{kind} is hardly met: {kinds:?}");
    }
}

#[test]
fn scalars_are_what_they_are_to_ruby() {
    let texts = made(RECORDED);
    let lines: Vec<Vec<&str>> = ANSWERS.lines().map(|line| line.split('\t').collect()).collect();
    if lines.iter().map(|line| line[0]).ne(texts.iter().map(String::as_str)) {
        let file = concat!(env!("CARGO_TARGET_TMPDIR"), "/ruby.tsv");
        let answers = asked(&texts).expect("`ruby.tsv` has the answers for other texts, and there is no Ruby to ask");
        let line = |(text, (kind, printed)): (&String, &(String, String))| format!("{text}\t{kind}\t{printed}\n");
        std::fs::write(file, texts.iter().zip(&answers).map(line).collect::<String>()).unwrap();
        panic!("`ruby.tsv` has the answers for other texts: take those of {file}");
    }
    let answers: Vec<_> = lines.iter().map(|line| (line[1].to_owned(), line[2].to_owned())).collect();
    compare(&texts, &answers);
}

#[test]
fn the_ruby_at_hand_says_so_too() {
    let texts = made(ASKED);
    if let Some(answers) = asked(&texts) {
        compare(&texts, &answers);
    }
}
