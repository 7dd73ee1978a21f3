"""predict and sample: reading texts, writing answers, and warnings about inputs on stderr."""

import logging
import os
import sys
from pathlib import Path

import click

from seqtasks import utf8
from seqtasks.cli import completing
from seqtasks.cli.group import cli, load_tensorflow
from seqtasks.cli.options import BEAMS, counted, open_model, open_run
from seqtasks.errors import CorpusError, FaultsError, UsageError
from seqtasks.limits import MOST
from seqtasks.writing import opened, refuse_folder, stream_into


@cli.command()
@click.argument("run", shell_complete=completing.runs)
@click.argument("texts", nargs=-1, metavar="[TEXT]...")
@click.option("--input", "input_file", help="File with one text on each line; '-' is standard input.")
@click.option("--output", "output_file", help="File to write to instead of standard output.")
@click.option("--resume", is_flag=True, help="Go on with an --output that was interrupted.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object on each line, with scores.")
@click.option(
    "--conll", "as_conll", is_flag=True, help="Write CoNLL columns, one word and its tag on each line (taggers only)."
)
@click.option("--tokenized", is_flag=True, help="The input is already split into words at spaces (taggers only).")
@click.option("--beam", type=BEAMS, help="Beam width; 1 is greedy search.  [default: the run's setting]")
@click.option("--n-best", type=BEAMS, help="Write the N best answers: line number, score, answer.")
@click.option("--prefix", metavar="TEXT", help="Begin each answer with TEXT, and search for the rest.")
@click.option(
    "--beam-runner",
    metavar="NAME",
    help="Answer many files with Apache Beam: --input is a pattern, --output a folder; FnApiRunner runs here.",
)
@click.option(
    "--beam-option", "beam_options", multiple=True, metavar="KEY=VALUE", help="Pipeline option; may be repeated."
)
def predict(run, texts, **options):
    """Answer texts from the arguments, a file or standard input. RUN may also be an exported model.

    One line in, one line out, in order; line ends inside an answer are escaped. A captioner takes paths of images.
    """
    _predict(run, texts, **options)


@cli.command()
@click.argument("run", shell_complete=completing.runs)
@click.option("--prompt", default="", help="Beginning of the text.")
@click.option("--length", type=click.IntRange(1, MOST), help="Number of pieces to add.  [default: the run's setting]")
@click.option(
    "--temperature", type=click.FloatRange(1e-4, 1e4), help="Sampling temperature; below 1 makes likely text likelier."
)
@click.option(
    "--top-k",
    type=click.IntRange(1, MOST),
    help="Sample from the K most probable pieces only; 1 always takes the best.",
)
@click.option("--seed", type=click.IntRange(0, MOST), help="Random seed of the sampling.")
def sample(run, prompt, **options):
    """Continue a prompt, sampled piece by piece and printed as it comes."""
    from seqtasks import Run
    from seqtasks.utf8 import without_mark

    folder = open_run(run)
    folder.must_write("sampling")
    load_tensorflow()
    model, prompt = Run(folder), without_mark(prompt)
    written = model.sample(prompt, **options)
    if prompt:
        warn(model.check(prompt), "the prompt")
    click.echo(prompt, nl=False)
    for part in written:
        click.echo(part, nl=False)
    click.echo()


def _predict(run, texts, *, input_file, output_file, resume, beam_runner, beam_options, **how):
    """Answers the texts; the arguments are those of the verb."""
    from seqtasks.answering import AnswerFile, Form

    form = Form(**how)
    is_file = input_file not in (None, "-")
    if texts and input_file is not None:
        raise UsageError("both texts and --input were given; give only one of them, and a pattern in quotes")
    if form.beam and form.n_best and form.n_best > form.beam:
        raise UsageError(f"--n-best {form.n_best} needs --beam {form.n_best} or more, received --beam {form.beam}")
    if form.as_json and form.as_conll:
        raise UsageError("both --json and --conll were given; give only one of them")
    if beam_runner is not None:
        if not is_file or output_file is None:
            raise UsageError("--beam-runner needs --input with files and --output with a folder")
        if resume:
            raise UsageError("--resume is not for --beam-runner: the same command goes on by itself; leave it out")
        _answer_folder(run, input_file, output_file, form, beam_runner, beam_options)
        return
    if beam_options:
        raise UsageError("--beam-option needs --beam-runner")
    if output_file is not None:
        _refuse_output(output_file, run)
    if is_file and output_file is not None and os.path.isfile(input_file) and not stream_into(output_file):
        answering = AnswerFile(input_file, output_file, form, model=run, resume=resume)
        model = open_model(run)
        with counted("lines") as progress:
            answering.write(model, told=lambda number, answer: warn(answer, f"line {number}"), progress=progress)
        return
    if resume:
        raise UsageError("--resume needs --input with a file and --output with a file; leave it out")
    _answer_stream(run, texts, input_file if is_file else None, output_file, form)


