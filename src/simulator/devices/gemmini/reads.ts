/** Numbers of a load, and loads that there is room for at first. */
const [fields, few] = [5, 64];

/** What loads read since the last fence, and until when. */
export class Reads {
  #numbers = new Float64Array(fields * few);
  #count = 0;

  /** A load of rows of `bytes` bytes each, `stride` apart, whose last data is there in a cycle. */
  add(address: number, bytes: number, rows: number, stride: number, end: number): void {
    const at = fields * this.#count++;
    if (at === this.#numbers.length) {
      const more = new Float64Array(2 * at);
      more.set(this.#numbers);
      this.#numbers = more;
    }
    this.#numbers[at] = address;
    this.#numbers[at + 1] = bytes;
    this.#numbers[at + 2] = rows;
    this.#numbers[at + 3] = stride;
    this.#numbers[at + 4] = end;
  }

  forget(): void {
    this.#count = 0;
  }

  /** The place of a load that still reads bytes of these rows behind a cycle; undefined where there is none. */
  meeting(cycle: number, address: number, bytes: number, rows: number, stride: number): number | undefined {
    for (let at = 0; at < fields * this.#count; at += fields) {
      if (this.#numbers[at + 4]! <= cycle) continue;
      for (let row = 0; row < rows; row++) if (this.#overlaps(at, address + row * stride, bytes)) return at / fields;
    }
    return undefined;
  }

  /** The first byte of a load, its bytes in a row, its rows and their distance. */
  rows(place: number): readonly [address: number, bytes: number, rows: number, stride: number] {
    const [address, bytes, rows, stride] = this.#numbers.subarray(fields * place) as unknown as [number, number, number, number];
    return [address, bytes, rows, stride];
  }

  #overlaps(at: number, from: number, count: number): boolean {
    const address = this.#numbers[at]!;
    const bytes = this.#numbers[at + 1]!;
    if (from + count <= address) return false;
    const stride = this.#numbers[at + 3]!;
    const row = stride === 0 ? 0 : Math.min(this.#numbers[at + 2]! - 1, Math.floor((from + count - 1 - address) / stride));
    return from < address + row * stride + bytes;
  }
}
