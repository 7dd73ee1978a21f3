"""The text that the verbs print."""

import shlex

from seqtasks.corpora import KINDS
from seqtasks.runs.facts import clock, direction, facts_of, score_name, whole
from seqtasks.scores import format_score, mean_and_deviation, spread
from seqtasks.settings import read_yaml, recipes, to_yaml
from seqtasks.tasks import TASKS, summary_of, task_for


def run_card(run, *, samples=False):
    """Returns the card of a RunFolder."""
    manifest, lines = run.manifest, facts_of(run)
    with whole(run.file("log.jsonl")):
        lines += [("epoch " + str(r["epoch"]), _epoch(r, manifest)) for r in run.read_lines("log.jsonl")]
    for record, fresh in run.kept_scores():
        with whole(run.file("scores")):
            lines += _kept_scores(record) if fresh else _stale_scores(record, run)
    lines.append(("again with", manifest["command"]))
    with whole(run.file("samples.jsonl")):
        lines += _samples(run) if samples else []
    return _columns(lines)


def dry_run(prepared, task, corpus):
    """Returns settings, corpus figures and parameter count."""
    lines = [
        ("run", prepared.folder),
        ("corpus", ", ".join([corpus.name, *direction(corpus.languages)])),
        *((name, f"{size:,} examples") for name, size in corpus.sizes.items()),
        ("text", task.text.description),
        ("parameters", f"{task.model.count_params():,}"),
    ]
    return to_yaml(prepared.settings) + "\n" + _columns(lines)


def evaluation(found):
    """Returns the scores of an Evaluation."""
    lines = [(score.name, _value(**score.as_dict())) for score in found.scores]
    lines += [(f"of a {name}", _value(**score.as_dict())) for name, score in found.baselines]
    for sliced in found.slices:
        name = sliced["score"]
        parts = (
            f"{label}: {format_score(name, part['value'])} ({part['examples']:,})"
            for label, part in sliced["parts"].items()
        )
        lines.append((f"{name} by {sliced['by']}", ", ".join(parts)))
    lines += [(row["class"], _class(row)) for row in found.classes]
    lines += [
        ("examples", f"{found.examples:,} of {found.split}, {found.examples_per_s:,.0f} a second"),
        ("predictions", found.predictions),
    ]
    return _columns(lines)


def group_card(runs):
    """Returns the card of runs with different seeds: best dev score and time of each, mean and deviation."""
    lines, name = [], score_name(runs[0].manifest)
    for run in runs:
        best, time = run.manifest["best"], clock(run.manifest["training_seconds"])
        lines.append(
            (
                str(run.path),
                f"best {best['name']} {format_score(name, best['value'])} in epoch {best['epoch']}, trained in {time}",
            )
        )
    mean, deviation = mean_and_deviation([run.manifest["best"]["value"] for run in runs])
    return _columns([*lines, (f"mean dev {name}", spread(name, mean, deviation, len(runs)))])


def group_evaluation(found):
    """Returns the scores of a GroupEvaluation."""
    lines = []
    for run in found.runs:
        values = ", ".join(f"{score.name} {format_score(score.name, score.value)}" for score in run.scores)
        lines.append((run.run, f"{values}  ({run.examples:,} of {run.split}, {run.examples_per_s:,.0f} a second)"))
    for row in found.summary():
        lines.append(
            (
                f"mean {row['name']}",
                f"{spread(row['name'], row['mean'], row['deviation'], row['runs'])}  {row['signature']}",
            )
        )
    return _columns(lines)


def comparison(rows):
    """Returns the table of a comparison."""
    lines = []
    for row in rows:
        chance = "baseline"
        if row["bootstrap_p"] is not None:
            chance = f"p = {row['bootstrap_p']:.4f} (bootstrap)"
            if "randomization_p" in row:
                chance += f", {row['randomization_p']:.4f} (randomization)"
        system = row["system"]
        if "runs" in row:
            system += f", {spread(row['score'], row['value'], row['deviation'], row['runs'])}"
        value = _value(row["score"], row["value"], row["low"], row["high"], "")
        lines.append((row["score"], f"{value}{system}  {chance}"))
    signatures = dict.fromkeys((row["score"], row["signature"]) for row in rows)
    lines += [(f"{name} signature", signature) for name, signature in signatures]
    return _columns(lines)


