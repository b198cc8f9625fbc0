#!/usr/bin/env python3
"""Makes the sample articles that are neither Markdown, web pages nor plain text: Word, OpenDocument, EPUB,
PDF, e-mail, MHTML, exports of reading apps, and an archive of notes.

usage: pip install python-docx odfpy ebooklib reportlab; python3 corpus/formats.py

Text is written here once; the files under articles/ are what common libraries make of it, so that readers meet
files that were not made by their own authors. Word, OpenDocument, EPUB and PDF files carry the time at which they
were made and differ from run to run; what is read from them does not.
"""
import base64
import csv
import datetime
import json
import os
import quopri
import re
import zipfile
from email.message import EmailMessage

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "articles")


def path(name):
    return os.path.join(HERE, name)


# Word ----------------------------------------------------------------------------------------------------------------

EXPENSES = ("Rolling out an expense tool: what the finance team taught us", "Noor Van Aken", datetime.datetime(2023, 5, 9), [
    ("h1", "Who signs and who suffers"),
    ("p", "We sell expense software to companies of two hundred to two thousand people. The person who signs the contract is "
          "almost always a finance director, and the person who opens the app every Friday is a field engineer with a pocket "
          "full of receipts. For our first three years we built for the one and apologised to the other."),
    ("p", "The director asks for approval chains, an audit trail and an export that fits the ledger. None of that is visible to "
          "the engineer, who wants to photograph a lunch bill and never hear of it again. When the two pulled in different "
          "directions, the director won, because the director had the budget. Then the renewals came in."),
    ("h1", "What a rollout looks like from inside"),
    ("p", "A rollout at one of our customers takes eleven weeks on average. It goes through the same steps each time:"),
    ("li", "two weeks to agree on cost centres, which nobody has looked at since the last merger;"),
    ("li", "three weeks for the single sign-on project, of which two are spent waiting for the identity team;"),
    ("li", "a pilot with one department, usually the one with the fewest travellers;"),
    ("li", "a training hour that half of the staff attends with the camera off."),
    ("p", "The part that decided whether the account would grow was the pilot. If the pilot department was chosen because it was "
          "easy, the company learned nothing until month four, when the sales staff joined and filed two hundred mileage claims "
          "in a week. We now ask for the hardest department first and put one of our own people in the room."),
    ("table", [("Pilot department", "Accounts", "Renewed at full seats"),
               ("Fewest travellers", "38", "24"),
               ("Most travellers", "29", "27")]),
    ("h1", "Deadlines that are not ours"),
    ("p", "The quarter's end belongs to our customers. In the last five days of a quarter we ship nothing, because a finance team "
          "that finds a button moved on the thirtieth will remember it at renewal. Our release calendar is drawn around theirs, "
          "and new engineers find that strange until they have taken one support call on a closing day."),
    ("h1", "A word on people's own money"),
    ("p", "I used to work on a budgeting app for households. There the user, the buyer and the person who complains are one and the "
          "same, and she decides in the first two minutes whether the app is worth the space on her phone. Nobody trains her. "
          "If she mistypes a category she shrugs, and if she shrugs three times she is gone."),
    ("p", "The two products share a camera that reads receipts, and almost nothing else. In the household app a wrong guess is a "
          "small joke. In the company's tool a wrong guess is a line in an audit, so we ask the engineer to confirm and accept "
          "that it costs a tap."),
    ("h1", "What I would tell any team"),
    ("p", "Sit next to the person who uses the thing on its worst day. Write down what they did in the five minutes before and after "
          "they touched your screen. Most of what we changed in the past year came from those ten minutes and not from a survey."),
    ("p", "And keep a list of what you decided not to build, with the reason and the date. It is read more often than the roadmap, and "
          "it saves the same argument from being held every spring."),
])


def make_docx():
    from docx import Document
    title, author, day, blocks = EXPENSES
    document = Document()
    core = document.core_properties
    core.title, core.author, core.created, core.modified, core.language = title, author, day, day, "en-GB"
    document.add_heading(title, 0)
    for kind, text in blocks:
        if kind == "h1":
            document.add_heading(text, 1)
        elif kind == "li":
            document.add_paragraph(text, style="List Bullet")
        elif kind == "table":
            table = document.add_table(rows=0, cols=len(text[0]), style="Table Grid")
            for row in text:
                for cell, value in zip(table.add_row().cells, row):
                    cell.text = value
        else:
            document.add_paragraph(text)
    document.save(path("rolling-out-an-expense-tool.docx"))


# OpenDocument --------------------------------------------------------------------------------------------------------

