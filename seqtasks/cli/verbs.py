"""The verbs. What a verb needs is imported inside it, so that --help answers at once."""

import os
import shlex
import shutil
import sys

import click

from seqtasks.cli import cli, load_tensorflow
from seqtasks.limits import MOST, MOST_BEAMS
from seqtasks.writing import to_json

_SET = click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Change a setting; may be repeated.")
_BEAMS = click.IntRange(1, MOST_BEAMS)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_SPLIT = click.option("--split", help="Split of the run's corpus.  [default: test]")


@cli.command()
@click.option("--task", required=True, help="What to train: see 'seqtasks tasks'.")
@click.option("--config", help="Name of a recipe, or a YAML file.  [default: the task's own recipe]")
@click.option("--corpus", help="A named corpus, a folder or file of your own, or tfds:NAME.")
@_SET
@click.option("--run", help="Run folder.  [default: runs/TASK]")
@click.option("--seed", type=int, help="Of weights, order of examples and dropout.")
@click.option("--seeds", type=click.IntRange(1, 1000), help="Train N seeds, one run each: RUN/seed-1, RUN/seed-2, ...")
@click.option("--from", "base", metavar="RUN", help="Start from another run's text and weights.")
@click.option("--resume", is_flag=True, help="Go on with an interrupted run.")
@click.option("--overwrite", is_flag=True, help="Replace a run that is there.")
@click.option("--dry-run", is_flag=True, help="Print settings, corpus figures and parameter count; train nothing.")
def train(task, dry_run, seeds, **options):
    """Train a task into a run folder.

    With --seeds, the same command again keeps what is finished and goes on where it was cut off.
    """
    from seqtasks import training
    from seqtasks.cli import cards
    from seqtasks.training.seeds import prepare_group

    members = [training.prepare(task, **options)] if seeds is None else prepare_group(task, seeds=seeds, **options)
    begun = [member for member in members if isinstance(member, training.Prepared)]
    for prepared in begun:
        for key, (old, new) in prepared.changed.items():
            click.echo(f"changed: {key}: {old} -> {new}", err=True)
    if begun and not begun[0].settings.corpus.name.startswith("tfds:"):
        # Reads it now, so that what is wrong with it is said before TensorFlow is loaded.
        _ = begun[0].corpus
    if dry_run and begun:
        load_tensorflow()
        click.echo(cards.dry_run(begun[0], *training.start(begun[0])))
    if dry_run:
        return
    runs = [_train(task, member) if member in begun else member for member in members]
    click.echo(cards.run_card(runs[0]) if seeds is None else cards.group_card(runs))


def _train(task, prepared):
    load_tensorflow()
    from seqtasks import training
    from seqtasks.cli.progress import TrainingProgress

    progress = TrainingProgress()
    try:
        return training.train(prepared, on_event=progress)
    except KeyboardInterrupt:
        progress.close()
        raise KeyboardInterrupt(_how_to_resume(task, prepared, progress)) from None
    finally:
        progress.close()


def _how_to_resume(task, prepared, progress):
    if not (prepared.resume or progress.begun) or not (prepared.folder / "state.npz").exists():
        return "Interrupted before anything was saved."
    command = shlex.join(["seqtasks", "train", "--task", task, "--run", str(prepared.folder), "--resume"])
    return f"Interrupted; the state is saved. Go on with: {command}"


@cli.command()
@click.argument("run")
def show(run):
    """Show a run: corpus, settings, scores, time, samples."""
    from seqtasks.cli import cards
    from seqtasks.runs.folder import RunFolder

    click.echo(cards.run_card(RunFolder(run), samples=True))


@cli.command()
@click.argument("run")
@_SPLIT
@click.option("--input", "input_file", help="Your own sources, one a line; or labelled or tagged text, as in training.")
@click.option("--reference", "references", multiple=True, help="References of sources, line by line; may be repeated.")
@_JSON
def evaluate(run, split, input_file, references, as_json):
    """Score a run, and keep the predictions that were scored.

    RUN may also be the folder of 'train --seeds': then all its runs are scored.
    """
    from seqtasks import evaluation
    from seqtasks.cli import cards
    from seqtasks.cli.progress import AnswerProgress
    from seqtasks.runs.groups import is_group, open_runs

    folders = open_runs(run)
    chosen = {"split": split, "input_file": input_file, "reference_files": references}
    examples = evaluation.evaluation_rows(folders[0], **chosen)
    load_tensorflow()
    found = []
    for folder in folders:
        progress = AnswerProgress()
        try:
            found.append(evaluation.evaluate(folder, examples, progress=progress))
        finally:
            progress.close()
    if is_group(run):
        found = evaluation.GroupEvaluation(run, found)
        click.echo(to_json(found.as_dict()) if as_json else cards.group_evaluation(found))
    else:
        (found,) = found
        click.echo(to_json(found.as_dict()) if as_json else cards.evaluation(found))


