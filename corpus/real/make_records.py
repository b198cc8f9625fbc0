#!/usr/bin/env python3
"""Makes records.jsonl and SOURCES.tsv for `delineate train --real` from local clones.

usage: make_records.py CLONES [-o DIR]

  CLONES  folder with clones of the repositories of labels.tsv, each at CLONES/owner/name or CLONES/name
  -o DIR  where the two files go (default: the folder "real")

labels.tsv beside this script names each passage by repository, path and the hash of its text. So that the hashes agree,
the articles are split here as they were when they were labelled, and not as `delineate` splits today: by blank lines,
without marks of Markdown, a list joined to the line before it. A passage whose file has changed since finds no label;
the last line says how many labels were found.
"""
import argparse, csv, hashlib, json, os, re, sys

HERE = os.path.dirname(os.path.abspath(__file__))


def plain(text):
    """The text of a piece of Markdown or HTML, on one line."""
    text = re.sub(r"<!--.*?-->|<(script|style|svg|iframe)\b.*?</\1>", " ", text, flags=re.S | re.I)
    text = re.sub(r"!\[[^\]]*\]\([^)]*\)|!\[[^\]]*\]\[[^\]]*\]", " ", text)
    text = re.sub(r"\[\[(?:[^\]|]*\|)?([^\]|]*)\]\]", r"\1", text)
    text = re.sub(r"\s*\[\d\d:\d\d:\d\d\]", "", text)
    text = re.sub(r"\[([^\]]*)\]\((?:[^()]|\([^()]*\))*\)", r"\1", text)
    text = re.sub(r"\[([^\]]*)\]\[[^\]]*\]", r"\1", text)
    text = re.sub(r"</?[a-zA-Z][^<>]*>", " ", text)
    text = re.sub(r"[*_`]", "", text)
    return re.sub(r"\s+([.,;:!?])(?=\s|$)", r"\1", re.sub(r"\s+", " ", text)).strip()


ITEM = re.compile(r"\s*(?:[-*+•]|\d{1,3}[.)])\s+(.*)", re.S)


def split(source):
    """Title and passages, each with its section path."""
    source = source.replace("\r\n", "\n").lstrip("\ufeff")
    title = ""
    front = re.match(r"---\s*\n(.*?)\n---\s*(?:\n|$)", source, re.S)
    if front:
        stated = re.search(r"^title:\s*(.+)$", front[1], re.M)
        title = plain(stated[1].strip().strip("\"'")) if stated else ""
        source = source[front.end():]
    source = re.sub(r"^(```|~~~).*?^\1[^\n]*$", "", source, flags=re.S | re.M)
    source = re.sub(r"^(.+)\n=+\s*$", r"# \1", source, flags=re.M)
    source = re.sub(r"^(.+)\n-{3,}\s*$", r"## \1", source, flags=re.M)
    source = re.sub(r"^(#{1,6}\s.*)$", r"\n\1\n", source, flags=re.M)
    path, passages = [], []

    def add(text):
        if text:
            passages.append({"section": " > ".join(name for _, name in path), "text": text})

    pending = None  # the lead-in of a list
    for block in re.split(r"\n\s*\n", source):
        lines = [line for line in block.split("\n") if line.strip()]
        if not lines:
            continue
        heading = re.match(r"(#{1,6})\s+(.*?)\s*#*\s*$", lines[0])
        if heading:
            add(pending)
            pending = None
            name = plain(heading[2])
            if not title and not passages and len(heading[1]) <= 2:
                title = name
            elif name != title:
                path = [(level, above) for level, above in path if level < len(heading[1])]
                path.append((len(heading[1]), name))
            continue
        if re.fullmatch(r"\s*(?:[-*_]\s*){3,}|\s*\|?[-:| ]+\|?\s*", block):
            continue
        lead, items = [], []
        for line in lines:
            line = re.sub(r"^\s*>\s?", "", line)
            if ITEM.fullmatch(line):
                items.append(ITEM.fullmatch(line)[1])
            elif items:
                items.append(line)
            else:
                lead.append(line)
        lead = plain("\n".join(lead))
        stops = ["" if item.rstrip().endswith((".", "!", "?")) else "." for item in items]
        items = [plain(item) + stop for item, stop in zip(items, stops) if plain(item)]
        if pending and items and not lead:
            add(" ".join([pending, *items]))
            pending = None
            continue
        add(pending)
        pending = None
        if items:
            add(" ".join([lead, *items]).strip())
        elif lead.endswith(":"):
            pending = lead
        else:
            add(lead)
    add(pending)
    return title, passages


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("clones")
    parser.add_argument("-o", "--out", default="real")
    args = parser.parse_args()
    wanted = {}
    with open(os.path.join(HERE, "labels.tsv"), encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            wanted.setdefault((row["repository"], row["path"]), set()).add(row["sha12"])
    os.makedirs(args.out, exist_ok=True)
    articles = missing = found = 0
    with open(os.path.join(args.out, "records.jsonl"), "w", encoding="utf-8") as records, \
            open(os.path.join(args.out, "SOURCES.tsv"), "w", encoding="utf-8") as sources:
        sources.write("record\trepository\tpath\n")
        for n, (repository, path) in enumerate(sorted(wanted)):
            names = (repository, repository.split("/")[-1])
            files = (os.path.join(args.clones, name, path) for name in names)
            file = next((f for f in files if os.path.isfile(f)), None)
            if file is None:
                missing += 1
                continue
            with open(file, encoding="utf-8", errors="replace") as content:
                title, passages = split(content.read())
            hashes = {hashlib.sha256(p["text"].encode()).hexdigest()[:12] for p in passages}
            found += len(hashes & wanted[repository, path])
            articles += 1
            record = {"id": f"r{n:04}", "title": title, "passages": passages}
            records.write(json.dumps(record, ensure_ascii=False) + "\n")
            sources.write(f"r{n:04}\t{repository}\t{path}\n")
    total = sum(map(len, wanted.values()))
    print(f"{articles} articles, {missing} not found; {found} of {total} labels found", file=sys.stderr)


if __name__ == "__main__":
    main()
