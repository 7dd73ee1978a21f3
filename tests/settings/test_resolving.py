"""Settings: defaults, recipes, overrides, and what is said about those that do not fit."""

import subprocess
import sys

import pytest
import yaml
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from seqtasks.errors import SettingsError, UsageError
from seqtasks.settings import changes, check, flatten, read_yaml, recipes, resolve, resumable, to_yaml
from seqtasks.tasks import TASKS, schema_of


def described(model, prefix=""):
    for name, field in model.model_fields.items():
        if hasattr(field.annotation, "model_fields"):
            yield from described(field.annotation, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", field


def leaves(values, prefix=""):
    for key, value in values.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


@pytest.fixture
def recipe(tmp_path):
    """Writes a recipe and gives its path."""

    def write(content):
        path = tmp_path / "mine.yaml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


def refusal(task="translate", **arguments):
    with pytest.raises(SettingsError) as caught:
        resolve(schema_of(task), **arguments)
    return str(caught.value)


@pytest.mark.parametrize("task", TASKS)
def test_every_default_is_a_valid_value(task):
    schema = schema_of(task)
    assert check(schema, schema().model_dump()) == schema()
    assert schema().task == task


@pytest.mark.parametrize("task", TASKS)
def test_every_setting_but_the_obvious_says_what_it_is(task):
    undescribed = {key.split(".")[-1] for key, field in described(schema_of(task)) if not field.description}
    assert undescribed <= {"task", "optimizer"}


@pytest.mark.parametrize("task", TASKS)
def test_settings_cannot_change(task):
    with pytest.raises(ValueError, match="frozen"):
        schema_of(task)().training.epochs = 3


@pytest.mark.parametrize("task", TASKS)
def test_every_task_has_a_recipe_that_is_taken_by_default(task):
    assert (
        resolve(schema_of(task))
        == resolve(schema_of(task), config=task)
        == resolve(schema_of(task), config=recipes()[task])
    )


@pytest.mark.parametrize("name", sorted(recipes()))
def test_recipe_resolves_and_holds_only_what_differs_from_the_defaults(name):
    values = read_yaml(recipes()[name])
    task = values.get("task", name.split("_")[0])
    defaults = flatten(schema_of(task)())
    settings = resolve(schema_of(task), config=name)
    held = {key: value for key, value in leaves(values) if key != "task"}
    assert held
    assert {key: value for key, value in held.items() if defaults[key] == value} == {}
    differing = {key for key, value in flatten(settings).items() if value != defaults[key]}
    assert differing == set(held)


def test_command_line_beats_override_beats_recipe_beats_default(recipe):
    path = recipe("seed: 7\nmodel: {units: 32, embedding: 16}\ncorpus: {name: a}\n")
    overrides = ["model.units=64", "corpus.name=b"]
    settings = resolve(schema_of("translate"), config=path, overrides=overrides, corpus__name="c", seed=None)
    assert settings.corpus.name == "c"
    assert settings.model.units == 64
    assert (settings.model.embedding, settings.seed) == (16, 7)
    assert settings.training == schema_of("translate")().training


def test_later_override_beats_earlier():
    assert resolve(schema_of("translate"), overrides=["model.units=64", "model.units=32"]).model.units == 32


def test_start_takes_the_place_of_the_recipe_and_is_left_alone():
    start = resolve(schema_of("translate"), overrides=["model.units=64", "training.epochs=9"]).model_dump()
    before = yaml.safe_dump(start)
    settings = resolve(schema_of("translate"), start=start, overrides=["training.epochs=10"])
    assert (settings.model.units, settings.training.epochs) == (64, 10)
    assert yaml.safe_dump(start) == before


@pytest.mark.parametrize(
    ("override", "key", "value"),
    [
        ("model.units=512", "model.units", 512),
        (" model.units =512", "model.units", 512),
        ("training.clip_norm=null", "training.clip_norm", None),
        ("training.learning_rate=4e-3", "training.learning_rate", 4e-3),
        ("model.bidirectional=false", "model.bidirectional", False),
        ("corpus.source=2", "corpus.source", 2),
        ("corpus.source='2'", "corpus.source", "2"),
        ("corpus.source='no'", "corpus.source", "no"),
        ("corpus.name=a=b", "corpus.name", "a=b"),
        ("corpus.name=[x", "corpus.name", "[x"),
        ("text.source.kind=words", "text.source.kind", "words"),
        ("model={units: 3}", "model.units", 3),
    ],
)
def test_override_is_read_as_yaml(override, key, value):
    found = flatten(resolve(schema_of("translate"), overrides=[override]))[key]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("model.unit=3", "--set: model.unit: unknown setting; settings of 'model': .* Did you mean 'units'?"),
        ("units=3", "--set: units: unknown setting; settings of a translate recipe: .* Did you mean 'model.units'?"),
        ("text.source.sise=9", "--set: text.source.sise: unknown setting; .* Did you mean 'size'?"),
        ("trainig.epochs=3", "trainig: unknown setting; .* Did you mean 'training'?"),
        ("model.units=many", "--set: model.units: received 'many' (text); allowed: an integer"),
        ("model.units=2.5", "--set: model.units: received 2.5 (a number); allowed: an integer"),
        ("model.units=", "--set: model.units: received None (nothing); allowed: an integer"),
        ("model.units=0", "--set: model.units: received 0 (a number); allowed: greater than or equal to 1"),
        ("model.layers.x=3", "--set: model.layers: received {'x': 3} (a section); allowed: an integer"),
        ("model.cell=LSTM", "--set: model.cell: received 'LSTM' (text); allowed: 'lstm', 'gru' or 'rnn'"),
        ("model.bidirectional=maybe", "--set: model.bidirectional: received 'maybe' (text); allowed: a boolean"),
        ("model=3", "--set: model: received 3 (a number); allowed: a section of 'key: value' lines"),
        ("training.ema=1", "--set: training.ema: received 1 (a number); allowed: less than 1"),
        ("training.clip_norm=.inf", "--set: training.clip_norm: received inf (a number); allowed: a finite number"),
        ("training.clip_norm=-1", "--set: training.clip_norm: received -1 (a number); allowed: greater than 0"),
        ("corpus.source=[1]", "--set: corpus.source: received [1] (a list); allowed: a string; an integer"),
        ("corpus.target=no", "--set: corpus.target: received False (true/false); allowed: a string; an integer"),
        ("text.target.size=7", "--set: text.target.size: received 7 (a number); allowed: greater than or equal to 8"),
        ("seed=-1", "--set: seed: received -1 (a number); allowed: greater than or equal to 0"),
        ("search.length_penalty=9", "length_penalty: received 9 (a number); allowed: less than or equal to 5"),
        ("task=ner", "--set: task: received 'ner', but --task is 'translate'"),
        ("model.units", "--set model.units: expected KEY=VALUE, such as --set model.units=512"),
        ("=3", "--set =3: expected KEY=VALUE"),
    ],
)  # fmt: skip
def test_override_that_does_not_fit_says_where_what_and_what_is_allowed(override, expected):
    message = refusal(overrides=[override])
    start, _, end = expected.partition(".* ")
    assert message.startswith(start) if start.startswith("--set") else start in message
    assert message.endswith(end)
    assert "\n" not in message


