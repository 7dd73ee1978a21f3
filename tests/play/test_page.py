"""The page in a real browser."""

import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from browser import CHROMIUM, DRIVER, Browser

pytestmark = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="chromium and chromium-driver are not installed")
_TYPE = "const t = document.getElementById('text'); t.value = arguments[0]; t.dispatchEvent(new Event('input'))"


def test_one_types_looks_pins_compares_saves_and_reloads(port, tmp_path):
    address = f"http://127.0.0.1:{port}/"
    with Browser(downloads=tmp_path) as page:
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
        assert (
            page.until("document.querySelector('.target button:nth-child(3)').style.getPropertyValue('--weight')")
            == "1"
        )

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

        page.click(".save")
        end = time.monotonic() + 20
        while not list(tmp_path.glob("*.html")) and time.monotonic() < end:
            time.sleep(0.05)
        (saved,) = tmp_path.glob("*.html")
        kept = saved.read_text(encoding="utf-8")
        assert "שלום" in kept and "<script" not in kept and "&lt;b&gt;" in kept

        for width in (320, 768, 1280):
            page.size(width, 800)
            assert page.run("return document.documentElement.scrollWidth") <= width
        assert page.messages() == []
        asked = {one for one in page.requests() if not one.startswith(("data:", "blob:"))}
        assert asked and all(one.startswith(address) for one in asked)


def test_the_page_is_small():
    import seqtasks

    package = Path(seqtasks.__file__).parent
    files = [*(package / "play" / "page").glob("*.*"), *(package / "tasks").glob("*/view.js")]
    assert sum(file.stat().st_size for file in files) < 100_000