RECIPES = ("What a recipe app may cost", "Ilse Brandvold", "2022-11-02", [
    ("h", "Four euros, or a jar of pesto"),
    ("p", "People who cook compare our subscription with things in the kitchen. Nobody told us that four euros a month was expensive; "
          "they told us that it was a jar of good pesto, and then asked whether the app was as good as the pesto. That is the "
          "comparison you have to win, and a feature list does not win it."),
    ("p", "We tried three prices with new users in two countries over one spring. At three euros as many people subscribed as at four. "
          "At six, a third fewer did, and those who stayed cooked more often. The cheapest price brought in people who never "
          "opened the app again after Easter."),
    ("h", "The evening at which it is decided"),
    ("p", "The decision is made on a weekday between five and seven, by somebody who is hungry and has a child asking for noodles. If the "
          "first recipe works that evening, the trial converts at twice the usual rate. If it needs an ingredient that is not in "
          "the house, most people never come back. So the first question we ask is no longer about diets but about what is in the fridge."),
    ("li", "Recipes on the first screen have five ingredients or fewer."),
    ("li", "The paywall is never shown between five and seven."),
    ("li", "A reminder to cancel goes out two days before the trial ends, and says so in its first line."),
    ("p", "The reminder worried us. It cost four percent of conversions in the first month and was worth it by the sixth, because refunds "
          "and angry reviews nearly vanished. People tell their sister about an app that warned them."),
    ("h", "Families are not teams"),
    ("p", "A family plan looks like a team plan on a pricing page, and the resemblance is misleading. In a company somebody is paid to add "
          "and remove seats. In a family the plan is set up once, by whoever has the patience, and a teenager moves out three years "
          "later still on it. We stopped counting seats and sell a household."),
    ("p", "When a chain of cookery schools asked for two hundred accounts with one invoice, we learned how little of our product fitted. They "
          "wanted their own recipes on top, a list of who had finished which course, a contract that their lawyer had written, and "
          "thirty days to pay. It was a pleasant meeting. We sent them to a firm that sells to schools."),
    ("h", "Raising a price without a fight"),
    ("p", "Whatever you sell and to whomever, those who came first remember what they paid. We kept their price for two years, wrote to them "
          "before anybody else, and gave the reason in one sentence. Out of nine thousand, eleven complained."),
    ("p", "Prices are a promise about the future. If you expect to raise yours every year, say so on the first day, and the raise will be "
          "read as a plan kept. If you do not know yet, then sell the month and leave the year alone."),
])


def make_odt():
    from odf import dc, meta, text
    from odf.opendocument import OpenDocumentText
    from odf.style import ParagraphProperties, Style
    title, author, day, blocks = RECIPES
    document = OpenDocumentText()
    document.meta.addElement(dc.Title(text=title))
    document.meta.addElement(dc.Language(text="en-GB"))
    document.meta.addElement(meta.InitialCreator(text=author))
    document.meta.addElement(meta.CreationDate(text=day + "T09:00:00"))
    heading = Style(name="Heading 1", family="paragraph")
    heading.addElement(ParagraphProperties(breakbefore="auto"))
    document.styles.addElement(heading)
    document.styles.addElement(Style(name="Title", family="paragraph"))
    document.text.addElement(text.P(stylename="Title", text=title))
    items = None
    for kind, words in blocks:
        if kind != "li":
            items = None
        if kind == "h":
            document.text.addElement(text.H(outlinelevel=1, stylename=heading, text=words))
        elif kind == "li":
            if items is None:
                items = text.List()
                document.text.addElement(items)
            item = text.ListItem()
            item.addElement(text.P(text=words))
            items.addElement(item)
        else:
            document.text.addElement(text.P(text=words))
    document.save(path("what-a-recipe-app-may-cost.odt"))


# EPUB ----------------------------------------------------------------------------------------------------------------