@cli.command()
@click.argument("run")
@click.argument("texts", nargs=-1, metavar="[TEXT]...")
@click.option("--input", "input_file", help="File of texts, one a line; '-' is standard input.")
@click.option("--output", "output_file", help="File to write in place of standard output.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, with scores.")
@click.option("--conll", "as_conll", is_flag=True, help="Of words: a line each, word and tag, and a blank line.")
@click.option("--tokenized", is_flag=True, help="Of words: they are what stands between spaces.")
@click.option("--beam", type=_BEAMS, help="Hypotheses kept; 1 is greedy.  [default: the run's setting]")
@click.option("--n-best", type=_BEAMS, help="Give N answers each: line number, score, answer.")
def predict(run, texts, **options):
    """Answer texts: from the arguments, a file, or standard input. RUN may also be an exported model.

    One line in, one line out, in order; line ends inside an answer are escaped.
    """
    from seqtasks.cli import answering

    answering.predict(run, texts, **options)


@cli.command()
@click.argument("run")
@click.option("--prompt", default="", help="What the text begins with.")
@click.option("--length", type=click.IntRange(1, MOST), help="Pieces to write.  [default: the run's setting]")
@click.option("--temperature", type=click.FloatRange(1e-4, 1e4), help="Below 1, likely becomes likelier.")
@click.option("--top-k", type=click.IntRange(1, MOST), help="Draw from the K most probable pieces; 1 takes the best.")
@click.option("--seed", type=click.IntRange(0, MOST), help="Of the draws.")
def sample(run, prompt, **options):
    """Write what follows a prompt, drawn piece by piece, as it comes."""
    from seqtasks import Run
    from seqtasks.cli.answering import open_run, warn
    from seqtasks.utf8 import without_mark

    folder = open_run(run)
    folder.must_be_of("language-model", "which writes no text")
    load_tensorflow()
    model, prompt = Run(folder), without_mark(prompt)
    written = model.sample(prompt, **options)
    if prompt:
        warn(model.check(prompt), "the prompt")
    click.echo(prompt, nl=False)
    for part in written:
        click.echo(part, nl=False)
    click.echo()


@cli.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN [RUN]...")
@click.option("--check", is_flag=True, help="Compare the gradients of each weight with finite differences.")
@click.option("--steps", type=click.IntRange(min=2), help="How far back to look.  [default: 64]")
@click.option("--untrained", is_flag=True, help="With the weights that training started from.")
@click.option("--output", help="Picture to write: .png or .svg.")
def gradients(runs, check, steps, untrained, output):
    """Show how gradients flow back through time, or check them."""
    from seqtasks.cli import looking
    from seqtasks.errors import UsageError

    if check and (steps or untrained or output):
        raise UsageError("--check looks at each weight by itself; leave out --steps, --untrained and --output")
    if check:
        looking.check_gradients(runs)
    else:
        looking.show_flow(runs, steps=steps or 64, trained=not untrained, output=output)


@cli.command()
@click.argument("run")
@click.option("--input", "input_file", help="Text to read, a UTF-8 file.  [default: the test split]")
@click.option("--length", type=click.IntRange(min=2), help="Pieces to read from its beginning.  [default: 2000]")
@click.option("--output", help="Page to write, the text in the colours of any unit: .html.  [default: the terminal]")
def cells(run, input_file, length, output):
    """Show what single units of a language model follow in a text.

    Quotes, brackets, the place in the line, and what else a text has.
    """
    from seqtasks.cli.answering import open_run
    from seqtasks.cli.cells import colored, table
    from seqtasks.laboratory.cells import read_cells, rows_to_read
    from seqtasks.pictures.cells.page import SUFFIXES, as_html
    from seqtasks.pictures.suffixes import checked_suffix
    from seqtasks.writing import write_aside

    if output is not None:
        checked_suffix(output, SUFFIXES)
    folder = open_run(run)
    rows = rows_to_read(folder, input_file)
    load_tensorflow()
    found = read_cells(folder.load_task(), rows, length=length)
    if output is not None:
        write_aside(output, as_html(found, f"{run}, {input_file or 'test'}").encode())
        click.echo(output)
        return
    click.echo(table(found))
    if sys.stdout.isatty() and not os.environ.get("NO_COLOR"):
        click.echo("\n" + colored(found, width=shutil.get_terminal_size((100, 24)).columns))


