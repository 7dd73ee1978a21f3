"""The command line as a process: pipes, signals, terminals, streams that are closed or full."""

import os
import pty
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from commands import call, start

_SHELL = f"{sys.executable} -m seqtasks"


def shell(line, **options):
    return subprocess.run(["bash", "-c", line], check=False, capture_output=True, text=True, **options)


def test_ctrl_c_in_training_saves_says_how_to_go_on_and_that_works(files, tmp_path):
    run = Path(shutil.copytree(files.run, tmp_path / "a run"))
    endless = ["train", "--task", "translate", "--run", run, "--resume", "--set", "training.epochs=100000"]
    training = start(*endless)
    seen = []
    for line in training.stderr:
        seen.append(line)
        if line.startswith("epoch 3 "):
            break
    training.send_signal(signal.SIGINT)
    out, err = training.communicate(timeout=60)
    assert training.returncode == 130, err
    assert out == ""
    assert "Traceback" not in err
    message = err.rstrip("\n").split("\n")[-1]
    assert message.endswith(f"Continue with: seqtasks train --task translate --run '{run}' --resume")
    # No chatter of TensorFlow before the first epoch.
    assert [line for line in seen if not line.startswith((" ", "epoch ", "changed: ", "corpus "))] == []
    assert "is unfinished" in call("show", run).out
    epochs = len((run / "log.jsonl").read_text().splitlines())
    go_on = ["train", "--task", "translate", "--run", run, "--resume", "--set", f"training.epochs={epochs + 1}"]
    finished = call(*go_on)
    assert finished.code == 0, finished.err
    assert len((run / "log.jsonl").read_text().splitlines()) == epochs + 1


@pytest.mark.slow
def test_ctrl_c_in_predict_ends_quietly(files):
    predict = start("predict", files.exported, stdin=subprocess.PIPE)
    # The model is loaded, and all the lines are read, only when the first answers are there.
    predict.stdin.write("1 2\n" * 1500)
    predict.stdin.flush()
    assert predict.stdout.readline() != ""
    predict.send_signal(signal.SIGINT)
    _, err = predict.communicate(timeout=60)
    assert predict.returncode == 130
    assert err.strip() == "Interrupted."


def test_a_reader_that_leaves_is_no_error(files):
    predict = f"yes '1 2' | head -3000 | {_SHELL} predict {files.exported} | head -1"
    for line, ours, shown in ((predict, 2, 1), (f"{_SHELL} corpora | true", 0, 0)):
        done = shell(f"{line}; exit ${{PIPESTATUS[{ours}]}}")
        assert (done.returncode, done.stdout.count("\n"), done.stderr) == (0, shown, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_device_is_a_failure():
    done = shell(f"{_SHELL} tasks > /dev/full")
    assert (done.returncode, done.stderr) == (1, "Error: No space left on device\n")


def test_closed_streams_do_no_harm():
    assert shell(f"{_SHELL} tasks >&-").returncode == 0
    assert shell(f"{_SHELL} fly 2>&-").returncode == 2


@pytest.mark.slow
def test_a_closed_input_is_an_empty_one(files):
    # No input is no line: nothing is answered, and nothing printed.
    done = shell(f"{_SHELL} predict {files.exported} <&-")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def converse(command, lines, **streams):
    """Types lines at a prompt; returns the exit code and all that the terminal showed."""
    terminal, ours = pty.openpty()
    process = subprocess.Popen(command, stdin=ours, **{"stdout": ours, "stderr": ours, **streams})
    os.close(ours)
    shown, waiting = b"", list(lines)
    while True:
        try:
            chunk = os.read(terminal, 4096)
        except OSError:
            break
        shown += chunk
        if waiting and (shown.endswith(b"> ") or (streams and b"Ctrl-D" in shown)):
            os.write(terminal, waiting.pop(0))
        if not chunk:
            break
    os.close(terminal)
    return process.wait(timeout=60), shown.decode().replace("\r\n", "\n")


@pytest.mark.slow
def test_a_terminal_is_prompted_line_by_line(files):
    command = [sys.executable, "-m", "seqtasks", "predict", str(files.exported)]
    code, shown = converse(command, [b"1 2 3\n", b"\n", b"\x04"])
    answer = call("predict", files.exported, "1 2 3").lines[0]
    assert code == 0
    assert shown.replace("^D\b\b", "") == f"Enter one text a line; end with Ctrl-D.\n> 1 2 3\n{answer}\n> \n\n> \n"


@pytest.mark.slow
def test_what_a_terminal_is_asked_does_not_get_into_the_results(files, tmp_path):
    command = [sys.executable, "-m", "seqtasks", "predict", str(files.exported)]
    with open(tmp_path / "out.txt", "w", encoding="utf-8") as out:
        code, _ = converse(command, [b"1 2 3\n\x04"], stdout=out)
    assert code == 0
    assert (tmp_path / "out.txt").read_text() == call("predict", files.exported, "1 2 3").out
