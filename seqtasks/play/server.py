"""The server of the page: fixed files, and questions to models as JSON."""

import errno
import ipaddress
import json
import secrets
import socket
from functools import cache
from importlib.resources import files

import anyio
import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from seqtasks.errors import SeqtasksError, UsageError, listing
from seqtasks.play.differing import differing
from seqtasks.play.guard import LOOPBACK, Guard
from seqtasks.tasks import view_of

HOST = LOOPBACK[0]
# Bytes of a body, and of one with an image; characters of a text, questions held at once, seconds to send one and to
# wait for one's turn.
_BODY, _IMAGE, _TEXT, _HELD, _PATIENCE = 64 * 1024, 8 * 1024 * 1024, 2000, 4, 10
_SAMPLING = ("temperature", "top_k", "seed")
_TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript"}


def application(players, *, port, host=HOST, token=None):
    """Returns the ASGI application that shows Players, for a page at this port of an address of this machine.

    Each start has its own random token, which the page sends with each question.
    """
    token = token or secrets.token_urlsafe(24)
    served, desk = _files(players, token), _Desk()
    most = _IMAGE if any(player.reads == "images" for player in players) else _BODY

    async def file(request):
        name = request.path_params["name"] or "index.html"
        if name not in served:
            raise HTTPException(404, "there is no such page")
        return Response(served[name], media_type=_TYPES[name.rpartition(".")[2]])

    def asked(answer, texts=("text", "prefix"), numbers=()):
        async def answered(request):
            player, given = _question(await _json(request, most), players, texts, numbers)
            return JSONResponse(await desk.take(request, lambda: answer(player, **given)))

        return answered

    async def write(request):
        found = await _json(request, most)
        clamp = found.pop("clamp", None) if isinstance(found, dict) else None
        player, arguments = _question(found, players, ("text",), _SAMPLING)
        arguments["clamp"] = None if clamp is None else _numbers(clamp, ("layer", "unit", "value"))

        def begun():
            parts = player.write(**arguments)
            return parts, next(parts, None)

        parts, first = await desk.take(request, begun)

        async def lines():
            part = first
            while part is not None:
                yield json.dumps({"text": part}) + "\n"
                part = await desk.take(request, lambda: next(parts, None))

        return StreamingResponse(lines(), media_type="application/x-ndjson")

    compared = cache(differing)
    questions = {
        "answer": asked(lambda player, **given: player.answer(**given)),
        "choices": asked(lambda player, **given: player.choices(**given)),
        "tree": asked(lambda player, **given: player.tree(**given)),
        "unit": asked(lambda player, **given: player.unit(**given), ("text",), ("layer", "unit")),
        "differing": asked(lambda one, other: compared(one, _player(other, players)), (), ("other",)),
        "write": write,
    }
    routes = [
        Route("/api/models", lambda _: JSONResponse([player.described() for player in players])),
        *(Route(f"/api/{name}", function, methods=["POST"]) for name, function in questions.items()),
        Route("/{name:path}", file),
    ]
    app = Starlette(routes=routes, exception_handlers={HTTPException: _refuse})
    return Guard(app, host=host, port=port, token=token)


def bound(port, host=HOST):
    """Returns a socket bound to a port, 0 for any, of an address of this machine.

    Raises UsageError for an address that is not this machine's, or is all of them, and for a port in use.
    """
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError):
        raise UsageError(f"--host {host}: there is no such address; give one of this machine") from None
    if ipaddress.ip_address(address[0]).is_unspecified:
        raise UsageError(f"--host {host} is no address that a browser asks for; give one of this machine")
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRNOTAVAIL:
            raise UsageError(f"--host {host} cannot be used ({error.strerror}); give one of this machine") from None
        raise UsageError(f"port {port} cannot be used ({error.strerror}); give another with --port") from None
    return listener


