//! Archives, PDFs and mails: bombs, loops, lies.

use std::fmt::Write as _;
use std::io::Write as _;

use super::Outcome::{Either, Skipped};
use super::text::page;
use super::{Case, PROSE, case, noise, says, utf16};

/// A ZIP file, made by hand so that it can lie.
#[derive(Default)]
struct Zip {
    bytes: Vec<u8>,
    directory: Vec<u8>,
    count: u16,
}

impl Zip {
    /// An entry whose data are stored as they are.
    fn stored(self, name: &str, data: &[u8]) -> Self {
        let (crc, len) = (crc32(data), u32::try_from(data.len()).unwrap());
        self.entry(name, 0, 0, crc, len, data)
    }

    /// An entry of zeros, packed a thousand to one.
    fn zeros(self, name: &str, mebibytes: usize) -> Self {
        use zip::write::SimpleFileOptions;
        let mut packed = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        packed.start_file("x", SimpleFileOptions::default()).unwrap();
        for _ in 0..mebibytes {
            packed.write_all(&vec![b' '; 1 << 20]).unwrap();
        }
        let packed = packed.finish().unwrap().into_inner();
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&packed)).unwrap();
        let file = archive.by_index_raw(0).unwrap();
        let (start, len) = (file.data_start().unwrap_or(0), file.compressed_size());
        let (start, len) =
            (usize::try_from(start).unwrap(), usize::try_from(len).unwrap());
        let (crc, size) = (file.crc32(), u32::try_from(file.size()).unwrap());
        drop(file);
        self.entry(name, 8, 0, crc, size, &packed[start..start + len])
    }

    fn entry(
        mut self,
        name: &str,
        method: u16,
        flags: u16,
        crc: u32,
        size: u32,
        data: &[u8],
    ) -> Self {
        let offset = u32::try_from(self.bytes.len()).unwrap();
        let packed = u32::try_from(data.len()).unwrap();
        self.bytes.extend(b"PK\x03\x04\x14\x00");
        let common = common(name, method, flags, crc, packed, size);
        self.bytes.extend(&common);
        self.bytes.extend(name.as_bytes());
        self.bytes.extend(data);
        self.list(name, &common, offset);
        self
    }

    fn list(&mut self, name: &str, common: &[u8], offset: u32) {
        self.directory.extend(b"PK\x01\x02\x14\x00\x14\x00");
        self.directory.extend(common);
        self.directory.extend([0; 10]);
        self.directory.extend(offset.to_le_bytes());
        self.directory.extend(name.as_bytes());
        self.count = self.count.wrapping_add(1);
    }

    fn finish(self) -> Vec<u8> {
        let Self { mut bytes, directory, count } = self;
        let offset = u32::try_from(bytes.len()).unwrap();
        bytes.extend(&directory);
        bytes.extend(b"PK\x05\x06\0\0\0\0");
        bytes.extend(count.to_le_bytes());
        bytes.extend(count.to_le_bytes());
        bytes.extend(u32::try_from(directory.len()).unwrap().to_le_bytes());
        bytes.extend(offset.to_le_bytes());
        bytes.extend([0, 0]);
        bytes
    }
}