def test_section_of_a_value_is_refused():
    message = refusal(start={"model": 3}, overrides=["model.units=3"])
    assert message == "--set model.units: 'model' is a value, not a section"


def test_recipe_that_does_not_fit_is_named(recipe):
    path = recipe("model:\n  units: many\n")
    assert refusal(config=path) == f"{path}: model.units: received 'many' (text); allowed: an integer"
    path = recipe("model:\n  unit: 3\n")
    assert refusal(config=path).startswith(f"{path}: model.unit: unknown setting")
    path = recipe("task: ner\n")
    assert refusal(config=path) == f"{path}: task: received 'ner', but --task is 'translate'"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("model:\n  units: [\n", ":3: not YAML: "),
        ("model:\n\tunits: 3\n", ":2: not YAML: "),
        ("seed: 1\nmodel: *x\n", ":2: not YAML: found undefined alias"),
        ("seed: !!python/object:os.x {}\n", ":1: not YAML: "),
        ("- a\n", ": expected settings as 'key: value' lines, received a list"),
        ("words\n", ": expected settings as 'key: value' lines, received text"),
        (b"seed: \xff\n", ":1: byte 7 of the line, 0xff, is not UTF-8; convert the file to UTF-8"),
    ],
)
def test_recipe_that_is_no_yaml_is_refused_with_file_and_line(recipe, content, expected):
    path = recipe(content)
    assert refusal(config=path).startswith(f"{path}{expected}")


