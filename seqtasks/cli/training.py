"""train, ensemble, show and pack."""

import shlex
import time

import click

from seqtasks.cli import completing
from seqtasks.cli.group import cli, load_tensorflow
from seqtasks.cli.options import SET
from seqtasks.errors import UsageError, WorkerError

# Seconds between two lines of progress of a packing.
_SECONDS = 5


@cli.command()
@click.option(
    "--task", required=True, shell_complete=completing.tasks, help="Task to train; 'seqtasks tasks' lists them."
)
@click.option(
    "--config",
    shell_complete=completing.recipes,
    help="Name of a recipe, or a YAML file.  [default: the task's own recipe]",
)
@click.option(
    "--corpus", shell_complete=completing.corpora, help="A named corpus, a folder or file of your own, or tfds:NAME."
)
@SET
@click.option("--run", shell_complete=completing.runs, help="Run folder.  [default: runs/TASK]")
@click.option("--seed", type=int, help="Random seed of weights, example order and dropout.")
@click.option(
    "--seeds", type=click.IntRange(1, 1000), help="Train N runs that differ in their seed: RUN/seed-1, RUN/seed-2, ..."
)
@click.option(
    "--from",
    "base",
    metavar="RUN",
    shell_complete=completing.runs,
    help="Start from another run's text and weights, or from the embedding and encoder of language-model or fill.",
)
@click.option("--resume", is_flag=True, help="Continue an interrupted run.")
@click.option("--overwrite", is_flag=True, help="Replace an existing run.")
@click.option(
    "--workers",
    metavar="N|HOST:PORT,...|slurm",
    help="Train on several processes: N on this machine, or those at the addresses.",
)
@click.option("--worker", type=int, help="Number of this process among the addresses of --workers, from 0.")
@click.option(
    "--dry-run", is_flag=True, help="Print the settings, corpus sizes and parameter count, and train nothing."
)
def train(task, dry_run, seeds, workers, worker, **options):
    """Train a task into a run folder.

    With --seeds, repeat the same command to continue: finished runs are kept, an interrupted one resumes.
    With addresses in --workers, start the same command for each of them; worker 0 writes the run.
    """
    from seqtasks import training
    from seqtasks.cli import cards
    from seqtasks.training.seeds import prepare_group
    from seqtasks.training.workers.cluster import cluster_of

    cluster = cluster_of(workers, worker)
    if cluster and (seeds is not None or dry_run):
        raise UsageError(f"{cluster.count} workers train one run; leave out {'--dry-run' if dry_run else '--seeds'}")
    if cluster and cluster.index:
        _follow(cluster, task, options)
        return
    members = [training.prepare(task, **options)] if seeds is None else prepare_group(task, seeds=seeds, **options)
    begun = [member for member in members if isinstance(member, training.Prepared)]
    for prepared in begun:
        for key, (old, new) in prepared.changed.items():
            click.echo(f"changed: {key}: {old} -> {new}", err=True)
    if begun and not begun[0].settings.corpus.name.startswith("tfds:"):
        # Reads it now, so that its faults are reported before TensorFlow is loaded.
        _ = begun[0].corpus
    if dry_run and begun:
        load_tensorflow()
        click.echo(cards.dry_run(begun[0], *training.start(begun[0])))
    if dry_run:
        return
    if cluster:
        runs = [_train_together(cluster, task, begun[0], options)]
    else:
        runs = [_train(task, member) if member in begun else member for member in members]
    click.echo(cards.run_card(runs[0]) if seeds is None else cards.group_card(runs))


def _train_together(cluster, task, prepared, options):
    from seqtasks.training.preparing import command_of
    from seqtasks.training.workers.cluster import own_shares
    from seqtasks.training.workers.processes import started

    if shares := (prepared.resume or prepared.settings.training).shares:
        own_shares(cluster.index, cluster.count, shares)
    given = {name: value for name, value in options.items() if name not in ("resume", "overwrite")}
    words = shlex.split(command_of(task, **given))[1:] + (["--resume"] if prepared.resume else [])
    try:
        with started(cluster, words):
            return _train(task, prepared, _join(cluster, task, options))
    except WorkerError as error:
        if not (prepared.folder / "state.npz").exists():
            raise
        raise WorkerError(f"{error}; go on from the last saved state with: {_resuming(task, prepared)}") from error


