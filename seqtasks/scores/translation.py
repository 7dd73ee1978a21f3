"""Scores of translations, by sacrebleu (Post, 2018)."""

from sacrebleu.metrics import BLEU, CHRF
from sacrebleu.significance import PairedTest, _bootstrap_resample, estimate_ci

from seqtasks.scores import Metric, Score, significance
from seqtasks.scores.significance import RESAMPLES, SWAPS

# Languages written without spaces, where sacrebleu's default tokenizer (13a) finds no words.
_TOKENIZERS = {"zh": "zh", "ja": "char", "th": "char"}


def translation_scores(predictions, references, *, language, interval=True):
    """Scores translations with sacrebleu (Post, 2018).

    Args:
        predictions: list of str.
        references: for each prediction, one or more str.
        language: code of the target language; decides the tokenizer of BLEU.
        interval: also estimate a bootstrap interval (Koehn, 2004), over 1,000 resamples with sacrebleu's seed.

    Returns:
        [BLEU, chrF].
    """
    streams = _streams(references)
    scores = []
    for name, metric in _metrics(language).items():
        value, (low, high) = float(metric.corpus_score(predictions, streams).score), (None, None)
        if interval:
            # Not by corpus_score, whose mean of resamples fails where only some of them score 0.
            statistics = metric._extract_corpus_statistics(predictions, streams)
            metric.n_bootstrap = RESAMPLES
            metric.seed, resamples = _bootstrap_resample(statistics, metric, RESAMPLES)
            low, high = _bounds(*estimate_ci([resample.score for resample in resamples]))
        scores.append(Score(name, value, low, high, str(metric.get_signature())))
    return scores


def compare_translations(systems, references, *, language):
    """Paired significance tests of sacrebleu: bootstrap (Koehn, 2004) and approximate randomization (Riezler, 2005).

    sacrebleu counts only trials of a strictly greater difference, so that systems which differ in no line or in a few
    would seem significantly different; p-values are kept at what is possible there.

    Args:
        systems: {name: list of predictions}; the first is the baseline.
        references: for each line, one or more str.

    Returns:
        A list of {"system", "score", "value", "low", "high", "bootstrap_p", "randomization_p", "signature"}; the
        p-values are None for the baseline.
    """
    streams, rows = _streams(references), []
    named = list(systems.items())
    tests = {
        kind: PairedTest(named, _metrics(language), streams, test_type=kind, n_samples=samples)
        for kind, samples in (("bs", RESAMPLES), ("ar", SWAPS))
    }
    (signatures, bootstraps), (_, randomizations) = tests["bs"](), tests["ar"]()
    for name, (label, signature) in zip(_metrics(language), signatures.items(), strict=True):
        for i, (system, predictions) in enumerate(named):
            differing = sum(one != other for one, other in zip(named[0][1], predictions, strict=True))
            bootstrap, randomization = bootstraps[label][i], randomizations[label][i]
            low, high = _bounds(bootstrap.mean, bootstrap.ci)
            rows.append(
                {
                    "system": system,
                    "score": name,
                    "value": float(bootstrap.score),
                    "low": low,
                    "high": high,
                    "bootstrap_p": (bootstrap.p_value if differing else 1.0) if i else None,
                    # Of 2 ** differing ways to swap, none and all give the difference that was seen.
                    "randomization_p": max(randomization.p_value, min(1.0, 2.0 ** (1 - differing))) if i else None,
                    "signature": str(signature),
                }
            )
    return rows


def compare_groups(systems, references, *, language):
    """Compares means over seeds; see significance.compare_groups.

    Args:
        systems: {name: list, by seed, of lists of predictions}; the first is the baseline.
        references: for each line, one or more str.
    """
    metrics = [_resampled(name, metric) for name, metric in _metrics(language, references=_streams(references)).items()]
    return significance.compare_groups(systems, metrics)


def _resampled(name, metric):
    def statistics(predictions):
        return metric._extract_corpus_statistics(predictions, None)

    def value(totals):
        return float(metric._compute_score_from_stats(list(totals)).score)

    return Metric(name, str(metric.get_signature()), statistics, value)


def _bounds(mean, half):
    return max(0.0, float(mean - half)), min(100.0, float(mean + half))


def spaces_words(language):
    """Tells whether a language, given by its code, is written with spaces between words."""
    return _main_code(language) not in _TOKENIZERS


def _main_code(language):
    return language.replace("_", "-").split("-")[0].lower()


def _metrics(language, *, references=None):
    tokenizer = _TOKENIZERS.get(_main_code(language), "13a")
    return {"BLEU": BLEU(tokenize=tokenizer, references=references), "chrF": CHRF(references=references)}


def _streams(references):
    """Turns references a line into sacrebleu's streams; a missing one is None, since '' would count as a reference."""
    most = max([1, *map(len, references)])
    return [[line[i] if i < len(line) else None for line in references] for i in range(most)]
