/** What is measured of a connector. A figure that is null could not be had: the step failed. Left out: there is no such step. */
import type { ToolList } from './tool-list.ts';

export interface Figures {
  /** From the text of the specification to the files, in a process that has just begun; of a server that reads it at its start, until it lists its tools. */
  readonly firstMs: number | null;
  /** The same in a process that has done so before. */
  readonly generationMs?: number | null;
  /** Of that, processor time, which a busy machine stretches less. */
  readonly generationCpuMs?: number | null;
  /** The smallest heap, of those that are tried, in which a whole job passes in workerd. */
  readonly heapMegabytes?: number | null;
  readonly typeCheckMs?: number | null;
  readonly list?: ToolList | null;
  /** The median of a call through the connector to an API on this machine. */
  readonly callMs?: number | null;
  readonly runtimeBytes?: number;
  readonly dataBytes?: number;
  readonly fault?: string;
}
