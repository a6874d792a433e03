import { drawReport } from './html-client.js';
import { jsonOf } from './json.js';
import type { Matrix } from './matrix.js';

const STYLE = `
:root { color-scheme: light dark; --ok: #1a7f37; --bad: #cf222e; --line: #8884; --soft: #8882; }
@media (prefers-color-scheme: dark) { :root { --ok: #3fb950; --bad: #ff7b72; } }
body { font: 14px/1.5 system-ui, sans-serif; margin: 1.5rem; }
h1 { font-size: 1.3rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
.scroll { overflow: auto; max-height: 70vh; border: 1px solid var(--line); }
table { border-collapse: collapse; }
th, td { border: 1px solid var(--line); padding: 0.1rem 0.4rem; text-align: left; }
#matrix thead th { position: sticky; top: 0; background: Canvas; cursor: pointer; vertical-align: bottom; z-index: 1; }
#matrix tbody th { position: sticky; left: 0; background: Canvas; font-weight: normal; white-space: nowrap; }
th.object span { writing-mode: vertical-rl; max-height: 14rem; overflow: hidden; }
th[aria-sort=ascending]::after { content: " ↑"; } th[aria-sort=descending]::after { content: " ↓"; }
td.count { text-align: right; }
td button { all: unset; cursor: pointer; width: 100%; text-align: center; } td button:focus-visible { outline: 2px solid; }
td.works { color: var(--ok); } td.unknown, td.unread { color: GrayText; } td.fails { color: var(--bad); font-weight: bold; background: var(--soft); }
details { border-left: 3px solid var(--line); padding-left: 0.7rem; margin: 0.4rem 0; } details.fails { border-color: var(--bad); }
summary { cursor: pointer; } .verdict { display: inline-block; min-width: 6.5rem; color: GrayText; }
details.fails > summary .verdict { color: var(--bad); }
pre { background: var(--soft); padding: 0.6rem; overflow: auto; tab-size: 4; } .message { font-family: monospace; } .names { color: GrayText; }
label { margin-right: 1rem; } input[type=search] { min-width: 14rem; }
`;

/** The report as one file for a browser, which asks for nothing else. */
export function htmlOf(matrix: Matrix): string {
  // Whatever names there are: nothing in the data can end the script that it is in.
  const data = JSON.stringify(jsonOf(matrix)).replace(/[<>&\u2028\u2029]/g, character => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>core check</title>
<style>${STYLE}</style>
</head>
<body>
<h1>BPF objects on kernels</h1>
<p id="summary"></p>
<p>
<label>kernels <input type="search" id="kernels"></label>
<label>objects <input type="search" id="objects"></label>
<label><input type="checkbox" id="failing"> only kernels where something fails</label>
</p>
<div class="scroll"><table id="matrix"></table></div>
<section id="cell"></section>
<h2>Findings</h2>
<p>
<label>find <input type="search" id="findings-filter"></label>
<label><input type="checkbox" id="harmless"> also what does no harm</label>
</p>
<div id="findings"></div>
<noscript>This report is drawn by a script in it.</noscript>
<script type="application/json" id="report">${data}</script>
<script>(${drawReport.toString()})(JSON.parse(document.getElementById('report').textContent));</script>
</body>
</html>
`;
}