def test_empty_recipe_is_all_defaults(recipe):
    assert resolve(schema_of("translate"), config=recipe("# nothing\n")) == schema_of("translate")()


def test_unknown_recipe_and_missing_file_are_refused(tmp_path):
    assert refusal(config="translat").endswith("Did you mean 'translate'?")
    missing = tmp_path / "mine.yaml"
    assert refusal(config=str(missing)).startswith(f"{missing}: no such config file; recipes: ")


def test_a_name_with_a_zero_in_it_is_refused():
    for task, key in (("translate", "corpus.name"), ("ner", "model.vectors")):
        with pytest.raises(SettingsError, match=rf"{key}: received .* \(text\); allowed: a name without a zero byte"):
            resolve(schema_of(task), overrides=[f'{key}="a\\0b"'])


def test_unknown_task_is_refused():
    with pytest.raises(UsageError, match=r"unknown task 'translat'; tasks: .*translate.* Did you mean 'translate'\?"):
        resolve(schema_of("translat"))


@examples(max_examples=30)
@given(
    seed=st.integers(0, 2**40),
    name=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=10),
    column=st.one_of(st.none(), st.integers(), st.sampled_from(["no", "1", "null", "~", "en"])),
    rate=st.floats(1e-9, 1e3),
    clip=st.one_of(st.none(), st.floats(1e-3, 10)),
)
def test_yaml_of_settings_reads_back_as_the_same_settings(seed, name, column, rate, clip):
    values = {
        "seed": seed,
        "corpus": {"name": name, "source": column},
        "training": {"learning_rate": rate, "clip_norm": clip},
    }
    settings = check(schema_of("translate"), values)
    assert check(schema_of("translate"), yaml.safe_load(to_yaml(settings))) == settings


def test_flatten_names_every_setting_once_in_the_order_of_the_schema():
    flat = flatten(schema_of("translate")())
    assert list(flat) == [key for key, _ in described(schema_of("translate"))]
    assert flat["text.source.kind"] == "subwords"


_RESUMABLE_EVERYWHERE = {
    "model.dropout", "model.recurrent_dropout", "model.word_dropout", "training.epochs", "training.learning_rate",
    "training.warmup", "training.schedule", "training.clip_norm", "training.clip_value", "training.patience",
    "training.save_every", "training.tensorboard", "training.accumulate", "training.weight_decay",
    "training.precision",
}  # fmt: skip
_RESUMABLE = {
    "sentiment": {
        "training.label_smoothing", "training.samples", "training.class_weights",
        "training.unfreeze", "training.layer_decay",
    },
    "ner": {"training.label_smoothing", "training.samples", "training.unfreeze", "training.layer_decay"},
    "translate": {
        "training.label_smoothing", "training.samples", "model.subword_dropout",
        "search.beam", "search.length_penalty", "search.max_length", "search.batch_size",
    },
    "caption": {
        "training.label_smoothing", "training.samples", "training.augment",
        "search.beam", "search.length_penalty", "search.max_length", "search.batch_size",
    },
    "code": {
        "training.label_smoothing", "training.samples",
        "search.beam", "search.length_penalty", "search.max_length", "search.batch_size",
    },
    "language-model": {
        "model.sampled", "training.sample_every",
        "sampling.length", "sampling.temperature", "sampling.top_k", "sampling.seed",
    },
    "fill": {"model.gaps"},
    "series": {"training.label_smoothing", "training.samples", "model.noise"},
    "forecast": {"search.horizon", "search.batch_size"},
}  # fmt: skip


@pytest.mark.parametrize("task", TASKS)
def test_what_may_change_in_a_run_that_has_begun_is_said_at_each_setting(task):
    there = set(flatten(schema_of(task)()))
    assert resumable(schema_of(task)) == (_RESUMABLE_EVERYWHERE & there) | _RESUMABLE[task]
    assert resumable(schema_of(task)) <= there


