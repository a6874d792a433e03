import type { Case } from './examine.js';

/** Rows for test.each: a title, the case, whether the finding is to be there. */
export function pairs(yes: readonly Case[], no: readonly Case[]): [string, Case, boolean][] {
  return [
    ...yes.map((given, i): [string, Case, boolean] => [`is found ${i + 1}`, given, true]),
    ...no.map((given, i): [string, Case, boolean] => [`is not found ${i + 1}`, given, false]),
  ];
}
