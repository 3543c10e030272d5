// The ratios of a workload as one picture: a bar each, with its range and its target.

const WIDTH = 760;
const LEFT = 280;
const ROW = 26;

/** Rows are `{ label, ratio, target }`, the target NaN where there is none. @returns {string} an SVG document; readable on light and dark pages */
export function ratioPlot(title, rows) {
  const most = Math.max(...rows.map(({ ratio }) => ratio.most), 2);
  const left = Math.log2(Math.min(...rows.map(({ ratio }) => ratio.least), 0.25));
  // A logarithm shows 0.5 as far from 1 as 2.
  const x = (value) => LEFT + ((Math.log2(value) - left) / (Math.log2(most) - left)) * (WIDTH - LEFT - 70);
  const height = 70 + rows.length * ROW;
  const bars = rows.map(({ label, ratio, target }, row) => {
    const y = 48 + row * ROW;
    const isGood = Number.isNaN(target) || ratio.median >= target;
    const mark = Number.isNaN(target)
      ? ''
      : `<line class="target" x1="${x(target).toFixed(1)}" x2="${x(target).toFixed(1)}" y1="${y - 3}" y2="${y + 17}"/>`;
    return [
      `<text x="${LEFT - 10}" y="${y + 12}" text-anchor="end">${label}</text>`,
      `<rect class="${isGood ? 'good' : 'short'}" x="${LEFT}" y="${y}" width="${(x(ratio.median) - LEFT).toFixed(1)}" height="14"/>`,
      `<line class="range" x1="${x(ratio.least).toFixed(1)}" x2="${x(ratio.most).toFixed(1)}" y1="${y + 7}" y2="${y + 7}"/>`,
      mark,
      `<text x="${(x(ratio.most) + 8).toFixed(1)}" y="${y + 12}">${ratio.median.toFixed(2)}x</text>`,
    ].join('');
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12" role="img" aria-label="${title}">
<style>text{fill:#555}.good{fill:#4c8a5a}.short{fill:#b5603c}.range{stroke:#888;stroke-width:2}.target{stroke:#2c5fa8;stroke-width:2}.one{stroke:#999;stroke-dasharray:3 3}</style>
<text x="10" y="20" font-size="14">${title}</text>
<line class="one" x1="${x(1).toFixed(1)}" x2="${x(1).toFixed(1)}" y1="36" y2="${height - 12}"/>
${bars.join('\n')}
</svg>
`;
}
