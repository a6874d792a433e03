import { type FileTree, tryList, tryReadText } from './tree.js';

/**
 * Folders that have one folder for each release. Distributions with a merged /usr have a link for the first; the last
 * is where their files with debug information are.
 */
export const MODULE_FOLDERS = ['/lib/modules', '/usr/lib/modules', '/usr/lib/debug/lib/modules'];

/**
 * What `uname -r` says on that machine: /proc/sys/kernel/osrelease or /proc/version, else the only folder of
 * /lib/modules and its like. Undefined where none of them tells.
 */
export function findRelease(tree: FileTree): string | undefined {
  return runningRelease(tree) ?? onlyRelease(tree);
}

/** That of the kernel whose /proc this is. */
export function runningRelease(tree: FileTree): string | undefined {
  const osrelease = tryReadText(tree, '/proc/sys/kernel/osrelease')?.trim();
  if (osrelease !== undefined && isRelease(osrelease)) return osrelease;
  const version = tryReadText(tree, '/proc/version')?.match(/^Linux version (\S+)/)?.[1];
  return version !== undefined && isRelease(version) ? version : undefined;
}

function onlyRelease(tree: FileTree): string | undefined {
  const releases = new Set<string>();
  for (const folder of MODULE_FOLDERS) {
    for (const { name, isFolder } of tryList(tree, folder) ?? []) if (isFolder) releases.add(name);
  }
  return releases.size === 1 ? [...releases][0] : undefined;
}

/** It becomes a part of paths. */
function isRelease(text: string): boolean {
  return /^[^\s\0/]+$/.test(text) && !/^\.\.?$/.test(text);
}
