"""The server of the page: fixed files, and questions to models as JSON."""

import json
import secrets
import socket
from importlib.resources import files

import anyio
import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from seqtasks.errors import SeqtasksError, UsageError, listing
from seqtasks.play.guard import Guard
from seqtasks.tasks import view_of

HOST = "127.0.0.1"
# Bytes of a body, and of one with an image; characters of a text, questions held at once, seconds to send one and to
# wait for one's turn.
_BODY, _IMAGE, _TEXT, _HELD, _PATIENCE = 64 * 1024, 8 * 1024 * 1024, 2000, 4, 10
_SAMPLING = ("temperature", "top_k", "seed")
_TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript"}


def application(players, *, port, token=None):
    """Returns the ASGI application that shows Players, for a page at this port of this machine.

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

    async def models(_):
        return JSONResponse([player.described() for player in players])

    def asked(name):
        async def answered(request):
            player, arguments = _question(await _json(request, most), players)
            return JSONResponse(await desk.take(request, lambda: getattr(player, name)(**arguments)))

        return answered

    async def write(request):
        player, arguments = _question(await _json(request, most), players, more=_SAMPLING)
        arguments.pop("prefix")

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

    async def refuse(_, error):
        return JSONResponse({"error": error.detail}, error.status_code, headers=error.headers)

    routes = [
        Route("/api/models", models),
        Route("/api/answer", asked("answer"), methods=["POST"]),
        Route("/api/choices", asked("choices"), methods=["POST"]),
        Route("/api/write", write, methods=["POST"]),
        Route("/{name:path}", file),
    ]
    app = Starlette(routes=routes, exception_handlers={HTTPException: refuse})
    return Guard(app, port=port, token=token)


def bound(port):
    """Returns a socket bound to a port of this machine, 0 for any; raises UsageError if the port is in use."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as error:
        listener.close()
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


def _question(asked, players, more=()):
    """Returns the Player that is asked and the arguments, with the numbers `more`; raises HTTPException otherwise."""
    if not isinstance(asked, dict) or not set(asked) <= {"model", "text", "prefix", *more}:
        raise HTTPException(400, f"a question has only {listing(['model', 'text', 'prefix', *more])}")
    number, text, prefix = asked.get("model"), asked.get("text"), asked.get("prefix") or ""
    if type(number) is not int or not 0 <= number < len(players):
        raise HTTPException(400, f"the model must be a number from 0 to {len(players) - 1}")
    if not isinstance(text, str) or not isinstance(prefix, str):
        raise HTTPException(400, "text and prefix must be texts")
    player, numbers = players[number], {name: asked.get(name) for name in more}
    if max(len(text) if player.reads == "texts" else 0, len(prefix)) > _TEXT:
        raise HTTPException(413, f"a text has at most {_TEXT:,} characters here")
    if any(isinstance(value, bool) or not isinstance(value, int | float | None) for value in numbers.values()):
        raise HTTPException(400, f"{listing(more)} must be numbers")
    return player, {"text": text, "prefix": prefix, **numbers}


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
