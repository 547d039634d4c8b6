import fc from 'fast-check';
import { expect, test } from 'vitest';
import { StackProfile } from '../../src/profile/stacks.ts';
import { Timeline } from '../../src/profile/timeline.ts';

test('functions that stay on the stack are one slice, and a core that slept has a gap', () => {
  const timeline = new Timeline();
  timeline.add(0, ['main'], 0, 1000);
  timeline.add(0, ['main', 'walk', 'leaf'], 1000, 2500);
  timeline.add(0, ['main', 'walk', 'walk'], 2500, 3000);
  timeline.add(1, ['idle'], 500, 1500);
  timeline.add(0, ['main', 'walk'], 3000, 4000);
  timeline.add(0, ['other "quoted"'], 4000, 4001);
  timeline.add(1, ['idle'], 2500, 3500);
  expect(timeline.json('prog.elf')).toBe(
    `{"displayTimeUnit":"ns","otherData":{"time":"1 ns is 1 cycle"},"traceEvents":[
{"name":"process_name","ph":"M","pid":1,"tid":0,"args":{"name":"prog.elf"}},
{"name":"thread_name","ph":"M","pid":1,"tid":0,"args":{"name":"core 0"}},
{"name":"thread_name","ph":"M","pid":1,"tid":1,"args":{"name":"core 1"}},
{"name":"main","ph":"X","ts":0,"dur":4,"pid":1,"tid":0},
{"name":"walk","ph":"X","ts":1,"dur":3,"pid":1,"tid":0},
{"name":"leaf","ph":"X","ts":1,"dur":1.5,"pid":1,"tid":0},
{"name":"walk","ph":"X","ts":2.5,"dur":0.5,"pid":1,"tid":0},
{"name":"other \\"quoted\\"","ph":"X","ts":4,"dur":0.001,"pid":1,"tid":0},
{"name":"idle","ph":"X","ts":0.5,"dur":1,"pid":1,"tid":1},
{"name":"idle","ph":"X","ts":2.5,"dur":1,"pid":1,"tid":1}
]}
`,
  );
});

test('slices lie inside the slices of their callers, and their time without what they call is that of the profile', () => {
  const stacks = fc.array(
    fc.tuple(fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 4, minLength: 1 }), fc.integer({ min: 1, max: 50 })),
    { minLength: 1 },
  );
  fc.assert(
    fc.property(stacks, (samples) => {
      const [profile, timeline] = [new StackProfile(), new Timeline()];
      let now = 0;
      for (const [stack, cycles] of samples) {
        profile.add(stack, cycles);
        timeline.add(0, stack, now, now + cycles);
        now += cycles;
      }
      const { traceEvents } = JSON.parse(timeline.json('x')) as { traceEvents: { name: string; ph: string; ts: number; dur: number }[] };
      const self = new Map<string, number>();
      const open: { name: string; end: number }[] = [];
      for (const { name, ts, dur } of traceEvents.filter(({ ph }) => ph === 'X')) {
        while (open.length > 0 && open.at(-1)!.end <= Math.round(ts * 1000)) open.pop();
        const end = Math.round((ts + dur) * 1000);
        const cycles = Math.round(dur * 1000);
        const caller = open.at(-1);
        if (caller) {
          expect(end).toBeLessThanOrEqual(caller.end);
          self.set(caller.name, self.get(caller.name)! - cycles);
        }
        self.set(name, (self.get(name) ?? 0) + cycles);
        open.push({ name, end });
      }
      for (const { name, self: cycles } of profile.functions()) expect(self.get(name)).toBe(cycles);
    }),
  );
});