def server(app):
    """Returns the uvicorn.Server of an application; `run(sockets=[...])` serves until it is told to stop."""
    options = {"ws": "none", "lifespan": "off", "loop": "asyncio", "http": "h11", "log_level": "critical"}
    return uvicorn.Server(uvicorn.Config(app, server_header=False, access_log=False, backlog=64, **options))


def _files(players, token):
    """Returns all that is served, {name: content}; no name of a request is ever looked up among files."""
    page = {one.name: one.read_text(encoding="utf-8") for one in files("seqtasks.play.page").iterdir() if one.is_file()}
    served = {name: text for name, text in page.items() if name.rpartition(".")[2] in _TYPES}
    for task in {player.task for player in players}:
        served[f"views/{task}.js"] = view_of(task) or page["view.js"]
    served["index.html"] = served["index.html"].replace("TOKEN", token)
    return served


async def _refuse(_, error):
    return JSONResponse({"error": error.detail}, error.status_code, headers=error.headers)


async def _json(request, most):
    """Returns the body of a request as JSON; raises HTTPException if it is too large, too slow or no JSON."""
    body = b""
    try:
        with anyio.fail_after(_PATIENCE):
            async for part in request.stream():
                body += part
                if len(body) > most:
                    raise HTTPException(413, f"the body is larger than {most:,} bytes", {"Connection": "close"})
    except TimeoutError:
        raise HTTPException(408, "the body did not come", {"Connection": "close"}) from None
    except ClientDisconnect:
        raise HTTPException(400, "the body is not whole") from None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise HTTPException(400, "the body is not JSON") from None


def _question(asked, players, texts, numbers):
    """Returns the Player that is asked and the arguments of these names; raises HTTPException for any other question.

    The first of the `texts` must be there; other texts are "" and numbers None where they are not.
    """
    names = ("model", *texts, *numbers)
    if not isinstance(asked, dict) or not set(asked) <= set(names):
        raise HTTPException(400, f"this question has only {listing(names)}")
    player = _player(asked.get("model"), players)
    found = {name: asked.get(name, None if name == texts[0] else "") for name in texts}
    if not all(isinstance(value, str) for value in found.values()):
        raise HTTPException(400, f"{listing(texts)} must be texts")
    if any(len(value) > _TEXT for name, value in found.items() if name != "text" or player.reads == "texts"):
        raise HTTPException(413, f"a text has at most {_TEXT:,} characters here")
    return player, {**found, **_numbers({name: asked.get(name) for name in numbers}, numbers)}


def _numbers(found, names):
    """Returns an object of numbers of these names, or None; raises HTTPException for anything else."""
    if not isinstance(found, dict) or set(found) != set(names):
        raise HTTPException(400, f"give {listing(names)}")
    if any(isinstance(value, bool) or not isinstance(value, int | float | None) for value in found.values()):
        raise HTTPException(400, f"{listing(names)} must be numbers")
    return found


def _player(number, players):
    """Returns the Player of a number; raises HTTPException if there is none."""
    if type(number) is not int or not 0 <= number < len(players):
        raise HTTPException(400, f"a model must be a number from 0 to {len(players) - 1}")
    return players[number]


class _Desk:
    """Answers one question after the other, each in a thread, and holds only a few."""

    def __init__(self):
        self._held, self._turn = 0, anyio.Lock()

    async def take(self, request, answer):
        """Returns what `answer` returns, unless too many wait, or who asked has gone before its turn came."""
        if self._held >= _HELD:
            raise HTTPException(503, "too many questions at once; ask again", {"Retry-After": "1"})
        self._held += 1
        try:
            with anyio.move_on_after(_PATIENCE) as waiting:
                await self._turn.acquire()
            if waiting.cancelled_caught:
                raise HTTPException(503, "the answers before take too long; ask again", {"Retry-After": "5"})
            try:
                if await request.is_disconnected():
                    raise HTTPException(400, "who asked has gone")
                return await anyio.to_thread.run_sync(answer)
            except SeqtasksError as error:
                raise HTTPException(400, str(error)) from None
            finally:
                self._turn.release()
        finally:
            self._held -= 1