def corpora(named):
    """Returns the list of the named corpora."""
    lines = []
    for name, known in named.items():
        lines += [(name, known.summary), ("", known.size), ("", f"{known.licence}; {known.origin}")]
    lines += [
        ("PATH", "your own text, plain or .gz; in a folder for train, dev and test, or in one file"),
        *((f"  of {task_for(kind.name) or kind.what}", kind.forms) for kind in KINDS.values()),
        ("tfds:NAME", "any TensorFlow dataset with these, such as tfds:ted_hrlr_translate/pt_to_en"),
    ]
    return _columns(lines)


def corpus(report, limit):
    """Returns a corpus report; `limit` is the length limit in pieces, if there is one."""
    kind = KINDS[report.kind]
    lines = [
        ("corpus", ", ".join([report.name, *(direction(report.languages) or [kind.what])])),
        ("licence", report.licence),
        ("origin", report.origin),
        ("fingerprint", report.fingerprint[:16]),
    ]
    for name, split in report.splits.items():
        facts = kind.facts(split, limit) + report.measured[name]
        lines += [(f"  {label}" if label else name, value) for label, value in facts]
    for name, overlap in report.overlaps.items():
        lines.append((f"{name} in train", ", ".join(f"{count:,} {what}s" for what, count in overlap.items())))
    lines += [("sample", kind.shown(row)) for row in report.samples]
    lines += [("problem", problem) for problem in report.problems] or [("problems", "none")]
    return _columns(lines)


def packed(path, manifest):
    """Returns the card of a packed corpus in a folder, from its manifest."""
    size = sum(facts["bytes"] for facts in manifest["files"].values())
    lines = [
        ("packed", f"{path}, {size / 1e6:,.1f} MB"),
        ("corpus", ", ".join([manifest["name"], *direction(manifest["languages"])])),
        ("licence", manifest["licence"]),
        ("origin", manifest["origin"]),
        ("train", f"{manifest['rows']:,} rows, {manifest['examples']:,} examples"),
        ("dropped", f"{manifest['dropped']:,} rows that are in another split or share a sentence with one"),
        ("other splits", ", ".join(manifest["splits"])),
        ("train on it", f"seqtasks train --task {manifest['task']} --corpus {shlex.quote(str(path))}"),
    ]
    return _columns(lines)


def tasks():
    """Returns the tasks and their recipes."""
    lines = []
    for task in TASKS:
        lines.append((task, summary_of(task)))
        for name, path in recipes().items():
            if read_yaml(path).get("task", name) == task:
                lines.append((f"  --config {name}", path.read_text(encoding="utf-8").split("\n", 1)[0].lstrip("# ")))
    return _columns(lines)


def _class(row):
    values = "  ".join(f"{name} {row[name]:.1f}" for name in ("precision", "recall", "f1"))
    return f"{values}  ({row['support']:,}, predicted {row['predicted']:,})"


def _epoch(record, manifest):
    best = "  best" if record["epoch"] == (manifest.get("best") or {}).get("epoch") else ""
    dev = format_score(score_name(manifest), record["dev"])
    return f"loss {record['loss']:.3f}  dev {dev}  {clock(record['seconds'])}{best}"


def _kept_scores(record):
    return [(f"{record['split']} {score['name']}", _value(**_interval(score))) for score in record["scores"]] + [
        (f"{record['split']} of a {score['of']}", _value(**_interval(score))) for score in record.get("baselines", ())
    ]


def _stale_scores(record, run):
    return [(f"{record['split']} scores", f"are of earlier weights; renew them with 'seqtasks evaluate {run.path}'")]


def _samples(run):
    lines = []
    for record in run.read_lines("samples.jsonl"):
        if "text" in record:
            lines += [(f"step {record['step']:,}", f"loss {record['loss']:.3f}")]
            lines += [("", line) for line in record["text"].split("\n")]
            continue
        lines += [
            (f"epoch {record['epoch']}", record["input"]),
            ("", f"-> {record['answer']}"),
            ("", f" = {record['reference']}"),
        ]
    return lines


def _interval(score):
    return {key: score[key] for key in ("name", "value", "low", "high", "signature")}


def _value(name, value, low, high, signature):
    interval = f" [{format_score(name, low)}, {format_score(name, high)}]" if low is not None else ""
    return f"{format_score(name, value)}{interval}  {signature}"


def _columns(lines):
    width = max(len(str(name)) for name, _ in lines)
    return "\n".join(f"{name:<{width}}  {value}".rstrip() for name, value in lines)
