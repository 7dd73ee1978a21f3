"""The page in a real browser."""

import base64
import time
from pathlib import Path

import pytest
from browser import CHROMIUM, DRIVER, Browser
from echoes import PIXEL

pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="the page is not seen: chromium and chromium-driver are not installed"
)
_CHOOSE = "const s = document.getElementById('first'); s.value = arguments[0]; s.dispatchEvent(new Event('change'))"
_TYPE = "const t = document.getElementById('text'); t.value = arguments[0]; t.dispatchEvent(new Event('input'))"


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    downloads = tmp_path_factory.mktemp("downloads")
    with Browser(downloads=downloads) as page:
        yield page, downloads


def quiet(page, address):
    """Checks that the view fits any width, and that nothing was said in the console or asked for elsewhere."""
    for width in (320, 768, 1280):
        page.size(width, 800)
        assert page.run("return document.documentElement.scrollWidth") <= width
    assert page.messages() == []
    asked = {one for one in page.requests() if not one.startswith(("data:", "blob:", "about:"))}
    assert asked and all(one.startswith(address) for one in asked)


def saved(page, downloads):
    """Saves a view, and returns the file, which is then removed."""
    page.click(".save")
    end = time.monotonic() + 20
    while not list(downloads.glob("*.html")) and time.monotonic() < end:
        time.sleep(0.05)
    (file,) = downloads.glob("*.html")
    content = file.read_text(encoding="utf-8")
    file.unlink()
    return content


def test_one_types_looks_pins_compares_saves_and_reloads(browser, port):
    page, downloads = browser
    address = f"http://127.0.0.1:{port}/"
    page.open(address)
    page.until("document.querySelector('.answer')?.textContent === 'b a'")
    page.run(_TYPE, "<b>c</b> d שלום")
    page.until("document.querySelector('.answer').textContent === 'שלום d <b>c</b>'")
    assert page.run("return document.querySelector('.answer b')") is None
    assert "25 %" in page.run("return document.querySelector('.note').textContent")

    weights = "[...document.querySelectorAll('.source button')].map(one => one.style.getPropertyValue('--weight'))"
    page.hover(".target button:nth-child(2)")
    assert page.until(weights) == ["0", "1", "0"]
    page.run("document.querySelector('.source button').focus()")
    assert page.until("document.querySelector('.target button:nth-child(3)').style.getPropertyValue('--weight')") == "1"

    # By keys alone: the second piece is exchanged for the first choice.
    page.run("document.querySelector('.target button:nth-child(2)').focus()")
    page.press("\ue007")
    page.until("document.activeElement.closest('.choices')")
    page.press("\ue007")
    page.until("document.querySelector('.answer').textContent.startsWith('שלום x ')")
    state = page.run("return location.hash")
    assert "pin0=" in state

    page.run("const s = document.getElementById('second'); s.value = 1; s.dispatchEvent(new Event('change'))")
    page.until("document.querySelectorAll('.answer mark').length > 0")
    page.run("location.reload()")
    page.until("document.querySelectorAll('.answer mark').length > 0")

    kept = saved(page, downloads)
    assert "שלום" in kept and "<script" not in kept and "&lt;b&gt;" in kept

    quiet(page, address)


def test_a_search_is_a_tree_and_two_runs_offer_what_they_differ_in(browser, port):
    (page, downloads), address = browser, f"http://127.0.0.1:{port}/"
    page.open("about:blank")
    page.open(f"{address}#text=a%20b&b=1")
    page.until("document.querySelectorAll('.answer').length === 2")
    page.run("document.querySelector('.view details.unasked summary').focus()")
    page.press("\ue007")
    nodes = (
        "[...document.querySelectorAll('.tree .node')].map(one => [one.textContent, one.classList.contains('best')])"
    )
    assert page.until(f"document.querySelector('.tree') && {nodes}") == [
        ["a-0.50", True],
        ["</s> 1. -0.38-0.75", True],
        ["x ×-3.00", False],
        ["no ×-2.00", False],
    ]
    places = "[...document.querySelectorAll('.node')].map(one => [one.style.gridColumnStart, one.style.gridRowStart])"
    assert page.run(f"return {places}") == [["1", "1"], ["2", "1"], ["2", "2"], ["1", "3"]]
    assert "tree=1" in page.run("return location.hash")
    assert page.run("return document.querySelector('.tree').closest('[tabindex]') !== null")

    kept = saved(page, downloads)
    assert kept.count('class="node') == 4 and "grid-area: 3 / 1" in kept and "unasked" not in kept

    page.click("#differ summary")
    page.until("document.querySelectorAll('#differ button').length === 2")
    assert "Of the 7 dev examples" in page.run("return document.querySelector('#differ .note').textContent")
    page.run("document.querySelector('#differ button').focus()")
    page.press("\ue007")
    page.until("[...document.querySelectorAll('.answer')].every(one => one.textContent === 'c a')")
    page.until("document.querySelectorAll('.tree').length === 2")
    quiet(page, address)


