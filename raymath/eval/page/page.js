"use strict";
// The item browser. Text of models only ever becomes text nodes; MathML is built element by element.
const HEIGHT = 26, MATHML = "http://www.w3.org/1998/Math/MathML";
const [SERIES, ITEM, SAMPLE, VERDICT, STRICT, STATUSES, TOKENS, ROUNDS] = [0, 1, 2, 3, 4, 5, 6, 7];
const $ = id => document.getElementById(id);
const blocks = new Map();
const block = name => {
  if (!blocks.has(name)) blocks.set(name, JSON.parse($(name).textContent));
  return blocks.get(name);
};
const index = block("index");
const from = (what, number) => block(`${what}-${Math.floor(number / index.chunk)}`)[number % index.chunk];
const key = (series, item, sample) => `${series} ${item} ${sample}`;
const places = new Map(index.rows.map((row, at) => [key(row[SERIES], row[ITEM], row[SAMPLE]), at]));
let shown = [], open = -1;

function element(name, className, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

function tree([name, attributes, ...children]) {
  const made = document.createElementNS(MATHML, name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  made.append(...children.map(child => typeof child === "string" ? child : tree(child)));
  return made;
}

function mixed(parts) {
  return parts.map(part => {
    if (typeof part === "string") return part;
    const [source, made] = from("formulas", part);
    const math = tree(made);
    math.setAttribute("title", source);
    return math;
  });
}

function option(select, value, label) {
  const made = element("option", "", label);
  made.value = value;
  $(select).append(made);
}

function other(row) {
  return places.get(key(Number($("right").value), row[ITEM], row[SAMPLE]));
}

function wanted(row) {
  const [benchmark, id] = index.items[row[ITEM]], differ = $("differ").value, status = $("status").value;
  if (row[SERIES] !== Number($("left").value)) return false;
  if ($("benchmark").value && benchmark !== $("benchmark").value) return false;
  if ($("verdict").value && row[VERDICT] !== $("verdict").value) return false;
  if (status && !row[STATUSES].includes(status)) return false;
  if ($("search").value && !id.includes($("search").value)) return false;
  if (differ === "equalities") return row[VERDICT] !== row[STRICT];
  if (differ === "sides") {
    const at = other(row);
    return at !== undefined && index.rows[at][VERDICT] !== row[VERDICT];
  }
  return true;
}

function filter() {
  shown = [];
  index.rows.forEach((row, at) => { if (wanted(row)) shown.push(at); });
  $("space").style.height = `${shown.length * HEIGHT}px`;
  $("count").textContent = `${shown.length} of ${index.rows.length} samples`;
  $("list").scrollTop = 0;
  draw();
  show(shown.length ? shown[0] : -1);
}

// Only the rows in sight exist.
function draw() {
  const list = $("list"), first = Math.max(0, Math.floor(list.scrollTop / HEIGHT) - 5);
  const last = Math.min(shown.length, first + Math.ceil(list.clientHeight / HEIGHT) + 10);
  $("space").replaceChildren(...shown.slice(first, last).map((at, offset) => {
    const row = index.rows[at], [benchmark, id] = index.items[row[ITEM]], second = other(row);
    const name = `${benchmark} ${id}${row[SAMPLE] ? ` #${row[SAMPLE]}` : ""}`;
    const made = element("div", at === open ? "item on" : "item", element("span", "", name),
      element("span", row[VERDICT], row[VERDICT]),
      second === undefined ? "" : element("span", index.rows[second][VERDICT], index.rows[second][VERDICT]));
    made.style.top = `${(first + offset) * HEIGHT}px`;
    made.addEventListener("click", () => show(at));
    return made;
  }));
}

function side(at) {
  const row = index.rows[at], detail = from("sample", at);
  const strict = row[STRICT] === row[VERDICT] ? "" : `, strict: ${row[STRICT]}`;
  const made = element("div", "side", element("h3", "", index.series[row[SERIES]]),
    element("div", row[VERDICT], row[VERDICT] + strict + (detail.reason ? `, ${detail.reason}` : "")),
    element("div", "", "found ", element("code", "", detail.found.join(", ") || "–"),
      ` · ${row[TOKENS]} tokens, ${row[ROUNDS]} rounds, ended by ${detail.finish}` +
      (detail.program === null ? "" : `, last program ${detail.program ? "right" : "wrong"}`)));
  let program = 0;
  for (const [kind, parts] of detail.parts) {
    if (kind === "text") made.append(element("div", "text", ...mixed(parts)));
    else made.append(element("pre", kind, ...parts));
    if (kind === "code" && detail.runs[program]) {
      const [status, seconds] = detail.runs[program++];
      made.append(element("div", "small", `${status}, ${seconds} s`));
    }
  }
  const prompt = element("details", "", element("summary", "small", "prompt"), element("pre", "", detail.prompt));
  made.append(prompt);
  return made;
}

function show(at) {
  open = at;
  if (at < 0) { $("detail").replaceChildren(); return; }
  const row = index.rows[at], second = other(row), [benchmark, id] = index.items[row[ITEM]];
  const sides = [at, ...(second === undefined || second === at ? [] : [second])];
  $("detail").replaceChildren(element("h3", "", `${benchmark} ${id}`),
    element("p", "text", ...mixed(from("question", row[ITEM]))),
    element("p", "", "gold ", element("code", "", from("sample", at).gold.join(", "))),
    element("div", sides.length > 1 ? "sides" : "", ...sides.map(side)));
  draw();
}

function move(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || !shown.length) return;
  event.preventDefault();
  const place = Math.min(shown.length - 1, Math.max(0, shown.indexOf(open) + step)), list = $("list");
  if (place * HEIGHT < list.scrollTop) list.scrollTop = place * HEIGHT;
  if ((place + 1) * HEIGHT > list.scrollTop + list.clientHeight) list.scrollTop = (place + 1) * HEIGHT - list.clientHeight;
  show(shown[place]);
}

index.series.forEach((name, at) => { option("left", at, name); option("right", at, name); });
$("right").value = String(Math.min(1, index.series.length - 1));
for (const name of new Set(index.items.map(([benchmark]) => benchmark))) option("benchmark", name, name);
for (const name of [...new Set(index.rows.flatMap(row => row[STATUSES]))].sort()) option("status", name, name);
for (const id of ["left", "right", "benchmark", "verdict", "differ", "status", "search"]) $(id).addEventListener("input", filter);
$("list").addEventListener("scroll", draw);
$("list").addEventListener("keydown", move);
window.addEventListener("resize", draw);
filter();
