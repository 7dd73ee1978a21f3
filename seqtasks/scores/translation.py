"""Scores of translations with sacrebleu (Post, 2018)."""

import unicodedata
from collections import Counter
from functools import partial

from seqtasks.scores import Metric, Score, bleu
from seqtasks.scores.significance import RESAMPLES, SWAPS

# Languages written without spaces, where sacrebleu's default tokenizer (13a) finds no words.
_TOKENIZERS = {"zh": "zh", "ja": "char", "th": "char", "lo": "char", "km": "char", "my": "char", "bo": "char"}
# Korean has spaces, but units between them are larger than words.
_WITH_SPACES = {"ko": "char"}
# Prefixes of the Unicode names of letters written without spaces, or as in Korean; the first two are Chinese.
_SCRIPTS = ("CJK", "BOPOMOFO", "HIRAGANA", "KATAKANA", "HANGUL", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN")
# Largest share of other letters in a text of Chinese characters that counts as Chinese.
_OTHERS = 0.02


def translation_scores(predictions, references, *, language, interval=True):
    """Scores translations with sacrebleu (Post, 2018).

    Args:
        predictions: list of str.
        references: for each prediction, one or more str.
        language: code or other name of the target language; see `tokenizer_for`.
        interval: also estimate a bootstrap interval (Koehn, 2004), over 1,000 resamples with sacrebleu's seed.

    Returns:
        [BLEU, chrF].
    """
    of_references = streams(references)
    scores = []
    # sacrebleu's warning about tokenized texts is given once for the whole set, not for each slice.
    for name, metric in bleu.metrics(tokenizer_for(language, references), remarks=interval).items():
        found = bleu.statistics(metric, predictions, of_references)
        value, (low, high) = bleu.score(metric, found), (None, None)
        if interval:
            low, high = _bounds(*bleu.resampled(metric, found, RESAMPLES))
        scores.append(Score(name, value, low, high, str(metric.get_signature())))
    return scores


def compare_translations(systems, references, *, language):
    """Paired significance tests of sacrebleu: bootstrap (Koehn, 2004) and approximate randomization (Riezler, 2005).

    sacrebleu counts only trials with a strictly greater difference, so systems with equal scores, or that differ in a
    few lines, would seem significantly different; here p-values are at least the smallest possible ones.

    Args:
        systems: {name: list of predictions}; the first is the baseline.
        references: for each line, one or more str.

    Returns:
        A list of {"system", "score", "value", "low", "high", "bootstrap_p", "randomization_p", "signature"}; the
        p-values are None for the baseline.
    """
    of_references, rows = streams(references), []
    named, tokenizer = list(systems.items()), tokenizer_for(language, references)
    tests = {
        kind: bleu.PairedTest(named, bleu.metrics(tokenizer), of_references, test_type=kind, n_samples=samples)
        for kind, samples in (("bs", RESAMPLES), ("ar", SWAPS))
    }
    (signatures, bootstraps), (_, randomizations) = tests["bs"](), tests["ar"]()
    for name, (label, signature) in zip(bleu.metrics(tokenizer), signatures.items(), strict=True):
        for i, (system, predictions) in enumerate(named):
            differing = sum(one != other for one, other in zip(named[0][1], predictions, strict=True))
            bootstrap, randomization = bootstraps[label][i], randomizations[label][i]
            low, high = _bounds(bootstrap.mean, bootstrap.ci)
            # Of 2 ** differing ways to swap, swapping none and swapping all give the observed difference.
            least = min(1.0, 2.0 ** (1 - differing))
            if bootstrap.score == bootstraps[label][0].score:
                least = 1.0
            rows.append(
                {
                    "system": system,
                    "score": name,
                    "value": float(bootstrap.score),
                    "low": low,
                    "high": high,
                    "bootstrap_p": (1.0 if least == 1.0 else bootstrap.p_value) if i else None,
                    "randomization_p": max(randomization.p_value, least) if i else None,
                    "signature": str(signature),
                }
            )
    return rows


def metrics(references, *, language):
    """Returns [BLEU, chrF] of predictions, a list of str, as Metrics; `references` and `language` as above."""
    found = bleu.metrics(tokenizer_for(language, references), references=streams(references))
    return [_resampled(name, metric) for name, metric in found.items()]


def _resampled(name, metric):
    statistics, value = partial(bleu.statistics, metric, streams=None), partial(bleu.value, metric)
    return Metric(name, str(metric.get_signature()), statistics, value)


def _bounds(mean, half):
    return max(0.0, float(mean - half)), min(100.0, float(mean + half))


def tokenizer_for(language, references):
    """Returns sacrebleu's name of the tokenizer for references.

    If the name is the code of a language that 13a does not suit, it decides; else the text does, as the name may be
    that of a column. If at least a quarter of the letters are of scripts without spaces, it is "zh" if nearly all of
    these are Chinese characters, else "char"; otherwise "13a".

    Args:
        language: code or other name of the language.
        references: for each line, one or more str.
    """
    code = _main_code(language)
    if known := (_TOKENIZERS | _WITH_SPACES).get(code):
        return known
    letters = Counter(letter for line in references for text in line for letter in text if letter.isalpha())
    scripts = Counter()
    for letter, count in letters.items():
        name = unicodedata.name(letter, "")
        scripts[next((script for script in _SCRIPTS if name.startswith(script)), None)] += count
    without_spaces = letters.total() - scripts[None]
    if without_spaces < max(1, letters.total() / 4):
        return "13a"
    others = without_spaces - scripts["CJK"] - scripts["BOPOMOFO"]
    return "zh" if others <= _OTHERS * without_spaces else "char"


def spaces_words(language):
    """Returns whether a language, given by its code, is written with spaces between words."""
    return _main_code(language) not in _TOKENIZERS


def _main_code(language):
    return language.replace("_", "-").split("-")[0].lower()


def streams(references):
    """Returns references by line as sacrebleu's streams; a missing one is None, since '' would count as a reference."""
    most = max([1, *map(len, references)])
    return [[line[i] if i < len(line) else None for line in references] for i in range(most)]
