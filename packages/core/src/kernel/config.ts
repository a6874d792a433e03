import { openInput } from '../input/index.js';
import { type FileTree, tryOpen } from './tree.js';

/**
 * Text of a kernel's configuration, from where libbpf reads it: /boot/config-RELEASE, else /proc/config.gz. Null where
 * there is neither. Throws FormatError for a file that cannot be decompressed.
 */
export async function readConfig(tree: FileTree, release: string | undefined): Promise<string | null> {
  const paths = [...(release === undefined ? [] : [`/boot/config-${release}`]), '/proc/config.gz'];
  for (const path of paths) {
    const file = tryOpen(tree, path);
    if (file === undefined) continue;
    try {
      const { source } = await openInput(file);
      return new TextDecoder().decode(source.read(0, source.size));
    } finally {
      file.close();
    }
  }
  return null;
}
