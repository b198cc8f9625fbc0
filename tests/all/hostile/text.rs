//! Text, Markdown, pages and records: encodings, sizes, nesting.

use std::fmt::Write as _;

use super::Outcome::{Either, Silent, Skipped};
use super::{Case, PROSE, case, noise, says, then_prose, utf16};

#[allow(clippy::too_many_lines, reason = "a list of cases")]
pub(super) fn encodings() -> Vec<Case> {
    let long = format!("{PROSE} The café’s naïve buyer paid €20 – “twice”. {PROSE}");
    let bom = |bytes: &[u8], text: Vec<u8>| [bytes.to_vec(), text].concat();
    let windows: Vec<u8> = long
        .chars()
        .map(|c| match c {
            '€' => 0x80,
            '’' => 0x92,
            '“' => 0x93,
            '”' => 0x94,
            '–' => 0x96,
            c => u8::try_from(u32::from(c)).unwrap(),
        })
        .collect();
    let ebcdic: Vec<u8> = noise(400).iter().map(|b| 0x80 | b).collect();
    vec![
        says("enc/utf8.txt", long.clone()),
        says("enc/utf8-bom.txt", bom(b"\xef\xbb\xbf", long.clone().into_bytes())),
        says("enc/utf16le-bom.txt", bom(b"\xff\xfe", utf16(&long, u16::to_le_bytes))),
        says("enc/utf16be-bom.txt", bom(b"\xfe\xff", utf16(&long, u16::to_be_bytes))),
        says("enc/utf16le.txt", utf16(&long, u16::to_le_bytes)),
        says("enc/utf16be.txt", utf16(&long, u16::to_be_bytes)),
        case(
            "enc/utf16-odd-length.txt",
            bom(b"\xff\xfe", utf16(&long, u16::to_le_bytes)[1..].to_vec()),
            Either,
        ),
        case(
            "enc/utf16-lone-surrogates.txt",
            bom(b"\xff\xfe", b"\x00\xd8".repeat(300)),
            Either,
        ),
        case(
            "enc/utf32le.txt",
            long.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect::<Vec<_>>(),
            Skipped("not text"),
        ),
        says("enc/windows-1252.txt", windows),
        says(
            "enc/one-bad-byte.txt",
            [long.as_bytes(), b"\xff ", long.as_bytes()].concat(),
        ),
        says("enc/cut-in-a-letter.txt", [long.as_bytes(), b" caf\xc3"].concat()),
        says(
            "enc/overlong.txt",
            [PROSE.as_bytes(), b" \xc0\x80 ", PROSE.as_bytes()].concat(),
        ),
        says("enc/surrogate.txt", [PROSE.as_bytes(), b" \xed\xa0\x80"].concat()),
        case(
            "enc/shift-jis.txt",
            b"\x82\xb1\x82\xf1\x82\xc9\x82\xbf\x82\xcd ".repeat(40),
            Either,
        ),
        case("enc/iso-2022-jp.txt", b"\x1b$B$3$s$K$A$O\x1b(B ".repeat(40), Either),
        case("enc/gb18030.txt", b"\xc4\xe3\xba\xc3 ".repeat(40), Either),
        case("enc/koi8-r.txt", b"\xf0\xd2\xc9\xd7\xc5\xd4 ".repeat(40), Either),
        case("enc/ebcdic.txt", ebcdic, Either),
        case("enc/nuls.txt", vec![0; 1 << 20], Skipped("not text")),
        case("enc/nul-within.txt", format!("{PROSE}\0{PROSE}"), Either),
        case("enc/noise.txt", noise(100_000), Skipped("not text")),
        case("enc/noise.md", noise(100_000), Skipped("not text")),
        case("enc/noise.html", noise(100_000), Skipped("not text")),
        case(
            "enc/picture.txt",
            [b"\x89PNG\r\n\x1a\n".to_vec(), noise(5000)].concat(),
            Skipped("PNG"),
        ),
        case(
            "enc/program.md",
            [b"\x7fELF\x02\x01\x01".to_vec(), noise(5000)].concat(),
            Skipped("program"),
        ),
        case(
            "enc/gzip.html",
            [b"\x1f\x8b\x08\x00".to_vec(), noise(5000)].concat(),
            Skipped("gzip"),
        ),
        says(
            "enc/carriage-returns.txt",
            format!("One line.\r\r{PROSE}\r\rOne more line."),
        ),
        says("enc/windows-lines.txt", format!("One line.\r\n\r\n{PROSE}\r\n")),
        says("enc/form-feeds.txt", format!("One line.\u{c}\u{b}\n\n{PROSE}\n")),
        says("enc/line-separators.txt", format!("One.\u{2029}\u{2029}{PROSE}\u{2028}")),
        says("enc/escapes.txt", then_prose("\u{1b}[2J\u{1b}]0;title\u{7}red\u{9b}31m")),
        says(
            "enc/bidi.txt",
            then_prose("\u{202e}\u{2066}txt.exe\u{2069} runs backwards here"),
        ),
        says(
            "enc/zero-width.txt",
            then_prose("\u{200b}\u{feff}\u{2060}\u{ad}".repeat(2000)),
        ),
        says(
            "enc/stacked-marks.txt",
            then_prose(format!("a{}", "\u{301}".repeat(50_000))),
        ),
        says(
            "enc/joined-emoji.txt",
            then_prose("👩\u{200d}👩\u{200d}👧\u{200d}".repeat(5000)),
        ),
        says("enc/no-characters.txt", then_prose("\u{fdd0}\u{ffff}\u{10ffff}\u{e000}")),
        case("enc/spaces.txt", " \t\u{a0}\u{3000}\n".repeat(1000), Silent),
    ]
}