def _follow(cluster, task, options):
    """Trains as a worker that is not the first."""
    workers = _join(cluster, task, options)
    from seqtasks.training.workers.following import follow

    click.echo(f"{workers.name}: training", err=True)
    try:
        follow(workers, task, corpus=options["corpus"])
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"{workers.name}: stopped, as all workers did") from None
    click.echo(f"{workers.name}: done", err=True)


def _join(cluster, task, options):
    """Meets the other workers and connects with them; returns the Together of this process."""
    from seqtasks.training.workers.meeting import meet

    meet(cluster, task, options)

    def start():
        from seqtasks.training.workers.together import Together

        return Together(cluster)

    return load_tensorflow(start)


def _train(task, prepared, workers=None):
    load_tensorflow()
    from seqtasks import training
    from seqtasks.cli.progress import TrainingProgress

    progress = TrainingProgress()
    try:
        return training.train(prepared, on_event=progress, workers=workers)
    except KeyboardInterrupt:
        progress.close()
        raise KeyboardInterrupt(_how_to_resume(task, prepared, progress)) from None
    finally:
        progress.close()


def _how_to_resume(task, prepared, progress):
    if not (prepared.resume or progress.begun) or not (prepared.folder / "state.npz").exists():
        return "Interrupted before anything was saved."
    return f"Interrupted; the state is saved. Continue with: {_resuming(task, prepared)}"


def _resuming(task, prepared):
    return shlex.join(["seqtasks", "train", "--task", task, "--run", str(prepared.folder), "--resume"])


@cli.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN...", shell_complete=completing.runs)
@click.option("--run", shell_complete=completing.runs, required=True, help="Run folder to write.")
@click.option("--overwrite", is_flag=True, help="Replace an existing run.")
def ensemble(runs, run, overwrite):
    """Make one run of several that answers with the mean of all.

    The runs are of one task, corpus and text; they may differ in seeds and sizes. RUN may also be a folder made by
    'train --seeds'. The new run keeps copies of the weights, and other verbs take it as they take any run.
    """
    from seqtasks.cli import cards
    from seqtasks.runs.ensembles import make_ensemble

    click.echo(cards.run_card(make_ensemble(runs, run=run, overwrite=overwrite)))


@cli.command()
@click.argument("run", shell_complete=completing.runs)
def show(run):
    """Show a run: corpus, settings, scores, time, samples."""
    from seqtasks.cli import cards
    from seqtasks.runs.folder import RunFolder

    click.echo(cards.run_card(RunFolder(run), samples=True))


@cli.command()
@click.argument("corpus", shell_complete=completing.corpora)
@click.option("--task", required=True, shell_complete=completing.tasks, help="Task that the corpus is for.")
@click.option(
    "--config",
    shell_complete=completing.recipes,
    help="Name of a recipe, or a YAML file, as in train.  [default: the task's own recipe]",
)
@SET
@click.option(
    "--from",
    "base",
    metavar="RUN",
    shell_complete=completing.runs,
    help="Use another run's text instead of learning vocabularies.",
)
@click.option("--output", required=True, help="Folder to write.")
def pack(corpus, task, output, **options):
    """Pack a corpus that is larger than memory: train on the result with --corpus.

    CORPUS is what train takes. The same command goes on after an interruption.
    """
    from seqtasks.cli import cards
    from seqtasks.tasks import schema_of

    schema_of(task)
    load_tensorflow()
    from seqtasks.training.packing import pack as write

    began = [time.monotonic()]

    def progress(rows):
        if time.monotonic() - began[0] > _SECONDS:
            began[0] = time.monotonic()
            click.echo(f"packed {rows:,} rows", err=True)

    try:
        manifest = write(task, corpus=corpus, output=output, progress=progress, **options)
    except KeyboardInterrupt:
        raise KeyboardInterrupt("Interrupted; the same command goes on from here.") from None
    click.echo(cards.packed(output, manifest))
