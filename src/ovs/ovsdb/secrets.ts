import type { Codec } from '../../base/transcript.js'

/** Keys of maps, such as `options` of an IPsec tunnel's Interface, whose values nobody else is to see. Names of files are no secrets. */
const SECRET = /psk|password|passwd|secret|token|private_key$|credential/i
const LEFT_OUT = '(left out)'

/** Answers of an OVSDB server as they may be kept: a secret in a map (RFC 7047 section 5.1) is left out. */
export const WITHOUT_SECRETS: Codec<unknown> = { keep: withoutSecrets, give: (kept) => kept }

function withoutSecrets(json: unknown): unknown {
  if (Array.isArray(json)) {
    const [kind, pairs] = json
    if (kind === 'map' && Array.isArray(pairs)) return ['map', pairs.map(withoutSecret)]
    return json.map(withoutSecrets)
  }
  if (typeof json !== 'object' || json === null) return json
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, withoutSecrets(value)]))
}

function withoutSecret(pair: unknown): unknown {
  if (!Array.isArray(pair) || typeof pair[0] !== 'string') return withoutSecrets(pair)
  return [pair[0], SECRET.test(pair[0]) ? LEFT_OUT : pair[1]]
}