_VANILLA = "is for the vanilla cell; set model.cell to rnn, or model.activation to tanh"
_RECURRENT = "is for a recurrent encoder; set model.encoder to recurrent, or "
_IDLE = [
    *((task, (f"model.cell={cell}", "model.activation=relu"), f"model.activation 'relu' {_VANILLA}")
      for task in TASKS for cell in ("lstm", "gru")),
    ("language-model", ("model.initialization_scale=0.3",),
     "model.initialization_scale 0.3 is for the normal initialization; set model.initialization to normal, "
     "or model.initialization_scale to 0.01"),
    ("caption", ("model.image=first_step", "model.coverage=false"),
     "model.coverage False is for attention; set model.image to attention, or model.coverage to True"),
    ("ner", ("model.characters=none", "model.character_units=9"),
     "model.character_units 9 is for a network that reads characters; set model.characters to cnn or lstm, "
     "or model.character_units to 50"),
    *(("sentiment", (f"model.encoder={encoder}", setting),
       f"model.{name} {value!r} {_RECURRENT}model.{name} to {default}")
      for encoder in ("none", "windows")
      for setting, name, value, default in (
          ("model.cell=rnn", "cell", "rnn", "lstm"), ("model.activation=relu", "activation", "relu", "tanh"),
          ("model.recurrent_dropout=0.5", "recurrent_dropout", 0.5, 0.0), ("model.layers=2", "layers", 2, 1),
          ("model.bidirectional=false", "bidirectional", False, True))),
]  # fmt: skip


@pytest.mark.parametrize(("task", "overrides", "expected"), _IDLE)
def test_a_setting_that_does_nothing_beside_the_others_is_refused_and_left_out_of_runs_that_have_it(
    task, overrides, expected
):
    assert refusal(task, start={}, overrides=overrides) == expected
    values = {}
    for key, _, value in (override.partition("=") for override in overrides):
        values[key.removeprefix("model.")] = yaml.safe_load(value)
    *others, idle = values
    read = check(schema_of(task), {"model": values}, forgiving=True)
    assert read == resolve(schema_of(task), start={"model": {name: values[name] for name in others}})
    assert getattr(read.model, idle) == type(read.model).model_fields[idle].default


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("forgiving", [True, False])
def test_what_does_something_is_kept(task, forgiving):
    kept = check(schema_of(task), {"model": {"cell": "rnn", "activation": "relu"}}, forgiving=forgiving)
    assert kept.model.activation == "relu"
    with pytest.raises(SettingsError, match="allowed: 'tanh' or 'relu'"):
        check(schema_of(task), {"model": {"cell": "rnn", "activation": "elu"}}, forgiving=forgiving)


def test_a_setting_whose_value_is_a_section_is_one_setting():
    old = resolve(schema_of("sentiment"), overrides=["training.class_weights={a: 2}"])
    assert flatten(old)["training.class_weights"] == {"a": 2.0}
    new = resolve(schema_of("sentiment"), start=old.model_dump(), overrides=["training.class_weights.b=3"])
    assert changes(old, new) == {"training.class_weights": ({"a": 2.0}, {"a": 2.0, "b": 3.0})}


def test_a_setting_that_is_nothing_becomes_a_section_where_it_may_be_one():
    start = schema_of("sentiment")().model_dump()
    settings = resolve(schema_of("sentiment"), start=start, overrides=["training.class_weights.a=3"])
    assert settings.training.class_weights == {"a": 3.0}
    assert refusal(start=schema_of("translate")().model_dump(), overrides=["training.ema.x=3"]).startswith(
        "--set: training.ema: received {'x': 3} (a section); allowed: a number"
    )


def test_changes_are_old_and_new_values():
    old, new = (
        resolve(schema_of("translate")),
        resolve(schema_of("translate"), overrides=["model.units=3", "training.ema=0.9"]),
    )
    assert changes(old, new) == {"model.units": (old.model.units, 3), "training.ema": (None, 0.9)}
    assert changes(old, old) == {}


def test_settings_import_no_tensorflow():
    program = "import sys, seqtasks.settings; sys.exit('tensorflow' in sys.modules or 'keras' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
