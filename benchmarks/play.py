"""Times the page's questions: from the request to the reply, one after the other; prints one JSON object.

    python benchmarks/play.py runs/translate

Asks the server for the answers to inputs of the dev split, as the page does while one types.
"""

import http.client
import json
import statistics
import threading
import time

import click

from seqtasks import corpora, load
from seqtasks.play import server
from seqtasks.play.players import Player

_TOKEN = "token"


@click.command()
@click.argument("run")
@click.option("--corpus", help="Where the run's corpus is now.")
@click.option("--questions", default=200, show_default=True, help="Inputs to ask about, the first of dev.")
@click.option("--route", default="answer", show_default=True, type=click.Choice(["answer", "choices", "tree"]))
def benchmark(run, corpus, questions, route):
    """Time the answers of the page of a run."""
    model = load(run)
    reader, section = model.predictor.reader, model.settings.corpus
    if corpus:
        section = section.model_copy(update={"name": corpus})
    rows = corpora.load_configured(section).split("dev")[:questions]
    texts = [reader.to_probe(reader.input_of(row)) for row in rows]
    player = Player(model)
    player.warm_up()
    with server.bound(0) as listener:
        port = listener.getsockname()[1]
        running = server.server(server.application([player], port=port, token=_TOKEN))
        threading.Thread(target=running.run, kwargs={"sockets": [listener]}, daemon=True).start()
        while not running.started:
            time.sleep(0.01)
        milliseconds = [ask(port, route, text) for text in texts]
        running.should_exit = True
    share = statistics.quantiles(milliseconds, n=10)
    found = {"questions": len(texts), "median_ms": statistics.median(milliseconds), "ninth_decile_ms": share[8]}
    first = milliseconds[0]
    click.echo(json.dumps({"route": route, **found, "first_ms": first, "most_ms": max(milliseconds)}, default=round))


def ask(port, route, text):
    """Asks one question; returns the milliseconds until its reply has been read."""
    body = json.dumps({"model": 0, "text": text})
    headers = {"Content-Type": "application/json", "X-Seqtasks-Token": _TOKEN}
    began = time.perf_counter()
    connection = http.client.HTTPConnection(server.HOST, port)
    connection.request("POST", f"/api/{route}", body, headers)
    reply = connection.getresponse()
    content = reply.read()
    passed = 1000 * (time.perf_counter() - began)
    if reply.status != 200:
        raise SystemExit(f"{text}: {content.decode()}")
    connection.close()
    return passed


if __name__ == "__main__":
    benchmark()
