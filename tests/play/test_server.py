"""The rules of the server, by raw requests."""

import contextlib
import http.client
import json
import socket
import sys
import threading
import time
from unittest import mock

import pytest
from commands import call, refused
from echoes import PIXEL, TOKEN, Echo, serving

from seqtasks.errors import UsageError
from seqtasks.play import guard, server

_CLAMP = {"layer": 1, "unit": 1, "value": 0.5}


def request(port, method="POST", path="/api/answer", body=None, **changes):
    """Returns status, headers and body; a change of None leaves a header out."""
    headers = {"Host": f"127.0.0.1:{port}", "Content-Type": "application/json", "X-Seqtasks-Token": TOKEN}
    headers |= {name.replace("_", "-"): value for name, value in changes.items()}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.putrequest(method, path, skip_host=True)
    content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    for name, value in {**headers, "Content-Length": str(len(content))}.items():
        if value is not None:
            connection.putheader(name, value)
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        connection.endheaders(content)
    answer = connection.getresponse()
    found = answer.status, dict(answer.getheaders()), answer.read()
    connection.close()
    return found


def until(holds):
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


@contextlib.contextmanager
def leaving(port, path, body):
    """Asks a question, and leaves without having read the answer."""
    content = json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
    head += f"X-Seqtasks-Token: {TOKEN}\r\nContent-Length: {len(content)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port)) as raw:
        raw.sendall(head.encode() + content)
        yield


def test_a_question_is_answered_and_nothing_may_be_kept_framed_or_run_from_elsewhere(port):
    status, headers, body = request(port, body={"model": 0, "text": "a b"}, Origin=f"http://127.0.0.1:{port}")
    assert (status, json.loads(body)["text"]) == (200, "b a")
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert (headers["cache-control"], headers["x-content-type-options"]) == ("no-store", "nosniff")
    assert not [name for name in headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    ("status", "changes"),
    [
        (421, {"Host": "evil.example"}),
        (421, {"Host": "evil.example", "method": "GET", "path": "/"}),
        (421, {"Host": "127.0.0.1"}),
        (421, {"Host": "127.0.0.1:1@evil.example"}),
        (403, {"Origin": "http://evil.example"}),
        (403, {"Origin": "null"}),
        (403, {"Sec_Fetch_Site": "cross-site"}),
        (403, {"Sec_Fetch_Site": "same-site", "method": "GET", "path": "/"}),
        (403, {"X_Seqtasks_Token": None}),
        (403, {"X_Seqtasks_Token": "another"}),
        (403, {"X_Seqtasks_Token": None, "method": "GET", "path": "/api/models"}),
        (415, {"Content_Type": "text/plain"}),
        (415, {"Content_Type": None}),
        (404, {"method": "GET"}),
        (405, {"method": "DELETE"}),
        (405, {"path": "/"}),
        (404, {"method": "GET", "path": "/server.py"}),
        (404, {"method": "GET", "path": "/../players.py"}),
        (404, {"method": "GET", "path": "/%2e%2e/players.py"}),
        (404, {"method": "GET", "path": "/views/ner.js"}),
        (400, {"body": b"{"}),
        (400, {"body": b"[" * 60_000}),
        (400, {"body": [1]}),
        (400, {"body": {"model": 0, "text": "a", "path": "/etc/passwd"}}),
        (400, {"body": {"model": 6, "text": "a"}}),
        (400, {"body": {"model": True, "text": "a"}}),
        (400, {"body": {"model": "runs/echo", "text": "a"}}),
        (400, {"body": {"model": 0, "text": ["a"]}}),
        (400, {"body": {"model": 0, "text": "\ud800"}}),
        (413, {"body": {"model": 0, "text": "a" * 2001}}),
        (413, {"body": {"model": 0, "text": "a", "prefix": "a" * 2001}}),
        (413, {"body": b" " * 10_000_000}),
        (413, {"body": {"model": 0, "text": "a" * 100_000}}),
        (400, {"body": {"model": 0, "text": "a", "seed": 1}}),
        (400, {"path": "/api/write"}),
        (400, {"path": "/api/write", "body": {"model": 3, "text": "a", "seed": "1"}}),
        (400, {"path": "/api/write", "body": {"model": 3, "text": "a", "top_k": True}}),
        (400, {"path": "/api/write", "body": {"model": 3, "text": "a", "temperature": 0}}),
        (404, {"path": "/api/write", "method": "GET"}),
        (400, {"path": "/api/write", "body": {"model": 3, "text": "a", "clamp": 1}}),
        (400, {"path": "/api/write", "body": {"model": 3, "text": "a", "clamp": {"layer": 1, "unit": 1}}}),
        (400, {"path": "/api/write", "body": {"model": 3, "text": "a", "clamp": dict(_CLAMP, unit="1")}}),
        (400, {"path": "/api/write", "body": {"model": 3, "text": "a", "prefix": "a"}}),
        (400, {"path": "/api/tree", "body": {"model": 0}}),
        (404, {"path": "/api/tree", "method": "GET"}),
        (400, {"path": "/api/unit", "body": {"model": 0, "text": "a", "layer": 1, "unit": 1}}),
        (400, {"path": "/api/unit", "body": {"model": 3, "text": "a", "layer": "1", "unit": 1}}),
        (400, {"path": "/api/unit", "body": {"model": 3, "text": "a"}}),
        (400, {"path": "/api/differing", "body": {"model": 0, "other": 6}}),
        (400, {"path": "/api/differing", "body": {"model": 0, "other": "runs/other"}}),
        (400, {"path": "/api/differing", "body": {"model": 0, "other": True}}),
        (400, {"path": "/api/differing", "body": {"model": 0, "other": 1, "text": "a"}}),
    ],
)
def test_what_is_not_the_pages_own_question_is_refused(port, status, changes):
    found, headers, body = request(port, **{"body": {"model": 0, "text": "a"}, **changes})
    assert found == status
    assert json.loads(body)["error"]
    assert "content-security-policy" in headers