BOOK = ("The Small Product Handbook", "Teodor Lindqvist", "2021-03-01", [
    ("Who it is for", [
        "Before you write a line, name one person. Give her a job, a Tuesday and a reason to be annoyed. A team that cannot agree on her "
        "Tuesday will not agree on anything that follows, and it is cheaper to find that out in a room than in a release.",
        "If she buys for herself, her Tuesday ends when the thing stops being fun or useful. She reads no manual. She compares you with "
        "whatever else is on her phone at that moment, and most of it is free. Your whole argument has to fit into the first minute.",
        "If she buys for an employer, her Tuesday has other people in it: a manager who has to approve, a colleague from security with a "
        "questionnaire, a buyer from procurement who was told to save eight percent. You are not selling to her. You are helping her to "
        "sell to them, and the best thing you can give her is a page that she can forward.",
        "Some products have both. A calendar is used by a person and paid for by a firm, and each of them believes to be the customer. "
        "Write two pages, one for each, and look at where they contradict each other. That is your roadmap for the year.",
    ]),
    ("What it costs", [
        "A price is the shortest description of a product. When people hear nine a month they picture one thing, and when they hear that "
        "somebody will call them back with an offer they picture another.",
        "Consumers forgive a price that is a little too high more easily than one that they do not understand. Three plans with eleven "
        "rows of ticks are an exam, and nobody sits an exam on the sofa. One plan, one month, and a button to leave.",
        "Companies forgive complexity and punish surprise. A buyer can defend a large number that was known in January. She cannot defend "
        "a usage charge that doubled in June, so put a ceiling into the contract even if it never gets used.",
        "In both worlds the free version does more harm than good unless you know what it is for. Is it there to spread the word, to let "
        "people try, or to hold a place until they need more? Pick one and remove what serves the others.",
    ]),
    ("When to stop", [
        "Teams are good at starting and bad at ending. Put a date on every experiment and a name beside the date. On that day the person "
        "says keep, change or stop, in that order of difficulty.",
        "Removing a feature from an app that people use at home is a matter of nerve. There will be a week of one-star reviews from the "
        "few who loved it, and then silence. Offer an export, say thank you, do not argue in public.",
        "Removing a feature from software that a hospital runs on is a matter of notice. Eighteen months is polite, and twenty-four is "
        "common, since the contract says so and the people who wrote a process around the feature have left. Send the letter to the "
        "administrator, to the sponsor and to whoever signs the renewal.",
        "A product that nobody uses is easy to close. The hard case is one that a few people need and that will never grow. There is no rule "
        "for that. Ask what you owe them, write it down, and keep to it.",
    ]),
])


def make_epub():
    from ebooklib import epub
    title, author, day, chapters = BOOK
    book = epub.EpubBook()
    book.set_identifier("the-small-product-handbook")
    book.set_title(title)
    book.set_language("en")
    book.add_author(author)
    book.add_metadata("DC", "date", day)
    pages = []
    for number, (name, paragraphs) in enumerate(chapters, 1):
        page = epub.EpubHtml(title=name, file_name=f"text/chapter-{number}.xhtml", lang="en")
        page.content = f"<h1>{name}</h1>" + "".join(f"<p>{words}</p>" for words in paragraphs)
        book.add_item(page)
        pages.append(page)
    book.toc = pages
    book.add_item(epub.EpubNcx())
    book.add_item(epub.EpubNav())
    book.spine = ["nav", *pages]
    epub.write_epub(path("the-small-product-handbook.epub"), book)


# PDF -----------------------------------------------------------------------------------------------------------------

TRIALS = ("Free trials for teams and for households", "Amparo Quintela", [
    ("h", "Summary"),
    ("p", "A free trial answers a question that the customer has. People at home ask whether they will like it. Teams ask whether it will "
          "work with what they have and whether anybody will object. This paper describes how we designed trials for both and what "
          "we would do again."),
    ("h", "Households: seven days are too many"),
    ("p", "We run a garden planning app with about four hundred thousand users. Its trial used to last fourteen days. When we looked at what "
          "people did, two thirds of those who would ever subscribe had made up their minds on the first weekend, and the others forgot "
          "that they were in a trial at all. We cut it to seven days and then to three weekends, counted by use and not by the calendar."),
    ("p", "Counting by use felt generous to people and cost us nothing. A gardener who opens the app on a rainy Saturday, closes it and returns "
          "in two weeks still has two weekends left. Conversion rose by a fifth. Support tickets about forgotten trials fell to nearly none."),
    ("h", "Teams: the trial is a project"),
    ("p", "Our second product is sold to landscaping firms with ten to eighty employees. Here nobody decides alone. The owner wants to see one real "
          "job planned from survey to invoice, the foreman wants it to work without reception, and the bookkeeper wants to know where "
          "the numbers go. A trial that ends before all three have had their turn ends in silence."),
    ("p", "So we stopped offering fourteen days to firms and offer one job. We import the customer's price list for them, agree on the job in a "
          "call, and meet again when it is done. It takes five weeks on average and our sales staff complained at first. Of the firms "
          "that finish the job, seven in ten sign for a year."),
    ("h", "Side by side"),
    ("p", "The household trial must need no help and the team trial is mostly help. In the first, every question we ask costs users, while in "
          "the second, every question we fail to ask costs weeks. A trial for people at home should end by itself; one for a firm should "
          "end with a meeting that is already in the calendar."),
    ("h", "What holds for both"),
    ("p", "Decide what a good trial looks like before it begins, and write it down as something that can be counted. Put the moment of payment where "
          "the value has just been seen. And never let a trial end without telling those who did not buy what will happen to their data."),
])


