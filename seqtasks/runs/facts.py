"""What a run is, in lines for a terminal and for a notebook."""

from contextlib import contextmanager

from seqtasks.runs.folder import damaged
from seqtasks.scores import format_score
from seqtasks.settings import changes, flatten
from seqtasks.tasks import schema_of


def facts_of(run):
    """Returns [(name, text), ...] about a RunFolder: task, corpus, size, settings that are not the default, time."""
    manifest, corpus = run.manifest, run.manifest["corpus"]
    state = "" if run.is_trained else "  (training is unfinished; continue with --resume)"
    splits = ", ".join(f"{name} {size:,}" for name, size in corpus["splits"].items())
    lines = [
        ("run", f"{run.path}{state}"),
        ("task", ", ".join([manifest["task"], *direction(corpus["languages"])])),
        ("corpus", f"{corpus['name']} ({splits})"),
        ("licence", corpus["licence"]),
        ("parameters", f"{manifest['parameters']:,}"),
        ("settings", changed_settings(run.settings)),
        *_members(run),
    ]
    if manifest.get("from"):
        lines.append(("started from", manifest["from"]))
    if manifest.get("training_seconds"):
        time = f"{clock(manifest['training_seconds'])} for {manifest['epochs']} epochs, {manifest['steps']:,} steps"
        lines += [("training", time), ("machine", manifest["machine"])]
    return lines


def changed_settings(settings):
    """Returns the settings that differ from the defaults, and the seed, as one line."""
    defaults = schema_of(settings.task)()
    changed = {key: new for key, (_, new) in changes(defaults, settings).items() if key != "seed"}
    shown = ", ".join(f"{key}={value}" for key, value in changed.items())
    return f"{shown or 'all at their defaults'}, seed={flatten(settings)['seed']}"


def score_name(manifest):
    """Returns the name of the dev score, "" if it is not known yet."""
    return (manifest.get("best") or {}).get("name", "").removeprefix("dev ")


def clock(seconds):
    """Returns seconds as m:ss or h:mm:ss."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def direction(languages):
    """Returns a list of "es to en", or an empty one."""
    return [" to ".join(languages)] if languages else []


@contextmanager
def whole(path):
    """Raises RunError if a file of a run that is read inside the block has an unexpected form."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise damaged(path, repr(error)) from None


def _members(run):
    """Returns a line for each member of an ensemble: its run, what differs from the first, and its best score."""
    lines = []
    with whole(run.file("manifest.json")):
        for number, (member, settings) in enumerate(zip(run.manifest.get("members", ()), run.members, strict=True), 1):
            parts = [f"{key}={new}" for key, (_, new) in changes(run.settings, settings).items() if key != "seed"]
            if best := member["best"]:
                name = best["name"].removeprefix("dev ")
                parts.append(f"best {best['name']} {format_score(name, best['value'])} in epoch {best['epoch']}")
            lines.append((f"member {number}", ", ".join([member["run"], f"seed={settings.seed}", *parts])))
    return lines
