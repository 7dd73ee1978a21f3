"""Scores with signatures and intervals; no TensorFlow.

Every value is on 0-100. A signature says how it was computed; scores with different signatures do not compare.
"""

from dataclasses import asdict, dataclass
from statistics import fmean, stdev

import numpy as np
from sacrebleu.metrics import BLEU, CHRF
from sacrebleu.significance import PairedTest, _bootstrap_resample, estimate_ci

# Languages written without spaces, where sacrebleu's default tokenizer (13a) finds no words.
_TOKENIZERS = {"zh": "zh", "ja": "char", "th": "char"}
_RESAMPLES = 1000
_SEED = 12345


@dataclass(frozen=True)
class Score:
    """A score, its 95 % interval around the mean of the bootstrap (None where not asked for), and its signature."""

    name: str
    value: float
    low: float | None
    high: float | None
    signature: str

    def as_dict(self):
        """Returns the score as JSON values."""
        return asdict(self)


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
            metric.n_bootstrap = _RESAMPLES
            metric.seed, resamples = _bootstrap_resample(statistics, metric, _RESAMPLES)
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
        for kind, samples in (("bs", _RESAMPLES), ("ar", 10 * _RESAMPLES))
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
    """Compares means over seeds: a bootstrap over test lines and over seeds at once.

    Each of 1,000 resamples draws lines, and for each system seeds, with replacement. So both a luckier test set and
    luckier seeds count as chance; with few seeds little is significant.

    Args:
        systems: {name: list, by seed, of lists of predictions}; the first is the baseline.
        references: for each line, one or more str.

    Returns:
        A list of {"system", "score", "runs", "value" (mean), "deviation" (n - 1, None for one run), "low", "high" (95 %
        of the resamples), "bootstrap_p" (two-sided, None for the baseline), "signature"}.
    """
    streams, rows = _streams(references), []
    for name, metric in _metrics(language).items():
        random = np.random.default_rng(_SEED)
        statistics = {
            system: np.array([metric._extract_corpus_statistics(one, streams) for one in predictions], float)
            for system, predictions in systems.items()
        }
        resampled = {system: [] for system in systems}
        for _ in range(_RESAMPLES):
            lines = random.integers(len(references), size=len(references))
            for system, of_runs in statistics.items():
                drawn = of_runs[random.integers(len(of_runs), size=len(of_runs))]
                totals = drawn[:, lines].sum(axis=1)
                resampled[system].append(np.mean([_value_of(metric, total) for total in totals]))
        baseline = None
        for system, of_runs in statistics.items():
            values = [_value_of(metric, one.sum(axis=0)) for one in of_runs]
            mean, deviation = mean_and_deviation(values)
            resamples = np.array(resampled[system])
            low, high = np.percentile(resamples, [2.5, 97.5])
            chance = None
            if baseline is None:
                baseline = resamples
            else:
                below, above = (resamples <= baseline).sum(), (resamples >= baseline).sum()
                chance = float(min(1.0, 2 * (1 + min(below, above)) / (1 + _RESAMPLES)))
            rows.append(
                {
                    "system": system,
                    "score": name,
                    "runs": len(values),
                    "value": mean,
                    "deviation": deviation,
                    "low": float(low),
                    "high": float(high),
                    "bootstrap_p": chance,
                    "signature": str(metric.get_signature()),
                }
            )
    return rows


def mean_and_deviation(values):
    """Returns the mean and the sample standard deviation (n - 1) of numbers, the latter None for a single one."""
    return fmean(values), stdev(values) if len(values) > 1 else None


def _value_of(metric, statistics):
    return float(metric._compute_score_from_stats(list(statistics)).score)


def _bounds(mean, half):
    return max(0.0, float(mean - half)), min(100.0, float(mean + half))


def spaces_words(language):
    """Tells whether a language, given by its code, is written with spaces between words."""
    return _main_code(language) not in _TOKENIZERS


def _main_code(language):
    return language.replace("_", "-").split("-")[0].lower()


def _metrics(language):
    return {"BLEU": BLEU(tokenize=_TOKENIZERS.get(_main_code(language), "13a")), "chrF": CHRF()}


def _streams(references):
    """Turns references a line into sacrebleu's streams; a missing one is None, since '' would count as a reference."""
    most = max([1, *map(len, references)])
    return [[line[i] if i < len(line) else None for line in references] for i in range(most)]