def make_pdf():
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import Paragraph, SimpleDocTemplate
    title, author, blocks = TRIALS
    styles = getSampleStyleSheet()
    styles["Heading2"].spaceBefore = 14
    body = styles["BodyText"]
    body.fontSize, body.leading, body.spaceAfter = 12, 17, 17

    def frame(canvas, document):
        canvas.saveState()
        canvas.setFont("Helvetica", 9)
        canvas.drawString(72, A4[1] - 40, "Field Papers, no. 7")
        canvas.drawCentredString(A4[0] / 2, 36, str(document.page))
        canvas.restoreState()

    document = SimpleDocTemplate(path("free-trials-for-teams-and-households.pdf"), pagesize=A4, title=title, author=author)
    story = [Paragraph(title, styles["Title"])]
    for kind, words in blocks:
        story.append(Paragraph(words, styles["Heading2"] if kind == "h" else body))
    document.build(story, onFirstPage=frame, onLaterPages=frame)
    # The library puts today's date where an article has its own.
    with open(path("free-trials-for-teams-and-households.pdf"), "r+b") as file:
        content = re.sub(rb"\(D:\d{14}", b"(D:20220510090000", file.read())
        file.seek(0)
        file.write(content)


# E-mail --------------------------------------------------------------------------------------------------------------

RENEWAL = ("The call nobody wants to make", "Marguerite Osei", "2024-09-17", "renewals", [
    ("p", "Hello again. This week is about a phone call that I have put off more often than any other: the one to a customer who has stopped "
          "using what they pay for."),
    ("h", "The dashboard was green"),
    ("p", "The account was a chain of dental clinics, forty seats, two years in. Our health score said green. Seats were assigned, invoices were "
          "paid within nine days and the administrator answered every mail. What the score did not know was that the clinics had gone "
          "back to a shared spreadsheet in March, after the person who championed us moved to another region."),
    ("p", "I found out when their procurement office sent a notice, sixty-one days before the end of the term, with a line that I have since heard "
          "many times: usage does not justify the number of licences. It was correct. I had no answer because I had not asked a question in a year."),
    ("h", "What I do now"),
    ("p", "Once a quarter I ring somebody in each account who is neither the buyer nor the administrator. I ask them to show me the last thing they "
          "did in the product and to talk while they do it. It takes twelve minutes. If they cannot remember the last thing, I know what I need to know."),
    ("p", "I also stopped treating the champion as the customer. People change jobs, on average after twenty-eight months in the companies we sell to, "
          "and a contract that hangs on one of them has a date on it that you cannot see. We ask for a second name in the kick-off meeting, "
          "before anybody has a reason to hold it back."),
    ("h", "Meanwhile, at home"),
    ("p", "My daughter cancelled her running app last Sunday. No one rang her. The app showed her the kilometres of the past year, a picture of "
          "the route that she ran most, and a button that paused the subscription for three months. She pressed pause. I have been thinking "
          "about that screen all week, since it did in four seconds what takes me a quarter."),
    ("h", "One thing to try"),
    ("p", "Pick ten customers at random and write down the last date on which you learned something about them that was not a number. If that is longer "
          "ago than a season, you know whom to ring. This works for a clinic chain and for a running app, though in the second case you will "
          "want to pick a hundred and send a letter."),
])


def mail(subject, author, day, name, blocks, html=True):
    footer = "You are receiving this because you signed up at letters.example."
    plain = "\n\n".join(text.upper() if kind == "h" else text for kind, text in blocks)
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = f"{author} from Small Letters <{name}@letters.example>"
    message["To"] = "reader@home.example"
    message["Date"] = datetime.datetime.fromisoformat(day + "T06:30:00+00:00")
    message["Message-ID"] = f"<{day}.{name}@letters.example>"
    message["List-Unsubscribe"] = f"<https://letters.example/u/{name}>"
    message.set_content(f"View this email in your browser https://letters.example/p/{name}\n\n{plain}\n\n--\n{footer}\n"
                        f"Unsubscribe https://letters.example/u/{name}\n", cte="quoted-printable")
    if html:
        rows = "".join(f"<tr><td><{'h2' if kind == 'h' else 'p'} style=\"margin:0 0 16px 0\">{text}</{'h2' if kind == 'h' else 'p'}>"
                       "</td></tr>\n" for kind, text in blocks)
        message.add_alternative(
            "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title></title></head><body>\n"
            f"<div style=\"display:none;max-height:0\">{blocks[0][1][:60]}</div>\n"
            f"<table width=\"600\"><tr><td><a href=\"https://letters.example/p/{name}?utm_source=mail\">View in browser</a></td></tr>\n"
            f"<tr><td><h1>{subject}</h1></td></tr>\n{rows}"
            f"<tr><td><img src=\"https://letters.example/o/{name}.gif\" width=\"1\" height=\"1\" alt=\"\"></td></tr>\n"
            f"<tr><td><p>{footer} <a href=\"https://letters.example/u/{name}\">Unsubscribe</a></p>"
            "<p>Small Letters, 4 Quay Street</p></td></tr></table></body></html>\n", subtype="html", cte="quoted-printable")
        # A fixed border, so that the file is the same each time.
        message.set_boundary(f"border-{name}-{day}")
    return message.as_bytes()


