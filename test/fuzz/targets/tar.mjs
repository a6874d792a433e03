import { isTar, tarEntries } from '../../../packages/cli/dist/core-check/tar.js';
import { FormatError, memorySource } from '../../../packages/core/dist/bytes/index.js';
import { editNumber, pick } from '../mutators/blind.mjs';
import { fixture } from '../seeds.mjs';

const encoder = new TextEncoder();

/** A tar archive of these files; `type` is of all headers. */
function archive(files) {
  const parts = files.map(({ name, bytes, type = '0' }) => {
    const header = new Uint8Array(512);
    const put = (at, text) => header.set(encoder.encode(text), at);
    put(0, name.slice(0, 100));
    put(100, '0000644\0');
    put(124, `${bytes.length.toString(8).padStart(11, '0')} `);
    put(156, type);
    put(257, 'ustar\x0000');
    sign(header);
    const padded = new Uint8Array(Math.ceil(bytes.length / 512) * 512);
    padded.set(bytes);
    return [header, padded];
  });
  return Uint8Array.from(Buffer.concat([...parts.flat(), new Uint8Array(1024)]));
}

function sign(header) {
  header.fill(0x20, 148, 156);
  const sum = header.reduce((all, byte) => all + byte, 0);
  header.set(encoder.encode(`${sum.toString(8).padStart(6, '0')}\0 `), 148);
}

/** Changes a header and signs it: what is not signed is refused at once. */
function signed(next, bytes) {
  const result = bytes.slice();
  const at = 512 * next(Math.max(1, result.length >> 9));
  if (at + 512 > result.length) return result;
  const field = pick(next, [0, 124, 126, 134, 156, 257, 263, 345]);
  if (next(3) === 0) result[at + field] = pick(next, [0x80, 0xff, 0x20, 0, 0x37, 0x4c, 0x78]);
  else editNumber(next, result, at + field, 1, true);
  sign(result.subarray(at, at + 512));
  return result;
}

/** Lists archives; every file is within them. */
export default {
  name: 'tar',
  mutators: [signed, signed, signed],
  seeds: () => [
    archive([
      { name: 'a/vmlinux.btf', bytes: fixture('module/mini-vmlinux.btf').subarray(0, 700) },
      { name: '././@LongLink', type: 'L', bytes: encoder.encode(`${'long/'.repeat(40)}name\0`) },
      { name: 'long', bytes: new Uint8Array(512) },
    ]),
    archive([
      { name: 'x', type: 'x', bytes: encoder.encode('20 path=other/name\n') },
      { name: 'y', bytes: new Uint8Array(3) },
      { name: 'folder/', type: '5', bytes: new Uint8Array(0) },
    ]),
  ],
  run(bytes) {
    if (!isTar(bytes)) throw new FormatError('no archive');
    const source = memorySource(bytes, 'fuzz.tar');
    for (const { offset, size } of tarEntries(source)) source.read(offset, size);
  },
};
