import { NicsteerError } from '../base/errors.js'

/** The way back of what was done so far. */
export class Undo {
  readonly #steps: (() => void)[] = []

  push(step: () => void): void {
    this.#steps.push(step)
  }

  /** Back to what was there, the last change first. Returns how many changes could not be taken back. */
  run(): number {
    let left = 0
    for (const step of this.#steps.splice(0).reverse()) {
      try {
        step()
      } catch (error) {
        if (!(error instanceof NicsteerError)) throw error
        left += 1
      }
    }
    return left
  }
}
