import { describe, expect, it } from 'vitest';
import { exposition } from './exposition.ts';

describe('the text that Prometheus reads', () => {
  it('has a help, a type and a line for each sample', () => {
    const samples = [{ labels: { queue: 'jobs' }, value: 7 }, { value: 0.5 }];
    expect(exposition([{ name: 'backlog', help: 'What waits.', type: 'gauge', samples }])).toBe(
      '# HELP backlog What waits.\n# TYPE backlog gauge\nbacklog{queue="jobs"} 7\nbacklog 0.5\n',
    );
  });

  it('adds up the buckets of a histogram, the last of which holds everything', () => {
    const samples = [{ labels: { engine: 'embedded' }, bounds: [0.5, 10], counts: [2, 0, 3], sum: 61.5 }];
    expect(
      exposition([{ name: 'time_seconds', help: 'h', type: 'histogram', samples }])
        .split('\n')
        .slice(2, -1),
    ).toEqual([
      'time_seconds_bucket{engine="embedded",le="0.5"} 2',
      'time_seconds_bucket{engine="embedded",le="10"} 2',
      'time_seconds_bucket{engine="embedded",le="+Inf"} 5',
      'time_seconds_sum{engine="embedded"} 61.5',
      'time_seconds_count{engine="embedded"} 5',
    ]);
  });

  it('keeps a value that was made to break out of its line in its place', () => {
    const hostile = 'a"} 1\nup 0\\';
    const text = exposition([{ name: 'x', help: `h\n${hostile}`, type: 'gauge', samples: [{ labels: { v: hostile }, value: 1 }] }]);
    expect(text).toBe('# HELP x h\\na"} 1\\nup 0\\\\\n# TYPE x gauge\nx{v="a\\"} 1\\nup 0\\\\"} 1\n');
    expect(text.split('\n')).toHaveLength(4);
  });

  it('leaves out a name of which nothing is known', () => {
    expect(exposition([{ name: 'x', help: 'h', type: 'gauge', samples: [] }])).toBe('');
  });
});
