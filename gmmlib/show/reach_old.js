// Makes a live figure reachable with the keyboard alone and by a screen reader.

const REST = 1000; // milliseconds without a change, then the sentence is spoken, once

function put(node, name, value) {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
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
function keepKeys(figure) {
  for (const moment of ["focusin", "keydown", "keyup"])
    figure.addEventListener(moment, (event) => {
      const shortcut = event.ctrlKey || event.metaKey;
      event.target.toggleAttribute("data-lm-suppress-shortcuts", !shortcut);
    });
}

function render({ el }) {
  el.setAttribute("role", "status");
  el.style.cssText = "position:absolute;width:1px;height:1px;clip-path:inset(50%)";
  let said, timer, closed;

  function speak(figure) {
    const sentence = figure.querySelector(".gmmlib-sentence")?.textContent;
    if (sentence === said) return;
    if (said !== undefined) {
      clearTimeout(timer);
      timer = setTimeout(() => {
        el.textContent = sentence;
        timer = setTimeout(() => (el.textContent = ""), REST);
      }, REST);
    }
    said = sentence;
  }

  const watcher = new MutationObserver(() => {
    const figure = el.closest(".gmmlib-live");
    if (figure) follow(figure); // else it has just been taken away
  });
  function follow(figure) {
    nameSliders(figure);
    speak(figure);
  }
  (function begin() {
    const figure = el.closest(".gmmlib-live");
    if (closed) return;
    if (!figure) return requestAnimationFrame(begin); // not yet in the page
    keepKeys(figure);
    follow(figure);
    const attributeFilter = ["aria-valuetext"];
    watcher.observe(figure, { childList: true, subtree: true, attributeFilter });
  })();
  return () => {
    closed = true;
    clearTimeout(timer);
    watcher.disconnect();
  };
}

export default { render };
