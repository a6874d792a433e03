import { gzipSync } from 'node:zlib';
import { FormatError } from '@btfkit/core/bytes';
import { Kernel, memoryTree } from '@btfkit/core/kernel';
import { expect, test } from 'vitest';

const config = (files: Record<string, Uint8Array | string>) =>
  new Kernel(memoryTree({ '/proc/sys/kernel/osrelease': '6.1.0\n', ...files })).config();

test('the configuration of a kernel, from where libbpf reads it', async () => {
  const packed = gzipSync('CONFIG_A=y\n');
  expect(await config({})).toBe(null);
  expect(await config({ '/proc/config.gz': packed })).toBe('CONFIG_A=y\n');
  expect(await config({ '/proc/config.gz': packed, '/boot/config-6.1.0': 'CONFIG_B=y\n' })).toBe(
    'CONFIG_B=y\n',
  );
  expect(await config({ '/proc/config.gz': packed, '/boot/config-6.2.0': 'CONFIG_B=y\n' })).toBe(
    'CONFIG_A=y\n',
  );
  await expect(config({ '/proc/config.gz': packed.subarray(0, 12) })).rejects.toThrow(FormatError);
});
