// Live figures without Python: a slider, Play, and the frames that were drawn before.

const NARROW = 560; // pixels: narrower figures take the frames drawn for a phone
const STEP = 800; // milliseconds of a frame in Play

function begin(figure) {
  const told = JSON.parse(figure.querySelector("script").textContent);
  const [panel, frame, sentence] = [".live-panel", ".live-frame", ".live-sentence"].map(
    (part) => figure.querySelector(part),
  );
  const id = `live-${told.place}`;
  let series = 0, place = told.first, near = false, timer;

  panel.innerHTML = `
    <label for="${id}"></label>
    <input type="range" id="${id}" min="0" step="1">
    <output for="${id}"></output>
    <button type="button">Play</button>`;
  const [label, slider, readout, play] = panel.children;
  label.textContent = told.label;
  slider.max = told.values.length - 1;

  if (told.series.length > 1) {
    const menu = document.createElement("select");
    told.series.forEach(({ words }, n) => menu.add(new Option(words, n)));
    const name = document.createElement("label");
    name.append(`${told.menu} `, menu);
    panel.append(name);
    menu.addEventListener("change", () => {
      series = Number(menu.value);
      if (near) fetchAll();
      show(place);
    });
  }

  const room = () => (figure.clientWidth < NARROW ? "narrow" : "wide");
  const file = (n) =>
    `live/${told.place}/${room()}-${series}-${String(n).padStart(2, "0")}.webp`;

  const fetched = new Map(); // kept, so that the browser keeps them
  function fetchAll() {
    const ahead = told.values.map((_, n) => n);
    ahead.sort((a, b) => Math.abs(a - place) - Math.abs(b - place));
    for (const n of ahead.map(file))
      if (!fetched.has(n)) fetched.set(n, Object.assign(new Image(), { src: n }));
  }

  function show(n) {
    place = n;
    const [width, height] = told.size[room()];
    const words = told.series[series].sentences[n];
    sentence.innerHTML = words;
    frame.alt = sentence.textContent.replace(/\s+/g, " ").trim();
    frame.width = width;
    frame.height = height;
    frame.style.width = `${width}px`; // a frame has up to two pixels for each
    if (near && !frame.src.endsWith(file(n))) frame.src = file(n);
    slider.value = n;
    slider.setAttribute("aria-valuetext", told.values[n]);
    readout.textContent = told.values[n];
  }

  function stop() {
    clearInterval(timer);
    timer = undefined;
    play.textContent = "Play";
  }

  play.addEventListener("click", () => {
    if (timer) return stop();
    if (place === told.values.length - 1) show(0);
    play.textContent = "Stop";
    timer = setInterval(() => {
      show(place + 1);
      if (place === told.values.length - 1) stop();
    }, STEP);
  });
  slider.addEventListener("input", () => {
    stop();
    show(Number(slider.value));
  });

  for (const part of [panel, frame, sentence]) part.hidden = false;
  figure.classList.add("live-moves");
  sentence.setAttribute("aria-live", "polite");
  show(place);
  new ResizeObserver(() => show(place)).observe(figure);
  new IntersectionObserver(
    (seen, watcher) => {
      if (!seen.some((entry) => entry.isIntersecting)) return;
      watcher.disconnect();
      near = true;
      show(place);
      frame.addEventListener("load", fetchAll, { once: true });
    },
    { rootMargin: "800px" },
  ).observe(figure);
}

// What scrolls sideways can be scrolled with the keys
function reachable() {
  const wide = ".cell_output pre, .highlight pre, .table-scrolls, div.math";
  for (const block of document.querySelectorAll(wide))
    if (block.scrollWidth > block.clientWidth + 1) block.tabIndex = 0;
}

for (const figure of document.querySelectorAll("figure.live")) begin(figure);
for (const table of document.querySelectorAll("article table")) {
  const box = document.createElement("div");
  box.className = "table-scrolls";
  table.replaceWith(box);
  box.append(table);
}
addEventListener("load", reachable);
