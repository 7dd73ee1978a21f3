"""Which requests are let in: the server listens on this machine only, but pages of other origins reach it too."""

import secrets

from starlette.responses import JSONResponse

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
LOOPBACK = "127.0.0.1", "localhost"
TOKEN = "x-seqtasks-token"


def authority(host, port):
    """Returns host and port as they stand in an address."""
    name = f"[{host}]" if ":" in host else host
    # As browsers write it.
    return name if port == 80 else f"{name}:{port}"


class Guard:
    """An ASGI application in front of another one: refuses requests that are not the page's own.

    The Host must be that of the page, or a name of someone else's that resolves to it would do ("DNS rebinding"). An
    Origin, and what the browser says of the site, must be ours. Questions need the page's token, and a body is JSON,
    which a form of another page cannot send. Each answer carries HEADERS.
    """

    def __init__(self, app, *, host, port, token):
        self._app, self._token = app, token.encode()
        names = LOOPBACK if host in LOOPBACK else (host,)
        self._hosts = {authority(name, port).lower().encode() for name in names}

    async def __call__(self, scope, receive, send):
        async def send_guarded(message):
            if message["type"] == "http.response.start":
                more = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
                message = {**message, "headers": [*message["headers"], *more]}
            await send(message)

        refused = self._refused(scope) if scope["type"] == "http" else (400, "only HTTP is served here")
        if refused:
            status, reason = refused
            await JSONResponse({"error": reason}, status)(scope, receive, send_guarded)
        else:
            await self._app(scope, receive, send_guarded)

    def _refused(self, scope):
        """Returns a status and a reason to refuse a request, or None."""
        headers = {}
        for name, value in scope["headers"]:
            headers.setdefault(name, []).append(value)
        hosts = headers.get(b"host", [])
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            return 421, "this host is not served here"
        if headers.get(b"origin", [b"http://" + hosts[0]]) != [b"http://" + hosts[0]]:
            return 403, "the request comes from another origin"
        if headers.get(b"sec-fetch-site", [b"none"])[0] not in (b"same-origin", b"none"):
            return 403, "the request comes from another site"
        if scope["path"].startswith("/api/"):
            given = headers.get(TOKEN.encode(), [b""])
            if len(given) != 1 or not secrets.compare_digest(given[0], self._token):
                return 403, "the token is missing or old; load the page again"
        kind = headers.get(b"content-type", [b""])[0].partition(b";")[0].strip().lower()
        if scope["method"] == "POST" and kind != b"application/json":
            return 415, "give JSON"
        return None