def _answer_stream(run, texts, input_file, output_file, form):
    """Answers arguments, a file or standard input, and prints the answers or writes them into a file."""
    if input_file is not None:
        from seqtasks.answering import texts_in

        lines = texts_in(input_file)
    else:
        lines = map(utf8.without_mark, texts) if texts else utf8.decoded(_read_stdin(), "standard input", what="it")
    model = open_model(run)
    if not texts and input_file is None and output_file is None and sys.stdin.isatty():
        _prompt(model, form)
        return
    written = _answer_lines(model, lines, form, named="text" if texts else "line", source=input_file)
    if output_file is None:
        for line in written:
            click.echo(line)
        return
    with opened(output_file) as file:
        for line in written:
            file.write(f"{line}\n".encode())


def _read_stdin():
    try:
        yield from sys.stdin.buffer
    except OSError as error:
        raise CorpusError(f"standard input cannot be read: {error.strerror}") from None


def _answer_folder(run, pattern, output, form, runner, options):
    """Answers the files that a pattern matches into a folder, with Apache Beam."""
    if not click.get_current_context().obj["debug"]:
        # Beam warns of packages of cloud services that are not installed, and prints the traceback of each failure.
        logging.getLogger().setLevel(logging.CRITICAL)
    try:
        from seqtasks.beam import model_at, options_of, run_folder_job, runner_named
    except ImportError as error:
        raise UsageError(str(error)) from None
    from seqtasks.answering import FolderJob
    from seqtasks.locking import locked

    runner = runner_named(runner)
    options = options_of([f"--{option.removeprefix('--')}" for option in options], runner=runner)
    job, files = FolderJob.of(pattern, output, form, model=run)
    if job.left(files):
        load_tensorflow()
        # Loads the model here too, and answers nothing, so that what is wrong with the options is told at once.
        model = model_at(job.model, job.job["model"])
        form.written(1, "", *form.answers(model, [model.predictor.reader.from_line("", "line 1")]))
    try:
        with locked(output, option="--output"):
            summary = run_folder_job(job, files, runner=runner, options=options)
    except KeyboardInterrupt:
        raise KeyboardInterrupt("Interrupted; the same command goes on from here.") from None
    click.echo(f"answered {summary.lines:,} lines of {summary.files - len(summary.broken):,} files", err=True)
    if summary.faults:
        click.echo(f"{summary.faults:,} lines have no answer; '{job.faults}' says why", err=True)
    if summary.broken:
        raise FaultsError(summary.broken, advice="; the same command goes on with what is left")


def _refuse_output(path, run):
    """Raises UsageError if predictions would overwrite a folder, or a file of the run itself."""
    refuse_folder(path)
    if os.path.exists(path) and Path(os.path.realpath(run)) in Path(os.path.realpath(path)).parents:
        raise UsageError(f"--output '{path}' is inside the run '{run}'; write to a file elsewhere")


def _answer_lines(model, lines, form, *, named, source=None):
    """Yields the lines to write, and warns on stderr about texts that were cut or are unknown.

    `source` is the file that the texts are lines of, if they are; they are called what `named` says.
    """
    from seqtasks.answering import answer_lines

    def place(number):
        return f"{source}:{number}" if source else f"{named} {number}"

    def told(number, answer):
        warn(answer, f"{named} {number}")

    for written in answer_lines(model, lines, form, place=place, told=told):
        yield from written


def warn(answer, where):
    """Warns on stderr about a text that was cut or is mostly unknown, and of what else its answer remarks."""
    from seqtasks.cli.progress import say

    for remark in answer.remarks:
        say(f"{where}: {remark}")


def _prompt(model, form):
    click.echo("Enter one text a line; end with Ctrl-D.", err=True)
    while True:
        try:
            text = input("> " if sys.stdout.isatty() else "")
        except EOFError:
            click.echo(err=True)
            return
        for line in _answer_lines(model, iter([utf8.without_mark(text)]), form, named="text"):
            click.echo(line)
