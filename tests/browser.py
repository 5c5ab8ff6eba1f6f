"""Chapters open in JupyterLab and a headless browser, for tests and the benchmark."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

PICTURE = 'img[src^="data:image/jpeg"]'
SETTINGS = {  # nothing asks, nothing calls home, each chapter is opened as it came
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "docmanager-extension/plugin": {"autosave": False},
}
# Name each cell in the page, and keep a list of what the kernel still has to answer
READY = """async () => {
    const panel = window.panel = jupyterapp.shell.currentWidget;
    await Promise.all([panel.context.ready, panel.sessionContext.ready]);
    for (const cell of panel.content.widgets) cell.node.dataset.cell = cell.model.id;
    const asked = window.asked ??= new Set();
    const kernel = panel.sessionContext.session.kernel;
    kernel.anyMessage.connect((_, { msg, direction }) => {
        if (direction === "send" && msg.header.msg_type === "comm_msg")
            asked.add(msg.header.msg_id);
        else if (msg.content.execution_state === "idle")
            asked.delete(msg.parent_header.msg_id);
    });
}"""
OPEN = """async path => {
    const panel = await jupyterapp.commands.execute("docmanager:open", { path });
    await panel.context.ready;
    jupyterapp.shell.activateById(panel.id);
}"""
RUN = """async ids => {
    const { commands } = jupyterapp, { content } = panel;
    for (const id of ids) {
        content.deselectAll();
        content.activeCellIndex = content.widgets.findIndex(c => c.model.id === id);
        await commands.execute("notebook:run-cell");
    }
}"""
# axe-core skips the contrast of what is scrolled out of sight
UNFOLDED = """* {
    content-visibility: visible !important;
    overflow: visible !important;
    contain: none !important;
}"""
SETTLED = """async () => {
    const frame = () => new Promise(requestAnimationFrame), begun = performance.now();
    for (let still = 0; still < 2; still = asked.size ? 0 : still + 1) {
        if (performance.now() - begun > 30000) throw Error("no answer");
        await frame();
    }
}"""


def missing():
    """Return a sentence that says what to install, or None if all is there."""
    try:
        import axe_playwright_python  # noqa: F401
        import playwright.sync_api  # noqa: F401
    except ImportError:
        return "missing: python -m pip install playwright axe-playwright-python"
    if executable() is None:
        return "chromium is missing: apt install chromium (or your system's package)"


def executable():
    """Return the path of the system's own Chromium, or None."""
    return shutil.which("chromium") or shutil.which("google-chrome")


@contextmanager
def chromium():
    """Start a headless Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable())
        yield browser
        browser.close()


@contextmanager
def jupyterlab(*folders):
    """Serve copies of folders, side by side; everything written is temporary."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        base, port = Path(folder), _free_port()
        root = base / "root"
        for path in map(Path, folders):
            shutil.copytree(path, root / path.name)
        env = {k: v for k, v in os.environ.items() if k != "GMMLIB_STILL"}
        for name in ("CONFIG", "DATA", "RUNTIME"):
            env[f"JUPYTER_{name}_DIR"] = str(base / name.lower())
        for name in ("SETTINGS", "WORKSPACES"):
            env[f"JUPYTERLAB_{name}_DIR"] = str(base / name.lower())
        env["IPYTHONDIR"] = str(base / "ipython")
        for name, values in SETTINGS.items():
            path = base / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
            path.parent.mkdir(parents=True)
            path.write_text(json.dumps(values), encoding="utf-8")
        options = {
            "ServerApp.ip": "127.0.0.1",
            "ServerApp.port": port,
            "ServerApp.root_dir": root,
            "ServerApp.open_browser": False,
            "ServerApp.allow_root": True,
            "IdentityProvider.token": "",
            "LabApp.expose_app_in_browser": True,
        }
        command = [sys.executable, "-m", "jupyterlab"]
        command += [f"--{name}={value}" for name, value in options.items()]
        log = base / "log.txt"
        with log.open("w") as file:
            server = subprocess.Popen(command, env=env, stdout=file, stderr=file)
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_until_it_answers(f"{url}/api", server, log)
            yield url
        finally:
            server.terminate()
            try:
                server.wait(timeout=30)
            except subprocess.TimeoutExpired:
                server.kill()


def _free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def _wait_until_it_answers(url, server, log, seconds=60):
    end = time.monotonic() + seconds
    while True:
        try:
            return urllib.request.urlopen(url, timeout=5).close()
        except OSError:
            if server.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"no JupyterLab: {log.read_text()}") from None
            time.sleep(0.1)


