/* Draws the figures of a page with Plotly, in the house style. The numbers also stand in a table.
   A figure is plain JSON (`data`, `layout`) in a script element named by data-figure. Where the page
   has drawn it already (data-takes-over), Plotly takes its place only once it is in view, one chart
   at a time while nothing else is to be done, so that its points can be read; without this script,
   and on paper, the drawing stays. */
(function () {
  'use strict';
  const AT_ONCE = 12;
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
  const all = Array.from(document.querySelectorAll('[data-figure]'));
  const takesOver = (chart) => chart.hasAttribute('data-takes-over');
  const charts = all.filter((chart) => !takesOver(chart));
  const drawings = all.filter(takesOver);
  const whenIdle = window.requestIdleCallback || ((work) => window.setTimeout(work, 50));

  function figureOf(chart) {
    const source = document.getElementById(chart.dataset.figure);
    return source && JSON.parse(source.textContent);
  }

  /* A chart that is resized with its window gets the height of its box: so the box gets its own. */
  function fit(chart) {
    const height = figureOf(chart).layout.height;
    chart.style.height = height ? height + 'px' : '';
  }

  function draw(chart) {
    const figure = chart.dataset.drawn ? null : figureOf(chart);
    if (!figure) { return; }
    chart.dataset.drawn = 'yes';
    const layout = Object.assign({ autosize: true }, figure.layout, { template: TEMPLATE });
    let plot = chart;
    if (takesOver(chart)) {
      plot = document.createElement('div');
      plot.className = 'kt-taken';
      plot.setAttribute('aria-hidden', 'true'); /* the drawing has said it, the keys say the rest */
      chart.appendChild(plot);
      chart.classList.add('is-taken');
    } else {
      fit(chart);
    }
    window.Plotly.newPlot(plot, figure.data, layout, CONFIG);
    const table = document.querySelector('[data-closes-when-drawn="' + chart.id + '"]');
    if (table) { table.open = false; }
    const box = chart.parentNode;
    if (box.scrollWidth > box.clientWidth) { box.scrollLeft = box.scrollWidth; } /* latest first */
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
      const plot = chart.querySelector('.kt-taken') || chart;
      if (chart.dataset.drawn && plot.layout) {
        window.Plotly.Fx.hover(plot, [{ curveNumber: curve, pointNumber: number }]);
      }
    });
    chart.addEventListener('blur', () => {
      const plot = chart.querySelector('.kt-taken') || chart;
      if (chart.dataset.drawn && plot.layout) { window.Plotly.Fx.unhover(plot); }
    });
  }
  const hint = document.getElementById('keys-hint');
  drawings.forEach((chart) => {
    chart.tabIndex = 0;
    if (hint) { chart.setAttribute('aria-describedby', hint.id); }
    readable(chart);
  });

  /* What is in view waits here for its turn; whatever has left the view meanwhile loses it. */
  const waiting = new Set();
  let library = null;

  function takeNext() {
    const next = waiting.values().next().value;
    if (!next) { return; }
    waiting.delete(next);
    draw(next);
    whenIdle(takeNext, { timeout: 500 });
  }

  function takeOver(chart) {
    waiting.add(chart);
    if (window.Plotly) {
      if (waiting.size === 1) { whenIdle(takeNext, { timeout: 500 }); }
      return;
    }
    if (library || !own || !own.dataset.plotly) { return; }
    library = document.createElement('script');
    library.src = own.dataset.plotly;
    library.addEventListener('load', () => whenIdle(takeNext, { timeout: 500 }));
    document.head.appendChild(library);
  }

  if (drawings.length && 'IntersectionObserver' in window) {
    const inView = new IntersectionObserver((entries) => {
      entries.forEach((entry) => {
        if (!entry.isIntersecting) {
          waiting.delete(entry.target);
        } else if (!entry.target.dataset.drawn) {
          takeOver(entry.target);
        }
      });
    });
    const watch = () => whenIdle(() => drawings.forEach((chart) => inView.observe(chart)));
    if (document.readyState === 'complete') { watch(); } else { window.addEventListener('load', watch); }
  }

  if (!window.Plotly) {
    charts.forEach((chart) => chart.classList.add('is-undrawable'));
    return;
  }
  charts.slice(0, AT_ONCE).forEach(draw);
  const later = charts.slice(AT_ONCE);
  if (later.length) {
    const observer = new IntersectionObserver((entries) => {
      entries.filter((entry) => entry.isIntersecting).forEach((entry) => {
        observer.unobserve(entry.target);
        draw(entry.target);
      });
    }, { rootMargin: '400px' });
    later.forEach((chart) => observer.observe(chart));
  }

  document.querySelectorAll('[data-png]').forEach((button) => {
    button.addEventListener('click', () => {
      const chart = document.getElementById(button.dataset.png);
      draw(chart);
      window.Plotly.downloadImage(chart, {
        format: 'png', width: 1200, height: 500, scale: 2, filename: 'kmpt-' + chart.id,
      });
    });
  });

  /* A printed sheet has one width, whatever the window's; so high, the chart stays on the sheet of
     the sentence above it. */
  const PRINTED_HEIGHT = 350;
  window.addEventListener('beforeprint', () => charts.forEach((chart) => {
    draw(chart);
    chart.style.height = '';
    const width = chart.closest('.kt-cols--2') ? 505 : 1030;
    const height = Math.min(figureOf(chart).layout.height || PRINTED_HEIGHT, PRINTED_HEIGHT);
    window.Plotly.relayout(chart, { width: width, height: height, autosize: false });
  }));
  window.addEventListener('afterprint', () => charts.forEach((chart) => {
    const height = figureOf(chart).layout.height || null;
    fit(chart);
    window.Plotly.relayout(chart, { width: null, height: height, autosize: true });
  }));
}());
