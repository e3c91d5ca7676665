// Keyboard triage, bulk answers and dialogs. Lists and acts themselves come from the server, through htmx.
(function () {
  "use strict";
  const root = document.documentElement.dataset.root || "";
  const token = document.querySelector('meta[name="csrf-token"]').content;
  const say = document.body.dataset;
  const all = (query, within) => Array.from((within || document).querySelectorAll(query));
  const one = (query, within) => (within || document).querySelector(query);
  let recount = 0;     // the wait before the heads are counted anew
  let undoable = [];   // "id:seq" of what the last act changed
  let wholeList = null; // the list's choice, where every line of all pages is picked

  document.body.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRF-Token"] = token;
  });

  // That a person has looked at a list is told by a page that is shown, and never by asking for it.
  const opened = one("[data-opened]");
  if (opened) fetch(root + "/lists/" + opened.dataset.opened + "/seen", { method: "POST", headers: { "X-CSRF-Token": token } });

  // --- lines ---------------------------------------------------------------------------------------------------
  const lines = () => all("tr.line");
  const current = () => one("tr.line.current") || (one("tr.line:focus-within"));
  function go(row) {
    if (!row) return;
    all("tr.line.current").forEach((other) => { other.classList.remove("current"); other.removeAttribute("aria-current"); });
    row.classList.add("current");
    row.setAttribute("aria-current", "true");
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }
  function move(step) {
    const rows = lines();
    const at = rows.indexOf(current());
    const next = at < 0 ? (step > 0 ? 0 : rows.length - 1) : at + step;
    if (next >= 0 && next < rows.length) return go(rows[next]);
    const link = one(step > 0 ? ".pages [rel=next]" : ".pages [rel=prev]");
    if (link) { document.body.dataset.then = step > 0 ? "first" : "last"; link.click(); }
  }
  document.body.addEventListener("htmx:afterSettle", () => {
    const then = document.body.dataset.then;
    if (then) { delete document.body.dataset.then; const rows = lines(); go(then === "first" ? rows[0] : rows[rows.length - 1]); }
    followChoice();
    showPicked();
  });
  // The filters keep in step with a tab or an order that was clicked.
  function followChoice() {
    const form = one("#choice"), sum = one(".sum");
    if (!form || !sum) return;
    const query = new URLSearchParams(sum.dataset.query);
    form.elements.tab.value = sum.dataset.tab;
    form.elements.sort.value = query.get("sort") || "rank";
    all("[data-current-query]").forEach((field) => { field.value = sum.dataset.query; });
  }

  // --- picked lines --------------------------------------------------------------------------------------------
  const picked = () => all("tr.line input[data-pick]:checked").map((box) => box.closest("tr.line"));
  function showPicked() {
    const bar = one("#bulk");
    if (!bar) return;
    const rows = picked(), sum = one(".sum");
    const whole = one("[data-pick-all]");
    if (whole) { whole.checked = rows.length > 0 && rows.length === lines().length; whole.indeterminate = rows.length > 0 && !whole.checked; }
    bar.hidden = rows.length === 0;
    if (!rows.length) wholeList = null;
    const total = sum ? Number(sum.dataset.lines) : 0;
    one("[data-chosen]", bar).textContent = say.sayChosen.replace("{n}", wholeList ? total : rows.length);
    one("[data-pick-list]", bar).hidden = !!wholeList || !whole || !whole.checked || total <= rows.length;
  }
  document.addEventListener("change", (event) => {
    const target = event.target;
    if (target.matches("[data-pick-all]")) all("tr.line input[data-pick]").forEach((box) => { box.checked = target.checked; });
    if (target.matches("[data-pick-all], [data-pick]")) { wholeList = null; showPicked(); }
  });

  // --- acts ----------------------------------------------------------------------------------------------------
  const named = (row) => row.dataset.task + ":" + row.dataset.seq;
  function send(path, values) {
    return htmx.ajax("POST", root + path, { source: document.body, target: "#toasts", swap: "none", values: values });
  }
  function quantityOf(row) {
    const field = one("input.quantity", row);
    return field ? field.value : "";
  }
  // rows: of the page; more: reason, until, outcome. A line's own quantity goes along where it was changed.
  function act(name, rows, more) {
    if (!rows.length && !wholeList) return;
    const changed = rows.filter((row) => { const f = one("input.quantity", row); return f && f.value !== f.dataset.suggested; });
    const plain = rows.filter((row) => !changed.includes(row));
    const values = Object.assign({ act: name }, more || {});
    if (wholeList) return send("/tasks/act", Object.assign({ list: wholeList.kind, choice: wholeList.query }, values));
    if (plain.length) send("/tasks/act", Object.assign({ task: plain.map(named) }, values));
    changed.forEach((row) => {
      const own = name === "accept" || name === "done" ? { quantity: quantityOf(row) } : {};
      send("/tasks/act", Object.assign({ task: [named(row)] }, own, values));
    });
  }
  const chosen = () => { const rows = picked(); return rows.length ? rows : current() ? [current()] : []; };
  let waiting = null; // the rows that an open dialog is about
  function ask(dialog, rows) {
    const box = one("#" + dialog);
    if (!box || (!rows.length && !wholeList)) return;
    waiting = rows;
    const about = one("[data-about]", box), first = rows[0] && one(".product, .c-customer, .c-reference", rows[0]);
    if (about) about.textContent = rows.length === 1 && first ? first.textContent : say.sayChosen.replace("{n}", wholeList ? one(".sum").dataset.lines : rows.length);
    box.showModal();
    const field = one("select[name], input[name]", box);
    if (field) field.focus();
  }
  function undo(lines) {
    if (!lines.length) return toast(say.sayNothing);
    send("/tasks/undo", { task: lines });
  }

  document.addEventListener("click", (event) => {
    const target = event.target.closest("button, a, [data-close]");
    const row = event.target.closest("tr.line");
    if (row && !event.target.closest("a, button, input")) go(row);
    if (!target) return;
    if (target.matches("[data-open]")) {
      if (target.dataset.open === "assign") ask("assign", chosen());
      else { const box = one("#" + target.dataset.open); if (box) box.showModal(); }
    }
    if (target.matches("[data-close]")) { const box = target.closest("dialog"); if (box) box.close(); }
    if (target.matches("[data-act]")) {
      const rows = row ? [row] : picked();
      if (row) go(row);
      const outcome = target.dataset.outcome ? { outcome: target.dataset.outcome } : {};
      if ((target.dataset.act === "refuse" && !target.dataset.outcome) || target.dataset.act === "snooze") ask(target.dataset.act, rows);
      else if (target.dataset.act === "done" && !target.dataset.outcome && one("#outcome")) ask("outcome", rows); // what the supplier said
      else act(target.dataset.act, rows, outcome);
    }
    if (target.matches("[data-undo]")) undo([named(row)]);
    if (target.matches("[data-undo-toast]")) undo(undoable);
    if (target.matches("[data-fill]")) { const field = one("input[name=reason]", target.form); field.value = target.dataset.fill; field.focus(); }
    if (target.matches("[data-days]")) { const box = target.closest("dialog"); box.close(); act("snooze", waiting || [], { days: target.dataset.days }); }
    if (target.matches("[data-pick-none]")) { all("tr.line input[data-pick]").forEach((b) => { b.checked = false; }); showPicked(); }
    if (target.matches("[data-pick-list]")) { wholeList = { kind: one("table.lines").dataset.kind, query: one(".sum").dataset.query + "&tab=" + one(".sum").dataset.tab }; showPicked(); }
    if (target.matches("[data-theme-choice]")) {
      const theme = target.dataset.themeChoice;
      if (theme === "auto") { localStorage.removeItem("storekeeper-theme"); delete document.documentElement.dataset.theme; }
      else { localStorage.setItem("storekeeper-theme", theme); document.documentElement.dataset.theme = theme; }
    }
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.asks && !form.dataset.sure) { // what cannot be taken back is asked about first
      event.preventDefault();
      const box = one("#sure");
      one("[data-about]", box).textContent = form.dataset.asks;
      one("[data-yes]", box).onclick = () => { form.dataset.sure = "1"; box.close(); form.requestSubmit(); };
      box.showModal();
      return;
    }
    if (form.matches("[data-says], [data-confirms]")) {
      event.preventDefault();
      const values = {};
      new FormData(form).forEach((value, name) => { if (name === "task") (values.task = values.task || []).push(value); else values[name] = value; });
      form.closest("dialog").close();
      if (form.matches("[data-confirms]")) send("/tasks/act", values);
      else if (form.dataset.says === "assign") send("/tasks/assign", Object.assign({ task: (waiting || []).map(named) }, values));
      else act(form.dataset.says, waiting || [], values);
      if (form.matches("[data-says]")) form.reset();
    }
  });
  // A menu closes when something else is clicked.
  document.addEventListener("click", (event) => {
    all("details.pickone[open], details.me[open]").forEach((box) => { if (!box.contains(event.target)) box.open = false; });
  });

  // --- a quantity in its cell ----------------------------------------------------------------------------------
  document.addEventListener("input", (event) => {
    const field = event.target;
    if (!field.matches("input.quantity")) return;
    const row = field.closest("tr.line"), live = one(".live", row);
    row.classList.toggle("edited", field.value !== field.dataset.suggested);
    clearTimeout(field.wait);
    field.wait = setTimeout(() => {
      if (!field.checkValidity() || !field.value) { live.textContent = ""; return; }
      htmx.ajax("GET", root + "/tasks/" + row.dataset.task + "/sum?quantity=" + encodeURIComponent(field.value), { source: field, target: live, swap: "innerHTML" });
    }, 150);
  });

  // --- a purchase order adds up while it is written --------------------------------------------------------------
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-adds-up]");
    if (!form) return;
    let sum = 0;
    all("tbody tr", form).forEach((row) => {
      const field = one("input.units", row), box = one("input[type=checkbox]", row);
      if (!field) return;
      const units = Number(field.value || 0), pack = Number(field.dataset.pack), broken = one("[data-broken]", row);
      broken.textContent = units % pack === 0 ? "" : field.dataset.packs.replace("%p", pack).replace("%w", Math.ceil(units / pack) * pack);
      const worth = Number(field.dataset.unitCost) * Number(field.value || 0);
      one("[data-worth]", row).textContent = inMoney(worth, form);
      if (!box || box.checked) sum += worth;
    });
    one("[data-sum]", form).textContent = inMoney(sum, form);
    const meter = one("meter", form);
    if (meter) meter.value = sum;
  });
  // As the page wrote it: the sum's own text says where the currency stands.
  function inMoney(micros, form) {
    const shown = one("[data-sum]", form);
    shown.pattern = shown.pattern || shown.textContent;
    const digits = (Math.round(micros / 10000) / 100).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
    return shown.pattern.replace(/-?[\d,]+(\.\d+)?/, digits);
  }

  // --- keys ----------------------------------------------------------------------------------------------------
  document.addEventListener("keydown", (event) => {
    const field = event.target;
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (field.matches("input.quantity")) {
      const row = field.closest("tr.line");
      if (event.key === "Enter") { event.preventDefault(); go(row); act("accept", [row]); }
      if (event.key === "Escape") { field.value = field.dataset.suggested; field.dispatchEvent(new Event("input", { bubbles: true })); go(row); }
      return;
    }
    if (field.matches("input:not([type=checkbox]), textarea, select")) {
      if (event.key === "Escape") field.blur();
      if (event.key === "Enter" && field.id === "search") { event.preventDefault(); htmx.trigger("#choice", "submit"); field.blur(); }
      return;
    }
    if (event.key === "Enter" && field.matches("button, a, summary, [type=checkbox]")) return;
    const row = current();
    const keys = {
      j: () => move(1), k: () => move(-1), ArrowDown: lines().length ? () => move(1) : null, ArrowUp: lines().length ? () => move(-1) : null,
      x: () => { const box = row && one("input[data-pick]", row); if (box) { box.checked = !box.checked; wholeList = null; showPicked(); } },
      a: () => act("accept", chosen()), d: () => (one("#outcome") ? ask("outcome", chosen()) : act("done", chosen())),
      r: () => ask("refuse", chosen()), s: () => ask("snooze", chosen()),
      e: () => { const input = row && one("input.quantity", row); if (input) { input.focus(); input.select(); } },
      u: () => undo(row && one("[data-undo]", row) ? [named(row)] : undoable),
      o: () => { const link = row && one("a[href*='/tasks/']", row); if (link) link.click(); },
      Enter: () => { const link = row && one("a[href*='/tasks/']", row); if (link) link.click(); },
      "/": () => { const search = one("#search"); if (search) { search.focus(); search.select(); } },
      "?": () => { one("#keys").showModal(); },
    };
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if ((key === "a" || key === "d") && one("table.lines[data-kind=recall]")) return; // a call has an outcome: choose it
    if (keys[key]) { event.preventDefault(); keys[key](); }
  });

  // --- a list dropped onto the page -------------------------------------------------------------------------------
  const drop = one("form[data-drop]");
  if (drop) {
    const holdsFiles = (event) => event.dataTransfer && Array.from(event.dataTransfer.types).includes("Files");
    document.addEventListener("dragover", (event) => { if (holdsFiles(event)) { event.preventDefault(); drop.classList.add("over"); } });
    document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) drop.classList.remove("over"); });
    document.addEventListener("drop", (event) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      drop.classList.remove("over");
      one("input[type=file]", drop).files = event.dataTransfer.files;
      drop.requestSubmit();
    });
  }

  // --- what came of it -----------------------------------------------------------------------------------------
  function toast(text, bad) {
    const box = document.createElement("div");
    box.className = bad ? "toast bad" : "toast";
    box.textContent = text;
    one("#toasts").append(box);
    fade(box);
  }
  function fade(box) { setTimeout(() => box.remove(), box.classList.contains("bad") ? 12000 : 6000); }
  document.body.addEventListener("htmx:oobAfterSwap", (event) => {
    if (event.detail.target.id === "asked") one("#ask").showModal();
    if (event.detail.target.id === "toasts") {
      all("[data-toast]").forEach((box) => {
        box.removeAttribute("data-toast");
        const changed = (box.dataset.undoLines || "").trim();
        if (changed && one("[data-undo-toast]", box)) undoable = changed.split(/\s+/);
        while (one("#toasts").childElementCount > 4) one("#toasts").firstElementChild.remove();
        fade(box);
      });
    }
    const row = event.detail.target.closest && event.detail.target.closest("tr.line");
    if (row) showPicked();
  });
  document.body.addEventListener("htmx:afterRequest", (event) => {
    if (!event.detail.successful || event.detail.requestConfig.verb !== "post") return;
    const sum = one("#total");
    if (sum) { // the heads follow once a person pauses
      clearTimeout(recount);
      recount = setTimeout(() => htmx.ajax("GET", root + "/lists/" + one(".head[data-opened]").dataset.opened + "/counts?" + sum.dataset.query + "&tab=" + sum.dataset.tab, { source: document.body, target: "#toasts", swap: "none" }), 700);
    }
    // The line that was answered stays where it is; the next open one is the next to look at.
    const row = current();
    if (event.detail.requestConfig.path.endsWith("/tasks/act") && row) {
      const now = document.getElementById(row.id);
      if (now && now.dataset.state !== "open") {
        const rows = lines();
        const next = rows.slice(rows.indexOf(now) + 1).find((other) => other.dataset.state === "open");
        go(next || now);
      }
    }
    showPicked();
  });
  const failed = (event) => toast((event.detail.xhr && event.detail.xhr.status && event.detail.xhr.responseText.slice(0, 300)) || say.sayFailed, true);
  document.body.addEventListener("htmx:responseError", failed);
  document.body.addEventListener("htmx:sendError", failed);
})();
