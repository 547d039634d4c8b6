import { Html } from './html.ts';

/** Light and dark by the reader's own choice; no fonts, scripts or pictures from elsewhere. */
export const style = new Html(`<style>
:root {
  color-scheme: light dark;
  --ground: #fbfbfa; --card: #ffffff; --ink: #1d2126; --soft: #646c76; --line: #e3e5e8; --grid: #eef0f2;
  --good: #1a7f4b; --good-ground: #e3f4ea; --bad: #b3261e; --bad-ground: #fbe6e4;
  --tensor: #3d6fb4; --tensor-2: #6a93c9; --tensor-3: #93b3db; --input: #2f8f83; --output: #7a55b0; --scratch: #d9a441; --bar: #93b3db;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14171a; --card: #1b1f24; --ink: #e6e8eb; --soft: #98a1ac; --line: #2e343b; --grid: #262b31;
    --good: #6fd39c; --good-ground: #15352a; --bad: #ff9b92; --bad-ground: #43201d;
    --tensor: #5486c7; --tensor-2: #3f6ba5; --tensor-3: #2f5282; --input: #3f9f92; --output: #8d6bc2; --scratch: #b98a35; --bar: #3f6ba5;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 40px 24px 64px; }
h1 { font-size: 26px; font-weight: 650; letter-spacing: -0.01em; margin: 0; }
h2 { font-size: 17px; font-weight: 650; margin: 40px 0 4px; }
p { margin: 0 0 12px; color: var(--soft); max-width: 78ch; }
code, td.name { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: 13px; }
header { display: flex; gap: 16px; align-items: baseline; flex-wrap: wrap; margin-bottom: 4px; }
.badge { padding: 3px 12px; border-radius: 999px; font-weight: 600; font-size: 14px; }
.good { color: var(--good); } .badge.good { background: var(--good-ground); }
.bad { color: var(--bad); } .badge.bad { background: var(--bad-ground); }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 20px 0 0; }
dl div { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 10px 14px; }
dt { color: var(--soft); font-size: 12.5px; } dd { margin: 0; font-size: 18px; font-weight: 600; font-variant-numeric: tabular-nums; }
dd small { display: block; line-height: 1.35; font-size: 12.5px; font-weight: 400; color: var(--soft); }
.scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 600; font-size: 12.5px; color: var(--soft); border-bottom: 1px solid var(--line); }
th, td { padding: 6px 12px; white-space: nowrap; }
table { font-size: 14px; }
tbody tr + tr td { border-top: 1px solid var(--grid); }
tfoot td { border-top: 1px solid var(--line); font-weight: 600; }
.number { text-align: right; }
.share { background: linear-gradient(var(--bar), var(--bar)) no-repeat right 12px bottom 3px / calc(var(--part) * 0.7) 3px; }
tr.differs { background: var(--bad-ground); }
svg { display: block; width: 100%; height: auto; font: 11px system-ui, -apple-system, "Segoe UI", sans-serif; }
svg text { fill: var(--soft); }
svg .axis { stroke: var(--line); } svg .grid { stroke: var(--grid); } svg .bound { stroke: var(--bad); stroke-dasharray: 4 4; }
svg rect { stroke: var(--card); stroke-width: 1.5; rx: 2; }
svg .label { fill: #ffffff; font-weight: 600; pointer-events: none; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 8px 0 12px; color: var(--soft); font-size: 13px; }
.legend i { display: inline-block; width: 11px; height: 11px; border-radius: 3px; margin-right: 6px; vertical-align: -1px; }
footer { margin-top: 48px; color: var(--soft); font-size: 13px; }
</style>`);
