import { isAbsolute, join } from 'node:path';

/** Where the platform has programs keep what they can do without; BTFKIT_CACHE names another folder, or `off`. */
export function cacheFolder({ platform, env } = process): string | undefined {
  if (env.BTFKIT_CACHE) return env.BTFKIT_CACHE === 'off' ? undefined : env.BTFKIT_CACHE;
  const home = env.HOME ?? '';
  const folder =
    {
      win32: env.LOCALAPPDATA ?? '',
      darwin: join(home, 'Library', 'Caches'),
    }[platform as string] ??
    (env.XDG_CACHE_HOME || join(home, '.cache'));
  // The XDG specification has relative paths ignored.
  return isAbsolute(folder) ? join(folder, 'btfkit') : undefined;
}
