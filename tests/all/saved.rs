//! One page, however it was saved: the same passages.

use crate::util::Folder;

/// The article within the page: headings, a picture with its caption, a list, a quotation
/// and a table.
const ARTICLE: &str = "\
<figure><img src=\"PICTURE\" alt=\"Two counters in one shop\"><figcaption>Two counters in \
one shop, seen from the street</figcaption></figure>
<p>Our bakery sells bread over the counter and rolls to eleven hotels, and for a long time \
both were one business with one list of prices – and one argument a month.</p>
<h2>People at the counter</h2>
<p>Somebody who buys a loaf decides in the time that it takes to point at it. She looks at \
the crust, at the queue and at the clock, and she is back on Friday or she is not.</p>
<p>What keeps her coming is easy to list and hard to do:</p>
<ul><li>the loaf that she came for is there at five in the afternoon;</li>
<li>the price is one coin, so that nobody counts;</li>
<li>the person behind the counter remembers which one was “too dark” last time.</li></ul>
<h2>Hotels</h2>
<p>A hotel’s kitchen manager signs for a year, by the thousand, after a tasting with the \
chef, a visit from the hygiene office and a talk on terms with purchasing.</p>
<blockquote><p>I do not need the best roll in town, I need the same roll on the worst day \
of the year, and a number to ring at four in the morning.</p></blockquote>
<p>We write the number on the contract, and it has been rung twice. Each hotel gets its own \
delivery window, an invoice at the month’s end and a price that holds until March.</p>
<table><tr><th>Customer</th><th>Asks for</th></tr><tr><td>Counter</td><td>A warm loaf</td>\
</tr><tr><td>Hotel</td><td>Four hundred rolls</td></tr></table>
<h2>One oven</h2>
<p>In either case the dough does not care who eats it. What differs is the promise, so we \
split the list of prices, the van and the telephone, and kept the oven.</p>
<p>If you run a small shop with two kinds of customer, write down what you promise to each \
before you write down what you charge them.</p>";

/// The page as the site serves it, with all that stands around the article.
fn page() -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <title>One Oven, Two Businesses | The Crumb</title>\
         <meta property=\"og:site_name\" content=\"The Crumb\">\
         <meta name=\"author\" content=\"Ragna Ilves\">\
         <meta property=\"article:published_time\" content=\"2023-04-18T07:00:00+02:00\">\
         <link rel=\"canonical\" href=\"https://crumb.example/one-oven\">\
         <link rel=\"stylesheet\" href=\"STYLE\"><script src=\"SCRIPT\"></script>\
         <style>.ad {{ color: red }}</style></head>\n<body class=\"post\">\
         <header><a href=\"/\">The Crumb</a><nav><ul><li><a href=\"/bread\">Bread</a></li>\
         <li><a href=\"/trade\">Trade</a></li><li><a href=\"/about\">About us</a></li></ul>\
         </nav></header>\n<div class=\"cookie-banner\">We use cookies. <button>Accept all\
         </button></div>\n<main><article><h1>One Oven, Two Businesses</h1>\
         <p class=\"byline\">By Ragna Ilves</p>\n{ARTICLE}\n</article>\
         <aside class=\"related\"><h3>Read next</h3><ul><li><a href=\"/a\">Salt, and how \
         much</a></li><li><a href=\"/b\">The van that would not start</a></li></ul></aside>\
         </main>\n<footer><p>Subscribe to our newsletter</p><p>© 2023 The Crumb. All \
         rights reserved.</p></footer><iframe src=\"FRAME\"></iframe></body></html>\n"
    )
}

const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR not much of a picture";

/// As a browser saves it in two parts: the page, and a folder with all that it shows.
fn save_complete(folder: &Folder) {
    let page = page()
        .replace(
            "<html",
            "<!-- saved from url=(0030)https://crumb.example/one-oven -->\n<html",
        )
        .replace("PICTURE", "./One%20Oven_files/counter.png")
        .replace("STYLE", "./One%20Oven_files/style.css")
        .replace("SCRIPT", "./One%20Oven_files/main.js.download")
        .replace("FRAME", "./One%20Oven_files/saved_resource.html")
        .replace("href=\"/", "href=\"https://crumb.example/");
    folder.write("complete/One Oven.html", page);
    let files = "complete/One Oven_files";
    folder.write(&format!("{files}/counter.png"), PICTURE);
    folder.write(&format!("{files}/style.css"), "p { color: black }");
    folder.write(&format!("{files}/main.js.download"), "var words = 'no article';");
    folder.write(
        &format!("{files}/saved_resource.html"),
        "<html><body><p>Win a mixer: an advertisement in a frame, long enough to be \
         taken for a passage of an article by somebody.</p></body></html>",
    );
}

