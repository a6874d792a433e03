import { expect, test } from 'vitest';
import { findTemplate, parseTemplate } from '../../dist/doctor/log/template.js';

const fields = (template: string, line: string) => findTemplate(parseTemplate(template), line)?.fields;

test('fields: words, digits, any text, given digits, the word in front', () => {
  const validate = 'failed to validate module [{module:w}] BTF: -{errno:d}';
  expect(fields(validate, '[ 5.4] failed to validate module [e1000] BTF: -22')).toEqual({
    module: 'e1000',
    errno: '22',
  });
  expect(fields('relo #{n:d}: {what}: {why}', "prog 'p': relo #5: field: gone")).toEqual({
    n: '5',
    what: 'field',
    why: 'gone',
  });
  expect(fields('error -{errno=2}', 'Unknown error -2')).toEqual({ errno: '2' });
  expect(fields('error -{errno=2}', 'Unknown error -22')).toBeUndefined();
  expect(fields('{file:w}: not found', "cannot open './x.ko: not found")).toEqual({ file: './x.ko' });
  expect(fields('info:{info:x} end', 'info:0xa0000000 end')).toEqual({ info: '0xa0000000' });
});

test('what does not fit is no match, and a later place is tried', () => {
  expect(fields('type [{type:d}] bad', 'type [x] bad')).toBeUndefined();
  expect(fields('type [{type:d}] bad', 'type [x] bad, type [7] bad')).toEqual({ type: '7' });
  expect(fields('module [{module:w}] bad', 'module [a b] bad')).toBeUndefined();
  expect(fields('from {a} to {b} end', 'from x to y')).toBeUndefined();
});

test('a template must have words to look for', () => {
  expect(() => parseTemplate('{a}: {b}')).toThrow('no literal of at least 4 characters');
  expect(() => parseTemplate('from {a:q}')).toThrow('no form q');
});
