/** Numbers that look random and come again with the same seed (mulberry32). */
export class Dice {
  constructor(private state: number) {}

  private next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0
    let z = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state)
    z = (z + Math.imul(z ^ (z >>> 7), 61 | z)) ^ z
    return ((z ^ (z >>> 14)) >>> 0) / 4_294_967_296
  }

  below(end: number): number {
    return Math.floor(this.next() * end)
  }

  chance(percent: number): boolean {
    return this.below(100) < percent
  }

  of<T>(these: readonly T[]): T {
    return these[this.below(these.length)] as T
  }
}
