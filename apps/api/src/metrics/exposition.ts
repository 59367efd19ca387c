/**
 * Prometheus' text format, version 0.0.4. Written here and not by a client library: those keep counters in
 * their process and have clocks and timers of their own; here figures come from elsewhere and are shown once.
 */

/** What `Content-Type` says of it. */
export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly labels?: Labels;
  readonly value: number;
}

export interface HistogramSample {
  readonly labels?: Labels;
  /** Upper bounds in rising order, without the last one, which is infinite. */
  readonly bounds: readonly number[];
  /** How many were in each bucket alone; one more than there are bounds. */
  readonly counts: readonly number[];
  readonly sum: number;
}

/** Everything of one name. A counter's name ends in `_total`; all units are base units and part of the name. */
export type Family = { readonly name: string; readonly help: string } & (
  | { readonly type: 'gauge' | 'counter'; readonly samples: readonly Sample[] }
  | { readonly type: 'histogram'; readonly samples: readonly HistogramSample[] }
);

/** The families as text. One without samples is left out: its lines would say nothing. */
export const exposition = (families: readonly Family[]): string =>
  families
    .filter(({ samples }) => samples.length > 0)
    .map(
      (family) => `# HELP ${family.name} ${escapeHelp(family.help)}\n# TYPE ${family.name} ${family.type}\n${linesOf(family).join('\n')}\n`,
    )
    .join('');

function linesOf(family: Family): string[] {
  if (family.type !== 'histogram') return family.samples.map(({ labels, value }) => line(family.name, labels, value));
  return family.samples.flatMap(({ labels, bounds, counts, sum }) => {
    let total = 0;
    const buckets = counts.map((count, index) => {
      total += count;
      return line(`${family.name}_bucket`, { ...labels, le: text(bounds[index] ?? Number.POSITIVE_INFINITY) }, total);
    });
    return [...buckets, line(`${family.name}_sum`, labels, sum), line(`${family.name}_count`, labels, total)];
  });
}

function line(name: string, labels: Labels = {}, value: number): string {
  const pairs = Object.entries(labels).map(([label, content]) => `${label}="${escapeLabel(content)}"`);
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${text(value)}`;
}

function text(value: number): string {
  if (Number.isFinite(value) || Number.isNaN(value)) return String(value);
  return value > 0 ? '+Inf' : '-Inf';
}

const escapeHelp = (help: string): string => help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
const escapeLabel = (content: string): string => escapeHelp(content).replaceAll('"', '\\"');
