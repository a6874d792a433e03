import { readFileSync } from 'node:fs';
import { LogReader, messageTable } from '@btfkit/core/doctor';
import { expect, test } from 'vitest';
import { hear, idsIn } from './hear.js';

const messages: Record<string, string[]> = JSON.parse(readFileSync('fixtures/doctor/messages.json', 'utf8'));
const all = Object.entries(messages).flatMap(([id, texts]) => texts.map(text => [id, text] as const));
const SEED = 'FAILED: load BTF from vmlinux: Unknown error -22';

test.each(all)('%s alone: %s', (id, text) => {
  const findings = hear(text);
  expect(idsIn(findings)).toContain(id);
  const finding = findings.find(one => one.id === id)!;
  expect(finding.seen[0]?.where).toBe('log:1');
  expect(finding.causes[0]?.likelihood).toBe('likely');
  expect(finding.remedy[0]).not.toBe('');
  // All fields are filled in, or left out.
  const texts = [
    finding.means,
    ...finding.remedy,
    ...finding.causes.flatMap(({ what, remedy }) => [what, remedy]),
  ];
  for (const one of texts) expect(one).not.toMatch(/[{}]| {2}|undefined/);
});

test('a log without any of it is silent', () => {
  const log = [
    '  CC      kernel/bpf/btf.o',
    '  BTF     .tmp_vmlinux1.btf.o',
    '  BTFIDS  vmlinux',
    'v1.25',
    'BTF: everything is fine',
    '[    0.000000] Linux version 6.12.0 (gcc) #1 SMP',
    'error: invalid name of a variable',
  ];
  expect(hear(log.join('\n'))).toEqual([]);
  expect(hear('')).toEqual([]);
});

test('the same in pieces of any length', () => {
  const log = `  BTFIDS  vmlinux\n${all.map(([, text]) => text).join('\r\n')}\n`;
  const whole = hear(log);
  expect(whole.length).toBeGreaterThan(60);
  for (const piece of [1, 7, 100]) expect(hear(log, piece)).toEqual(whole);
});

test('what never ends takes no memory: zeros, and a title that is not closed', () => {
  for (const byte of ['\0', 'x']) {
    const reader = new LogReader(messageTable(), () => {});
    const piece = Buffer.alloc(1 << 20, byte);
    reader.feed(Buffer.from('\x1b]0;'));
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 64; i++) reader.feed(piece);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 << 20);
    reader.end();
    expect(reader.lines).toBe(1);
  }
});

test('terminal escapes, time stamps, titles and UTF-16 do not matter', () => {
  const coloured = `\x1b[31mFAILED\x1b[0m: load BTF from \x1b]0;title\x07vmlinux\x1b[K: Unknown error -22`;
  expect(hear(coloured)[0]?.seen).toEqual([{ where: 'log:1', text: SEED }]);
  expect(idsIn(hear(`Nov 21 17:00:01 host build[12]: ${SEED}`))).toEqual(['S01']);
  const wide = Buffer.from(`\ufeffone\r\n${SEED}\r\n`, 'utf16le');
  expect(hear(wide)[0]?.seen[0]?.where).toBe('log:2');
  expect(idsIn(hear(wide))).toEqual(['S01']);
});

test.each(all)('%s as other places have it: %s', (id, text) => {
  const web = text.replaceAll('&', '&amp;').replaceAll("'", '&#39;').replaceAll('"', '&quot;');
  const copies = [
    `make[2]: ${text}`,
    `[   12.345678][  T123] ${text}`,
    `2026-01-02T03:04:05.678+00:00 host kernel: ${text}\r`,
    `time="2026-01-02T03:04:05Z" level=error msg="${text.replaceAll('"', '\\"')}"`,
    JSON.stringify({ level: 'error', msg: text }),
    text.replaceAll("'", '’').replaceAll('"', '”'),
    web.replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
    text.replace(/BTF|error/i, word => `\x1b[01;31m\x1b[K${word}\x1b[m\x1b[K`),
  ];
  for (const copy of copies) expect(idsIn(hear(copy))).toContain(id);
});

