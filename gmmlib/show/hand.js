// The browser's side of a live figure. It lets keyboard and screen reader in, tells
// Python how much room the page has, and carries the reader's hand to the picture.

const REST = 1000; // milliseconds without a change, then the sentence is spoken, once
const QUIET = 300; // milliseconds without a new picture, then the figure asks for Python
const BUSY = 400; // more of them without an answer, then it says why

function put(node, name, value) {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

function frameOf(figure) {
  return Number(figure.querySelector("[data-frame]")?.dataset.frame ?? 0);
}

// ipywidgets leaves handle and readout without a name, and says 0.6000000000000001
function nameSliders(figure) {
  for (const slider of figure.querySelectorAll(".widget-slider")) {
    const [label, handle, readout] = ["label", "[role=slider]", ".widget-readout"].map(
      (part) => slider.querySelector(part),
    );
    if (!label || !handle || !readout) continue; // not there yet
    put(handle, "aria-label", label.textContent);
    if (label.title !== label.textContent) put(handle, "aria-description", label.title);
    put(handle, "aria-valuetext", readout.textContent);
    put(readout, "role", "textbox");
    put(readout, "aria-label", label.textContent);
  }
}

// Letters and arrows belong to the control in focus: "d d" would delete the whole cell.
// With Ctrl or Cmd they stay the notebook's.
function keepKeys(figure, signal) {
  for (const moment of ["focusin", "keydown", "keyup"])
    figure.addEventListener(
      moment,
      (event) => {
        const shortcut = event.ctrlKey || event.metaKey;
        event.target.toggleAttribute("data-lm-suppress-shortcuts", !shortcut);
      },
      { signal },
    );
}

// Say the sentence once it rests, for those who do not see the picture
function voice(el) {
  let said, timer;
  return (figure) => {
    const sentence = figure.querySelector(".gmmlib-sentence")?.dataset.said;
    if (sentence === said) return;
    if (said !== undefined) {
      clearTimeout(timer);
      timer = setTimeout(() => {
        el.textContent = sentence;
        timer = setTimeout(() => (el.textContent = ""), REST);
      }, REST);
    }
    said = sentence;
  };
}

// Tell Python the width and height that are there, and the screen's pixels a pixel
function tellRoom(model, figure, signal) {
  const tell = () => {
    const width = Math.round(figure.clientWidth);
    if (width === 0) return; // hidden
    const room = [width, window.innerHeight, window.devicePixelRatio];
    if (room.join() === model.get("room").join()) return;
    model.set("room", room);
    model.save_changes();
  };
  const watcher = new ResizeObserver(tell);
  watcher.observe(figure);
  signal.addEventListener("abort", () => watcher.disconnect());
  window.addEventListener("resize", tell, { signal });
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  const tellCalm = () => {
    model.set("calm", calm.matches);
    model.save_changes();
  };
  calm.addEventListener("change", tellCalm, { signal });
  if (calm.matches) tellCalm();
  tell();
}

// A handle under the pointer is held until it is let go; else the pointer asks
function takeHold(model, figure, signal) {
  const on = (name, act) => figure.addEventListener(name, act, { signal });
  const place = (event) => {
    const box = figure.querySelector(".gmmlib-picture").getBoundingClientRect();
    return [(event.clientX - box.x) / box.width, (event.clientY - box.y) / box.height];
  };
  const send = (name, value) => {
    model.set(name, value);
    model.save_changes();
  };
  let held = null;
  on("dragstart", (event) => event.preventDefault());
  on("pointerdown", (event) => {
    if (event.button || !event.target.closest(".gmmlib-handle")) return;
    const away = [...figure.querySelectorAll(".gmmlib-handle")].map((handle) => {
      const box = handle.getBoundingClientRect();
      const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
      return Math.hypot(event.clientX - x, event.clientY - y);
    });
    held = away.indexOf(Math.min(...away));
    const stays = figure.querySelector(".gmmlib-picture").parentElement;
    stays.setPointerCapture(event.pointerId); // the handle is replaced by each picture
    figure.classList.add("gmmlib-held");
    event.preventDefault();
  });
  on("pointermove", (event) => {
    if (held !== null) send("grip", [held, ...place(event)]);
    else if (event.target.closest(".gmmlib-picture") && event.pointerType === "mouse")
      send("over", place(event));
  });
  for (const end of ["pointerup", "pointercancel"])
    on(end, () => {
      held = null;
      figure.classList.remove("gmmlib-held");
    });
  on("pointerout", (event) => {
    if (event.target.closest(".gmmlib-picture")) model.set("hint", []);
  });
}

function showHint(model, figure) {
  figure.querySelector(".gmmlib-hint")?.remove();
  const [text, x, y] = model.get("hint");
  const picture = figure.querySelector(".gmmlib-picture");
  if (!text || !picture) return;
  const hint = document.createElement("div");
  hint.className = "gmmlib-hint";
  hint.textContent = text;
  hint.style.left = `${100 * x}%`;
  hint.style.top = `${100 * y}%`;
  picture.append(hint);
}

// When a control is moved and Python does not answer, say so beside the control
function watchAnswers(model, figure, signal) {
  let asked = model.get("answered"), timer; // another view may have asked before
  const say = (where) => {
    const note = document.createElement("div");
    note.className = "gmmlib-busy";
    note.setAttribute("role", "status");
    note.textContent = figure.querySelector(".jupyter-widgets-disconnected")
      ? "Python has stopped. Choose Kernel → Restart Kernel and Run All Cells."
      : "Python is busy with other cells. The picture follows when they are done.";
    where.after(note);
  };
  const done = () => {
    clearTimeout(timer);
    figure.querySelector(".gmmlib-busy")?.remove();
  };
  const ask = (event) => {
    const where = event.target.closest(".widget-inline-hbox, .gmmlib-picture, button");
    if (!where) return;
    const before = frameOf(figure);
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (frameOf(figure) !== before) return;
      asked = model.get("asked") + 1;
      model.set("asked", asked);
      model.save_changes();
      timer = setTimeout(() => {
        if (model.get("answered") >= asked) return;
        figure.querySelector(".gmmlib-busy")?.remove();
        say(where);
      }, BUSY);
    }, QUIET);
  };
  for (const name of ["pointerup", "keydown", "change"])
    figure.addEventListener(name, ask, { signal, capture: true });
  const answer = () => model.get("answered") >= asked && done();
  model.on("change:answered", answer);
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    model.off("change:answered", answer);
  });
}