class Chapter:
    """One notebook with one kernel, in a page of its own or in one that is open."""

    def __init__(self, browser, url, name, page=None, **how):
        how = {"viewport": {"width": 1280, "height": 720}} | how
        self.page, self.complaints = page or browser.new_page(**how), []
        self.page.on("pageerror", self._hear)
        self.page.on("console", self._listen)
        if page:
            self.page.evaluate(OPEN, name)
        else:
            self.page.goto(f"{url}/doc/tree/{name}")
            self.page.wait_for_function(
                "() => window.jupyterapp?.shell.currentWidget?.context?.isReady",
                timeout=60_000,
            )
        self.page.evaluate(READY)

    def _hear(self, error):
        self.complaints.append(str(error))

    def _listen(self, message):
        if message.type == "error":
            self.complaints.append(f"{message.text} ({message.location['url']})")

    def cell(self, id):
        """Return a cell, in view, since JupyterLab draws first what is near."""
        cell = self.page.locator(f'[data-cell="{id}"]')
        cell.scroll_into_view_if_needed()
        return cell

    def run_all(self):
        """Run all cells; return the names of the errors among the outputs."""
        self.page.evaluate(
            "() => jupyterapp.commands.execute('notebook:run-all-cells')"
        )
        return self._errors()

    def run(self, ids):
        """Run the cells of these ids, one after the other; return their errors."""
        self.page.evaluate(RUN, ids)
        return self._errors()

    def _errors(self):
        outputs = self.page.evaluate(
            "() => panel.content.widgets.flatMap(c => c.model.outputs?.toJSON() ?? [])"
        )
        return [o["evalue"] for o in outputs if o["output_type"] == "error"]

    def findings(self):
        """Return what axe-core finds in texts and outputs, with all folds open."""
        from axe_playwright_python.sync_playwright import Axe

        style = self.page.add_style_tag(content=UNFOLDED)
        self.page.evaluate(
            "() => document.querySelectorAll('details').forEach(d => d.open = true)"
        )
        ours = [[".jp-OutputArea-output"], [".jp-RenderedMarkdown"]]
        options = {
            "resultTypes": ["violations"],
            "rules": {"link-in-text-block": {"enabled": False}},  # JupyterLab's theme
        }
        found = Axe().run(self.page, {"include": ours}, options)
        style.evaluate("style => style.remove()")
        return found.response["violations"]

    def settle(self):
        """Wait until the kernel has answered everything and the answers are shown."""
        self.page.evaluate(SETTLED)

    def close(self, page=True):
        """Stop the kernel, and close the page or the notebook alone."""
        self.page.evaluate("() => panel.sessionContext.shutdown()")
        if page:
            self.page.close()
        else:
            self.page.evaluate("() => { panel.dispose(); asked.clear(); }")
            self.page.remove_listener("pageerror", self._hear)
            self.page.remove_listener("console", self._listen)


class Figure:
    """A live figure on a page, and the hand that works its controls."""

    def __init__(self, chapter, cell):
        self.chapter, self.page, self.source = chapter, chapter.page, cell.source
        self.at = chapter.cell(cell.id).locator(".jp-Cell-outputArea")
        self.picture = self.at.locator(PICTURE)
        self.alert = self.at.locator("[role=alert]")
        self.player = self.at.locator(
            ".widget-hbox:has(> .widget-toggle-button):has(> .widget-button)"
        )
        self.play = self.player.locator(".widget-toggle-button")
        self.playing = self.player.locator(".widget-toggle-button.mod-active")

    def open(self):
        """Wait for the picture, and open the sliders that it folds away."""
        self.picture.wait_for()
        self.chapter.settle()
        folded = self.at.locator(".widget-toggle-button:not(.mod-active)")
        for fold in folded.filter(has_text="Numbers").all():
            fold.press("Space")
            self.chapter.settle()

    def shows(self):
        """Return picture and sentence, once the kernel has answered everything."""
        self.chapter.settle()
        said = self.at.locator(".gmmlib-sentence").get_attribute("data-said")
        return self.picture.get_attribute("src"), said

    def controls(self):
        """Return all that keys can work, in the order of the page."""
        keys = "[role=slider], [role=textbox], input, select, button"
        return self.at.locator(keys).locator("visible=true").all()

    def has_focus(self):
        """Return whether the focus is within this figure."""
        return self.at.evaluate("at => at.contains(document.activeElement)")

    def handles(self):
        """Return what can be held in the picture."""
        return self.at.locator(".gmmlib-handle").all()

    def drag(self, handle, right, down):
        """Hold a handle with the mouse, and let it go some pixels away."""
        handle.scroll_into_view_if_needed()
        box, mouse = handle.bounding_box(), self.page.mouse
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        mouse.move(x, y)
        mouse.down()
        for part in (0.3, 0.6, 1):
            mouse.move(x + part * right, y + part * down)
        mouse.up()

    def sliders(self):
        """Return all sliders that can be seen."""
        found = self.at.locator(".widget-slider").locator("visible=true")
        return [Slider(at) for at in found.all()]

    def button(self, word):
        """Return the button that says `word`."""
        return self.player.get_by_role("button", name=word, exact=True)


class Slider:
    """A slider on a page."""

    def __init__(self, at):
        self.at = at
        self.handle = at.locator("[role=slider]")
        self.readout = at.locator(".widget-readout")
        options = at.locator(".slider").evaluate("s => s.noUiSlider.options")
        self.low, self.high = options["range"]["min"], options["range"]["max"]
        self.step, self.label = options["step"], at.locator("label").text_content()

    def press(self, key):
        """Press a key on the handle."""
        self.handle.press(key)

    def burst(self, key, times=60, seconds=1.0):
        """Press a key many times at an even pace."""
        self.handle.focus()
        begun = time.monotonic()
        for i in range(1, times + 1):
            self.handle.page.keyboard.press(key)
            time.sleep(max(0, begun + i * seconds / times - time.monotonic()))

    def write(self, value):
        """Write a value where it is read."""
        self.readout.fill(value.replace("−", "-"))  # it shows a minus, and reads a dash
        self.readout.press("Enter")

    def wait_for(self, condition):
        """Wait until the `value` that is read fulfils a condition."""
        self.at.page.wait_for_function(
            "readout => { const value = parseFloat(readout.textContent.replace("
            f"'−', '-')); return {condition}; }}",
            arg=self.readout.element_handle(),
        )

    @property
    def value(self):
        """The value as it is read."""
        return float(self.readout.text_content().replace("−", "-"))