def test_gaps_have_bars_in_their_places_and_nodes_light_up_what_they_looked_at(browser, port):
    page, address = browser[0], f"http://127.0.0.1:{port}/"
    page.open("about:blank")
    page.open(address)
    page.until("document.querySelector('.answer')?.textContent === 'b a'")
    # An example of another task is changed for one of this task, what one has typed is not.
    page.run(_CHOOSE, 4)
    page.until("document.getElementById('text').value === 'say ___' && document.querySelector('.gap')")
    page.run(_TYPE, "my own")
    page.run(_CHOOSE, 0)
    page.until("document.querySelector('.answer')?.textContent === 'own my'")
    page.open("about:blank")
    page.open(f"{address}#a=4&text=%F0%9F%98%80%20say%20___%2C%20not%20___")
    page.until("document.querySelectorAll('.gap').length === 2")
    parts = "[...document.querySelector('.gaps').children].map(one => one.textContent)"
    bars = "yes75 %no25 %"
    assert page.run(f"return {parts}") == ["😀 say ", bars, ", not ", bars, ""]
    quiet(page, address)
    page.open("about:blank")
    page.open(f"{address}#a=5&text=call%20f")
    page.until("document.querySelector('pre.answer')?.textContent === 'f()'")
    page.hover(".nodes li:nth-child(2) button")
    weights = "[...document.querySelectorAll('.source button')].map(one => one.style.getPropertyValue('--weight'))"
    assert page.until(weights) == ["0", "1"]
    assert page.run("return document.querySelector('.nodes li:nth-child(2)').textContent") == "f copied"
    quiet(page, address)


def test_words_that_speak_for_a_class_and_against_it_differ_in_more_than_colour(browser, port):
    page, address = browser[0], f"http://127.0.0.1:{port}/"
    page.open("about:blank")
    page.open(f"{address}#a=2&text=not%20a%20good%20film")
    page.until("document.querySelector('.answer')?.textContent === 'positive'")
    assert page.run("return [...document.querySelectorAll('.bars dt')].map(one => one.textContent)") == [
        "positive",
        "negative",
    ]
    against = "[...document.querySelectorAll('.flow .against')]"
    assert page.run(f"return {against}.map(one => one.textContent + one.title)") == ["not−0.50 nats"]
    assert page.run(f"return getComputedStyle({against}[0]).textDecorationLine") == "underline"
    assert "+1.00" in page.run("return document.querySelector('.view .note:last-of-type').textContent")
    quiet(page, address)


def test_a_text_is_written_as_it_is_drawn_and_each_place_tells_what_else_was_likely(browser, port):
    page, address = browser[0], f"http://127.0.0.1:{port}/"
    page.open("about:blank")
    page.open(f"{address}#a=3&text=one%20two&seed=7")
    page.until("document.querySelectorAll('.dense button').length === 3")
    assert page.run("return document.querySelector('[name=seed]').value") == "7"
    page.run("document.querySelector('.dense button').focus()")
    page.until("document.querySelector('.likely').textContent.includes('In the place of \"one\" (13 %)')")
    page.type("[name=top_k]", "5")
    assert "top_k=5" in page.run("return location.hash")
    page.run("document.querySelector('.write').focus()")
    page.press("\ue007")
    page.until("document.querySelector('.written').textContent === ' 0 1 2'")
    page.click(".view details summary")
    page.until("document.querySelectorAll('.colours .flow span').length === 2")
    page.type("[name=unit]", "\ue009a\ue0003")
    page.until("document.querySelector('.colours .flow span').title === '+1.00'")
    below = "[...document.querySelectorAll('.colours .flow .against')].map(one => one.textContent + one.title)"
    assert page.run(f"return {below}") == ["two−0.50"]
    page.type("[name=hold]", "0.5")
    page.click(".write")
    page.until("document.querySelector('.written').textContent === ' 0.5 0.5 0.5'")
    page.click(".write + button")
    page.until("document.querySelectorAll('.dense button').length === 6")
    quiet(page, address)


def test_an_image_is_chosen_and_lit_where_a_word_comes_from(browser, port_of_images, tmp_path):
    page, address = browser[0], f"http://127.0.0.1:{port_of_images}/"
    page.open("about:blank")
    page.open(address)
    page.until("document.querySelector('.answer')?.textContent === 'a square'")
    page.hover(".target button:nth-child(2)")
    veil = "[...document.querySelectorAll('.veil i')].map(one => one.style.getPropertyValue('--weight'))"
    assert page.until(veil) == ["0", "1", "1", "1"]
    for name, content, wanted in (("text.png", b"no image", "not a PNG"), ("one.png", base64.b64decode(PIXEL), "")):
        (tmp_path / name).write_bytes(content)
        page.type("#file", str(tmp_path / name))
        page.until("document.getElementById('status').textContent === arguments[0]", wanted)
    page.messages()
    quiet(page, address)


def test_the_page_is_small():
    import seqtasks

    package = Path(seqtasks.__file__).parent
    files = [*(package / "play" / "page").glob("*.*"), *(package / "tasks").glob("*/view.js")]
    assert sum(file.stat().st_size for file in files) < 100_000
