/** printf(3) conversions as the kernel has them, `%#x` and `%zd` among them. */
const CONVERSION = /%#?0?\d*(?:ll|l|z|h|hh)?[a-zA-Z]/

/**
 * Recognises a text of the kernel wherever it comes from: after the prefix of who speaks (`mlx5_core: `, and in the log
 * `mlx5_core 0000:d8:00.0 p0: `), with or without the full stop that tc prints.
 * @param text as the kernel's source has it; a printf conversion stands for anything
 */
export function patternOf(text: string): RegExp {
  const literal = text.split(CONVERSION).map((part) => part.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'))
  return new RegExp(`(?:^|: )${literal.join('.+')}\\.?$`)
}
