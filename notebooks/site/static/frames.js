// Live figures without Python: a slider, Play, and the frames that were drawn before.

const NARROW = 560; // pixels: narrower figures take the frames drawn for a phone
const STEP = 800; // milliseconds of a frame in Play
const REST = 600; // milliseconds without a move, then the sentence is read aloud

function begin(figure, index) {
  const told = JSON.parse(figure.querySelector("script").textContent);
  const [panel, frame, sentence] = [".live-panel", ".live-frame", ".live-sentence"].map(
    (part) => figure.querySelector(part),
  );
  const id = `live-${index}`;
  let series = 0, place = told.first, near = false, room, timer, rest;

  panel.innerHTML = `
    <label for="${id}"></label>
    <input type="range" id="${id}" min="0" step="1">
    <output for="${id}" aria-live="off"></output>
    <button type="button">Play</button>
    <span role="status" class="visually-hidden"></span>`;
  const [label, slider, readout, play, status] = panel.children;
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
      move(place);
    });
  }

  const file = (n) =>
    `live/${told.place}/${room}-${series}-${String(n).padStart(2, "0")}.webp`;

  const fetched = new Map(); // kept, so that the browser keeps them
  function fetchAll() {
    const ahead = told.values.map((_, n) => n);
    ahead.sort((a, b) => Math.abs(a - place) - Math.abs(b - place));
    for (const n of ahead.map(file))
      if (!fetched.has(n)) fetched.set(n, Object.assign(new Image(), { src: n }));
  }

  function show(n) {
    place = n;
    sentence.innerHTML = told.series[series].sentences[n];
    frame.alt = sentence.textContent.replace(/\s+/g, " ").trim();
    if (near && !frame.src.endsWith(file(n))) frame.src = file(n);
    slider.value = n;
    slider.setAttribute("aria-valuetext", told.values[n]);
    readout.textContent = told.values[n];
  }

  function move(n) {
    show(n);
    clearTimeout(rest);
    if (!timer) rest = setTimeout(() => (status.textContent = frame.alt), REST);
  }

  // As wide as the page is now, and with room for the longest sentence: nothing jumps
  function fit() {
    const before = room;
    room = figure.clientWidth < NARROW ? "narrow" : "wide";
    const [width, height] = told.size[room];
    frame.width = width;
    frame.height = height;
    frame.style.width = `${width}px`; // a frame has up to two pixels for each
    sentence.style.minHeight = "";
    const all = told.series.flatMap(({ sentences }) => sentences);
    sentence.innerHTML = all.reduce((a, b) => (b.length > a.length ? b : a));
    sentence.style.minHeight = `${sentence.offsetHeight}px`;
    show(place);
    if (near && before !== room) fetchAll();
  }

  function stop() {
    clearInterval(timer);
    timer = undefined;
    play.textContent = "Play";
  }

  play.addEventListener("click", () => {
    if (timer) {
      stop();
      return move(place);
    }
    play.textContent = "Stop";
    timer = setInterval(() => {
      if (place + 1 === told.values.length - 1) stop();
      move(place + 1);
    }, STEP);
    move(place === told.values.length - 1 ? 0 : place);
  });
  slider.addEventListener("input", () => {
    stop();
    move(Number(slider.value));
  });

  for (const part of [panel, frame, sentence]) part.hidden = false;
  figure.classList.add("live-moves");
  let width;
  new ResizeObserver(() => {
    if (width !== figure.clientWidth) fit();
    width = figure.clientWidth;
  }).observe(figure);
  new IntersectionObserver(
    (seen, watcher) => {
      if (!seen.some((entry) => entry.isIntersecting)) return;
      watcher.disconnect();
      near = true;
      fit();
      frame.addEventListener("load", fetchAll, { once: true });
    },
    { rootMargin: "800px" },
  ).observe(figure);
}

document.querySelectorAll("figure.live").forEach(begin);
for (const table of document.querySelectorAll("article table")) {
  const box = document.createElement("div");
  box.className = "table-scrolls";
  table.replaceWith(box);
  box.append(table);
}

// What is too wide: an equation becomes smaller; the rest is scrolled, with the keys too
function fitWidths() {
  for (const block of document.querySelectorAll("div.math:not([style])")) {
    const { scrollWidth, clientWidth } = block;
    if (!clientWidth) continue; // folded
    const least = parseFloat(getComputedStyle(block.firstElementChild).minWidth) || 1;
    const wide = scrollWidth > clientWidth ? scrollWidth : least; // on paper too
    block.style.setProperty("--wide", wide);
    block.style.setProperty("--room", clientWidth);
  }
  for (const formula of document.querySelectorAll("p span.math, li span.math")) {
    const line = formula.closest("p, li");
    if (formula.offsetWidth > line.clientWidth) formula.classList.add("too-wide");
  }
  const scrolled =
    ".cell_output pre, .highlight pre, .table-scrolls, div.math, .too-wide";
  for (const block of document.querySelectorAll(scrolled))
    if (block.scrollWidth > block.clientWidth + 1) block.tabIndex = 0;
}

addEventListener("load", async () => {
  for (const strip of document.querySelectorAll(".live-strip")) strip.loading = "eager";
  await window.MathJax?.startup?.promise;
  fitWidths();
  document.addEventListener("toggle", fitWidths, { capture: true }); // an answer opens
});

// On paper it is day
const page = document.documentElement;
let theme;
addEventListener("beforeprint", () => {
  theme = page.dataset.theme;
  page.dataset.theme = "light";
});
addEventListener("afterprint", () => (page.dataset.theme = theme));
