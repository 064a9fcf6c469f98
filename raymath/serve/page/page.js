// The page at `/`: a problem in, reasoning, code and output as they arrive. What a model or a program wrote is
// hostile: it enters the document as text only, and as MathML of known elements without attributes that could act.
"use strict";

const at = (id) => document.getElementById(id);
const make = (tag, kind, text) => {
  const element = document.createElement(tag);
  element.className = kind;
  if (text !== undefined) element.textContent = text;
  return element;
};
const headers = () => {
  const given = { "content-type": "application/json" };
  if (at("key").value) given.authorization = `Bearer ${at("key").value}`;
  return given;
};

const MATH = /\$\$([^$]+)\$\$|\$([^$\n]+)\$|\\\[([\s\S]+?)\\\]|\\\(([\s\S]+?)\\\)/g;
const MATHML = "http://www.w3.org/1998/Math/MathML";
const ELEMENTS = new Set(("math mrow mi mn mo ms mtext mspace mfrac msqrt mroot msub msup msubsup munder mover " +
  "munderover mtable mtr mtd mstyle mpadded mphantom menclose mmultiscripts mprescripts none").split(" "));
const ATTRIBUTES = new Set(("display displaystyle mathvariant stretchy fence separator form accent accentunder " +
  "linethickness columnalign rowspacing columnspacing width notation lspace rspace minsize maxsize").split(" "));

// A copy of parsed MathML with nothing in it but what is known.
function copied(node) {
  if (node.nodeType === Node.TEXT_NODE) return document.createTextNode(node.data);
  if (node.nodeType !== Node.ELEMENT_NODE || !ELEMENTS.has(node.localName)) return document.createTextNode("");
  const copy = document.createElementNS(MATHML, node.localName);
  for (const { name, value } of node.attributes) if (ATTRIBUTES.has(name)) copy.setAttribute(name, value);
  for (const child of node.childNodes) copy.append(copied(child));
  return copy;
}

async function typeset(block) {
  const source = block.textContent;
  const found = [...source.matchAll(MATH)];
  if (!found.length) return;
  const formulas = found.map((m) => ({ latex: m[1] ?? m[2] ?? m[3] ?? m[4], block: Boolean(m[1] ?? m[3]) }));
  const answer = await fetch("page/math", { method: "POST", headers: headers(), body: JSON.stringify({ formulas }) });
  if (!answer.ok) return; // the source stays
  const { mathml } = await answer.json();
  const parts = [];
  let end = 0;
  found.forEach((match, index) => {
    parts.push(document.createTextNode(source.slice(end, match.index)));
    const parsed = mathml[index] && new DOMParser().parseFromString(mathml[index], "application/xml");
    const good = parsed && !parsed.querySelector("parsererror");
    parts.push(good ? copied(parsed.documentElement) : document.createTextNode(match[0]));
    end = match.index + match[0].length;
  });
  block.replaceChildren(...parts, document.createTextNode(source.slice(end)));
}

// One answer on the page: a block for each stretch of reasoning, code or output.
class Answer {
  constructor(question) {
    this.element = make("article", "answer");
    this.element.append(make("div", "question", question));
    this.transcript = "";
    this.note = make("div", "note", "…");
    this.element.append(this.note);
    at("answers").append(this.element);
  }
  add(kind, text) {
    this.transcript += text;
    const fresh = kind === "code" && /^```(python|py)/.test(text);
    if (kind !== this.kind || fresh) this.begin(kind);
    this.raw += text;
    const shown = kind === "text" ? this.raw : this.raw.replace(/^```\w*[ \t]*\n?/, "").replace(/\n?```[ \t]*\n?$/, "");
    this.block.textContent = shown;
  }
  begin(kind) {
    if (this.kind === "text") typeset(this.block);
    this.kind = kind;
    this.raw = "";
    this.block = make(kind === "text" ? "div" : "pre", kind);
    if (kind !== "text") this.block.dataset.title = kind === "code" ? "program" : "output";
    this.note.before(this.block);
  }
  end(note, failed) {
    if (this.kind === "text") typeset(this.block);
    this.note.textContent = note;
    this.note.classList.toggle("error", Boolean(failed));
    const copy = make("button", "copy", "Copy");
    copy.type = "button";
    copy.onclick = () => navigator.clipboard.writeText(this.transcript);
    this.element.append(copy);
  }
}

async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let waiting = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const parts = (waiting + value).split("\n\n");
    waiting = parts.pop();
    for (const part of parts) {
      const data = part.replace(/^data: /, "");
      if (data === "[DONE]") return;
      yield JSON.parse(data);
    }
  }
}

let running = null;

async function solve(problem) {
  const answer = new Answer(problem);
  running = new AbortController();
  at("send").hidden = true;
  at("stop").hidden = false;
  try {
    const body = { model: at("model").value + at("mode").value, stream: true, stream_options: { include_usage: true },
      temperature: 0, messages: [{ role: "user", content: problem }] };
    const response = await fetch("v1/chat/completions",
      { method: "POST", headers: headers(), body: JSON.stringify(body), signal: running.signal });
    if (!response.ok) throw new Error((await response.json()).error.message);
    let usage = null;
    for await (const event of events(response)) {
      if (event.error) throw new Error(event.error.message);
      if (event.usage) usage = event.usage;
      const delta = event.choices?.[0]?.delta?.content;
      if (delta) answer.add(event.raymath?.kind ?? "text", delta);
    }
    const tool = usage?.tool_tokens ? `, ${usage.tool_tokens} printed by programs` : "";
    answer.end(usage ? `${usage.completion_tokens} tokens written${tool}` : "");
  } catch (error) {
    answer.end(error.name === "AbortError" ? "stopped" : error.message, error.name !== "AbortError");
  } finally {
    running = null;
    at("send").hidden = false;
    at("stop").hidden = true;
  }
}

async function models() {
  const response = await fetch("v1/models", { headers: headers() });
  at("key-label").hidden = response.status !== 401 && !at("key").value;
  if (!response.ok) return;
  const names = (await response.json()).data.map((model) => model.id);
  const plain = names.filter((name) => names.includes(`${name}:tir`));
  at("model").replaceChildren(...plain.map((name) => new Option(name, name)));
}

at("key").onchange = models;
at("stop").onclick = () => running?.abort();
at("problem").onkeydown = (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    at("form").requestSubmit();
  }
};
at("form").onsubmit = (event) => {
  event.preventDefault();
  const problem = at("problem").value.trim();
  if (problem && !running) {
    at("problem").value = "";
    solve(problem);
  }
};
models();
