import type { GateCase } from './gate.js';

/**
 * A report as JUnit has it, which CI systems read: a suite for vmlinux, modules and the comparison of builds. It has what the
 * schemas of Jenkins and Surefire ask for, and no times, so that the same build gives the same bytes.
 */
export function junitXml(name: string, cases: readonly GateCase[]): string {
  const suites = [...new Set(cases.map(({ suite }) => suite))];
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${attribute(name)}"${counts(cases)}>`,
    ...suites.flatMap(suite =>
      suiteLines(
        suite,
        cases.filter(one => one.suite === suite),
      ),
    ),
    '</testsuites>',
  ];
  return `${lines.join('\n')}\n`;
}

function counts(cases: readonly GateCase[]): string {
  const count = (wanted: GateCase['outcome']) => cases.filter(({ outcome }) => outcome === wanted).length;
  return ` tests="${cases.length}" failures="${count('failed')}" errors="0" time="0"`;
}

function suiteLines(suite: string, cases: readonly GateCase[]): string[] {
  const skipped = cases.filter(({ outcome }) => outcome === 'skipped').length;
  return [
    `  <testsuite name="${attribute(suite)}"${counts(cases)} skipped="${skipped}">`,
    ...cases.flatMap(caseLines),
    '  </testsuite>',
  ];
}

function caseLines({ suite, name, outcome, messages }: GateCase): string[] {
  const start = `    <testcase classname="btfkit.${attribute(suite)}" name="${attribute(name)}" time="0"`;
  const [first = ''] = messages;
  if (outcome === 'failed') {
    return [
      `${start}>`,
      `      <failure message="${attribute(first)}" type="btf">${content(messages.join('\n'))}</failure>`,
      '    </testcase>',
    ];
  }
  if (outcome === 'skipped') {
    return [`${start}>`, `      <skipped message="${attribute(first)}"/>`, '    </testcase>'];
  }
  if (messages.length === 0) return [`${start}/>`];
  return [`${start}>`, `      <system-out>${content(messages.join('\n'))}</system-out>`, '    </testcase>'];
}

/** XML 1.0 has no place for most control characters, nor for halves of surrogate pairs, not even escaped. */
function content(text: string): string {
  return new TextDecoder()
    .decode(new TextEncoder().encode(text))
    .replace(FORBIDDEN, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const FORBIDDEN = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g;

function attribute(text: string): string {
  return content(text)
    .replaceAll('"', '&quot;')
    .replace(/[\t\n\r]/g, ' ');
}
