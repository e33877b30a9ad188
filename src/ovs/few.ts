const SHOWN = 5

/** Names for one line of text: the first ones, and how many more there are. */
export function few(names: readonly string[]): string {
  const more = names.length - SHOWN
  return more > 0 ? `${names.slice(0, SHOWN).join(', ')} and ${more} more` : names.join(', ')
}
