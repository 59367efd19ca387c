/**
 * Removing a run's directory. The server has no call that deletes files, only one that runs a command; so
 * the path is checked here and quoted, and nothing but a directory of its own can ever be meant.
 */

/** The shell command that removes a directory; null for anything but an absolute path below another directory. */
export function removalCommand(path: string): string | null {
  const parts = path.split('/').slice(1);
  const plain = parts.every((part) => part !== '' && part !== '.' && part !== '..');
  if (!path.startsWith('/') || parts.length < 2 || !plain || path.includes('\0')) return null;
  return `rm -rf -- '${path.replaceAll("'", "'\\''")}'`;
}