// Without Python nothing plays on: let go of Play
function letGo(model, figure, signal) {
  const look = () => {
    if (!figure.querySelector(".jupyter-widgets-disconnected")) return;
    for (const button of figure.querySelectorAll("button.mod-active")) {
      if (button.textContent !== "Stop") continue;
      button.textContent = "Play";
      button.classList.remove("mod-active");
      button.setAttribute("aria-pressed", "false");
    }
  };
  const soon = () => setTimeout(look); // when all controls know
  model.on("comm_live_update", soon);
  signal.addEventListener("abort", () => model.off("comm_live_update", soon));
}

function render({ model, el }) {
  el.setAttribute("role", "status");
  el.style.cssText = "position:absolute;width:1px;height:1px;clip-path:inset(50%)";
  const closing = new AbortController(), { signal } = closing, speak = voice(el);

  (function begin() {
    const figure = el.closest(".gmmlib-live");
    if (signal.aborted) return;
    if (!figure) return requestAnimationFrame(begin); // not yet in the page
    const follow = () => {
      nameSliders(figure);
      speak(figure);
      const frame = frameOf(figure);
      if (frame > model.get("seen")) {
        model.set("seen", frame);
        model.save_changes();
      }
    };
    keepKeys(figure, signal);
    tellRoom(model, figure, signal);
    takeHold(model, figure, signal);
    watchAnswers(model, figure, signal);
    letGo(model, figure, signal);
    const hint = () => showHint(model, figure);
    model.on("change:hint", hint);
    const watcher = new MutationObserver(follow);
    const attributeFilter = ["aria-valuetext"];
    watcher.observe(figure, { childList: true, subtree: true, attributeFilter });
    signal.addEventListener("abort", () => {
      watcher.disconnect();
      model.off("change:hint", hint);
    });
    follow();
  })();
  return () => closing.abort();
}

export default { render };