/// In lines of at most 76 characters, with `=` and all beyond ASCII as hexadecimal digits.
fn quoted_printable(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let mut width = 0;
        for byte in line.bytes() {
            let code = match byte {
                b'=' | 0x80.. => format!("={byte:02X}"),
                _ => char::from(byte).to_string(),
            };
            if width + code.len() > 75 {
                out.push_str("=\r\n");
                width = 0;
            }
            width += code.len();
            out.push_str(&code);
        }
        out.push_str("\r\n");
    }
    out
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8] =
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for (at, three) in bytes.chunks(3).enumerate() {
        let mut bits = [0; 4];
        bits[1..=three.len()].copy_from_slice(three);
        let bits = u32::from_be_bytes(bits);
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place)) as usize & 63];
            out.push(if place <= three.len() { char::from(digit) } else { '=' });
        }
        if at % 19 == 18 {
            out.push_str("\r\n");
        }
    }
    out + "\r\n"
}

/// As a browser saves it in one file: first of all the page, then what it shows.
fn mhtml(from: &str, encoding: &str, page: &str) -> String {
    let border = "----MultipartBoundary--x7----";
    let frame = "<html><body><p>Win a mixer: an advertisement in a frame, long enough to \
                 be taken for an article of its own by somebody.</p></body></html>";
    let part = |kind: &str, encoding: &str, at: &str, body: &str| {
        format!(
            "--{border}\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n\
             Content-Location: {at}\r\n\r\n{body}\r\n"
        )
    };
    let body = if encoding == "base64" {
        base64(page.as_bytes())
    } else {
        quoted_printable(page)
    };
    format!(
        "{from}MIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n\
         \ttype=\"text/html\";\r\n\tboundary=\"{border}\"\r\n\r\n\r\n{}{}{}{}--{border}--\r\n",
        part(
            "text/html; charset=\"utf-8\"",
            encoding,
            "https://crumb.example/one-oven",
            &body
        ),
        part(
            "text/html",
            "quoted-printable",
            "https://ads.example/f",
            &quoted_printable(frame)
        ),
        part(
            "text/css",
            "8bit",
            "https://crumb.example/style.css",
            "p { color: black }"
        ),
        part(
            "image/png",
            "base64",
            "https://crumb.example/counter.png",
            &base64(PICTURE)
        ),
    )
}

/// As Chrome and Edge write its head.
const BLINK: &str = "From: <Saved by Blink>\r\nSnapshot-Content-Location: \
    https://crumb.example/one-oven\r\nSubject: One Oven, Two Businesses | The Crumb\r\n\
    Date: Tue, 2 May 2023 09:13:44 -0000\r\n";

/// As Firefox's add-ons and old browsers write it.
const OTHERS: &str = "From: \"Saved by a browser\"\r\nSubject: One Oven, Two Businesses | \
    The Crumb\r\nDate: Tue, 02 May 2023 09:13:44 +0200\r\n";

/// As Firefox's reader view keeps it: the article, and little around it.
fn reader_mode() -> String {
    let article = ARTICLE.replace("PICTURE", "https://crumb.example/counter.png");
    format!(
        "<!DOCTYPE html><html platform=\"linux\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <title>One Oven, Two Businesses</title></head><body class=\"light sans-serif \
         loaded\"><div class=\"top-anchor\"></div><div class=\"toolbar reader-toolbar\">\
         <ul class=\"reader-controls\"><li><button class=\"close-button\">Close Reader \
         View</button></li></ul></div><div class=\"container\" lang=\"en\">\
         <div class=\"header reader-header\" style=\"display: block;\"><a class=\"domain \
         reader-domain\" href=\"https://crumb.example/one-oven\">crumb.example</a>\
         <h1 class=\"reader-title\">One Oven, Two Businesses</h1><div class=\"credits \
         reader-credits\">Ragna Ilves</div><div class=\"meta-data\"><div \
         class=\"reader-estimated-time\" dir=\"ltr\">2 minutes</div></div></div><hr>\
         <div class=\"content\"><div class=\"moz-reader-content reader-show-element\">\
         <div id=\"readability-page-1\" class=\"page\"><div>{article}</div></div></div>\
         </div></div></body></html>"
    )
}

#[test]
fn a_page_gives_the_same_passages_however_it_was_saved() {
    let folder = Folder::new();
    folder.write("served/one-oven.html", page());
    save_complete(&folder);
    let page = page().replace("PICTURE", "https://crumb.example/counter.png");
    let forms = [
        ("blink.mhtml", mhtml(BLINK, "quoted-printable", &page)),
        ("blink-base64.mhtml", mhtml(BLINK, "base64", &page)),
        ("others.mht", mhtml(OTHERS, "quoted-printable", &page)),
        ("unix-lines.mht", mhtml(OTHERS, "base64", &page).replace("\r\n", "\n")),
        ("reader.html", reader_mode()),
    ];
    for (name, text) in &forms {
        folder.write(name, text);
    }
    // What is compared: all that a passage is, but for where it comes from.
    let passages = |path: &str| -> Vec<String> {
        let ran = folder.run(&["label", path]).exits(0);
        assert_eq!(ran.stderr, "", "{path}");
        let show = |r: &serde_json::Value| {
            let record = ["title", "author", "section", "passage", "text", "label"];
            record.map(|field| r[field].to_string()).join("\n")
        };
        ran.records().iter().map(show).collect()
    };
    let served = passages("served");
    assert_eq!(served.len(), 8, "{}", served.join("\n\n"));
    for form in ["complete"].into_iter().chain(forms.iter().map(|(name, _)| *name)) {
        assert_eq!(passages(form), served, "{form}");
    }
}