test('a line of any length, and what is shown of it', () => {
  const long = `${'x'.repeat(30_000)} ${SEED} ${'y'.repeat(30_000)}`;
  const [finding] = hear(long);
  expect(finding?.id).toBe('S01');
  expect(finding!.seen[0]!.text.length).toBeLessThan(450);
  expect(finding!.seen[0]!.text).toContain(SEED);
});

test('words that have other reasons as well make a symptom likely, not sure', () => {
  const alone = hear('insmod: ERROR: could not insert module ./x.ko: Invalid parameters');
  expect(alone.map(({ id, title, follows }) => [id, title.slice(0, 8), follows])).toEqual([
    ['S30', 'perhaps ', []],
    ['S40', 'perhaps ', []],
  ]);
  const sure = hear(
    'failed to validate module [x] BTF: -22\ninsmod: ERROR: could not insert module ./x.ko: Invalid parameters',
  );
  expect(sure.map(({ id, title }) => [id, title.startsWith('perhaps ')])).toEqual([
    ['S30', false],
    ['S40', true],
  ]);
  expect(sure[1]?.follows).toEqual(['S30']);
});

test('errno tells symptoms of one message apart', () => {
  expect(idsIn(hear(SEED))).toEqual(['S01']);
  expect(idsIn(hear('FAILED: load BTF from vmlinux: Unknown error -2'))).toEqual(['S02']);
  expect(idsIn(hear('FAILED: load BTF from vmlinux: No data available'))).toEqual(['S02']);
});

test("prints of the kernel's verifier belong to the module named after them", () => {
  const dmesg = [
    '[    0.555453] BPF: [93325] ENUM a..percpu ',
    '[    0.555465] BPF: size=4 vlen=2',
    '[    0.555470] BPF:  ',
    '[    0.555474] BPF: Invalid name',
    '[    0.555479] BPF: ',
    '[    0.555482] failed to validate module [backlight] BTF: -22',
    '[    0.559458] BPF: [129365] Invalid name_offset:2322721',
    '[    0.559483] failed to validate module [i2c_core] BTF: -22',
  ];
  const findings = hear(dmesg.join('\n'));
  expect(idsIn(findings)).toEqual(['S31', 'S30']);
  const [larger, mismatch] = findings;
  expect(larger?.seen).toEqual([
    {
      where: 'log:7',
      text: 'BPF: [129365] Invalid name_offset:2322721 failed to validate module [i2c_core] BTF: -22',
    },
  ]);
  expect(mismatch?.means).toContain('The BTF of backlight is split');
  expect(mismatch?.seen[0]?.text).toContain('[93325] ENUM a..percpu size=4 vlen=2 Invalid name');
  expect(mismatch?.follows).toEqual(['S31']);
});

test('the same module log, line by line without a word of the verifier', () => {
  const log = ['e1000', 'ipv6', 'fuse', 'uio'].map(name => `failed to validate module [${name}] BTF: -22`);
  const [finding] = hear(log.join('\n'));
  expect(finding).toMatchObject({ id: 'S30', count: 4 });
  expect(finding?.means).toContain('e1000, ipv6, fuse and others');
});

test('what comes of something else stands behind it', () => {
  const log = [
    'scripts/link-vmlinux.sh: line 131: 12 Killed                  LLVM_OBJCOPY=objcopy pahole -J .tmp_vmlinux.btf',
    '  LD      vmlinux',
    "libbpf: failed to find '.BTF' ELF section in vmlinux",
    'FAILED: load BTF from vmlinux: No data available',
  ];
  const findings = hear(log.join('\n'));
  expect(idsIn(findings)).toEqual(['S03', 'S02']);
  expect(findings[1]?.follows).toEqual(['S03']);
});