/// The fields that a ZIP entry has in both of its places.
fn common(
    name: &str,
    method: u16,
    flags: u16,
    crc: u32,
    packed: u32,
    size: u32,
) -> Vec<u8> {
    let mut fields = Vec::new();
    fields.extend(flags.to_le_bytes());
    fields.extend(method.to_le_bytes());
    fields.extend([0, 0, 0x21, 0]);
    fields.extend(crc.to_le_bytes());
    fields.extend(packed.to_le_bytes());
    fields.extend(size.to_le_bytes());
    fields.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
    fields.extend([0, 0]);
    fields
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, &b| {
        (0..8).fold(crc ^ u32::from(b), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

const DOCX_TYPES: &str = r#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"#;
const DOCX_RELS: &str = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>"#;

fn docx_with(document: impl AsRef<[u8]>) -> Vec<u8> {
    Zip::default()
        .stored("[Content_Types].xml", DOCX_TYPES.as_bytes())
        .stored("_rels/.rels", DOCX_RELS.as_bytes())
        .stored("word/document.xml", document.as_ref())
        .finish()
}

fn docx_body(inner: impl AsRef<str>) -> String {
    format!(
        "<?xml version=\"1.0\"?><w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body>{}<w:p><w:r><w:t>{PROSE}</w:t></w:r></w:p></w:body></w:document>",
        inner.as_ref()
    )
}

#[allow(clippy::too_many_lines, reason = "a list of cases")]
pub(super) fn archives() -> Vec<Case> {
    let good = docx_with(docx_body(""));
    let mut flipped = good.clone();
    let word = good.windows(5).position(|w| w == b"Seven").unwrap();
    flipped[word] ^= 0x55;
    let laughs = {
        let mut xml =
            "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"ha\">".to_owned();
        for (name, below) in ('b'..='z').zip('a'..) {
            let _ =
                write!(xml, "<!ENTITY {name} \"{}\">", format!("&{below};").repeat(10));
        }
        docx_body("<w:p><w:r><w:t>&z;</w:t></w:r></w:p>")
            .replace("<?xml version=\"1.0\"?>", &format!("{xml}]>"))
    };
    let outside = docx_body("<w:p><w:r><w:t>&f;</w:t></w:r></w:p>").replace(
        "<?xml version=\"1.0\"?>",
        "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY f SYSTEM \"file:///etc/passwd\">]>",
    );
    let nested = (0..12).fold(
        Zip::default().stored("note.txt", PROSE.as_bytes()).finish(),
        |inner, _| Zip::default().stored("inner.zip", &inner).finish(),
    );
    let many =
        (0..20_000).fold(Zip::default(), |zip, n| zip.stored(&format!("{n}.bin"), b""));
    let overlapping = {
        let mut zip = Zip::default().zeros("a.txt", 8);
        let size = 8 << 20;
        let packed = u32::from_le_bytes(zip.bytes[18..22].try_into().unwrap());
        let crc = u32::from_le_bytes(zip.bytes[14..18].try_into().unwrap());
        for _ in 0..2000 {
            zip.list("a.txt", &common("a.txt", 8, 0, crc, packed, size), 0);
        }
        zip.finish()
    };
    let slip = Zip::default()
        .stored("../../../tmp/delineate-slip.txt", PROSE.as_bytes())
        .stored("/tmp/delineate-slip.txt", PROSE.as_bytes())
        .stored("a\\..\\b.txt", PROSE.as_bytes())
        .finish();
    let epub = |opf: &str, container: &str| {
        Zip::default()
            .stored("mimetype", b"application/epub+zip")
            .stored("META-INF/container.xml", container.as_bytes())
            .stored("o.opf", opf.as_bytes())
            .stored("c.xhtml", page("").as_bytes())
            .finish()
    };
    let container = |target: &str| {
        format!(
            "<?xml version=\"1.0\"?><container xmlns=\"urn:oasis:names:tc:opendocument:xmlns:container\" version=\"1.0\"><rootfiles><rootfile full-path=\"{target}\" media-type=\"application/oebps-package+xml\"/></rootfiles></container>"
        )
    };
    let opf = |item: &str, spine: &str| {
        format!(
            "<?xml version=\"1.0\"?><package xmlns=\"http://www.idpf.org/2007/opf\" version=\"3.0\"><metadata/><manifest>{item}</manifest><spine>{spine}</spine></package>"
        )
    };
    let chapter =
        "<item id=\"c\" href=\"c.xhtml\" media-type=\"application/xhtml+xml\"/>";
    let odt = |content: &[u8]| {
        Zip::default()
            .stored("mimetype", b"application/vnd.oasis.opendocument.text")
            .stored("content.xml", content)
            .finish()
    };
    vec![
        says("zip/fine.docx", good.clone()),
        case("zip/not-a-zip.docx", PROSE, Skipped("")),
        case("zip/empty.docx", "", Skipped("")),
        case("zip/empty-zip.docx", Zip::default().finish(), Skipped("")),
        case("zip/cut.docx", &good[..good.len() / 2], Skipped("")),
        case("zip/flipped.docx", flipped, Skipped("damaged")),
        case(
            "zip/no-document.docx",
            Zip::default().stored("a", b"b").finish(),
            Skipped(""),
        ),
        case("zip/laughs.docx", docx_with(laughs), Either),
        case("zip/outside.docx", docx_with(outside), Either),
        case("zip/deep.docx", docx_with(docx_body("<w:p>".repeat(100_000))), Either),
        case(
            "zip/tables.docx",
            docx_with(docx_body("<w:tbl><w:tr><w:tc>".repeat(3000))),
            Either,
        ),
        case("zip/open.docx", docx_with(&docx_body("")[..200]), Either),
        case(
            "zip/wrong-encoding.docx",
            docx_with(utf16(&docx_body(""), u16::to_be_bytes)),
            Either,
        ),
        case(
            "zip/bomb.docx",
            Zip::default()
                .stored("[Content_Types].xml", DOCX_TYPES.as_bytes())
                .zeros("word/document.xml", 200)
                .finish(),
            Skipped(""),
        ),
        case(
            "zip/locked.docx",
            {
                let body = docx_body("");
                Zip::default()
                    .entry("word/document.xml", 0, 1, 0, 10, body.as_bytes())
                    .finish()
            },
            Skipped(""),
        ),
        case(
            "zip/size-lies.docx",
            {
                let body = docx_body("");
                Zip::default()
                    .entry(
                        "word/document.xml",
                        0,
                        0,
                        crc32(body.as_bytes()),
                        u32::MAX - 1,
                        body.as_bytes(),
                    )
                    .finish()
            },
            Either,
        ),
        case("zip/not-a-zip.odt", PROSE, Skipped("")),
        case("zip/deep.odt", odt("<text:list>".repeat(50_000).as_bytes()), Either),
        case("zip/noise.odt", odt(&noise(10_000)), Either),
        case(
            "zip/bomb.odt",
            Zip::default().zeros("content.xml", 200).finish(),
            Skipped(""),
        ),
        says(
            "zip/fine.epub",
            epub(&opf(chapter, "<itemref idref=\"c\"/>"), &container("o.opf")),
        ),
        case("zip/not-a-zip.epub", PROSE, Skipped("")),
        case(
            "zip/loop.epub",
            epub(
                &opf(chapter, &"<itemref idref=\"c\"/>".repeat(20_000)),
                &container("o.opf"),
            ),
            Either,
        ),
        case(
            "zip/outside.epub",
            epub(
                &opf(
                    "<item id=\"c\" href=\"../../../../etc/passwd\" media-type=\"application/xhtml+xml\"/>",
                    "<itemref idref=\"c\"/>",
                ),
                &container("o.opf"),
            ),
            Either,
        ),
        case("zip/container-lies.epub", epub("", &container("none.opf")), Skipped("")),
        case(
            "zip/container-itself.epub",
            epub("", &container("META-INF/container.xml")),
            Either,
        ),
        case("zip/entries.epub", many.finish(), Skipped("")),
        case("zip/nested.zip", nested, Either),
        case("zip/slip.zip", slip, Either),
        case("zip/overlapping.zip", overlapping, Either),
        case("zip/bomb.zip", Zip::default().zeros("big.txt", 300).finish(), Either),
        case("zip/noise.zip", noise(10_000), Skipped("")),
    ]
}

fn pdf(objects: &str) -> String {
    format!("%PDF-1.4\n{objects}\ntrailer<</Root 1 0 R/Size 9>>\nstartxref\n0\n%%EOF\n")
}

pub(super) fn pdfs() -> Vec<Case> {
    vec![
        case("pdf/empty.pdf", "", Skipped("")),
        case("pdf/words.pdf", PROSE, Skipped("")),
        case("pdf/head.pdf", "%PDF-1.7\n", Skipped("")),
        case(
            "pdf/noise.pdf",
            [b"%PDF-1.7\n".to_vec(), noise(20_000)].concat(),
            Skipped(""),
        ),
        case(
            "pdf/page-loop.pdf",
            pdf(
                "1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count 9/Kids[2 0 R 2 0 R]>>endobj",
            ),
            Skipped(""),
        ),
        case("pdf/self.pdf", pdf("1 0 obj 1 0 R endobj"), Skipped("")),
        case(
            "pdf/count.pdf",
            pdf(
                "1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count 2147483647/Kids[]>>endobj",
            ),
            Skipped(""),
        ),
        case(
            "pdf/deep.pdf",
            pdf(&format!("1 0 obj {} endobj", "[".repeat(100_000))),
            Skipped(""),
        ),
        case(
            "pdf/length.pdf",
            pdf(
                "1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n3 0 obj<</Length 99999999999>>stream\nq\nendstream endobj",
            ),
            Skipped(""),
        ),
        case(
            "pdf/prev-loop.pdf",
            "%PDF-1.4\nxref\n0 1\n0000000000 65535 f \ntrailer<</Root 1 0 R/Size 1/Prev 9>>\nstartxref\n9\n%%EOF",
            Skipped(""),
        ),
        case(
            "pdf/locked.pdf",
            pdf("1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n")
                .replace("/Size", "/Encrypt<</Filter/Standard/V 9/R 9>>/Size"),
            Skipped(""),
        ),
    ]
}

pub(super) fn mails() -> Vec<Case> {
    let head = "From: a@example.org\nTo: b@example.org\nSubject: S\nDate: Mon, 3 Feb 2020 10:00:00 +0000\nMIME-Version: 1.0\n";
    let nested = (0..500).fold(String::new(), |mut mail, n| {
        let _ =
            write!(mail, "Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n");
        mail
    });
    let plain = format!("{head}Content-Type: text/plain\n\n{PROSE}\n");
    vec![
        says("mail/fine.eml", plain.clone()),
        case("mail/empty.eml", "", Either),
        case("mail/noise.eml", noise(20_000), Either),
        // Each of these once looked through the rest of the line for its end.
        says("mail/brackets.eml", plain.clone() + "\n" + &"(".repeat(400_000)),
        says("mail/addresses.eml", plain.clone() + "\n" + &"(http".repeat(100_000)),
        case("mail/head-only.eml", head, Either),
        case("mail/nested.eml", format!("{head}{nested}"), Either),
        case(
            "mail/no-boundary.eml",
            format!("{head}Content-Type: multipart/mixed\n\n{PROSE}"),
            Either,
        ),
        case(
            "mail/empty-boundary.eml",
            format!(
                "{head}Content-Type: multipart/mixed; boundary=\"\"\n\n--\n\n{PROSE}\n----"
            ),
            Either,
        ),
        case(
            "mail/base64.eml",
            format!("{head}Content-Transfer-Encoding: base64\n\n!!!! {PROSE}"),
            Either,
        ),
        case(
            "mail/quoted.eml",
            format!(
                "{head}Content-Transfer-Encoding: quoted-printable\n\n=ZZ=\n={PROSE}="
            ),
            Either,
        ),
        says(
            "mail/charset.eml",
            plain.replace("text/plain", "text/plain; charset=klingon"),
        ),
        says(
            "mail/subject.eml",
            plain.replace(
                "Subject: S",
                &format!("Subject: {}", "=?utf-8?q?=1b?= ".repeat(5000)),
            ),
        ),
        says(
            "mail/long-header.eml",
            plain.replace("Subject: S", &format!("Subject: {}", "x".repeat(1 << 20))),
        ),
        says(
            "mail/date.eml",
            plain.replace("3 Feb 2020 10:00:00 +0000", "99 Foo 99999 99:99:99 +9999"),
        ),
        case(
            "mail/letters.eml",
            (0..300).fold(String::new(), |mail, _| {
                format!("{head}Content-Type: message/rfc822\n\n{mail}")
            }),
            Either,
        ),
        case("mail/no-from.mbox", PROSE, Either),
        case("mail/empty.mbox", "", Either),
        case(
            "mail/many.mbox",
            format!("From a@b Mon Feb  3 10:00:00 2020\n{head}\nYes.\n\n").repeat(3000),
            Either,
        ),
        case(
            "mail/page.mhtml",
            format!(
                "{head}Content-Type: multipart/related; boundary=b\n\n--b\nContent-Type: text/html\n\n{}\n--b--\n",
                page("")
            ),
            Either,
        ),
        case("mail/noise.mhtml", noise(20_000), Either),
    ]
}