LETTERS = [
    ("Counting days in a row", "Bashir Lalonde", "2023-02-06", "streaks", [
        ("p", "A streak is the cheapest feature that I have ever shipped and the one that I have had to explain most often. The language app that I "
              "worked on showed a flame and a number, and the number went up if you practised that day. Within a month a quarter of our "
              "daily users opened the app after ten at night, did the shortest lesson there was, and closed it."),
        ("p", "Were they learning? Some were. The flame brought back people who would have drifted away, and nobody drifts back into Portuguese "
              "without opening the app. But we also met a woman who had stood in a hotel corridor in Lima looking for a signal so as not to lose "
              "four hundred days. She did not thank us."),
        ("p", "We added a day off each week that needs no excuse. Retention after half a year went up, which we had not expected, and the letters "
              "about guilt stopped. People keep a habit that forgives them."),
        ("p", "If you build something that people do for themselves, measure what they got out of it at least as often as whether they came. A number "
              "that only goes up will be looked after for its own sake, by them and by you."),
    ]),
    ("Nobody reads the dashboard", "Bashir Lalonde", "2023-02-13", "dashboards", [
        ("p", "Every product team that I have joined had a dashboard with more than forty charts, and every one of them was made because somebody had "
              "once asked a question. The question was answered, the chart stayed. After two years it takes a new colleague a month to find out "
              "which three of them anybody trusts."),
        ("p", "I keep a page with five numbers now. Each has an owner, a sentence that says what we would do if it fell, and a date on which we ask "
              "whether it still deserves its place. A number without such a sentence is decoration."),
        ("p", "When I moved from a photo app to a firm that sells scheduling software to hospitals, the numbers changed more than I had expected. In the photo "
              "app there were millions of people and each of them weighed nothing, so averages were honest. With sixty hospitals an average is a rumour. "
              "We list the sixty by name and talk about those that moved."),
        ("p", "In the hospital business the number that the board looked at was not even ours. It was the share of shifts filled two weeks ahead, measured by "
              "the customer, written into the contract, and due every quarter. Our own count of active users never came up."),
        ("p", "What stayed the same is the habit of writing down a guess before looking. It costs ten seconds, and it is the only way that I know to be "
              "surprised by data instead of soothed by it."),
    ]),
]


def make_mail():
    with open(path("newsletter-the-call-nobody-wants-to-make.eml"), "wb") as file:
        file.write(mail(*RENEWAL))
    with open(path("monday-letters.mbox"), "wb") as file:
        for letter in LETTERS:
            day = datetime.date.fromisoformat(letter[2])
            file.write(f"From letters@letters.example {day:%a %b %d} 06:30:00 {day:%Y}\n".encode())
            file.write(mail(*letter, html=False).replace(b"\nFrom ", b"\n>From "))
            file.write(b"\n")


# A page that a browser saved -----------------------------------------------------------------------------------------

BASKET = ("Why people leave a full basket", "Henrike Adeyemi", "2023-10-05", [
    ("p", "We run an online shop for balcony plants. Sixty-eight of a hundred people who put something into the basket leave without paying, which is about "
          "as many as everywhere else, and for years we treated the number as weather."),
    ("h2", "They are not all lost"),
    ("p", "In spring we asked. A small box appeared when somebody had been away from a full basket for a day and came back: what kept you? Four hundred "
          "people answered in their own words. A third of them had used the basket as a shopping list and meant to buy when the frost was over."),
    ("p", "Others wanted to know the cost of delivery and had found no way to see it without filling the basket and typing an address. Once we printed the cost "
          "beside each pot, fewer baskets were filled and more of them were paid for. The rate looked worse in the first chart that we drew and better "
          "in the bank account."),
    ("h2", "The account that nobody wants"),
    ("p", "We used to ask for a password before the last step. Shoppers who come twice a year do not remember a password, and asking them to reset one with "
          "soil on their hands is asking for a great deal. Buying as a guest raised orders by nine percent in the first week. Half of the guests made "
          "an account afterwards, when it was offered as a way to see when the parcel would arrive."),
    ("h2", "Then the offices came"),
    ("p", "Last year firms began to order from us, for roof terraces and lobbies. Their baskets are also left full, and for other reasons. The person who fills "
          "the basket may not pay. She needs an offer as a document, a purchase order number on the invoice, thirty days, and a supplier form that "
          "asks for our tax number twice."),
    ("p", "For them we built a button that turns a basket into an offer, valid for a month. It is the least clever thing on the site. Orders from firms tripled, "
          "because the colleague in purchasing could now do her part without ever seeing a plant."),
    ("blockquote", "I do not want to buy your plants, I want to send them upstairs and have someone say yes."),
    ("h2", "What we took from it"),
    ("p", "The same number may be made of several stories. Before a team sets out to lower it, somebody should read a few hundred answers and sort them by hand. "
          "It takes two afternoons, and after that the meeting about priorities is short."),
])