test('whole failures as people post them: the cause first, what follows behind it', () => {
  const dedup = [
    '  BTF     .btf.vmlinux.bin.o',
    'btf_encoder__encode: btf__dedup failed!',
    'Failed to encode BTF',
    '  BTFIDS  vmlinux',
    "libbpf: failed to find '.BTF' ELF section in vmlinux",
    'FAILED: load BTF from vmlinux: No data available',
  ];
  expect(hear(dedup.join('\n')).map(({ id, follows }) => [id, follows])).toEqual([
    ['S04', []],
    ['S02', ['S04']],
  ]);
  const crash = [
    'scripts/link-vmlinux.sh: line 127: 718345 Segmentation fault      (core dumped) LLVM_OBJCOPY=x pahole -J y',
    "objcopy: error: the input file '.btf.vmlinux.bin' is empty",
    'Failed to generate BTF for vmlinux',
    'Try to disable CONFIG_DEBUG_INFO_BTF',
  ];
  const findings = hear(crash.join('\n'));
  expect(idsIn(findings)).toEqual(['S14', 'S05']);
  expect(findings[1]?.causes[0]?.what).toContain('pahole is there and failed');
  const other = hear(`FAILED: load BTF from .tmp_vmlinux1.BTF.1: No such file or directory\n${crash[2]}`);
  expect(other.map(({ id, follows }) => [id, follows])).toEqual([
    ['S02', []],
    ['S05', ['S02']],
  ]);
  const absent = hear(
    `BTF: .tmp_vmlinux.btf: pahole (pahole) is not available\n${crash.slice(2).join('\n')}`,
  );
  expect(absent[0]?.causes[0]?.what).toContain('dwarves is not installed');
});

test("what the verifier says between libbpf's two lines is of the program's own BTF", () => {
  const log = [
    'libbpf: BTF loading error: -22',
    'libbpf: -- BEGIN BTF LOAD LOG ---',
    '[356] TYPEDEF trace_security_bind type_id=355',
    '[357] Invalid btf_info:8400000a',
    '-- END BTF LOAD LOG --',
    'libbpf: Error loading .BTF into kernel: -22. BTF is optional, ignoring.',
  ];
  const [finding, ...others] = hear(log.join('\n'));
  expect(others).toEqual([]);
  expect(finding).toMatchObject({ id: 'S78', count: 4 });
  expect(finding?.how[0]).toContain('info word');
  expect(idsIn(hear(log[3]!))).toEqual(['S35']);
});

test('a line nearby speaks for one of several causes', () => {
  const plain = hear(SEED)[0]!;
  expect(plain.causes[0]?.what).toContain('ENUM64');
  const lld = hear(`libbpf: BTF header not found\npahole: .tmp_vmlinux.btf: Invalid argument\n${SEED}`)[0]!;
  expect(lld.causes[0]?.what).toContain('lld 16');
  expect(lld.causes[0]?.likelihood).toBe('likely');
  expect(lld.causes.length).toBe(plain.causes.length);
});

test('the words around are used: names, ids, versions', () => {
  const [kfunc] = hear(
    "libbpf: extern (func ksym) 'scx_bpf_create_dsq': func_proto [382] incompatible with vmlinux [53813]",
  );
  expect(kfunc?.means).toContain('scx_bpf_create_dsq had no such tag');
  expect(kfunc?.means).toContain('[382]');
  expect(kfunc?.means).toContain('[53813]');
  const [spec] = hear(
    'load kernel spec: no BTF found for kernel version 4.19.91-27.al7.x86_64: not supported',
  );
  expect(spec?.means).toContain('kernel 4.19.91-27.al7.x86_64');
  const [old] = hear('BTF: .btf.vmlinux: pahole version v1.9 is too old, need at least v1.13');
  expect(old?.means).toContain('pahole v1.9');
});

test('a log that repeats a message without end takes no more than its count', () => {
  const line = 'BPF: [1] Invalid name_offset:'.repeat(2000);
  const [finding] = hear(`${line}\n`.repeat(50));
  expect(finding?.seen.length).toBeLessThanOrEqual(5);
  const open = "libbpf: extern (func ksym) '".repeat(20_000);
  expect(hear(open)).toEqual([]);
});
