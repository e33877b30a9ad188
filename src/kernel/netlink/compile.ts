/**
 * Makes functions from text, once per table. A function that interprets tables is shared by all of them, so the engine
 * never learns what any one of them looks like; one made for a table is optimised for it, and is several times faster
 * (docs/performance.md). The text consists of our tables' own keys and numbers, never of anything that is read.
 * @param values what the text refers to, by name; as constants, which the engine can look through
 */
export function compile<F>(values: Record<string, unknown>, text: string): F {
  return new Function('given', `'use strict'; const { ${Object.keys(values).join(', ')} } = given; ${text}`)(
    values,
  ) as F
}

/** Text that means a property of `object`. */
export function member(object: string, key: string): string {
  return `${object}[${JSON.stringify(key)}]`
}