def test_a_text_is_written_in_parts_and_no_more_once_the_reader_has_gone(port, writer):
    asked = {"model": 3, "text": "one", "temperature": 0.5, "top_k": None, "seed": 1}
    status, headers, body = request(port, path="/api/write", body=asked)
    assert (status, headers["content-type"]) == (200, "application/x-ndjson")
    assert [json.loads(line)["text"] for line in body.splitlines()] == [" 0", " 1", " 2"]
    body = request(port, path="/api/write", body={**asked, "clamp": _CLAMP})[2]
    assert [json.loads(line)["text"] for line in body.splitlines()] == [" 0.5"] * 3
    before = len(writer.asked)
    writer.wait.clear()
    with leaving(port, "/api/write", asked):
        until(lambda: len(writer.asked) > before)
    time.sleep(0.2)
    writer.wait.set()
    time.sleep(0.3)
    assert len(writer.asked) <= before + 2
    assert request(port, path="/api/write", body=asked)[0] == 200


def test_images_may_be_larger_but_not_anything(port_of_images):
    image = {"model": 0, "text": PIXEL}
    status, _, body = request(port_of_images, body=image)
    assert (status, json.loads(body)["text"]) == (200, "a square")
    assert request(port_of_images, body={**image, "text": "A" * 100_000})[0] == 400
    assert request(port_of_images, body={**image, "text": "A" * 9_000_000})[0] == 413
    assert request(port_of_images, body={"model": 1, "text": PIXEL * 30})[0] == 413


def test_two_hosts_are_refused(port):
    with socket.create_connection(("127.0.0.1", port)) as raw:
        raw.sendall(f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nHost: evil\r\nConnection: close\r\n\r\n".encode())
        assert raw.recv(100).split()[1] in (b"400", b"421")


def test_few_questions_wait_and_one_whose_asker_has_gone_is_never_answered(port, echo):
    asked = len(echo.asked)
    echo.wait.clear()
    found = []
    first = threading.Thread(target=lambda: found.append(request(port, body={"model": 0, "text": "first"})[0]))
    first.start()
    until(lambda: len(echo.asked) > asked)
    with contextlib.ExitStack() as gone:
        for _ in range(3):
            gone.enter_context(leaving(port, "/api/answer", {"model": 0, "text": "gone"}))
        time.sleep(0.3)
        refused = [request(port, body={"model": 0, "text": "more"}) for _ in range(100)]
    assert {status for status, *_ in refused} == {503}
    assert refused[0][1]["retry-after"] == "1"
    time.sleep(0.3)
    echo.wait.set()
    first.join()
    assert found == [200]
    assert request(port, body={"model": 0, "text": "last"})[0] == 200
    assert echo.asked[asked:] == ["first", "last"]


def test_another_address_is_served_where_it_is_asked_for_and_told(tmp_path, monkeypatch):
    with serving(Echo(), host="127.0.0.2") as port:
        with socket.create_connection(("127.0.0.2", port)) as raw:
            raw.sendall(f"GET / HTTP/1.1\r\nHost: 127.0.0.2:{port}\r\nConnection: close\r\n\r\n".encode())
            assert raw.recv(100).split()[1] == b"200"
        with socket.create_connection(("127.0.0.2", port)) as raw:
            raw.sendall(f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
            assert raw.recv(100).split()[1] == b"421"
    for host in ("no.such.invalid", "192.0.2.1", "0.0.0.0", "::", "", "a" * 300):
        with pytest.raises(UsageError, match=f"^--host {host} .*give one of this machine$|^--host {host}: .*"):
            server.bound(0, host)
    assert [guard.authority(*pair) for pair in (("::1", 8642), ("localhost", 80))] == ["[::1]:8642", "localhost"]


def test_who_opens_the_page_to_others_is_warned(monkeypatch):
    monkeypatch.setattr("seqtasks.runs.RunFolder", lambda _: None)
    refused(call("play", "runs/echo", "--host", "192.0.2.1"), "--host 192.0.2.1 cannot be used", "one of this machine")
    monkeypatch.setattr("seqtasks.cli.serving.open_model", lambda run: run)
    monkeypatch.setattr("seqtasks.play.players.Player", mock.MagicMock())
    listener = mock.MagicMock()
    monkeypatch.setattr(server, "bound", lambda port, host: listener)
    monkeypatch.setattr(server, "application", lambda *_, **__: None)
    monkeypatch.setattr(server, "server", mock.Mock())
    for host, warned in (("192.0.2.1", True), ("127.0.0.1", False)):
        listener.__enter__().getsockname.return_value = host, 8642
        done = call("play", "runs/echo", "--host", host, "--no-browser")
        assert (done.code, done.out) == (0, f"http://{host}:8642/  (Ctrl-C ends it)\n")
        assert ("warning: whoever reaches 192.0.2.1 can ask these models" in done.err) == warned


def test_what_cannot_be_played_is_refused_before_anything_is_loaded(port, tmp_path, monkeypatch):
    with pytest.raises(UsageError, match=f"port {port} cannot be used .*--port"):
        server.bound(port)
    (tmp_path / "broken").mkdir()
    refused(call("play", tmp_path / "none", "--port", port), f"no run at '{tmp_path / 'none'}'")
    refused(call("play", tmp_path / "broken", tmp_path / "none"), f"'{tmp_path / 'broken'}'")
    monkeypatch.delitem(sys.modules, "seqtasks.play.server")
    monkeypatch.delattr("seqtasks.play.server")
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    refused(call("play", tmp_path / "none"), "pip install 'seqtasks[play]'")
