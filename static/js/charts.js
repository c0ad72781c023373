/* Draws the figures of a page with Plotly, in the house style. The numbers also stand in a table.
   A figure is plain JSON (`data`, `layout`) in a script element named by data-figure. */
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
  const charts = Array.from(document.querySelectorAll('[data-figure]'));

  function figureOf(chart) {
    const source = document.getElementById(chart.dataset.figure);
    return source && JSON.parse(source.textContent);
  }

  function draw(chart) {
    const figure = chart.dataset.drawn ? null : figureOf(chart);
    if (!figure) { return; }
    chart.dataset.drawn = 'yes';
    const layout = Object.assign({ autosize: true }, figure.layout, { template: TEMPLATE });
    window.Plotly.newPlot(chart, figure.data, layout, CONFIG);
    const table = document.querySelector('[data-closes-when-drawn="' + chart.id + '"]');
    if (table) { table.open = false; }
    const box = chart.parentNode;
    if (box.scrollWidth > box.clientWidth) { box.scrollLeft = box.scrollWidth; } /* latest first */
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
    const width = chart.closest('.kt-cols--2') ? 505 : 1030;
    const height = Math.min(figureOf(chart).layout.height || PRINTED_HEIGHT, PRINTED_HEIGHT);
    window.Plotly.relayout(chart, { width: width, height: height, autosize: false });
  }));
  window.addEventListener('afterprint', () => charts.forEach((chart) => {
    const height = figureOf(chart).layout.height || null;
    window.Plotly.relayout(chart, { width: null, height: height, autosize: true });
  }));
}());
