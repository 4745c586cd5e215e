"use strict";
/*
 * Draws the timeline. `data` is what page.py wrote; times are nanoseconds. The view is the part of
 * the run that is shown; the selection is one span, call or mark of one lane. Text of the trace
 * goes into text nodes and canvases only.
 */
(() => {
  const root = document.documentElement;
  root.dataset.errors = "0";
  const failed = () => { root.dataset.errors = String(Number(root.dataset.errors) + 1); };
  window.addEventListener("error", failed);
  window.addEventListener("unhandledrejection", failed);

  const data = JSON.parse(document.getElementById("data").textContent);
  const lanes = data.lanes;
  const SPAN = { state: 0, begin: 1, end: 2, why: 3, text: 4 };
  const CALL = { begin: 0, end: 1, name: 2, text: 3 };
  const MARK = { kind: 0, time: 1, text: 2 };
  const MESSAGE = { sent: 0, received: 1, source: 2, target: 3, kind: 4, id: 5, operation: 6,
    label: 7, title: 8, text: 9, came: 10, partner: 11, ended: 12, failed: 13, content: 14 };
  const ON_CPU = new Set(["running", "start", "idle"]);
  const LETTERS = {
    preempt: "P", yield: "Y", block: "B", sleep: "S", exit: "X", kill: "K", fault: "F",
  };
  const REASONS = {
    preempt: "preempted: the clock took the processor",
    yield: "yielded: it gave the processor up",
    block: "blocked: it waits for something",
    sleep: "sleeping: it asked to be woken later",
    exit: "exited", kill: "killed by another process", fault: "ended by a fault",
  };
  const DOING = {
    running: "runs", start: "starts", idle: "has nothing to do", ready: "is ready", new: "is new",
    blocked: "is blocked", sleeping: "sleeps", zombie: "has ended", off: "waits for work",
  };
  const LIGHT = ["#2f66cc", "#c8501f", "#23805a", "#8a45b5", "#9a680c", "#b93562", "#1b7486",
    "#5d6d26", "#79553d", "#5656c0"];
  const DARK = ["#6d9bf0", "#f08a5a", "#55bd92", "#bd87e0", "#d9a741", "#ea769c", "#55b7ca",
    "#a3b65a", "#c0977b", "#9595ee"];
  const MIN_VIEW = 100;
  const PAGE = 100;
  const RULER = 28;
  const ARROWS_DRAWN = 600;
  /** So many messages in sight that they are drawn faintly, and without words. */
  const MANY_MESSAGES = 120;

  const end = Math.max(data.end, 1);
  const view = { from: 0, to: end };
  let selection = null;
  let hovered = null;
  let layout = null;
  let colours = {};
  let drawing = 0;

  // ---- small tools ----

  const $ = (id) => document.getElementById(id);
  const text = (number) => data.texts[number];
  const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

  function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name === "class") made.className = value;
      else if (name === "onclick") made.addEventListener("click", value);
      else made.setAttribute(name, value);
    }
    made.append(...children);
    return made;
  }

  const decimals = (number, digits) => number.toLocaleString("en-US", {
    minimumFractionDigits: digits, maximumFractionDigits: digits,
  });
  const micro = (time) => `${decimals(time / 1000, 3)} µs`;

  /** A duration with about three digits, for places with little room. */
  function brief(time) {
    const [unit, name] = time >= 1e9 ? [1e9, "s"] : time >= 1e6 ? [1e6, "ms"] : [1e3, "µs"];
    const value = time / unit;
    return `${decimals(value, value >= 100 ? 0 : value >= 10 ? 1 : 2)} ${name}`;
  }

  function who(index) {
    const lane = lanes[index];
    return lane.kernel ? "kernel" : `${lane.name} (${lane.pid})`;
  }

  /** The first item whose key is greater than a value, in a list sorted by that key. */
  function after(list, key, value) {
    let low = 0;
    let high = list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (list[middle][key] > value) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  // ---- colours and sizes ----

  function readColours() {
    const style = getComputedStyle(root);
    const names = ["panel", "ink", "soft", "line", "lane", "focus", "arrow", "on-bar", "kernel-bar",
      "preempt", "yield", "block", "sleep", "exit", "kill", "fault", "start", "idle", "ready",
      "blocked", "sleeping", "zombie", "new", "call", "reply", "send", "signal"];
    colours = Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`)]));
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    colours.processes = dark ? DARK : LIGHT;
  }

  function colourOf(index) {
    const palette = colours.processes;
    return lanes[index].kernel ? colours["kernel-bar"] : palette[(index - 1) % palette.length];
  }

  function measure() {
    const width = $("chart").clientWidth;
    const narrow = width < 620;
    layout = {
      width,
      narrow,
      left: narrow ? 8 : 176,
      right: width - 12,
      lane: narrow ? 90 : 68,
      above: narrow ? 26 : 6,
      total: lanes.length * (narrow ? 90 : 68),
    };
    layout.bar = layout.above + 20;
    root.dataset.layout = narrow ? "narrow" : "wide";
    $("chart").style.height = `${RULER + layout.total + 2}px`;
    layout.visible = Math.min(layout.total, Math.max(window.innerHeight - RULER, 200));
    size($("lanes"), width, layout.visible);
    size($("ruler"), width, RULER);
    size($("overview"), $("overview").clientWidth, 34);
    placeLabels();
  }

  function size(canvas, width, height) {
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.height = `${height}px`;
    canvas.getContext("2d").setTransform(ratio, 0, 0, ratio, 0, 0);
  }

  function makeLabels() {
    $("labels").replaceChildren(...lanes.map((lane, index) => {
      const name = element("b", {}, element("i"), lane.kernel ? "kernel" : lane.name);
      const ring = lane.ring === null ? "" : ` · ring ${lane.ring}`;
      const under = lane.kernel ? "its start, and idle" : `pid ${lane.pid}${ring}`;
      const label = element("div", { class: "label" }, name, element("span", {}, under));
      label.dataset.lane = String(index);
      return label;
    }));
  }

  function placeLabels() {
    for (const [index, label] of [...$("labels").children].entries()) {
      label.style.top = `${index * layout.lane}px`;
      label.style.width = `${layout.narrow ? layout.width : layout.left - 4}px`;
      label.style.paddingTop = layout.narrow ? "5px" : "16px";
      label.querySelector("i").style.background = colourOf(index);
    }
  }

  // ---- the view ----

  const scale = () => (layout.right - layout.left) / (view.to - view.from);
  const toX = (time) => layout.left + (time - view.from) * scale();
  const toTime = (x) => view.from + (x - layout.left) / scale();

  function show(from, to) {
    const width = clamp(to - from, Math.min(MIN_VIEW, end), end);
    const middle = (from + to) / 2;
    view.from = clamp(middle - width / 2, 0, end - width);
    view.to = view.from + width;
    redraw();
  }

  /** Where a zoom without a pointer goes: the selection if it is seen, else the middle. */
  function focus() {
    const [begin, stop] = selection ? times(selection) : [view.from, view.to];
    const middle = (begin + stop) / 2;
    return middle >= view.from && middle <= view.to ? middle : (view.from + view.to) / 2;
  }

  function zoom(factor, at = focus()) {
    const width = clamp((view.to - view.from) * factor, Math.min(MIN_VIEW, end), end);
    const share = (at - view.from) / (view.to - view.from);
    show(at - share * width, at - share * width + width);
  }

  function pan(share) {
    const by = (view.to - view.from) * share;
    show(view.from + by, view.to + by);
  }

  /** Move the view, only as far as needed, so that a time is well inside it. */
  function reveal(begin, stop) {
    const width = view.to - view.from;
    if (stop - begin > width) show(begin, stop);
    else if (begin < view.from || stop > view.to) {
      show((begin + stop - width) / 2, (begin + stop + width) / 2);
    }
  }

  function redraw() {
    if (!drawing) drawing = requestAnimationFrame(draw);
  }

  // ---- drawing ----

  function draw() {
    drawing = 0;
    const context = $("lanes").getContext("2d");
    const top = $("lanes").offsetTop - RULER;
    context.clearRect(0, 0, layout.width, layout.visible);
    context.save();
    context.translate(0, -top);
    const first = Math.max(Math.floor(top / layout.lane), 0);
    const last = Math.min(Math.ceil((top + layout.visible) / layout.lane), lanes.length);
    drawGround(context, first, last);
    context.save();
    context.beginPath();
    context.rect(layout.left - 6, top, layout.right - layout.left + 14, layout.visible);
    context.clip();
    for (let index = first; index < last; index++) drawLane(context, index);
    drawArrows(context);
    drawMessages(context);
    for (let index = first; index < last; index++) drawMarks(context, index);
    drawSelection(context);
    context.restore();
    context.restore();
    drawRuler();
    drawOverview();
  }

  function drawGround(context, first, last) {
    for (let index = first; index < last; index++) {
      if (index % 2) {
        context.fillStyle = colours.lane;
        context.fillRect(0, index * layout.lane, layout.width, layout.lane);
      }
    }
    context.strokeStyle = colours.line;
    context.lineWidth = 1;
    context.beginPath();
    for (const time of ticks().times) {
      const x = Math.round(toX(time)) + 0.5;
      context.moveTo(x, first * layout.lane);
      context.lineTo(x, last * layout.lane);
    }
    if (!layout.narrow) {
      context.moveTo(layout.left - 8.5, first * layout.lane);
      context.lineTo(layout.left - 8.5, last * layout.lane);
    }
    context.stroke();
  }

  function drawLane(context, index) {
    const lane = lanes[index];
    const y = index * layout.lane + layout.bar;
    const spans = lane.spans;
    let drawnTo = -Infinity;
    for (let n = Math.max(after(spans, SPAN.begin, view.from) - 1, 0); n < spans.length; n++) {
      const span = spans[n];
      if (span[SPAN.begin] > view.to) break;
      const x = toX(span[SPAN.begin]);
      const right = toX(span[SPAN.end]);
      const tiny = right - x < 0.7;
      if (tiny && right <= drawnTo) continue;
      if (ON_CPU.has(span[SPAN.state])) drawBar(context, index, span, x, right, y);
      else if (!tiny) drawWaiting(context, span, x, right, y);
      if (tiny) drawnTo = Math.floor(right) + 1;
    }
    drawCalls(context, lane, index, y);
  }

  function drawBar(context, index, span, x, right, y) {
    const width = Math.max(right - x, 1);
    const idle = span[SPAN.state] === "idle";
    context.fillStyle = colourOf(index);
    context.globalAlpha = idle ? 0.45 : 1;
    context.beginPath();
    if (width > 6) context.roundRect(x, y, width, 20, 3);
    else context.rect(x, y, width, 20);
    context.fill();
    context.globalAlpha = 1;
    const badge = LETTERS[span[SPAN.why]];
    if (badge && width >= 22) drawBadge(context, span[SPAN.why], right - 18, y + 2);
    else if (badge && width >= 4) {
      context.fillStyle = colours[span[SPAN.why]];
      context.fillRect(right - 2, y - 3, 2, 26);
    }
    const room = Math.min(right, layout.right) - Math.max(x, layout.left) - (badge ? 30 : 12);
    const kernelWord = { start: "the kernel starts", idle: "idle" }[span[SPAN.state]];
    context.fillStyle = kernelWord ? colours.ink : colours["on-bar"];
    const place = Math.max(x, layout.left) + 6;
    const length = brief(span[SPAN.end] - span[SPAN.begin]);
    write(context, place, y + 14, room, kernelWord ? `${kernelWord}, ${length}` : length,
      kernelWord || "");
  }

  function drawBadge(context, why, x, y) {
    context.fillStyle = colours.panel;
    context.beginPath();
    context.roundRect(x - 1, y - 1, 18, 18, 5);
    context.fill();
    context.fillStyle = colours[why];
    context.beginPath();
    context.roundRect(x, y, 16, 16, 4);
    context.fill();
    context.fillStyle = colours.panel;
    context.font = "700 11px system-ui, sans-serif";
    context.textAlign = "center";
    context.fillText(LETTERS[why], x + 8, y + 12);
    context.textAlign = "left";
  }

  /** A state without the processor: a thin line, with words where there is room. */
  function drawWaiting(context, span, x, right, y) {
    if (span[SPAN.state] === "off") return;
    drawState(context, span[SPAN.state], x, right, y);
    const left = Math.max(x, layout.left) + 4;
    context.fillStyle = colours.soft;
    const words = text(span[SPAN.text]);
    write(context, left, y + 1, Math.min(right, layout.right) - left - 4, words, words.split(":")[0]);
  }

  function drawState(context, state, x, right, y) {
    context.strokeStyle = colours[state] || colours.soft;
    context.lineWidth = state === "ready" ? 4 : 2;
    context.setLineDash({ ready: [2, 2], sleeping: [6, 3], zombie: [1, 3], new: [1, 3] }[state] || []);
    context.beginPath();
    context.moveTo(x, y + 10);
    context.lineTo(right, y + 10);
    context.stroke();
    context.setLineDash([]);
  }

  /** Write the longer text, or else the shorter, or else nothing. */
  function write(context, x, y, room, long, short) {
    context.font = "12px system-ui, sans-serif";
    if (room < 14) return;
    for (const words of [long, short]) {
      if (words && context.measureText(words).width <= room) {
        context.fillText(words, x, y);
        return;
      }
    }
  }

  function drawCalls(context, lane, index, y) {
    const calls = lane.callList;
    let drawnTo = -Infinity;
    context.fillStyle = colourOf(index);
    for (let n = firstCall(lane, view.from); n < calls.length; n++) {
      const call = calls[n];
      if (call[CALL.begin] > view.to) break;
      const x = toX(call[CALL.begin]);
      const right = Math.max(toX(call[CALL.end]), x + 1);
      if (right <= drawnTo) continue;
      context.globalAlpha = 0.65;
      context.fillRect(x, y + 23, Math.max(right - x - 0.5, 1), 4);
      context.globalAlpha = 1;
      drawnTo = right - x < 1.5 ? Math.floor(right) + 1 : drawnTo;
      const left = Math.max(x, layout.left);
      const ink = context.fillStyle;
      context.fillStyle = colours.soft;
      const name = text(call[CALL.name]);
      write(context, left, y + 38, Math.min(right, layout.right) - left, name, "");
      context.fillStyle = ink;
    }
  }

  /** Calls of one process follow each other, so at most one begins before the view and reaches it. */
  const firstCall = (lane, time) => Math.max(after(lane.callList, CALL.begin, time) - 1, 0);

  function drawArrows(context) {
    if (!["all", "others"].includes(arrowsShown())) return;
    const first = after(data.arrows, 1, view.from - 1);
    let drawn = 0;
    let lastX = -Infinity;
    for (let n = first; n < data.arrows.length && drawn < ARROWS_DRAWN; n++) {
      const [kind, time, source, target] = data.arrows[n];
      if (time > view.to) break;
      const x = toX(time);
      if (x - lastX < 3) continue;
      lastX = x;
      drawn += 1;
      drawArrow(context, kind, x, source, target);
    }
  }

  function drawArrow(context, kind, x, source, target) {
    context.globalAlpha = 0.8;
    drawLine(context, kind, [x, x], source, target);
    context.globalAlpha = 1;
  }

  const DASHES = { fork: [4, 3], reply: [5, 3], signal: [2, 2] };

  /** From a lane at one place to another lane at the same place, or a later one. */
  function drawLine(context, kind, [x, right], source, target, width = 1.25) {
    const [from, to] = ends(source, target);
    context.strokeStyle = context.fillStyle = colours[kind] || colours.arrow;
    context.lineWidth = width;
    context.setLineDash(DASHES[kind] || []);
    context.beginPath();
    context.moveTo(x, from);
    context.lineTo(right, to);
    context.stroke();
    context.setLineDash([]);
    drawHead(context, right, to, Math.atan2(to - from, right - x), width);
  }

  /** Where an arrow begins and ends, from the top of the lanes. */
  function ends(source, target) {
    const down = target > source;
    return [source * layout.lane + layout.bar + (down ? 20 : 0),
      target * layout.lane + layout.bar + (down ? 6 : 14)];
  }

  function drawHead(context, x, y, angle, width) {
    const size_ = 5 + width;
    context.save();
    context.translate(x, y);
    context.rotate(angle);
    polygonOf(context, [[0, 0], [-size_, size_ * 0.65], [-size_, -size_ * 0.65]]);
    context.fill();
    context.restore();
  }

  function polygonOf(context, points) {
    context.beginPath();
    polygon(context, points);
  }

  // ---- messages ----

  /** Messages by when they are over for the timeline: received, or given up. */
  const arrived = data.messages.map((m, index) => [m[MESSAGE.received] >= 0 ? m[MESSAGE.received]
    : Math.max(m[MESSAGE.ended], m[MESSAGE.sent]), index]).sort(([a, m], [b, n]) => a - b || m - n);
  const longest = arrived.reduce((most, [time, n]) =>
    Math.max(most, time - data.messages[n][MESSAGE.sent]), 0);

  const arrowsShown = () => $("arrows").value || "all";

  /** A reply belongs to its call. */
  function row(index) {
    const message = data.messages[index];
    const partner = message[MESSAGE.partner];
    return message[MESSAGE.kind] === "reply" && partner >= 0 ? partner : index;
  }

  function isShown(index) {
    if (selection && selection.kind === "message" && row(selection.index) === row(index)) return true;
    const message = data.messages[index];
    const which = arrowsShown();
    if (which === "none" || which === "others" || !passes(row(index))) return false;
    return which !== "lane" || !selection ||
      selection.lane === message[MESSAGE.source] || selection.lane === message[MESSAGE.target];
  }

  /** The messages in sight, as [index, place of sending, place of receipt]. */
  function messagesInSight() {
    const found = [];
    for (let n = after(arrived, 0, view.from - 1); n < arrived.length; n++) {
      const [time, index] = arrived[n];
      if (time - longest > view.to) break;
      const message = data.messages[index];
      if (message[MESSAGE.sent] <= view.to && message[MESSAGE.received] >= 0 && isShown(index)) {
        found.push([index, toX(message[MESSAGE.sent]), toX(message[MESSAGE.received])]);
      }
    }
    return found;
  }

  function drawMessages(context) {
    const found = messagesInSight();
    const many = found.length > MANY_MESSAGES;
    const chosen_ = selection && selection.kind === "message" ? row(selection.index) : -1;
    let lastX = -Infinity;
    for (const [n, [index, x, right]] of found.entries()) {
      const message = data.messages[index];
      const its = row(index) === chosen_;
      if (!its && many && right - lastX < 3) continue;
      lastX = right;
      context.globalAlpha = its || (!many && chosen_ < 0) ? 1 : 0.4;
      drawLine(context, message[MESSAGE.kind], [x, right], message[MESSAGE.source],
        message[MESSAGE.target], its ? 2.5 : 1.4);
      if (its || !many) drawMessageLabel(context, message, [x, right], its ? [] : found.slice(n + 1));
      context.globalAlpha = 1;
    }
  }

  /** Beside the arrow, over the lower one of its lanes, if no later arrow would go through it. */
  function drawMessageLabel(context, message, [x, right], later) {
    const lane = lower(message);
    const words_ = text(message[MESSAGE.label]);
    context.font = "12px system-ui, sans-serif";
    const width = context.measureText(words_).width;
    const begin = (message[MESSAGE.source] === lane ? x : right) + 5;
    const stop = begin + width + 6;
    const next = later.find(([index]) => covers(data.messages[index], lane));
    if (stop > layout.right || (next && Math.min(next[1], next[2]) < stop)) return;
    const y = lane * layout.lane + (layout.narrow ? layout.above + 8 : 15);
    context.fillStyle = lane % 2 ? colours.lane : colours.panel;
    context.fillRect(begin - 2, y - 11, width + 4, 14);
    context.fillStyle = colours[message[MESSAGE.failed] ? "fault" : message[MESSAGE.kind]];
    context.fillText(words_, begin, y);
  }

  const lower = (message) => Math.max(message[MESSAGE.source], message[MESSAGE.target]);

  /** Whether an arrow reaches into a lane from above, or goes through it. */
  const covers = (message, lane) =>
    Math.min(message[MESSAGE.source], message[MESSAGE.target]) < lane && lower(message) >= lane;

  /** The message whose arrow passes a place, or null. */
  function messageAt(x, y) {
    let best = null;
    for (const [index, left, right] of data.messages.length ? messagesInSight() : []) {
      const message = data.messages[index];
      const [from, to] = ends(message[MESSAGE.source], message[MESSAGE.target]);
      if (y < Math.min(from, to) - 2 || y > Math.max(from, to) + 2) continue;
      const distance = Math.abs(x - (left + ((right - left) * (y - from)) / (to - from)));
      if (distance <= 5 && (!best || distance < best.distance)) {
        best = { lane: message[MESSAGE.source], kind: "message", index, distance };
      }
    }
    return best;
  }

  const MARK_COLOURS = {
    fault: "fault", panic: "fault", note: "focus", cow: "kill", exec: "sleep", wake: "ready",
    boot: "soft", return: "soft", name: "call", signal: "signal", map: "send",
  };

  function drawMarks(context, index) {
    const marks = lanes[index].marks;
    const y = index * layout.lane + layout.above + 9;
    let lastX = -Infinity;
    let lastSignal = -Infinity;  // They come in crowds.
    for (let n = Math.max(after(marks, MARK.time, view.from) - 1, 0); n < marks.length; n++) {
      const [kind, time] = marks[n];
      if (time > view.to) break;
      const x = toX(time);
      if (x < layout.left - 5 || x - lastX < 2) continue;
      if (kind === "signal" && x - lastSignal < 11) continue;
      lastSignal = kind === "signal" ? x : lastSignal;
      lastX = x;
      drawMark(context, kind, x, y);
    }
  }

  /** Signs differ in shape, not only in colour. */
  function drawMark(context, kind, x, y) {
    context.fillStyle = colours[MARK_COLOURS[kind] || "soft"];
    context.strokeStyle = colours.panel;
    context.lineWidth = 1.5;
    context.beginPath();
    if (kind === "fault" || kind === "panic") polygon(context, [[x, y - 7], [x + 7, y + 6], [x - 7, y + 6]]);
    else if (kind === "note") polygon(context, [[x - 1, y - 7], [x + 8, y - 3], [x + 1, y + 1], [x + 1, y + 8], [x - 1, y + 8]]);
    else if (kind === "cow") context.rect(x - 4.5, y - 4.5, 9, 9);
    else if (kind === "map") polygon(context, [[x - 7, y - 5], [x + 4, y - 5], [x + 7, y + 5], [x - 4, y + 5]]);
    else if (kind === "name") polygon(context, [[x - 7, y - 5], [x + 2, y - 5], [x + 8, y], [x + 2, y + 5], [x - 7, y + 5]]);
    else if (kind === "signal") polygon(context, [[x + 2, y - 8], [x - 5, y + 1], [x - 1, y + 1], [x - 2, y + 8], [x + 5, y - 1], [x + 1, y - 1]]);
    else if (kind === "exec") polygon(context, [[x - 4, y - 6], [x + 6, y], [x - 4, y + 6]]);
    else if (kind === "wake") context.arc(x, y, 3.5, 0, 7);
    else polygon(context, [[x, y - 5], [x + 5, y], [x, y + 5], [x - 5, y]]);
    context.stroke();
    context.fill();
  }

  function polygon(context, points) {
    points.forEach(([x, y], n) => (n ? context.lineTo(x, y) : context.moveTo(x, y)));
    context.closePath();
  }

  function drawSelection(context) {
    for (const [what, colour, width] of [[hovered, colours.soft, 1], [selection, colours.focus, 2.5]]) {
      if (!what) continue;
      if (what.kind === "message") {
        drawMessageEnds(context, data.messages[what.index], colour, width);
        continue;
      }
      const [begin, stop] = times(what);
      const x = toX(begin);
      const right = Math.max(toX(stop), x + 2);
      const y = what.lane * layout.lane;
      const [top, height] = { span: [layout.bar - 2, 24], call: [layout.bar + 21, 8],
        mark: [layout.above, 18] }[what.kind];
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.beginPath();
      if (what.kind === "mark") context.arc(x, y + layout.above + 9, 10, 0, 7);
      else context.roundRect(x - 2, y + top, right - x + 4, height, 4);
      context.stroke();
    }
  }

  /** Circles at both ends; one that was not received has a single one. */
  function drawMessageEnds(context, message, colour, width) {
    const [received, target] = [message[MESSAGE.received], message[MESSAGE.target]];
    const source = message[MESSAGE.source];
    const places = received >= 0 ? ends(source, target) : [source * layout.lane + layout.bar + 10];
    const moments = [message[MESSAGE.sent], received];
    context.strokeStyle = colour;
    context.lineWidth = width;
    places.forEach((y, n) => {
      context.beginPath();
      context.arc(toX(moments[n]), y, 7, 0, 7);
      context.stroke();
    });
  }

  /** Times of the ruler: round ones, not too many. */
  function ticks() {
    const wanted = Math.max((layout.right - layout.left) / (layout.narrow ? 88 : 120), 2);
    const raw = (view.to - view.from) / wanted;
    const power = 10 ** Math.floor(Math.log10(raw));
    const step = Math.max([1, 2, 5, 10].find((n) => n * power >= raw) * power, 1);
    const times = [];
    for (let n = Math.ceil(view.from / step); n * step <= view.to; n++) times.push(n * step);
    return { times, step };
  }

  function drawRuler() {
    const context = $("ruler").getContext("2d");
    context.clearRect(0, 0, layout.width, RULER);
    const { times: marks, step } = ticks();
    const [unit, name] = step >= 1e5 ? [1e6, "ms"] : step >= 100 ? [1e3, "µs"] : [1, "ns"];
    const digits = Math.max(0, -Math.floor(Math.log10(step / unit) + 1e-9));
    context.font = "12px system-ui, sans-serif";
    context.fillStyle = colours.soft;
    context.strokeStyle = colours.line;
    context.textAlign = "center";
    context.beginPath();
    for (const time of marks) {
      const x = toX(time);
      const words = `${decimals(time / unit, digits)} ${name}`;
      const half = context.measureText(words).width / 2;
      context.fillText(words, clamp(x, half + 4, layout.width - half - 4), 17);
      context.moveTo(Math.round(x) + 0.5, 22);
      context.lineTo(Math.round(x) + 0.5, RULER);
    }
    context.moveTo(0, RULER - 0.5);
    context.lineTo(layout.width, RULER - 0.5);
    context.stroke();
    context.textAlign = "left";
  }

  /** The whole run in a strip: who had the processor, and what part of it is shown. */
  function drawOverview() {
    const canvas = $("overview");
    const context = canvas.getContext("2d");
    const width = canvas.clientWidth;
    context.clearRect(0, 0, width, 34);
    lanes.forEach((lane, index) => {
      context.fillStyle = colourOf(index);
      context.globalAlpha = lane.kernel ? 0.35 : 1;
      let drawnTo = -Infinity;
      for (const span of lane.spans) {
        if (!ON_CPU.has(span[SPAN.state])) continue;
        const x = (span[SPAN.begin] / end) * width;
        const right = (span[SPAN.end] / end) * width;
        if (right <= drawnTo) continue;
        context.fillRect(x, 6, Math.max(right - x, 0.6), 22);
        drawnTo = right - x < 0.6 ? x + 0.6 : right;
      }
    });
    context.globalAlpha = 1;
    const [x, right] = [(view.from / end) * width, (view.to / end) * width];
    context.fillStyle = colours.panel;
    context.globalAlpha = 0.72;
    context.fillRect(0, 0, x, 34);
    context.fillRect(right, 0, width - right, 34);
    context.globalAlpha = 1;
    context.strokeStyle = colours.focus;
    context.lineWidth = 2;
    context.beginPath();
    context.roundRect(x + 1, 1, Math.max(right - x - 2, 3), 32, 5);
    context.stroke();
  }

  // ---- what is where, and what it means ----

  function item(what) {
    if (what.kind === "message") return data.messages[what.index];
    const lane = lanes[what.lane];
    return { span: lane.spans, call: lane.callList, mark: lane.marks }[what.kind][what.index];
  }

  function times(what) {
    const found = item(what);
    if (what.kind === "message") {
      return [found[MESSAGE.sent], Math.max(found[MESSAGE.received], found[MESSAGE.sent])];
    }
    if (what.kind === "mark") return [found[MARK.time], found[MARK.time]];
    return what.kind === "call" ? [found[CALL.begin], found[CALL.end]] : [found[1], found[2]];
  }

  /** What is drawn at a place of the chart, or null. */
  function at(x, y) {
    const lane = Math.floor(y / layout.lane);
    if (lane < 0 || lane >= lanes.length || x < layout.left - 8) return null;
    const within = y - lane * layout.lane;
    const time = toTime(x);
    const onBar = within >= layout.bar && within <= layout.bar + 20;
    return (within < layout.bar && markAt(lane, time)) || (!onBar && messageAt(x, y)) ||
      (within > layout.bar + 20 && callAt(lane, time)) || spanAt(lane, time);
  }

  function markAt(lane, time) {
    const near = 9 / scale();
    const marks = lanes[lane].marks;
    let best = null;
    for (let n = after(marks, MARK.time, time - near); n < marks.length; n++) {
      const distance = Math.abs(marks[n][MARK.time] - time);
      if (marks[n][MARK.time] > time + near) break;
      if (!best || distance < best.distance) best = { lane, kind: "mark", index: n, distance };
    }
    return best;
  }

  function callAt(lane, time) {
    const index = after(lanes[lane].callList, CALL.begin, time + 1 / scale()) - 1;
    const call = lanes[lane].callList[index];
    return call && call[CALL.end] + 3 / scale() >= time ? { lane, kind: "call", index } : null;
  }

  function spanAt(lane, time) {
    const spans = lanes[lane].spans;
    const index = after(spans, SPAN.begin, time) - 1;
    const near = 3 / scale();
    for (const n of [index, index + 1, index - 1]) {  // A narrow turn beside the place comes first.
      const span = spans[n];
      if (span && ON_CPU.has(span[SPAN.state]) && span[SPAN.begin] - near <= time &&
        time <= span[SPAN.end] + near) return { lane, kind: "span", index: n };
    }
    const span = spans[index];
    const shown = span && span[SPAN.state] !== "off" && time <= span[SPAN.end];
    return shown ? { lane, kind: "span", index } : null;
  }

  /** Heading, sentence and figures of something. */
  function words(what) {
    const found = item(what);
    const [begin, stop] = times(what);
    const name = who(what.lane);
    if (what.kind === "message") return messageWords(found);
    if (what.kind === "mark") {
      return [`${name}, at ${micro(begin)}`, text(found[MARK.text]), ""];
    }
    const period = `from ${micro(begin)} to ${micro(stop)}: ${micro(stop - begin)}`;
    if (what.kind === "call") {
      return [`${name}, system call ${text(found[CALL.name])}`, text(found[CALL.text]), period];
    }
    return [`${name} ${DOING[found[SPAN.state]]}`, text(found[SPAN.text]), period];
  }

  function messageWords(message) {
    const [sent, received] = [message[MESSAGE.sent], message[MESSAGE.received]];
    const waited = received > sent ? `, received at ${micro(received)}, after ${micro(received - sent)}`
      : received < 0 ? ", never received" : " and received";
    return [text(message[MESSAGE.title]), text(message[MESSAGE.text]), `sent at ${micro(sent)}${waited}`];
  }

  function explain() {
    const panel = $("explanation");
    $("details").classList.toggle("empty", !selection);
    offerMessages();
    if (!selection) {
      panel.replaceChildren(element("p", { class: "hint" },
        "Choose a turn, a system call or a sign in the timeline: here it says what that is."));
      return;
    }
    const [heading, why, figures] = words(selection);
    const onCpu = selection.kind === "span" && ON_CPU.has(item(selection)[SPAN.state]);
    const parts = [element("h3", {}, dot(selection.lane), heading),
      element("p", { class: "why" }, onCpu ? `Then: ${why}` : why), element("p", {}, figures)];
    if (onCpu) {
      const made = callsWithin(selection);
      if (made) parts.push(element("p", { class: "hint" }, `System calls in it: ${made}`));
    }
    panel.replaceChildren(...parts);
  }

  /** From a message to others, for those who have no keys. */
  function offerMessages() {
    const chosen_ = selection && selection.kind === "message";
    $("message-tools").hidden = !chosen_;
    if (!chosen_) return;
    const message = item(selection);
    $("partner").textContent = message[MESSAGE.kind] === "reply" ? "Its call" : "Its reply";
    $("partner").disabled = message[MESSAGE.partner] < 0;
  }

  const messageOf = (index) => ({ lane: data.messages[index][MESSAGE.source], kind: "message", index });

  function selectPartner() {
    if (!selection || selection.kind !== "message") return;
    const partner = item(selection)[MESSAGE.partner];
    if (partner >= 0) select(messageOf(partner));
  }

  /** The message that is shown next to the selection, or to the view. */
  function nextMessage(by) {
    const now = selection && selection.kind === "message" ? selection.index : null;
    const from = selection ? times(selection)[0] : view.from;
    let index = now === null ? after(data.messages, MESSAGE.sent, from - (by > 0 ? 1 : 0)) - (by > 0 ? 0 : 1)
      : now + by;
    while (index >= 0 && index < data.messages.length && !passes(row(index))) index += by;
    return index >= 0 && index < data.messages.length ? messageOf(index) : selection;
  }

  function callsWithin(what) {
    const [begin, stop] = times(what);
    const lane = lanes[what.lane];
    const counts = new Map();
    for (let n = firstCall(lane, begin); n < lane.callList.length; n++) {
      const call = lane.callList[n];
      if (call[CALL.begin] >= stop) break;
      const name = text(call[CALL.name]);
      if (call[CALL.end] > begin) counts.set(name, (counts.get(name) || 0) + 1);
    }
    return [...counts].map(([name, times_]) => (times_ > 1 ? `${name} × ${times_}` : name)).join(", ");
  }

  function dot(index) {
    const made = element("span", { class: "dot" });
    made.style.background = colourOf(index);
    return made;
  }

  function select(what) {
    selection = what;
    if (what) {
      const [begin, stop] = times(what);
      reveal(begin, stop);
    }
    explain();
    if (what) scrollToLane(what.lane);
    redraw();
  }

  function scrollToLane(index) {
    const box = $("chart").getBoundingClientRect();
    const top = box.top + RULER + index * layout.lane;
    const below = window.innerHeight - $("details").offsetHeight - 16;
    if (top < RULER) window.scrollBy(0, top - RULER - 8);
    else if (top + layout.lane > below) window.scrollBy(0, top + layout.lane - below);
  }

  function tip(what, x, y) {
    const box = $("tip");
    box.hidden = !what;
    if (!what) return;
    const [heading, why, figures] = words(what);
    box.replaceChildren(element("b", {}, heading), element("span", { class: "why" }, why), figures);
    const { width, height } = box.getBoundingClientRect();
    box.style.left = `${clamp(x + 14, 6, window.innerWidth - width - 6)}px`;
    box.style.top = `${y + 18 + height > window.innerHeight ? y - height - 12 : y + 18}px`;
  }

  // ---- the pointer ----

  const pointers = new Map();
  let moved = 0;
  let pinched = null;

  function place(event) {
    const box = $("chart").getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top - RULER];
  }

  function pointerDown(event) {
    if (event.pointerType === "mouse" && event.button !== 0) return;
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (pointers.size === 1) moved = 0;
    pinched = null;
    tip(null);
  }

  function pointerMove(event) {
    const before = pointers.get(event.pointerId);
    if (!before) {
      hover(event);
      return;
    }
    const [dx, dy] = [event.clientX - before.x, event.clientY - before.y];
    moved += Math.abs(dx) + Math.abs(dy);
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (pointers.size === 2) pinch();
    else if (moved > 4) {
      $("chart").classList.add("moving");
      if (!$("chart").hasPointerCapture(event.pointerId)) {
        $("chart").setPointerCapture(event.pointerId);
      }
      show(view.from - dx / scale(), view.to - dx / scale());
    }
  }

  function pinch() {
    const [a, b] = [...pointers.values()];
    const left = $("chart").getBoundingClientRect().left;
    const now = { apart: Math.max(Math.abs(a.x - b.x), 12), middle: (a.x + b.x) / 2 - left };
    if (pinched) {
      const time = toTime(pinched.middle);
      zoom(pinched.apart / now.apart, time);
      const shift = (now.middle - pinched.middle) / scale();
      show(view.from - shift, view.to - shift);
    }
    pinched = now;
  }

  function pointerUp(event) {
    const known = pointers.delete(event.pointerId);
    pinched = null;
    $("chart").classList.remove("moving");
    if (known && moved <= 4 && pointers.size === 0 && event.type === "pointerup") {
      select(at(...place(event)));
    }
  }

  function hover(event) {
    if (event.pointerType === "touch") return;
    hovered = at(...place(event));
    tip(hovered, event.clientX, event.clientY);
    redraw();
  }

  function unhover() {
    hovered = null;
    tip(null);
    redraw();
  }

  /** The wheel zooms at the pointer; sideways, or with Shift, it moves. */
  function wheel(event) {
    const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
    if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      event.preventDefault();
      pan(clamp(sideways / 800, -0.5, 0.5));
      return;
    }
    const whole = view.to - view.from >= end;
    if (whole && event.deltaY > 0) return;  // Nothing to zoom out: the page scrolls.
    event.preventDefault();
    zoom(Math.exp(clamp(event.deltaY, -120, 120) / 300), toTime(place(event)[0]));
  }

  function overviewDrag(event) {
    if (event.type === "pointermove" && !event.buttons) return;
    if (event.type === "pointerdown") $("overview").setPointerCapture(event.pointerId);
    const box = $("overview").getBoundingClientRect();
    const time = ((event.clientX - box.left) / box.width) * end;
    const half = (view.to - view.from) / 2;
    if (half * 2 < end) show(time - half, time + half);
  }

  // ---- the keyboard ----

  /** The turn of a lane that comes next to a time, forwards or backwards. */
  function turn(lane, from, step) {
    const spans = lanes[lane].spans;
    for (let n = from; n >= 0 && n < spans.length; n += step) {
      if (ON_CPU.has(spans[n][SPAN.state])) return { lane, kind: "span", index: n };
    }
    return null;
  }

  function nearestTurn(lane, time) {
    const index = after(lanes[lane].spans, SPAN.begin, time) - 1;
    return turn(lane, Math.max(index, 0), 1) || turn(lane, Math.max(index, 0), -1) ||
      (lanes[lane].spans.length ? { lane, kind: "span", index: 0 } : null);
  }

  function step(by) {
    if (!selection) return nearestTurn(0, view.from);
    if (selection.kind !== "span") return nearestTurn(selection.lane, times(selection)[0]);
    return turn(selection.lane, selection.index + by, by) || selection;
  }

  function changeLane(by) {
    if (!selection) return nearestTurn(0, view.from);
    const lane = clamp(selection.lane + by, 0, lanes.length - 1);
    return lane === selection.lane ? selection : nearestTurn(lane, times(selection)[0]);
  }

  function zoomToSelection() {
    if (!selection) return;
    const [begin, stop] = times(selection);
    const margin = Math.max((stop - begin) * 0.4, MIN_VIEW);
    show(begin - margin, stop + margin);
  }

  const KEYS = {
    ArrowLeft: (event) => (event.shiftKey ? pan(-0.25) : select(step(-1))),
    ArrowRight: (event) => (event.shiftKey ? pan(0.25) : select(step(1))),
    ArrowUp: () => select(changeLane(-1)),
    ArrowDown: () => select(changeLane(1)),
    "+": () => zoom(0.6), "=": () => zoom(0.6), "-": () => zoom(1 / 0.6), "_": () => zoom(1 / 0.6),
    0: () => show(0, end),
    Home: () => select(turn(selection ? selection.lane : 0, 0, 1)),
    End: () => {
      const lane = selection ? selection.lane : 0;
      select(turn(lane, lanes[lane].spans.length - 1, -1));
    },
    Enter: zoomToSelection,
    m: () => select(nextMessage(1)),
    M: () => select(nextMessage(-1)),
    r: selectPartner,
    Escape: () => select(null),
  };

  function key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in KEYS)) return;
    event.preventDefault();
    KEYS[event.key](event);
  }

  // ---- legend and tables ----

  function sign(words_, paint) {
    const canvas = element("canvas", { "aria-hidden": "true" });
    return [element("div", { class: "sign" }, canvas, words_), () => {
      size(canvas, 56, 24);
      const context = canvas.getContext("2d");
      context.clearRect(0, 0, 56, 24);
      paint(context);
    }];
  }

  const wait = (state) => (context) => drawState(context, state, 2, 54, 2);
  const mark = (kind) => (context) => drawMark(context, kind, 28, 12);

  function arrows(...kinds) {
    return (context) => {
      const kept = layout;
      layout = { lane: 34, bar: -18 };
      kinds.forEach((kind, n) => {
        const x = (56 * (n + 1)) / (kinds.length + 1);
        drawLine(context, kind, [x, x], 0, 1);
      });
      layout = kept;
    };
  }

  const SIGNS = [
    ["has the processor; the colour is the process's", (context) => {
      context.fillStyle = lanes.length > 1 ? colourOf(1) : colours["kernel-bar"];
      context.beginPath();
      context.roundRect(2, 2, 52, 20, 3);
      context.fill();
    }],
    ["in a system call", (context) => {
      context.fillStyle = lanes.length > 1 ? colourOf(1) : colours["kernel-bar"];
      context.globalAlpha = 0.65;
      context.fillRect(2, 10, 52, 4);
      context.globalAlpha = 1;
    }],
    ["ready: waits for the processor", wait("ready")],
    ["blocked: waits for something else", wait("blocked")],
    ["sleeping: waits for the clock", wait("sleeping")],
    ["ended, but not waited for (zombie)", wait("zombie")],
    ...Object.keys(LETTERS).map((why) => [REASONS[why], (c) => drawBadge(c, why, 20, 4)]),
    ["note of a program", mark("note")],
    ["fault, or panic", mark("fault")],
    ["copy on write", mark("cow")],
    ["runs another program (exec)", mark("exec")],
    ["woken", mark("wake")],
    ["made by (dashed), woken by (solid)", arrows("fork", "wake")],
  ];

  /** What only runs with communication have. */
  const MESSAGE_SIGNS = [
    ["call (solid) and its reply (dashed)", arrows("call", "reply")],
    ["message that expects no reply", arrows("send")],
    ["signal that wakes somebody", arrows("signal")],
    ["signal of a notification", mark("signal")],
    ["name registered, or withdrawn", mark("name")],
    ["shared memory mapped", mark("map")],
  ];
  const MESSAGE_MARKS = new Set(["signal", "name", "map"]);
  const communicates = data.messages.length > 0 ||
    lanes.some((lane) => lane.marks.some(([kind]) => MESSAGE_MARKS.has(kind)));
  let paintLegend = () => {};

  function makeLegend() {
    const used = communicates ? [...SIGNS, ...MESSAGE_SIGNS] : SIGNS;
    const made = used.map(([words_, paint]) => sign(words_, paint));
    $("legend").replaceChildren(...made.map(([box]) => box));
    paintLegend = () => made.forEach(([, paint]) => paint());
  }

  function badge(why) {
    const made = element("span", { class: "badge", title: REASONS[why] || why },
      LETTERS[why] || "–");
    made.style.background = `var(--${LETTERS[why] ? why : "idle"})`;
    return made;
  }

  /** A table; each cell is [class, children...]. Roles keep it a table when it is shown as cards. */
  function fill(table, heads, rows) {
    table.setAttribute("role", "table");
    const head = element("tr", { role: "row" }, ...heads.map(([name, kind]) =>
      element("th", { role: "columnheader", scope: "col", class: kind || "" }, name)));
    const body = element("tbody", { role: "rowgroup" }, ...rows.map((row) => tableRow(heads, row)));
    table.replaceChildren(element("thead", { role: "rowgroup" }, head), body);
  }

  function tableRow(heads, { cells, onclick }) {
    const made = element("tr", { role: "row" }, ...cells.map(([kind, ...children], n) =>
      element("td", { role: "cell", class: kind, "data-head": heads[n][0] },
        element("div", {}, ...children))));
    if (onclick) made.addEventListener("click", onclick);
    return made;
  }

  const PROCESS_HEADS = [["Process"], ["Pid", "number"], ["Made by"], ["How it ended"],
    ["Processor", "number"], ["Ready", "number"], ["Blocked, asleep", "number"], ["Lost the processor"],
    ["System calls"]];

  function processRow(lane, index) {
    const share = element("span", { class: "share" });
    share.style.background = colourOf(index);
    share.style.width = `${(100 * lane.cpu) / end}%`;
    const ring = lane.ring === null ? "" : `ring ${lane.ring}`;
    const lost = Object.keys(LETTERS).filter((why) => lane.switches[why]).map((why) =>
      element("span", { title: REASONS[why] }, badge(why), `${data.reasons[why]} ${lane.switches[why]}`));
    const calls = Object.entries(lane.calls).map(([name, times_]) =>
      (times_ > 1 ? `${name} × ${times_}` : name));
    const when = lane.ended === null ? "" : ` at ${brief(lane.ended)}`;
    const go = () => select(nearestTurn(index, 0));
    return {
      cells: [
        ["name", dot(index), element("button", { type: "button", class: "link", onclick: go }, lane.name)],
        ["number", String(lane.pid), element("span", { class: "sub" }, ring && ` · ${ring}`)],
        ["", `${lane.creator} `, element("span", { class: "sub" }, `at ${brief(lane.created)}`)],
        ["", lane.ending, element("span", { class: "sub" }, when)],
        ["number", micro(lane.cpu), share],
        ["number", micro(lane.ready)],
        ["number", micro(lane.waited)],
        ["", lost.length ? element("div", { class: "badges" }, ...lost) : "never"],
        ["", calls.join(", ") || "none"],
      ],
    };
  }

  function makeProcesses() {
    const rows = lanes.map(processRow).slice(1);
    if (rows.length) fill($("processes"), PROCESS_HEADS, rows);
    else $("processes").replaceWith(element("p", {}, "This run had no processes."));
  }

  const SWITCH_HEADS = [["Time", "number"], ["From"], ["To"], ["It had run for", "number"], ["Why"]];
  let chosen = [];
  let shown = 0;

  function switchRow([time, source, target, why, index]) {
    const span = lanes[source].spans[index];
    const onCpu = ON_CPU.has(span[SPAN.state]);
    const go = () => select({ lane: source, kind: "span", index });
    return {
      onclick: go,
      cells: [
        ["number", element("button", { type: "button", class: "link" }, micro(time))],
        ["nowrap", dot(source), who(source)],
        ["nowrap", dot(target), who(target)],
        ["number", onCpu ? micro(span[SPAN.end] - span[SPAN.begin]) : ""],
        ["", badge(why), onCpu ? text(span[SPAN.text]) : "unknown"],
      ],
    };
  }

  function chooseSwitches() {
    const [process, reason] = [$("of-process").value, $("of-reason").value];
    chosen = data.switches.filter(([, source, target, why]) =>
      (process === "" || source === Number(process) || target === Number(process)) &&
      (reason === "" || why === reason));
    shown = 0;
    fill($("switches"), SWITCH_HEADS, []);
    moreSwitches();
  }

  function moreSwitches() {
    const next = chosen.slice(shown, shown + PAGE);
    $("switches").tBodies[0].append(...next.map((s) => tableRow(SWITCH_HEADS, switchRow(s))));
    shown += next.length;
    const all = chosen.length.toLocaleString("en-US");
    $("switches-count").textContent = shown < chosen.length
      ? `The first ${shown.toLocaleString("en-US")} of ${all} switches are listed.`
      : chosen.length ? `All ${all} switches are listed.` : "There are no such switches.";
    $("more").hidden = shown >= chosen.length;
    $("more").textContent = `Show the next ${Math.min(PAGE, chosen.length - shown)}`;
  }

  function makeFilters() {
    const choice = (value, name) => element("option", { value }, name);
    $("of-process").replaceChildren(choice("", "all"), ...lanes.map((_, n) => choice(String(n), who(n))));
    const used = [...new Set(data.switches.map(([, , , why]) => why))].filter(Boolean);
    $("of-reason").replaceChildren(choice("", "all"), ...used.map((why) =>
      choice(why, data.reasons[why] || why)));
  }

  // ---- the list of messages, and which are shown ----

  const MESSAGE_HEADS = [["Time", "number"], ["From"], ["To"], ["Operation"], ["Call", "number"],
    ["Content"], ["Result"]];
  let chosenMessages = [];
  let passing = new Set();
  let shownMessages = 0;
  const FILTERS = ["of-party", "of-operation", "of-result"];

  function resultOf(message) {
    if (message[MESSAGE.kind] === "send") return message[MESSAGE.failed] ? "lost" : "sent";
    if (message[MESSAGE.partner] < 0) return "lost";
    return message[MESSAGE.failed] ? "error" : "answered";
  }

  const RESULTS = { answered: "answered", error: "answered with an error", lost: "without an answer",
    sent: "expects no answer" };

  /** Whether the filter lets a call, or another message, through. */
  const passes = (index) => passing.has(index);

  function fits(message, [party, operation, result]) {
    return (party === "" || [message[MESSAGE.source], message[MESSAGE.target]].includes(Number(party))) &&
      (operation === "" || message[MESSAGE.operation] === Number(operation)) &&
      (result === "" || resultOf(message) === result);
  }

  function messageRow(index) {
    const message = data.messages[index];
    const [source, target] = [message[MESSAGE.source], message[MESSAGE.target]];
    const came = element("span", message[MESSAGE.failed] ? { class: "failed" } : {},
      text(message[MESSAGE.came]) || "received");
    return {
      onclick: () => select(messageOf(index)),
      cells: [
        ["number", element("button", { type: "button", class: "link" }, micro(message[MESSAGE.sent]))],
        ["nowrap", dot(source), who(source)],
        ["nowrap", ...(target < 0 ? ["unknown"] : [dot(target), who(target)])],
        ["nowrap", text(message[MESSAGE.operation])],
        ["number", message[MESSAGE.id] ? String(message[MESSAGE.id]) : "–"],
        ["nowrap", text(message[MESSAGE.content]) || "unknown"],
        ["", came],
      ],
    };
  }

  function chooseMessages() {
    const wanted = FILTERS.map((id) => $(id).value);
    chosenMessages = data.messages.map((_, index) => index)
      .filter((index) => row(index) === index && fits(data.messages[index], wanted));
    passing = new Set(chosenMessages);
    shownMessages = 0;
    fill($("messages"), MESSAGE_HEADS, []);
    moreMessages();
    countArrows();
    redraw();
  }

  function moreMessages() {
    const next = chosenMessages.slice(shownMessages, shownMessages + PAGE);
    $("messages").tBodies[0].append(...next.map((n) => tableRow(MESSAGE_HEADS, messageRow(n))));
    shownMessages += next.length;
    const all = chosenMessages.length;
    const words_ = shownMessages < all
      ? `The first ${shownMessages} of ${all.toLocaleString("en-US")} messages are listed.`
      : all ? `All ${all} messages are listed.` : "There are no such messages.";
    $("messages-count").textContent =
      `${words_} A reply stands with its call. The choice holds for the arrows, too.`;
    $("more-messages").hidden = shownMessages >= all;
    $("more-messages").textContent = `Show the next ${Math.min(PAGE, all - shownMessages)}`;
  }

  /** A choice far below must not surprise. */
  function countArrows() {
    const all = data.messages.filter((_, index) => row(index) === index).length;
    const less = chosenMessages.length < all;
    $("arrows-count").hidden = !less;
    if (!less) return;
    const everything = element("button", { type: "button", class: "link", onclick: () => {
      for (const id of FILTERS) $(id).value = "";
      chooseMessages();
    } }, "Show all.");
    $("arrows-count").replaceChildren(
      `Arrows of ${chosenMessages.length} of ${all} messages, as chosen in the list of messages. `, everything);
  }

  function makeMessages() {
    const choice = (value, name) => element("option", { value }, name);
    $("arrows").replaceChildren(...(communicates ? [["all", "all"], ["messages", "messages"],
      ["lane", "messages of what is chosen"], ["others", "creation, waking"], ["none", "none"]]
      : [["all", "all"], ["none", "none"]]).map(([value, name]) => choice(value, name)));
    for (const id of ["messages-section", "message-keys"]) $(id).hidden = !data.messages.length;
    const parties = [...new Set(data.messages.flatMap((m) => [m[MESSAGE.source], m[MESSAGE.target]]))]
      .filter((index) => index >= 0).sort((a, b) => a - b);
    const operations = [...new Set(data.messages.map((m) => m[MESSAGE.operation]))]
      .sort((a, b) => text(a).localeCompare(text(b)));
    const results = Object.keys(RESULTS).filter((kind) => data.messages.some((m, index) =>
      row(index) === index && resultOf(m) === kind));
    const any = choice("", "all");
    $("of-party").replaceChildren(any.cloneNode(true), ...parties.map((n) => choice(String(n), who(n))));
    $("of-operation").replaceChildren(any.cloneNode(true),
      ...operations.map((n) => choice(String(n), text(n))));
    $("of-result").replaceChildren(any, ...results.map((kind) => choice(kind, RESULTS[kind])));
    chooseMessages();
  }

  // ---- the start ----

  function heading() {
    document.title = `${data.title}: timeline of a run`;
    $("title").textContent = document.title;
    $("summary").textContent = data.summary;
    $("warnings").hidden = data.warnings.length === 0;
    $("warnings").replaceChildren(...data.warnings.map((line) => element("li", {}, line)));
  }

  function repaint() {
    readColours();
    measure();
    paintLegend();
    redraw();
  }

  function listen() {
    const chart = $("chart");
    chart.addEventListener("pointerdown", pointerDown);
    chart.addEventListener("pointermove", pointerMove);
    chart.addEventListener("pointerup", pointerUp);
    chart.addEventListener("pointercancel", pointerUp);
    chart.addEventListener("pointerleave", unhover);
    chart.addEventListener("wheel", wheel, { passive: false });
    chart.addEventListener("keydown", key);
    $("overview").addEventListener("pointerdown", overviewDrag);
    $("overview").addEventListener("pointermove", overviewDrag);
    $("in").addEventListener("click", () => zoom(0.5));
    $("out").addEventListener("click", () => zoom(2));
    $("earlier").addEventListener("click", () => pan(-0.4));
    $("later").addEventListener("click", () => pan(0.4));
    $("fit").addEventListener("click", () => show(0, end));
    $("of-process").addEventListener("change", chooseSwitches);
    $("of-reason").addEventListener("change", chooseSwitches);
    $("more").addEventListener("click", moreSwitches);
    for (const id of FILTERS) $(id).addEventListener("change", chooseMessages);
    $("partner").addEventListener("click", selectPartner);
    $("message-before").addEventListener("click", () => select(nextMessage(-1)));
    $("message-after").addEventListener("click", () => select(nextMessage(1)));
    $("arrows").addEventListener("change", redraw);
    $("more-messages").addEventListener("click", moreMessages);
    window.addEventListener("scroll", redraw, { passive: true });
    window.addEventListener("resize", repaint);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaintAll);
  }

  /** Colours are in tables and labels, too. */
  function repaintAll() {
    readColours();
    makeProcesses();
    chooseSwitches();
    chooseMessages();
    explain();
    repaint();
  }

  heading();
  readColours();
  makeLabels();
  makeLegend();
  makeProcesses();
  makeFilters();
  chooseSwitches();
  makeMessages();
  explain();
  listen();
  repaint();
  draw();
  root.dataset.ready = "yes";
})();
