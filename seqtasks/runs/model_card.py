"""The model card of a run or an exported model: README.md, with a head that model hubs read.

What the model is, how it scores, what it learned from, and where it must not be relied on: Mitchell et al. (2019),
"Model Cards for Model Reporting".
"""

import yaml

from seqtasks.runs.facts import changed_settings
from seqtasks.runs.folder import damaged
from seqtasks.scores import format_interval, format_score
from seqtasks.tasks import caution_of, summary_of
from seqtasks.writing import write_atomically

CARD = "README.md"
_GENERAL = "It knows its corpus alone, errors and prejudices included, and its scores hold for inputs like those of it."


def write_model_card(run):
    """Writes the model card of a RunFolder into it."""
    write_atomically(run.file(CARD), model_card(run).encode())


def model_card(run):
    """Returns the model card of a RunFolder, as Markdown; scores of earlier weights are left out."""
    scores = [record for record, fresh in run.kept_scores() if fresh]
    try:
        parts = [_head(run, scores), *_introduction(run), *_scores(scores), *_data(run), *_caution(run), *_making(run)]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise damaged(run.path, repr(error)) from None
    return "\n\n".join(parts) + "\n"


def _head(run, scores):
    corpus = run.manifest["corpus"]
    results = [
        {
            "task": {"type": run.task},
            "dataset": {"name": corpus["name"], "type": corpus["name"], "split": record["split"]},
            "metrics": [
                {"type": score["name"], "value": round(score["value"], 3), "name": score["signature"]}
                for score in record["scores"]
            ],
        }
        for record in scores
    ]
    head = {
        "library_name": "tensorflow",
        "tags": ["seqtasks", run.task],
        "license": "other",
        "license_name": f"the corpus: {corpus['licence']}",
        **({"language": list(corpus["languages"])} if corpus["languages"] else {}),
        "datasets": [corpus["name"]],
        **({"model-index": [{"name": f"{run.task}-{corpus['name']}", "results": results}]} if results else {}),
    }
    return f"---\n{yaml.safe_dump(head, sort_keys=False, allow_unicode=True, width=10_000)}---"


def _introduction(run):
    corpus, summary = run.manifest["corpus"], summary_of(run.task)
    direction = f" ({' to '.join(corpus['languages'])})" if corpus["languages"] else ""
    members = f" An ensemble of {len(run.members)} models, which answers with the mean of all." if run.members else ""
    return [
        f"# {run.task} on {corpus['name']}",
        f"{summary[:1].upper()}{summary[1:]}{direction}. {run.manifest['parameters']:,} weights.{members}",
        "In this folder:",
        "    seqtasks predict . < inputs.txt > answers.txt",
    ]


def _scores(scores):
    rows = []
    for record in scores:
        baselines = [(f"{score['name']} of a {score['of']}", score) for score in record.get("baselines", ())]
        for name, score in [*((score["name"], score) for score in record["scores"]), *baselines]:
            value = format_score(score["name"], score["value"])
            interval = format_interval(score["name"], score["low"], score["high"])
            signature = score["signature"].replace("|", "\\|")
            rows.append(f"| {record['split']} | {name} | {value} | {interval} | {signature} |")
    if not rows:
        return ["## Scores", "None yet; `seqtasks evaluate .` writes them here."]
    head = "| split | score | value | 95 % interval | how it is computed |\n|---|---|---|---|---|\n"
    return ["## Scores", "Intervals are of the sample, by bootstrap; another seed differs too.", head + "\n".join(rows)]


def _data(run):
    corpus = run.manifest["corpus"]
    sizes = ", ".join(f"{name} {size:,}" for name, size in corpus["splits"].items())
    return [
        "## Data",
        f"- corpus: {corpus['name']}; examples: {sizes}\n- origin: {corpus['origin']}\n- licence: {corpus['licence']}\n"
        f"- fingerprint: {corpus['fingerprint']}",
    ]


def _caution(run):
    return ["## Limits", f"{caution_of(run.task)} {_GENERAL}"]


def _making(run):
    manifest = run.manifest
    lines = [f"- settings: {changed_settings(run.settings)}"]
    if manifest.get("from"):
        lines.append(f"- started from: {manifest['from']}")
    if manifest.get("training_seconds"):
        time = f"{manifest['epochs']} epochs, {manifest['training_seconds']:,.0f} s"
        lines.append(f"- training: {time}; {manifest['machine']}")
    if best := manifest.get("best"):
        value = format_score(best["name"].removeprefix("dev "), best["value"])
        lines.append(f"- best epoch: {best['epoch']}, {best['name']} {value}")
    if versions := manifest.get("versions"):
        lines.append(f"- versions: {', '.join(f'{name} {version}' for name, version in versions.items())}")
    lines.append(f"- command: `{manifest['command']}`")
    return ["## How it was made", "\n".join(lines)]
