// Draws the series of the metrics page with uPlot, and draws them anew when the page follows news.
"use strict";
(() => {
  function draw() {
    const charts = document.getElementById("charts");
    if (!charts) return;
    const times = JSON.parse(charts.dataset.times);
    const style = getComputedStyle(document.documentElement);
    const dim = style.getPropertyValue("color") || "#888";
    for (const figure of charts.querySelectorAll("figure")) {
      const plot = figure.querySelector(".plot");
      const values = JSON.parse(figure.dataset.values);
      const key = `${plot.clientWidth}:${figure.dataset.values}`;
      if (plot.dataset.drawn === key) continue;
      plot.dataset.drawn = key;
      plot.replaceChildren();
      const probe = getComputedStyle(figure.querySelector("figcaption strong"));
      const axis = { stroke: probe.color || dim, grid: { stroke: "rgba(128,128,128,0.18)", width: 1 }, ticks: { show: false }, font: "11px system-ui" };
      const line = getComputedStyle(document.querySelector(".brand svg")).fill;
      new uPlot({
        width: Math.max(plot.clientWidth, 200), height: 150, legend: { show: false }, cursor: { show: false },
        scales: { y: { range: (_, low, high) => [Math.min(0, low), Math.max(1, high * 1.1)] } },
        axes: [axis, { ...axis, size: 46 }],
        series: [{}, { stroke: line, width: 2, fill: "rgba(64,140,132,0.14)", points: { show: values.length < 3 } }],
      }, [times, values], plot);
    }
  }
  document.addEventListener("DOMContentLoaded", draw);
  document.addEventListener("htmx:afterSettle", draw);
  window.addEventListener("resize", draw);
})();
