/**
 * A device on the bus. Offsets count from its base. Accesses are naturally aligned and of 1, 2 or 4 bytes; one of 8 bytes comes as two, the low word
 * first. A device that refuses an access returns undefined or false: an access fault.
 */
export interface Device {
  read(offset: number, bytes: 1 | 2 | 4): number | undefined;
  write(offset: number, bytes: 1 | 2 | 4, value: number): boolean;
  /** What p.elw reads in place of `read`: a word for which it may have the core wait, by throwing a Suspension. */
  readEvent?(offset: number): number | undefined;
}

/** Plain memory: little endian, any alignment. */
export interface Ram {
  readonly base: number;
  readonly bytes: Uint8Array;
}

export interface Attachment {
  readonly base: number;
  readonly size: number;
  readonly device: Device;
}

export interface AddressRange {
  readonly base: number;
  readonly size: number;
}

/**
 * What a core reaches by physical addresses of 32 bits. The first memory is the one that engines access directly; other memories and devices take the
 * slow path. A device inside a memory (an HTIF word) covers it, through `watch`.
 */
export class Bus {
  readonly main: Ram;
  readonly view: DataView;
  readonly #rams: readonly Ram[];
  readonly #attachments: Attachment[];
  /** Counts how often a core's reservation came or went. */
  reservations = 0;
  /** Called before anybody but a core reads or writes: what accelerators have done by then is there. */
  settle: () => void = () => undefined;

  constructor(rams: readonly [Ram, ...Ram[]], attachments: readonly Attachment[] = []) {
    this.#rams = rams;
    this.main = rams[0];
    this.view = new DataView(this.main.bytes.buffer, this.main.bytes.byteOffset, this.main.bytes.length);
    this.#attachments = [...attachments];
  }

  /** Attaches a device; its range must lie outside the main memory or be a word-aligned range inside it that `covered` then reports. */
  attach(attachment: Attachment): void {
    this.#attachments.push(attachment);
  }

  /** The ranges inside the main memory at which devices answer: engines send stores to them by the slow path. */
  get covered(): readonly Attachment[] {
    return this.#attachments.filter(({ base }) => (base - this.main.base) >>> 0 < this.main.bytes.length);
  }

  /** Where memories and devices answer, devices inside the main memory left out. */
  get ranges(): readonly AddressRange[] {
    const inside = this.covered;
    return [
      ...this.#rams.map(({ base, bytes }) => ({ base: base >>> 0, size: bytes.length })),
      ...this.#attachments.filter((each) => !inside.includes(each)).map(({ base, size }) => ({ base: base >>> 0, size })),
    ];
  }

  /** The word that a device has for p.elw; undefined where there is none that tells it from other loads. */
  readEvent(address: number): number | undefined {
    for (const { base, size, device } of this.#attachments) {
      const offset = (address - base) >>> 0;
      if (offset + 4 <= size && offset % 4 === 0) return device.readEvent?.(offset);
    }
    return undefined;
  }

  /** Whether a device answers at an address. */
  isDevice(address: number): boolean {
    return this.#attachments.some(({ base, size }) => (address - base) >>> 0 < size);
  }

  /** Reads 1, 2 or 4 bytes as an unsigned number; undefined where nothing answers. */
  read(address: number, bytes: 1 | 2 | 4): number | undefined {
    for (const { base, size, device } of this.#attachments) {
      const offset = (address - base) >>> 0;
      if (offset < size && offset + bytes <= size) return offset % bytes === 0 ? device.read(offset, bytes) : undefined;
    }
    for (const { base, bytes: data } of this.#rams) {
      const offset = (address - base) >>> 0;
      if (offset + bytes <= data.length) {
        let value = 0;
        for (let i = bytes - 1; i >= 0; i--) value = value * 256 + (data[offset + i] ?? 0);
        return value;
      }
    }
    return undefined;
  }

  /** Writes the low 1, 2 or 4 bytes of a value; false where nothing answers. */
  write(address: number, bytes: 1 | 2 | 4, value: number): boolean {
    for (const { base, size, device } of this.#attachments) {
      const offset = (address - base) >>> 0;
      if (offset < size && offset + bytes <= size) return offset % bytes === 0 && device.write(offset, bytes, value);
    }
    for (const { base, bytes: data } of this.#rams) {
      const offset = (address - base) >>> 0;
      if (offset + bytes <= data.length) {
        for (let i = 0; i < bytes; i++) data[offset + i] = value >>> (8 * i);
        return true;
      }
    }
    return false;
  }
}