def make_mhtml():
    title, author, day, blocks = BASKET
    article = "\n".join(f"<{kind}>{words}</{kind}>" for kind, words in blocks)
    page = f"""<!DOCTYPE html><html lang="en"><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8">
<title>{title} – The Balcony Shop Journal</title>
<meta property="og:site_name" content="The Balcony Shop Journal"><meta name="author" content="{author}">
<meta property="article:published_time" content="{day}T08:00:00Z">
<link rel="stylesheet" type="text/css" href="cid:style@journal.example"></head>
<body><header><nav><ul><li><a href="https://shop.example/">Shop</a></li><li><a href="https://shop.example/journal">Journal</a></li>
<li><a href="https://shop.example/basket">Basket (0)</a></li></ul></nav></header>
<main><article><h1>{title}</h1><p class="byline">By {author}</p>
<figure><img src="https://shop.example/basket.png" alt="A full basket on a balcony"><figcaption>A full basket, photographed in May</figcaption></figure>
{article}</article>
<aside><h3>More from the journal</h3><ul><li><a href="https://shop.example/j/frost">After the last frost</a></li>
<li><a href="https://shop.example/j/pots">Pots that drain</a></li></ul></aside></main>
<footer><p>We use cookies to remember your basket. <a href="https://shop.example/privacy">Privacy</a></p><p>© The Balcony Shop</p></footer></body></html>
"""
    dot = base64.b64encode(bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489")).decode()
    parts = [("text/html", "quoted-printable", f"https://shop.example/journal/full-basket", quopri.encodestring(page.encode()).decode()),
             ("text/css", "quoted-printable", "cid:style@journal.example", "nav { color: green }\n"),
             ("image/png", "base64", "https://shop.example/basket.png", dot + "\n")]
    out = (f"From: <Saved by Blink>\nSnapshot-Content-Location: https://shop.example/journal/full-basket\n"
           f"Subject: =?utf-8?Q?{quopri.encodestring(title.encode(), header=True).decode()}?=\n"
           "Date: Sun, 12 Nov 2023 18:20:41 -0000\nMIME-Version: 1.0\nContent-Type: multipart/related;\n\ttype=\"text/html\";\n"
           "\tboundary=\"----MultipartBoundary--balcony----\"\n\n\n")
    for kind, encoding, location, body in parts:
        out += (f"------MultipartBoundary--balcony----\nContent-Type: {kind}\nContent-ID: <frame-1@mhtml.blink>\n"
                f"Content-Transfer-Encoding: {encoding}\nContent-Location: {location}\n\n{body}\n")
    out += "------MultipartBoundary--balcony------\n"
    with open(path("why-people-leave-a-full-basket.mhtml"), "w", newline="\r\n") as file:
        file.write(out)


# Exports of reading apps ---------------------------------------------------------------------------------------------

HIGHLIGHTS = [
    ("Selling to the Shop Floor", "Ruben Castellane", "2024-01-11", [
        "A foreman does not buy software. He tolerates it, and the plant manager who bought it finds out in the second year which of the two it was.",
        "Ask for the name of the person who will have to explain your product to the works council. If nobody knows, the project has not started, whatever the "
        "signed contract says.",
        "In a factory the pilot line is chosen by the people who fear the project most. Go and have lunch with them before the kick-off.",
        "We quote for the site and not for the seat. Three shifts share one terminal, and counting heads makes the honest customer pay three times.",
    ]),
    ("The Tired Thumb", "Saskia Monteverde", "2024-02-20", [
        "People open a game in the queue at the bakery. You have ninety seconds and one hand.",
        "Nobody deletes an app in anger. They delete it when the phone says that it is full, and yours is the one they cannot remember the use of.",
        "The best push message that we ever sent was the one we did not: players who were left alone for a week came back in greater number than those who were called.",
        "Children pay with somebody else's card, and their parents pay with a bad review. Put the confirmation where the parent will see it.",
    ]),
    ("Making Things People Ask For", "Delphine Okonjo", "2024-03-05", [
        "A request is a solution in disguise. Write down the problem first, then show it to the person who asked and see whether they recognise it.",
        "Every roadmap is a list of promises to people who were in the room. Invite somebody who was not.",
        "Consumers tell you what they felt, business customers tell you what they were told to say. Both are true, and neither is the whole of it.",
        "If two teams argue over a priority, ask each to present the other's case. It is over in half an hour.",
    ]),
]

SAVED = [
    ("support-is-a-feature", "Support is a feature of the product", "Ottoline Brzezicki", "2023-08-21", [
        "<p>Our home router comes with a sticker. On the sticker is a telephone number, and at the other end of it sits a person who knows what the lights "
        "mean. That number costs us two euros for each box we sell, and every year somebody proposes to take it off.</p>",
        "<p>We ran the numbers once more this summer. Households that had called at least once kept the router for three years longer on average and bought "
        "their next one from us. Those who had tried the chat robot and given up returned the box within the month. People at home have no one else "
        "to ask. Their neighbour does not know either.</p>",
        "<h2>Service levels are another trade</h2>",
        "<p>Our colleagues sell the same hardware to hotels. There the sticker is useless, since the night porter is not allowed to touch the cupboard. What "
        "the hotel group wants is a contract that says four hours, an engineer with a key, and a credit on the invoice when it takes five. "
        "They have never once asked whether we are friendly.</p>",
        "<p>The hotel contract has a named manager, a review each quarter and a list of escalation numbers that is tested like a fire drill. All that "
        "is priced in. A guest who cannot stream a film complains to the hotel, the hotel complains to us, and somewhere in that chain the word "
        "penalty appears.</p>",
        "<h2>What both taught us</h2>",
        "<p>Most calls, from either side, are about three things that the product should have said by itself. We print the ten commonest questions of the "
        "week and hang them where the designers get their coffee. When a question has stayed on the list for a month, someone is given a week "
        "to make it go away.</p>",
    ]),
    ("the-supplier-portal", "Eleven days in the supplier portal", "Ottoline Brzezicki", "2023-09-18", [
        "<p>We had won. The plant managers of a cement group had picked our maintenance software over two others, the budget was approved, and I had promised "
        "my team a dinner. Then procurement sent a link to the supplier portal.</p>",
        "<p>The portal wanted certificates of insurance, three years of accounts, a statement on conflict minerals and the name of our data protection officer. Each "
        "upload was checked by a different person. On the sixth day somebody rejected our tax certificate because the company name had a comma in it.</p>",
        "<h2>What we keep ready now</h2>",
        "<ul><li>a folder with every certificate that any buyer has ever asked for, and the date on which each expires</li><li>a filled security questionnaire in the two "
        "common forms</li><li>a one-page description of where the data lies, signed by someone who will pick up the phone</li></ul>",
        "<p>The folder belongs to one person. She spends two days a month on it and has shortened the time from yes to signature by three weeks on average, which is "
        "more than any change to our demo ever did.</p>",
        "<p>My brother sells a chess app. When I told him about the comma he laughed for a long time, and then he told me that one shop had taken his app down over a "
        "weekend because a picture in the listing was two pixels too wide. Everybody has a portal.</p>",
    ]),
]

RECORDS = [
    ("quiet-launch", "In praise of the quiet launch", "Cornelius Abara", "2022-06-14",
     "Launch days are for the people who make the product. Users find a thing when they need it, and on the day of your launch most of them do not.\n\n"
     "We released the last version of our hiking app on a rainy Tuesday in November without a word. Two hundred people noticed in the first week. They "
     "found nine bugs, three of them bad, and told us in the friendly tone of those who believe that they have discovered something. By spring, when "
     "the hikers came back, the app was ready and so were we.\n\n"
     "A colleague who sells software to water utilities laughed when I told him. His launches are announced a year ahead, by letter, to a list of "
     "operators who have to plan a night on which the pumps can do without a control system for two hours. A quiet launch, in his trade, is called an incident.\n\n"
     "There is something in between, though, that suits us both: let a few people in early, tell them that they are early, and ask them one question "
     "a week. It makes no difference whether they wear hiking boots or a hard hat."),
    ("hiring-a-first-pm", "Hiring the first product manager", "Wilhelmina Sato", "2023-01-30",
     "Founders hire their first product manager about a year too late, and then for the wrong task. They want somebody to write down what they have "
     "already decided. What they need is somebody who will find out whether it was right.\n\n"
     "In the interview, give candidates a real decision that you made last year, with the facts you had at that time. Do not ask what they would have done. "
     "Ask what they would have wanted to know, and how they would have found out in a week. You will hear very different things, and the silence "
     "before the answer is a good sign.\n\n"
     "For a company with twelve large customers, look for a person who enjoys being in a room with people who disagree. Half of the work will be with a "
     "steering committee, and a good part of the rest with your own sales staff, who have promised the twelfth customer something that the other "
     "eleven do not want.\n\n"
     "For an app with a million users, look for someone who is at ease with never meeting most of them. She will read reviews on the train, she will know "
     "what an experiment can and cannot say, and she will not take it personally when a button that she loved loses by two percent."),
]


def make_exports():
    with open(path("reading-highlights.csv"), "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["Highlight", "Book Title", "Book Author", "Amazon Book ID", "Note", "Color", "Tags", "Location Type", "Location",
                       "Highlighted at", "Document tags"])
        for title, author, day, lines in HIGHLIGHTS:
            for place, line in enumerate(lines, 1):
                rows.writerow([line, title, author, "", "", "yellow", "", "page", 12 * place, f"{day} 20:1{place}:00+00:00", "work"])
    with open(path("read-later-export.json"), "w") as file:
        articles = [{"id": id, "title": title, "author": author, "publishedAt": day + "T00:00:00.000Z", "savedAt": "2024-04-02T07:12:00.000Z",
                     "url": f"https://essays.example/{id}", "labels": [], "state": "ARCHIVED", "content": "".join(parts)}
                    for id, title, author, day, parts in SAVED]
        json.dump({"articles": articles}, file, indent=1, ensure_ascii=False)
        file.write("\n")
    with open(path("saved-articles.jsonl"), "w") as file:
        for id, title, author, day, text in RECORDS:
            file.write(json.dumps({"id": id, "title": title, "author": author, "date": day, "url": f"https://essays.example/{id}",
                                   "text": text}, ensure_ascii=False) + "\n")


