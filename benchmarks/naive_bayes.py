"""Scores bigram naive Bayes, the baseline that counts: each text a set of words and of pairs of neighbouring words.

    python benchmarks/naive_bayes.py movie_reviews

A multinomial model with binarized features and add-one smoothing (Wang and Manning, 2012, section 2.1), fitted on the
train split. It needs no settings, so dev is not used. Prints accuracy on the test split.
"""

import itertools
import math
import re
from collections import Counter, defaultdict

import click

from seqtasks import corpora
from seqtasks.scores.classification import classification_scores

_WORD = re.compile(r"[\w']+|[^\w\s]")


@click.command()
@click.argument("corpus")
def main(corpus):
    """Fit and score naive Bayes on CORPUS, named or a file or folder of your own."""
    data = corpora.load(corpus, kind="labelled")
    counts, texts = defaultdict(Counter), Counter()
    for row in data.split("train"):
        counts[row["label"]].update(features(row["text"]))
        texts[row["label"]] += 1
    known = set().union(*counts.values())
    totals = {label: sum(counts[label].values()) + len(known) for label in counts}

    def weight(label, text):
        seen = [feature for feature in features(text) if feature in known]
        likelihood = sum(math.log((counts[label][feature] + 1) / totals[label]) for feature in seen)
        return math.log(texts[label]) + likelihood

    rows = data.split("test")
    answers = [max(sorted(counts), key=lambda label: weight(label, row["text"])) for row in rows]
    for score in classification_scores(answers, [row["label"] for row in rows]):
        click.echo(f"{score.name} {score.value:.1f} [{score.low:.1f}, {score.high:.1f}]  {score.signature}")


def features(text):
    """Returns the set of a text's words and pairs of neighbours, in lower case, punctuation apart."""
    words = _WORD.findall(text.lower())
    return {*words, *itertools.pairwise(words)}


if __name__ == "__main__":
    main()