pub(super) fn sizes() -> Vec<Case> {
    vec![
        case("size/empty.txt", "", Silent),
        case("size/empty.md", "", Silent),
        case("size/empty.html", "", Silent),
        case("size/only-a-mark.txt", "\u{feff}", Silent),
        case("size/one-letter.txt", "a", Either),
        case("size/newlines.txt", "\n".repeat(1 << 20), Silent),
        case("size/line-without-spaces.txt", "x".repeat(1 << 20), Either),
        says("size/line-of-words.txt", format!("{PROSE} ").repeat(20_000)),
        case("size/line-of-stops.txt", "A. ".repeat(100_000), Either),
        case("size/short-lines.txt", "Dr. A B\n".repeat(60_000), Either),
        case("size/paragraphs.txt", "One two three.\n\n".repeat(15_000), Either),
        says("size/tabs.txt", then_prose("\t".repeat(1 << 20))),
        case(
            "size/text-limit.txt",
            format!("{PROSE}\n\n").repeat(600_000),
            Skipped("MiB"),
        ),
    ]
}

#[allow(clippy::too_many_lines, reason = "a list of cases")]
pub(super) fn markdown() -> Vec<Case> {
    let nested = |open: &str, n: usize| open.repeat(n);
    let front = |yaml: &str| format!("---\n{yaml}\n---\n\n{PROSE}\n");
    let bomb = {
        let mut yaml = "a: &a [x,x,x,x,x,x,x,x,x]\n".to_owned();
        for (name, below) in ('b'..'k').zip('a'..) {
            writeln!(
                yaml,
                "{name}: &{name} [{}]",
                vec![format!("*{below}"); 9].join(",")
            )
            .unwrap();
        }
        yaml
    };
    let headings: String = (0..20_000).fold(String::new(), |mut text, n| {
        let _ = writeln!(text, "{} H{n}\n", "#".repeat(n % 6 + 1));
        text
    });
    let list: String = (0..300).fold(String::new(), |mut text, n| {
        let _ = writeln!(text, "{}- item number {n}", "  ".repeat(n));
        text
    });
    let lines =
        |n: usize, line: fn(usize) -> String| (0..n).map(line).collect::<String>();
    vec![
        case("md/quotes.md", then_prose(nested("> ", 10_000)), Either),
        case("md/lists.md", then_prose(nested("- ", 10_000)), Either),
        says("md/list-steps.md", then_prose(list)),
        case("md/stars.md", then_prose(nested("*a **b ", 20_000)), Either),
        says("md/brackets.md", then_prose(nested("[", 50_000))),
        says("md/pictures.md", then_prose(nested("![", 50_000))),
        says("md/links.md", then_prose(nested("[a](", 30_000))),
        says("md/angles.md", then_prose(nested("<", 50_000))),
        // Each of these once looked through the rest of the file for its end.
        says("md/braces.md", then_prose(nested("{", 600_000))),
        says("md/templates.md", then_prose(nested("{{ a ", 100_000))),
        says("md/liquid.md", then_prose(nested("{% a ", 100_000))),
        says("md/comments.md", then_prose(nested("{% comment %} ", 50_000))),
        says(
            "md/ticks.md",
            then_prose(lines(2000, |n| format!("{}a ", "`".repeat(n % 200)))),
        ),
        says("md/underscores.md", then_prose(nested("_a__b", 20_000))),
        case("md/open-fence.md", format!("```\n{PROSE}\n\n{PROSE}"), Silent),
        case("md/open-comment.md", format!("<!-- {PROSE}\n\n{PROSE}"), Either),
        says(
            "md/wide-table.md",
            then_prose(format!(
                "{}|\n{}|\n{}|\n",
                "| a ".repeat(3000),
                "|---".repeat(3000),
                "| b ".repeat(3000)
            )),
        ),
        says(
            "md/references.md",
            then_prose(lines(20_000, |n| format!("[r{n}]: http://x/{n}\n"))),
        ),
        says(
            "md/footnotes.md",
            then_prose(lines(5000, |n| format!("a[^{n}]\n\n[^{n}]: b\n\n"))),
        ),
        says("md/headings.md", then_prose(headings)),
        says("md/script.md", then_prose("<script>while(1){}</script>")),
        says(
            "md/data-picture.md",
            then_prose(format!("![x](data:image/png;base64,{})", "A".repeat(1 << 20))),
        ),
        case("md/nested-html.md", then_prose(nested("<div>\n\n", 20_000)), Either),
        says(
            "md/details.md",
            then_prose("<details>\n<summary>a</summary>\n\n".repeat(500)),
        ),
        says("front/fine.md", front("title: Fine")),
        says("front/broken.md", front("title: [unclosed\n  - : :")),
        says("front/bomb.md", front(&bomb)),
        says("front/deep.md", front(&format!("a: {}", "[".repeat(20_000)))),
        says("front/doubled.md", front("title: One\ntitle: Two")),
        says("front/list.md", front("- a\n- b")),
        says("front/word.md", front("just a word")),
        says("front/tabs.md", front("\ttitle:\tx")),
        says("front/binary-tag.md", front("title: !!binary |\n  R0lGODlhDAAMAIQAAP")),
        says(
            "front/wild-tag.md",
            front("title: !!python/object/apply:os.system [\"id\"]"),
        ),
        says("front/huge-value.md", front(&format!("title: {}", "x".repeat(1 << 20)))),
        says("front/many-keys.md", front(&lines(20_000, |n| format!("k{n}: v\n")))),
        says(
            "front/numbers.md",
            front("title: 0x7fffffffffffffffffff\ndate: 99999-99-99"),
        ),
        case("front/never-closed.md", format!("---\ntitle: x\n\n{PROSE}\n"), Either),
        says("front/toml.md", format!("+++\ntitle = \"x\"\n+++\n\n{PROSE}\n")),
    ]
}

