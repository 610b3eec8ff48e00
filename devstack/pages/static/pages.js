// What the pages need beside htmx: clocks that tick, sentences about what was done, and charts.
"use strict";
(() => {
  const SECONDS = { hour: "2-digit", minute: "2-digit", second: "2-digit" };
  const STYLES = {
    short: { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" },
    time: SECONDS,
  };
  const starts = new WeakMap();  // element → {shown, at}: the text it came with, and when

  function tick() {
    for (const element of document.querySelectorAll("time[data-now]")) {
      const known = starts.get(element);
      const start = known && known.now === element.dataset.now ? known : { now: element.dataset.now, at: performance.now() };
      starts.set(element, start);
      const passed = element.dataset.frozen === "yes" ? 0 : performance.now() - start.at;
      const instant = new Date(Date.parse(element.dataset.now) + passed);
      const text = instant.toLocaleString("en-GB", { ...STYLES[element.dataset.style], timeZone: "Europe/Oslo" });
      if (element.textContent !== text) element.textContent = text;
    }
  }

  let hiding;
  function say(text, isError) {
    const toast = document.getElementById("toast");
    toast.textContent = text;
    toast.className = isError ? "shown error" : "shown";
    clearTimeout(hiding);
    hiding = setTimeout(() => { toast.className = ""; }, isError ? 10000 : 4000);
  }

  // A form in which somebody has typed is left alone by what is live, until it was sent.
  document.addEventListener("input", (event) => event.target.form?.setAttribute("data-typed", ""));
  Idiomorph.defaults.callbacks.beforeNodeMorphed = (old) => !(old instanceof HTMLFormElement && old.hasAttribute("data-typed"));

  document.addEventListener("htmx:afterRequest", (event) => {
    const answer = event.detail.xhr;
    if (answer.status < 400) event.target.removeAttribute("data-typed");
    const text = answer.getResponseHeader("X-Said");
    if (text && answer.status < 400) say(decodeURIComponent(text), false);
  });
  document.addEventListener("htmx:responseError", (event) => {
    let text = `HTTP ${event.detail.xhr.status}`;
    try { text = JSON.parse(event.detail.xhr.responseText).error || text; } catch { /* not JSON */ }
    say(text, true);
  });
  document.addEventListener("htmx:sendError", () => say("The local cloud does not answer.", true));
  document.addEventListener("htmx:afterSwap", tick);
  // What changes while somebody types is read aloud as one sentence, and only if that is another one.
  document.addEventListener("htmx:afterSwap", (event) => {
    for (const { dataset } of event.target.querySelectorAll("[data-says]")) {
      const live = document.getElementById(dataset.saysIn);
      if (live.textContent !== dataset.says) live.textContent = dataset.says;
    }
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent).then(
      () => say("Copied.", false), () => say("The browser does not allow to copy.", true));
  });
  tick();
  setInterval(tick, 500);
})();
