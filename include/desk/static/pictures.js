// Draws a line's pictures with Vega-Lite, in the colours of the page, without evaluating any text as code.
(function () {
  "use strict";
  function colours() {
    const style = getComputedStyle(document.documentElement);
    const ink = style.getPropertyValue("--soft").trim(), grid = style.getPropertyValue("--line").trim();
    return {
      background: "transparent", font: style.fontFamily,
      axis: { labelColor: ink, titleColor: ink, gridColor: grid, domainColor: grid, tickColor: grid },
      legend: { labelColor: ink, titleColor: ink }, title: { color: ink, subtitleColor: ink },
    };
  }
  async function draw(place) {
    try {
      const answer = await fetch(place.dataset.picture, { headers: { "HX-Request": "true" } });
      if (!answer.ok) { place.querySelector("p").textContent = (await answer.text()).slice(0, 200); return; }
      const spec = await answer.json();
      spec.config = Object.assign({}, spec.config, colours());
      place.textContent = "";
      await vegaEmbed(place, spec, {
        actions: false, ast: true, renderer: "canvas", defaultStyle: false,
        tooltip: { disableDefaultStyle: true },
      });
    } catch (error) { place.textContent = document.body.dataset.sayFailed; }
  }
  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("[data-picture]").forEach(draw));
  // A slider says its value, and asks nothing as long as it stands where it stood.
  document.addEventListener("input", (event) => {
    const shown = document.querySelector("output[data-of='" + event.target.name + "']");
    if (shown) shown.textContent = Number(event.target.value).toFixed(1);
  });
  document.body.addEventListener("htmx:configRequest", (event) => {
    const form = event.target.closest && event.target.closest("form.what-if");
    if (!form) return;
    const level = form.elements.level;
    if (level.value === level.dataset.asIs) delete event.detail.parameters.level;
  });
})();