# An archive of notes -------------------------------------------------------------------------------------------------

NOTES = [
    ("Interview week 3f1c0d7a9b2e4c5d8e6f7a0b1c2d3e4f", "Interview week", "October 12, 2023", """\
Five conversations in four days, all with people who left us in the summer. Notes to myself before I forget the tone.

## The florist

She pays for everything with the same card and did not know that she was still paying us. She liked the app, and found out from the bank. What she said
about it was kinder than we deserved. People who run a life and a shop from one phone do not keep an inventory of their subscriptions.

## The housing association

Three people on the call, one of whom never spoke and turned out to be the budget holder. They left because the tender said that data must be kept in the
country and our answer was a link to a page on compliance. Nobody rang them. The rival sent somebody with a folder.

- the decision was made in June, the notice came in August
- the tenants' portal, which we thought was the point, was not mentioned once
- they would come back for a fixed price over three years

## The student

He had shared one login with four flatmates and was offended when it stopped working. To him it was one household. We call it abuse in our reports, and I
wrote that word down and looked at it for a while.

## What I take from it

Ask people to tell the story of the day on which they decided. Not why, but when, and what was on the table. The reasons come by themselves, and they are better
than the ones on our list. I should do this every quarter and not only when the chart falls.
"""),
    ("Pricing page teardown 0a1b2c3d4e5f60718293a4b5c6d7e8f9", "Pricing page teardown", "November 3, 2023", """\
Looked at our own pricing page as if I had never seen it, with a stopwatch.

The first thing that you read is a toggle between monthly and yearly. Nobody knows yet what is being priced. The toggle can wait.

> Which of these is for me?

That is the only question on anybody's mind, and the page answers it with the names of metals. For people at home I would have one column and a sentence: everything, for one
person, stop whenever you like.

For companies the page should say three things that it now hides behind a form: from what size on it makes sense, that invoices and single sign-on are included, and how long
a security review takes with us. Buyers have told us that they skip vendors who make them fill in a form to learn whether a form will be worth it.

One page for both does not work, and two pages mean that somebody from a company will find the private price and ask why. My answer to that would be a plain line on either
page that explains the difference: one is for a person, the other comes with a contract, and here is what the contract adds.
"""),
]


def make_zip():
    with zipfile.ZipFile(path("notes-export.zip"), "w") as out:
        def add(name, text):
            info = zipfile.ZipInfo(name, (2023, 11, 20, 9, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            out.writestr(info, text)
        rows = "Name,Created,Tags\n"
        for file, title, day, text in NOTES:
            add(f"Product notes 5d4c3b2a19087f6e5d4c3b2a19087f6e/{file}.md", f"# {title}\n\nCreated: {day}\nTags: notes\n\n{text}")
            rows += f'{title},"{day}",notes\n'
        add("Product notes 5d4c3b2a19087f6e5d4c3b2a19087f6e.csv", rows)


if __name__ == "__main__":
    make_docx()
    make_odt()
    make_epub()
    make_pdf()
    make_mail()
    make_mhtml()
    make_exports()
    make_zip()
