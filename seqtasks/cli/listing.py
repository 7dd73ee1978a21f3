"""corpora and tasks."""

import click

from seqtasks.cli import completing
from seqtasks.cli.group import cli, load_tensorflow
from seqtasks.cli.options import SET


@cli.command()
@click.argument("name", required=False, shell_complete=completing.corpora)
@click.option(
    "--task",
    shell_complete=completing.tasks,
    help="What the corpus is for.  [default: what a named corpus is for, else translate]",
)
@SET
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
    if corpus.packed:
        corpus.packed.verify()
        click.echo(cards.packed(name, corpus.packed.manifest))
        return
    limit = counters = measure = None
    if settings.text.cuts:
        load_tensorflow()
        from seqtasks.tasks import task_class

        text = task_class(task).Text.fit(corpus, settings)
        limit, counters, measure = settings.text.max_length, text.counters(), text.measured
    report = corpora_module.report(corpus, limit=limit, count_pieces=counters, measure=measure)
    click.echo(cards.corpus(report, limit))


@cli.command()
def tasks():
    """List the tasks and their recipes."""
    from seqtasks.cli import cards

    click.echo(cards.tasks())
