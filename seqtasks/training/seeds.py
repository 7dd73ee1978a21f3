"""Training with several seeds: a group of runs; finished ones are kept and interrupted ones resumed."""

from seqtasks.errors import RunError, UsageError
from seqtasks.runs.folder import RunFolder
from seqtasks.settings import changes, listed
from seqtasks.training import prepare
from seqtasks.training.preparing import begin_with, run_path


def prepare_group(task, *, seeds, run=None, seed=None, resume=False, overwrite=False, **options):
    """Checks a training with several seeds; other arguments are those of `training.prepare`.

    Args:
        seeds: number of seeds, counted up from `seed`.
        run: the folder of the group.

    Returns:
        For each seed its RunFolder if it is already trained, else Prepared. Raises as `prepare` does, and RunError
        if a run of the group has other settings.
    """
    if resume:
        raise UsageError("--seeds resumes interrupted runs by itself; leave out --resume")
    folder = run_path(task, run)
    if (folder / "manifest.json").exists():
        raise RunError(f"'{folder}' is a single run, not a folder of runs; choose another folder with --run")
    first = begin_with(task, seed=seed, **options)
    found = []
    for number in range(first.seed, first.seed + seeds):
        member = folder / f"seed-{number}"
        if overwrite or not (member / "manifest.json").exists():
            found.append(prepare(task, run=member, seed=number, overwrite=overwrite, **options))
            continue
        old = RunFolder(member)
        old.must_be_single("--seeds")
        if changed := changes(old.settings, first.model_copy(update={"seed": number})):
            raise RunError(
                f"'{member}' was trained with other settings: {listed(changed)}; choose another folder with --run"
            )
        found.append(old if old.is_trained else prepare(task, run=member, resume=True))
    return found
