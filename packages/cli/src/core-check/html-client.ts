import type { jsonOf } from './json.js';

type Report = ReturnType<typeof jsonOf>;
type Finding = Report['findings'][number];

/**
 * What the page runs: it draws the report. Its text goes into the page as it stands, so that it refers to nothing outside
 * of itself, and texts of the report come into the page as texts alone.
 */
export function drawReport(report: Report): void {
  const make = (tag: string, text = '', className = '', children: Node[] = []) => {
    const element = document.createElement(tag);
    element.textContent = text;
    if (className !== '') element.className = className;
    element.append(...children);
    return element;
  };
  const byId = (id: string) => document.getElementById(id)!;
  const words: Record<string, string> = { works: 'ok', unknown: 'ok?', fails: 'fails', unread: '–' };
  const rank: Record<string, number> = { fails: 0, unread: 1, unknown: 2, works: 3 };
  const { kernels, objects, findings } = report;
  let sortedBy = -1;
  let isReversed = false;

  const kernelFilter = byId('kernels') as HTMLInputElement;
  const objectFilter = byId('objects') as HTMLInputElement;
  const onlyFailing = byId('failing') as HTMLInputElement;
  const fits = (name: string, filter: HTMLInputElement) =>
    filter.value
      .toLowerCase()
      .split(/\s+/)
      .every(part => name.toLowerCase().includes(part));

  function failuresOf(kernel: number): number {
    return objects.filter(({ states }) => states[kernel] === 'fails').length;
  }

  function shownKernels(): number[] {
    const shown = [...kernels.keys()].filter(
      kernel =>
        fits(kernels[kernel]!.kernel, kernelFilter) && (!onlyFailing.checked || failuresOf(kernel) > 0),
    );
    const value = (kernel: number) =>
      sortedBy === -2
        ? -failuresOf(kernel)
        : sortedBy < 0
          ? kernel
          : rank[objects[sortedBy]!.states[kernel]!]!;
    shown.sort((a, b) => value(a) - value(b) || a - b);
    return isReversed ? shown.reverse() : shown;
  }

  function sorter(header: HTMLElement, column: number): HTMLElement {
    header.tabIndex = 0;
    header.ariaSort = sortedBy !== column ? 'none' : isReversed ? 'descending' : 'ascending';
    const sort = () => {
      isReversed = sortedBy === column && !isReversed;
      sortedBy = column;
      drawMatrix();
    };
    header.addEventListener('click', sort);
    header.addEventListener('keydown', event => {
      if (event.key === 'Enter') sort();
    });
    return header;
  }

  function drawMatrix(): void {
    const columns = [...objects.keys()].filter(index => fits(objects[index]!.object, objectFilter));
    const head = make('tr', '', '', [
      sorter(make('th', 'kernel'), -1),
      sorter(make('th', 'fails'), -2),
      ...columns.map(index =>
        sorter(make('th', '', 'object', [make('span', objects[index]!.object)]), index),
      ),
    ]);
    const rows = shownKernels().map(kernel => {
      const name = make('th', kernels[kernel]!.kernel);
      name.title = kernels[kernel]!.input;
      const count = make('td', kernels[kernel]!.error === null ? String(failuresOf(kernel)) : '', 'count');
      const cells = columns.map(index => {
        const state = objects[index]!.states[kernel]!;
        const button = make('button', words[state]!);
        button.addEventListener('click', () => drawCell(index, kernel));
        return make('td', '', state, [button]);
      });
      return make('tr', '', '', [name, count, ...cells]);
    });
    byId('matrix').replaceChildren(make('thead', '', '', [head]), make('tbody', '', '', rows));
  }

  function place(use: Finding['uses'][number]): string {
    const program = use.program === null ? '' : ` ${use.program}`;
    return `${objects[use.object]!.object}${program}${use.source === null ? '' : ` ${use.source}`}`;
  }

  function findingElement(finding: Finding, isOpen: boolean): HTMLElement {
    const title = `${finding.subject}${finding.reason === '' ? '' : `: ${finding.reason}`}`;
    const names = finding.kernels.map(kernel => kernels[kernel]!.kernel);
    const element = make('details', '', finding.fails ? 'fails' : '', [
      make('summary', '', '', [
        make('span', finding.verdict, 'verdict'),
        make('code', title),
        make('span', ` on ${names.length} of ${kernels.length} kernels`),
      ]),
    ]) as HTMLDetailsElement;
    const fill = () => {
      if (element.childElementCount > 1) return;
      if (finding.message !== '') element.append(make('p', finding.message, 'message'));
      if (finding.explanation !== null) element.append(make('p', finding.explanation));
      if (finding.prototype !== '') element.append(make('p', `kernel: ${finding.prototype}`, 'message'));
      for (const { btf, type, mismatch } of finding.candidates) {
        element.append(make('p', `in ${btf} ${type}: ${mismatch ?? 'has it'}`));
      }
      element.append(make('p', names.join(', '), 'names'));
      const uses = finding.uses.map(use =>
        make('li', place(use), '', use.text === null ? [] : [make('code', ` ${use.text}`)]),
      );
      element.append(make('ul', '', '', uses));
      for (const { text, code } of finding.edits) {
        element.append(make('p', `Edit: ${text}`));
        if (code !== '') element.append(make('pre', code));
      }
    };
    element.addEventListener('toggle', fill);
    if (isOpen) {
      element.open = true;
      fill();
    }
    return element;
  }

  function drawCell(object: number, kernel: number): void {
    const { programs, object: name } = objects[object]!;
    const own = findings.filter(
      finding => finding.kernels.includes(kernel) && finding.uses.some(use => use.object === object),
    );
    const rows = programs.map(({ program, section, optional, relocations, states }) =>
      make('tr', '', '', [
        make('td', program),
        make('td', section + (optional ? ' (when asked for)' : '')),
        make('td', `${relocations} relocations`),
        make('td', words[states[kernel]!]!, states[kernel]!),
      ]),
    );
    const error = kernels[kernel]!.error;
    byId('cell').replaceChildren(
      make('h2', `${name} on ${kernels[kernel]!.kernel}`),
      ...(error === null ? [] : [make('p', error)]),
      make('table', '', 'programs', rows),
      ...own.map(finding => findingElement(finding, finding.fails)),
    );
    byId('cell').scrollIntoView({ block: 'nearest' });
  }

  function drawFindings(): void {
    const filter = byId('findings-filter') as HTMLInputElement;
    const isAll = (byId('harmless') as HTMLInputElement).checked;
    const shown = findings.filter(
      finding =>
        (isAll || finding.fails) &&
        fits(`${finding.subject} ${finding.reason} ${finding.uses.map(place).join(' ')}`, filter),
    );
    byId('findings').replaceChildren(...shown.map(finding => findingElement(finding, false)));
  }

  for (const input of [kernelFilter, objectFilter, onlyFailing]) input.addEventListener('input', drawMatrix);
  for (const id of ['findings-filter', 'harmless']) byId(id).addEventListener('input', drawFindings);
  byId('summary').textContent =
    `${objects.length} objects on ${kernels.length} kernels: ${report.works} work, ${report.fails} fail` +
    (report.unknown > 0 ? `, ${report.unknown} not known` : '') +
    (report.unread > 0 ? `, ${report.unread} not read` : '');
  drawMatrix();
  drawFindings();
}