pub(super) fn page(body: impl AsRef<str>) -> String {
    format!(
        "<!doctype html><html><head><title>T</title></head><body><article><h1>Head</h1>\
         {}<p>{PROSE} {PROSE} {PROSE}</p></article></body></html>",
        body.as_ref()
    )
}

#[allow(clippy::too_many_lines, reason = "a list of cases")]
pub(super) fn html() -> Vec<Case> {
    let many = |piece: &str, n: usize| piece.repeat(n);
    let ld = |json: &str| {
        page(format!("<script type=\"application/ld+json\">{json}</script>"))
    };
    vec![
        says("html/fine.html", page("")),
        case("html/divs.html", page(many("<div>", 100_000)), Either),
        case("html/lists.html", page(many("<ul><li>", 20_000)), Either),
        case("html/tables.html", page(many("<table><tr><td>", 5000)), Either),
        case("html/formatting.html", page(many("<a><b><i><p>", 5000)), Either),
        case("html/fonts.html", page(many("<font size=1><p>", 5000)), Either),
        case("html/selects.html", page(many("<select><option>", 5000)), Either),
        case("html/svg.html", page(many("<svg><g>", 20_000)), Either),
        case("html/math.html", page(many("<math><mi>", 20_000)), Either),
        case("html/templates.html", page(many("<template>", 10_000)), Either),
        case("html/quotes.html", page(many("<blockquote>", 10_000)), Either),
        case("html/spans.html", page(many("<span>", 50_000)), Either),
        case("html/closing.html", page(many("</p></div></b>", 30_000)), Either),
        case("html/frames.html", many("<frameset><frame src=x>", 1000), Either),
        case("html/plaintext.html", format!("<plaintext>{}", page("")), Either),
        case(
            "html/attributes.html",
            page(format!("<p {}>", many("a=b ", 50_000))),
            Either,
        ),
        case(
            "html/long-attribute.html",
            page(format!("<p title='{}'>", many("x", 2 << 20))),
            Either,
        ),
        case("html/open-attribute.html", page("<p title=\"never closed"), Either),
        case("html/open-comment.html", page("<!-- never closed"), Either),
        case("html/open-script.html", page("<script>never closed"), Either),
        says("html/cdata.html", page("<![CDATA[ x ]]>")),
        says(
            "html/entities.html",
            page(many("&amp;&notit;&#x110000;&#0;&#xd800;", 5000)),
        ),
        says("html/breaks.html", page(many("<br>", 50_000))),
        says(
            "html/paragraphs.html",
            page(many("<p>One two three four five.</p>", 5000)),
        ),
        says("html/nul.html", page("<p\0class=x>\0</p>")),
        says("html/no-markup.html", PROSE),
        case("html/script-only.html", "<script>var x = 1;</script>", Silent),
        case("html/style-only.html", "<style>p { color: red }</style>", Silent),
        case("html/no-body.html", "<html><head><title>x</title></head></html>", Silent),
        says("html/charset-lies.html", page("<meta charset=utf-16>")),
        says("html/charset-unknown.html", page("<meta charset=klingon>")),
        says("html/base.html", page("<base href='javascript:alert(1)'>")),
        says(
            "html/title-escapes.html",
            page("").replace("<title>T", "<title>a\u{1b}[31m\n\u{202e}b"),
        ),
        says(
            "html/title-huge.html",
            page("").replace("<title>T", &format!("<title>{}", many("x ", 500_000))),
        ),
        says("html/ld-broken.html", ld("{\"@type\":\"Article\",")),
        says("html/ld-deep.html", ld(&many("[", 100_000))),
        says(
            "html/ld-wrong-types.html",
            ld("{\"@type\":5,\"headline\":[{}],\"author\":{\"name\":[[]]}}"),
        ),
        says(
            "html/dates.html",
            page(
                "<meta property='article:published_time' content='99999-13-45T99:99'>",
            ),
        ),
        says(
            "html/xhtml.html",
            format!(
                "<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'b'>]>{}",
                page("&a;")
            ),
        ),
    ]
}

