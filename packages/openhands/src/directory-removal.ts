/**
 * Removing a run's directory. The server has no call that deletes files, only one that runs a command; so
 * the path is checked here and quoted, and nothing but a directory of its own can ever be meant.
 *
 * What a run left going in its directory (a server, a watcher) outlives the conversation and would write the
 * directory anew, so it is ended first. It is known by where it works: a process that has gone elsewhere
 * escapes. Where there is no /proc nothing is ended.
 */

/** A process that ends may have begun another since the list was made. */
const PASSES = 2;

/** The shell command (sh) that removes a directory; null for anything but an absolute path below another directory. */
export function removalCommand(path: string): string | null {
  const parts = path.split('/').slice(1);
  const plain = parts.every((part) => part !== '' && part !== '.' && part !== '..');
  if (!path.startsWith('/') || parts.length < 2 || !plain || path.includes('\0')) return null;
  const at = path.lastIndexOf('/');
  // The parent may be reached by a link, while /proc tells of true places. The directory itself may be a link that
  // the agent made, and is not followed.
  const place = `d=$(cd -- ${quoted(path.slice(0, at))} 2>/dev/null && pwd -P)/${quoted(path.slice(at + 1))}`;
  const ofPlace = '"$d"|"$d"/*|"$d (deleted)"';
  const end = `case "$(readlink "$c" 2>/dev/null)" in ${ofPlace}) p=\${c#/proc/}; kill -9 "\${p%/cwd}" 2>/dev/null;; esac`;
  const passes = Array.from({ length: PASSES }, (_, pass) => pass + 1).join(' ');
  return `${place}; for pass in ${passes}; do for c in /proc/[0-9]*/cwd; do ${end}; done; done; rm -rf -- ${quoted(path)}`;
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
