"""Requests that make little sense: they are refused before any work is done, and nothing of the user's is lost."""

import os
import threading

import pytest
from commands import call, refused, tree


def test_a_pipe_or_device_to_write_is_written_to_and_not_replaced(files, here):
    os.mkfifo(here / "pipe")
    read = []
    reader = threading.Thread(target=lambda: read.append((here / "pipe").read_text()), daemon=True)
    reader.start()
    done = call("predict", files.run, "1 2", "--output", here / "pipe")
    assert done.code == 0, done.err
    assert (here / "pipe").is_fifo()
    reader.join(timeout=5)
    assert read == [call("predict", files.run, "1 2").out]


def test_a_link_to_write_stays_a_link(files, here):
    (here / "target").write_text("old")
    (here / "link").symlink_to("target")
    done = call("predict", files.run, "1 2", "--output", here / "link")
    assert done.code == 0, done.err
    assert (here / "link").is_symlink()
    assert (here / "target").read_text() == call("predict", files.run, "1 2").out


def test_an_output_that_is_a_folder_is_refused_at_once(files, run, here):
    for name in ("folder", "folder.svg"):
        (here / name).mkdir()
    refused(call("predict", "nowhere", "1 2", "--output", "folder"), "'folder' is a folder")
    refused(call("attention", "nowhere", "1 2", "--output", "folder.svg"), "'folder.svg' is a folder")
    refused(call("compare", files.run, run, "--output", "folder.svg"), "'folder.svg' is a folder")


def test_predictions_do_not_go_over_parts_of_the_run_that_makes_them(run):
    before = tree(run)
    refused(call("predict", run, "1 2", "--output", run / "manifest.json"), run / "manifest.json")
    assert tree(run) == before


def test_a_split_beside_own_files_is_refused(files, here):
    (here / "in.txt").write_text("1 2\n")
    own = ["--input", "in.txt", "--reference", "in.txt"]
    refused(call("evaluate", files.run, "--split", "dev", *own), "--split")


@pytest.mark.parametrize("verb", ["show", "predict", "attention", "evaluate", "export", "sample", "cells", "gradients"])
@pytest.mark.parametrize("name", ["a\nb", "a" * 300, "a\0b"], ids=["line end", "long", "NUL"])
def test_names_that_no_run_has_are_refused_in_one_line(here, verb, name):
    result = call(verb, name, *(["1"] if verb in ("predict", "attention") else []))
    refused(result)
    assert result.err.count("\n") == 1


@pytest.mark.parametrize("option", ["--beam", "--n-best"])
def test_more_hypotheses_than_memory_holds_are_refused(here, option):
    """A billion end in a segmentation fault."""
    refused(call("predict", "nowhere", "1", option, 10**9), option, "is not in the range")


@pytest.mark.parametrize("key", ["model.units", "model.embedding", "model.layers", "search.beam", "text.max_length"])
def test_settings_beyond_what_a_graph_takes_are_refused(here, key):
    refused(call("train", "--task", "translate", "--corpus", "no.tsv", "--set", f"{key}={10**12}"), f"{key}: received")