pub(super) fn records() -> Vec<Case> {
    let line = |id: &str| {
        format!("{{\"id\":\"{id}\",\"title\":\"T\",\"text\":\"{PROSE}\"}}\n")
    };
    vec![
        case(
            "data/broken.jsonl",
            format!("{}{{\"id\":\n{}", line("a"), line("b")),
            Either,
        ),
        case("data/deep.jsonl", format!("{}\n", "[".repeat(100_000)), Either),
        case("data/numbers.jsonl", "{\"id\":1e999,\"text\":-0}\n", Either),
        case(
            "data/surrogate.jsonl",
            "{\"id\":\"\\ud800\",\"text\":\"\\udc00\"}\n",
            Either,
        ),
        case("data/doubled.jsonl", line("a").repeat(50), Either),
        case("data/nul-id.jsonl", line("\\u0000/../../x\\n"), Either),
        case("data/noise.jsonl", noise(20_000), Either),
        case("data/deep.json", "[".repeat(200_000), Either),
        case("data/deep-objects.json", "{\"a\":".repeat(100_000), Either),
        case("data/open-quote.csv", format!("Title,URL\n\"{PROSE}"), Either),
        case("data/columns.csv", "a,".repeat(50_000), Either),
        case("data/nul.csv", "Title,URL\n\0,\0\n", Either),
        case("data/noise.csv", noise(20_000), Either),
        case("data/note.rtf", "{\\rtf1 ".repeat(10_000), Either),
    ]
}