@cli.command()
@click.argument("run")
@click.argument("text")
@click.option("--output", help="Picture to write: .png, .svg, .html or .json.  [default: text in the terminal]")
def attention(run, text, output):
    """Show what the model looked at while it answered TEXT. RUN may also be an exported model."""
    from seqtasks.cli.answering import open_model, warn
    from seqtasks.pictures import as_text
    from seqtasks.pictures.attention.table import SUFFIXES
    from seqtasks.pictures.suffixes import checked_suffix
    from seqtasks.utf8 import without_mark

    if output is not None:
        checked_suffix(output, SUFFIXES)
    model, text = open_model(run), without_mark(text)
    table = model.attention(text)
    warn(model.check(text), "the text")
    if output is not None:
        table.save(output)
        click.echo(output)
    else:
        color = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        click.echo(as_text(table, width=shutil.get_terminal_size((100, 24)).columns, color=color))


@cli.command()
@click.argument("run")
@click.option("--output", help="Folder to write.  [default: saved_models/TASK/NEXT NUMBER]")
def export(run, output):
    """Export a run as a SavedModel: strings in, strings out."""
    from seqtasks.runs.folder import RunFolder
    from seqtasks.serving.exporting import export as write

    folder = RunFolder(run)
    load_tensorflow()
    click.echo(write(folder, output=output))


@cli.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN RUN...")
@_SPLIT
@click.option("--output", help="Picture to write, the main score by length: .png or .svg.")
@_JSON
def compare(runs, split, output, as_json):
    """Test whether runs differ on the same examples.

    The first is the baseline. RUN may be the folder of 'train --seeds': then means over seeds are compared.
    """
    from seqtasks import evaluation
    from seqtasks.cli import cards
    from seqtasks.cli.progress import AnswerProgress
    from seqtasks.pictures.charts.score_lines import SUFFIXES
    from seqtasks.pictures.suffixes import checked_suffix
    from seqtasks.runs.groups import open_runs

    if output is not None:
        checked_suffix(output, SUFFIXES)
    systems = {run: open_runs(run) for run in runs}
    evaluation.refuse_unlike(systems)
    load_tensorflow()
    progress = AnswerProgress()
    try:
        rows = evaluation.compare(systems, split=split, progress=progress, picture=output)
    finally:
        progress.close()
    click.echo(to_json(rows) if as_json else cards.comparison(rows))


@cli.command()
@click.argument("name", required=False)
@click.option("--task", help="What the corpus is for.  [default: what a named corpus is for, else translate]")
@_SET
def corpora(name, task, overrides):
    """List the named corpora, or look into one.

    NAME is that of a named corpus, a folder, a file, or tfds:NAME.
    """
    from seqtasks import corpora as corpora_module
    from seqtasks.cli import cards

    if name is None:
        click.echo(cards.corpora(corpora_module.NAMED))
        return
    from seqtasks.errors import FaultsError
    from seqtasks.settings import resolve
    from seqtasks.tasks import schema_of, task_for

    task = task or (task_for(corpora_module.NAMED[name].kind) if name in corpora_module.NAMED else "translate")
    settings = resolve(schema_of(task), overrides=overrides, corpus__name=name)
    try:
        corpus = corpora_module.load_configured(settings.corpus)
    except FaultsError as error:
        raise error.in_full() from None
    limit = counters = None
    if settings.text.cuts:
        load_tensorflow()
        from seqtasks.tasks import make_task

        task = make_task(settings)
        task.fit_text(corpus)
        limit, counters = settings.text.max_length, task.piece_counters()
    click.echo(cards.corpus(corpora_module.report(corpus, limit=limit, count_pieces=counters), limit))


@cli.command()
def tasks():
    """List the tasks and their recipes."""
    from seqtasks.cli import cards

    click.echo(cards.tasks())
