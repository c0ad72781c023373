/* Lets Plotly take the place of the drawings that the page was sent with, so that their points can be
   read: each once it is in view, one at a time while nothing else is to be done. Without this script,
   and on paper, the drawings stay. A figure is plain JSON (`data`, `layout`) in a script element
   named by data-figure; its numbers also stand in a table. */
(function () {
  'use strict';
  const FONT = { family: 'Arial, sans-serif', size: 14, color: '#212b32' };
  const AXIS = {
    gridcolor: '#e8edee', gridwidth: 1, zeroline: false, linecolor: '#768692', ticks: 'outside',
    ticklen: 4, tickcolor: '#768692', tickfont: { size: 14, color: '#425563' }, fixedrange: true,
    automargin: false,
  };
  const TEMPLATE = { data: { scatter: [{ marker: { opacity: 1 } }] }, layout: {
    font: FONT, paper_bgcolor: '#ffffff', plot_bgcolor: '#ffffff', showlegend: false,
    hovermode: 'x', margin: { l: 56, r: 24, t: 24, b: 44 }, bargap: 0.35, separators: '.,',
    colorway: ['#005eb8', '#003087', '#425563', '#768692', '#41b6e6', '#007f3b'],
    xaxis: Object.assign({}, AXIS, { showgrid: false, showline: true }),
    yaxis: Object.assign({}, AXIS, { showline: false, ticks: '' }),
    hoverlabel: {
      bgcolor: '#212b32', bordercolor: '#212b32', align: 'left',
      font: { family: FONT.family, size: 14, color: '#ffffff' },
    },
    annotationdefaults: { font: FONT },
  } };
  /* showSendToCloud: off, or a button would upload the figures to the vendor of the library. */
  const CONFIG = {
    displayModeBar: false, showSendToCloud: false, displaylogo: false, responsive: true,
    scrollZoom: false, doubleClick: false,
  };
  const own = document.currentScript;
  const charts = Array.from(document.querySelectorAll('[data-figure]'));
  const whenIdle = window.requestIdleCallback || ((work) => window.setTimeout(work, 50));

  function figureOf(chart) {
    const source = document.getElementById(chart.dataset.figure);
    return source && JSON.parse(source.textContent);
  }

  /* What Plotly has drawn in a chart, if it has. */
  function plotOf(chart) {
    const plot = chart.querySelector('.kt-taken');
    return plot && plot.layout ? plot : null;
  }

  function draw(chart) {
    if (chart.classList.contains('is-taken')) { return; }
    const figure = figureOf(chart);
    if (!figure) { return; }
    const layout = Object.assign({ autosize: true }, figure.layout, { template: TEMPLATE });
    const plot = document.createElement('div');
    plot.className = 'kt-taken';
    plot.setAttribute('aria-hidden', 'true'); /* the page has said it, the keys say the rest */
    chart.appendChild(plot);
    chart.classList.add('is-taken');
    window.Plotly.newPlot(plot, figure.data, layout, CONFIG);
  }

  /* The figures of a chart by the arrow keys: each point is shown, and said. */
  function readable(chart) {
    const said = document.createElement('p');
    said.className = 'kt-sr';
    said.setAttribute('role', 'status');
    chart.parentNode.insertBefore(said, chart.nextSibling);
    let place = null;
    chart.addEventListener('keydown', (event) => {
      const figure = figureOf(chart);
      const curve = figure.data.findIndex((trace) => trace.text);
      if (curve < 0) { return; }
      const points = figure.data[curve].y.map((value, number) => value === null ? -1 : number)
        .filter((number) => number >= 0);
      const last = points.length - 1;
      const now = place === null ? last + 1 : place;
      const goes = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0, End: last }[event.key];
      if (event.key === 'Escape' || goes === undefined) { return; }
      event.preventDefault();
      place = Math.max(0, Math.min(last, goes));
      const number = points[place];
      const more = (figure.data[curve].customdata || [])[number];
      said.textContent = figure.data[curve].text[number] + (more ? ', ' + more : '');
      const plot = plotOf(chart);
      if (plot) { window.Plotly.Fx.hover(plot, [{ curveNumber: curve, pointNumber: number }]); }
    });
    chart.addEventListener('blur', () => {
      const plot = plotOf(chart);
      if (plot) { window.Plotly.Fx.unhover(plot); }
    });
  }
  const hint = document.getElementById('keys-hint');
  charts.forEach((chart) => {
    chart.tabIndex = 0;
    if (hint) { chart.setAttribute('aria-describedby', hint.id); }
    readable(chart);
    const box = chart.parentNode;
    if (box.scrollWidth > box.clientWidth) { box.scrollLeft = box.scrollWidth; } /* latest first */
  });

  /* Plotly is loaded by the first chart that needs it. */
  let library = null;
  function withPlotly(work) {
    if (window.Plotly) { work(); return; }
    if (!library) {
      library = document.createElement('script');
      library.src = own.dataset.plotly;
      document.head.appendChild(library);
    }
    library.addEventListener('load', work);
  }

  /* What is in view waits here for its turn; whatever has left the view meanwhile loses it. */
  const waiting = new Set();
  const soon = () => whenIdle(takeNext, { timeout: 500 });

  function takeNext() {
    const next = waiting.values().next().value;
    if (!next) { return; }
    waiting.delete(next);
    draw(next);
    soon();
  }

  function takeOver(chart) {
    waiting.add(chart);
    if (waiting.size === 1) { withPlotly(soon); }
  }

  if (charts.length && 'IntersectionObserver' in window) {
    const inView = new IntersectionObserver((entries) => {
      entries.forEach((entry) => {
        if (!entry.isIntersecting) {
          waiting.delete(entry.target);
        } else if (!entry.target.classList.contains('is-taken')) {
          takeOver(entry.target);
        }
      });
    });
    const watch = () => whenIdle(() => charts.forEach((chart) => inView.observe(chart)));
    if (document.readyState === 'complete') { watch(); } else { window.addEventListener('load', watch); }
  }

  document.querySelectorAll('[data-png]').forEach((button) => {
    button.addEventListener('click', () => withPlotly(() => {
      const chart = document.getElementById(button.dataset.png);
      draw(chart);
      window.Plotly.downloadImage(chart.querySelector('.kt-taken'), {
        format: 'png', width: 1200, height: 500, scale: 2, filename: 'kmpt-' + chart.id,
      });
    }));
  });
}());
