#!/usr/bin/env python3
"""Makes the binary samples anew: Word, OpenDocument, EPUB, ZIP and PDF files, the same bytes each time.

usage: python3 tests/samples/make.py

The text is the project's own. Samples that are text are written by hand and not made here.
"""
import os
import struct
import zipfile
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))


def path(name):
    full = os.path.join(HERE, name)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    return full


def pack(name, entries, stored=()):
    """A ZIP file with a fixed time, so that it is the same bytes each time."""
    with zipfile.ZipFile(path(name), "w") as out:
        for entry, text in entries:
            info = zipfile.ZipInfo(entry, (2024, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_STORED if entry in stored else zipfile.ZIP_DEFLATED
            out.writestr(info, text)


# PDF ---------------------------------------------------------------------------------------------

def escape(text):
    return text.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def show(x, y, size, text, bold=False):
    font = b"/F2" if bold else b"/F1"
    return b"BT %s %d Tf %d %d Td (%s) Tj ET\n" % (font, size, x, y, escape(text))


def pdf(name, pages, title=None, author=None):
    """A PDF of some pages, each a list of content operators."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", None,
               b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
               b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>"]
    kids = []
    for content in pages:
        stream = zlib.compress(b"".join(content), 9)
        objects.append(b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(stream), stream))
        objects.append(b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R"
                       b" /Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> >>" % len(objects))
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(kids))
    info = b""
    if title or author:
        entries = b""
        if title:
            entries += b" /Title (%s)" % escape(title)
        if author:
            entries += b" /Author (%s)" % escape(author)
        objects.append(b"<<%s /CreationDate (D:20230614120000Z) >>" % entries)
        info = b" /Info %d 0 R" % len(objects)
    out = b"%PDF-1.4\n"
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for offset in offsets:
        out += b"%010d 00000 n \n" % offset
    out += b"trailer\n<< /Size %d /Root 1 0 R%s >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, info, start)
    with open(path(name), "wb") as file:
        file.write(out)


def lines(x, y, step, size, texts):
    return [show(x, y - step * n, size, text) for n, text in enumerate(texts)]


def make_pdf():
    head = lambda n: [show(72, 800, 9, "Seats and Signatures"), show(290, 40, 9, str(n))]
    pdf("pdf/ordinary.pdf", [
        head(1) + [show(72, 740, 20, "Who Signs for the Tool", bold=True)]
        + lines(72, 700, 15, 11, [
            "A tool for teams is seldom bought by those who use it. The lead of a sup-",
            "port desk asks for it, somebody in finance pays for it, and a person in secu-",
            "rity may stop it on the last day."])
        + [show(72, 630, 14, "Three questions before the trial", bold=True)]
        + lines(72, 605, 15, 11, [
            "Ask who signs, who installs and who is blamed when it fails. Each of the",
            "three reads another page of your site, and only one of them ever logs in."]),
        head(2)
        + lines(72, 740, 15, 11, [
            "The trial then has two ends: the day on which the desk says yes, and the",
            "day on which the contract is signed. Weeks lie between them, and the ven-",
            "dor who counts only the first will call the second churn."])
        + [show(72, 670, 14, "What people do at home", bold=True)]
        + lines(72, 645, 15, 11, [
            "A player of a puzzle game signs nothing. She taps once, pays with her",
            "thumb, and is gone by the weekend if the third level bores her."]),
        head(3)
        + lines(72, 740, 15, 11, [
            "Both are customers. What differs is how many people have to agree before",
            "one of them may begin, and that is decided long before the first click."]),
    ], title="Who Signs for the Tool", author="A. Sample")
    left = ["Two columns stand side by", "side on this page. The left one", "speaks of buyers who sign for", "others, and ends here."]
    right = ["The right one speaks of people", "who pay for themselves, and it", "is read after the left one has", "come to its end."]
    pdf("pdf/odd.pdf", [lines(60, 760, 14, 11, left) + lines(320, 760, 14, 11, right)])
    with open(path("pdf/ordinary.pdf"), "rb") as file:
        whole = file.read()
    with open(path("pdf/broken.pdf"), "wb") as file:
        file.write(b"%PDF-1.4\n" + whole[9:120])
    # A page that only paints: nothing to read.
    pdf("pdf/scanned.pdf", [[b"0.5 g 72 72 400 600 re f\n"], [b"0.5 g 72 72 400 600 re f\n"]])


# Word --------------------------------------------------------------------------------------------

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
CORE = """<?xml version="1.0" encoding="UTF-8"?>
<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/">
<dc:title>%s</dc:title><dc:creator>Ann Sample</dc:creator><dcterms:created>2023-06-14T08:00:00Z</dcterms:created>
</cp:coreProperties>"""
STYLES = f"""<w:styles {W}>
<w:style w:styleId="Titel"><w:name w:val="Title"/></w:style>
<w:style w:styleId="berschrift2"><w:name w:val="heading 2"/></w:style>
<w:style w:styleId="MyHead"><w:name w:val="My Head"/><w:basedOn w:val="berschrift2"/></w:style>
<w:style w:styleId="Zitat"><w:name w:val="Quote"/></w:style>
<w:style w:styleId="Aufz"><w:name w:val="List Bullet"/></w:style>
</w:styles>"""


def run(text, bold=False):
    look = "<w:rPr><w:b/></w:rPr>" if bold else ""
    return f'<w:r>{look}<w:t xml:space="preserve">{text}</w:t></w:r>'


def para(content, style=None, item=None):
    look = f'<w:pStyle w:val="{style}"/>' if style else ""
    if item is not None:
        look += f'<w:numPr><w:ilvl w:val="{item}"/><w:numId w:val="1"/></w:numPr>'
    return f"<w:p><w:pPr>{look}</w:pPr>{content}</w:p>"


def docx(name, body, title="", notes=None):
    entries = [("[Content_Types].xml", "<Types/>"),
               ("word/document.xml", f"<?xml version=\"1.0\"?><w:document {W}><w:body>{body}</w:body></w:document>"),
               ("word/styles.xml", STYLES), ("docProps/core.xml", CORE % title)]
    if notes:
        entries.append(("word/footnotes.xml", f"<w:footnotes {W}>{notes}</w:footnotes>"))
    pack(name, entries)


def make_docx():
    table = "".join("<w:tr>" + "".join(f"<w:tc>{para(run(cell))}</w:tc>" for cell in row) + "</w:tr>"
                    for row in [("Role", "Reads"), ("Signer", "the price")])
    docx("docx/ordinary.docx", "".join([
        para(run("Who Signs for the Tool"), "Titel"),
        para(run("A tool for teams is seldom bought by those who ") + run("use", True)
             + run(" it. AT&amp;T &#8211; say &#8211; buys it for them.")),
        para(run("Three questions"), "berschrift2"),
        para(run("Before the trial, ask:")),
        para(run("Who signs?"), item=0), para(run("Who installs?"), item=0), para(run("In the cloud"), item=1),
        para(run("Nobody was ever promoted for a trial."), "Zitat"),
        f"<w:tbl>{table}</w:tbl>",
        para(run("See below.") + '<w:r><w:footnoteReference w:id="2"/></w:r>'),
    ]), "Core title", '<w:footnote w:type="separator" w:id="0"><w:p/></w:footnote><w:footnote w:id="2">'
        + para(run("A note at the foot.")) + "</w:footnote>")
    docx("docx/odd.docx", "".join([
        para(run("Heading by descent"), "MyHead"),
        para(run("Kept, ") + "<w:del><w:r><w:delText>deleted, </w:delText></w:r></w:del>"
             + "<w:ins>" + run("inserted, ") + "</w:ins>" + "<w:moveFrom>" + run("moved away, ") + "</w:moveFrom>"
             + run("and a ") + '<w:hyperlink r:id="x" xmlns:r="r">' + run("link") + "</w:hyperlink>" + run(".")),
        para("<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r>" + run("shown")),
        para(run("Line one") + "<w:r><w:br/></w:r>" + run("line two, after a break.")),
        para(run("By style"), "Aufz"),
        para(run("In bold, as a heading", True)),
        para(run("Text under it.")),
        '<mc:AlternateContent xmlns:mc="m"><mc:Choice>' + para(run("Box text.")) + "</mc:Choice><mc:Fallback>"
        + para(run("Box text.")) + "</mc:Fallback></mc:AlternateContent>",
        para('<w:r><w:instrText>PAGE</w:instrText></w:r>' + run("Field shown.")),
    ]))
    with open(path("docx/ordinary.docx"), "rb") as file:
        whole = file.read()
    with open(path("docx/broken.docx"), "wb") as file:
        file.write(whole[: len(whole) // 2])
    docx("docx/deep.docx", "<w:sdt>" * 300 + para(run("Deep.")) + "</w:sdt>" * 300)


# OpenDocument ------------------------------------------------------------------------------------

O = ('xmlns:office="urn:o:office" xmlns:text="urn:o:text" xmlns:table="urn:o:table" xmlns:style="urn:o:style"'
     ' xmlns:fo="urn:fo" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:meta="urn:o:meta"')


def odt(name, body, styles="", cut=None):
    content = (f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {O}><office:automatic-styles>{styles}'
               f"</office:automatic-styles><office:body><office:text>{body}</office:text></office:body>"
               "</office:document-content>")
    meta = (f"<office:document-meta {O}><office:meta><dc:title>Meta title</dc:title>"
            "<meta:initial-creator>Ann Sample</meta:initial-creator><meta:creation-date>2023-06-14T08:00:00</meta:creation-date>"
            "</office:meta></office:document-meta>")
    pack(name, [("mimetype", "application/vnd.oasis.opendocument.text"), ("content.xml", content[:cut]), ("meta.xml", meta)],
         stored=("mimetype",))


def make_odt():
    rows = "".join("<table:table-row>" + "".join(f"<table:table-cell><text:p>{c}</text:p></table:table-cell>" for c in row)
                   + "</table:table-row>" for row in [("Role", "Reads"), ("Signer", "the price")])
    body = ('<text:p text:style-name="Title">Who Signs for the Tool</text:p>'
            "<text:p>A tool for teams is<text:s/>seldom bought by those who <text:span text:style-name=\"T1\">use</text:span> it.</text:p>"
            '<text:h text:outline-level="2">Three questions</text:h><text:p>Before the trial, ask:</text:p>'
            "<text:list><text:list-item><text:p>Who signs?</text:p></text:list-item><text:list-item><text:p>Who installs?</text:p>"
            "<text:list><text:list-item><text:p>In the cloud</text:p></text:list-item></text:list></text:list-item></text:list>"
            '<text:p text:style-name="P1">Nobody was ever promoted for a trial.</text:p>'
            f"<table:table>{rows}</table:table>"
            "<text:p>See below.<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>A note at the foot.</text:p>"
            "</text:note-body></text:note> And on.</text:p>")
    styles = ('<style:style style:name="P1" style:parent-style-name="Quotations"/>'
              '<style:style style:name="T1"><style:text-properties fo:font-weight="bold"/></style:style>')
    odt("odt/ordinary.odt", body, styles)
    odt("odt/odd.odt", "<text:tracked-changes><text:p>Deleted text.</text:p></text:tracked-changes>"
        "<text:table-of-content><text:p>1 Contents</text:p></text:table-of-content>"
        '<text:p text:style-name="P2">Bold as a heading</text:p><text:p>Text<office:annotation><text:p>a comment</text:p>'
        "</office:annotation> under it, with a<text:line-break/>line break &amp; an entity.</text:p>",
        '<style:style style:name="P2"><style:text-properties fo:font-weight="bold"/></style:style>')
    odt("odt/broken.odt", body, styles, cut=700)


# EPUB --------------------------------------------------------------------------------------------

CONTAINER = ('<container><rootfiles><rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/>'
             "</rootfiles></container>")


def epub(name, chapters, titles, missing=()):
    items = "".join(f'<item id="c{n}" href="text/c%20{n}.xhtml" media-type="application/xhtml+xml"/>'
                    for n in range(1, len(chapters) + 1))
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(1, len(chapters) + 1))
    opf = ('<package xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>A Book on Teams</dc:title>'
           "<dc:creator>Ann Sample</dc:creator><dc:creator>Bo Sample</dc:creator><dc:date>2023-06-14</dc:date><dc:language>en</dc:language></metadata>"
           f'<manifest><item id="nav" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>{items}</manifest>'
           f'<spine><itemref idref="nav"/>{spine}</spine></package>')
    links = "".join(f'<li><a href="text/c%20{n}.xhtml#top">{title}</a></li>' for n, title in enumerate(titles, 1))
    nav = f'<html xmlns="http://www.w3.org/1999/xhtml"><body><nav><ol>{links}</ol></nav></body></html>'
    entries = [("mimetype", "application/epub+zip"), ("META-INF/container.xml", CONTAINER), ("OEBPS/book.opf", opf),
               ("OEBPS/nav.xhtml", nav)]
    for n, text in enumerate(chapters, 1):
        if n not in missing:
            entries.append((f"OEBPS/text/c {n}.xhtml", f'<?xml version="1.0" encoding="utf-8"?><html><head><title>x</title></head><body>{text}</body></html>'))
    pack(name, entries, stored=("mimetype",))


def make_epub():
    chapters = ["<h1>Buyers</h1><p>A buyer signs for others.</p><h2>Signers</h2><p>They read the price&nbsp;first.</p>",
                "<p>A player signs nothing, and this chapter has no heading of its own.</p>",
                "<div><img src='cover.jpg' alt='x'/></div>"]
    epub("epub/ordinary.epub", chapters, ["Buyers", "Players", "Cover"])
    epub("epub/split.epub", chapters, ["Buyers", "Players", "Cover"])
    epub("epub/odd.epub", chapters[:2], ["Buyers", "Players"], missing=(2,))
    pack("epub/broken.epub", [("mimetype", "application/epub+zip")])


# ZIP ---------------------------------------------------------------------------------------------

def make_zip():
    with open(path("docx/ordinary.docx"), "rb") as file:
        word = file.read()
    page = "<html><head><title>Saved</title></head><body><p>A saved page with its folder.</p></body></html>"
    pack("zip/ordinary.zip", [
        ("notes/Prices 0123456789abcdef0123456789abcdef.md", "# Prices\n\nA price is a sentence about value.\n"),
        ("notes/.hidden.md", "Hidden."), ("__MACOSX/notes/._x.md", "Junk."), ("photo.png", b"\x89PNG"),
        ("page.html", page), ("page_files/frame.html", "<p>Not an article.</p>"), ("word.docx", word)])
    pack("zip/odd.zip", [("bomb.txt", b"0" * (5 << 20)), ("good.txt", "One good text beside a bomb."),
                         ("bad.txt", bytes(range(256)) * 20)])
    with open(path("zip/odd.zip"), "rb") as file:
        whole = file.read()
    with open(path("zip/broken.zip"), "wb") as file:
        file.write(whole[:500])
    inner = os.path.join(HERE, "zip", "inner.tmp")
    pack("zip/inner.tmp", [("deep.md", "A text in a ZIP within a ZIP.")])
    with open(inner, "rb") as file:
        once = file.read()
    pack("zip/inner.tmp", [("twice.zip", once)])
    with open(inner, "rb") as file:
        twice = file.read()
    os.remove(inner)
    pack("zip/nested.zip", [("a.zip", once), ("b.zip", twice)])


if __name__ == "__main__":
    make_pdf()
    make_docx()
    make_odt()
    make_epub()
    make_zip()
