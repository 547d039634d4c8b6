/** 1234567 as `1,234,567`. By hand, because the first Intl.NumberFormat of a process takes as long as a short command. */
export const thousands = (value: number): string => String(value).replace(/(?<![.e]\d*)\B(?=(\d{3})+(?!\d))/g, ',');

/** Bytes as a person says them: `8,192 bytes`, `38.1 KB`, `1.2 MB`. */
export function bytes(value: number): string {
  if (value < 10_000) return `${thousands(value)} bytes`;
  return value < 10_000_000 ? `${(value / 1024).toFixed(1)} KB` : `${(value / 1024 / 1024).toFixed(1)} MB`;
}

export const plural = (count: number, noun: string, nouns = `${noun}s`): string => `${thousands(count)} ${count === 1 ? noun : nouns}`;

/** How far a memory plan is from what no placement could go below. */
export function memoryPlan({ peak, lowerBound }: { readonly peak: number; readonly lowerBound: number }): string {
  const above = lowerBound === 0 ? 0 : (peak / lowerBound - 1) * 100;
  return `${thousands(peak)} bytes of memory at the peak, ${above === 0 ? 'the lower bound' : `${above.toFixed(1)} % above the lower bound of ${thousands(lowerBound)}`}`;
}
