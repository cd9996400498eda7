
// Curves are read where one points, or by the arrow keys; pictures are scrolled through by a slider.

const numbers = (text) => (text ? text.split(" ").map(Number) : []);
const grouped = new Intl.NumberFormat("en", { maximumSignificantDigits: 5 });
const text = (value) => (value !== 0 && (Math.abs(value) >= 1e9 || Math.abs(value) < 1e-3) ? value.toExponential(3) : grouped.format(value));
const whole = (value) => value.toLocaleString("en");

class Curve {
  constructor(group) {
    this.name = group.dataset.name;
    for (const name of ["last", "mean", "low", "high"]) this[name] = numbers(group.dataset[name]);
    this.first = group.dataset.first ? numbers(group.dataset.first) : this.last;
    this.points = group.querySelector("polyline").points;
    this.mark = document.createElementNS("http://www.w3.org/2000/svg", "circle");
    this.mark.setAttribute("class", "mark");
    this.mark.setAttribute("r", 4);
    this.mark.setAttribute("hidden", "");
    group.append(this.mark);
  }

  nearest(x) {
    let [low, high] = [0, this.points.numberOfItems - 1];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.points.getItem(middle).x < x) low = middle;
      else high = middle;
    }
    return Math.abs(this.points.getItem(low).x - x) <= Math.abs(this.points.getItem(high).x - x) ? low : high;
  }

  at(iteration) {
    const place = this.last.findIndex((last) => last >= iteration);
    return place < 0 ? this.last.length - 1 : place;
  }

  show(place) {
    const point = this.points.getItem(place);
    this.mark.setAttribute("cx", point.x);
    this.mark.setAttribute("cy", point.y);
    this.mark.removeAttribute("hidden");
  }

  when(place) {
    const [first, last] = [this.first[place], this.last[place]];
    return first < last ? `iterations ${whole(first)} to ${whole(last)}` : `iteration ${whole(last)}`;
  }

  value(place) {
    const range = this.low.length ? ` (${text(this.low[place])} to ${text(this.high[place])})` : "";
    return `${text(this.mean[place])}${range}`;
  }
}

class Reader {
  constructor(svg) {
    this.svg = svg;
    this.curves = [...svg.querySelectorAll(".curve")].map((group) => new Curve(group)).filter((one) => one.last.length);
    if (!this.curves.length) return;
    this.longest = this.curves.reduce((a, b) => (b.last.length > a.last.length ? b : a));
    this.place = this.longest.last.length - 1;
    this.pointer = svg.querySelector(".pointer");
    this.reading = svg.closest("figure").querySelector(".reading");
    const label = svg.closest("figure").querySelector("h3").textContent;
    const settings = { role: "slider", tabindex: 0, "aria-label": `${label}: values`, "aria-valuemin": 0 };
    for (const [name, value] of Object.entries(settings)) svg.setAttribute(name, value);
    svg.setAttribute("aria-valuemax", this.place);
    this.told();
    svg.addEventListener("pointermove", (event) => this.pointed(event));
    svg.addEventListener("pointerdown", (event) => this.pointed(event));
    svg.addEventListener("pointerleave", () => this.hide());
    svg.addEventListener("keydown", (event) => this.pressed(event));
    svg.addEventListener("focus", () => this.show());
    svg.addEventListener("blur", () => this.hide());
  }

  pointed(event) {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(this.svg.getScreenCTM().inverse());
    this.place = this.longest.nearest(point.x);
    this.show();
  }

  pressed(event) {
    const last = this.longest.last.length - 1;
    const page = Math.max(1, Math.round(last / 10));
    const moves = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -page, PageUp: page, Home: -last, End: last };
    if (!(event.key in moves)) return;
    event.preventDefault();
    this.place = Math.min(last, Math.max(0, this.place + moves[event.key]));
    this.show();
  }

  told() {
    const x = this.longest.points.getItem(this.place).x;
    const reached = this.curves.filter((curve) => curve.points.getItem(curve.last.length - 1).x >= x - 0.5);
    const parts = reached.map((curve) => {
      const place = curve.nearest(x);
      return [curve, place, `${curve.name} ${curve.value(place)}`];
    });
    const words = `${this.longest.when(this.place)}: ${parts.map((part) => part[2]).join(", ")}`;
    this.svg.setAttribute("aria-valuenow", this.place);
    this.svg.setAttribute("aria-valuetext", words);
    return [x, parts, words];
  }

  show() {
    const [x, parts, words] = this.told();
    for (const curve of this.curves) curve.mark.setAttribute("hidden", "");
    for (const [curve, place] of parts) curve.show(place);
    this.pointer.setAttribute("x1", x);
    this.pointer.setAttribute("x2", x);
    this.pointer.removeAttribute("hidden");
    this.reading.textContent = words;
  }

  hide() {
    if (document.activeElement === this.svg) return;
    for (const curve of this.curves) curve.mark.setAttribute("hidden", "");
    this.pointer.setAttribute("hidden", "");
    this.reading.textContent = "";
  }

  mark(iteration) {
    const moment = this.svg.querySelector(".moment");
    const x = this.longest.points.getItem(this.longest.at(iteration)).x;
    moment.setAttribute("x1", x);
    moment.setAttribute("x2", x);
    moment.removeAttribute("hidden");
  }
}

const readers = [...document.querySelectorAll("svg.curves")].map((svg) => new Reader(svg)).filter((one) => one.curves.length);

for (const strip of document.querySelectorAll(".strip")) {
  const slider = strip.querySelector("input[type=range]");
  if (!slider) continue;
  const frames = [...strip.querySelectorAll("img[data-iteration]")];
  const play = strip.querySelector(".play");
  let timer = null;
  const show = () => {
    const iteration = Number(frames[slider.value].dataset.iteration);
    frames.forEach((frame, place) => (frame.hidden = place !== Number(slider.value)));
    strip.querySelector(".when").textContent = whole(iteration);
    slider.setAttribute("aria-valuetext", `iteration ${whole(iteration)}`);
    for (const reader of readers) reader.mark(iteration);
  };
  const stop = () => {
    clearInterval(timer);
    timer = null;
    play.textContent = "Play";
    play.setAttribute("aria-pressed", "false");
  };
  slider.addEventListener("input", () => {
    stop();
    show();
  });
  play.addEventListener("click", () => {
    if (timer !== null) return stop();
    if (slider.value === slider.max) slider.value = 0;
    play.textContent = "Pause";
    play.setAttribute("aria-pressed", "true");
    show();
    timer = setInterval(() => {
      slider.value = Number(slider.value) + 1;
      show();
      if (slider.value === slider.max) stop();
    }, 400);
  });
  show();
}
